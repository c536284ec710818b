"""The hook and the action do what they promise: run by pre-commit itself, and step by step as a runner would.

Both install tocsin from a copy of this checkout. Nothing is downloaded: what tocsin needs is taken from the environment
of these tests, and so is the build backend.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from tests.unit.runbook.lint.cases import incident

PROGRAMS = Path(sys.executable).parent
CURL = incident("Verification\ncurl https://shop.internal/health")
FLUSH = incident("Resolution\n# Flush expired keys\nredis-cli FLUSHALL")
CLEAN = incident("Investigation\njournalctl -u shop -n 200 --no-pager")
# What each of them asks of a project that is installed.
PROJECT = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "src", "deploy")


def offline(home: Path, **more: str) -> dict[str, str]:
    """An environment in which pip installs without a network, and nothing of this user's settings counts."""
    return {
        "PATH": f"{PROGRAMS}:/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # to pip, 0 means that there is none
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com",
        "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com",
        **more,
    }  # fmt: skip


def call(*words: str, cwd: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, env=dict(environment), text=True, capture_output=True, check=False)


def done(*words: str, cwd: Path, environment: Mapping[str, str]) -> str:
    """The output of a command that has to work."""
    found = call(*words, cwd=cwd, environment=environment)
    assert found.returncode == 0, f"{words}: {found.stdout}{found.stderr}"
    return found.stdout


