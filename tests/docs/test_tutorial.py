"""The tutorial is true: its files and commands, in order, in an empty folder, with tocsin really running."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
FENCE = re.compile(
    r'^(?P<mark>````|```)(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<body>.*?)^(?P=mark)$',
    re.M | re.S,
)
WITHIN = timedelta(minutes=4)
DRILLED_WITHIN = timedelta(minutes=30)


class Shop:
    """A terminal in the shop's folder: what is typed there, and what was said."""

    def __init__(self, folder: Path, deadline: Deadline) -> None:
        self.folder = folder
        self.deadline = deadline
        self.served: subprocess.Popen[bytes] | None = None
        self.log = folder.parent / "serve.log"
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TOCSIN_AS": "ana",
            "TOCSIN_TOOLS": str(ROOT / ".tools"),
            "TOCSIN_LISTEN": "none",  # the port of the default may be somebody's
        }

    def type(self, line: str) -> str:
        """Run one line; what it printed. Every line of the tutorial ends well."""
        ran = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
            timeout=(DRILLED_WITHIN if " drill " in line else WITHIN).total_seconds(),
        )  # fmt: skip
        assert ran.returncode == 0, f"{line}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def type_in_a_terminal(self, line: str, answer: str) -> None:
        """Run one line that asks, and type the answer."""
        ours, theirs = pty.openpty()
        asked = subprocess.Popen(
            ["bash", "-c", line], cwd=self.folder, env={**self.environment, "TERM": "dumb"},
            stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:
            pass  # how Linux says that the other end of a terminal is closed
        finally:
            os.close(ours)
        assert asked.wait(WITHIN.total_seconds()) == 0, said.decode(errors="replace")

    def serve(self, line: str) -> None:
        """Start the engine and wait until it watches."""
        with self.log.open("wb") as out:
            self.served = subprocess.Popen(
                line.split(), cwd=self.folder, env=self.environment, stdout=out, stderr=out
            )
        self.deadline(
            lambda: "tocsin watches 1 checks" in self.said(), what="the engine watches", within=WITHIN
        )

    def said(self) -> str:
        """What the engine has said so far."""
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> int:
        """Ctrl-C."""
        if self.served is None:
            return 0
        self.served.send_signal(signal.SIGINT)
        return self.served.wait(WITHIN.total_seconds())

    def paged(self, words: str) -> bool:
        """Whether a page with these words has reached the file that stands for Ana's phone."""
        pages = self.folder / "var/pages.jsonl"
        return pages.exists() and words in pages.read_text(encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path, deadline: Deadline) -> Iterator[Shop]:
    folder = tmp_path / "corner-shop"
    folder.mkdir()
    found = Shop(folder, deadline)
    yield found
    if found.served is not None and found.served.poll() is None:
        found.served.kill()
        found.served.wait()


def test_the_tutorial_goes_as_written(shop: Shop, deadline: Deadline) -> None:
    typed = []
    for fence in FENCE.finditer(PAGE.read_text(encoding="utf-8")):
        if fence["title"]:
            file = shop.folder / fence["title"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(fence["body"], encoding="utf-8")
        if fence["language"] != "console":
            continue
        for line in (line[2:] for line in fence["body"].splitlines() if line.startswith("$ ")):
            typed.append(line)
            match line.split():
                case ["scripts/setup"] | ["export" | "mkdir" | "cd", *_]:
                    continue  # the fixture stands in the folder already, with tocsin on its PATH
                case ["tocsin", "serve", *_]:
                    shop.serve(line)
                case ["tocsin", "incident", "list"]:
                    deadline(lambda: shop.paged("the lamp is out"), what="a page", within=WITHIN)
                    assert "Lamp is out" in shop.type(line)
                case ["tocsin", "incident", "approve", *_]:
                    deadline(lambda: shop.paged("decision needed"), what="a question", within=WITHIN)
                    shop.type_in_a_terminal(line, "mv lamp.off lamp.on")
                    post_mortem = shop.folder / "var/postmortems/INC-1.md"
                    deadline(post_mortem.exists, what="the post-mortem", within=WITHIN)
                case ["tocsin", "drill", "run", *_]:
                    assert "1 drilled, 1 proven as written, 1 as expected" in shop.type(line)
                case ["tocsin", "drill", "report", *_]:
                    assert "runbook.md: 1 of 1 sections are proven" in shop.type(line)
                case _:
                    shop.type(line)
    assert "tocsin audit verify" in typed
    assert (shop.folder / "lamp.on").exists()
    assert (shop.folder / "incident.md").read_text(encoding="utf-8").count("resolved: good for 5 s") == 1
    assert next(page["to"] for page in map(json.loads, (shop.folder / "var/pages.jsonl").open())) == "ana"
    assert shop.stop() == 0


def test_the_plan_that_the_tutorial_shows_is_the_plan(shop: Shop) -> None:
    fences = list(FENCE.finditer(PAGE.read_text(encoding="utf-8")))
    (runbook,) = [fence["body"] for fence in fences if fence["title"] == "runbook.md"]
    (shown,) = [
        fence["body"]
        for fence in fences
        if fence["language"] == "text" and "1.2a   [change]" in fence["body"]
    ]
    (shop.folder / "runbook.md").write_text(runbook, encoding="utf-8")
    assert shown in shop.type("tocsin plan runbook.md")
