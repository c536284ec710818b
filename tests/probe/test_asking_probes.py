"""Checks that ask a program: a real pm2 with a crash loop; systemctl and kubectl as stand-ins that print what those print."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
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
from tocsin.probe.registry import Probers
from tocsin.sandbox.tools import Tools

Deadline = Callable[..., Any]
LONG = timedelta(seconds=60)


class Bench:
    """Probers whose programs come from one folder first."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        path = f"{folder}:{os.environ.get('PATH', '/usr/bin:/bin')}"
        runner = LocalRunner("local", {"PATH": path, **environment}, Redactor(), SystemClock())
        self.texts: list[str] = []

        def run(text: str, timeout: timedelta) -> RunResult:
            self.texts.append(text)
            return runner.run(RunRequest(text, timeout=timeout))

        self._probers = Probers(SystemClock(), run=run, variables={})

    def program(self, name: str, script: str) -> None:
        """A stand-in for a program."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def says(self, name: str, text: str, exit_status: int = 0) -> None:
        """A program that prints this and ends so."""
        (self.folder / f"{name}.txt").write_text(text)
        self.program(name, f'cat "{self.folder}/{name}.txt"; exit {exit_status}')

    def look(self, kind: str, **settings: object) -> Sample:
        spec = CheckSpec(CheckName("it"), kind, settings, timeout=LONG)
        self._probers.validate(spec)
        return self._probers.probe(spec)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


# --- pm2, the real one


@pytest.fixture
def pm2(tools: Tools) -> Iterator[tuple[Bench, Callable[..., str]]]:
    # pm2 talks by a socket in its home, and the path of a socket is short.
    tmp_path = Path(tempfile.mkdtemp(prefix="pm2-"))
    home = tmp_path / "h"
    bench = Bench(tmp_path, PM2_HOME=str(home), HOME=str(tmp_path))
    bench.program("pm2", f'exec "{tools.node}" "{tools.pm2}" "$@"')
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PM2_HOME": str(home), "HOME": str(tmp_path)}

    def run(*words: str) -> str:
        done = subprocess.run(
            ["pm2", *words], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
        )
        return done.stdout

    (tmp_path / "good.js").write_text("setInterval(() => {}, 1000)")
    (tmp_path / "bad.js").write_text("setTimeout(() => process.exit(1), 50)")
    yield bench, run
    run("kill")
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_an_app_under_pm2_is_up_and_one_that_is_stopped_or_gone_is_down(
    pm2: tuple[Bench, Callable[..., str]], deadline: Deadline
) -> None:
    bench, run = pm2
    run("start", "good.js", "--name", "api", "-i", "2")
    # "launching" and "stopping" are states of PM2 too, and its commands need not wait for their end.
    up = deadline(
        lambda: (s := bench.look("pm2", app="api", least=2)).verdict is Verdict.UP and s, what="both run"
    )
    assert (up.facts["online"], up.facts["status"]) == ("2", "online")
    assert bench.look("pm2", app="api", memory_degraded="1 kB").facts["over"] == "memory"
    run("stop", "0")
    deadline(
        lambda: bench.look("pm2", app="api", least=1).verdict is Verdict.DEGRADED, what="one of them stopped"
    )
    assert bench.look("pm2", app="api", least=2).verdict is Verdict.DOWN
    gone = bench.look("pm2", app="web")
    assert (gone.verdict, gone.facts["error"]) == (Verdict.DOWN, "missing")
    assert "it runs api" in gone.message


def test_a_crash_loop_is_seen_though_pm2_says_online(
    pm2: tuple[Bench, Callable[..., str]], deadline: Deadline
) -> None:
    bench, run = pm2
    run("start", "bad.js", "--name", "api", "--max-restarts", "100000")

    def down_by_restarts() -> Sample | bool:
        sample = bench.look("pm2", app="api", restarts_down=3)
        enough = int(sample.facts.get("restarts", "0")) >= 3
        return sample.verdict is Verdict.DOWN and sample.facts.get("over") == "restarts" and enough and sample

    # Between two lives PM2 says "waiting restart" or "stopped", which is down for another reason, beside the one or two
    # restarts that are degraded by then.
    seen = deadline(down_by_restarts, what="the restarts are counted", within=timedelta(seconds=60))
    assert int(seen.facts["restarts"]) >= 3
    assert int(seen.facts["restarts_total"]) >= 3


def test_a_pm2_that_prints_no_list_is_unknown(bench: Bench) -> None:
    bench.says("pm2", "[PM2][ERROR] no daemon\n")
    assert bench.look("pm2", app="api").verdict is Verdict.UNKNOWN
    bench.says("pm2", "", exit_status=1)
    assert bench.look("pm2", app="api").verdict is Verdict.UNKNOWN


# --- systemd


def shown(**more: object) -> str:
    properties = {
        "Type": "notify", "Restart": "on-failure", "NRestarts": 0, "Result": "success", "MemoryCurrent": 12_000_000,
        "Id": "nginx.service", "LoadState": "loaded", "ActiveState": "active", "SubState": "running",
        "UnitFileState": "enabled",
    } | more  # fmt: skip
    return "".join(f"{name}={value}\n" for name, value in properties.items())


@pytest.mark.parametrize(
    ("properties", "verdict"),
    [
        ({}, Verdict.UP),
        ({"ActiveState": "reloading"}, Verdict.UP),
        ({"ActiveState": "activating", "SubState": "auto-restart"}, Verdict.DEGRADED),
        ({"ActiveState": "failed", "SubState": "failed", "Result": "exit-code"}, Verdict.DOWN),
        ({"ActiveState": "inactive", "SubState": "dead"}, Verdict.DOWN),
        ({"ActiveState": "inactive", "SubState": "dead", "Type": "oneshot"}, Verdict.UP),
        ({"ActiveState": "inactive", "Type": "oneshot", "Result": "exit-code"}, Verdict.DOWN),
        ({"LoadState": "not-found", "ActiveState": "inactive"}, Verdict.UNKNOWN),
        ({"ActiveState": "something new"}, Verdict.UNKNOWN),
        ({"MemoryCurrent": "[not set]"}, Verdict.UP),
        ({"MemoryCurrent": 18446744073709551615}, Verdict.UP),
    ],
)
def test_the_state_of_a_unit(bench: Bench, properties: dict[str, object], verdict: Verdict) -> None:
    bench.says("systemctl", shown(**properties))
    assert bench.look("systemd", unit="nginx.service", memory_down="1 GB").verdict is verdict


def test_a_unit_that_is_restarted_again_and_again_is_seen(bench: Bench) -> None:
    bench.says("systemctl", shown(NRestarts=40))
    assert bench.look("systemd", unit="nginx.service").verdict is Verdict.UP
    bench.says("systemctl", shown(NRestarts=42))
    assert bench.look("systemd", unit="nginx.service").verdict is Verdict.DEGRADED
    bench.says("systemctl", shown(NRestarts=45))
    sample = bench.look("systemd", unit="nginx.service")
    assert (sample.verdict, sample.facts["restarts"]) == (Verdict.DOWN, "5")


def test_a_machine_without_systemd_is_unknown(bench: Bench) -> None:
    bench.program("systemctl", 'echo "System has not been booted with systemd as init system" >&2; exit 1')
    sample = bench.look("systemd", unit="nginx.service")
    assert sample.verdict is Verdict.UNKNOWN
    assert "not been booted" in sample.message


@pytest.mark.parametrize("unit", ["nginx; reboot", "--now", "$(reboot)", "a b"])
def test_a_unit_is_a_name_and_no_text_of_a_shell(bench: Bench, unit: str) -> None:
    with pytest.raises(ConfigError):
        bench.look("systemd", unit=unit)


# --- kubernetes


def deployment(
    wanted: int = 2, available: int = 2, updated: int = 2, generation: int = 3, **more: object
) -> dict[str, object]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "node-api", "generation": 3, "labels": {}},
        "spec": {"replicas": wanted, "selector": {"matchLabels": {"app": "node-api"}}, **more},
        "status": {
            "observedGeneration": generation, "replicas": wanted, "updatedReplicas": updated,
            "readyReplicas": available, "availableReplicas": available,
            "conditions": [{"type": "Available", "status": "True", "reason": "x", "lastUpdateTime": "x"}],
        },
    }  # fmt: skip


def pods(*restarts: int, waiting: str | None = None) -> dict[str, object]:
    state = {"waiting": {"reason": waiting, "message": "x"}} if waiting else {"running": {"startedAt": "x"}}
    return {
        "kind": "List",
        "items": [
            {
                "metadata": {"name": f"node-api-{n}"},
                "status": {
                    "phase": "Running",
                    "containerStatuses": [{"name": "node-api", "restartCount": count, "state": state}],
                },
            }
            for n, count in enumerate(restarts)
        ],
    }


def cluster(bench: Bench, found: dict[str, object], listed: dict[str, object] | None = None) -> None:
    (bench.folder / "one.json").write_text(json.dumps(found))
    (bench.folder / "pods.json").write_text(json.dumps(listed or pods(0, 0)))
    bench.program(
        "kubectl",
        f'case "$*" in *"get pods"*) cat "{bench.folder}/pods.json";; *) cat "{bench.folder}/one.json";; esac',
    )


WHERE = {"context": "prod", "namespace": "prepchef"}


@pytest.mark.parametrize(
    ("found", "verdict", "error"),
    [
        (deployment(), Verdict.UP, None),
        (deployment(available=1), Verdict.DEGRADED, "replicas"),
        (deployment(available=0), Verdict.DOWN, "replicas"),
        (deployment(wanted=0, available=0, updated=0), Verdict.DOWN, "replicas"),
        (deployment(updated=1), Verdict.DEGRADED, "rollout"),
        (deployment(generation=2), Verdict.DEGRADED, "rollout"),
        (deployment(paused=True), Verdict.DEGRADED, "paused"),
    ],
)
def test_a_rollout(bench: Bench, found: dict[str, object], verdict: Verdict, error: str | None) -> None:
    cluster(bench, found)
    sample = bench.look("kubernetes", deployment="node-api", **WHERE)
    assert (sample.verdict, sample.facts.get("error")) == (verdict, error)
    assert all(text.startswith("kubectl --context=prod --namespace=prepchef get ") for text in bench.texts)


def test_restarts_of_pods_and_what_they_wait_for_are_seen(bench: Bench) -> None:
    cluster(bench, deployment(), pods(40, 2))
    assert bench.look("kubernetes", deployment="node-api", **WHERE).verdict is Verdict.UP
    cluster(bench, deployment(), pods(44, 2))
    grown = bench.look("kubernetes", deployment="node-api", **WHERE)
    assert (grown.verdict, grown.facts["restarts"]) == (Verdict.DEGRADED, "4")
    cluster(bench, deployment(), pods(44, 2, waiting="CrashLoopBackOff"))
    assert "CrashLoopBackOff" in bench.look("kubernetes", deployment="node-api", **WHERE).message


def test_what_the_cluster_says_is_gone_is_down_and_what_it_does_not_say_is_unknown(bench: Bench) -> None:
    gone = "echo 'Error from server (NotFound): deployments.apps \"node-api\" not found' >&2; exit 1"
    bench.program("kubectl", gone)
    assert bench.look("kubernetes", deployment="node-api", **WHERE).verdict is Verdict.DOWN
    bench.program("kubectl", 'echo "Unable to connect to the server: i/o timeout" >&2; exit 1')
    assert bench.look("kubernetes", deployment="node-api", **WHERE).verdict is Verdict.UNKNOWN
    bench.program("kubectl", "echo '[]'")
    assert bench.look("kubernetes", deployment="node-api", **WHERE).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("hours", "ready", "verdict"),
    [
        (24 * 60, "True", Verdict.UP),
        (24 * 60, "False", Verdict.DEGRADED),
        (24 * 5, "True", Verdict.DEGRADED),
        (5, "True", Verdict.DOWN),
        (None, "False", Verdict.DOWN),
    ],
)
def test_a_certificate_of_cert_manager(
    bench: Bench, hours: float | None, ready: str, verdict: Verdict
) -> None:
    status: dict[str, object] = {"conditions": [{"type": "Ready", "status": ready, "message": "Issuing"}]}
    if hours is not None:
        end = SystemClock().now() + timedelta(hours=hours)
        status["notAfter"] = f"{end:%Y-%m-%dT%H:%M:%SZ}"
    cluster(bench, {"metadata": {"name": "prepchef-tls"}, "status": status})
    assert bench.look("kubernetes", certificate="prepchef-tls", **WHERE).verdict is verdict


def test_a_context_with_strange_letters_stays_one_word(bench: Bench) -> None:
    cluster(bench, deployment())
    bench.look("kubernetes", deployment="node-api", context="a; reboot", namespace="prepchef")
    assert re.match(r"kubectl '--context=a; reboot' |kubectl --context='a; reboot' ", bench.texts[0])


@pytest.mark.parametrize(
    "table",
    [
        {"namespace": "x", "deployment": "y"},
        {"context": "x"},
        {"context": "x", "deployment": "y", "certificate": "z"},
        {"context": "x", "deployment": "y --all"},
    ],
)
def test_a_cluster_is_always_named_and_names_are_names(bench: Bench, table: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        bench.look("kubernetes", **table)
