"""The desk where pages leave: which goes first, what goes together, by which channel, and what came of it.

Order (PAG-11): urgency, then whoever was notified least recently. Volume (PAG-12 to PAG-14): the first page of an
incident to a contact never waits for a limit; within a few seconds of the last message pages to one person leave as
one. Channels: a person's methods in order; one that fails or rests is passed over, and one that took the page and is
not answered is followed by the next. A note is committed before each socket opens and after each answer.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tocsin.connectors.api import PageMessage, Pager
from tocsin.engine.history import load
from tocsin.engine.paging import bundle, pace, receipts
from tocsin.engine.paging.channels import Channels, contact_of, manners_of, page_of, queued, usable
from tocsin.engine.paging.circuit import Circuits
from tocsin.engine.paging.settle import open_rooms, settle
from tocsin.engine.words import put_event
from tocsin.errors import Temporary, TocsinError
from tocsin.incident.commands import OpenRoom, Page, SettlePages
from tocsin.incident.events import PageFailed, PageResent, PageSent, RoomOpened
from tocsin.kit.clock import Clock
from tocsin.oncall.person import Method
from tocsin.store import deliveries, incidents, lease, outbox
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

TRIES = 5  # of one page over all methods, before its failure is final
BACKOFF = timedelta(seconds=2)
_TOGETHER = 50  # pages in one message
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Pages for one person that were taken from the outbox together.

    Attributes:
        noted: the message they will leave in, noted when they were taken; None if that is still open.
        more: whether something else may leave now.
    """

    rows: tuple[outbox.Claimed, ...]
    pages: tuple[Page, ...]
    noted: PageMessage | None = None
    more: bool = False


@dataclass(slots=True)
class _Tried:
    """What came of a parcel so far."""

    left: list[tuple[outbox.Claimed, Page]]
    errors: list[str] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)
    resting: list[timedelta] = field(default_factory=list)


# Stores what came of a command, however long the store refuses (see `Performers`).
Store = Callable[[outbox.Claimed, Callable[[Tx, datetime], object]], None]


