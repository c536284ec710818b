"""The capsule: real names and ports inside, nothing outside, and nothing left whoever is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.drills.conftest import CAPSULE, ROOT, TOOLS, Yard, scenario

from tocsin.drill.record import Kind, Walls
from tocsin.sandbox import ending
from tocsin.sandbox.drill.cell import leftovers
from tocsin.sandbox.drill.guard import CREDENTIALS
from tocsin.sandbox.drill.job import Job, write
from tocsin.sandbox.drill.watchdog import environment, programs

SLOW = timedelta(seconds=120)


class Inside:
    """A program in a capsule of its own, started as a run is."""

    def __init__(self, yard: Yard, program: str) -> None:
        self.cell = yard.rooms / "r-test"
        job = Job(
            scenario("prepchef", "redis-memory-full"), Kind.TRIAL, self.cell, TOOLS, ("ana",), Walls("capsule"), 600.0,
            yard.rooms / "STOP",
        )  # fmt: skip
        for folder in (self.cell, job.folder, job.rooms, job.out):
            folder.mkdir(mode=0o777)
            folder.chmod(0o777)
        job.hosts.write_text("127.0.0.1 localhost api.cookcam.app\n", encoding="ascii")
        script = job.folder / "program.py"
        script.write_text(program, encoding="utf-8")
        write(job)
        # The watchdog starts the run by its name; here it starts this program instead.
        start = (
            "import sys; from tocsin.sandbox.drill import watchdog, job; from tocsin.sandbox import namespaces; import os;"
            f"found = job.read(__import__('pathlib').Path({str(self.cell / 'job.json')!r}));"
            "switch = watchdog.Switch(found.stop); child = namespaces.enter(watchdog.world(found));\n"
            f"if child == 0: os._exit(namespaces.become([sys.executable, {str(script)!r}], watchdog.environment(found)))\n"
            "sys.exit(watchdog._watch(found, child, switch))"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", start], env={**environment(job), "HOME": os.environ.get("HOME", "/")},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def says(self) -> str:
        """Everything it says until its end."""
        assert self.process.stdout is not None
        text = self.process.stdout.read()  # its input stays open: closed, the watchdog would end it
        self.process.wait(timeout=SLOW.total_seconds())
        return text

    def line(self) -> str:
        """The next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@pytest.fixture
def outside() -> Iterator[int]:
    """A service of the machine, on loopback: what a drill must never reach."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def needs_capsule() -> None:
    """A machine that forbids namespaces has no capsules; that this is said is tested elsewhere."""
    if not CAPSULE:
        pytest.fail("this machine forbids user namespaces; run the tests where they are allowed")


def test_inside_a_real_name_and_a_real_port_are_the_sandboxs_and_nothing_else_can_be_reached(
    yard: Yard, outside: int
) -> None:
    needs_capsule()
    shown = [str(path) for path in programs(TOOLS)]
    homes = sorted({"/home", "/root", str(Path.home())} - {"/"})
    said = json.loads(
        Inside(
            yard,
            f"""
import json, os, pathlib, socket, sys
found = {{"who": os.getuid(), "host": socket.gethostname(), "pids": sorted(int(p.name) for p in pathlib.Path("/proc").glob("[0-9]*"))}}
server = socket.socket(); server.bind(("127.0.0.1", 443)); server.listen()
found["name"] = socket.gethostbyname("api.cookcam.app")
socket.create_connection(("api.cookcam.app", 443), 5).close()
def refused(where):
    try: socket.create_connection(where, 5).close()
    except OSError as wrong: return type(wrong).__name__
    return "REACHED"
found["machine"] = refused(("127.0.0.1", {outside}))
found["world"] = refused(("1.1.1.1", 443))
found["dns"] = refused(("example.com", 443))
def unwritable(path):
    try: pathlib.Path(path).write_text("x")
    except OSError as wrong: return wrong.strerror
    return "WRITTEN"
