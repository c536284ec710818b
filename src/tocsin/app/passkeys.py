"""Passkeys of an account: made, listed, renamed, taken away; and logging in by one, which is both factors at once.

A challenge names its purpose and its end and is signed, so that asking for one writes nothing; answering it spends it.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from tocsin.app import accounts as proving
from tocsin.app.accounts import LoggedIn
from tocsin.app.settings import Settings
from tocsin.connectors.login_api import Ceremony, Site
from tocsin.engine.paging.links import SECRET
from tocsin.errors import InputError, NotFound, Refused
from tocsin.kit.ids import sha256
from tocsin.store import accounts, logins, meta
from tocsin.store.database import Database
from tocsin.store.logins import Passkey

LIFE = timedelta(minutes=5)
# Whoever took a session over must not be able to stay by a key of their own.
FRESH = timedelta(minutes=15)
PASSKEYS_MAX = 20
_NAME_CHARS = 60
_RANDOM, _UNTIL, _SEAL = 16, 8, 32


def site(settings: Settings, host: str) -> Site | None:
    """The pages as a passkey knows them: `web.public_url`, or this machine as http://localhost. None: under this name none work.

    Args:
        host: the Host header, so that a page offers only what can work.
    """
    public = settings.paging.public_url
    if public is not None:
        parts = urlsplit(public)
        if parts.netloc != host or (parts.scheme != "https" and parts.hostname != "localhost"):
            return None
        return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", settings.name)
    name = host.rpartition(":")[0] or host
    return Site("localhost", f"http://{host}", settings.name) if name == "localhost" else None


@dataclass(frozen=True, slots=True)
class Desk:
    """Makes and reads passkeys of one installation, as its pages are known to the visitor."""

    database: Database
    ceremony: Ceremony
    site: Site

    def to_make(self, me: LoggedIn, now: datetime) -> str:
        """What the browser of somebody logged in needs to make a passkey, as JSON. Raises Refused for an old log-in."""
        if now - me.session.made_at > FRESH:
            raise Refused(
                "A passkey is made within 15 minutes of logging in.",
                hint="Log out and in again, then make it: so nobody makes one on a screen that was left open.",
            )
        with self.database.read() as tx:
            known = logins.passkeys_of(tx, me.account.id)
        if len(known) >= PASSKEYS_MAX:
            raise Refused(f"An account has at most {PASSKEYS_MAX} passkeys.", hint="Remove one first.")
        challenge = self._challenge(_to_make(me), now)
        credentials = [each.credential for each in known]
        return self.ceremony.to_make(
            self.site, self._handle(me.account.id), me.account.login, challenge, credentials
        )

    def make(self, me: LoggedIn, answer: str, name: str, now: datetime) -> int:
        """Keep the passkey that the browser made; its number. Raises Refused, or InputError for the name."""
        called = _name(name)
        claimed = self.ceremony.claimed(answer)
        until = self._until(claimed.challenge, _to_make(me), now)
        found = self.ceremony.made(self.site, claimed.challenge, answer)
        with self.database.write() as tx:
            if not logins.spend(tx, claimed.challenge.hex(), until, now):
                raise Refused("This was answered before.", hint="Begin again.")
            number = logins.add_passkey(
                tx, me.account.id, found.credential, found.public_key, found.counted, called, now
            )
        if number is None:
            raise Refused("This passkey is known already.", hint="Use another device or key.")
        return number

    def to_prove(self, now: datetime) -> str:
        """What any browser needs to log in by a passkey, as JSON. Writes nothing."""
        return self.ceremony.to_prove(self.site, self._challenge("log in", now))

    def log_in(self, answer: str, address: str, agent: str, now: datetime) -> str:
        """A new session by a passkey; the text of its cookie.

        Raises:
            Refused: it proves nothing; what was wrong is told to no stranger.
        """
        claimed = self.ceremony.claimed(answer)
        until = self._until(claimed.challenge, "log in", now)
        with self.database.read() as tx:
            known = logins.passkey(tx, claimed.credential)
            account = accounts.by_id(tx, known.account) if known is not None else None
        if known is None or account is None or account.closed_at is not None:
            raise _wrong()
        if claimed.handle is not None and claimed.handle != self._handle(account.id):
            raise _wrong()
        counted = self.ceremony.proven(self.site, claimed.challenge, answer, known.public_key, known.counted)
        with self.database.write() as tx:
            spent = logins.spend(tx, claimed.challenge.hex(), until, now)
            if not spent or not logins.used_passkey(tx, known.id, known.counted, counted, now):
                raise _wrong()
        return proving.open_session(self.database, account, address, agent, now)

    def _handle(self, account: int) -> bytes:
        """Who it is to an authenticator: the same for every passkey of an account, and no name (WebAuthn 2, 14.6.1)."""
        return hashlib.sha256(f"tocsin account {self.database.installation} {account}".encode()).digest()

    def _challenge(self, purpose: str, now: datetime) -> bytes:
        until = int((now + LIFE).timestamp()).to_bytes(_UNTIL, "big")
        head = secrets.token_bytes(_RANDOM) + until
        return head + self._signed(head, purpose)

    def _until(self, challenge: bytes, purpose: str, now: datetime) -> datetime:
        """Until when a challenge of ours is taken. Raises Refused for another's, or one that is too old."""
        head, seal = challenge[: _RANDOM + _UNTIL], challenge[_RANDOM + _UNTIL :]
        if len(challenge) != _RANDOM + _UNTIL + _SEAL or not hmac.compare_digest(
            seal, self._signed(head, purpose)
        ):
            raise _wrong()
        until = datetime.fromtimestamp(int.from_bytes(head[_RANDOM:], "big"), UTC)
        if now > until:
            raise Refused("That took too long.", hint="Try again.")
        return until

    def _signed(self, head: bytes, purpose: str) -> bytes:
        with self.database.read() as tx:
            key = meta.get(tx, SECRET) or ""
        text = f"tocsin passkey {self.site.origin} {purpose} ".encode()
        return hmac.new(key.encode(), text + head, hashlib.sha256).digest()


def rename(database: Database, account: int, number: int, name: str) -> None:
    """Give a passkey another name. Raises NotFound, or InputError for the name."""
    called = _name(name)
    with database.write() as tx:
        if not logins.rename_passkey(tx, number, account, called):
            raise NotFound("There is no such passkey.")


def remove(database: Database, account: int, number: int, by: str, now: datetime) -> None:
    """Take a passkey no more. Raises NotFound."""
    with database.write() as tx:
        if not logins.remove_passkey(tx, number, account, by, now):
            raise NotFound("There is no such passkey.")


def of(database: Database, account: int) -> tuple[Passkey, ...]:
    """The passkeys of an account, the oldest first."""
    with database.read() as tx:
        return logins.passkeys_of(tx, account)


def _to_make(me: LoggedIn) -> str:
    return f"make {me.account.id} {sha256(str(me.session.id))}"


def _name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= _NAME_CHARS:
        raise InputError(f"A passkey's name has 1 to {_NAME_CHARS} characters.", hint='As in "Ana\'s phone".')
    return name


def _wrong() -> Refused:
    return Refused("This passkey cannot be used here.", hint="Log in with your password, or ask an admin.")
