"""Settings and audit: who sees what, tokens and links shown once, sessions ended, channels tried, the log verified."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.conftest import Deadline
from tests.web.house import House
from tests.web.test_pages import HOSTILE

from tocsin.app import tokens as making
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts, deliveries, tokens

_LONG = timedelta(seconds=60)


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"), "[reload]\nby_itself = false\n")
    yield made
    made.stop()


def _secret(page: str) -> str:
    found = re.search(r'aria-label="The secret">([^<]+)</pre>', page)
    assert found is not None
    return html.unescape(found[1])


def test_accounts_sessions_and_tokens_are_for_admins(house: House) -> None:
    for role, guest in house.guests.items():
        page = guest.get("/settings").text
        assert "sink" in page
        for heading in ("Who may log in", "Where people are logged in", "Tokens of the API"):
            assert (heading in page) is (role is AccessRole.ADMIN)


def test_a_token_is_shown_once_and_taken_back(house: House) -> None:
    admin = house.guests[AccessRole.ADMIN]
    made = admin.post("/settings/tokens", label=f"the wall {HOSTILE}"[:100], scope="viewer", life="30")
    assert made.status_code == 200
    secret = _secret(made.text)
    assert (
        admin.http.get("/api/v1/incidents", headers={"authorization": f"Bearer {secret}"}).status_code == 200
    )
    page = admin.get("/settings").text
    assert secret not in page
    assert "the wall" in page
    assert "<script>alert" not in page
    with house.app.database.read() as tx:
        (kept,) = tokens.listing(tx)
    assert kept.expires_at is not None
    assert kept.expires_at - kept.made_at == timedelta(days=30)
    assert admin.post("/do/revoke_token", **{"path.token": str(kept.id)}).status_code == 303
    assert (
        admin.http.get("/api/v1/incidents", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    )


def test_a_token_cannot_do_more_than_its_person(house: House) -> None:
    answer = house.guests[AccessRole.ADMIN].post(
        "/settings/tokens", label="x", scope="admin", person="bo", life="30"
    )
    assert answer.status_code == 400
    assert "cannot be a admin" in answer.text
    with house.app.database.read() as tx:
        assert tokens.listing(tx) == ()


def test_an_invitation_is_a_link_for_one_person_once(house: House) -> None:
    admin = house.guests[AccessRole.ADMIN]
    made = admin.post("/settings/people", login="Dora", role="viewer", person="")
    link = _secret(made.text)
    welcome = house.nobody.get(link[link.index("/welcome/") :])
    assert welcome.status_code == 200
    assert "dora" in welcome.text
    assert link not in admin.get("/settings").text
    for fields in (
        {"login": "x", "role": "king"},
        {"login": "x", "role": "viewer", "person": "ghost"},
        {"login": "<>", "role": "viewer"},
    ):
        assert admin.post("/settings/people", **fields).status_code == 400


def test_a_closed_account_is_out_at_once_and_the_last_admin_stays(house: House) -> None:
    admin, viewer = house.guests[AccessRole.ADMIN], house.guests[AccessRole.VIEWER]
    assert viewer.get("/settings").status_code == 200
    assert admin.post("/settings/people/close", login="a-viewer").status_code == 303
    assert viewer.get("/settings").status_code == 303
    assert admin.post("/settings/people/close", login="a-admin").status_code == 409
    assert admin.get("/settings").status_code == 200


def test_an_admin_ends_the_session_of_another(house: House) -> None:
    admin, bo = house.guests[AccessRole.ADMIN], house.guests[AccessRole.RESPONDER]
    with house.app.database.read() as tx:
        account = accounts.by_login(tx, "a-responder")
        assert account is not None
        (session,) = accounts.sessions_of(tx, account.id)
    assert admin.post(f"/sessions/{session.id}/end", next="/settings").headers["location"] == "/settings"
    assert bo.get("/settings").headers["location"].startswith("/login")


def test_a_channel_is_tried_on_oneself(house: House, deadline: Deadline) -> None:
    bo = house.guests[AccessRole.RESPONDER]
    assert bo.post("/settings/channels/test", channel="sink").status_code == 303

    def works() -> bool:
        with house.app.database.read() as tx:
            return any(
                row.attempt.page.startswith("test.") and row.state == "sent"
                for row in deliveries.listing(tx, 20, "bo")
            )

    deadline(works, what="the test page is sent", within=_LONG)
    assert "Works" in bo.get("/settings").text
    assert bo.post("/settings/channels/test", channel="pigeon").status_code == 404
    assert house.guests[AccessRole.VIEWER].post("/settings/channels/test", channel="sink").status_code == 403


def test_the_log_is_read_only_when_it_is_asked_for(house: House) -> None:
    page = house.guests[AccessRole.VIEWER].get("/audit").text
    assert "Verify the log" in page
    assert "Nobody edited the log" not in page


def test_a_whole_log_is_said_to_be_whole_and_an_edited_one_is_not(house: House, deadline: Deadline) -> None:
    house.alert("the flag is gone", impact="Partial service outage")
    guest = house.guests[AccessRole.COMMANDER]
    deadline(lambda: guest.get("/incidents/INC-1").status_code == 200, what="it is declared", within=_LONG)
    assert "Nobody edited the log" in guest.get("/audit?head=").text
    assert "is not in the log" in guest.get(f"/audit?head={'a' * 64}").text
    with house.app.database.write() as tx:
        names = [row[0] for row in tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))]
        for name in names:
            tx.execute(text(f'DROP TRIGGER "{name}"'))
        tx.execute(text("UPDATE events SET actor = 'somebody' WHERE seq = 1"))
    page = guest.get("/audit?head=").text
    assert "The log is not what was written" in page
    assert "Nobody edited the log" not in page


def test_every_page_says_that_changed_files_are_refused_until_they_are_mended(
    house: House, deadline: Deadline
) -> None:
    file = house.folder / "tocsin.toml"
    good, viewer = file.read_text(encoding="utf-8"), house.guests[AccessRole.VIEWER]
    bad = good.replace("by_itself = false", "by_itself = 7")
    file.write_text(bad, encoding="utf-8")
    house.app.reload.ask("a test")
    deadline(lambda: house.app.reload.standing.refused, what="refused", within=_LONG)
    for path in ("/incidents", "/oncall", "/settings", "/audit"):
        page = html.unescape(viewer.get(path).text)
        assert "Changed files are not taken up, what held before holds" in page, path
        assert f"tocsin.toml:{1 + bad.splitlines().index('by_itself = 7')}: reload.by_itself" in page, path
    assert "Changed files are not taken up" not in house.nobody.get("/login").text
    file.write_text(good.replace('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:1"'), encoding="utf-8")
    house.app.reload.ask("a test")
    deadline(lambda: house.app.reload.standing.waits, what="taken up", within=_LONG)
    page = viewer.get("/audit").text
    assert "Changed files are not taken up" not in page
    assert "Holds from the next start of tocsin on only: web.listen." in page
    assert "asked by a test" in page


@pytest.mark.parametrize("role", [AccessRole.VIEWER, AccessRole.RESPONDER, AccessRole.COMMANDER])
def test_nobody_but_an_admin_has_files_taken_up(house: House, role: AccessRole) -> None:
    app = house.app
    person = next((each.id for each in app.settings.roster.people if each.access is role), None)
    _, token = making.make(app.database, app.settings.roster, "t", person, role, "test", house.now, None)
    asked = house.nobody.http.post(
        "/api/v1/settings/reload", json={}, headers={"authorization": f"Bearer {token}"}
    )
    assert asked.status_code == 403
