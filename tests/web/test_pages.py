"""The pages: who may see and do what, that nothing changes by looking, and what a hostile text or form can do: nothing."""

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest
from tests.conftest import Deadline
from tests.web.house import Guest, House

from tocsin.engine.history import load as load_incident
from tocsin.incident.incident import Incident
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents, log
from tocsin.web.api.table import OPERATIONS
from tocsin.web.pages.act import _ELSEWHERE, BY_NAME
from tocsin.web.pages.table import PAGES

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} javascript:alert(3)"
_LONG = timedelta(seconds=60)
PATHS = {
    "incident": "INC-1", "ask": "INC-1.a1", "run": "INC-1.r1", "evidence": "INC-1.r1.e", "what": "escalate",
    "update": "INC-1.u1", "session": "999999", "operation": "note", "secret": "nothing",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    made.alert(f"the flag is gone {HOSTILE}", impact="Partial service outage", labels={"why": HOSTILE})
    yield made
    made.stop()


@pytest.fixture
def opened(house: House, deadline: Deadline) -> Incident:
    """The first incident with its question."""
    return deadline(lambda: _asked(house, "INC-1"), what="the incident asks for a yes", within=_LONG)


def _asked(house: House, name: str) -> Incident | None:
    with house.app.database.read() as tx:
        if not incidents.exists(tx, IncidentId(name)):
            return None
        found = load_incident(tx, IncidentId(name))
    return found if found.open_ask is not None and not any(run.open for run in found.runs.values()) else None


def _seq(house: House) -> int:
    with house.app.database.read() as tx:
        return log.last_seq(tx)


def _path(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda hole: PATHS.get(hole[1], "x"), path)


def _answer(guest: Guest, method: str, path: str) -> httpx2.Response:
    return guest.get(path) if method == "GET" else guest.post(path)


# --- every page, every role ---


@pytest.mark.parametrize("each", PAGES, ids=lambda each: f"{each.method} {each.path}")
def test_every_page_is_for_those_who_may(house: House, opened: Incident, each: object) -> None:
    method, path, needs = each.method, _path(each.path), each.needs  # type: ignore[attr-defined]  # a Page
    if path.endswith("/stream") or path in ("/logout", "/login"):
        return  # streams never end and are tried below; logging out would end the guests' sessions
    stranger = _answer(house.nobody, method, path)
    if path == "/login/passkey":
        assert stranger.status_code in (400, 401, 409)  # a way in, and this is no passkey
        return
    if needs is None:
        assert stranger.status_code in (200, 303, 400, 404)
    elif method == "GET":
        assert stranger.status_code == 303
        assert stranger.headers["location"].startswith("/login?next=")
    else:
        assert stranger.status_code == 401
    for role, guest in house.guests.items():
        found = _answer(guest, method, path)
        if needs is not None and not role.reaches(needs):
            assert found.status_code == 403, role
        else:
            assert found.status_code in (200, 303, 400, 404, 409) or path.endswith("/do/note"), role


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_operation_is_for_those_who_may_also_on_a_page(
    house: House, opened: Incident, name: str
) -> None:
    operation = BY_NAME[name]
    in_room = operation.path.startswith("/api/v1/incidents/{incident}/")
    path = f"/incidents/INC-1/do/{name}" if in_room else f"/do/{name}"
    assert house.nobody.post(path).status_code == 401
    for role, guest in house.guests.items():
        # A field no operation knows: whoever may do it is told so, and nothing happens.
        found = guest.post(path, **{"path.ask": "x", "path.run": "x", "path.update": "x", "path.task": "x",
                                    "path.item": "x", "path.person": "x", "path.token": "x", "path.amendment": "x",
                                    "no such field": "1"})  # fmt: skip
        if not in_room and name not in _ELSEWHERE:
            assert found.status_code == 404
        elif role.reaches(operation.needs):
            assert found.status_code in (400, 404), (role, found.text)
        else:
            assert found.status_code == 403, role


def test_the_pages_do_nothing_the_api_cannot(house: House) -> None:
    assert set(BY_NAME) == {each.name for each in OPERATIONS if each.method == "POST"}


# --- looking changes nothing; forms are ours ---


def test_looking_at_every_page_changes_nothing(house: House, opened: Incident) -> None:
    before = _seq(house)
    for each in PAGES:
        if each.method == "GET" and not each.path.endswith("/stream"):
            for guest in house.guests.values():
                guest.get(_path(each.path))
    assert _seq(house) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_a_form_of_another_origin_is_refused(house: House, opened: Incident, headers: dict[str, str]) -> None:
    guest, before = house.guests[AccessRole.RESPONDER], _seq(house)
    fields = {"csrf": guest.csrf, "text": "hello"}
    assert guest.http.post("/incidents/INC-1/do/note", data=fields, headers=headers).status_code == 403
    assert guest.http.post("/login", data={}, headers=headers).status_code == 403
    assert _seq(house) == before


def test_a_form_without_the_sessions_token_is_refused(house: House, opened: Incident) -> None:
    guest, other = house.guests[AccessRole.RESPONDER], house.guests[AccessRole.ADMIN]
    before = _seq(house)
    for token in ("", "x", other.csrf):
        answer = guest.http.post("/incidents/INC-1/do/note", data={"csrf": token, "text": "hello"})
        assert answer.status_code == 403
        assert "not of your session" in answer.text
    assert _seq(house) == before


def test_a_yes_is_never_a_get(house: House, opened: Incident) -> None:
    ask = opened.open_ask
    assert ask is not None
    for path in (f"/incidents/INC-1/asks/{ask.made.ask}/approve", "/incidents/INC-1/do/acknowledge"):
        assert house.guests[AccessRole.ADMIN].get(path).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\nSet-Cookie: a=b",
        "\t//evil.example",
        "evil",
        "",
    ],
)
def test_nobody_is_led_elsewhere(house: House, path: str) -> None:
    guest = house.guests[AccessRole.VIEWER]
    answer = guest.post("/theme", theme="dark", next=path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/incidents"
    assert "a=b" not in str(answer.headers)
    shown = house.nobody.http.get("/login", params={"next": path})
    assert 'name="next" value="/incidents"' in shown.text


def test_a_body_larger_than_any_form_is_refused(house: House) -> None:
    guest = house.guests[AccessRole.RESPONDER]
    assert guest.post("/incidents/INC-1/do/note", text="x" * 300_000).status_code == 413
    many = {f"f{number}": "1" for number in range(200)}
    assert guest.post("/incidents/INC-1/do/note", **many).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/%2e%2e/server.py",
        "/static/app.css",
        "/static/",
    ],
)
def test_only_the_files_of_the_table_are_served(house: House, path: str) -> None:
    assert house.nobody.get(path).status_code == 404


