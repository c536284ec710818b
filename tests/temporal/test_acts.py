"""What workers do for the workflows, on a real store: one change at a time on a target, whichever incident it belongs to."""

import asyncio
from datetime import timedelta
from pathlib import Path

from tocsin.engine.run_step import Workshop
from tocsin.engine.temporal.acts import Acts, Hands
from tocsin.engine.temporal.wire import Work
from tocsin.incident import codec
from tocsin.incident.commands import RunStep, StepText
from tocsin.incident.events import StepWaiting
from tocsin.incident.place import digest_of
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, IncidentId, RunId, StepId
from tocsin.kit.redact import Redactor
from tocsin.oncall.escalation import Roster
from tocsin.store import target_lock
from tocsin.store.database import Database


def change(incident: str) -> Work:
    texts = (StepText("systemctl restart shop", "shell", "local"),)
    step = RunStep(
        RunId(f"{incident}.r1"), IncidentId(incident), StepId("s"), texts, "disrupt", "mitigate", digest_of(texts),
        AskId(f"{incident}.a1"),
    )  # fmt: skip
    return Work(codec.kind_of(step), codec.encode(step), change=True)


def test_a_second_incident_waits_for_the_target_and_is_told_for_whom(tmp_path: Path) -> None:
    clock = SystemClock()
    with Database.open(tmp_path / "t.db") as database:
        workshop = Workshop({}, Redactor(), clock, timedelta(seconds=1))
        acts = Acts(Hands(clock, workshop, lambda _: Roster(), dict, {}, database=database))
        assert asyncio.run(acts.take_targets(change("INC-1"))) == []
        assert asyncio.run(acts.take_targets(change("INC-1"))) == [], (
            "the same change asks again after a crash"
        )
        (word,) = asyncio.run(acts.take_targets(change("INC-2")))
        waits = codec.decode_event(word.kind, word.body)
        assert isinstance(waits, StepWaiting)
        assert "INC-1.r1" in word.body
        with database.write() as tx:
            target_lock.give_back(tx, RunId("INC-1.r1"), clock.now())
        assert asyncio.run(acts.take_targets(change("INC-2"))) == []
