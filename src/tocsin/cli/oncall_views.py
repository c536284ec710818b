"""On-call as plain documents, for --json. One shape, described in docs/reference/cli.md."""

from datetime import UTC, datetime

from tocsin.app.document import Document
from tocsin.oncall.amendment import Amendment
from tocsin.oncall.finding import Finding
from tocsin.oncall.schedule import OnCall, Shift
from tocsin.store.amendments import Kept


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def shift(plan: OnCall, found: Shift) -> Document:
    """A stretch of one answer; nobody in `people` is a gap."""
    return {
        "level": found.level,
        "start": _time(found.start),
        "end": _time(found.end),
        "people": [
            {"id": person, "name": known.name if (known := plan.person(person)) else None}
            for person in found.people
        ],
        "gap": not found.people,
        "because": list(found.because),
    }


def now(plan: OnCall, of_level: tuple[Shift, ...], horizon: datetime) -> Document:
    """Who is on call, and who after that; `until` is null if it does not change in the time looked at."""
    first = shift(plan, of_level[0])
    first.pop("start")
    end = of_level[0].end
    first.pop("end")
    return {
        **first,
        "until": _time(end) if end < horizon else None,
        "next": list(of_level[1].people) if len(of_level) > 1 else None,
    }


def amendment(found: Amendment) -> Document:
    """An override, a swap or an absence."""
    return {
        "id": found.id,
        "kind": found.kind.value,
        "person": found.person,
        "other": found.other,
        "level": found.level,
        "start": _time(found.start),
        "end": _time(found.end),
        "reason": found.reason,
        "by": found.by,
        "at": _time(found.at),
        "origin": found.origin,
    }


def kept(found: Kept) -> Document:
    """The same, with who took it back and when."""
    return {
        **amendment(found.amendment),
        "withdrawn_by": found.withdrawn_by,
        "withdrawn_at": _time(found.withdrawn_at),
    }


def finding(found: Finding) -> Document:
    """One thing that stands between a page and a person."""
    return {
        "rule": found.rule,
        "level": "error" if found.error else "warning",
        "message": found.message,
        "hint": found.hint,
        "oncall_level": found.level,
        "person": found.person,
        "start": _time(found.start),
        "end": _time(found.end),
    }