def test_passwords_do_not_travel_in_the_clear(house: House) -> None:
    answer = house.nobody.get("/login", host="tocsin.example")
    assert answer.status_code == 403
    assert "in the clear" in answer.text


# --- what others wrote ---


def _whole(house: House) -> list[str]:
    """Every page of the incident as an admin sees it."""
    guest = house.guests[AccessRole.ADMIN]
    shown = [
        guest.get(_path(each.path)).text
        for each in PAGES
        if each.method == "GET" and "stream" not in each.path
    ]
    return [
        *shown,
        guest.get("/incidents?show=all&q=%3Cscript%3E").text,
        guest.get("/jump?q=%3Cscript%3E").text,
    ]


def test_no_text_of_others_becomes_markup(house: House, opened: Incident, deadline: Deadline) -> None:
    guest = house.guests[AccessRole.COMMANDER]
    for operation, fields in (
        ("note", {"text": HOSTILE}), ("draft_update", {"audience": "team", "text": HOSTILE}),
        ("give_task", {"to": "bo", "what": HOSTILE}), ("name_cause", {"cause": HOSTILE}),
    ):  # fmt: skip
        answer = guest.post(f"/incidents/INC-1/do/{operation}", **fields)
        assert answer.status_code == 303, answer.text
    room = guest.get("/incidents/INC-1").text
    assert room.count("&lt;script&gt;alert(1)") >= 3
    for text in _whole(house):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "49 javascript" not in text


def test_no_page_has_script_or_style_inside(house: House, opened: Incident) -> None:
    for text in _whole(house):
        assert not re.search(
            r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*[\"']|href=\"javascript:", text
        )


def test_every_answer_carries_its_headers(house: House, opened: Incident) -> None:
    for each in PAGES:
        if each.method == "GET" and "stream" not in each.path:
            headers = house.guests[AccessRole.ADMIN].get(_path(each.path)).headers
            policy = headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert headers["referrer-policy"] == "same-origin"


def test_a_first_page_is_light(house: House, opened: Incident) -> None:
    guest = house.guests[AccessRole.COMMANDER]
    page = guest.http.get("/incidents/INC-1", headers={"accept-encoding": "identity"})
    files = set(re.findall(r"/static/[\w.-]+", page.text))
    weight = len(_zipped(page.content))
    for file in files:
        if not file.endswith(".woff2"):
            weight += len(_zipped(guest.get(file).content))
    assert weight <= 60 * 1024
    for file in files:
        assert "immutable" in guest.get(file).headers["cache-control"]


def test_an_address_that_is_none_is_a_page_for_people_and_a_problem_for_programs(house: House) -> None:
    guest = house.guests[AccessRole.VIEWER]
    assert "nothing under this address" in guest.get("/nowhere", accept="text/html").text
    assert (
        guest.get("/api/v1/nowhere", accept="application/json").headers["content-type"]
        == "application/problem+json"
    )


def _zipped(content: bytes) -> bytes:
    return gzip.compress(content, 6)
