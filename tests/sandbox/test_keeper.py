"""No room outlives its owner, whatever kills what, and nobody else's process is touched."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.errors import InputError, NotFound
from tocsin.sandbox import ending, processes
from tocsin.sandbox import manifest as manifests
from tocsin.sandbox.keeper import hand_over
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.service import wait_until
from tocsin.sandbox.tools import Tools

SOON = timedelta(seconds=60)
Residue = Callable[[Path, tuple[int, ...]], list[str]]

_OWNER = """
import sys
from datetime import timedelta
from pathlib import Path
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.tools import Tools
kind = {"cookcam": CookCamRoom, "prepchef": PrepChefRoom}[sys.argv[1]]
tools = Tools.find(Path(sys.argv[3]))
room = kind.start(Path(sys.argv[2]), tools, grace=timedelta(seconds=float(sys.argv[4])))
print(room.manifest, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Owner:
    """A process of its own that owns a room."""

    process: subprocess.Popen[str]
    state_dir: Path

    def started(self) -> Path:
        """The manifest, once the room is up."""
        assert self.process.stdout is not None
        return Path(self.process.stdout.readline().strip())

    def kill(self) -> None:
        """kill -9, as the kernel or an impatient person would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def owner(kind: str, state_dir: Path, tools_dir: Path, grace: float) -> Iterator[Owner]:
    command = [sys.executable, "-c", _OWNER, kind, str(state_dir), str(tools_dir), str(grace)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Owner(process, state_dir)
    finally:
        process.kill()
        process.communicate()
        for path in state_dir.glob("*" + manifests.SUFFIX):
            ending.end(path)


def keepers_of(manifest: Path) -> list[processes.Identity]:
    """The keepers that watch this manifest."""
    found = []
    for seen in processes.everything():
        with suppress(OSError):
            words = Path(f"/proc/{seen.identity.pid}/cmdline").read_bytes().split(b"\0")
            if b"tocsin.sandbox.keeper" in words and str(manifest).encode() in words and not seen.zombie:
                found.append(seen.identity)
    return found


@pytest.fixture(scope="module")
def tools_dir(tools: Tools) -> Path:
    return tools.node_modules.parents[1]


def test_the_keeper_ends_the_room_of_a_killed_owner_after_the_grace(
    tmp_path: Path, tools_dir: Path, residue: Residue
) -> None:
    with owner("cookcam", tmp_path, tools_dir, grace=0.5) as mine:
        manifest = mine.started()
        scratch = manifests.scratch_of(manifest)
        assert len(residue(scratch, ())) > 6
        mine.kill()
        wait_until(lambda: residue(scratch, ()) == [], "the keeper has ended the room", SOON)
        wait_until(lambda: keepers_of(manifest) == [], "the keeper has left", SOON)
        assert list(tmp_path.iterdir()) == []


def test_a_told_keeper_ends_the_room_at_once(tmp_path: Path, tools_dir: Path, residue: Residue) -> None:
    with owner("prepchef", tmp_path, tools_dir, grace=3600) as mine:
        manifest = mine.started()
        (keeper,) = keepers_of(manifest)
        processes.send(keeper, signal.SIGTERM)
        wait_until(lambda: not manifest.exists(), "the keeper has ended the room", SOON)
        wait_until(lambda: residue(manifests.scratch_of(manifest), ()) == [], "nothing is left", SOON)


def test_the_next_start_sweeps_what_a_killed_owner_and_keeper_left(
    tmp_path: Path, tools: Tools, tools_dir: Path, residue: Residue
) -> None:
    with owner("cookcam", tmp_path, tools_dir, grace=3600) as mine:
        manifest = mine.started()
        for keeper in keepers_of(manifest):
            processes.send(keeper, signal.SIGKILL)
        mine.kill()
        scratch = manifests.scratch_of(manifest)
        assert len(residue(scratch, ())) > 6
        second = PrepChefRoom.start(tmp_path, tools)
        try:
            assert residue(scratch, ()) == []
        finally:
            second.stop()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("after_seconds", [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.6, 0.75])
def test_an_owner_killed_at_any_moment_of_the_start_leaves_nothing(
    tmp_path: Path, tools_dir: Path, after_seconds: float
) -> None:
    with owner("cookcam", tmp_path, tools_dir, grace=0.2) as mine:
        wait_until(lambda: any(tmp_path.glob("*" + manifests.SUFFIX)), "the room is announced", SOON)
        with suppress(subprocess.TimeoutExpired):
            mine.process.wait(after_seconds)
        mine.kill()
        # The very first moments are before the keeper: the next start sees to those.
        ending.sweep(tmp_path)
        # What was being started when its owner died may still be about to find out that its room is gone.
        wait_until(lambda: _inhabitants(tmp_path) == [], "nobody is left", SOON)
        wait_until(lambda: list(tmp_path.iterdir()) == [], "no file is left", SOON)


def _inhabitants(directory: Path) -> list[str]:
    """Processes that work below a directory or were called with a path in it."""
    found = []
    for seen in processes.everything():
        with suppress(OSError):
            command = Path(f"/proc/{seen.identity.pid}/cmdline").read_bytes()
            called = f"{directory}/r-".encode() in command and b"tocsin.sandbox.keeper" not in command
            if not seen.zombie and (called or processes.works_in(seen.identity.pid, directory)):
                found.append(command.decode(errors="replace"))
    return found


def test_a_room_that_was_handed_over_outlives_its_first_owner(
    tmp_path: Path, tools_dir: Path, residue: Residue
) -> None:
    with owner("prepchef", tmp_path, tools_dir, grace=0.2) as mine:
        manifest = mine.started()
        scratch = manifests.scratch_of(manifest)
        with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as heir:
            hand_over(manifest, heir.pid)
            mine.kill()
            environment = dict(manifests.load(manifest).environment)
            (keeper,) = keepers_of(manifest)
            # Long enough for several looks of the keeper: it must still be there.
            with pytest.raises(subprocess.TimeoutExpired):
                heir.wait(1.0)
            assert processes.alive(keeper)
            pong = subprocess.run(["redis-cli", "PING"], env=environment, capture_output=True, check=True)
            assert pong.stdout == b"PONG\n"
        wait_until(lambda: residue(scratch, ()) == [], "the room went with its heir", SOON)


def test_a_room_cannot_be_handed_to_nobody(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        hand_over(tmp_path / f"r-000000{manifests.SUFFIX}", os.getpid())
    with pytest.raises(NotFound):
        hand_over(tmp_path / f"r-000000{manifests.SUFFIX}", 2**22 + 1)


def test_people_who_only_look_into_a_room_are_not_killed_with_it(tmp_path: Path, tools: Tools) -> None:
    room = PrepChefRoom.start(tmp_path, tools)
    scratch = room.room.scratch.path
    # Somebody's shell in the directory, and tocsin itself, which has the room's environment.
    with (
        subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, cwd=scratch) as shell,
        subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, env=room.environment, cwd="/") as serve,
    ):
        room.stop()
        assert shell.poll() is None
        assert serve.poll() is None


def test_what_a_room_started_by_the_way_goes_with_it(tmp_path: Path, tools: Tools) -> None:
    room = PrepChefRoom.start(tmp_path, tools)
    with subprocess.Popen(
        ["/bin/cat"],
        stdin=subprocess.PIPE,
        env=room.environment,
        cwd=room.room.scratch.path,
        start_new_session=True,
    ) as stray:
        room.stop()
        assert stray.wait() == -signal.SIGKILL


def test_a_reused_process_number_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / f"r-abcdef{manifests.SUFFIX}"
    scratch = manifests.scratch_of(path)
    (scratch / "run").mkdir(parents=True)
    entry = manifests.Entry(
        "redis", str(scratch / "run/redis.stat"), other_pidfile=str(scratch / "run/other")
    )
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, start_new_session=True) as innocent:
        seen = processes.look(innocent.pid)
        assert seen is not None
        # The recorded process had this number, but was born earlier.
        stat = Path(f"/proc/{innocent.pid}/stat").read_text()
        started = str(seen.identity.started)
        Path(entry.pidfile).write_text(stat.replace(started, str(seen.identity.started - 1)))
        Path(entry.other_pidfile or "").write_text(str(innocent.pid))
        gone = processes.Identity(innocent.pid, 1)
        manifests.save(
            path, manifests.Manifest("r-abcdef", str(scratch), processes.boot_id(), gone, (entry,))
        )
        assert ending.sweep(tmp_path) == ("r-abcdef",)
        assert innocent.poll() is None
    assert list(tmp_path.iterdir()) == []


def test_a_room_of_another_boot_is_only_files(tmp_path: Path) -> None:
    path = tmp_path / f"r-abcdef{manifests.SUFFIX}"
    scratch = manifests.scratch_of(path)
    (scratch / "run").mkdir(parents=True)
    entry = manifests.Entry("redis", str(scratch / "run/redis.stat"))
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, start_new_session=True) as innocent:
        Path(entry.pidfile).write_text(Path(f"/proc/{innocent.pid}/stat").read_text())
        manifests.save(path, manifests.Manifest("r-abcdef", str(scratch), "before", processes.me(), (entry,)))
        assert ending.sweep(tmp_path) == ("r-abcdef",)
        assert innocent.poll() is None
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_leaves_rooms_with_a_living_owner_alone(tmp_path: Path, tools: Tools) -> None:
    room = PrepChefRoom.start(tmp_path, tools)
    try:
        assert ending.sweep(tmp_path) == ()
        assert room.redis.ready()
    finally:
        room.stop()


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"room": "r-abcdef"}'],
)
def test_a_broken_manifest_is_refused_and_nothing_is_deleted(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / f"r-abcdef{manifests.SUFFIX}"
    manifests.scratch_of(path).mkdir()
    path.write_bytes(text)
    with pytest.raises(InputError, match="r-abcdef"):
        ending.end(path)
    assert ending.sweep(tmp_path) == ()
    assert manifests.scratch_of(path).exists()


def test_a_manifest_may_name_no_directory_but_the_one_beside_it(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    path = tmp_path / f"r-abcdef{manifests.SUFFIX}"
    manifests.save(
        path, manifests.Manifest("r-abcdef", str(precious), processes.boot_id(), processes.Identity(1, 1))
    )
    with pytest.raises(InputError, match="precious"):
        ending.end(path)
    assert precious.exists()
