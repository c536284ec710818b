"""Making, changing and ending silences, the same from the command line, the API and amtool."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tocsin.detection.silence import Matcher, Silence, checked
from tocsin.errors import InputError, NotFound
from tocsin.store import silences
from tocsin.store.database import Database


def make(
    database: Database,
    matchers: Iterable[Matcher],
    starts_at: datetime,
    ends_at: datetime,
    by: str,
    comment: str,
    now: datetime,
    replaces: str | None = None,
) -> Silence:
    """A silence, from now on if its start has passed already. Returns after the commit.

    Args:
        replaces: the id of one to be changed. If it means the same alerts and is not over it keeps its id; else it ends
            and a new one begins.

    Raises:
        InputError: no matcher, one that can match nothing, or an end that is not after the start and in the future.
        NotFound: there is no silence to be replaced.
    """
    meant = checked(matchers)
    starts_at = max(starts_at, now)
    if ends_at <= starts_at:
        raise InputError(
            "start time must be before end time", hint="A silence ends in the future and after its start."
        )
    with database.write() as tx:
        before = None
        if replaces is not None:
            before = silences.get(tx, replaces)
            if before is None:
                raise NotFound("silence not found")
        if before is not None and before.state(now) != "expired":
            if set(before.matchers) == set(meant):
                begun = before.starts_at if before.state(now) == "active" else starts_at
                changed = replace(
                    before, starts_at=begun, ends_at=ends_at, by=by, comment=comment, updated_at=now
                )
                silences.change(tx, changed)
                return changed
            silences.change(tx, replace(before, ends_at=now, updated_at=now))
        made = Silence(str(uuid.uuid4()), meant, starts_at, ends_at, by, comment, now, now)
        silences.put(tx, made)
        return made


def expire(database: Database, name: str, now: datetime, scope: Matcher | None = None) -> Silence:
    """End a silence now; it stays in the list. One that is over stays as it was.

    Args:
        scope: only one that has this matcher.

    Raises:
        NotFound: there is no such silence.
    """
    with database.write() as tx:
        found = silences.get(tx, name)
        if found is None or (scope is not None and scope not in found.matchers):
            raise NotFound(f"There is no silence {name}.", hint="tocsin silence list")
        if found.state(now) == "expired":
            return found
        ended = replace(found, starts_at=min(found.starts_at, now), ends_at=now, updated_at=now)
        silences.change(tx, ended)
        return ended
