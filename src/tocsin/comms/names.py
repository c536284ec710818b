"""Words that stay in the house: people, machines, programs. Public drafts never hold them; sent texts are searched for them."""

import re

from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation

_HOST_IN_COMMAND = re.compile(r"\bssh\s+(?:-\S+\s+)*(?:[\w.-]+@)?(?P<host>[\w.-]+)")
_FULL_OUTAGE = re.compile(
    r"\b(?:complete|full|total|entire)\w*\b[^.]{0,30}\b(?:outage|down)\b|\bcompletely down\b", re.IGNORECASE
)
# Names so short or so common that they are words first.
_WORDS = frozenset({"local", "user", "users", "web", "api", "host", "team", "status", "the", "all"})


def internal_names(incident: Incident, situation: Situation) -> tuple[tuple[str, str], ...]:
    """(name, what it is) for everything an outsider has no business with."""
    found: dict[str, str] = {}
    for person in situation.roster.people:
        found[person.id] = "one of us"
        found[person.name] = "one of us"
    for host in situation.targets.hosts:
        found[host] = "a host of ours"
    for variable in situation.targets.variables:
        found[variable] = "a variable of ours"
    for run in incident.runs.values():
        for named in _HOST_IN_COMMAND.finditer(run.queued.text):
            found[named["host"]] = "a host of ours"
    for alert in incident.alerts.values():
        for label in ("host", "hostname", "instance", "node", "pod", "namespace", "container"):
            if alert.labels.get(label):
                found[alert.labels[label]] = f"a {label} of ours"
    return tuple(
        (name, what) for name, what in found.items() if len(name) > 1 and name.casefold() not in _WORDS
    )


def is_full_outage(incident: Incident) -> bool:
    """Whether the worst severity was given, or an alert says that nothing works at all."""
    impacts = [alert.impact or "" for alert in incident.alerts.values()]
    return incident.rank == 0 or any(_FULL_OUTAGE.search(impact) for impact in impacts)
