"""What probers noted is stored with their samples, and is there for the next process."""

from datetime import timedelta
from pathlib import Path

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.engine.watch import Watch
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.notes import Notes
from tocsin.probe.registry import Probers
from tocsin.store import checks
from tocsin.store.database import Database

CLOCK = SystemClock()
NAME = CheckName("limited")


def test_a_note_is_the_last_one_of_its_check(database: Database) -> None:
    sample = Sample(NAME, CLOCK.now(), Verdict.UP, None, "")
    with database.write() as tx:
        checks.record(tx, [sample], {}, {NAME: "{}"})
        checks.record(tx, [sample], {}, {NAME: '{"a":1}', CheckName("other"): "[]"})
        checks.record(tx, [sample], {})
    with database.read() as tx:
        assert checks.notes(tx) == {NAME: '{"a":1}', CheckName("other"): "[]"}


def test_the_next_process_goes_on_where_the_last_one_ended(database: Database, tmp_path: Path) -> None:
    log = tmp_path / "error.log"
    log.write_text("limiting requests\n" * 100)
    settings = {"path": str(log), "matching": "limiting", "rate_down": 3, "window": "1 h"}
    spec = CheckSpec(NAME, "log", settings, interval=timedelta(minutes=30))

    def process() -> Sample:
        notes = Notes()
        watch = Watch(database, [spec], CLOCK, notes=notes)
        sample = Probers(CLOCK, variables={}, notes=notes).probe(spec)
        watch.take([sample])
        return sample

    assert process().facts["matches"] == "0"
    with log.open("a") as more:
        more.write("limiting requests\n" * 7)
    assert process().facts["matches"] == "7"
    assert process().facts["matches"] == "7"


def test_who_waits_to_lead_goes_on_from_what_the_leader_noted(database: Database) -> None:
    spec = CheckSpec(NAME, "log", {})
    mine, theirs = Notes(), Notes()
    waits, leads = Watch(database, [spec], CLOCK, notes=mine), Watch(database, [spec], CLOCK, notes=theirs)
    theirs.keep(NAME, '{"read":"far"}')
    leads.take([Sample(NAME, CLOCK.now(), Verdict.UP, None, "")])
    waits.read_anew()
    assert mine.recall(NAME) == '{"read":"far"}'
