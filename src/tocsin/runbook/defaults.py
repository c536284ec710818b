"""What holds where a runbook is silent, and the clocks that follow.

Source of the numbers: response-process rules SEV-02, SEV-03, ESC-01 to ESC-03, and the post-mortem promise that
both example runbooks make. Where a default is used, lint says so (TOC414).
"""

from datetime import timedelta

from tocsin.runbook.policy.terms import EscalationLevel, Policy, SeverityLevel

RESPONSE_BY_RANK = (timedelta(0), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
ACKNOWLEDGE_IMMEDIATE = timedelta(minutes=5)  # "immediate" means paged at once and a yes within this
ESCALATE_AFTER = timedelta(minutes=30)
POST_MORTEM_DUE = timedelta(hours=48)
POST_MORTEM_RANKS = frozenset({0, 1})
INVESTIGATE_WITHIN = timedelta(minutes=15)
BASELINE_WITHIN = timedelta(minutes=15)
WATCH_FOR = timedelta(hours=1)
# The rank taken when nothing says how bad it is: major enough to page now, below a full outage (SEV-04, own).
UNKNOWN_RANK = 1


def effective_response(level: SeverityLevel, policy: Policy) -> timedelta:
    """The clock to respond for this level: what the runbook says, else the default of its rank.

    Ranks below the table take its last row.
    """
    if level.response is not None:
        return level.response
    position = sorted(policy.severities, key=lambda s: s.rank)
    rank = position.index(level) if level in position else level.rank
    return RESPONSE_BY_RANK[max(0, min(rank, len(RESPONSE_BY_RANK) - 1))]


def effective_acknowledge(level: SeverityLevel, policy: Policy) -> timedelta:
    """How long a page may stay unanswered before the next person is called: never zero (SEV-03)."""
    return max(effective_response(level, policy), ACKNOWLEDGE_IMMEDIATE)


def effective_escalation(
    level: EscalationLevel | None, severity: SeverityLevel, policy: Policy
) -> timedelta | None:
    """After how long unresolved the incident goes beyond this escalation level; None when it does not.

    A clock stated for some severities binds those only. Without a stated clock the default binds the two
    worst ranks; lesser severities do not escalate by themselves.
    """
    if level is not None and level.after is not None:
        if not level.severities or severity.name in level.severities:
            return level.after
        return None
    major = {s.name for s in sorted(policy.severities, key=lambda s: s.rank)[:2]}
    return ESCALATE_AFTER if severity.name in major or severity.rank in POST_MORTEM_RANKS else None


def effective_clock(name: str, severity: SeverityLevel, policy: Policy) -> timedelta | None:
    """The phase clock of this name ("investigate", "baseline", "watch", "post-mortem" …) for a severity.

    A clock stated for the severity wins; of several the strictest; then the default; None if there is none.
    """
    stated = [
        clock.limit
        for clock in policy.clocks
        if clock.name == name and (not clock.severities or severity.name in clock.severities)
    ]
    if stated:
        return min(stated)
    match name:
        case "investigate":
            return INVESTIGATE_WITHIN if severity.rank in POST_MORTEM_RANKS else None
        case "baseline":
            return BASELINE_WITHIN
        case "watch":
            return WATCH_FOR
        case "post-mortem":
            return POST_MORTEM_DUE if needs_post_mortem(severity, policy) else None
        case _:
            return None


def needs_post_mortem(severity: SeverityLevel, policy: Policy) -> bool:
    """Whether an incident of this severity is written up: as the runbook says, else the two worst ranks."""
    if policy.post_mortem_severities:
        return severity.name in policy.post_mortem_severities
    return severity.rank in POST_MORTEM_RANKS


def default_levels() -> tuple[str, ...]:
    """Names used when a runbook defines no severities at all, worst first."""
    return ("P0", "P1", "P2", "P3")
