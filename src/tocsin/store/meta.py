"""Facts about the installation itself: small texts under a name."""

from sqlalchemy import insert, select, update

from tocsin.store.schema import meta
from tocsin.store.tx import Tx

INSTALLATION = "installation"


def get(tx: Tx, key: str) -> str | None:
    """The text under this name, or None."""
    value: str | None = tx.execute(select(meta.c.value).where(meta.c.key == key)).scalar()
    return value


def put(tx: Tx, key: str, value: str) -> None:
    """Keep a text under this name, replacing what was there."""
    if not tx.execute(update(meta).where(meta.c.key == key).values(value=value)).rowcount:
        tx.execute(insert(meta).values(key=key, value=value))
