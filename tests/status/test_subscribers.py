"""Subscribers: a real SMTP server, a real HTTP listener, the vendor's own verifier; nobody is told twice or unasked."""

import email
import email.policy
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook
from tests.contract.mail_server import MailServer
from tests.contract.standins import Answered, Asked, Vendor, running
from tests.unit.status.boards import FULL, OPEN

from tocsin.connectors.api import Receipt
from tocsin.connectors.email_pager import from_settings
from tocsin.connectors.status_webhook import StatusWebhook
from tocsin.engine.status import subscribe as desk
from tocsin.engine.status.links import SubscriberLinks
from tocsin.engine.status.post import SCHEDULE, Means, Postman, announce
from tocsin.errors import InputError, Refused, StoreError
from tocsin.kit.clock import SystemClock
from tocsin.status.board import PublicUpdate
from tocsin.status.plan import Plan
from tocsin.store import subscribers as store
from tocsin.store.database import Database
from tocsin.store.tx import Tx

PLAN = Plan("Shop", "https://status.example.org", ())
LINKS = SubscriberLinks("of nobody", "https://ops.example")
BO = "bo@example.org"


class Mailbox:
    """Takes mail, or answers what it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.forced: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- the name aiosmtpd looks for
        if self.forced:
            return self.forced.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


class HandClock:
    """The machine's clock, and what the test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 3, 0, tzinfo=UTC) + self.ahead

    def monotonic(self) -> float:
        return SystemClock().monotonic()


class House:
    """A database, a clock, a mail server and a postman."""

    def __init__(self, database: Database, box: Mailbox, port: int) -> None:
        self.database, self.box, self.clock = database, box, HandClock()
        table = {
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "from": "status@example.org",
            "timeout": "60 s",
        }
        self.webhook = StatusWebhook(SystemClock())
        means = Means(from_settings("mail", table), LINKS, self.webhook)
        self.postman = Postman(database, means, self.clock)

    def ask(self, address: str = BO) -> None:
        desk.subscribe_mail(self.database, PLAN, LINKS, address, self.clock.now())

    def post(self) -> int:
        return self.postman.turn()

    def confirm(self, token: str) -> bool:
        return desk.confirm(self.database, LINKS, token, self.clock.now())

    def confirmed(self) -> None:
        """Bo asked, got the mail and pressed the button."""
        self.ask()
        self.post()
        assert self.confirm(link(self.box.mails[-1], "confirm"))

    def told(self, update: str = "n1", text: str = "We look.") -> int:
        """An update was sent now."""
        now = self.clock.now()
        word = PublicUpdate(update, now, "investigating", text)
        board = replace(FULL, at=now, incidents=(replace(OPEN, updates=(word,)),))
        return announce(self.database, board, now)


