"""Answers to calls that their callers named: the same call under the same name is answered, not done again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tocsin.store.schema import safe_text
from tocsin.store.schema_replies import replies
from tocsin.store.tx import Tx

KEPT = timedelta(days=1)
# Longer than any call takes: whoever began one and never ended it was killed.
GIVEN_UP = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is known of a named call. asked: the hash of the call. status: None while it is carried out."""

    asked: str
    status: int | None
    body: str | None


def begin(tx: Tx, digest: str, asked: str, now: datetime) -> Reply | None:
    """Take the name: None if the call is now ours to carry out, else what is known of the one that has it."""
    dead = replies.c.status.is_(None) & (replies.c.begun_at < now - GIVEN_UP)
    tx.execute(delete(replies).where(or_(replies.c.expires_at < now, dead)))
    values = {"sha256": digest, "asked": asked, "begun_at": now, "expires_at": now + KEPT}
    made = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    if tx.execute(made(replies).on_conflict_do_nothing(), values).rowcount:
        return None
    row = tx.execute(
        select(replies.c.asked, replies.c.status, replies.c.body).where(replies.c.sha256 == digest)
    ).first()
    return Reply(*row) if row is not None else None


def end(tx: Tx, digest: str, status: int, body: str | None) -> None:
    """Keep the answer. body: None for one that nobody may read again."""
    kept = None if body is None else safe_text(body)
    tx.execute(update(replies).where(replies.c.sha256 == digest).values(status=status, body=kept))


def drop(tx: Tx, digest: str) -> None:
    """Nothing was done: the name is free again."""
    tx.execute(delete(replies).where(replies.c.sha256 == digest))
