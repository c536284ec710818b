"""From stored requests to the inbox: every alert of a request ends as a signal to be decided, or suppressed with a reason.

Requests of an integration are read in the order they came, each in one transaction with what comes of it, so that a crash repeats
nothing: what a request said is in the inbox, or the request still waits.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tocsin.connectors.alert_source import Read, Unreadable
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.correlate import Suppression
from tocsin.engine.foreign import hooks, severity_words
from tocsin.engine.foreign.counting import Broken, Counter
from tocsin.engine.foreign.elsewhere import ELSEWHERE, Acted
from tocsin.engine.foreign.integrations import Integration, Integrations
from tocsin.engine.intake import ALERT, Waiting, harmless, put_alert
from tocsin.incident.state import Stage
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import sha256
from tocsin.kit.redact import Redactor
from tocsin.store import alert_rows, changes, incidents, lease, requests, standings
from tocsin.store.alert_rows import NewAlert, NewSignal
from tocsin.store.database import Database
from tocsin.store.requests import State, Stored
from tocsin.store.standings import Standing
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.intake")

GROUP = (
    "alertgroup"  # a label of this name carries the group the sender made (connectors.alertmanager_webhook)
)
STALE_WITHIN = timedelta(minutes=5)  # no sender repeats a delivery for longer than that
_REQUESTS, _ALERTS = 64, 128  # in one transaction: what a person says meanwhile is decided after them
_FIRING, _RESOLVED = AlertState.FIRING.value, AlertState.RESOLVED.value


@dataclass(frozen=True, slots=True)
class Means:
    """What reading needs beside the store."""

    integrations: Integrations
    redactor: Redactor


@dataclass(slots=True)
class Unpacked:
    """What a request comes to.

    Attributes:
        alerts: as they are kept, in order, with the reason of those that are only recorded.
    """

    stored: Stored
    read: Read = field(default_factory=Read)
    alerts: list[tuple[Alert, str | None, str | None]] = field(default_factory=list)
    state: State = State.READ
    notes: list[str] = field(default_factory=list)


class Unpacker:
    """Reads what waits, a transaction's worth at a time."""

    def __init__(
        self, database: Database, means: Means, clock: Clock, held: Callable[[], lease.Lease]
    ) -> None:
        self._database = database
        self._means = means
        self._clock = clock
        self._held = held

    def turn(self) -> bool:
        """Read the next requests. Returns whether there were any.

        Raises:
            StoreError: nothing of it was kept; they wait as before.
        """
        with self._database.read() as tx:
            waiting = requests.pending(tx, _REQUESTS)
        if not waiting:
            return False
        together: list[Unpacked] = []
        count = 0
        for stored in waiting:
            together.append(unpack(stored, self._means))
            count += len(together[-1].alerts)
            if count >= _ALERTS:
                break
        with self._database.write() as tx:
            lease.check(tx, self._held())
            keep(tx, together, self._means, self._clock.now())
        return True


def unpack(stored: Stored, means: Means) -> Unpacked:
    """What a stored request says today. Never raises: what cannot be read is noted."""
    found = Unpacked(stored)
    integration = means.integrations.named(stored.request.integration)
    if integration is None:
        # It was set up when this was accepted. Its alerts were promised; they must not vanish with a line of settings.
        found.state = State.UNPARSED
        found.notes.append("its integration is no longer set up; add it again and replay this request")
        return found
    try:
        inbound = replace(hooks.stored_inbound(stored.request), integration=integration.name)
        found.read = integration.source.read(inbound)
    except Unreadable as problem:
        found.state = State.UNPARSED
        found.notes.append("; ".join(problem.errors))
        return found
    except Exception as problem:
        # The edge: a defect of one parser must not stop the reading of everybody else's alerts.
        logger.exception("request %s cannot be read", stored.id)
        found.state = State.UNPARSED
        found.notes.append(f"{type(problem).__name__}: {problem}")
        return found
    found.notes += [*found.read.errors, *found.read.notices]
    if len(inbound.body) > integration.format.soft_bytes:
        found.notes.append(hooks.OVERSIZE)
    if found.read.set_aside:
        found.notes.insert(0, found.read.set_aside)
    for alert in found.read.alerts:
        cleaned, group, recorded, notice = _cleaned(alert, integration, means.redactor)
        found.alerts.append((cleaned, group, recorded))
        if notice and notice not in found.notes:
            found.notes.append(notice)
    return found


