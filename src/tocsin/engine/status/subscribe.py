"""Coming and going of subscribers: nobody is told before the address answered, and everybody can leave by one click."""

import binascii
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.connectors.address import usable
from tocsin.engine.status.links import SubscriberLinks
from tocsin.engine.status.post import CONFIRM_WITHIN, confirmation
from tocsin.errors import InputError, Refused
from tocsin.kit import codec
from tocsin.status.plan import Plan
from tocsin.store import subscribers as store
from tocsin.store.database import Database

# Enough to refuse what is no address; whether it exists only its answer tells. No line breaks, one "@".
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]{2,63}")
_ADDRESS_CHARS = 254
_AGAIN_AFTER = timedelta(minutes=15)
MOST_PENDING = 200  # within an hour; more is somebody using us to write to strangers
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that was added; the secret is shown this once."""

    number: int
    secret: str


def subscribe_mail(
    database: Database, plan: Plan, links: SubscriberLinks, address: str, now: datetime
) -> None:
    """Ask an address whether it wants to be told. Says nothing about whether it is known already.

    Raises:
        InputError: this is no address. Refused: too many ask at the moment.
    """
    address = address.strip()
    if len(address) > _ADDRESS_CHARS or not _ADDRESS.fullmatch(address):
        raise InputError("This is not an e-mail address.", hint="Write it like name@example.org.")
    with database.write() as tx:
        known = store.by_digest(tx, store.digest(store.EMAIL, address))
        if known is not None and known.state == store.CONFIRMED:
            return
        if known is not None and known.state == store.PENDING and now - known.asked_at < _AGAIN_AFTER:
            return
        if store.asked_since(tx, now - timedelta(hours=1)) >= MOST_PENDING:
            raise Refused("Too many ask at the moment.", hint="Try again in an hour, or use RSS.")
        found = store.ask(tx, store.EMAIL, address, now)
        message = confirmation(plan.name, plan.url, links.confirm(found.id), now)
        store.put(tx, f"confirm.{found.id}.{int(now.timestamp())}", found.id, codec.encode(message), now)


def add_webhook(database: Database, url: str, now: datetime) -> Hook:
    """Add an address that gets every update, signed. An operator does this, so nothing has to be confirmed.

    Raises:
        InputError: this is no http address. Refused: it is subscribed already.
    """
    if not usable(url):
        raise InputError(f'"{url}" is no http address.', hint="It begins with https:// and names a host.")
    secret = "whsec_" + _base64(secrets.token_bytes(_SECRET_BYTES))
    with database.write() as tx:
        known = store.by_digest(tx, store.digest(store.WEBHOOK, url))
        if known is not None and known.state == store.CONFIRMED:
            raise Refused(
                f"{url} is subscribed already, as {known.id}.", hint="Remove it first to get a new secret."
            )
        found = store.ask(tx, store.WEBHOOK, url, now, confirmed=True, secret=secret)
    return Hook(found.id, secret)


def confirm(database: Database, links: SubscriberLinks, token: str, now: datetime) -> bool:
    """The address answered. Returns whether it is told from now on; False for a token that is not ours or too old."""
    number = links.confirmed(token)
    if number is None:
        return False
    with database.write() as tx:
        found = store.get(tx, number)
        if found is None or found.state == store.GONE:
            return False
        if found.state == store.CONFIRMED:
            return True
        if now - found.asked_at > CONFIRM_WITHIN:
            return False
        return store.confirm(tx, number, now)


def leave(database: Database, links: SubscriberLinks, token: str, now: datetime) -> bool:
    """Forget the address. Returns False only for a token that is not ours; a second click is as good as the first."""
    number = links.left(token)
    if number is None:
        return False
    with database.write() as tx:
        store.leave(tx, number, now, "asked to by the link in a mail")
    return True


def _base64(content: bytes) -> str:
    return binascii.b2a_base64(content, newline=False).decode("ascii")
