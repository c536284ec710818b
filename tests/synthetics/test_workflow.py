"""The hourly workflow says what the program understands, and its steps do what they say, run by a real bash."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from cronsim import CronSim
from tests.synthetics.conftest import ROOT, Prep, Service

from tocsin.cli.main import cli
from tocsin.kit.clock import SystemClock

WORKFLOW = ROOT / "deploy" / "github-actions" / "synthetics.yml"
SECRETS = {"OBS_ALERT_WEBHOOK", "OBS_ALERT_SECRET"}


def workflow() -> dict[Any, Any]:
    found = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def steps() -> list[dict[str, Any]]:
    found = workflow()["jobs"]["synthetics"]["steps"]
    assert isinstance(found, list)
    return found


def script(name: str) -> str:
    return next(str(step["run"]) for step in steps() if step.get("name") == name)


def test_it_runs_every_hour() -> None:
    schedule = workflow()[True]["schedule"]  # YAML 1.1 reads `on` as true
    starts = CronSim(schedule[0]["cron"], SystemClock().now())
    first, second, third = next(starts), next(starts), next(starts)
    assert (second - first).total_seconds() == (third - second).total_seconds() == 3600


def test_nothing_of_others_is_pasted_into_a_script() -> None:
    for step in steps():
        assert "${{" not in str(step.get("run", "")), (
            "what stands there is code that whoever sets it can write"
        )


def test_secrets_reach_only_the_step_that_needs_them() -> None:
    for step in steps():
        found = set(re.findall(r"secrets\.(\w+)", json.dumps(step)))
        assert found == (SECRETS if step.get("id") == "run" else set())
    assert not re.findall(r"secrets\.", json.dumps(workflow()["jobs"]["synthetics"].get("env", {})))


def test_its_rights_are_those_of_publishing_pages_and_no_more() -> None:
    assert workflow()["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}


def test_what_was_found_is_published_before_the_verdict_fails_the_run() -> None:
    kinds = [step.get("uses", "").split("@")[0] or step.get("name") for step in steps()]
    order = [
        kinds.index(each)
        for each in ("Run", "actions/upload-pages-artifact", "actions/deploy-pages", "Verdict")
    ]
    assert order == sorted(order)
    assert steps()[order[1]]["with"]["path"] == "${{ env.OUT }}"


def test_a_run_that_got_nowhere_publishes_no_empty_page_over_the_last_result() -> None:
    out = workflow()["jobs"]["synthetics"]["env"]["OUT"]
    publishing = [step for step in steps() if "pages" in step.get("uses", "")]
    assert [step["if"] for step in publishing] == [f"hashFiles('{out}/latest.json') != ''"] * 2


def test_nothing_is_installed_by_its_bare_name_from_an_index() -> None:
    installs = [
        line.strip() for step in steps() for line in str(step.get("run", "")).splitlines() if "pip" in line
    ]
    assert installs == ["python -m pip install ./.tocsin"]
    fetched = next(step for step in steps() if step.get("with", {}).get("path") == ".tocsin")
    assert fetched["with"]["repository"] == "${{ vars.TOCSIN_REPOSITORY }}"


def test_without_a_checkout_of_tocsin_the_install_says_what_to_set(tmp_path: Path) -> None:
    argv = ["bash", "-e", "-o", "pipefail", "-c", script("Install")]
    ran = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "TOCSIN_REPOSITORY" in ran.stdout


def test_every_command_and_option_exists() -> None:
    lines = [
        line
        for step in steps()
        for line in str(step.get("run", "")).splitlines()
        if line.strip().startswith("tocsin ")
    ]
    assert lines
    for line in lines:
        words = shlex.split(line.split("||")[0])[1:]
        command = [word for word in words if not word.startswith("-")][:2]
        said = CliRunner().invoke(cli, [*command, "--help"]).output
        assert all(word in said for word in words if word.startswith("--"))


def run(name: str, prep: Prep, **variables: str) -> subprocess.CompletedProcess[str]:
    """A step as the runner starts it: `bash -e -o pipefail`, its outputs and summary in files."""
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TOCSIN_CONFIG": str(prep.folder / "tocsin.toml"),
        "OUT": "perf/synthetics/out",
        "GITHUB_OUTPUT": str(prep.folder / "output"),
        "GITHUB_STEP_SUMMARY": str(prep.folder / "summary"),
        **variables,
    }
    argv = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script(name)]
    return subprocess.run(argv, cwd=prep.folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 2)])
def test_its_steps_publish_tell_and_fail(prep: Prep, service: Service, status: int, code: int) -> None:
    prep.settings(f'base_url = "{service.url}"')
    service.trouble["joshua"] = service.status(status)
    variables = {
        "SYNTHETIC_THRESHOLD_MS": "30000", "OBS_ALERT_WEBHOOK": f"{service.url}/hook", "OBS_ALERT_SECRET": "",
        "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "prepchef/prep", "GITHUB_SHA": "abc123",
        "GITHUB_WORKSPACE": str(ROOT),
    }  # fmt: skip
    ran = run("Run", prep, **variables)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (prep.folder / "output").read_text() == f"code={code}\n"
    found = json.loads((prep.folder / "perf" / "synthetics" / "out" / "latest.json").read_text())
    assert len(service.told) == (1 if code else 0)
    assert len(found["incidents"]) == (2 if code else 0)
    for incident in found["incidents"]:
        (link,) = incident["remediations"]
        where = "https://github.com/prepchef/prep/blob/abc123/examples/prepchef/runbook.md#"
        assert link == f"{where}synthetic-monitoring--alerting"
    assert run("Say", prep).returncode == 0
    assert '"schema": "tocsin.synthetics/1"' in (prep.folder / "summary").read_text()
    verdict = run("Verdict", prep, CODE=str(code))
    assert verdict.returncode == code
    assert ("::error" in verdict.stdout) is bool(code)


def test_an_empty_variable_of_the_repository_is_no_limit_of_zero(prep: Prep, service: Service) -> None:
    prep.settings(f'base_url = "{service.url}"')
    assert run("Run", prep, SYNTHETIC_THRESHOLD_MS="").returncode == 0
    found = json.loads((prep.folder / "perf" / "synthetics" / "out" / "latest.json").read_text())
    assert found["threshold_ms"] == 200
