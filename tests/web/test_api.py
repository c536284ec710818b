"""The API: everything the command line does, allowed by scope, documented by the table that is served."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.cli.shop import Shop
from tests.conftest import Deadline

from tocsin.app import tokens as making
from tocsin.kit.ids import PersonId
from tocsin.kit.loopback import loopback
from tocsin.oncall.person import AccessRole
from tocsin.store import tokens
from tocsin.web.api.openapi import document
from tocsin.web.api.table import OPERATIONS
from tocsin.web.server import Door

FAR = datetime(2999, 1, 1, tzinfo=UTC)


class Served(Shop):
    """The small installation with its door open."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 'listen = "127.0.0.1:0"')
        door = Door.bind(self.app.settings)
        assert door is not None
        door.open(self.app)
        self.door = door
        self.url = f"http://{door.address}"

    def token(self, scope: AccessRole, person: str | None = None, expires: datetime | None = None) -> str:
        named = PersonId(person) if person else None
        now = self.app.clock.now()
        return making.make(
            self.app.database, self.app.settings.roster, "test", named, scope, "test", now, expires
        )[1]

    def call(
        self, method: str, path: str, token: str | None = None, body: Any = None, **headers: str
    ) -> httpx2.Response:
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}
        return httpx2.request(method, f"{self.url}{path}", json=body, headers=sent, timeout=60)

    def stop(self) -> None:
        self.door.close()
        self.app.stop()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def asking(served: Served, deadline: Deadline) -> Served:
    served.alert()
    deadline(lambda: served.call("GET", "/api/v1/incidents").json()["incidents"], what="an incident")
    deadline(lambda: served.call("GET", "/api/v1/incidents/INC-1").json()["open_ask"], what="a question")
    return served


def test_an_incident_from_the_first_alert_to_its_end_by_the_api_alone(
    served: Served, deadline: Deadline
) -> None:
    ana, machine = served.token(AccessRole.RESPONDER, "ana"), served.token(AccessRole.RESPONDER)
    alert = {"title": "the lamp is dark", "fingerprint": "lamp", "impact": "Complete service outage"}
    stored = served.call("POST", "/api/v1/alerts", machine, alert)
    assert (stored.status_code, stored.json()["fingerprint"]) == (202, "lamp")
    deadline(lambda: served.call("GET", "/api/v1/incidents", ana).json()["incidents"], what="an incident")
    assert served.call("POST", "/api/v1/incidents/INC-1/acknowledge", ana, {}).json()["accepted"] is True
    assert served.call("POST", "/api/v1/incidents/INC-1/notes", ana, {"text": "on my way"}).status_code == 200
    ask = deadline(
        lambda: served.call("GET", "/api/v1/incidents/INC-1", ana).json()["open_ask"], what="a question"
    )
    path = f"/api/v1/incidents/INC-1/asks/{ask['id']}/approve"
    assert served.call("POST", path, ana, {"digest": "0" * 64}).status_code == 409
    assert served.lamp.read_text() == "dark\n"
    assert served.call("POST", path, ana, {"digest": ask["digest"]}).status_code == 200
    deadline(lambda: served.lamp.read_text() == "dark\nlit\n", what="the lamp is lit, once")
    served.call("POST", "/api/v1/alerts", machine, {**alert, "state": "resolved"})
    shown = deadline(
        lambda: (
            (found := served.call("GET", "/api/v1/incidents/INC-1", ana).json())["stage"] == "resolved"
            and found
        ),
        what="resolved",
    )
    kept = next(run["evidence"] for run in shown["runs"] if run["evidence"])
    evidence = served.call("GET", f"/api/v1/incidents/INC-1/evidence/{kept}", ana).json()
    assert len(evidence["sha256"]) == 64
    lines = served.call("GET", "/api/v1/incidents/INC-1/timeline", ana).json()["lines"]
    assert any("on my way" in line["text"] for line in lines)
    assert served.call("GET", "/api/v1/insights", ana).json()["incidents"] == 1


def test_a_refusal_is_a_409_with_the_engines_reason(asking: Served) -> None:
    still = asking.call("POST", "/api/v1/incidents/INC-1/resolve", None, {}, **{"X-Tocsin-As": "ana"})
    assert still.status_code == 409
    assert "Not proven well" in still.json()["detail"]
    assert still.headers["content-type"] == "application/problem+json"


def test_a_machine_has_no_word_in_an_incident(asking: Served) -> None:
    answer = asking.call(
        "POST", "/api/v1/incidents/INC-1/acknowledge", asking.token(AccessRole.RESPONDER), {}
    )
    assert answer.status_code == 409
    assert "speaks for nobody" in answer.json()["detail"]


def _path(path: str) -> str:
    for name, value in (
        ("incident", "INC-1"),
        ("ask", "INC-1.a1"),
        ("run", "INC-1.r1"),
        ("evidence", "INC-1.e1"),
        ("token", "99"),
        ("item", "INC-1.t1"),
        ("amendment", "99"),
        ("person", "ana"),
    ):
        path = path.replace(f"{{{name}}}", value)
    return path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[AccessRole, str]]]:
    """One installation with a question, and a token of each scope, for what changes nothing."""
    made = Served(tmp_path_factory.mktemp("shared"))
    made.alert()
    deadline = Deadline()
    deadline(lambda: made.call("GET", "/api/v1/incidents").json()["incidents"], what="an incident")
    deadline(lambda: made.call("GET", "/api/v1/incidents/INC-1").json()["open_ask"], what="a question")
    people = {AccessRole.ADMIN: "admin-of-shop", AccessRole.COMMANDER: "dana"}
    yield made, {role: made.token(role, people.get(role)) for role in AccessRole}
    made.stop()


