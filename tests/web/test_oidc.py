"""Logging in through an OpenID provider: a real one on loopback, and one that lies in every way the rules know."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import oidc_provider_mock
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from oidc_provider_mock import User
from tests.web.house import House

from tocsin.app import accounts
from tocsin.app.oidc import OidcDesk
from tocsin.app.settings import load
from tocsin.app.settings_web import OidcSettings
from tocsin.connectors.oidc import OidcProvider
from tocsin.errors import ConfigError, Permanent, Refused
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import sha256
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts as kept

Claims = dict[str, object]


class Liar:
    """A provider whose ID token, and whatever else, a test sets. It checks the verifier as RFC 7636 says."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.named = "k1"
        self.token: Callable[[Claims], Claims] = dict
        self.sign: Callable[[Claims], str] = self.signed
        self.userinfo: Claims = {}
        self.document: Claims = {}
        self.asked: Claims = {}
        self.received: list[dict[str, list[str]]] = []
        self.authorization: list[str | None] = []
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200, liar.answer(self.path))

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                liar.received.append(form)
                liar.authorization.append(self.headers.get("authorization"))
                self._say(*liar.redeem(form))

            def _say(self, status: int, body: Claims) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        # The house outlives its providers: a name that one of them gave is not another's to give.
        self.email = f"bo.{self.server.server_port}@example.org"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def signed(self, claims: Claims) -> str:
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.named})

    def answer(self, path: str) -> Claims:
        if path.endswith("openid-configuration"):
            return {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo", **self.document,
            }  # fmt: skip
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**public, "kid": self.named, "use": "sig", "alg": "RS256"}]}
        return self.userinfo

    def redeem(self, form: dict[str, list[str]]) -> tuple[int, Claims]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest())
        if challenge.rstrip(b"=").decode() != self.asked["code_challenge"] or form["code"] != ["good"]:
            return 400, {"error": "invalid_grant"}
        now = int(SystemClock().now().timestamp())
        claims: Claims = {
            "iss": self.issuer, "aud": "tocsin", "sub": "u1", "iat": now, "exp": now + 60, "nonce": self.asked["nonce"],
            "email": self.email, "email_verified": True, "groups": ["engineering"],
        }  # fmt: skip
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.sign(self.token(claims))}

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


@pytest.fixture
def liar() -> Iterator[Liar]:
    made = Liar()
    yield made
    made.stop()


def _desk(house: House, liar: Liar, **more: object) -> OidcDesk:
    issuer = liar.issuer
    wanted = OidcSettings(
        issuer=issuer, client="tocsin", secret="s3cret:/+", name="company account",
        scopes=("openid", "profile", "email"), login="email", person="email", roles="groups",
        role_of={AccessRole.RESPONDER: ("engineering",), AccessRole.ADMIN: ("sre-admins",)}, otherwise=None,
        people={liar.email: "bo"},
    )  # fmt: skip
    for name, value in more.items():
        object.__setattr__(wanted, name, value)
    provider = OidcProvider(
        issuer, wanted.client, wanted.secret, wanted.scopes, frozenset({wanted.person, wanted.roles}), SystemClock()
    )  # fmt: skip
    return OidcDesk(house.app.database, house.app.settings.roster, wanted, provider)


@pytest.fixture
def desk(house: House, liar: Liar) -> OidcDesk:
    return _desk(house, liar)


BACK = "http://localhost:8410/login/oidc/back"


def _round(house: House, desk: OidcDesk, liar: Liar, **answer: str) -> kept.Account:
    """Out and back again; the account it became."""
    begun = desk.begin(BACK, "/incidents", house.now)
    liar.asked = {name: value[0] for name, value in parse_qs(urlsplit(begun.address).query).items()}
    said = {"state": str(liar.asked["state"]), "code": "good", **answer}
    ended = desk.end(BACK, begun.cookie, said, "127.0.0.1", "tests", house.now)
    with house.app.database.read() as tx:
        found = kept.session(tx, sha256(ended.cookie))
    assert found is not None
    return found[1]


def test_somebody_the_provider_knows_becomes_a_person_with_the_role_of_the_group(
    house: House, desk: OidcDesk, liar: Liar
) -> None:
    found = _round(house, desk, liar)
    assert (found.login, found.person, found.role, found.password) == (
        liar.email,
        "bo",
        "responder",
        "",
    )
    assert (liar.asked["code_challenge_method"], liar.asked["response_type"]) == ("S256", "code")
    assert liar.received[-1]["redirect_uri"] == [BACK]
    user = base64.b64decode((liar.authorization[-1] or "").removeprefix("Basic ")).decode()
    assert user == "tocsin:s3cret%3A%2F%2B", "both halves are form-encoded first (RFC 6749, 2.3.1)"
    assert "client_secret" not in liar.received[-1]


def test_the_secret_goes_into_the_form_where_the_provider_wants_it(
    house: House, desk: OidcDesk, liar: Liar
) -> None:
    liar.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    _round(house, desk, liar)
    assert liar.received[-1]["client_secret"] == ["s3cret:/+"]
    assert liar.authorization[-1] is None