def keep(tx: Tx, every: Sequence[Unpacked], means: Means, now: datetime) -> None:
    """What requests say, into the inbox; part of a transaction of the caller."""
    names = {alert.fingerprint for each in every for alert, _, _ in each.alerts}
    known = standings.of(tx, names)
    quiet = _quiet_incidents(tx, names)
    after: dict[str, Standing] = {}
    rows: list[NewAlert] = []
    to_decide: list[tuple[int, Alert, str] | NewSignal] = []
    settled: list[tuple[int, State, str | None, int]] = []
    counter = Counter()
    for each in every:
        request = each.stored.request
        if request.delivery is not None and requests.delivered_before(
            tx, request.integration, request.delivery, each.stored.id
        ):
            settled.append((each.stored.id, State.REPEATED, "this delivery came before", 0))
            continue
        for index, (alert, group, recorded) in enumerate(each.alerts):
            before = after.get(alert.fingerprint) or known.get(alert.fingerprint)
            text = codec.encode(alert)
            why = _recorded(alert, before, recorded) or _old(alert, text, before, quiet, now)
            rows.append(NewAlert(alert.fingerprint, alert.source, text, each.stored.id, group, why))
            if why is None:
                to_decide.append((len(rows) - 1, alert, f"{request.key}:{index}:{sha256(text)[:16]}"))
            if why is None or not why.startswith(Suppression.STALE_ORDER.value):
                until = each.read.until.get(each.read.alerts[index].fingerprint)
                after[alert.fingerprint] = _standing(alert, text, before, each, until, now)
        changes.put(tx, each.read.changes, now)
        to_decide += _told(each, means)
        counter.take(tx, request.integration, each.read.counted)
        settled.append((each.stored.id, each.state, "; ".join(each.notes) or None, len(each.alerts)))
    numbers = alert_rows.put_alerts(tx, rows, now)
    asked = [
        item
        if isinstance(item, NewSignal)
        else NewSignal(
            ALERT,
            codec.encode(Waiting(item[1], numbers[item[0]], rows[item[0]].group is not None)),
            item[1].source,
            item[2],
        )
        for item in to_decide
    ]
    alert_rows.put_signals(tx, asked, now)
    standings.save(tx, list(after.values()))
    requests.settle_all(tx, settled, now)
    _too_many(tx, counter.broken(tx, now), means, now)


def _too_many(tx: Tx, every: Sequence[Broken], means: Means, now: datetime) -> None:
    """Begin the alerts of rules that are broken, or let them last longer."""
    known = standings.of(tx, [each.alert.fingerprint for each in every])
    for each in every:
        integration = means.integrations.named(each.integration)
        if integration is None:
            continue
        alert, _, recorded, _ = _cleaned(each.alert, integration, means.redactor)
        before = known.get(alert.fingerprint)
        if before is None or before.state == _RESOLVED:
            text = codec.encode(alert)
            before = Standing(alert.fingerprint, each.integration, _FIRING, text, now, None, now, 0)
            if recorded is None:
                put_alert(tx, alert, text, now)
        lasting = replace(before, told_at=now, times=before.times + 1, until=each.until)
        standings.save(tx, [lasting])


def _told(each: Unpacked, means: Means) -> list[NewSignal]:
    """What people did elsewhere, to be decided after the alerts that came before it."""
    request = each.stored.request
    integration = means.integrations.named(request.integration)
    acts_as = None if integration is None else integration.acts_as
    return [
        NewSignal(
            ELSEWHERE, codec.encode(Acted(told, request.integration, acts_as)), request.integration,
            f"{request.key}:told:{index}",
        )
        for index, told in enumerate(each.read.told)
    ]  # fmt: skip


