"""The hook and the action say what the program understands."""

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from tocsin.cli.lint import lint

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "deploy/github-action/action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def action() -> dict[str, object]:
    found = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def scripts() -> list[str]:
    runs = action()["runs"]
    assert isinstance(runs, dict)
    assert runs["using"] == "composite"
    return [step["run"] for step in runs["steps"] if "run" in step]


def options() -> set[str]:
    return {
        name for parameter in lint.params if isinstance(parameter, click.Option) for name in parameter.opts
    }


def test_every_hook_starts_a_command_with_options_it_has() -> None:
    hooks = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    assert {hook["id"] for hook in hooks} == {"tocsin-lint", "tocsin-fix"}
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= set(hook)
        program, command, *rest = shlex.split(hook["entry"])
        assert (program, command) == ("tocsin", "lint")
        assert set(rest) <= options()


def test_every_option_the_action_uses_exists() -> None:
    lines = [
        line for script in scripts() for line in script.splitlines() if line.strip().startswith("tocsin lint")
    ]
    assert lines
    for line in lines:
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", line)) <= options()
    assert any("--format github" in line for line in lines)
    assert any("--format sarif" in line for line in lines)


def test_no_input_of_the_action_is_pasted_into_a_script() -> None:
    for script in scripts():
        assert "${{" not in script, "an input in a script is code that whoever sets it can write"


def test_every_input_the_action_reads_is_declared() -> None:
    inputs = action()["inputs"]
    assert isinstance(inputs, dict)
    used = set(re.findall(r"inputs\.([\w-]+)", ACTION.read_text(encoding="utf-8")))
    assert used == set(inputs)
    for each in inputs.values():
        assert each["description"]


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_what_the_action_runs_runs(form: str) -> None:
    done = CliRunner().invoke(
        lint, ["--format", form, "--fail-on", "never", "--", str(ROOT / "examples/cookcam/runbook.md")]
    )
    assert done.exit_code == 0
    assert done.output
