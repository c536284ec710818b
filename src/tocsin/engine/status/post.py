"""Telling subscribers: an update is queued once for each of them, and handed over until it is taken or given up.

Begun is committed before sending, so a message whose end nobody saw goes out again with the same key. To each subscriber one
message is on its way at a time, in the order they were said; different subscribers do not wait for each other.
"""

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.connectors import status_mail, status_webhook
from tocsin.connectors.email_pager import EmailPager
from tocsin.engine.status.links import SubscriberLinks
from tocsin.errors import ConfigError, InputError, OutsideError, Permanent, Temporary, TocsinError
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.status import words
from tocsin.status.board import Board, PublicIncident, PublicUpdate
from tocsin.store import subscribers as store
from tocsin.store.database import Database

logger = logging.getLogger("tocsin.engine")

_TOLD_WITHIN = timedelta(days=1)  # what is older when it is first seen is history, not news
_LOOK = timedelta(seconds=2)
_GLANCE = timedelta(milliseconds=200)
_LAST_SECONDS = 18.0  # a receiver that hangs is given up after 15
LANES: Mapping[str, int] = {store.EMAIL: 4, store.WEBHOOK: 8}
"""So many messages are on their way at the same time: receivers that hang hold up neither mails nor all the others."""
CONFIRM_WITHIN = timedelta(hours=48)
# How long to wait after each try; then it is given up and, for a webhook, the address with it.
SCHEDULE = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """What a subscriber reads.

    Attributes:
        kind: "update" or "confirm". thread: the id of the incident, or None. link: where it can be read.
    """

    kind: str
    subject: str
    text: str
    at: datetime
    page: str
    link: str
    thread: str | None = None
    state: str = ""
    update: str = ""


def announce(database: Database, board: Board, now: datetime) -> int:
    """Queue every update that was sent and not yet handed to the subscribers. Returns how many messages are new."""
    known = {each.id: (incident, each) for incident in board.incidents for each in incident.updates}
    with database.read() as tx:
        new = [name for name in known if name not in store.announced(tx, known)]
    count = 0
    if new:
        with database.write() as tx:
            for name in sorted(new, key=lambda each: known[each][1].at):
                incident, update = known[name]
                old = now - update.at > _TOLD_WITHIN or update.withdrawn
                body = None if old else codec.encode(_message(board, incident, update))
                count += store.announce(tx, name, body, update.at, now)
    return count


def _message(board: Board, incident: PublicIncident, update: PublicUpdate) -> Message:
    state = words.SAID.get(update.state, "Update")
    link = f"{board.url}/incidents/{incident.id}.html"
    subject = f"{board.name}: {incident.name} ({state})"
    return Message(
        "update", subject, update.text, update.at, board.name, link, incident.id, update.state, update.id
    )


