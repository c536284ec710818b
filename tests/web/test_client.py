"""The Python client, against a real tocsin: typed calls and errors, lists to their end, the stream, calls sent twice."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from scripts import api
from tests.conftest import Deadline
from tests.web.house import House

from tocsin.app import tokens as making
from tocsin.client.calling import NotAllowed
from tocsin.client.client import Client
from tocsin.client.types import EventView
from tocsin.errors import InputError, NotFound, Permanent, Refused, Temporary
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole
from tocsin.store import replies, tokens
from tocsin.web.api.once import HEADER
from tocsin.web.api.table import OPERATIONS

_LONG = timedelta(seconds=60)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def _token(house: House, scope: AccessRole, person: str | None = None) -> str:
    named = PersonId(person) if person else None
    return making.make(
        house.app.database, house.app.settings.roster, "test", named, scope, "tests", house.now, None
    )[1]


@pytest.fixture(scope="module")
def chen(house: House) -> Iterator[Client]:
    with Client(house.url, _token(house, AccessRole.COMMANDER, "chen")) as made:
        yield made


@pytest.fixture(scope="module")
def admin(house: House) -> Iterator[Client]:
    """Whoever set the installation up: nobody among its people may make tokens."""
    object.__setattr__(house.app.settings, "token", "the installation's own token")
    with Client(house.url, "the installation's own token") as made:
        yield made


def _opened(chen: Client, deadline: Deadline, mark: str) -> str:
    """The name of an incident about this."""
    chen.post_alert(title=f"the flag is gone {mark}", fingerprint=mark, impact="Partial service outage")
    return deadline(
        lambda: next((each.id for each in chen.every_incident(q=mark)), ""), what="an incident", within=_LONG
    )


# --- the code ---


def test_the_client_is_the_one_that_the_table_makes() -> None:
    """After a change of the API: python scripts/api.py"""
    for path, text in api.written().items():
        assert path.read_text(encoding="utf-8") == text, path


def test_every_operation_is_a_method() -> None:
    assert {each.name for each in OPERATIONS} <= set(dir(Client))


# --- calls ---


def test_an_incident_from_the_first_alert_to_its_end(house: House, chen: Client, deadline: Deadline) -> None:
    name = _opened(chen, deadline, "whole")
    assert chen.acknowledge(name).accepted
    assert chen.note(name, text="on my way").incident == name
    ask = deadline(lambda: chen.get_incident(name).open_ask, what="a question", within=_LONG)
    assert (ask.number, ask.effect) == ("2.2", "change")
    assert chen.approve(name, ask.id, digest=ask.digest).accepted
    deadline(lambda: (house.folder / "shop/flags/on").exists(), what="it ran", within=_LONG)
    chen.resolve(name, because="the flag is back", anyway="it was an alert by hand")
    assert chen.get_incident(name).stage == "resolved"
    lines = chen.get_timeline(name).lines
    assert any("on my way" in each.text for each in lines)
    assert all(each.at.tzinfo is not None for each in lines)


def test_a_refusal_is_an_error_that_says_what_to_do(house: House, chen: Client, deadline: Deadline) -> None:
    name = _opened(chen, deadline, "errors")
    with pytest.raises(NotFound, match="INC-999"):
        chen.get_incident("INC-999")
    with pytest.raises(Refused, match="Not proven well"):
        chen.resolve(name)
    with pytest.raises(InputError, match="Expected"):
        chen.approve(name, f"{name}.a1", digest="not a digest")
    with pytest.raises(NotAllowed, match="admin"):
        chen.list_tokens()
    with Client(house.url, "tocsin_guess") as stranger, pytest.raises(NotAllowed, match="not known"):
        stranger.get_me()
    with pytest.raises(InputError, match="cannot stand"):
        chen.get_incident("..")


def test_a_name_in_a_path_stays_in_its_place(chen: Client) -> None:
    with pytest.raises(NotFound):
        chen.get_rule("../../tokens")
    with pytest.raises(NotFound):
        chen.get_section("a/b?c#d")


def test_no_answer_is_temporary_and_is_tried_again(chen: Client) -> None:
    with Client("http://127.0.0.1:9", retries=0) as nobody, pytest.raises(Temporary, match="no whole answer"):
        nobody.get_health()


def test_an_answer_of_another_version_is_told_as_such(house: House, chen: Client) -> None:
    with pytest.raises(Permanent, match="does not know"):
        chen.call("GET", "/api/v1/me", {}, None, EventView, None)


def test_a_list_is_read_to_its_end(chen: Client, deadline: Deadline) -> None:
    for mark in ("page1", "page2", "page3"):
        _opened(chen, deadline, mark)
    first = chen.list_incidents(state="all", limit=2)
    assert first.next is not None
    second = chen.list_incidents(state="all", limit=2, before=first.next)
    assert not {each.id for each in first.incidents} & {each.id for each in second.incidents}
    numbers = [int(each.id.removeprefix("INC-")) for each in chen.every_incident()]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) >= 3
    assert [each.id for each in chen.every_incident(q="page2")] == [
        each.id for each in chen.every_incident() if "page2" in each.title
    ]


# --- the stream ---


def test_the_stream_tells_everything_once_and_is_taken_up_where_it_stood(
    house: House, chen: Client, deadline: Deadline
) -> None:
    name = _opened(chen, deadline, "stream")
    heard: list[EventView] = []
    with Client(house.url, _token(house, AccessRole.VIEWER)) as listener:
        line = listener.stream()
        thread = threading.Thread(target=lambda: heard.extend(_until(line, "the last word")), daemon=True)
        thread.start()
        deadline(lambda: any(each.incident == name for each in heard), what="what was is told", within=_LONG)
        chen.note(name, text="the last word")
        thread.join(_LONG.total_seconds())
    assert not thread.is_alive()
    assert [each.seq for each in heard] == list(range(1, heard[-1].seq + 1))
    assert [each.seq for each in chen.every_event()][: len(heard)] == [each.seq for each in heard]
    again = next(chen.stream(after=heard[-2].seq))
    assert again.seq == heard[-1].seq


def _until(line: Iterator[EventView], word: str) -> Iterator[EventView]:
    for each in line:
        yield each
        if word in str(each.body):
            return


def test_the_stream_ends_when_its_token_does(house: House, deadline: Deadline) -> None:
    token = _token(house, AccessRole.VIEWER)
    ended: list[BaseException] = []
    with Client(house.url, token) as listener:

        def listen() -> None:
            try:
                for _ in listener.stream():
                    pass
            except NotAllowed as over:
                ended.append(over)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        with house.app.database.write() as tx:
            tokens.revoke(tx, tokens.listing(tx)[0].id, "the test", house.now)
        thread.join(_LONG.total_seconds())
    assert len(ended) == 1


@pytest.mark.parametrize(("after", "status"), [("x", 400), ("-1", 400), ("9" * 30, 400)])
def test_a_place_that_is_none_is_refused(house: House, chen: Client, after: str, status: int) -> None:
    assert chen.http.get(f"/api/v1/stream?after={after}").status_code == status
    assert httpx2.get(f"{house.url}/api/v1/stream", timeout=60).status_code == 401


# --- sent twice ---


def test_a_call_that_is_sent_again_is_answered_and_not_done_again(
    house: House, chen: Client, deadline: Deadline
) -> None:
    name = _opened(chen, deadline, "twice")
    for _ in range(3):
        chen.note(name, text="only once", idempotency_key="k1")
    chen.note(name, text="only once", idempotency_key="k2")
    said = [each for each in chen.get_timeline(name).lines if "only once" in each.text]
    assert len(said) == 2
    with pytest.raises(Refused, match="another call"):
        chen.note(name, text="something else", idempotency_key="k1")
    answer = chen.http.post(
        f"/api/v1/incidents/{name}/notes", json={"text": "only once"}, headers={HEADER: "k1"}
    )
    assert answer.headers["idempotency-replayed"] == "true"


def test_the_key_of_one_caller_is_not_anothers(house: House, chen: Client, deadline: Deadline) -> None:
    name = _opened(chen, deadline, "whose")
    with Client(house.url, _token(house, AccessRole.RESPONDER, "bo")) as bo:
        chen.note(name, text="mine", idempotency_key="same")
        bo.note(name, text="not the same", idempotency_key="same")
    texts = " ".join(each.text for each in chen.get_timeline(name).lines)
    assert "mine" in texts
    assert "not the same" in texts


def test_a_secret_is_shown_once_also_to_whoever_asks_again(house: House, admin: Client) -> None:
    made = admin.make_token(label="x", scope="viewer", person="ana", idempotency_key="secret")
    with pytest.raises(Refused, match="shown once"):
        admin.make_token(label="x", scope="viewer", person="ana", idempotency_key="secret")
    with house.app.database.read() as tx:
        kept = tx.execute(replies.select(replies.replies.c.body)).scalars().all()
    assert not any(made.token in (each or "") for each in kept)


def test_a_call_that_is_still_carried_out_is_not_begun_again_until_it_is_given_up(house: House) -> None:
    now = house.now
    with house.app.database.write() as tx:
        assert replies.begin(tx, "d" * 64, "a" * 64, now) is None
        again = replies.begin(tx, "d" * 64, "a" * 64, now + timedelta(minutes=1))
        assert again is not None
        assert again.status is None
        assert replies.begin(tx, "d" * 64, "a" * 64, now + timedelta(minutes=3)) is None
        replies.end(tx, "d" * 64, 200, "{}")
        assert replies.begin(tx, "d" * 64, "a" * 64, now + timedelta(hours=20)) is not None
        assert replies.begin(tx, "d" * 64, "a" * 64, now + timedelta(hours=30)) is None


# --- the documentation ---


def test_the_examples_of_the_how_to_run(
    house: House, chen: Client, repository: Path, deadline: Deadline
) -> None:
    text = (repository / "docs/how-to/use-the-client.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 4
    name = _opened(chen, deadline, "example")
    deadline(lambda: chen.get_incident(name).open_ask, what="a question", within=_LONG)
    token = _token(house, AccessRole.COMMANDER, "chen")
    world: dict[str, object] = {}
    for block in blocks:
        told = block.replace("https://tocsin.example.org", house.url).replace("tocsin_…", token)
        exec(compile(told.replace("INC-142", name), "use-the-client.md", "exec"), world)
