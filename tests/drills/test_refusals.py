"""What a drill refuses, before anything is connected to. Each of these passes when tocsin says no."""

import errno
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.drills.conftest import EXAMPLES, TOOLS, Yard, scenario

from tocsin.app.settings import load
from tocsin.drill.scenario import Commands, Expected, Fixed, Furniture, Scenario
from tocsin.errors import ConfigError, Refused
from tocsin.kit.clock import SystemClock
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.sandbox import namespaces
from tocsin.sandbox.drill import cell, guard, settings
from tocsin.sandbox.drill.cell import Wanted
from tocsin.sandbox.drill.job import STOP


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A service of the machine that counts who connects; it stands for production."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        came: list[object] = []
        yield server.getsockname()[1], came
        with suppress(BlockingIOError):
            came.append(server.accept())


def redis() -> Scenario:
    return scenario("prepchef", "redis-memory-full")


@pytest.mark.parametrize("open_room", [False, True], ids=["capsule", "open room"])
def test_a_target_outside_the_sandbox_is_refused_before_anything_connects(
    yard: Yard, open_room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in guard.CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    with listening() as (port, came):
        check = {"name": "production", "kind": "tcp", "host": "127.0.0.1", "port": port, "every": "1 s"}
        wanted = replace(redis(), more_checks=(check,))
        run = yard.run(wanted, open_room=open_room)
    assert run.broken is not None
    assert f"127.0.0.1:{port}" in run.broken
    assert "not in this drill's sandbox" in run.broken
    assert run.times.injected is None
    assert came == []
    assert yard.left() == []


class Bridge:
    """A target that answers as production would: somebody has built a bridge."""

    local = False

    def identity(self) -> str:
        return "database shop, system 42, primary"


class Bridges(dict[str, Bridge]):
    """Places with that target in it."""

    def close(self) -> None:
        """Nothing to close."""


def test_a_target_that_says_it_is_one_of_productions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "Places", lambda *_: Bridges({"database:$DATABASE_URL": Bridge()}))
    found = load(EXAMPLES / "prepchef" / "tocsin.toml", _Anything())
    with pytest.raises(Refused, match="of production"):
        guard._must_not_be(found, {"orders": "database shop, system 42, primary"}, SystemClock())
    guard._must_not_be(found, {"orders": "database shop, system 43, primary"}, SystemClock())


class _Anything(dict[str, str]):
    """Every variable is set to something."""

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]  # narrower on purpose
        return default if name.startswith("TOCSIN_") else "http://127.0.0.1:1/x"

    def __contains__(self, name: object) -> bool:
        return not str(name).startswith("TOCSIN_")

    def __getitem__(self, name: str) -> str:
        return "http://127.0.0.1:1/x"


@pytest.mark.parametrize("name", guard.CREDENTIALS)
def test_no_drill_begins_in_an_open_room_while_a_way_to_production_lies_in_the_environment(name: str) -> None:
    with pytest.raises(Refused, match=name) as refused:
        guard.must_have_no_credentials({name: "prod", "PATH": "/usr/bin"})
    assert f"env -u {name}" in str(refused.value)
    guard.must_have_no_credentials({"PATH": "/usr/bin", name: ""})


def test_nothing_of_the_environment_of_whoever_starts_it_reaches_a_drill(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "canary-of-production")
    monkeypatch.setenv("KUBECONFIG", "/canary-of-production")
    seen = {"seen": "cat seen 2>/dev/null || true"}
    wanted = replace(
        redis(),
        room=(Furniture("files", "files"),),
        fault=Commands(("env >seen",), "test -e seen", ("true",), tuple(seen.items())),
        checks=("disk",),
        more_checks=({"name": "disk", "kind": "disk", "path": "/", "every": "1 s", "used_down": 1.0},),
        expect=Expected(detected=False, fixed=Fixed.NOT_TRIED),
    )
    run = yard.run(wanted)
    assert run.broken is None
    (found,) = run.left
    assert "TOCSIN_ROOM=" in found.after
    assert "canary-of-production" not in found.after
    for path in yard.kept.rglob("*"):
        assert not path.is_file() or b"canary-of-production" not in path.read_bytes(), path


def test_the_kill_switch_lets_no_drill_begin(yard: Yard) -> None:
    (yard.rooms / STOP).touch()
    with pytest.raises(Refused, match="kill switch"):
        yard.run(redis())
    (yard.rooms / STOP).unlink()
    assert yard.left() == []


def test_the_kill_switch_ends_a_drill_that_runs(yard: Yard) -> None:
    def throw(told: cell.Told) -> None:
        if told.state.value == "detect":
            (yard.rooms / STOP).touch()

    # The check that watches sees nothing, so it is in the middle for minutes, however late the switch is thrown.
    blind = {"name": "other", "kind": "tcp", "host": "127.0.0.1", "port": 6379, "every": "1 s"}
    wanted = replace(redis(), checks=("other",), more_checks=(blind,))
    run = cell.run(Wanted(wanted), yard.rooms, TOOLS, SystemClock(), tell=throw)
    assert run.broken is not None
    assert "kill switch" in run.broken
    assert run.residue == ()
    assert yard.left() == []


def test_a_drill_that_takes_too_long_is_ended_by_its_watchdog(yard: Yard) -> None:
    wanted = redis()
    wanted = replace(wanted, budgets=replace(wanted.budgets, limit=timedelta(seconds=1)))
    run = yard.run(wanted)
    assert run.broken == "stopped: it took longer than 1 s"
    assert yard.left() == []


def test_a_check_that_the_settings_do_not_have_is_named_with_the_nearest(yard: Yard) -> None:
    with pytest.raises(ConfigError, match="no check 'redis-write'") as refused:
        yard.run(replace(redis(), checks=("redis-write",)))
    assert "redis-writes" in str(refused.value)
    assert yard.left() == []


def test_the_settings_of_a_drill_have_no_way_out() -> None:
    raw = """
[tocsin]
name = "shop"
[people.ana]
name = "Ana"
page = ["pd:ana", "sms:+491234"]
[oncall]
level1 = ["ana"]
[pagers.pd]
kind = "pagerduty"
key = "${file:/etc/pagerduty.key}"
[targets]
name = "ops"
[targets.ssh.web-1]
address = "203.0.113.7"
host_key = "ssh-ed25519 AAAA"
[targets.identity]
"ops" = "host ops"
[secrets]
stripe = "command:pass show stripe"
[heartbeat]
url = "https://hc.example.com/ping"
[status]
url = "https://status.example.com"
[[checks]]
name = "redis-writes"
kind = "redis"
password = "${file:/etc/redis.password}"
"""
    written = settings.compose(redis(), raw, compile_runbook("# x\\n")).text
    for out in (
        "pagerduty",
        "203.0.113.7",
        "pass show",
        "hc.example.com",
        "status.example.com",
        "/etc/",
        "+491234",
    ):
        assert out not in written
    assert json.dumps("drill:ana") in written


def test_a_kernel_without_user_namespaces_is_no_full_disk() -> None:
    # With user.max_user_namespaces = 0 unshare(2) fails with "No space left on device".
    said = namespaces.in_words(OSError(errno.ENOSPC, "No space left on device", "unshare"))
    assert "user.max_user_namespaces" in said
    assert "space left" not in said
    denied = namespaces.in_words(OSError(errno.EPERM, "Operation not permitted", "unshare"))
    assert denied == "Operation not permitted: unshare"