@pytest.fixture(scope="module")
def source(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as a repository of its own, as those who install it from Git find it."""
    folder = tmp_path_factory.mktemp("source")
    for name in PROJECT:
        if (repository / name).is_dir():
            shutil.copytree(repository / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(repository / name, folder / name)
    environment = offline(folder)
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "all of it")):
        done("git", *words, cwd=folder, environment=environment)
    return folder


# -- pre-commit -------------------------------------------------------------------------------------------------------


@dataclass
class Team:
    """A repository of runbooks that has our hooks."""

    folder: Path
    environment: dict[str, str]

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def git(self, *words: str) -> str:
        return done("git", *words, cwd=self.folder, environment=self.environment)

    def commit(self) -> subprocess.CompletedProcess[str]:
        """What `git commit` says with the hook in place."""
        self.git("add", ".")
        return call("git", "commit", "-m", "runbooks", cwd=self.folder, environment=self.environment)


@pytest.fixture(scope="module")
def team(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Team:
    folder = tmp_path_factory.mktemp("team")
    home = tmp_path_factory.mktemp("home")
    team = Team(folder, offline(home, PRE_COMMIT_HOME=str(home / "pre-commit")))
    team.git("init", "-q", "-b", "main")
    revision = done("git", "rev-parse", "HEAD", cwd=source, environment=team.environment).strip()
    hooks = [{"id": "tocsin-fix", "stages": ["manual"]}, {"id": "tocsin-lint"}]
    config = {"repos": [{"repo": source.as_uri(), "rev": revision, "hooks": hooks}]}
    team.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    done(str(PROGRAMS / "pre-commit"), "install", cwd=folder, environment=team.environment)
    return team


@pytest.mark.xdist_group("pre-commit")
def test_the_hook_stops_a_commit_with_an_error_and_lets_a_clean_one_pass(team: Team) -> None:
    team.write("runbooks/cache.md", FLUSH)
    team.write("notes.txt", "redis-cli FLUSHALL\n")
    stopped = team.commit()
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert re.search(r"runbooks/cache\.md:10:1: error TOC204", stopped.stdout + stopped.stderr), (
        stopped.stderr
    )
    assert "notes.txt:" not in stopped.stdout + stopped.stderr
    team.write("runbooks/cache.md", CLEAN)
    passed = team.commit()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert team.git("log", "--format=%s").split("\n")[0] == "runbooks"


@pytest.mark.xdist_group("pre-commit")
def test_the_mending_hook_mends_and_says_so_by_failing(team: Team) -> None:
    team.write("runbooks/web.md", CURL)
    team.git("add", ".")
    words = (str(PROGRAMS / "pre-commit"), "run", "tocsin-fix", "--hook-stage", "manual", "--all-files")
    mended = call(*words, cwd=team.folder, environment=team.environment)
    assert mended.returncode == 1, mended.stdout + mended.stderr
    assert "files were modified by this hook" in mended.stdout
    assert "curl -fsS" in (team.folder / "runbooks/web.md").read_text(encoding="utf-8")
    team.git("add", ".")
    again = call(*words, cwd=team.folder, environment=team.environment)
    assert again.returncode == 0, again.stdout + again.stderr


# -- the action -------------------------------------------------------------------------------------------------------


@dataclass
class Job:
    """A runner's job that uses a composite action: only what our action needs of one.

    Attributes:
        used: the actions it would call, with what they are given. output: what its steps printed.
        failed: the name of the step that failed, or None.
    """

    action: Path
    workspace: Path
    runner: Path
    inputs: dict[str, str]
    environment: dict[str, str]
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    output: str = ""
    failed: str | None = None

    def run(self) -> "Job":
        """Run the steps in order, until one fails."""
        found = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        defaults = {name: str(each.get("default", "")) for name, each in found["inputs"].items()}
        assert self.inputs.keys() <= defaults.keys()
        self.inputs = {**defaults, **self.inputs}
        assert found["runs"]["using"] == "composite"
        for step in found["runs"]["steps"]:
            if "if" in step and not self.holds(step["if"]):
                continue
            if "uses" in step:
                given = {name: self.filled(str(value)) for name, value in step.get("with", {}).items()}
                self.used.append((step["uses"], given))
                continue
            if not self.step(step):
                self.failed = step["name"]
                break
        return self

    def step(self, step: Mapping[str, object]) -> bool:
        """One `run:` step as the runner starts bash; its GITHUB_PATH goes to the next ones."""
        assert step["shell"] == "bash", "a composite step has to name its shell"
        script = self.runner / "step.sh"
        script.write_text(self.filled(str(step["run"])), encoding="utf-8")
        path = self.runner / "path"
        path.write_text("", encoding="utf-8")
        own = step.get("env", {})
        assert isinstance(own, dict)
        environment = {
            **self.environment, **{name: self.filled(str(value)) for name, value in own.items()},
            "GITHUB_PATH": str(path), "GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(self.runner),
        }  # fmt: skip
        found = call(
            "bash",
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            str(script),
            cwd=self.workspace,
            environment=environment,
        )
        self.output += found.stdout + found.stderr
        added = path.read_text(encoding="utf-8").split()
        self.environment["PATH"] = ":".join([*reversed(added), self.environment["PATH"]])
        return found.returncode == 0

    def value(self, name: str) -> str:
        name = name.strip()
        if name == "github.action_path":
            return str(self.action)
        kind, _, key = name.partition(".")
        assert kind == "inputs", f"this runner does not know {name}"
        return self.inputs[key]

    def filled(self, text: str) -> str:
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: self.value(found[1]), text)

    def holds(self, condition: str) -> bool:
        """An `if:` of comparisons joined by &&."""
        for part in condition.split("&&"):
            name, operator, wanted = re.fullmatch(r"\s*([\w.-]+)\s*(==|!=)\s*'([^']*)'\s*", part).groups()  # type: ignore[union-attr]  # a condition of another shape fails here
            if (self.value(name) == wanted) is not (operator == "=="):
                return False
        return True


@pytest.fixture
def job(source: Path, tmp_path: Path) -> Job:
    workspace, runner, home = tmp_path / "work", tmp_path / "runner", tmp_path / "home"
    for folder in (workspace / "runbooks", runner, home, home / "bin"):
        folder.mkdir(parents=True)
    # What actions/setup-python brings: a `python` that can make environments.
    python = home / "bin/python"
    python.write_text(
        '#!/bin/sh\nif [ "$1 $2" = "-m venv" ]; then shift 2; exec '
        f'"{PROGRAMS}/virtualenv" -q "$@"; fi\nexec "{sys.executable}" "$@"\n'
    )
    python.chmod(0o755)
    environment = offline(home)
    # The tocsin of these tests is not to be found: only an installed one is.
    (home / "backend").mkdir()
    (home / "backend/uv-build").symlink_to(PROGRAMS / "uv-build")
    environment["PATH"] = f"{home}/bin:{home}/backend:/usr/local/bin:/usr/bin:/bin"
    return Job(source / "deploy/github-action", workspace, runner, {"files": "runbooks"}, environment)


def test_the_action_annotates_writes_its_log_and_fails_the_job(job: Job) -> None:
    (job.workspace / "runbooks/cache.md").write_text(FLUSH, encoding="utf-8")
    job.run()
    assert job.failed == "Lint", job.output
    assert "::error file=runbooks/cache.md,line=10,col=1,title=TOC204::" in job.output
    log = json.loads((job.workspace / "tocsin.sarif").read_text(encoding="utf-8"))
    assert "TOC204" in {result["ruleId"] for result in log["runs"][0]["results"]}
    assert [name.partition("@")[0] for name, _ in job.used] == ["actions/setup-python"]


def test_the_action_passes_what_is_clean_and_uploads_only_when_asked(job: Job) -> None:
    (job.workspace / "runbooks/fine.md").write_text(CLEAN, encoding="utf-8")
    job.inputs |= {"upload": "true", "sarif": "out.sarif"}
    job.run()
    assert job.failed is None, job.output
    name, given = job.used[-1]
    assert name.startswith("github/codeql-action/upload-sarif@")
    assert given["sarif_file"] == "out.sarif"
    assert (job.workspace / given["sarif_file"]).is_file()


def test_an_input_of_the_action_is_data_and_never_code(job: Job) -> None:
    (job.workspace / "runbooks/fine.md").write_text(CLEAN, encoding="utf-8")
    job.inputs |= {"files": "runbooks $(touch hacked) ;touch${IFS}hacked", "sarif": "", "fail-on": "never"}
    job.run()
    assert job.failed == "Lint"
    assert not (job.workspace / "hacked").exists()
    assert not list(job.workspace.glob("*.sarif"))
