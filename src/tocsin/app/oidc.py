"""Logging in through a company's own OpenID provider: out with a state, back with a proof, and who that is here.

What a browser must bring back (state, nonce, the verifier of PKCE, where it wanted to go) travels in a signed cookie of
its own, so that a stranger who only begins writes nothing; a state is taken once.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from tocsin.app import accounts as proving
from tocsin.app.settings_web import OidcSettings
from tocsin.connectors.login_api import Provider
from tocsin.engine.paging.links import SECRET
from tocsin.errors import InputError, Refused
from tocsin.kit.ids import PersonId
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts, logins, meta
from tocsin.store.accounts import Account
from tocsin.store.database import Database

LIFE = timedelta(minutes=10)
_RANDOM_BYTES = 32
_BEST_FIRST = (AccessRole.ADMIN, AccessRole.COMMANDER, AccessRole.RESPONDER, AccessRole.VIEWER)


@dataclass(frozen=True, slots=True)
class Begun:
    """A log-in that is on its way. address: where the browser goes. cookie: what it brings back."""

    address: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A log-in that came back. cookie: of the new session. next: where the person wanted to go."""

    cookie: str
    next: str


@dataclass(frozen=True, slots=True)
class OidcDesk:
    """Sends people to one provider and takes them back."""

    database: Database
    roster: Roster
    settings: OidcSettings
    provider: Provider

    def begin(self, back: str, wanted: str, now: datetime) -> Begun:
        """Send somebody away.

        Args:
            back: our address that the provider sends them to. wanted: a path of ours, checked already.

        Raises:
            OutsideError: the provider cannot be asked.
        """
        state, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
        address = self.provider.address(back, state, nonce, verifier)
        until = int((now + LIFE).timestamp())
        cookie = self._signer().dumps([state, nonce, verifier, wanted, until])
        return Begun(address, str(cookie))

    def end(
        self, back: str, cookie: str, answer: Mapping[str, str], address: str, agent: str, now: datetime
    ) -> Ended:
        """Take somebody back.

        Args:
            answer: what the provider put behind the question mark: state, code or error, perhaps iss.

        Raises:
            Refused: it proves nothing, or whoever it is may not log in here. OutsideError: the provider fails.
        """
        state, nonce, verifier, wanted, until = self._brought(cookie)
        if not secrets.compare_digest(answer.get("state", "").encode(), state.encode()):
            raise Refused("This log-in was not begun in this browser.", hint="Begin again.")
        if now > until:
            raise Refused("That took too long.", hint="Begin again.")
        with self.database.write() as tx:
            if not logins.spend(tx, state, until, now):
                raise Refused("This log-in was used already.", hint="Begin again.")
        # Another provider must not answer for this one (RFC 9207).
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise Refused("Another provider answered.", hint="Begin again.")
        if not answer.get("code"):
            raise Refused(
                f"The provider says no: {answer.get('error', 'no reason')[:100]}.", hint="Ask an admin."
            )
        claims = self.provider.claims(back, answer["code"], nonce, verifier)
        account = self._account(claims, now)
        return Ended(proving.open_session(self.database, account, address, agent, now), wanted)

    def _account(self, claims: Mapping[str, object], now: datetime) -> Account:
        """Who this is here, with the role that the provider's groups give today."""
        issuer, subject = self.settings.issuer, str(claims["sub"])
        role, person = self._role(claims), self._person(claims)
        with self.database.write() as tx:
            known = logins.account_of(tx, issuer, subject)
            if known is None:
                login = self._login(claims)
                if accounts.by_login(tx, login) is not None:
                    # Whoever chooses the names at the provider must not choose whose account it becomes.
                    raise Refused(
                        f'"{login}" is somebody else here already, who did not come through this provider.',
                        hint="Have the account at the provider named otherwise, or set web.oidc.login_claim.",
                    )
                made = Account(0, login, person, role.value, "", "", 0, issuer, now, None)
                known = accounts.put(tx, made)
            logins.know(tx, issuer, subject, known, now)
            accounts.change_role(tx, known, role.value, person)
            account = accounts.by_id(tx, known)
        assert account is not None
        if account.closed_at is not None:
            raise Refused("This account is closed.", hint="Ask an admin.")
        return account

    def _role(self, claims: Mapping[str, object]) -> AccessRole:
        """The most that one of the groups gives. Raises Refused for somebody without any."""
        given = claims.get(self.settings.roles)
        groups = (
            {str(each) for each in given} if isinstance(given, list) else {str(given)} if given else set()
        )
        for role in _BEST_FIRST:
            if groups & set(self.settings.role_of.get(role, ())):
                return role
        if self.settings.otherwise is not None:
            return self.settings.otherwise
        raise Refused(
            "You are known to the provider and may not log in here.",
            hint=f"Ask to be put into a group that web.oidc.role_of names (claim {self.settings.roles}).",
        )

    def _person(self, claims: Mapping[str, object]) -> PersonId | None:
        """Who of tocsin.toml this is; None: nobody, who only looks and administrates."""
        value = claims.get(self.settings.person)
        if not isinstance(value, str) or not _own(self.settings.person, claims):
            return None
        named = PersonId(self.settings.people.get(value, value))
        return named if self.roster.person(named) is not None else None

    def _login(self, claims: Mapping[str, object]) -> str:
        value = claims.get(self.settings.login) or claims["sub"]
        try:
            return proving.login_name(str(value))
        except InputError as problem:
            raise Refused(
                f"The provider calls you something that is no name here: {problem.message}",
                hint="Set web.oidc.login_claim to a claim that is a short name.",
            ) from problem

    def _brought(self, cookie: str) -> tuple[str, str, str, str, datetime]:
        try:
            state, nonce, verifier, wanted, until = self._signer().loads(cookie)
            return str(state), str(nonce), str(verifier), str(wanted), datetime.fromtimestamp(int(until), UTC)
        except (BadSignature, ValueError, TypeError) as problem:
            raise Refused("This log-in was not begun in this browser.", hint="Begin again.") from problem

    def _signer(self) -> URLSafeSerializer:
        with self.database.read() as tx:
            key = meta.get(tx, SECRET) or ""
        return URLSafeSerializer(key, salt="tocsin.oidc")


def _own(claim: str, claims: Mapping[str, object]) -> bool:
    """Whether a claim is somebody's own: an address that nobody has verified may be anybody's."""
    return claim != "email" or claims.get("email_verified") in (True, "true")
