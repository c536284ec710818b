"""Keys of heartbeats: 128 random bits, made once, shown once; only their hash is kept."""

import secrets
from datetime import datetime
from uuid import UUID

from tocsin.engine.jobs.heartbeat_spec import key_digest
from tocsin.errors import NotFound
from tocsin.store import heartbeats as store
from tocsin.store.database import Database

_BYTES = 16


def make_key(database: Database, heartbeat: str | None, by: str, now: datetime) -> tuple[int, str]:
    """A new key: its number, and its text, which is kept nowhere.

    Args:
        heartbeat: the one it speaks for; then it is spelled like a UUID. None: all of them, and 32 digits.
    """
    plain = secrets.token_hex(_BYTES)
    digest = key_digest(plain)
    assert digest is not None, "32 hexadecimal digits are a key"
    with database.write() as tx:
        number = store.add_key(tx, digest, heartbeat, by, now)
    return number, plain if heartbeat is None else str(UUID(plain))


def revoke_key(database: Database, number: int, now: datetime) -> None:
    """Take a key back for good. Raises NotFound if none of this number stands."""
    with database.write() as tx:
        if not store.revoke_key(tx, number, now):
            raise NotFound(f"There is no key {number} that is taken.", hint="See: tocsin heartbeat keys.")
