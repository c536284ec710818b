"""What has to be looked at again and again about foreign alerts: what lapsed, which silence ended, whether all is accounted for.

An alert that names its own end is over when the end passes (wire-formats 4.5). One that a silence held back and that
still fires when the silence ends is decided then (NOI-08). Every accepted alert must be linked, suppressed or on its
way (C9), and who fails to prove itself again and again is our own alarm (C14).
"""

import logging
from datetime import datetime, timedelta

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.correlate import Suppression
from tocsin.detection.counting import MOST_WITHIN
from tocsin.detection.silence import holding, meant_labels
from tocsin.engine.intake import put_alert
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.store import incidents, lease, occurrences, requests, silences, standings
from tocsin.store.database import Database
from tocsin.store.requests import Ledger, State
from tocsin.store.standings import Standing
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.intake")

KEEP = timedelta(days=30)
QUARANTINE, QUARANTINE_KEEP = 100, timedelta(days=7)
REFUSALS, REFUSED_WITHIN, REFUSED_QUIET = 3, timedelta(minutes=5), timedelta(minutes=30)
LATE = timedelta(seconds=60)
_LEDGER_EVERY, _PRUNE_EVERY = timedelta(seconds=60), timedelta(hours=1)
_LOOK_BACK = 20_000  # requests: the latest are counted each time, the rest were counted before
_LAPSES = 200
_AUTH = ("request could not prove who sent it", "requests could not prove who sent them")
_UNREAD = (
    "request was not understood (tocsin intake list)",
    "requests were not understood (tocsin intake list)",
)
_SOURCE, _OWN = "tocsin", "tocsin:intake:"


class IntakeKeeper:
    """Turned every second while this process leads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ledger_due = self._prune_due = clock.now()
        self._told: set[str] | None = None
        self.ledger: Ledger | None = None

    def turn(self, held: lease.Lease) -> None:
        """Do what is due. Raises StoreError, lease.Lost."""
        now = self._clock.now()
        with self._database.read() as tx:
            late = standings.lapsed(tx, now, _LAPSES)
            freed = _freed(tx, now)
        if late or freed:
            with self._database.write() as tx:
                lease.check(tx, held)
                _lapse(tx, late, now)
                for standing in freed:
                    _decide_again(tx, standing, now)
        if now >= self._ledger_due:
            self._ledger_due = now + _LEDGER_EVERY
            self._account(held, now)
        if now >= self._prune_due:
            self._prune_due = now + _PRUNE_EVERY
            with self._database.write() as tx:
                lease.check(tx, held)
                requests.prune(tx, now - KEEP, now - QUARANTINE_KEEP, QUARANTINE)
                occurrences.prune(tx, now - 2 * MOST_WITHIN)

    def recount(self) -> None:
        """Count at the next turn, not in a minute."""
        self._ledger_due = self._clock.now()

    def _account(self, held: lease.Lease, now: datetime) -> None:
        """Count, and say aloud what does not add up."""
        with self._database.read() as tx:
            if self._told is None:
                # What an earlier life said and nobody has called off yet.
                rows = incidents.listing(tx, open_only=True, limit=1_000)
                self._told = {name for row in rows for name in row.fingerprints if name.startswith(_OWN)}
            after = max(requests.newest(tx) - _LOOK_BACK, 0)
            found = self.ledger = requests.ledger(tx, after)
            refused, unread = (
                (
                    requests.counted_since(tx, state, now - REFUSED_WITHIN),
                    requests.counted_since(tx, state, now - REFUSED_QUIET),
                )
                for state in (State.REFUSED, State.UNPARSED)
            )
        claims: list[Alert] = []
        stuck = found.oldest is not None and now - found.oldest > LATE
        self._claim(claims, "intake:pending", stuck, now, f"{found.pending} accepted alerts wait to be decided, the oldest since {found.oldest:%H:%M:%S} UTC" if found.oldest else "no accepted alert waits")  # fmt: skip
        self._claim(
            claims, "intake:ledger", not found.balanced, now,
            f"{found.accepted} alerts were accepted; {found.linked} linked, {found.suppressed} suppressed, {found.pending} pending",
        )  # fmt: skip
        self._troubles(claims, "auth", refused, REFUSALS, now, _AUTH)
        self._troubles(claims, "unparsed", unread, 1, now, _UNREAD)
        if claims:
            with self._database.write() as tx:
                lease.check(tx, held)
                for each in claims:
                    put_alert(tx, each, codec.encode(each), now)

    def _troubles(
        self,
        claims: list[Alert],
        kind: str,
        counts: tuple[dict[str, int], dict[str, int]],
        least: int,
        now: datetime,
        what: tuple[str, str],
    ) -> None:
        """Of each integration: so many in five minutes, and while it is known until half an hour without any."""
        fresh, lately = counts
        told = self._told or set()
        known = {each.rpartition(":")[2] for each in told if f":{kind}:" in each}
        for name in sorted({*lately, *known}):
            key = f"intake:{kind}:{name}"
            wrong = fresh.get(name, 0) >= least or (f"tocsin:{key}" in told and name in lately)
            count = fresh.get(name, 0)
            self._claim(claims, key, wrong, now, f"integration {name}: {count} {what[count != 1]}")

    def _claim(self, claims: list[Alert], name: str, wrong: bool, now: datetime, title: str) -> None:
        """Say what is wrong once, and once that it is well again."""
        key = f"tocsin:{name}"
        told = self._told if self._told is not None else set()
        if wrong is (key in told):
            return
        state = AlertState.FIRING if wrong else AlertState.RESOLVED
        claims.append(Alert(key, state, title, _SOURCE, now, {"severity": "P2"}))
        if wrong:
            told.add(key)
            logger.critical("%s", title)
        else:
            told.discard(key)


def _lapse(tx: Tx, late: tuple[Standing, ...], now: datetime) -> None:
    """What was not told again is over. `ended_at` stays empty: if it is told once more it has begun again."""
    for standing in late:
        if standing.state == AlertState.FIRING.value:
            said = codec.decode(standing.alert, Alert)
            over = Alert(
                said.fingerprint,
                AlertState.RESOLVED,
                said.title,
                said.source,
                now,
                said.labels,
                None,
                None,
                said.drill,
            )
            put_alert(tx, over, codec.encode(over), now, f"lapse:{standing.fingerprint}:{standing.until}")
    standings.save(
        tx,
        [
            Standing(
                each.fingerprint, each.integration, AlertState.RESOLVED.value, each.alert, each.began_at, None,
                each.told_at, each.times, None, None, each.request,
            )
            for each in late
        ],
    )  # fmt: skip


def _freed(tx: Tx, now: datetime) -> tuple[Standing, ...]:
    """What a silence held back, that fires, and that no silence holds any more."""
    waiting = [each for each in standings.held(tx) if each.held == Suppression.SILENCED.value]
    if not waiting:
        return ()
    standing_by = silences.current(tx, now)
    return tuple(
        each
        for each in waiting
        if holding(standing_by, meant_labels(codec.decode(each.alert, Alert)), now) is None
    )


def _decide_again(tx: Tx, standing: Standing, now: datetime) -> None:
    said = codec.decode(standing.alert, Alert)
    put_alert(tx, said, standing.alert, now, f"freed:{standing.fingerprint}:{now.isoformat()}")
    standings.hold(tx, standing.fingerprint, None)