def test_the_groups_of_today_decide_and_a_person_without_one_is_turned_away(
    house: House, desk: OidcDesk, liar: Liar
) -> None:
    first = _round(house, desk, liar)
    liar.token = lambda claims: {**claims, "groups": ["engineering", "sre-admins"]}
    again = _round(house, desk, liar)
    assert (again.id, again.role) == (first.id, "admin")
    liar.token = lambda claims: {**claims, "groups": ["sales"]}
    with pytest.raises(Refused, match="may not log in here"):
        _round(house, desk, liar)
    liar.token = lambda claims: {name: each for name, each in claims.items() if name != "groups"}
    liar.userinfo = {"sub": "u1", "groups": ["engineering"]}
    assert _round(house, desk, liar).role == "responder", "what the token lacks is asked for"
    liar.userinfo = {"sub": "somebody else", "groups": ["sre-admins"]}
    with pytest.raises(Refused, match="somebody else"):
        _round(house, desk, liar)


def test_the_same_subject_under_a_new_name_is_the_same_account(
    house: House, desk: OidcDesk, liar: Liar
) -> None:
    first = _round(house, desk, liar)
    liar.token = lambda claims: {**claims, "email": "bo.married@example.org"}
    again = _round(house, desk, liar)
    assert (again.id, again.login) == (first.id, first.login)


def test_an_address_nobody_verified_makes_nobody_a_person(house: House, desk: OidcDesk, liar: Liar) -> None:
    liar.token = lambda claims: {
        **claims, "sub": "u2", "email_verified": False, "preferred_username": f"mallory.{liar.email}"
    }  # fmt: skip
    lax = _desk(house, liar, login="preferred_username")
    found = _round(house, lax, liar)
    assert (found.login, found.person) == (f"mallory.{liar.email}", None)


def test_a_name_that_logs_in_by_password_is_never_taken_over(
    house: House, desk: OidcDesk, liar: Liar
) -> None:
    liar.token = lambda claims: {**claims, "sub": "u3", "preferred_username": "a-admin"}
    with pytest.raises(Refused, match="somebody else here"):
        _round(house, _desk(house, liar, login="preferred_username"), liar)


def test_a_closed_account_stays_closed(house: House, desk: OidcDesk, liar: Liar) -> None:
    liar.token = lambda claims: {**claims, "sub": "u4", "email": f"gone.{liar.email}"}
    found = _round(house, desk, liar)
    accounts.close(house.app.database, found.login, "the test", house.now)
    with pytest.raises(Refused, match="closed"):
        _round(house, desk, liar)


# --- what proves nothing ---

_OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
LIES: dict[str, Claims] = {
    "nonce": {"nonce": "another"}, "no nonce": {"nonce": None}, "audience": {"aud": "another"},
    "no audience": {"aud": None}, "two audiences": {"aud": ["tocsin", "another"]},
    "said to another": {"aud": ["tocsin", "another"], "azp": "another"}, "authorized": {"azp": "another"},
    "issuer": {"iss": "https://evil.example"}, "expired": {"exp": 1}, "no end": {"exp": None},
    "future": {"iat": 9_999_999_999}, "not yet": {"nbf": 9_999_999_999}, "nobody": {"sub": ""},
    "no subject": {"sub": None}, "long": {"sub": "x" * 256}, "an end in words": {"exp": "soon"},
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_token_that_says_anything_wrong_logs_nobody_in(
    house: House, desk: OidcDesk, liar: Liar, lie: Claims
) -> None:
    liar.token = lambda claims: {name: each for name, each in {**claims, **lie}.items() if each is not None}
    with pytest.raises(Refused):
        _round(house, desk, liar)


@pytest.mark.parametrize(
    "sign",
    [
        lambda claims: jwt.encode(claims, None, algorithm="none"),
        lambda claims: jwt.encode(claims, "s3cret:/+" * 8, algorithm="HS256", headers={"kid": "k1"}),
        lambda claims: jwt.encode(claims, _OTHER, algorithm="RS256", headers={"kid": "k1"}),
        lambda claims: jwt.encode(claims, _OTHER, algorithm="RS256", headers={"kid": "k9"}),
        lambda claims: "not.a.token",
        lambda claims: "",
    ],
    ids=["unsigned", "a shared secret", "another key", "an unknown key", "no token", "nothing"],
)
def test_a_token_that_the_provider_did_not_sign_logs_nobody_in(
    house: House, desk: OidcDesk, liar: Liar, sign: Callable[[Claims], str]
) -> None:
    liar.sign = sign
    with pytest.raises(Refused):
        _round(house, desk, liar)


@pytest.mark.parametrize(
    "answer",
    [{"state": "another"}, {"state": ""}, {"code": ""}, {"code": "bad"}, {"iss": "https://evil.example"},
     {"error": "access_denied", "code": ""}],
)  # fmt: skip
def test_a_way_back_that_was_not_begun_here_logs_nobody_in(
    house: House, desk: OidcDesk, liar: Liar, answer: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        _round(house, desk, liar, **answer)


def test_a_state_is_taken_once_not_late_and_only_with_its_cookie(
    house: House, desk: OidcDesk, liar: Liar
) -> None:
    begun, other = (desk.begin(BACK, "/incidents", house.now) for _ in range(2))
    liar.asked = {name: value[0] for name, value in parse_qs(urlsplit(begun.address).query).items()}
    said = {"state": str(liar.asked["state"]), "code": "good"}
    for cookie in ("", "x", begun.cookie[:-2] + "AA", other.cookie):
        with pytest.raises(Refused, match="not begun in this browser"):
            desk.end(BACK, cookie, said, "", "", house.now)
    with pytest.raises(Refused, match="too long"):
        desk.end(BACK, begun.cookie, said, "", "", house.now + timedelta(minutes=11))
    desk.end(BACK, begun.cookie, said, "", "", house.now)
    with pytest.raises(Refused, match="used already"):
        desk.end(BACK, begun.cookie, said, "", "", house.now)


def test_a_document_of_another_issuer_is_not_believed(house: House, desk: OidcDesk, liar: Liar) -> None:
    liar.document = {"issuer": "https://evil.example"}
    with pytest.raises(Permanent, match=r"evil\.example"):
        desk.begin(BACK, "/", house.now)
    liar.document = {"token_endpoint": "http://evil.example/token"}
    with pytest.raises(Permanent, match="no https address"):
        _desk(house, liar).begin(BACK, "/", house.now)


# --- a real provider, over HTTP ---


SETTINGS = """
[web.oidc]
issuer = "{issuer}"
client_id = "tocsin"
client_secret = "${{OIDC_SECRET}}"
name = "Example account"
login_claim = "email"
person_claim = "email"
role_of = {{ commander = ["sre"] }}
people = {{ "ana@example.org" = "ana" }}
"""


def _go(http: httpx2.Client, address: str) -> httpx2.Response:
    """Through the provider's own form, as a browser goes."""
    form = http.get(address)
    assert form.status_code == 200, form.text
    back = http.post(address, data={"sub": "ana"})
    assert back.status_code in (302, 303), back.text
    return back


def test_a_browser_goes_through_a_real_provider_and_comes_back_logged_in(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    ana = User(sub="ana", claims={"email": "ana@example.org", "email_verified": True, "groups": ["sre"]})
    with oidc_provider_mock.run_server_in_thread(user_claims=[ana]) as server:
        issuer = f"http://localhost:{server.server_port}"
        house = House(
            tmp_path_factory.mktemp("oidc"), SETTINGS.format(issuer=issuer), {"OIDC_SECRET": "s3cret"}
        )
        try:
            url = house.url.replace("127.0.0.1", "localhost")
            with httpx2.Client(base_url=url, timeout=60) as http:
                assert "Log in with your Example account" in http.get("/login").text
                away = http.get("/login/oidc?next=//evil.example/x")
                assert away.status_code == 303
                assert away.headers["location"].startswith(issuer)
                back = _go(http, away.headers["location"])
                there = back.headers["location"]
                assert there.startswith(f"{url}/login/oidc/back?")
                done = http.get(there)
                assert (done.status_code, done.headers["location"]) == (303, "/incidents")
                me = http.get("/me").text
                assert re.search(r"ana@example\.org</b>, commander, acting as ana", me)
                assert http.get(there).status_code == 403, "the way back is taken once"
            with httpx2.Client(base_url=url, timeout=60) as stranger:
                assert stranger.get(there).status_code == 403, "nor in another browser"
                assert stranger.get("/incidents").status_code == 303
        finally:
            house.stop()


def test_without_a_provider_there_is_no_such_way(house: House) -> None:
    assert "/login/oidc" not in house.nobody.get("/login").text
    assert house.nobody.get("/login/oidc").status_code == 404


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('issuer = "http://login.example.org"', "must begin with https://"),
        ('issuer = "x"', "must be the address of the provider"),
        ('otherwise = "king"', '"king" is no role'),
        ("role_of = {}", "nobody could log in"),
        ('role_of = { boss = ["x"] }', '"boss" is no role'),
        ('people = { "x" = "ghost" }', "who is not among the people"),
        ('scopes = ["email"]', 'must have "openid"'),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_key(tmp_path: Path, line: str, said: str) -> None:
    wanted = {"issuer": 'issuer = "https://login.example.org"', "role_of": 'role_of = { viewer = ["x"] }'}
    key = line.partition(" ")[0]
    lines = [each for name, each in wanted.items() if name != key]
    (tmp_path / "runbook.md").write_text("# R\n", encoding="utf-8")
    file = tmp_path / "tocsin.toml"
    file.write_text("\n".join(["[web.oidc]", 'client_id = "tocsin"', *lines, line]), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(said)) as refused:
        load(file, {})
    assert "web.oidc" in str(refused.value)