@dataclass(frozen=True, slots=True)
class Means:
    """What messages are sent with. `mail` and `links` are None where the settings have none."""

    mail: EmailPager | None
    links: SubscriberLinks | None
    webhook: status_webhook.StatusWebhook


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a message; no problem: it was taken."""

    outgoing: store.Outgoing
    problem: TocsinError | None


class Postman:
    """Hands messages over, several at a time: one to each subscriber, so that what was said first arrives first.

    A thread for each message does nothing but send it; whoever calls `turn` or `watch` writes down what came of it.
    """

    def __init__(
        self, database: Database, means: Means, clock: Clock, lanes: Mapping[str, int] | None = None
    ) -> None:
        self._database = database
        self._means = means
        self._clock = clock
        self._lanes = LANES if lanes is None else lanes
        self._ended = threading.Condition()  # guards both below
        self._going: Counter[str] = Counter()
        self._outcomes: list[_Outcome] = []

    def resume(self) -> int:
        """After a start: what was begun before goes out again. Returns how many."""
        with self._database.write() as tx:
            return store.resume(tx)

    def turn(self) -> int:
        """Send what is due, and wait for what comes of it. Returns how many messages were tried."""
        tried = 0
        while True:
            self._write_down()
            begun = self._begin()
            tried += begun
            with self._ended:
                if not begun and not self._going.total() and not self._outcomes:
                    return tried
                self._ended.wait_for(lambda: bool(self._outcomes))

    def watch(self, stop: threading.Event) -> None:
        """Send until told to stop; then what is being sent is waited for."""
        while not stop.is_set():
            try:
                self._write_down()
                self._begin()
            except TocsinError as problem:
                # What is begun stays begun, and what came of it is written down at the next look.
                logger.error("messages to subscribers: %s", problem)
                stop.wait(_LOOK.total_seconds())
            self._rest(stop)
        with self._ended:
            self._ended.wait_for(lambda: not self._going.total(), _LAST_SECONDS)
        try:
            self._write_down()
        except TocsinError as problem:
            logger.error("what became of messages to subscribers is not stored: %s", problem)

    def _rest(self, stop: threading.Event) -> None:
        """Until something was sent, or it is time to look again."""
        with self._ended:
            idle = not self._going.total()
        if idle:
            stop.wait(_LOOK.total_seconds())
            return
        with self._ended:
            for _ in range(_LOOK // _GLANCE):
                if self._outcomes or stop.is_set() or self._ended.wait(_GLANCE.total_seconds()):
                    return

    def _begin(self) -> int:
        """Begin what is due and has room. Returns how many that is."""
        now = self._clock.now()
        with self._database.read() as tx:
            due = store.next_due(tx)
            silent = store.unconfirmed(tx, now - CONFIRM_WITHIN)
        if silent:
            with self._database.write() as tx:
                store.forget_unconfirmed(tx, now - CONFIRM_WITHIN)
        with self._ended:
            room = {kind: most - self._going[kind] for kind, most in self._lanes.items()}
        if due is None or due > now or not any(room.values()):
            return 0
        with self._database.write() as tx:
            taken = [each for kind, free in room.items() if free for each in store.claim(tx, now, free, kind)]
        for each in taken:
            with self._ended:
                self._going[each.subscriber.kind] += 1
            threading.Thread(target=self._send, args=(each,), name="tocsin-post", daemon=True).start()
        return len(taken)

    def _send(self, outgoing: store.Outgoing) -> None:
        problem: TocsinError | None = None
        try:
            self._hand_over(outgoing)
        except (OutsideError, InputError, ConfigError) as found:
            problem = found
        except Exception as found:  # the edge of the thread: a fault of ours must not keep its place for ever
            logger.exception("a message could not be sent")
            problem = Permanent(f"our own fault: {type(found).__name__}: {found}.")
        with self._ended:
            self._going[outgoing.subscriber.kind] -= 1
            self._outcomes.append(_Outcome(outgoing, problem))
            self._ended.notify_all()

    def _write_down(self) -> None:
        """Store what came of what was sent. Raises StoreError: then it is kept here, and written down the next time."""
        while True:
            with self._ended:
                if not self._outcomes:
                    return
                outcome = self._outcomes[0]
            if outcome.problem is None:
                with self._database.write() as tx:
                    store.sent(tx, outcome.outgoing.id, self._clock.now())
            else:
                to = outcome.outgoing.subscriber
                logger.warning("%s subscriber %d was not told: %s", to.kind, to.id, outcome.problem.message)
                self._after(outcome.outgoing, outcome.problem)
            with self._ended:
                self._outcomes.remove(outcome)

    def _hand_over(self, outgoing: store.Outgoing) -> None:
        message = codec.decode(outgoing.body, Message)
        to = outgoing.subscriber
        if to.address is None:
            raise Permanent("the subscriber left.")
        if to.kind == store.WEBHOOK:
            data = {
                "update": message.update,
                "incident": message.thread,
                "status": message.state,
                "name": message.subject,
                "body": message.text,
                "url": message.link,
            }
            kind = "status.incident_updated"
            self._means.webhook.send(to.address, to.secret or "", outgoing.key, kind, message.at, data)
            return
        if self._means.mail is None or self._means.links is None:
            raise Temporary("no mail is set: status.mail and web.public_url are needed.")
        leave = self._means.links.leave(to.id) if message.kind == "update" else None
        text = (
            message.text
            if leave is None
            else f"{message.text}\n\n{message.link}\n\nNo more of these: {leave}\n"
        )
        status_mail.send(
            self._means.mail,
            status_mail.StatusMail(
                outgoing.key,
                to.address,
                message.subject,
                text,
                message.at,
                message.page,
                message.thread,
                leave,
            ),
        )

    def _after(self, outgoing: store.Outgoing, problem: TocsinError) -> None:
        now = self._clock.now()
        who = outgoing.subscriber
        with self._database.write() as tx:
            if isinstance(problem, status_webhook.Gone):
                store.leave(tx, who.id, now, "the receiver answered 410 Gone")
            elif not isinstance(problem, Temporary):
                store.failed(tx, outgoing.id, now, problem.message)
            elif outgoing.attempts <= len(SCHEDULE):
                wait = max(SCHEDULE[outgoing.attempts - 1], problem.retry_after or timedelta())
                store.later(tx, outgoing.id, now + wait, problem.message)
            else:
                store.failed(tx, outgoing.id, now, problem.message)
                if who.kind == store.WEBHOOK:
                    store.leave(tx, who.id, now, f"given up after {outgoing.attempts} tries")


def confirmation(page: str, url: str, link: str, at: datetime) -> Message:
    """The mail that asks whether an address wants this at all."""
    text = (
        f"Somebody, hopefully you, asked to be told of updates of {page} ({url}).\n\n"
        f"Confirm it here within {CONFIRM_WITHIN // timedelta(hours=1)} hours:\n{link}\n\n"
        "If it was not you, do nothing: you will hear no more, and the address is forgotten.\n"
    )
    return Message("confirm", f"{page} status: confirm your address", text, at, page, url)
