"""The runbook's promises, asked for by the severity an incident has now; defaults where the text is silent."""

from datetime import timedelta

from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.runbook import defaults
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.policy.terms import Policy, SeverityLevel

INITIAL_RESPONSE = timedelta(minutes=5)
STALE_BY_RANK = {0: timedelta(minutes=15), 1: timedelta(minutes=30), 2: timedelta(hours=4)}


def level(incident: Incident, policy: Policy) -> SeverityLevel:
    """The severity of an incident as the runbook defines it; one made from its rank if the text does not define it."""
    for found in policy.severities:
        if found.name == incident.severity:
            return found
    return SeverityLevel(incident.severity, incident.rank, None, (), None, Span(0, 0, 1, 1))


def acknowledge_within(incident: Incident, situation: Situation) -> timedelta:
    """How long a page may stay unanswered."""
    policy = situation.book.policy
    return defaults.effective_acknowledge(level(incident, policy), policy)


def escalate_after(incident: Incident, situation: Situation) -> timedelta | None:
    """After how long unresolved level 2 is called, acknowledged or not; None for lesser severities."""
    policy = situation.book.policy
    first = min(policy.escalation, key=lambda found: found.level, default=None)
    return defaults.effective_escalation(first, level(incident, policy), policy)


def investigate_within(incident: Incident, situation: Situation) -> timedelta | None:
    """How long the cause may stay unknown; None for lesser severities."""
    policy = situation.book.policy
    return defaults.effective_clock("investigate", level(incident, policy), policy)


def watch_window(situation: Situation, incident: Incident) -> timedelta:
    """How long things must stay good: the team's setting, else the runbook's promise, else one hour (RES-04)."""
    policy = situation.book.policy
    stated = defaults.effective_clock("watch", level(incident, policy), policy)
    return situation.settings.watch or stated or defaults.WATCH_FOR


def post_mortem_within(incident: Incident, situation: Situation) -> timedelta | None:
    """When the post-mortem is due after the end; None when none is required."""
    policy = situation.book.policy
    severity = level(incident, policy)
    if not defaults.needs_post_mortem(severity, policy):
        return None
    return defaults.effective_clock("post-mortem", severity, policy) or situation.settings.post_mortem


def initial_response_within(incident: Incident, situation: Situation) -> timedelta | None:
    """Within what the first things of a major incident exist: the runbook's own time, else five minutes (INI-02)."""
    if not incident.major:
        return None
    policy = situation.book.policy
    return defaults.effective_clock("initial-response", level(incident, policy), policy) or INITIAL_RESPONSE


def baseline_within(incident: Incident, situation: Situation) -> timedelta | None:
    """How long after a fix everything may take to be good again (RES-03)."""
    policy = situation.book.policy
    return defaults.effective_clock("baseline", level(incident, policy), policy)


def stale_after(incident: Incident) -> timedelta | None:
    """How long whoever acknowledged may stay silent; None for the mildest severity (PAG-07)."""
    return STALE_BY_RANK.get(incident.rank)
