"""One run, from the inside: `python -m tocsin.sandbox.drill.inside JOB`, started by the watchdog and never by a person.

Tells each state on a line of standard output and leaves its record in the cell. Exit status 0 says that there is a record,
whatever it says; 1 that there is none.
"""

import os
import sys
import traceback
from datetime import timedelta
from pathlib import Path

from tocsin.app.runbook_file import read_runbook
from tocsin.drill.record import State
from tocsin.drill.text import section_of, text_sha256
from tocsin.errors import TocsinError
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.garbage import collect_seldom
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.sandbox import catalogue
from tocsin.sandbox.capsule import Capsule
from tocsin.sandbox.drill.course import Course
from tocsin.sandbox.drill.engine import Engine
from tocsin.sandbox.drill.furnished import commanded, furnished
from tocsin.sandbox.drill.guard import must_be_ours
from tocsin.sandbox.drill.job import RUN, Job, read, write_run
from tocsin.sandbox.drill.journal import Journal
from tocsin.sandbox.drill.person import Person
from tocsin.sandbox.drill.seen import Moments, Seen
from tocsin.sandbox.drill.settings import PAGES
from tocsin.sandbox.drill.stage import Stage
from tocsin.sandbox.kind import OUR_NODE, SIMULATED_CLUSTER, RoomKind
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import run_once
from tocsin.sandbox.tools import Tools

_GRACE = timedelta(seconds=1)
_BY_HAND_WITHIN = timedelta(seconds=180)


def main() -> int:
    """Run the job and leave its record."""
    job = read(Path(sys.argv[1]))
    clock = SystemClock()
    journal = Journal(clock)
    seen = Seen(Moments(clock.now()))
    engine = Engine(job.folder / "tocsin.toml", job.out, clock)
    stage: Stage | None = None
    try:
        _matched(job, seen)
        stage = _provision(job, journal, engine, clock)
        seen.times.up = clock.now()
        settings = engine.prepare(stage.room.environment, stage.workdir if _kind(job).workdir else None)
        must_be_ours(settings, stage.room, dict(job.production), clock)
        engine.start()
        Course(job, stage, engine, journal, clock, seen).run()
    except TocsinError as problem:
        seen.broken = str(problem)
    except Exception as problem:  # a defect of ours must never read as a verdict on the runbook
        traceback.print_exc()
        seen.broken = f"a defect of tocsin: {type(problem).__name__}: {problem}"
    finally:
        _record(job, journal, seen, stage, engine)
    return 0


def _matched(job: Job, seen: Seen) -> None:
    """Which section of the text is meant, and what that text is."""
    book = compile_runbook(read_runbook(job.folder / "runbook.md"), path="runbook.md")
    section = section_of(book, job.scenario.section)
    matched = section_of(book, job.scenario.matches) if job.scenario.matches else section
    seen.section, seen.anchor, seen.text_sha256 = section.title, matched.anchor, text_sha256(section)


def _kind(job: Job) -> RoomKind:
    room = job.scenario.room
    return catalogue.room_kind(room) if isinstance(room, str) else furnished(room)


def _provision(job: Job, journal: Journal, engine: Engine, clock: Clock) -> Stage:
    kind = _kind(job)
    journal.enter(State.PROVISION, f"{kind.about}, in {_an(job.walls.kind)}")
    tools = Tools.find(job.tools, job.control_plane)
    walls = (
        Capsule(job.rooms, tools, job.hosts)
        if job.walls.kind == "capsule"
        else OpenRoom(job.rooms, tools, grace=_GRACE)
    )
    try:
        place = kind.furnish(walls)
    except BaseException:
        walls.stop()
        raise
    written = job.scenario.fault
    fault = catalogue.fault(written) if isinstance(written, str) else commanded(job.scenario.name, written)
    workdir = walls.scratch.path / kind.workdir if kind.workdir else walls.scratch.path / "home"

    def hands(command: str) -> None:
        run_once(("/bin/sh", "-c", command), workdir, walls.environment, _BY_HAND_WITHIN)

    person = Person(job.scenario.approver, job.kind, job.left_out, job.people, engine, clock, hands)
    return Stage(walls, place, fault, person, workdir)


def _record(job: Job, journal: Journal, seen: Seen, stage: Stage | None, engine: Engine) -> None:
    """Write down what is known, then end everything."""
    incident = seen.incident
    try:
        log = engine.log(incident.id) if incident is not None else ()
        shown = engine.shown(incident.id) if incident is not None else {}
        stand_ins = _stand_ins(job, stage)
        run = seen.record(
            job,
            journal,
            turned=tuple(stage.person.turned) if stage is not None else (),
            log=log,
            shown=shown,
            shims=_shims(stage.room) if stage is not None else (),
            stand_ins=stand_ins,
            pages=job.out / PAGES,
            rule=engine.rule,
        )
        write_run(job.out / RUN, run)
    finally:
        engine.stop()
        if stage is not None:
            stage.room.stop()


def _stand_ins(job: Job, stage: Stage | None) -> tuple[str, ...]:
    """What is not the real thing in here. On a control plane of the team's only the node is not."""
    found = (*_kind(job).stand_ins, *(stage.fault.stand_ins if stage is not None else ()))
    if job.control_plane is not None:
        found = tuple(OUR_NODE if each == SIMULATED_CLUSTER else each for each in found)
    return tuple(dict.fromkeys(found))


def _shims(room: OpenRoom) -> tuple[str, ...]:
    """The programs that were called and were not the real ones."""
    try:
        called = {line.split(" ", 1)[0] for line in room.shims.log.read_text(encoding="utf-8").splitlines()}
    except OSError:
        return ()
    return tuple(sorted(called & set(room.shims.written)))


def _an(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"


if __name__ == "__main__":
    collect_seldom()
    status = main()
    sys.stdout.flush()
    os._exit(
        status
    )  # everything is ended and written down; taking a large program apart takes a noticeable while