@pytest.mark.parametrize("each", OPERATIONS, ids=lambda each: each.name)
def test_every_operation_is_closed_to_those_below_its_scope(
    shared: tuple[Served, dict[AccessRole, str]], each: Any
) -> None:
    asking, given = shared
    path, body = _path(each.path), ({} if each.takes else None)
    nobody = asking.call(each.method, path, None, body)
    assert nobody.status_code == 401
    assert asking.call(each.method, path, "tocsin_guess", body).status_code == 401
    for role, token in given.items():
        answer = asking.call(each.method, path, token, body)
        assert (answer.status_code == 403) == (not role.reaches(each.needs)), (role, answer.text)
        assert answer.status_code != 500


def test_a_token_speaks_only_for_its_person_and_never_for_more_than_they_may(served: Served) -> None:
    vic = served.app.settings.roster.person(PersonId("vic"))
    assert vic is not None
    with pytest.raises(Exception, match="vic is a viewer"):
        served.token(AccessRole.RESPONDER, "vic")
    token = served.token(AccessRole.VIEWER, "ana")
    me = served.call("GET", "/api/v1/me", token, **{"X-Tocsin-As": "dana"}).json()
    assert (me["person"], me["scope"]) == ("ana", "viewer")


def test_a_revoked_and_an_expired_token_are_not_taken(served: Served, deadline: Deadline) -> None:
    admin = served.token(AccessRole.ADMIN, "admin-of-shop")
    made = served.call(
        "POST", "/api/v1/tokens", admin, {"label": "phone", "scope": "viewer", "person": "ana"}
    ).json()
    assert served.call("GET", "/api/v1/me", made["token"]).status_code == 200
    listed = served.call("GET", "/api/v1/tokens", admin)
    assert made["token"] not in listed.text
    assert served.call("POST", f"/api/v1/tokens/{made['id']}/revoke", admin, {}).status_code == 200
    assert served.call("GET", "/api/v1/me", made["token"]).status_code == 401
    soon = served.token(AccessRole.VIEWER, "ana", served.app.clock.now() + timedelta(milliseconds=300))
    deadline(lambda: served.call("GET", "/api/v1/me", soon).status_code == 401, what="expired")


def test_the_store_holds_no_token_that_could_be_used(served: Served) -> None:
    token = served.token(AccessRole.ADMIN, "admin-of-shop")
    assert token.encode() not in (served.folder / "var" / "tocsin.db").read_bytes()
    with served.app.database.read() as tx:
        assert tokens.listing(tx)[0].label == "test"


def test_this_machine_needs_no_token_until_there_is_one_and_only_under_its_own_name(served: Served) -> None:
    assert served.call("GET", "/api/v1/me").json()["via"] == "loopback"
    assert served.call("GET", "/api/v1/me", None, None, Host="evil.example").status_code == 401
    assert served.call("GET", "/api/v1/me", None, None, **{"X-Tocsin-As": "zoe"}).status_code == 401
    served.token(AccessRole.VIEWER)
    assert served.call("GET", "/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1:8410", True), ("localhost", True), ("[::1]:8410", True), ("[::1]", True), ("LOCALHOST:1", True),
     ("127.0.0.1.evil.example", False), ("evil.example:8410", False), ("", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_only_names_that_every_machine_keeps_for_itself_are_loopback(host: str, own: bool) -> None:
    assert loopback(host) is own


def test_a_page_of_another_origin_cannot_speak(served: Served) -> None:
    answer = served.call("POST", "/api/v1/alerts", None, {"title": "x"}, Origin="https://evil.example")
    assert answer.status_code == 415


def test_what_is_not_there_is_a_problem_in_json(served: Served) -> None:
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/incidents", 405),
        ("GET", "/api/v1/incidents/INC-9", 404),
    ):
        answer = served.call(method, path)
        assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert (
        "there are: state, q, before, limit"
        in served.call("GET", "/api/v1/incidents?colour=red").json()["detail"]
    )
    assert served.call("GET", "/api/v1/incidents?limit=0").status_code == 400


def test_the_document_names_every_operation_once() -> None:
    made = json.loads(json.dumps(document(OPERATIONS)))
    assert made["openapi"] == "3.1.0"
    named = [each["operationId"] for path in made["paths"].values() for each in path.values()]
    assert sorted(named) == sorted(each.name for each in OPERATIONS)


def test_the_api_keeps_to_its_document_whatever_it_is_sent(asking: Served) -> None:
    """Schemathesis: generated calls of every operation; no answer outside the document, no 500."""
    token = asking.token(AccessRole.ADMIN, "admin-of-shop")
    schema = schemathesis.openapi.from_url(f"{asking.url}/api/v1/openapi.json")

    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def one(case: Any) -> None:
            # A name the runbook does not know is well formed and refused all the same.
            case.call_and_validate(
                headers={"Authorization": f"Bearer {token}"}, excluded_checks=[positive_data_acceptance]
            )

        one()


def test_many_calls_at_once_are_all_answered(asking: Served) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.extend(asking.call("GET", "/api/v1/incidents/INC-1").status_code for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
