"""Programs outside hear what happens: in order, at least once under one key, and we hear when they stop listening."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook
from tests.cli.shop import Shop
from tests.conftest import Deadline
from tests.contract.standins import Vendor, running

from tocsin.app.settings import load
from tocsin.connectors.listener import Gone, News
from tocsin.connectors.pagerduty_listener import PagerDutyListener
from tocsin.connectors.webhook_listener import WebhookListener
from tocsin.engine.herald import SCHEDULE, Herald, Wanted
from tocsin.engine.news import news
from tocsin.errors import ConfigError, OutsideError, Permanent, Temporary
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor
from tocsin.store import incidents, meta

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
OLDER = "whsec_" + base64.b64encode(b"older-older-older-older-older").decode()
NIGHT = datetime(2026, 11, 22, 3, tzinfo=UTC)
NEWS = News(
    "here-7", "incident.declared", NIGHT, "INC-1", "Lamp dark ✓", "P0", "detected", False, "P0 Lamp dark ✓"
)
PATIENCE = timedelta(seconds=90)


@dataclass
class Remembers:
    """A listener that remembers, and refuses as it is told to."""

    heard: list[News] = field(default_factory=list)
    refuses: list[OutsideError] = field(default_factory=list)

    def tell(self, news: News) -> None:
        self.heard.append(news)
        if self.refuses:
            raise self.refuses.pop(0)

    def close(self) -> None:
        pass


class Wound(SystemClock):
    """A clock that is moved by hand only: the first try again is due after seconds, and no pause may bring it."""

    def __init__(self) -> None:
        self._begun = super().now()
        self.ahead = timedelta()

    def now(self) -> datetime:
        return self._begun + self.ahead


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.app.stop()


def herald(shop: Shop, listener: Remembers, clock: SystemClock | None = None, **wanted: object) -> Herald:
    database = shop.app.database
    made = Wanted("pager", listener, "mark", **wanted)  # type: ignore[arg-type]  # names of its fields
    return Herald(
        database, made, clock or SystemClock(), lambda tx, line: news(tx, line, "here", "https://tocsin.example", Redactor())
    )  # fmt: skip


def declared(shop: Shop, deadline: Deadline) -> None:
    shop.alert()

    def paged() -> bool:
        with shop.app.database.read() as tx:
            return bool(incidents.listing(tx))

    deadline(paged, what="an incident", within=PATIENCE)


def turn(shop: Shop, it: Herald) -> int:
    return it.turn(shop.app.leadership.held())


def test_what_was_before_is_not_told_and_what_comes_is_told_once(shop: Shop, deadline: Deadline) -> None:
    listener = Remembers()
    it = herald(shop, listener)
    assert turn(shop, it) == 0
    declared(shop, deadline)
    assert turn(shop, it) >= 1
    turn(shop, it)
    first = listener.heard[0]
    assert (first.kind, first.incident, first.line) == ("incident.declared", "INC-1", "P0 the lamp is dark")
    assert first.url == "https://tocsin.example/incidents/INC-1"
    assert [each.kind for each in listener.heard].count("incident.declared") == 1
    # Another process that takes over goes on where this one was.
    again = Remembers()
    turn(shop, herald(shop, again))
    assert "incident.declared" not in [each.kind for each in again.heard]


def test_a_failure_is_tried_again_with_the_same_key_by_the_schedule_and_nothing_overtakes_it(
    shop: Shop, deadline: Deadline
) -> None:
    clock = Wound()
    listener = Remembers(refuses=[Temporary("busy"), Temporary("busy", retry_after=timedelta(hours=1))])
    it = herald(shop, listener, clock)
    turn(shop, it)
    declared(shop, deadline)
    assert turn(shop, it) == 0
    assert turn(shop, it) == 0
    assert len(listener.heard) == 1  # not before its time
    clock.ahead += SCHEDULE[0]
    assert turn(shop, it) == 0
    clock.ahead += SCHEDULE[1]
    assert turn(shop, it) == 0
    assert len(listener.heard) == 2  # it asked for an hour
    clock.ahead += timedelta(hours=1)
    assert turn(shop, it) >= 1
    assert {each.key for each in listener.heard[:3]} == {listener.heard[0].key}


def test_who_wants_no_more_is_told_no_more_until_it_is_set_anew_and_we_are_alerted(
    shop: Shop, deadline: Deadline
) -> None:
    listener = Remembers(refuses=[Gone("gone")])
    it = herald(shop, listener)
    turn(shop, it)
    declared(shop, deadline)
    turn(shop, it)
    assert turn(shop, it) == 0
    assert len(listener.heard) == 1

    def alerted() -> bool:
        with shop.app.database.read() as tx:
            return any("told no more" in row.title for row in incidents.listing(tx))

    deadline(alerted, what="an incident about the listener", within=PATIENCE)
    anew = Herald(
        shop.app.database, replace(Wanted("pager", listener, "another mark")), SystemClock(),
        lambda tx, line: news(tx, line, "here", None, Redactor()),
    )  # fmt: skip
    assert turn(shop, anew) >= 1
    assert listener.heard[1].key == listener.heard[0].key


def test_what_is_never_taken_is_left_behind(shop: Shop, deadline: Deadline) -> None:
    listener = Remembers(refuses=[Permanent("cannot read it")])
    it = herald(shop, listener, kinds=frozenset(["incident.declared"]))
    turn(shop, it)
    declared(shop, deadline)
    assert turn(shop, it) == 1
    turn(shop, it)
    assert [each.incident for each in listener.heard].count("INC-1") == 1


def test_after_three_days_of_silence_nothing_more_is_tried(shop: Shop, deadline: Deadline) -> None:
    clock = Wound()
    listener = Remembers(refuses=[Temporary("away")] * 20)
    it = herald(shop, listener, clock, kinds=frozenset(["incident.declared"]))
    turn(shop, it)
    declared(shop, deadline)
    for wait in (*SCHEDULE, *[timedelta(days=2)] * 5):
        turn(shop, it)
        clock.ahead += wait
    assert len(listener.heard) == len(SCHEDULE) + 1
    assert len({each.key for each in listener.heard}) == 1


def test_a_rehearsal_is_told_only_to_those_who_want_it(shop: Shop, deadline: Deadline) -> None:
    heard = {"quiet": Remembers(), "keen": Remembers()}
    drill = replace(NEWS, drill=True)
    heralds = [
        Herald(
            shop.app.database,
            Wanted(name, listener, "m", drills=name == "keen"),
            SystemClock(),
            lambda tx, line: drill if line.kind == "IncidentDeclared" else None,
        )
        for name, listener in heard.items()
    ]
    for each in heralds:
        turn(shop, each)
    declared(shop, deadline)
    for each in heralds:
        turn(shop, each)
    assert {name: len(listener.heard) for name, listener in heard.items()} == {"quiet": 0, "keen": 1}


def test_what_a_yes_changed_is_told_and_what_only_looked_is_not(shop: Shop, deadline: Deadline) -> None:
    listener = Remembers()
    it = herald(shop, listener)
    turn(shop, it)
    declared(shop, deadline)
    deadline(lambda: shop.json("incident", "show", "INC-1")["open_ask"], what="a question", within=PATIENCE)
    ask = shop.json("incident", "show", "INC-1")["open_ask"]
    assert isinstance(ask, dict)
    done = shop.tocsin("incident", "approve", "INC-1", "--digest", str(ask["digest"])[:8], "--as", "ana")
    assert done.returncode in (0, 5), done.stderr  # 5: kept, and not decided within five seconds

    def changed() -> list[News]:
        turn(shop, it)
        return [each for each in listener.heard if each.kind == "incident.change_made"]

    (change,) = deadline(changed, what="the change is told", within=PATIENCE)
    assert change.facts["target"].startswith("local")
    assert "echo lit" not in str(change)  # what was typed stays inside


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with running(Vendor(lambda asked: (202, {}, b""))) as made:
        yield made


def test_a_receiver_verifies_ours_with_its_own_library_by_either_secret(vendor: Vendor) -> None:
    listener = WebhookListener(f"{vendor.url}/hook", (SECRET, OLDER), SystemClock())
    listener.tell(NEWS)
    listener.tell(NEWS)
    listener.close()
    first, second = vendor.asked
    for secret in (SECRET, OLDER):
        Webhook(secret).verify(first.body, dict(first.headers))
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "here-7"
    body = json.loads(first.body)
    assert (body["type"], body["data"]["incident"], body["data"]["line"]) == (
        "incident.declared",
        "INC-1",
        NEWS.line,
    )


@pytest.mark.parametrize(
    ("status", "error"), [(410, Gone), (400, Permanent), (302, Permanent), (503, Temporary)]
)
def test_every_answer_means_what_standard_webhooks_says(status: int, error: type[OutsideError]) -> None:
    with running(Vendor(lambda asked: (status, {}, b""))) as vendor:
        listener = WebhookListener(vendor.url, (SECRET,), SystemClock())
        with pytest.raises(error):
            listener.tell(NEWS)
        listener.close()


def test_pagerduty_hears_of_changes_only(vendor: Vendor) -> None:
    listener = PagerDutyListener("0" * 32, SystemClock(), vendor.url)
    listener.tell(NEWS)
    assert vendor.asked == []
    listener.tell(
        replace(NEWS, kind="incident.change_made", line="Light the lamp: done", facts={"target": "local"})
    )
    listener.close()
    (asked,) = vendor.asked
    event = json.loads(asked.body)
    assert asked.path == "/v2/change/enqueue"
    assert event["payload"]["summary"] == "INC-1: Light the lamp: done"


def test_an_incident_of_a_running_tocsin_is_told_from_its_declaration_on(
    tmp_path: Path, deadline: Deadline, vendor: Vendor
) -> None:
    table = f'[[listeners]]\nname = "board"\nurl = "{vendor.url}/hook?key=hidden"\nsecret = "{SECRET}"\n'
    shop = Shop(tmp_path, f'listen = "none"\n{table}')
    try:
        place = "listener board"
        deadline(
            lambda: _known(shop, place), what="the listener stands at the end of the log", within=PATIENCE
        )
        declared(shop, deadline)
        deadline(lambda: vendor.asked, what="the listener is told", within=PATIENCE)
    finally:
        shop.app.stop()
    asked = vendor.asked[0]
    Webhook(SECRET).verify(asked.body, dict(asked.headers))
    assert json.loads(asked.body)["type"] == "incident.declared"


def _known(shop: Shop, key: str) -> bool:
    with shop.app.database.read() as tx:
        return meta.get(tx, key) is not None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('name = "a"\nurl = "https://x"', "secret"),
        (f'name = "a"\nurl = "ftp://x"\nsecret = "{SECRET}"', "http"),
        ('name = "a"\nurl = "https://x"\nsecret = "whsec_c2hvcnQ="', "24 bytes"),
        (
            f'name = "a"\nurl = "https://x"\nsecret = "{SECRET}"\nevents = ["incident.declard"]',
            "incident.declared",
        ),
        ('name = "a"\nkind = "pigeon"', "Known: pagerduty, webhook"),
        ('name = "a"\nkind = "pagerduty"\nrouting_key = "short"', "32"),
        (f'name = "a"\nurl = "https://x"\nsecret = "{SECRET}"\nulr = "y"', "ulr"),
    ],
)
def test_a_listener_set_wrongly_is_refused_with_the_reason(tmp_path: Path, table: str, said: str) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text(f"[[listeners]]\n{table}\n")
    with pytest.raises(ConfigError) as problem:
        load(file, {})
    assert said in f"{problem.value.message} {problem.value.hint}"
