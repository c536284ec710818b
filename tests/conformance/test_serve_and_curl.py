"""As it is used: `tocsin serve` as a process with the CookCam runbook, curl as the sender, killed once on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from tests.conformance.installation import KEYS, SECRETS, settings_text
from tests.conformance.requests_as_sent import hexdigest
from tests.conformance.test_github_webhook import deployment
from tests.conftest import Deadline

from tocsin.kit.clock import SystemClock

ROOT = Path(__file__).parents[2]
PATIENCE = timedelta(seconds=120)
TITLE = "API not responding: 502 Bad Gateway errors"


class Serve:
    """The process, its address and its end."""

    def __init__(self, folder: Path, deadline: Deadline) -> None:
        self._folder, self._deadline = folder, deadline
        (folder / "tocsin.toml").write_text(settings_text(), encoding="utf-8")
        shutil.copy(ROOT / "examples/cookcam/runbook.md", folder / "runbook.md")
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        log = self._folder / f"serve-{SystemClock().now():%H%M%S%f}.log"
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tocsin", "serve", "--config", str(self._folder / "tocsin.toml")],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={"PATH": os.environ["PATH"], "HOME": str(self._folder)},
            )  # fmt: skip

        def address() -> str:
            assert self.process is not None
            assert self.process.poll() is None, log.read_text()
            lines = [line.strip() for line in log.read_text().splitlines() if "/healthz" in line]
            return lines[0].removesuffix("/healthz") if lines else ""

        self.url = self._deadline(address, what="serve says where it listens", within=PATIENCE)

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def curl(self, path: str, body: str, *headers: str) -> str:
        """The status and body that curl prints; it tries again by itself while nobody listens."""
        program = shutil.which("curl")
        assert program is not None, "curl is missing: run scripts/setup"
        options = [word for header in headers for word in ("-H", header)]
        done = subprocess.run(
            [program, "-sS", "-m", "60", "-w", " %{http_code}", *options, "--data-binary", "@-", self.url + path],
            input=body.encode(), capture_output=True, timeout=90, check=True,
        )  # fmt: skip
        return done.stdout.decode()

    def get(self, path: str) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = httpx2.get(self.url + path, timeout=60).json()
        return found


@pytest.fixture
def serve(tmp_path: Path, deadline: Deadline) -> Iterator[Serve]:
    made = Serve(tmp_path, deadline)
    made.start()
    yield made
    made.kill()


def test_curl_to_an_incident_of_the_right_section_also_when_tocsin_is_killed_after_its_answer(
    serve: Serve, deadline: Deadline
) -> None:
    change = json.dumps(deployment("success"))
    signature = hexdigest(SECRETS["github"], change.encode())
    answered = serve.curl(
        f"/hooks/github/{KEYS['github']}", change, "X-GitHub-Event: deployment_status", "X-GitHub-Delivery: 1",
        f"X-Hub-Signature-256: sha256={signature}", "Content-Type: application/json",
    )  # fmt: skip
    assert answered.endswith(" 202")
    alert = json.dumps({"title": TITLE, "id": "api", "impact": "Complete service outage"})
    assert serve.curl(f"/hooks/json/{KEYS['json']}", alert).endswith(" 202")
    serve.kill()
    serve.start()

    def incidents() -> list[dict[str, object]]:
        return serve.get("/api/v1/incidents")["incidents"]

    (incident,) = deadline(incidents, what="the incident is there", within=PATIENCE)
    assert "API Not Responding" in str(incident["section"])
    assert incident["severity"] == "P0"
    changes = serve.get("/api/v1/changes?since=10000%20d")["changes"]
    assert [each["title"] for each in changes] == ["deployed cookcam/api f95f852 to production"]
    ledger = httpx2.get(f"{serve.url}/api/v1/intake/ledger", timeout=60).json()
    assert (ledger["accepted"], ledger["balanced"]) == (
        ledger["linked"] + ledger["suppressed"] + ledger["pending"],
        True,
    )
    again = serve.curl(
        f"/hooks/json/{KEYS['json']}", json.dumps({"id": "api", "title": TITLE, "status": "ok"})
    )
    assert again.endswith(" 202")
    deadline(
        lambda: httpx2.get(f"{serve.url}/api/v1/intake/ledger", timeout=60).json()["linked"] >= 2,
        what="its end is linked to it", within=PATIENCE,
    )  # fmt: skip
    assert len(incidents()) == 1
