"""Whoever comes on shift hears what is going on: the open incidents, once, when their turn begins (ONC-06)."""

from datetime import datetime

from tocsin.engine import decisions as kinds
from tocsin.engine.history import load
from tocsin.engine.paging.channels import queued
from tocsin.incident.commands import Page
from tocsin.incident.incident import Incident
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import PersonId
from tocsin.oncall.escalation import Roster, roster_at
from tocsin.oncall.schedule import OnCall
from tocsin.store import amendments, deliveries, incidents, lease, meta, outbox
from tocsin.store.database import Database

_ON = "on shift"
_PRIORITY = 8  # that of every note
_MOST = 20
_SUBJECT_CHARS = 160


class Handover:
    """Notices who comes on. `turn` is called every second or so by a thread of the leading process."""

    def __init__(self, database: Database, plan: OnCall, clock: Clock) -> None:
        self._database = database
        self._plan = plan
        self._clock = clock

    def turn(self, held: lease.Lease) -> None:
        """Compare who is on call with who was, and tell those who came."""
        now = self._clock.now()
        with self._database.read() as tx:
            roster = roster_at(self._plan, amendments.holding(tx, now), now)
            text = meta.get(tx, _ON)
            before = None if text is None else codec.decode(text, list[list[PersonId]])
            on = [[person.id for person in roster.at(level)] for level in range(1, len(roster.levels) + 1)]
            if on == before:
                return
            rows = incidents.listing(tx, open_only=True, limit=_MOST) if before is not None else ()
            going_on = [load(tx, row.id) for row in rows]
        with self._database.write() as tx:
            lease.check(tx, held)
            meta.put(tx, _ON, codec.encode(on))
            notes = _notes(before or [], on, going_on, roster, now) if going_on else []
            outbox.put(tx, [queued(page, kinds.NOTE, _PRIORITY, now) for page in notes])


def _notes(
    before: list[list[PersonId]],
    on: list[list[PersonId]],
    going_on: list[Incident],
    roster: Roster,
    now: datetime,
) -> list[Page]:
    """One note for each person who was on no level before and is on one now."""
    was = {person for level in before for person in level}
    came = {person: level for level in range(len(on), 0, -1) for person in on[level - 1] if person not in was}
    body = "\n".join(_line(incident, now) for incident in going_on)
    count = f"{len(going_on)} open incident{'' if len(going_on) == 1 else 's'}"
    return [
        Page(
            f"shift.{now:%Y%m%dT%H%M%S.%f}.{person}", deliveries.TEST, person, 0, "inform",
            f"you are on call (level {level}): {count}, {going_on[0].id} {going_on[0].shown_title}"[:_SUBJECT_CHARS],
            f"{body}\nNext      tocsin incident show {going_on[0].id}",
        )
        for person, level in came.items()
    ]  # fmt: skip


def _line(incident: Incident, now: datetime) -> str:
    since = incident.begun_at or now
    who = f"{incident.commander} commands" if incident.commander else "nobody commands"
    changes = [run.queued.text for run in incident.runs.values() if run.changes]
    tried = f"; tried: {', '.join(changes[-3:])}" if changes else ""
    said = f"{incident.id}  {incident.severity} {incident.shown_title}: {incident.stage.value} since {since:%H:%M} UTC"
    return f"{said}, {who}{tried}"
