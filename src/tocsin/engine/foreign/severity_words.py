"""What the severity a sender writes means here: a hint, never the last word (wire-formats 4).

P0 comes from the assessment against the runbook's own definitions, never from a label alone.
"""

from collections.abc import Mapping
from dataclasses import replace

from tocsin.detection.alert import Alert
from tocsin.detection.silence import SENDER_SEVERITY as SAID

RECORD = "record"  # kept and not paged
UNKNOWN = "P2"
_LABELS = ("severity", "priority")
_MEANS = {
    "critical": "P1", "crit": "P1", "page": "P1", "error": "P1", "fatal": "P1", "emergency": "P1", "high": "P1",
    "disaster": "P1", "p1": "P1", "warning": "P2", "warn": "P2", "p2": "P2", "p3": "P2", "medium": "P2",
    "average": "P2", "info": "P3", "information": "P3", "informational": "P3", "notice": "P3", "low": "P3",
    "debug": "P3", "p4": "P3", "none": "P3", "p5": RECORD, RECORD: RECORD,
}  # fmt: skip


def read(alert: Alert, own: Mapping[str, str]) -> tuple[Alert, bool, str | None]:
    """The alert with its severity in our words, whether it is only to be recorded, and a notice or None.

    Args:
        own: what words mean for this integration; in small letters, over the defaults.
    """
    label = next((name for name in _LABELS if alert.labels.get(name, "").strip()), None)
    if label is None:
        return alert, False, None
    word = alert.labels[label].strip()
    means = own.get(word.casefold()) or _MEANS.get(word.casefold())
    notice = None
    if means is None:
        means, notice = UNKNOWN, f'the severity "{word[:40]}" is unknown; taken as {UNKNOWN}'
    if means.casefold() == RECORD:
        return alert, True, notice
    labels = {**alert.labels, "severity": means}
    if word != means:
        labels[SAID] = word
    labels.pop("priority", None)
    return replace(alert, labels=labels), False, notice