def _cleaned(
    alert: Alert, integration: Integration, redactor: Redactor
) -> tuple[Alert, str | None, str | None, str | None]:
    """The alert as it is kept, its group, why it is only recorded, and a notice."""
    own = dict(alert.labels)
    made = own.pop(GROUP, None)
    labels = {**own, **integration.labels}
    alert = replace(alert, labels=labels, drill=alert.drill or integration.drill)
    alert, recorded, notice = severity_words.read(alert, integration.severities)
    alert = harmless(_without_secrets(alert, redactor))
    reason = f"{Suppression.INFORMATIONAL.value}: its severity is only to be recorded" if recorded else None
    if integration.group_by:
        values = [f"{name}={alert.labels[name]}" for name in integration.group_by if name in alert.labels]
        return alert, f"{integration.name}:{','.join(values)}" if values else None, reason, notice
    return alert, f"{integration.name}:{made}"[:500] if made else None, reason, notice


def _without_secrets(alert: Alert, redactor: Redactor) -> Alert:
    """The alert as it may be kept and shown."""
    whole = "\x1f".join((alert.title, alert.impact or "", alert.runbook_url or "", *alert.labels.values()))
    if redactor.redact(whole) == whole:
        return alert  # one look at all of it is a tenth of the work, and finds nothing nearly always
    hide = redactor.redact
    return replace(
        alert,
        title=hide(alert.title),
        labels={name: hide(value) for name, value in alert.labels.items()},
        impact=None if alert.impact is None else hide(alert.impact),
        runbook_url=None if alert.runbook_url is None else hide(alert.runbook_url),
    )


def _recorded(alert: Alert, before: Standing | None, reason: str | None) -> str | None:
    """Only what is wrong is ever held back: that it is well again is always heard (C10)."""
    if reason is None or alert.state is AlertState.RESOLVED:
        return None
    return reason


def _old(
    alert: Alert, text: str, before: Standing | None, quiet: Mapping[str, str], now: datetime
) -> str | None:
    """Why nothing new is said by this alert, or None."""
    if before is None:
        return None
    if alert.state is AlertState.RESOLVED:
        if before.state == _RESOLVED and before.ended_at is not None and before.began_at >= alert.at:
            return f"{Suppression.DUPLICATE.value}: it is known to be over"
        return None
    if before.state == _RESOLVED:
        overtaken = (
            before.ended_at is not None
            and now - before.ended_at < STALE_WITHIN
            and alert.at <= before.began_at
        )
        began = f"{before.began_at:%H:%M:%S} UTC"
        return (
            f"{Suppression.STALE_ORDER.value}: the episode that began {began} is over already"
            if overtaken
            else None
        )
    where = quiet.get(alert.fingerprint)
    if where is None or not _same(alert, before):
        return None
    return f"{Suppression.DUPLICATE.value}: {where} knows it"


def _same(alert: Alert, before: Standing) -> bool:
    """Whether an alert says what was said before; the sender's clock does not count."""
    known = codec.decode(before.alert, Alert)
    return replace(alert, at=known.at) == known


def _standing(
    alert: Alert, text: str, before: Standing | None, each: Unpacked, until: datetime | None, now: datetime
) -> Standing:
    firing = alert.state is AlertState.FIRING
    again = before is not None and before.state == _FIRING
    began = min(before.began_at, alert.at) if before is not None and again and firing else alert.at
    if not firing and before is not None and again:
        began = max(before.began_at, alert.at)
    return Standing(
        alert.fingerprint,
        each.stored.request.integration,
        alert.state.value,
        text,
        began,
        None if firing else now,
        now,
        (before.times if before is not None and again else 0) + 1,
        until if firing else None,
        before.held if before is not None and again and firing else None,
        each.stored.id,
    )


def _quiet_incidents(tx: Tx, fingerprints: set[str]) -> dict[str, str]:
    """The open incident of each alert, if hearing the same of it again changes nothing there.

    While it is watched whether all stays well, everything that is said counts.
    """
    found: dict[str, str] = {}
    for fingerprint, incident, stage in incidents.open_of_fingerprints(tx, fingerprints):
        if stage == Stage.WATCHING.value:
            found.pop(fingerprint, None)
        else:
            found[fingerprint] = incident
    return found
