"""What Prometheus, Alertmanager and Grafana have in common: an alert is its labels, and lasts from a start to an end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.detection.alert import Alert, AlertState

_OFFSET, _PRIME, _ALL = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF
_TITLES = ("summary", "title", "description", "message")
_RUNBOOKS = ("runbook_url", "runbook")


def fingerprint(labels: Mapping[str, str]) -> str:
    """The identity of a set of labels, as Alertmanager and Grafana write it: 16 hexadecimal digits of FNV-1a.

    >>> fingerprint({"alertname": "A", "r": "a", "severity": "critical"})
    '8a5aefcebcf99816'
    """
    digest = _OFFSET
    for name in sorted(labels):
        for byte in name.encode("utf-8", "surrogatepass") + b"\xff" + labels[name].encode("utf-8", "surrogatepass") + b"\xff":  # fmt: skip
            digest = ((digest ^ byte) * _PRIME) & _ALL
    return f"{digest:016x}"


@dataclass(frozen=True, slots=True)
class Posted:
    """One alert as these senders write it, read into types.

    Attributes:
        key: its fingerprint as the sender has it, or computed. begun: of the episode; None if the sender says none.
        links: more addresses that are worth a click, by name.
    """

    key: str
    firing: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    begun: datetime | None
    links: Mapping[str, str]


def alert(posted: Posted, integration: str, received_at: datetime) -> Alert:
    """The same in our own terms.

    `at` is when the episode began, also of one that is over: that is how a claim that was overtaken on its way is known.
    A resolved alert often comes without annotations; what the firing one said of its title stays.
    """
    notes = posted.annotations
    title = next((found for name in _TITLES if (found := notes.get(name, "").strip())), "")
    labels = {**posted.links, **posted.labels}
    said = notes.get("description") or notes.get("message")
    if said and said.strip() != title:
        labels.setdefault("description", said)
    return Alert(
        f"{integration}:{posted.key}",
        AlertState.FIRING if posted.firing else AlertState.RESOLVED,
        title or _named(posted.labels),
        integration,
        posted.begun or received_at,
        labels,
        notes.get("impact") or None,
        next((found for name in _RUNBOOKS if (found := notes.get(name, "").strip())), None),
    )


def _named(labels: Mapping[str, str]) -> str:
    """What an alert without a summary is called: its name, and what else tells it from others."""
    name = labels.get("alertname", "")
    rest = " ".join(f"{key}={value}" for key, value in sorted(labels.items()) if key != "alertname")
    return f"{name} ({rest})" if name and rest else name or rest or "an alert without labels"
