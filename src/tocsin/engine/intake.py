"""Where alerts come in. Stored before we answer; decided by the engine, in order (people's words: `engine.words`).

Any process may call these: the command line, the HTTP door, whoever measures. Only the engine decides.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.detection.alert import Alert
from tocsin.kit import codec
from tocsin.kit.ids import sha256
from tocsin.kit.printable import printable
from tocsin.store import incidents, signals
from tocsin.store.database import Database
from tocsin.store.tx import Tx

_TITLE_CHARS, _FINGERPRINT_CHARS, _LABEL_CHARS = 300, 200, 2_000
ALERT = "Alert"  # a signal kind of its own: it has to find its incident first


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert as it waits: the claim, and the number of its stored original.

    Attributes:
        grouped: whether the original belongs to a group; None where an older tocsin stored it, which did not say.
    """

    alert: Alert
    number: int
    grouped: bool | None = None


def harmless(alert: Alert) -> Alert:
    """The same claim as printable lines of bounded length: titles are read by tired people, on terminals that obey escapes.

    The text as it came is kept beside it. The same fingerprint stays the same, another stays another.
    """
    key = kept_key(alert.fingerprint)
    labels = {_line(name, _LABEL_CHARS): _line(value, _LABEL_CHARS) for name, value in alert.labels.items()}
    return replace(
        alert,
        fingerprint=key,
        title=_line(alert.title, _TITLE_CHARS) or "(no title)",
        source=_line(alert.source, _TITLE_CHARS),
        labels=labels,
        impact=None if alert.impact is None else _line(alert.impact, _LABEL_CHARS),
        runbook_url=None if alert.runbook_url is None else _line(alert.runbook_url, _LABEL_CHARS),
    )


def kept_key(fingerprint: str) -> str:
    """A fingerprint as it is kept: the same stays the same, another stays another."""
    key = _line(fingerprint, _FINGERPRINT_CHARS)
    if key != fingerprint:
        key = f"{key[: _FINGERPRINT_CHARS - 17]}#{sha256(ascii(fingerprint))[:16]}"
    return key


def _line(text: str, limit: int) -> str:
    """One printable line of at most this many characters."""
    if len(text) > 20 * limit:
        text = text[: 20 * limit]  # nobody reads on, and cleaning a megabyte costs time
    line = " ".join(printable(_unicode(text)).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _unicode(text: str) -> str:
    """Without lone surrogates, which no encoding takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def put_alert(tx: Tx, alert: Alert, raw: str, now: datetime, dedup: str | None = None) -> int:
    """Keep an alert and its original text inside a transaction of the caller; returns the signal's number.

    An alert whose `dedup` is known was kept before: it is the same delivery again, and nothing new is kept.
    """
    if dedup is not None:
        known = signals.known(tx, dedup)
        if known is not None:
            return known
    alert = harmless(alert)
    number = incidents.put_alert(tx, alert.fingerprint, alert.source, _unicode(raw), now)
    return signals.put(
        tx,
        ALERT,
        codec.encode(Waiting(alert, number, False)),
        now,
        actor=alert.source,
        incident=None,
        dedup=dedup,
    )


def accept_alert(database: Database, alert: Alert, raw: str, now: datetime, dedup: str | None = None) -> int:
    """Keep an alert; returns after the commit, with the signal's number."""
    with database.write() as tx:
        return put_alert(tx, alert, raw, now, dedup)
