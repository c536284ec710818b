"""An OpenID provider (extra `oidc`): the code flow with PKCE, and everything an ID token has to prove.

OpenID Connect Core 1.0, 3.1.3.7; RFC 7636 (S256); RFC 8725: algorithms are ours to choose, never the token's. The
provider's document and keys are kept for an hour; a key nobody has seen asks for them again, once a minute at most.
"""

import base64
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import jwt

from tocsin.connectors.address import usable
from tocsin.connectors.http import Http, HttpSettings
from tocsin.errors import ConfigError, Permanent, Refused, Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys
from tocsin.kit.loopback import loopback

# Signed with a key of the provider's own. A shared secret (HS256) proves only that somebody knows it, "none" nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEPT = timedelta(hours=1)
_ASK_AGAIN = timedelta(minutes=1)
_SKEW = timedelta(seconds=60)
_SUBJECT_CHARS = 255
_JSON = {"accept": "application/json"}
_FORM = {**_JSON, "content-type": "application/x-www-form-urlencoded"}
_NO_CLAIMS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider said of itself, and when."""

    authorize: str
    token: str
    userinfo: str | None
    keys: jwt.PyJWKSet
    basic: bool
    at: datetime


class OidcProvider:
    """One provider.

    Args:
        wanted: claims that are asked for at the userinfo endpoint where the ID token lacks one of them.
    """

    def __init__(
        self, issuer: str, client: str, secret: str, scopes: tuple[str, ...], wanted: frozenset[str],
        clock: Clock, http: HttpSettings | None = None,
    ) -> None:  # fmt: skip
        self._issuer = issuer
        self._client = client
        self._secret = secret
        self._scopes = scopes
        self._wanted = wanted
        self._clock = clock
        self._http = Http("log-in provider", clock, http, secrets=(secret,) if secret else ())
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def address(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent. Raises Temporary or Permanent when the provider cannot be asked."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self._client, "redirect_uri": back, "scope": " ".join(self._scopes),
            "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        address = self._provider().authorize
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"

    def claims(self, back: str, code: str, nonce: str, verifier: str) -> Mapping[str, object]:
        """Who came back, proven by the provider.

        Raises:
            Refused: the code or the token proves nothing. Temporary: the provider does not answer.
        """
        known = self._provider()
        token = self._redeem(known, back, code, verifier)
        found = self._proven(str(token.get("id_token", "")), nonce)
        access = token.get("access_token")
        if known.userinfo is not None and isinstance(access, str) and not self._wanted <= found.keys():
            more = self._userinfo(known.userinfo, access)
            # The token may have been swapped: what is said there counts only of the same person (5.3.2).
            if more.get("sub") != found["sub"]:
                raise Refused("The provider told of somebody else.", hint="Try again; else ask an admin.")
            found = {**more, **found}
        return found

    def _redeem(self, known: _Known, back: str, code: str, verifier: str) -> Mapping[str, object]:
        fields = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": self._client,
            "code_verifier": verifier,
        }  # fmt: skip
        headers = dict(_FORM)
        if self._secret and known.basic:
            pair = urlencode({self._client: self._secret}).replace(
                "=", ":", 1
            )  # both form-encoded (RFC 6749, 2.3.1)
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        elif self._secret:
            fields["client_secret"] = self._secret
        answer = self._http.post(known.token, urlencode(fields).encode(), headers)
        said = answer.value()
        if answer.status in (400, 401, 403):
            why = said.get("error") if isinstance(said, dict) else None
            raise Refused(f"The provider did not take the code ({str(why)[:60]}).", hint="Log in again.")
        if not answer.good or not isinstance(said, dict):
            raise self._http.refused(answer, known.token)
        return said

    def _proven(self, token: str, nonce: str) -> dict[str, object]:
        try:
            key = self._key(token)
            found: dict[str, object] = jwt.decode(
                token, key, algorithms=list(ALGORITHMS), audience=self._client, issuer=self._issuer, leeway=_SKEW,
                options={
                    "require": ["iss", "aud", "sub", "exp", "iat", "nonce"],
                    # By our clock, below: the library reads the machine's own.
                    "verify_exp": False, "verify_iat": False, "verify_nbf": False,
                },
            )  # fmt: skip
        except jwt.PyJWTError as problem:
            raise Refused(
                f"What the provider says of you cannot be believed: {problem}.", hint="Log in again."
            ) from problem
        self._in_time(found)
        audience = found.get("aud")
        authorized = found.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and authorized is None) or (
            authorized is not None and authorized != self._client
        ):
            raise Refused("What the provider says was said to another program.", hint="Log in again.")
        if found.get("nonce") != nonce:
            raise Refused("What the provider says was not asked by this browser.", hint="Log in again.")
        subject = found.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_CHARS:
            raise Refused("The provider does not say who you are.", hint="Ask an admin.")
        return found

    def _in_time(self, found: Mapping[str, object]) -> None:
        now, skew = self._clock.now().timestamp(), _SKEW.total_seconds()
        until, since, early = found.get("exp"), found.get("iat"), found.get("nbf", 0)
        for each in (until, since, early):
            if not isinstance(each, int | float) or isinstance(each, bool):
                raise Refused("What the provider says has no time.", hint="Ask an admin.")
        assert isinstance(until, int | float)
        assert isinstance(since, int | float)
        assert isinstance(early, int | float)
        if now > until + skew:
            raise Refused("What the provider says has expired.", hint="Log in again.")
        if max(since, early) > now + skew:
            raise Refused(
                "What the provider says is from the future.", hint="Compare the clocks of both machines."
            )

    def _key(self, token: str) -> jwt.PyJWK:
        name = jwt.get_unverified_header(token).get("kid")
        keys = self._provider().keys
        for attempt in (1, 2):
            fitting = [
                each
                for each in keys.keys
                if (name is None or each.key_id == name) and each.public_key_use in (None, "sig")
            ]
            if len(fitting) == 1:
                return fitting[0]
            if attempt == 1:  # providers change keys without asking us
                keys = self._provider(_ASK_AGAIN).keys
        raise jwt.InvalidTokenError("it was signed with a key that the provider does not name")

    def _userinfo(self, url: str, access: str) -> dict[str, object]:
        answer = self._http.get(url, {**_JSON, "authorization": f"Bearer {access}"})
        said = answer.value()
        if not answer.good or not isinstance(said, dict):
            raise self._http.refused(answer, url)
        return said

    def _provider(self, older: timedelta = KEPT) -> _Known:
        """What the provider says of itself, asked again when it is older than this."""
        with self._lock:
            now = self._clock.now()
            if self._known is not None and now - self._known.at < older:
                return self._known
            try:
                self._known = self._asked(now)
            except Temporary:
                if self._known is None:
                    raise
            return self._known

    def _asked(self, now: datetime) -> _Known:
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        said = self._document(url)
        if said.get("issuer") != self._issuer:
            raise Permanent(
                f"log-in provider: {url} is of {str(said.get('issuer'))[:200]}, not of {self._issuer}.",
                hint="Set web.oidc.issuer exactly as the provider writes it.",
            )
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = not isinstance(methods, list) or "client_secret_basic" in methods
        userinfo = said.get("userinfo_endpoint")
        try:
            keys = jwt.PyJWKSet.from_dict(self._document(self._endpoint(said, "jwks_uri")))
        except jwt.PyJWTError as problem:
            raise Permanent(f"log-in provider: its keys cannot be read: {problem}.") from problem
        return _Known(
            self._endpoint(said, "authorization_endpoint"), self._endpoint(said, "token_endpoint"),
            self._endpoint(said, "userinfo_endpoint") if userinfo is not None else None, keys, basic, now,
        )  # fmt: skip

    def _document(self, url: str) -> dict[str, object]:
        answer = self._http.get(url, _JSON)
        said = answer.value()
        if not answer.good or not isinstance(said, dict):
            raise self._http.refused(answer, url, hint="Look whether web.oidc.issuer is right.")
        return said

    def _endpoint(self, said: Mapping[str, object], name: str) -> str:
        found = said.get(name)
        if not isinstance(found, str) or not usable(found) or not _safe(found):
            raise Permanent(f"log-in provider: its {name} is no https address.")
        return found


def from_settings(settings: Mapping[str, object]) -> OidcProvider:
    """The provider of these settings: issuer, client, secret, scopes, wanted. Raises ConfigError."""
    keys = Keys("web.oidc", settings)
    issuer = keys.text("issuer")
    if not usable(issuer) or not _safe(issuer):
        raise ConfigError("web.oidc.issuer must be an https address.")
    made = OidcProvider(
        issuer, keys.text("client"), keys.text_or_none("secret") or "",
        tuple(str(each) for each in keys.list_of("scopes")),
        frozenset(str(each) for each in keys.list_of("wanted")) or _NO_CLAIMS, SystemClock(), HttpSettings.read(keys),
    )  # fmt: skip
    keys.done()
    return made


def _safe(url: str) -> bool:
    """What decides who may log in does not travel in the clear, but on this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or loopback(parts.netloc)
