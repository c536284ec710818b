"""Command checks: a text that only looks, on real processes."""

from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.process import LocalRunner
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.kit.redact import Redactor
from tocsin.probe.command import CommandProber
from tocsin.probe.registry import Probers

RUNNER = LocalRunner("local", {"PATH": "/usr/bin:/bin"}, Redactor(), SystemClock())
TEXTS: list[str] = []


def run(text: str, timeout: timedelta) -> RunResult:
    TEXTS.append(text)
    return RUNNER.run(RunRequest(text, timeout=timeout))


PROBER = CommandProber(SystemClock(), run)


def probe(command: str, timeout: timedelta = timedelta(minutes=2), **settings: object) -> Sample:
    return PROBER.probe(
        CheckSpec(CheckName("it"), "command", {"command": command, **settings}, timeout=timeout)
    )


def test_exit_status_zero_is_up_and_any_other_is_down() -> None:
    assert probe("ls /").verdict is Verdict.UP
    down = probe("ls /nowhere-at-all")
    assert (down.verdict, down.facts["exit_status"]) == (Verdict.DOWN, "2")
    assert "No such file" in down.message
    assert probe("grep -q nope /etc/hostname", exit_status=1).verdict is Verdict.UP


def test_what_the_output_must_hold() -> None:
    assert probe("ls /", contains="etc").verdict is Verdict.UP
    assert probe("ls /", contains="nowhere").verdict is Verdict.DOWN


def test_a_program_that_is_not_there_is_our_trouble(tmp_path: Path) -> None:
    bare = LocalRunner("local", {"PATH": str(tmp_path)}, Redactor(), SystemClock())
    prober = CommandProber(SystemClock(), lambda text, timeout: bare.run(RunRequest(text, timeout=timeout)))
    sample = prober.probe(CheckSpec(CheckName("it"), "command", {"command": "kubectl get pods"}))
    assert (sample.verdict, sample.facts["error"]) == (Verdict.UNKNOWN, "own")
    assert "kubectl" in sample.message


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf /tmp/x",
        "redis-cli FLUSHALL",
        "pm2 restart api",
        "some-unknown-tool --go",
        "tail -f /var/log/x",
    ],
)
def test_what_does_more_than_look_never_runs(command: str) -> None:
    TEXTS.clear()
    sample = probe(command)
    assert (sample.verdict, TEXTS) == (Verdict.UNKNOWN, [])
    with pytest.raises(ConfigError, match="may only look, and this one is judged"):
        PROBER.validate(CheckSpec(CheckName("it"), "command", {"command": command}))


# --- the registry


def test_the_registry_makes_each_kind_once() -> None:
    probers = Probers(run=run, variables={})
    for kind in ("http", "tcp", "redis", "postgres", "command"):
        assert probers.prober(kind) is probers.prober(kind)


def test_an_unknown_kind_names_those_known() -> None:
    with pytest.raises(
        ConfigError, match=r"unknown kind of check 'htpp'\. Did you mean http\? Known: command, cpu,"
    ):
        Probers(run=run).prober("htpp")
    with pytest.raises(
        ConfigError, match=r"unknown kind of check 'command'\. Known: cpu, (?!.*\b(pm2|systemd|kubernetes)\b)"
    ):
        Probers().prober("command")


def test_a_kind_nobody_knows_is_told_with_the_check_that_has_it() -> None:
    with pytest.raises(
        ConfigError, match=r"""check "it": unknown kind of check 'htpp'\. Did you mean http\?"""
    ):
        Probers(variables={}).validate(CheckSpec(CheckName("it"), "htpp", {}))


def test_another_package_adds_a_kind_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("pigeon", "tests_pigeon:make", "tocsin.probers")
    monkeypatch.setattr("tocsin.probe.registry.plugins", lambda group: {"pigeon": entry})
    with pytest.raises(ConfigError, match="could not be loaded"):
        Probers().prober("pigeon")
    made: Any = object()
    monkeypatch.setattr(EntryPoint, "load", lambda self: lambda clock: made)
    assert Probers().prober("pigeon") is made
