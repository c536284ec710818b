"""systemd checks ask a real service manager: what it says of every state is read as it was meant."""

from tests.conftest import Deadline
from tests.probe.on_real_systemd.conftest import Manager

from tocsin.detection.check import Sample, Verdict


def look(manager: Manager, unit: str, **limits: object) -> Sample:
    return manager.bench.look("systemd", unit=unit, of_user=True, **limits)


def test_a_running_service_is_up_and_its_memory_is_counted(manager: Manager) -> None:
    manager.unit("web.service", ExecStart="/bin/sleep infinity")
    manager.control("start", "web.service")
    sample = look(manager, "web.service", memory_down="1 GB")
    assert sample.verdict is Verdict.UP
    assert (sample.facts["state"], sample.facts["sub_state"]) == ("active", "running")
    assert int(sample.facts["memory_bytes"]) > 0
    sample = look(manager, "web.service", memory_down="1 KB")
    assert sample.verdict is Verdict.DOWN, sample.message


def test_a_stopped_service_is_down_and_a_failed_one_says_how(manager: Manager, deadline: Deadline) -> None:
    manager.unit("web.service", ExecStart="/bin/sleep infinity")
    manager.control("start", "web.service")
    manager.control("stop", "web.service")
    assert look(manager, "web.service").verdict is Verdict.DOWN
    manager.unit("bad.service", ExecStart="/bin/false")
    manager.control("start", "bad.service")
    deadline(
        lambda: manager.control("show", "--value", "-p", "ActiveState", "bad.service") == "failed",
        what="it failed",
    )
    sample = look(manager, "bad.service")
    assert sample.verdict is Verdict.DOWN
    assert "exit-code" in sample.message


def test_a_finished_one_shot_unit_is_at_rest(manager: Manager) -> None:
    manager.unit("once.service", Type="oneshot", ExecStart="/bin/true")
    manager.control("start", "once.service")
    assert look(manager, "once.service").verdict is Verdict.UP


def test_a_service_that_starts_again_and_again_is_seen_by_its_restarts(
    manager: Manager, deadline: Deadline
) -> None:
    manager.unit("loop.service", ExecStart="/bin/sleep 0.05", Restart="always", RestartSec="10ms")
    manager.control("start", "loop.service")

    def restarts() -> int:
        return int(manager.control("show", "--value", "-p", "NRestarts", "loop.service") or 0)

    first = look(manager, "loop.service", restarts_down=3)
    assert first.verdict in (Verdict.UP, Verdict.DEGRADED)
    so_far = restarts()
    deadline(lambda: restarts() >= so_far + 4, what="four restarts more")
    verdicts = deadline(
        lambda: (seen := look(manager, "loop.service", restarts_down=3)).facts["state"] == "active" and seen,
        what="it was met while it ran",
    )
    assert verdicts.verdict is Verdict.DOWN
    assert int(verdicts.facts["restarts"]) >= 3


def test_a_unit_that_is_not_there_is_unknown(manager: Manager) -> None:
    sample = look(manager, "nothing.service")
    assert sample.verdict is Verdict.UNKNOWN
    assert "not-found" in sample.message
