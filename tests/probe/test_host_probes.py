"""Checks of this machine, against this machine: disk, memory, processor, processes and files."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.registry import Probers

Deadline = Callable[..., object]
PROBERS = Probers(SystemClock(), variables={})


def look(kind: str, **settings: object) -> Sample:
    spec = CheckSpec(CheckName("it"), kind, settings, timeout=timedelta(seconds=30))
    PROBERS.validate(spec)
    return PROBERS.probe(spec)


def refusal(kind: str, **settings: object) -> str:
    with pytest.raises(ConfigError) as caught:
        PROBERS.validate(CheckSpec(CheckName("it"), kind, settings))
    return str(caught.value)


# --- disk


def test_a_disk_is_as_full_as_df_says(tmp_path: Path) -> None:
    sample = look("disk", path=str(tmp_path), used_degraded=1, used_down=1, inodes_degraded=1, inodes_down=1)
    assert sample.verdict is Verdict.UP
    said = subprocess.run(
        ["df", "--output=size,used,avail", "-B1", str(tmp_path)], capture_output=True, text=True, check=True
    )
    _, used, free = (int(word) for word in said.stdout.splitlines()[1].split())
    # Others write on this disk meanwhile: the same order of magnitude is the claim, the arithmetic is df's.
    assert int(sample.facts["size_bytes"]) == pytest.approx(used + free, rel=0.01)


def test_each_limit_of_a_disk_is_reached_by_itself(tmp_path: Path) -> None:
    far = {"used_degraded": 1, "used_down": 1, "inodes_degraded": 1, "inodes_down": 1}
    down = look("disk", path=str(tmp_path), **far | {"used_degraded": 0, "used_down": 0})
    assert (down.verdict, down.facts["over"], down.facts["used_limit"]) == (Verdict.DOWN, "used", "0 %")
    slow = look("disk", path=str(tmp_path), **far, free_degraded="900 TB")
    assert (slow.verdict, slow.facts["over"]) == (Verdict.DEGRADED, "free")
    assert "limit 900.0 TB" in slow.message


def test_a_path_that_is_not_there_is_unknown_and_no_outage() -> None:
    sample = look("disk", path="/no/such/place")
    assert (sample.verdict, sample.facts["error"]) == (Verdict.UNKNOWN, "own")


# --- memory and processor


def test_memory_is_what_the_machine_has() -> None:
    sample = look("memory", used_degraded=1, used_down=1)
    assert sample.verdict is Verdict.UP
    assert int(sample.facts["total_bytes"]) == psutil.virtual_memory().total
    assert look("memory", used_degraded=0, used_down=1).verdict is Verdict.DEGRADED
    assert look("memory", available_down="900 TB").verdict is Verdict.DOWN


def test_the_first_look_at_a_processor_knows_its_load_and_the_second_how_busy_it_was(
    deadline: Deadline,
) -> None:
    prober = Probers(SystemClock(), variables={})
    spec = CheckSpec(CheckName("cpu"), "cpu", {"minutes": 1, "load_degraded": 10_000})
    first = prober.probe(spec)
    assert first.verdict is Verdict.UP
    assert "busy" not in first.facts
    begun = psutil.cpu_times()
    deadline(lambda: psutil.cpu_times() != begun, what="a tick of the kernel")
    assert prober.probe(spec).facts["busy"].endswith("%")


def test_a_load_beyond_its_limit_is_seen() -> None:
    assert look("cpu", load_degraded=0).verdict is Verdict.DEGRADED
    assert look("cpu", load_down=0).verdict is Verdict.DOWN
    assert "1, 5 or 15" in refusal("cpu", minutes=3)


# --- processes


@pytest.fixture
def sleepers() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Three processes with a word of their own in the command line, waiting for us."""
    code = "import sys; sys.stdin.read()"
    running = [
        subprocess.Popen([sys.executable, "-c", code, f"drill-{os.getpid()}"], stdin=subprocess.PIPE)
        for _ in range(3)
    ]
    yield running
    for process in running:
        process.kill()
        process.communicate()


def test_processes_are_counted_with_their_memory(sleepers: list[subprocess.Popen[bytes]]) -> None:
    pattern = f"drill-{os.getpid()}$"
    sample = look("process", matching=pattern, least=3)
    assert (sample.verdict, sample.facts["count"]) == (Verdict.UP, "3")
    assert int(sample.facts["rss_bytes"]) > 0
    assert look("process", matching=pattern, least=4).verdict is Verdict.DOWN
    assert look("process", matching=pattern, most=2).verdict is Verdict.DEGRADED
    heavy = look("process", matching=pattern, rss_degraded="1 kB")
    assert (heavy.verdict, heavy.facts["over"]) == (Verdict.DEGRADED, "rss")
    assert look("process", matching=pattern, user="nobody-at-all").verdict is Verdict.DOWN


def test_a_zombie_does_not_count(sleepers: list[subprocess.Popen[bytes]], deadline: Deadline) -> None:
    victim = sleepers[0]
    victim.kill()
    deadline(lambda: psutil.Process(victim.pid).status() == psutil.STATUS_ZOMBIE, what="a zombie")
    assert look("process", matching=f"drill-{os.getpid()}$").facts["count"] == "2"


def test_a_process_check_must_say_which() -> None:
    assert "which processes are meant" in refusal("process", least=1)
    assert "regular expression" in refusal("process", matching="(")


# --- files


def dated(path: Path, hours: float, size: int = 100) -> Path:
    path.write_bytes(b"x" * size)
    then = SystemClock().now().timestamp() - hours * 3600
    os.utime(path, (then, then))
    return path


def test_the_newest_file_that_fits_is_judged_by_age_and_size(tmp_path: Path) -> None:
    dated(tmp_path / "backup-1.sql", 50)
    dated(tmp_path / "backup-2.sql", 2)
    pattern = str(tmp_path / "backup-*.sql")
    sample = look("file", path=pattern, age_degraded="3 h", age_down="1 d")
    assert (sample.verdict, sample.facts["file"]) == (Verdict.UP, str(tmp_path / "backup-2.sql"))
    assert look("file", path=pattern, age_degraded="1 h", age_down="1 d").verdict is Verdict.DEGRADED
    assert look("file", path=pattern, age_down="1 h").verdict is Verdict.DOWN
    assert look("file", path=pattern, small_down="1 kB").facts["over"] == "small"
    assert look("file", path=pattern, large_degraded=50).facts["over"] == "large"


def test_no_file_is_down_but_a_folder_nobody_may_read_is_unknown(tmp_path: Path) -> None:
    assert look("file", path=str(tmp_path / "none")).verdict is Verdict.DOWN
    assert look("file", path=str(tmp_path / "*.sql")).verdict is Verdict.DOWN
    assert look("file", path=str(tmp_path / "gone" / "*.sql")).verdict is Verdict.UNKNOWN


# --- limits


def test_a_limit_on_the_wrong_side_is_refused_and_a_default_gives_way() -> None:
    assert "lies before" in refusal("disk", path="/", used_degraded=0.9, used_down=0.5)
    assert "lies before" in refusal("file", path="/", small_degraded=10, small_down=20)
    PROBERS.validate(CheckSpec(CheckName("it"), "disk", {"path": "/", "used_degraded": 0.99}))
    PROBERS.validate(CheckSpec(CheckName("it"), "disk", {"path": "/", "used_down": 0.5}))


def test_a_key_with_a_typing_error_is_refused() -> None:
    assert "Did you mean used_down" in refusal("disk", path="/", used_dwon=0.5)