def link(mail: EmailMessage, kind: str) -> str:
    """The token of a link in a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https://ops\.example/status/{kind}/(\S+)", body.get_content())
    assert found is not None
    return found[1]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    box = Mailbox()
    server = MailServer(box)
    server.start()
    try:
        with Database.open(tmp_path / "tocsin.db") as database:
            made = House(database, box, server.port)
            yield made
            made.webhook.close()
    finally:
        server.stop()


class TestMail:
    def test_nobody_is_told_before_the_address_answered(self, house: House) -> None:
        house.ask()
        assert house.told() == 0
        assert house.post() == 1
        (mail,) = house.box.mails
        assert mail["Subject"] == "Shop status: confirm your address"
        assert mail["List-Unsubscribe"] is None

    def test_whoever_confirmed_gets_one_mail_for_each_update_with_a_way_out(self, house: House) -> None:
        house.confirmed()
        assert (house.told(), house.told()) == (1, 0)
        house.post()
        assert house.post() == 0
        mail = house.box.mails[-1]
        assert len(house.box.mails) == 2
        assert mail["To"] == BO
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Unsubscribe"] == f"<https://ops.example/status/leave/{link(mail, 'leave')}>"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert "\n" not in mail["Subject"]

    def test_leaving_forgets_the_address_and_stops_what_waits(self, house: House) -> None:
        house.confirmed()
        house.told()
        house.post()
        token = link(house.box.mails[-1], "leave")
        house.told("n2")
        assert desk.leave(house.database, LINKS, token, house.clock.now())
        assert desk.leave(house.database, LINKS, token, house.clock.now())
        assert house.post() == 0
        with house.database.read() as tx:
            ((gone, _),) = store.listing(tx)
        assert (gone.address, gone.state) == (None, store.GONE)

    def test_a_link_of_one_kind_or_of_nobody_is_good_for_nothing_else(self, house: House) -> None:
        house.ask()
        house.post()
        token = link(house.box.mails[0], "confirm")
        assert not desk.leave(house.database, LINKS, token, house.clock.now())
        for forged in ("1", "1.x", token + "x", "", "2" + token[1:], "ü"):
            assert not house.confirm(forged)
        other = SubscriberLinks("another", "https://ops.example")
        assert not desk.confirm(house.database, other, token, house.clock.now())

    def test_a_confirmation_is_good_for_two_days_and_then_the_address_is_forgotten(
        self, house: House
    ) -> None:
        house.ask()
        house.post()
        house.clock.ahead = timedelta(hours=49)
        assert not house.confirm(link(house.box.mails[0], "confirm"))
        house.post()
        with house.database.read() as tx:
            assert store.listing(tx) == ()

    def test_asking_again_and_again_writes_one_mail_and_says_nothing(self, house: House) -> None:
        for _ in range(5):
            house.ask()
        assert house.post() == 1
        assert house.confirm(link(house.box.mails[0], "confirm"))
        house.ask()
        assert house.post() == 0

    def test_a_flood_of_addresses_is_stopped(self, house: House) -> None:
        for number in range(desk.MOST_PENDING):
            house.ask(f"n{number}@example.org")
        with pytest.raises(Refused, match="Too many"):
            house.ask("one-more@example.org")

    @pytest.mark.parametrize(
        "text",
        ["", "x", "a@b", "a b@c.de", "a@b.de\nBcc: x@y.de", "a@b.de,c@d.de", "<a@b.de>", "a" * 250 + "@b.de"],
    )
    def test_what_is_no_address_is_refused(self, house: House, text: str) -> None:
        with pytest.raises(InputError, match="not an e-mail address"):
            house.ask(text)

    def test_a_server_that_is_busy_is_asked_again_later_with_the_same_message_id(self, house: House) -> None:
        house.confirmed()
        house.told()
        house.box.forced = ["451 busy"]
        assert house.post() == 1
        assert house.post() == 0
        house.clock.ahead = SCHEDULE[0]
        assert house.post() == 1
        assert len(house.box.mails) == 2

    def test_an_address_that_is_refused_is_shown_and_not_tried_again(self, house: House) -> None:
        house.confirmed()
        house.told()
        house.box.forced = ["550 no such user"]
        house.post()
        house.clock.ahead = timedelta(days=2)
        assert house.post() == 0
        with house.database.read() as tx:
            ((_, sums),) = store.listing(tx)
        assert sums.failed == 1
        assert "550" in (sums.error or "")

    def test_what_was_begun_before_a_crash_goes_out_with_the_same_message_id(self, house: House) -> None:
        house.confirmed()
        house.told()
        house.post()
        with house.database.write() as tx:
            store.put(tx, "again", 1, "x", house.clock.now())
            (begun,) = store.claim(tx, house.clock.now(), 1)
        assert house.post() == 0
        assert house.postman.resume() == 1
        with house.database.write() as tx:
            (once_more,) = store.claim(tx, house.clock.now(), 1)
        assert (once_more.key, once_more.attempts) == (begun.key, 2)

    def test_a_message_that_cannot_be_read_holds_up_nobody_else(self, house: House) -> None:
        house.confirmed()
        with house.database.write() as tx:
            store.put(tx, "torn", 1, "{", house.clock.now())
        house.told()
        assert house.post() == 2
        assert len(house.box.mails) == 2
        with house.database.read() as tx:
            ((_, sums),) = store.listing(tx)
        assert (sums.sent, sums.failed, sums.waiting) == (2, 1, 0)

    def test_history_is_not_told_as_news(self, house: House) -> None:
        house.confirmed()
        word = PublicUpdate("old", house.clock.now() - timedelta(days=2), "investigating", "x")
        board = replace(FULL, incidents=(replace(OPEN, updates=(word,)),))
        assert announce(house.database, board, house.clock.now()) == 0


class TestWebhook:
    def test_a_receiver_verifies_it_with_the_library_of_the_standard(self, house: House) -> None:
        with running(Vendor(lambda asked: (204, {}, b""))) as receiver:
            hook = desk.add_webhook(house.database, f"{receiver.url}/in", house.clock.now())
            assert house.told(text="Some fail ✓") == 1
            house.post()
            (asked,) = receiver.asked
        headers = dict(asked.headers)
        verified = Webhook(hook.secret).verify(asked.body, headers)
        assert verified["type"] == "status.incident_updated"
        assert verified["data"]["body"] == "Some fail ✓"
        assert "." not in headers["webhook-id"]

    def test_the_same_id_comes_again_after_a_failure(self, house: House) -> None:
        with running(Vendor(lambda asked: (200, {}, b""))) as receiver:
            receiver.forced = [(503, {}, b"")]
            desk.add_webhook(house.database, receiver.url, house.clock.now())
            house.told()
            house.post()
            house.clock.ahead = SCHEDULE[0]
            house.post()
            ids = [asked.headers["webhook-id"] for asked in receiver.asked]
        assert len(ids) == 2
        assert len(set(ids)) == 1

    def test_gone_ends_it(self, house: House) -> None:
        with running(Vendor(lambda asked: (410, {}, b""))) as receiver:
            desk.add_webhook(house.database, receiver.url, house.clock.now())
            house.told()
            house.post()
            house.told("n2")
            assert house.post() == 0
        with house.database.read() as tx:
            ((gone, _),) = store.listing(tx)
        assert (gone.state, gone.why) == (store.GONE, "the receiver answered 410 Gone")

    def test_after_the_last_try_it_is_given_up_and_the_operator_sees_why(self, house: House) -> None:
        with running(Vendor(lambda asked: (500, {}, b""))) as receiver:
            desk.add_webhook(house.database, receiver.url, house.clock.now())
            house.told()
            for wait in (*SCHEDULE, timedelta()):
                assert house.post() == 1
                house.clock.ahead += wait
            assert house.post() == 0
            assert len(receiver.asked) == 1 + len(SCHEDULE)
        with house.database.read() as tx:
            ((gone, _),) = store.listing(tx)
        assert gone.why == "given up after 10 tries"

    def test_an_address_is_added_once(self, house: House) -> None:
        desk.add_webhook(house.database, "https://hook.example/x", house.clock.now())
        with pytest.raises(Refused, match="subscribed already"):
            desk.add_webhook(house.database, "https://hook.example/x", house.clock.now())
        with pytest.raises(InputError, match="no http address"):
            desk.add_webhook(house.database, "ftp://hook.example", house.clock.now())


class Slow(StatusWebhook):
    """Takes messages and does not answer before it is let go."""

    def __init__(self, clock: SystemClock) -> None:
        super().__init__(clock)
        self.let_go, self._lock = threading.Event(), threading.Lock()
        self.now = self.most = 0
        self.keys: list[str] = []

    def send(
        self, url: str, secret: str, key: str, kind: str, at: datetime, data: Mapping[str, object]
    ) -> Receipt:
        with self._lock:
            self.keys.append(key)
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.let_go.wait(600)
        with self._lock:
            self.now -= 1
        return Receipt("taken", at)


class TestSideBySide:
    def test_a_receiver_that_hangs_holds_up_neither_the_others_nor_mails(
        self, house: House, deadline: Callable[..., Any]
    ) -> None:
        house.confirmed()
        let_go, stop = threading.Event(), threading.Event()

        def hang(asked: Asked) -> Answered:
            assert let_go.wait(600)
            return 204, {}, b""

        with running(Vendor(hang)) as slow, running(Vendor(lambda asked: (204, {}, b""))) as quick:
            desk.add_webhook(house.database, slow.url, house.clock.now())
            desk.add_webhook(house.database, quick.url, house.clock.now())
            watching = threading.Thread(target=house.postman.watch, args=(stop,))
            house.told()
            house.told("n2")
            watching.start()
            try:
                deadline(
                    lambda: len(quick.asked) == 2 and len(house.box.mails) == 3, what="the others are told"
                )
                assert [json.loads(each.body)["data"]["update"] for each in quick.asked] == ["n1", "n2"]
                assert len(slow.asked) == 1
            finally:
                let_go.set()
                stop.set()
                watching.join()

    def test_what_was_said_first_arrives_first_also_after_a_failure(self, house: House) -> None:
        with running(Vendor(lambda asked: (204, {}, b""))) as receiver:
            receiver.forced = [(503, {}, b"")]
            desk.add_webhook(house.database, receiver.url, house.clock.now())
            house.told("n1")
            house.told("n2")
            assert house.post() == 1  # the second waits for the first
            assert house.post() == 0
            house.clock.ahead = SCHEDULE[0]
            assert house.post() == 2
            assert [json.loads(each.body)["data"]["update"] for each in receiver.asked] == ["n1", "n1", "n2"]

    def test_no_more_go_out_at_once_than_there_are_lanes(
        self, house: House, deadline: Callable[..., Any]
    ) -> None:
        slow = Slow(SystemClock())
        means = Means(None, LINKS, slow)
        postman = Postman(house.database, means, house.clock, {store.WEBHOOK: 3})
        for number in range(7):
            desk.add_webhook(house.database, f"https://hook.example/{number}", house.clock.now())
        house.told()
        tried: list[int] = []
        turning = threading.Thread(target=lambda: tried.append(postman.turn()))
        turning.start()
        try:
            deadline(lambda: slow.now == 3, what="three are on their way")
        finally:
            slow.let_go.set()
            turning.join()
        assert (tried, slow.most) == ([7], 3)
        assert len(set(slow.keys)) == len(slow.keys) == 7

    def test_what_came_of_a_message_is_written_down_when_the_store_is_back_and_nobody_is_told_twice(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with running(Vendor(lambda asked: (204, {}, b""))) as receiver:
            desk.add_webhook(house.database, receiver.url, house.clock.now())
            house.told()
            away = True
            stored = store.sent

            def sent(tx: Tx, number: int, at: datetime) -> None:
                if away:
                    raise StoreError("The disk is full.")
                stored(tx, number, at)

            monkeypatch.setattr(store, "sent", sent)
            with pytest.raises(StoreError):
                house.post()
            with pytest.raises(StoreError):
                house.post()
            away = False
            assert house.post() == 0
            assert len(receiver.asked) == 1
        with house.database.read() as tx:
            ((_, sums),) = store.listing(tx)
        assert (sums.sent, sums.waiting) == (1, 0)
