"""The simulator answers kubectl as a real Kubernetes API did when the transcripts were recorded: byte for byte."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sandbox.kubernetes.conftest import DATA, Running

SETTLE = Path(__file__).with_name("settle.py")
REPOSITORY = Path(__file__).parents[3]


def expected(version: str) -> str:
    """What this kubectl printed against the real server."""
    seen = re.match(r"v1\.(\d+)\.", version)
    assert seen is not None, f"kubectl calls itself {version!r}"
    minor = int(seen[1])
    if minor <= 20:
        return (DATA / "golden-kubectl.client-1.20.2.txt").read_text()
    lines = (DATA / "golden-kubectl.txt").read_text().splitlines(keepends=True)
    if minor <= 31:
        lines[13] = "error: no objects passed to scale\n"
    if minor <= 27:
        lines[128] = lines[128].replace("annotated", "annotate")
    return "".join(lines)


def expected_of_roles(version: str) -> str:
    """What this kubectl printed against the real server when roles decided."""
    seen = re.match(r"v1\.(\d+)\.", version)
    assert seen is not None, f"kubectl calls itself {version!r}"
    said = (DATA / "golden-roles.txt").read_text()
    if int(seen[1]) <= 20:
        for words in ("error: failed to create configmap: ", "error: failed to create secret "):
            assert said.count(words) == 1
            said = said.replace(words, "Error from server (Forbidden): ")
    return said.replace("web annotated\n", "web annotate\n") if int(seen[1]) == 27 else said


def replay(running: Running, folder: Path) -> str:
    """The transcript, with every pause as long as the cluster needs."""
    folder.mkdir()
    for name in ("golden-kubectl.sh", "objs.yaml", "crds.yaml", "ing.yaml", "ing2.yaml"):
        shutil.copy(DATA / name, folder / name)
    shims = folder / "bin"
    shims.mkdir()
    (shims / "sleep").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SETTLE}"\n')
    (shims / "sleep").chmod(0o755)
    (shims / "kubectl").symlink_to(running.kubectl_program)
    client = running.simulator.client
    environment = {
        **os.environ,
        "PATH": f"{shims}:{os.environ['PATH']}:{REPOSITORY / '.tools/bin'}",
        "KUBECONFIG": str(running.simulator.kubeconfig),
        "SETTLE_PORT": str(client.port),
        "SETTLE_CA": str(client.authority),
        "SETTLE_TOKEN": client.token,
    }
    done = subprocess.run(
        ["/bin/bash", folder / "golden-kubectl.sh"],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.stdout


def test_kubectl_sees_what_it_saw_of_a_real_api_twice_on_the_same_process(
    starting: Callable[[], Running], tmp_path: Path
) -> None:
    running = starting()
    said = json.loads(running.kubectl("version", "--client", "-o", "json").stdout)
    wanted = expected(said["clientVersion"]["gitVersion"])
    assert replay(running, tmp_path / "first") == wanted
    # A namespace that forgets to take everything with it would show other revisions now.
    assert replay(running, tmp_path / "second") == wanted


def test_kubectl_is_allowed_and_refused_what_it_was_by_a_real_api(starting: Callable[[], Running]) -> None:
    running = starting()
    said = json.loads(running.kubectl("version", "--client", "-o", "json").stdout)
    for _ in range(2):
        done = subprocess.run(
            ["/bin/bash", DATA / "golden-roles.sh"],
            env=running.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.stdout == expected_of_roles(said["clientVersion"]["gitVersion"]), done.stderr


@pytest.mark.parametrize(("version", "line"), [("v1.27.16", 129), ("v1.31.9", 14)])
def test_older_clients_are_compared_with_what_they_print(version: str, line: int) -> None:
    ours = expected(version).splitlines()
    newest = expected("v1.33.1").splitlines()
    assert ours[line - 1] != newest[line - 1]
    assert len(ours) == len(newest) == 148
