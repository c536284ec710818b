"""Passkeys on the server: what proves somebody, what does not, and that nothing is taken twice."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from tests.web.authenticator import Authenticator
from tests.web.house import Guest, House

from tocsin.app import accounts
from tocsin.app.accounts import LoggedIn
from tocsin.app.passkeys import LIFE, Desk, of, site
from tocsin.errors import Refused
from tocsin.kit.sealing import Sealer
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts as kept
from tocsin.store.schema_logins import spent


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


@pytest.fixture
def desk(house: House) -> Desk:
    found = house.app.entrance.passkeys("localhost:8410")
    assert found is not None
    return found


def _me(house: House, role: AccessRole = AccessRole.RESPONDER) -> LoggedIn:
    found = accounts.logged_in(house.app.database, house.app.settings.roster, house.session(role), house.now)
    assert found is not None
    return found


def _device(house: House, desk: Desk, role: AccessRole = AccessRole.RESPONDER) -> Authenticator:
    """A device whose passkey is known."""
    me, device = _me(house, role), Authenticator(desk.site.origin)
    desk.make(me, device.make(desk.to_make(me, house.now)), "a key", house.now)
    return device


def _log_in(house: House, desk: Desk, answer: str, at: datetime | None = None) -> str:
    return desk.log_in(answer, "127.0.0.1", "tests", at or house.now)


def test_a_passkey_logs_in_without_password_and_code(house: House, desk: Desk) -> None:
    device = _device(house, desk)
    cookie = _log_in(house, desk, device.prove(desk.to_prove(house.now)))
    who = accounts.logged_in(house.app.database, house.app.settings.roster, cookie, house.now)
    assert who is not None
    assert (who.account.login, who.person, who.role) == ("a-responder", "bo", AccessRole.RESPONDER)


def test_what_is_asked_wants_a_verified_person_and_a_key_that_names_itself(house: House, desk: Desk) -> None:
    made = json.loads(desk.to_make(_me(house), house.now))
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["attestation"] == "none"
    assert made["rp"]["id"] == "localhost"
    asked = json.loads(desk.to_prove(house.now))
    assert (asked["userVerification"], asked["allowCredentials"]) == ("required", [])


def test_what_is_asked_excludes_the_devices_that_have_one(house: House, desk: Desk) -> None:
    device = _device(house, desk, AccessRole.VIEWER)
    again = json.loads(desk.to_make(_me(house, AccessRole.VIEWER), house.now))
    assert json.loads(device.prove(desk.to_prove(house.now)))["id"] in {
        each["id"] for each in again["excludeCredentials"]
    }


def test_asking_for_a_challenge_writes_nothing(house: House, desk: Desk) -> None:
    with house.app.database.read() as tx:
        before = len(tx.execute(select(spent.c.sha256)).all())
    for _ in range(5):
        desk.to_prove(house.now)
    with house.app.database.read() as tx:
        assert len(tx.execute(select(spent.c.sha256)).all()) == before


def test_an_answer_is_taken_once(house: House, desk: Desk) -> None:
    device = _device(house, desk)
    answer = device.prove(desk.to_prove(house.now))
    _log_in(house, desk, answer)
    with pytest.raises(Refused):
        _log_in(house, desk, answer)


def test_an_answer_of_an_authenticator_that_never_counts_is_taken_once_too(house: House, desk: Desk) -> None:
    device = _device(house, desk)
    answer = device.prove(desk.to_prove(house.now), counts=False)
    _log_in(house, desk, answer)
    with pytest.raises(Refused, match="cannot be used here"):
        _log_in(house, desk, answer)
    _log_in(house, desk, device.prove(desk.to_prove(house.now), counts=False))


def test_a_counter_that_does_not_go_up_is_a_copy(house: House, desk: Desk) -> None:
    device = _device(house, desk)
    _log_in(house, desk, device.prove(desk.to_prove(house.now)))
    with pytest.raises(Refused, match="proves nothing"):
        _log_in(house, desk, device.prove(desk.to_prove(house.now), counts=False))


def test_a_challenge_is_too_old_after_five_minutes(house: House, desk: Desk) -> None:
    device = _device(house, desk)
    answer = device.prove(desk.to_prove(house.now))
    with pytest.raises(Refused, match="too long"):
        _log_in(house, desk, answer, house.now + LIFE + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("what", "value"),
    [("origin", "http://localhost:9999"), ("origin", "https://evil.example"), ("domain", "evil.example"),
     ("verifies", False)],
)  # fmt: skip
def test_a_passkey_of_another_page_or_of_nobody_verified_proves_nothing(
    house: House, desk: Desk, what: str, value: object
) -> None:
    device = _device(house, desk)
    setattr(device, what, value)
    with pytest.raises(Refused):
        _log_in(house, desk, device.prove(desk.to_prove(house.now)))
    fresh = Authenticator(desk.site.origin)
    setattr(fresh, what, value)
    me = _me(house)
    with pytest.raises(Refused):
        desk.make(me, fresh.make(desk.to_make(me, house.now)), "x", house.now)


def test_a_key_nobody_knows_and_a_key_of_somebody_else_prove_nothing(house: House, desk: Desk) -> None:
    device, stranger = _device(house, desk), Authenticator(desk.site.origin)
    with pytest.raises(Refused):
        _log_in(house, desk, stranger.prove(desk.to_prove(house.now)))
    stranger.credential = device.credential  # the name of a known passkey, the key of another
    with pytest.raises(Refused):
        _log_in(house, desk, stranger.prove(desk.to_prove(house.now)))
    device.handle = b"somebody else"
    with pytest.raises(Refused):
        _log_in(house, desk, device.prove(desk.to_prove(house.now)))


def test_a_challenge_of_ours_for_something_else_is_none(house: House, desk: Desk) -> None:
    device, me = _device(house, desk), _me(house)
    with pytest.raises(Refused):  # a challenge to make one does not log in
        _log_in(house, desk, device.prove(desk.to_make(me, house.now)))
    fresh, other = Authenticator(desk.site.origin), _me(house, AccessRole.VIEWER)
    with pytest.raises(Refused):  # nor does another's make one for me
        desk.make(me, fresh.make(desk.to_make(other, house.now)), "x", house.now)


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", "x" * 30_000, '{"id": 1, "response": {}}', '{"response": null}', "[" * 5_000],
)
def test_what_is_no_answer_is_refused(house: House, desk: Desk, answer: str) -> None:
    with pytest.raises(Refused):
        _log_in(house, desk, answer)


def test_making_one_wants_a_recent_log_in(house: House, desk: Desk) -> None:
    me = _me(house)
    with pytest.raises(Refused, match="15 minutes"):
        desk.to_make(me, house.now + timedelta(minutes=16))


def test_a_passkey_that_was_removed_and_one_of_a_closed_account_log_nobody_in(
    house: House, desk: Desk
) -> None:
    device, me = _device(house, desk, AccessRole.COMMANDER), _me(house, AccessRole.COMMANDER)
    guest = Guest(house.url, house.session(AccessRole.COMMANDER))
    other = Guest(house.url, house.session(AccessRole.VIEWER))
    number = of(house.app.database, me.account.id)[-1].id
    assert other.post(f"/me/passkeys/{number}/remove").status_code == 404
    assert guest.post(f"/me/passkeys/{number}/rename", name="Ana's <b>key</b>").status_code == 303
    assert "Ana&#39;s &lt;b&gt;key&lt;/b&gt;" in guest.get("/me").text
    assert guest.post(f"/me/passkeys/{number}/remove").status_code == 303
    with pytest.raises(Refused):
        _log_in(house, desk, device.prove(desk.to_prove(house.now)))
    closed = _device(house, desk, AccessRole.COMMANDER)
    with house.app.database.write() as tx:
        kept.close(tx, me.account.id, "the test", house.now)
    with pytest.raises(Refused):
        _log_in(house, desk, closed.prove(desk.to_prove(house.now)))


def test_a_new_link_takes_the_passkeys_of_a_lost_phone_away(house: House, desk: Desk) -> None:
    device = _device(house, desk, AccessRole.VIEWER)
    database, roster = house.app.database, house.app.settings.roster
    secret = accounts.invite(database, roster, "a-viewer", None, AccessRole.VIEWER, "chen", house.now)
    totp = accounts.new_totp()
    code = pyotp.TOTP(totp).at(house.now)
    accounts.accept(
        database, roster, secret, "", None, "another long sentence", totp, code, house.now, sealer=Sealer(())
    )
    with pytest.raises(Refused):
        _log_in(house, desk, device.prove(desk.to_prove(house.now)))


@pytest.mark.parametrize(
    ("host", "origin"),
    [("localhost:8410", "http://localhost:8410"), ("localhost", "http://localhost"), ("127.0.0.1:8410", None),
     ("evil.example", None), ("localhost.evil.example", None)],
)  # fmt: skip
def test_without_a_public_address_passkeys_belong_to_this_machine(
    house: House, host: str, origin: str | None
) -> None:
    found = site(house.app.settings, host)
    assert (found.origin if found is not None else None) == origin


def test_over_http_a_passkey_is_made_and_logs_in(house: House) -> None:
    url = house.url.replace("127.0.0.1", "localhost")
    guest, device = Guest(house.url, house.session(AccessRole.ADMIN)), Authenticator(url)
    guest.http.headers["host"] = url.removeprefix("http://")
    made = guest.post(
        "/me/passkeys", answer=device.make(guest.get("/me/passkeys/new").text), name="Chen's key"
    )
    assert (made.status_code, made.headers["location"]) == (303, "/me")
    assert "Chen&#39;s key" in guest.get("/me").text
    stranger = Guest(house.url, None)
    stranger.http.headers["host"] = guest.http.headers["host"]
    assert "Log in with a passkey" in stranger.get("/login").text
    answer = device.prove(stranger.get("/login/passkey").text)
    for bad in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert stranger.post("/login/passkey", answer="{}", next=bad).status_code == 401
    done = stranger.post("/login/passkey", answer=answer, next="//evil.example")
    assert (done.status_code, done.headers["location"]) == (303, "/incidents")
    assert "HttpOnly" in done.headers["set-cookie"]
    assert stranger.get("/me").status_code == 200
    assert Guest(house.url, None).get("/login/passkey").status_code == 409, (
        "127.0.0.1 is no name of a passkey"
    )
