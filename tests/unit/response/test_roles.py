"""People in an incident: sub-teams, who joins late, what never pauses, what is owed afterwards."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from tocsin.cli.views import late_joiner
from tocsin.incident import events as ev
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.targets import Targets
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole, Method, Person
from tocsin.runbook.book import Runbook
from tocsin.runbook.document import Text, read
from tocsin.testing.story import DAY, tell
from tocsin.testing.world import World

ROOT = Path(__file__).parents[3]
ALERT = '03:00 >> alert "strange noise" impact "Major feature unavailable"'


def runbook(path: str = "examples/prepchef/runbook.md") -> Runbook:
    return read(Text(Path(path), (ROOT / path).read_text(encoding="utf-8")), date(2025, 10, 7))


def told(*happened: str) -> World:
    return tell("\n".join(["runbook: examples/prepchef/runbook.md", "", ALERT, *happened]), runbook).world


def warnings(w: World) -> list[str]:
    return [record.event.rule for record in w.log if isinstance(record.event, ev.WarningGiven)]


def test_more_than_seven_people_are_told_to_make_sub_teams() -> None:
    """ROL-07"""
    w = told("03:02 >> ana acknowledges")
    people = [PersonId(f"p{number}") for number in range(9)]
    assert w.plan is not None
    more = tuple(Person(p, p, AccessRole.RESPONDER, (Method("sink", p),)) for p in people)
    w.plan = replace(w.plan, people=(*w.plan.people, *more))
    for count, person in enumerate(people, start=1):
        assert ("ROL-07" in warnings(w)) == (count > 8)
        w.happen(ev.NoteAdded(person, "here"), f"person:{person}")
    assert warnings(w).count("ROL-07") == 1


def test_who_joins_late_reads_state_roles_cause_tasks_and_the_next_word() -> None:
    """ROL-09"""
    w = told(
        "03:02 >> ana acknowledges",
        "03:03 >> bo takes scribe",
        "03:03 >> ana gives bo for: look at the disks",
        "03:04 >> ana guesses: the fan",
        "03:04 >> ana links INC-2 because the same rack",
    )
    read_by_somebody = dict(late_joiner(w.incident))
    assert read_by_somebody["roles"] == "scribe bo"
    assert read_by_somebody["cause"] == "the fan (a guess), says ana"
    assert read_by_somebody["tasks"] == "INC-1.k1 bo: look at the disks"
    assert read_by_somebody["next word"] == "to the public by 03:05 UTC"
    assert read_by_somebody["see also"] == "INC-2"


def test_no_setting_pauses_an_escalation() -> None:
    """ESC-08: whatever a team sets, the next level is called at the runbook's time and not later."""
    for chosen in (ResponseSettings(), ResponseSettings(hop=timedelta(hours=5), watch=timedelta(days=1))):
        w = World(runbook(), told().roster, Targets(), chosen, DAY)
        w.happen(told().log[0].event, "check:test")
        w.until(DAY + timedelta(minutes=15))
        assert [r.event.level for r in w.log if isinstance(r.event, ev.Escalated)] == [2]


def reminders(w: World) -> list[tuple[timedelta, str, str]]:
    ended = w.incident.resolved_at
    assert ended is not None
    return [
        (record.at - ended, record.event.person, record.event.why)
        for record in w.log
        if isinstance(record.event, ev.PageQueued) and record.at > ended and "post-mortem" in record.event.why
    ]


def test_the_post_mortem_is_reminded_of_at_24_and_44_hours() -> None:
    """PM-01"""
    w = told(
        "03:02 >> ana acknowledges",
        "03:10 >> ana resolves anyway because quiet",
        "03:10 >> the write-up is done",
    )
    w.until(w.now + timedelta(hours=50))
    owner = [(after, who) for after, who, _ in reminders(w) if who == "ana"]
    assert owner == [(timedelta(hours=hours), "ana") for hours in (24, 44, 48)]
    assert [who for after, who, _ in reminders(w) if after == timedelta(hours=48)] == ["ana", "chen"]
