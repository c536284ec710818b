"""Facts about the installation itself: small texts under a name."""

from sqlalchemy import bindparam, insert, select, update

from tocsin.store.schema import meta
from tocsin.store.tx import Tx

INSTALLATION = "installation"


def get(tx: Tx, key: str) -> str | None:
    """The text under this name, or None."""
    value: str | None = tx.execute(_GET, {"called": key}).scalar()
    return value


def put(tx: Tx, key: str, value: str) -> None:
    """Keep a text under this name, replacing what was there."""
    if not tx.execute(_REPLACE, {"called": key, "text": value}).rowcount:
        tx.execute(_NEW, {"key": key, "value": value})


_GET = select(meta.c.value).where(meta.c.key == bindparam("called"))
_REPLACE = update(meta).where(meta.c.key == bindparam("called")).values(value=bindparam("text"))
_NEW = insert(meta)
