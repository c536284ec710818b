"""The spool on a real disk: what could not be written is told, and nobody takes away the file of a process that lives."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tocsin.engine.foreign.spool import Spool
from tocsin.store.requests import NewRequest, State

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
REQUEST = NewRequest(
    "0", "am", "alertmanager", "POST", "/", {}, b"x" * 1_000, "127.0.0.1", NOW, State.PENDING, 200, 1
)
# In a process of its own: the limit holds for every file it writes.
FULL = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from tests.intake.test_spool import REQUEST
from tocsin.engine.foreign.spool import Spool
from tocsin.errors import StoreError

folder = Path(sys.argv[1])
spool = Spool(folder)
spool.append([REQUEST])
size = next(folder.glob("*.spool")).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
try:
    spool.append([replace(REQUEST, key="1")])
except StoreError:
    print("told")
"""


def test_a_request_that_fits_on_the_disk_in_part_is_not_kept_and_hides_none_behind_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout == "told\n"
    (file,) = tmp_path.glob("*.spool")
    later = Spool(tmp_path)
    assert later.adopt() == 1
    assert later.waiting(10) == [REQUEST]
    assert not file.exists(), "taken over"
    later.close()


def test_whoever_takes_over_what_the_dead_left_never_takes_the_file_of_one_who_begins(tmp_path: Path) -> None:
    over = threading.Event()

    def take_over() -> None:
        while not over.is_set():
            Spool(tmp_path).adopt()

    takers = [threading.Thread(target=take_over) for _ in range(2)]
    for each in takers:
        each.start()
    begun = [Spool(tmp_path) for _ in range(300)]
    try:
        for number, spool in enumerate(begun):
            spool.append([replace(REQUEST, key=str(number), body=b"")])
    finally:
        over.set()
        for each in takers:
            each.join()
    assert {each.key for each in Spool.look(tmp_path)} == {str(number) for number in range(300)}
    for spool in begun:
        spool.close()


def test_what_a_dead_process_left_is_taken_over_once_by_whoever_begins_at_the_same_time(
    tmp_path: Path,
) -> None:
    for turn in range(60):
        folder = tmp_path / str(turn)
        dead = Spool(folder)
        dead.append([replace(REQUEST, key=str(number), body=b"") for number in range(3)])
        assert dead._file is not None
        os.close(dead._file)  # as the end of a process lets go of it
        takers = [Spool(folder) for _ in range(4)]
        together = threading.Barrier(len(takers))
        taken: list[int] = []

        def take(spool: Spool, together: threading.Barrier = together, taken: list[int] = taken) -> None:
            together.wait(120)
            taken.append(spool.adopt())

        threads = [threading.Thread(target=take, args=(each,)) for each in takers]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert sorted(taken) == [0, 0, 0, 3]
        assert [each.key for each in Spool.look(folder)] == ["0", "1", "2"]
        for each in takers:
            each.close()
