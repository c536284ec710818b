"""A real `tocsin serve` whose files are edited while it runs."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2

SETTINGS = """
[reload]
every = "200 ms"
[people.ana]
name = "Ana"
page = ["sink:ana"]
[people.bo]
name = "Bo"
page = ["sink:bo"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:0"
[[checks]]
name = "lamp"
kind = "command"
command = "cat lamp"
every = "200 ms"
timeout = "20 s"
[targets]
cwd = "."
"""
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage, immediate response

## 1. Checkout Down

**Symptoms**: 502 errors

### Investigation

```bash
uptime
```
"""


class Serving:
    """One `tocsin serve` (or `tocsin watch`) in a folder; `say` edits its settings."""

    def __init__(self, folder: Path, name: str = "serve", command: str = "serve", **variables: str) -> None:
        self.folder = folder
        self.toml, self.runbook = folder / "tocsin.toml", folder / "runbook.md"
        if not self.toml.exists():
            self.runbook.write_text(RUNBOOK, encoding="utf-8")
            self.toml.write_text(SETTINGS, encoding="utf-8")
        (folder / "lamp").write_text("lit\n", encoding="utf-8")
        self.log = folder / f"{name}.log"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1", **variables}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tocsin", command, "--config", str(self.toml), "--while-stdin-open", "-v"],
                env=self.environment, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    @property
    def url(self) -> str | None:
        found = re.search(r"  (http://[^/]+)/healthz", self.log.read_text(encoding="utf-8"))
        return found[1] if found else None

    def leads(self) -> bool:
        """Whether it answers as healthy: only the leader's engine turns."""
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        try:
            return self.url is not None and httpx2.get(f"{self.url}/healthz", timeout=60).status_code == 200
        except httpx2.HTTPError:
            return False

    def get(self, path: str) -> Any:
        answer = httpx2.get(f"{self.url}{path}", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> httpx2.Response:
        return httpx2.post(f"{self.url}{path}", json=body, timeout=120)

    def metric(self, name: str) -> float | None:
        """A value of /metrics; None where there is no such line."""
        text = httpx2.get(f"{self.url}/metrics", timeout=60).text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else None

    def say(self, old: str, new: str) -> None:
        """Replace a piece of the settings, whole at once, as editors do."""
        text = self.toml.read_text(encoding="utf-8")
        assert old in text
        self.write(self.toml, text.replace(old, new))

    def write(self, file: Path, text: str) -> None:
        new = file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(file)

    def alert(self, fingerprint: str) -> str:
        """Hand in an alert that opens an incident of its own."""
        alert = {
            "title": f"502 errors of {fingerprint}",
            "fingerprint": fingerprint,
            "impact": "Complete service outage",
        }
        answer = self.post("/api/v1/alerts", alert)
        assert answer.status_code == 202, answer.text
        return fingerprint

    def pages(self) -> list[dict[str, Any]]:
        """The pages that were shown, in order."""
        file = self.folder / "var" / "pages.jsonl"
        text = file.read_text() if file.exists() else ""
        # What has no end yet is being written.
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def paged(self, person: str, text: str) -> bool:
        """Whether somebody was shown a page that says this."""
        return any(each["to"] == person and text in json.dumps(each) for each in self.pages())

    def tocsin(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tocsin", *arguments, "--config", str(self.toml)], cwd=self.folder, env=self.environment,
            text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=600, check=False,
        )  # fmt: skip

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
            self.process.wait(120)