found["files"] = {{path: unwritable(path) for path in ("/etc/drill", {str(ROOT / "drill")!r}, "/usr/drill")}}
found["homes"] = [
    str(path) for folder in {homes!r} if os.path.isdir(folder) for path in pathlib.Path(folder).iterdir()
    if not any(pathlib.Path(program).is_relative_to(path) for program in {shown!r})
]
found["rights"] = [line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm"))]
found["again"] = os.system("unshare --user --map-root-user --mount sh -c 'mount -o remount,bind,rw /' 2>/dev/null") != 0
print(json.dumps(found))
""",
        ).says()
    )
    assert said["who"] == 1000
    assert said["host"] == "drill"
    assert len(said["pids"]) <= 3, "only what was started in here is seen"
    assert said["name"] == "127.0.0.1"
    assert said["machine"] == "ConnectionRefusedError"
    assert said["world"] == "OSError", "no route"
    assert said["dns"] == "gaierror"
    assert set(said["files"].values()) <= {"Read-only file system", "Permission denied"}
    assert said["homes"] == [], "of the homes only the way to our own programs is seen"
    assert set(said["rights"]) == {"0" * 16}
    assert said["again"], "a world inside the world may not write either"


@pytest.mark.parametrize("who", ["the watchdog", "the owner"])
def test_everything_inside_dies_with_whoever_started_it_even_by_kill_9(
    yard: Yard, deadline: Deadline, who: str
) -> None:
    needs_capsule()
    mark = yard.rooms / "r-test" / "out" / "alive"
    inside = Inside(
        yard,
        f"""
import os, pathlib, subprocess, time
subprocess.Popen(["/bin/sh", "-c", "setsid sleep 1000 & setsid sleep 1000 & exec sleep 1000"], cwd={str(mark.parent)!r})
print("started", flush=True)
time.sleep(1000)
""",
    )
    assert inside.line() == "started\n"
    # The shell has been started, which is not yet to say that it has come to its own children.
    deadline(
        lambda: sum("sleep" in each for each in leftovers(inside.cell)) >= 3,
        what="the shell and both it sent away are there",
        within=SLOW,
    )
    if who == "the watchdog":
        os.kill(inside.process.pid, signal.SIGKILL)
    else:
        assert inside.process.stdin is not None
        inside.process.stdin.close()
    inside.process.wait(timeout=SLOW.total_seconds())
    deadline(
        lambda: not [each for each in leftovers(inside.cell) if each.startswith("process")],
        what="all dead",
        within=SLOW,
    )


@pytest.mark.parametrize("open_room", [False, True], ids=["capsule", "open room"])
def test_killed_in_the_middle_a_drill_leaves_nothing(yard: Yard, deadline: Deadline, open_room: bool) -> None:
    """kill -9 of `tocsin drill` itself: the watchdog ends the run, the keeper clears its cell away."""
    ours = {name: value for name, value in os.environ.items() if name not in CREDENTIALS}
    code = (
        "import sys; from pathlib import Path; from tocsin.sandbox.drill import cell, scenarios;"
        "from tocsin.kit.clock import SystemClock;"
        f"found = scenarios.read(Path({str(ROOT / 'examples/prepchef/drills/redis-memory-full.toml')!r}));"
        f"cell.run(cell.Wanted(found, open_room={open_room}), Path({str(yard.rooms)!r}), Path({str(TOOLS)!r}), SystemClock(),"
        " tell=lambda told: print(told.state.value, flush=True))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=ours
    )
    assert process.stdout is not None
    assert any(line == "detect\n" for line in process.stdout), "it came that far"
    process.kill()
    process.wait()
    deadline(lambda: not yard.left(), what="the keeper clears it away", within=SLOW)
    deadline(
        lambda: not [each for each in leftovers(yard.rooms) if not each.startswith("file")],
        what="and ends itself",
        within=SLOW,
    )


def test_what_a_killed_drill_and_a_killed_keeper_left_is_cleared_by_the_next(yard: Yard) -> None:
    cell = yard.rooms / "r-abcdef"
    cell.mkdir()
    (cell / "in").mkdir()
    manifest = {
        "room": "r-abcdef", "scratch": str(cell), "boot": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        "owner": {"pid": 999999, "started": 1}, "entries": [], "environment": [], "version": 1,
    }  # fmt: skip
    (yard.rooms / "r-abcdef.room.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert ending.sweep(yard.rooms) == ("r-abcdef",)
    assert yard.left() == []
