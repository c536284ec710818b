"""Pages as lines of a file: each key once, whoever is killed meanwhile."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.connectors.api import PageMessage, Pager
from tocsin.connectors.file_pager import FilePager
from tocsin.errors import Permanent
from tocsin.kit.clock import SystemClock


def message(key: str = "INC-1.p1", subject: str = "P1 API not responding") -> PageMessage:
    return PageMessage(key, "ana", "file", subject, "body\nwith lines \u2028 and ✓", "http://127.0.0.1/i/1")


def keys(path: Path) -> list[str]:
    return [json.loads(line)["key"] for line in path.read_bytes().split(b"\n")[:-1]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pages.jsonl"


def test_a_page_is_one_line_with_everything_in_it(path: Path) -> None:
    pager: Pager = FilePager(path, SystemClock())
    receipt = pager.page(message())
    line = json.loads(path.read_text())
    assert line["at"] == receipt.at.isoformat()
    assert line["subject"] == "P1 API not responding"
    assert line["body"] == "body\nwith lines \u2028 and ✓"
    assert receipt.reference == "pages.jsonl:1"


def test_the_same_key_is_shown_once_and_keeps_its_receipt(path: Path) -> None:
    first = FilePager(path, SystemClock()).page(message())
    again = FilePager(path, SystemClock()).page(message())
    FilePager(path, SystemClock()).page(message("INC-1.p2"))
    assert first == again
    assert keys(path) == ["INC-1.p1", "INC-1.p2"]


def test_a_line_torn_by_a_crash_is_written_again_whole(path: Path) -> None:
    pager = FilePager(path, SystemClock())
    pager.page(message("a"))
    pager.page(message("b"))
    whole = path.read_bytes()
    first_line = whole.index(b"\n") + 1
    for cut in range(first_line + 1, len(whole)):
        path.write_bytes(whole[:cut])
        pager.page(message("b"))
        assert keys(path) == ["a", "b"]


def test_lines_of_others_are_left_alone(path: Path) -> None:
    path.write_bytes(b'# a comment\n\n[1]\n{"key": "x"}\n')
    FilePager(path, SystemClock()).page(message("x"))
    assert path.read_bytes().startswith(b'# a comment\n\n[1]\n{"key": "x"}\n{"at"')


def test_many_threads_hand_over_each_key_once(path: Path) -> None:
    def work() -> None:
        pager = FilePager(path, SystemClock())
        for number in range(20):
            pager.page(message(f"k{number}"))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(keys(path)) == sorted(f"k{number}" for number in range(20))


WRITER = """
import sys
from pathlib import Path
from tocsin.connectors.api import PageMessage
from tocsin.connectors.file_pager import FilePager
from tocsin.kit.clock import SystemClock
pager = FilePager(Path(sys.argv[1]), SystemClock())
for number in range(200):
    pager.page(PageMessage(f"k{number}", "ana", "file", "s", "b" * 5000, None))
    print(number, flush=True)
"""


def test_killed_at_any_moment_nothing_confirmed_is_lost_and_nothing_is_doubled(path: Path) -> None:
    chance = random.Random(7)
    confirmed = -1
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(chance.randrange(1, 40)):
            line = writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
        confirmed = max(confirmed, int(rest[-1] if rest else line))
        writer.wait()
        writer.stdout.close()
    FilePager(path, SystemClock()).page(message("last"))
    found = keys(path)
    assert len(found) == len(set(found))
    assert {f"k{number}" for number in range(confirmed + 1)} <= set(found)


def test_a_directory_that_does_not_exist_is_permanent(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"gone/pages\.jsonl: No such file or directory"):
        FilePager(tmp_path / "gone" / "pages.jsonl", SystemClock()).page(message())


LIMITED = """
import resource, signal, sys
from pathlib import Path
from tocsin.connectors.api import PageMessage
from tocsin.connectors.file_pager import FilePager
from tocsin.errors import OutsideError
from tocsin.kit.clock import SystemClock
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
pager = FilePager(Path(sys.argv[1]), SystemClock())
pager.page(PageMessage("a", "ana", "file", "s", "b" * 500, None))
try:
    pager.page(PageMessage("b", "ana", "file", "s", "b" * 5000, None))
except OutsideError as error:
    print(type(error).__name__, error)
"""


def test_a_write_that_stops_half_way_leaves_no_half_line(path: Path) -> None:
    out = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    assert out.stdout.startswith("Permanent file pager: could not write")
    assert keys(path) == ["a"]


@pytest.mark.parametrize("place", ["/dev/zero", "/dev/full", "/"])
def test_what_is_no_file_is_refused_instead_of_read_for_ever(place: str) -> None:
    with pytest.raises(Permanent, match="could not write"):
        FilePager(Path(place), SystemClock()).page(message())


def test_the_receipt_says_when_by_our_clock(path: Path) -> None:
    class Fixed(SystemClock):
        def now(self) -> datetime:
            return datetime(2025, 10, 7, 3, tzinfo=UTC)

    assert FilePager(path, Fixed()).page(message()).at == datetime(2025, 10, 7, 3, tzinfo=UTC)
    assert FilePager(path, SystemClock()).page(message()).at + timedelta() == datetime(
        2025, 10, 7, 3, tzinfo=UTC
    )
