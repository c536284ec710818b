"""CookCam, "4. Memory Leak": the restart helps for now, the limit is ignored, the dump has nobody who listens."""

from tests.sandbox.faults.cookcam import SOON, broken, corrected, healthy, run, seed

from tocsin.sandbox.cookcam import APPLICATION, CookCamRoom
from tocsin.sandbox.faults.memory_leak import HEADING, LEAK, resident
from tocsin.sandbox.service import wait_until


def limits(room: CookCamRoom) -> list[tuple[str, int | None]]:
    return [(one.name, one.memory_limit) for one in room.pm2.applications()]


def test_the_watch_never_ends_and_the_list_does(cookcam: CookCamRoom) -> None:
    assert (
        run(cookcam, seed(HEADING, "watch"), limit=3).status != 0
    )  # 124; or there is no watch on this machine
    assert run(cookcam, corrected(HEADING, "pm2 list")).status == 0


def test_nobody_listens_for_the_heap_dump(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        done = run(cookcam, seed(HEADING, "pm2 trigger"))
        assert done.status == 1
        assert list(cookcam.workdir.glob("*.heapsnapshot")) == []


def test_with_the_action_registered_the_dump_is_written(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        assert run(cookcam, "pm2 restart cookcam-api --update-env", HEAPDUMP_ACTION="1").status == 0
        healthy(cookcam)
        wait_until(
            lambda: (
                run(cookcam, seed(HEADING, "pm2 trigger")).status == 0
                and list(cookcam.workdir.glob("*.heapsnapshot")) != []
            ),
            "the dump is written",
            SOON,
        )


def test_as_corrected_the_snapshot_is_written_without_a_restart(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        (before,) = cookcam.pm2.applications()
        assert run(cookcam, corrected(HEADING, "heapsnapshot-signal")).status == 0
        assert run(cookcam, corrected(HEADING, "pm2 sendSignal")).status == 0
        wait_until(
            lambda: list(cookcam.workdir.glob("*.heapsnapshot")) != [], "the snapshot is written", SOON
        )
        healthy(cookcam)
        (after,) = cookcam.pm2.applications()
        assert (after.pid, after.restarts) == (before.pid, before.restarts)


def test_as_written_the_restart_frees_the_memory(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        assert run(cookcam, seed(HEADING, "pm2 restart")).status == 0
        healthy(cookcam)
        assert not LEAK.confirm(cookcam)


def test_as_written_the_limit_makes_an_outage_and_sets_nothing(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        assert run(cookcam, seed(HEADING, "pm2 delete")).status == 0
        started = run(cookcam, seed(HEADING, "--max-memory-restart"))
        assert started.status == 0
        assert "online" in started.out
        assert cookcam.health().status == 502
        assert APPLICATION not in [name for name, _ in limits(cookcam)]


def test_beside_a_configuration_the_limit_is_ignored(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        start = cookcam.room.scratch.path / "start.config.js"
        assert (
            run(cookcam, f"pm2 delete cookcam-api; pm2 start {start} --max-memory-restart 512M").status == 0
        )
        assert limits(cookcam) == [(APPLICATION, None)]


def test_as_corrected_the_limit_holds_and_nothing_was_removed(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        assert run(cookcam, corrected(HEADING, "pm2 reload")).status == 0
        assert run(cookcam, corrected(HEADING, "max_memory_restart")).status == 0
        assert limits(cookcam) == [(APPLICATION, 1024**3)]
        healthy(cookcam)
        assert run(cookcam, corrected(HEADING, "curl")).status == 0
        assert all(resident(one.pid) > 0 for one in cookcam.pm2.applications())