class Desk:
    """Takes pages from the outbox and hands them over. Its methods are called by the performers' threads.

    Args:
        channels: an attribute too: may be replaced at any time, by others that still know the pagers of before.
        held: the lease that allows this process to act. name: of this process. store: keeps outcomes.
    """

    def __init__(
        self,
        database: Database,
        channels: Channels,
        clock: Clock,
        held: Callable[[], lease.Lease],
        name: str,
        store: Store,
    ) -> None:
        self._database = database
        self.channels = channels
        self._clock = clock
        self._held = held
        self._name = name
        self._store = store
        self._chance = random.Random()  # noqa: S311 -- spreads retries; nothing is guessed from it
        self._taking = threading.Lock()
        self._notified: dict[str, datetime] | None = None
        self.circuits = Circuits()

    # -- taking ------------------------------------------------------------------------------------------

    def take(self, kind: str) -> Parcel | None:
        """The next pages of a kind, marked as begun, or None if nothing may leave now."""
        with self._taking:
            now = self._clock.now()
            with self._database.read() as tx:
                if not outbox.is_due(tx, kind, now):
                    return None
                if self._notified is None:
                    self._notified = deliveries.last_notified(tx)
            with self._database.write() as tx:
                lease.check(tx, self._held())
                chosen = self._choose(tx, kind, now)
                if chosen is None:
                    return None
                first = page_of(chosen.body)
                together = [chosen.id, *self._companions(tx, kind, chosen, first, now)]
                rows = outbox.take(tx, now, together, holder=self._name)
                pages = tuple(page_of(row.body) for row in rows)
                noted = self._noted(tx, list(zip(rows, pages, strict=True)))
                more = outbox.is_due(tx, kind, now)
            self._notified[first.person] = now
        return Parcel(rows, pages, noted, more) if rows else None

    def _noted(self, tx: Tx, pairs: Sequence[tuple[outbox.Claimed, Page]]) -> PageMessage | None:
        """The note of the first attempt, in the same commit as the taking: a commit costs more than the page.

        None where it is not certain yet that the first method will be used.
        """
        methods = usable(self.channels, pairs[0][1]) if pairs else []
        if not methods or pairs[0][1].method > 0:
            return None
        method = methods[0][1]
        one_message = len(pairs) == 1 or manners_of(self.channels.pagers[method.pager]).bundles
        if not one_message or method.pager in self.circuits.resting():
            return None
        return self._note(tx, method, pairs)

    def _choose(self, tx: Tx, kind: str, now: datetime) -> outbox.Waiting | None:
        notified = self._notified or {}
        waiting = sorted(
            outbox.waiting(tx, kind, now),
            key=lambda each: (each.priority, notified.get(each.who or "", _LONG_AGO), each.id),
        )
        for each in waiting:
            hold = self._hold(tx, page_of(each.body), now)
            if hold is None:
                return each
            outbox.postpone(tx, each.id, hold)
        return None

    def _hold(self, tx: Tx, page: Page, now: datetime) -> datetime | None:
        """Until when a page waits for its contact's sake, or None if it leaves now."""
        methods = usable(self.channels, page)
        if not methods:
            return None
        method = methods[0][1]
        manners = manners_of(self.channels.pagers[method.pager])
        if not manners.bundles and not manners.limits:
            return None
        contact = contact_of(method)
        longest = max((limit.within for limit in manners.limits), default=timedelta())
        lately = deliveries.lately(tx, contact, now - max(longest, self.channels.paging.bundle), page.key)
        if page.kind in ("ask", "test") or not deliveries.reached(tx, page.incident, contact):
            # PAG-13: no limit delays it. It only waits for the others that come in the same few seconds.
            at = lately[-1] + self.channels.paging.bundle if lately and manners.bundles else now
        else:
            at = pace.earliest(manners.limits, lately, now)
        return at if at > now else None

    def _companions(self, tx: Tx, kind: str, chosen: outbox.Waiting, first: Page, now: datetime) -> list[int]:
        """What else waits for the same person and can leave in the same message."""
        methods = usable(self.channels, first)
        if not methods or chosen.who is None or first.kind == "test":
            return []
        if not manners_of(self.channels.pagers[methods[0][1].pager]).bundles:
            return []
        found = []
        for each in outbox.waiting_for(tx, kind, chosen.who):
            page = page_of(each.body)
            alike = (page.kind, page.method, page.drill) == (first.kind, first.method, first.drill)
            # What waits for an answer by an earlier method keeps waiting for it.
            if each.id != chosen.id and alike and (each.due <= now or page.method == 0):
                found.append(each.id)
        return found[: _TOGETHER - 1]

    # -- what is not a page ------------------------------------------------------------------------------

    def settle(self, row: outbox.Claimed, command: SettlePages) -> None:
        """Let channels know that it is answered or over."""
        self._done_or_again(row, settle(command, self.channels, self._database), ())

    def open_rooms(self, row: outbox.Claimed, command: OpenRoom) -> None:
        """Open the incident's chat channels."""
        hide = self.channels.redactor.redact
        opened, again = open_rooms(command, self.channels, (hide(command.subject), hide(command.body)))
        self._done_or_again(row, again, opened)

    def _done_or_again(
        self, row: outbox.Claimed, again: timedelta | None, opened: Iterable[RoomOpened]
    ) -> None:
        """What a channel was told need not be told again; what failed for now is tried a few times."""

        def tell(tx: Tx, now: datetime) -> None:
            for event in opened:
                put_event(tx, row.incident, event, f"pager:{event.pager}", now, f"{row.key}.{event.pager}")
            if again is None or row.attempts >= TRIES:
                outbox.finish(tx, row.id, "told" if again is None else "given up", now)
            else:
                outbox.retry(tx, row.id, now + again * row.attempts, "not every channel took it")

        self._store(row, tell)

    # -- handing over ------------------------------------------------------------------------------------

    def hand_over(self, parcel: Parcel) -> None:
        """Hand the pages to the first of the person's methods that takes them; report what came of each."""
        pairs = list(zip(parcel.rows, parcel.pages, strict=True))
        tried = _Tried([pair for pair in pairs if not self._pointless(*pair)])
        if not tried.left:
            return
        noted = parcel.noted
        for index, method in usable(self.channels, tried.left[0][1]):
            self._by(index, method, tried, noted)
            if not tried.left:
                return
            noted = None
        self._not_sent(tried)

    def fail(self, parcel: Parcel, why: str) -> None:
        """A defect of ours cut the handing over off: it is tried again."""
        self._not_sent(_Tried(list(zip(parcel.rows, parcel.pages, strict=True)), [why], [BACKOFF]))

    def _pointless(self, row: outbox.Claimed, page: Page) -> bool:
        """Whether a page by a later method has been answered meanwhile; then it ends here."""
        if page.method == 0 or page.kind != "page":
            return False
        with self._database.read() as tx:
            incident = load(tx, page.incident)
        if incident.open and not incident.acknowledged:
            return False
        self._store(row, lambda tx, now: outbox.finish(tx, row.id, "no longer needed", now))
        return True

    def _by(self, index: int, method: Method, tried: _Tried, noted: PageMessage | None) -> None:
        """Try one method for everything that is left."""
        pager = self.channels.pagers[method.pager]
        groups = [list(tried.left)] if manners_of(pager).bundles else [[pair] for pair in tried.left]
        for group in groups:
            if not self.circuits.permits(method.pager, self._clock.now()):
                tried.resting.append(self.circuits.rest(method.pager, self._clock.now()))
                continue
            problem = self._send(index, method, pager, group, noted)
            if problem is None:
                tried.left = [pair for pair in tried.left if pair not in group]
                continue
            tried.errors.append(f"{method.pager}: {problem.message}")
            if isinstance(problem, Temporary):
                tried.waits.append(problem.retry_after or timedelta())

    def _send(
        self,
        index: int,
        method: Method,
        pager: Pager,
        group: Sequence[tuple[outbox.Claimed, Page]],
        noted: PageMessage | None,
    ) -> TocsinError | None:
        """One message by one method. Returns the problem, or None when it was taken."""
        name = method.pager
        if noted is not None:
            message = noted
        else:
            with self._database.write() as tx:
                lease.check(tx, self._held())
                message = self._note(tx, method, group)
        try:
            receipt = pager.page(message)
        except TocsinError as problem:
            logger.warning("page %s by %s failed: %s", message.key, name, problem)
            if isinstance(problem, Temporary):
                self.circuits.failed(name, problem.message, self._clock.now(), problem.retry_after)
            else:
                self.circuits.worked(name)
            with self._database.write() as tx:
                lease.check(tx, self._held())
                deliveries.failed(tx, message.key, problem.message)
            return problem
        except BaseException:
            self.circuits.failed(name, "a defect of ours", self._clock.now(), None)
            raise
        self.circuits.worked(name)
        self._sent(group, index, method, message.key, receipt.reference)
        return None

    def _note(self, tx: Tx, method: Method, group: Sequence[tuple[outbox.Claimed, Page]]) -> PageMessage:
        """Note that the message is about to leave, and make it: secrets hidden, one key per method."""
        hide = self.channels.redactor.redact
        pages = [page for _, page in group]
        keys = [page.key for page in pages]
        key = f"{bundle.key(keys)}.{method.pager}"
        subject, body = bundle.text(pages)
        subject, body = hide(subject), hide(body)
        contact = contact_of(method)
        attempts = [
            deliveries.Attempt(
                f"{page.key}.{method.pager}", page.key, page.incident, page.person, method.pager, contact,
                page.kind, page.drill, subject, body,
            )
            for page in pages
        ]  # fmt: skip
        number = deliveries.begin(tx, key, attempts, self._clock.now())
        about = tuple(dict.fromkeys(page.incident for page in pages if page.incident))
        found = [row.severity for each in about if (row := incidents.get(tx, each)) is not None]
        severity = min((each for each in found if each), default="")
        links = self.channels.links
        token = None if links is None else links.token(number)
        return PageMessage(
            key, pages[0].person, method.address, subject, body,
            links.page(token) if links is not None and token is not None and about else None,
            pages[0].drill, pages[0].kind, about, severity, bundle.rank(severity), token,
            None if links is None else links.code(number),
            None if links is None else links.callback(method.pager),
            any(row.attempts > 1 for row, _ in group), self.channels.scope,
        )  # fmt: skip

    def _sent(
        self,
        group: Sequence[tuple[outbox.Claimed, Page]],
        index: int,
        method: Method,
        message: str,
        reference: str,
    ) -> None:
        """The channel has taken the message: for all its pages in one commit, so that none of them is sent again."""
        name = method.pager

        def tell(tx: Tx, now: datetime) -> None:
            deliveries.sent(tx, message, reference, now)
            noted = {each.attempt.page: each for each in deliveries.of_message(tx, message)}
            for row, page in group:
                outbox.finish(tx, row.id, "sent", now)
                if not page.incident:
                    continue
                again = page.method > 0
                event = (PageResent if again else PageSent)(page.key, name, reference)
                once = f"{page.key}.sent.{index}" if again else f"{page.key}.sent"
                put_event(tx, page.incident, event, f"pager:{name}", now, once)
                following = self._following(page, index)
                if following is not None:
                    outbox.put(tx, [self._later(row, page, following, now)])
                receipts.record(tx, noted[page.key], now)  # if its receipt came before we got here

        self._store(group[0][0], tell)

    def _following(self, page: Page, index: int) -> int | None:
        """The method after the one that took the page, if it is a page that wants an answer."""
        if page.kind != "page":
            return None
        return next((later for later, _ in usable(self.channels, page) if later > index), None)

    def _later(self, row: outbox.Claimed, page: Page, index: int, now: datetime) -> outbox.OutboxRow:
        """The same page by the next method, unless somebody answers before."""
        at = now + self.channels.paging.fallback
        key = f"{page.key}~{index}"
        return queued(replace(page, method=index), row.kind, row.priority + 1, at, key)

    def _not_sent(self, tried: _Tried) -> None:
        """No channel took what is left."""
        for row, page in tried.left:
            if not tried.errors and tried.resting:
                self._put_back(row, max(min(tried.resting), timedelta(milliseconds=200)))
            else:
                self._failed(row, page, tried)

    def _put_back(self, row: outbox.Claimed, wait: timedelta) -> None:
        """Its only channels rest: that was no try."""
        self._store(row, lambda tx, now: outbox.put_back(tx, row.id, now + wait, "its channel rests"))

    def _failed(self, row: outbox.Claimed, page: Page, tried: _Tried) -> None:
        why = (
            "is not reached by a rehearsal: no pager has drill = true"
            if page.drill
            else "cannot be reached by any method"
        )
        said = "; ".join(tried.errors or [f'"{page.person}" {why}'])
        waits = [*tried.waits, *tried.resting]
        final = not waits or row.attempts >= TRIES
        wait = max(BACKOFF * row.attempts, min(waits, default=BACKOFF))

        def tell(tx: Tx, now: datetime) -> None:
            if final:
                outbox.finish(tx, row.id, f"failed: {said}", now)
            else:
                outbox.retry(tx, row.id, now + wait * (1 + self._chance.random() / 4), said)
            if page.incident and page.method == 0:
                failed = PageFailed(page.key, "every method", said, final)
                put_event(tx, page.incident, failed, "tocsin", now, f"{page.key}.failed.{row.attempts}")

        if final:
            logger.error("page %s for %s reached nobody: %s", page.key, page.person, said)
        self._store(row, tell)
