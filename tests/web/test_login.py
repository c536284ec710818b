"""Logging in: a one-time link, a password and a code, a session that is new each time, seen and ended."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import argon2
import httpx2
import pyotp
import pytest
from tests.web.house import PASSWORD, TOTP, Guest, House

from tocsin.app import accounts
from tocsin.errors import InputError, Refused
from tocsin.kit.ids import PersonId, sha256
from tocsin.kit.sealing import Sealer
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts as kept
from tocsin.store import logins
from tocsin.web.pages.page import csrf

OPEN = Sealer(())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def _code(house: House) -> str:
    return str(pyotp.TOTP(TOTP).at(house.now))


def _fresh(house: House, login: str) -> None:
    """Forget which codes this account has used: the next test may take the same half minute."""
    with house.app.database.write() as tx:
        account = kept.by_login(tx, login)
        assert account is not None
        kept.reset(tx, account.id, account.password, account.totp, 0)


def _log_in(
    house: House, http: httpx2.Client, login: str, password: str = PASSWORD, code: str | None = None
) -> httpx2.Response:
    code = _code(house) if code is None else code
    return http.post("/login", data={"login": login, "password": password, "code": code})


# --- codes ---


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
     (20000000000, "353130")],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(at: int, code: str) -> None:
    now = datetime.fromtimestamp(at, UTC)
    assert accounts.code_step(TOTP, code, now) == at // 30
    assert accounts.code_step(TOTP, f" {code[:3]} {code[3:]}", now) == at // 30
    assert accounts.code_step(TOTP, code, now + timedelta(seconds=30)) == at // 30
    assert accounts.code_step(TOTP, code, now + timedelta(minutes=2)) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "28708２"])
def test_what_is_no_code_is_none(code: str) -> None:
    assert accounts.code_step(TOTP, code, datetime.fromtimestamp(59, UTC)) is None


# --- the one-time link ---


def test_the_first_link_makes_the_admin_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("first"))
    try:
        with house.app.database.write() as tx:
            for account in kept.listing(tx):
                kept.close(tx, account.id, "the test", house.now)
        old = accounts.first_link(house.app.database, house.now)
        secret = accounts.first_link(house.app.database, house.now)
        assert old is not None
        assert secret is not None
        http = house.nobody.http
        assert http.get(f"/welcome/{old}").status_code == 404
        looks = [http.get(f"/welcome/{secret}").text for _ in range(3)]
        keys = {key for text in looks for key in re.findall(r"<code>([A-Z2-7 ]+)</code>", text)}
        assert len(keys) == 1, "looking changes nothing"
        shown = http.get(f"/welcome/{secret}").text
        key = re.search(r"<code>([A-Z2-7 ]+)</code>", shown)
        assert key is not None
        totp = key[1].replace(" ", "")
        fields = {"login": "ana", "person": "ana", "password": PASSWORD, "again": PASSWORD}
        wrong = http.post(f"/welcome/{secret}", data={**fields, "code": "000000"})
        assert wrong.status_code == 400
        short = {**fields, "password": "short", "again": "short", "code": pyotp.TOTP(totp).at(house.now)}
        assert "12 to 200 characters" in http.post(f"/welcome/{secret}", data=short).text
        other = {**fields, "again": "another sentence", "code": pyotp.TOTP(totp).at(house.now)}
        assert "not the same" in http.post(f"/welcome/{secret}", data=other).text
        right = {**fields, "code": pyotp.TOTP(totp).at(house.now)}
        made = http.post(f"/welcome/{secret}", data=right)
        assert (made.status_code, made.headers["location"]) == (303, "/incidents")
        cookie = made.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert http.get("/incidents").status_code == 200
        assert http.get(f"/welcome/{secret}").status_code == 404
        assert accounts.first_link(house.app.database, house.now) is None
    finally:
        house.stop()


def test_a_link_is_too_old_after_a_day(house: House) -> None:
    roster = house.app.settings.roster
    secret = accounts.invite(
        house.app.database, roster, "Dora", PersonId("bo"), AccessRole.RESPONDER, "chen", house.now
    )
    assert accounts.invitation(house.app.database, secret, house.now + timedelta(hours=23)) is not None
    assert accounts.invitation(house.app.database, secret, house.now + timedelta(hours=25)) is None
    with pytest.raises(InputError):
        accounts.invite(house.app.database, roster, "a b", None, AccessRole.VIEWER, "chen", house.now)
    with pytest.raises(InputError):
        accounts.invite(
            house.app.database, roster, "eve", PersonId("eve"), AccessRole.VIEWER, "chen", house.now
        )


def test_a_new_link_for_an_old_account_ends_its_sessions(house: House) -> None:
    guest = Guest(house.url, house.session(AccessRole.COMMANDER))
    assert guest.get("/incidents").status_code == 200
    database, roster = house.app.database, house.app.settings.roster
    secret = accounts.invite(
        database, roster, "a-commander", PersonId("ana"), AccessRole.COMMANDER, "chen", house.now
    )
    totp = accounts.new_totp()
    code = pyotp.TOTP(totp).at(house.now)
    accounts.accept(database, roster, secret, "", None, PASSWORD + "!", totp, code, house.now, sealer=OPEN)
    assert guest.get("/incidents").status_code == 303
    with pytest.raises(Refused):
        accounts.accept(database, roster, secret, "", None, PASSWORD, totp, code, house.now, sealer=OPEN)


# --- password and code ---


def test_a_password_and_a_code_log_in_and_a_code_is_taken_once(house: House) -> None:
    _fresh(house, "a-responder")
    with httpx2.Client(base_url=house.url, timeout=60) as http:
        code = _code(house)
        done = _log_in(house, http, "A-Responder ", code=code)
        assert (done.status_code, done.headers["location"]) == (303, "/incidents")
        assert "secure" not in done.headers["set-cookie"].lower(), "on this machine itself there is no https"
        again = _log_in(house, http, "a-responder", code=code)
        assert again.status_code == 401


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [("a-viewer", "wrong", None), ("a-viewer", PASSWORD, "000000"), ("nobody", PASSWORD, None), ("", "", "")],
    ids=["password", "code", "name", "empty"],
)
def test_what_was_wrong_is_never_said(house: House, login: str, password: str, code: str | None) -> None:
    _fresh(house, "a-viewer")
    with httpx2.Client(base_url=house.url, timeout=60) as http:
        answer = _log_in(house, http, login, password, code)
        assert answer.status_code == 401
        assert "Name, password or code is wrong" in html.unescape(answer.text)
        assert "set-cookie" not in answer.headers


def test_a_login_that_is_not_there_costs_as_much_as_one_that_is() -> None:
    assert argon2.extract_parameters(accounts.NOBODY) == argon2.extract_parameters(accounts.hashed(PASSWORD))


def test_a_session_brought_along_is_not_taken_over(house: House) -> None:
    _fresh(house, "a-viewer")
    planted = "planted-by-somebody-else"
    with httpx2.Client(base_url=house.url, timeout=60, cookies={"tocsin_session": planted}) as http:
        done = _log_in(house, http, "a-viewer")
        assert done.status_code == 303
        assert f"tocsin_session={planted}" not in done.headers["set-cookie"]
    with house.app.database.read() as tx:
        assert kept.session(tx, sha256(planted)) is None


def test_logging_in_again_ends_the_session_before(house: House) -> None:
    _fresh(house, "a-viewer")
    before = house.session(AccessRole.VIEWER)
    with httpx2.Client(base_url=house.url, timeout=60, cookies={"tocsin_session": before}) as http:
        assert _log_in(house, http, "a-viewer").status_code == 303
    assert Guest(house.url, before).get("/incidents").status_code == 303


def test_guessing_is_slowed_down_for_each_name(house: House) -> None:
    with httpx2.Client(base_url=house.url, timeout=60) as http:
        answers = [_log_in(house, http, "victim", "guess", "123456") for _ in range(12)]
    assert {each.status_code for each in answers} == {401, 429}
    assert int(next(each for each in answers if each.status_code == 429).headers["retry-after"]) > 0


# --- sessions ---


def test_sessions_are_listed_and_ended(house: House) -> None:
    one, two = (Guest(house.url, house.session(AccessRole.RESPONDER)) for _ in range(2))
    with house.app.database.read() as tx:
        found = kept.session(tx, sha256(two.cookie))
    assert found is not None
    assert f"/sessions/{found[0].id}/end" in one.get("/me").text
    stranger = Guest(house.url, house.session(AccessRole.VIEWER))
    assert stranger.post(f"/sessions/{found[0].id}/end").status_code == 404
    assert one.post(f"/sessions/{found[0].id}/end", next="/me").status_code == 303
    assert two.get("/incidents").status_code == 303
    assert one.get("/incidents").status_code == 200


def test_logging_out_ends_the_session_itself_not_only_the_cookie(house: House) -> None:
    guest = Guest(house.url, house.session(AccessRole.VIEWER))
    copy = Guest(house.url, guest.cookie)
    assert guest.post("/logout").headers["location"] == "/login"
    assert copy.get("/incidents").status_code == 303


def test_a_session_ends_after_idling_and_after_a_week(house: House) -> None:
    database, roster, now = house.app.database, house.app.settings.roster, house.now
    cookie = house.session(AccessRole.VIEWER)
    assert accounts.logged_in(database, roster, cookie, now + timedelta(hours=13)) is None
    at = now
    for _ in range(40):
        at += timedelta(hours=6)
        if accounts.logged_in(database, roster, cookie, at) is None:
            break
    assert timedelta(days=6) < at - now <= timedelta(days=7, hours=6)


def test_whoever_left_the_team_is_nobody(house: House) -> None:
    with house.app.database.write() as tx:
        account = kept.Account(0, "gone", PersonId("gone"), "viewer", "", TOTP, 0, "tests", house.now, None)
        kept.put(tx, account)
        made = kept.by_login(tx, "gone")
    assert made is not None
    cookie = accounts.open_session(house.app.database, made, "", "", house.now)
    assert Guest(house.url, cookie).get("/incidents").status_code == 303


def test_the_last_admin_cannot_be_closed(house: House) -> None:
    with pytest.raises(Refused):
        accounts.close(house.app.database, "a-admin", "chen", house.now)
    accounts.close(house.app.database, "a-responder", "chen", house.now)
    with house.app.database.read() as tx:
        closed = kept.by_login(tx, "a-responder")
    assert closed is not None
    assert closed.closed_at is not None


def test_the_token_of_a_form_belongs_to_one_session() -> None:
    assert csrf("a") != csrf("b")
    assert "a" * 8 not in csrf("a" * 43)


# --- what stands in the store ---


def test_with_a_key_no_second_factor_stands_in_the_store_in_the_clear(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    house = House(tmp_path_factory.mktemp("sealed"))
    try:
        database, key = house.app.database, Sealer(("k" * 32,))
        assert accounts.seal_all(database, key) == len(AccessRole)
        assert accounts.seal_all(database, key) == 0, "once"
        with database.read() as tx:
            found = kept.listing(tx)
        assert {each.totp for each in found} == {""}
        assert not any(TOTP in (each.sealed or "") for each in found)
        newer = Sealer(("n" * 32, "k" * 32))
        assert accounts.seal_all(database, newer) == len(AccessRole), "a new key seals anew"
        for sealer, login, right in (
            (Sealer(()), "a-viewer", False),
            (key, "a-viewer", False),
            (newer, "a-viewer", True),
        ):
            cookie = accounts.log_in(
                database, login, PASSWORD, _code(house), "", "", house.now, sealer=sealer
            )
            assert (cookie is not None) == right
    finally:
        house.stop()


def test_tries_are_counted_in_the_store_so_that_a_restart_gives_none_back(house: House) -> None:
    every, now = timedelta(minutes=1), house.now
    with house.app.database.write() as tx:
        waits = [logins.take_try(tx, "zoe", 3, every, now) for _ in range(4)]
        assert waits == [None, None, None, every]
        assert logins.take_try(tx, "yan", 3, every, now) is None, "of another name nothing is taken"
    with house.app.database.write() as tx:
        assert logins.take_try(tx, "zoe", 3, every, now + timedelta(seconds=59)) == timedelta(seconds=1)
        assert logins.take_try(tx, "zoe", 3, every, now + every) is None
        logins.forget_tries(tx, "zoe")
        assert [logins.take_try(tx, "zoe", 3, every, now) for _ in range(3)] == [None] * 3
