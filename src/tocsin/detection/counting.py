"""One happening is nothing, many are trouble: how many of a kind within a window, and of how many in all.

A declined card wakes nobody; ten of them in five minutes do (PrepChef and CookCam: payments that fail). What is counted
are subjects, not messages: a payment that fails five times is one, and one that succeeds in the end is none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_WITHIN = timedelta(days=1)  # counted things are forgotten after twice that


@dataclass(frozen=True, slots=True)
class CountRule:
    """When many are an alert.

    Attributes:
        name: of small letters, unique within its integration.
        at_least: so many bad ones within `within`.
        share: and so large a part of all, from 0 to 1; None: whatever else there was.
        hold: how long the rule has to be kept again before the alert is over.
        what: of what, for people, in the plural: "payments failed".
    """

    name: str
    at_least: int
    within: timedelta
    share: float | None
    hold: timedelta
    what: str
    severity: str
    impact: str | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing that was told, to be counted by a rule.

    Attributes:
        subject: what it is about; the same subject counts once, by what was said of it last.
        bad: whether it went wrong. at: when, by the sender's clock.
    """

    rule: CountRule
    subject: str
    bad: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """What a window holds.

    Attributes:
        bad, good: subjects within the window, each by its latest word.
        oldest: when the oldest of the newest `at_least` bad ones was; None if there are fewer.
    """

    bad: int
    good: int
    oldest: datetime | None


def until(rule: CountRule, tally: Tally, now: datetime) -> datetime | None:
    """When the alert is over if nothing bad comes any more; None if the rule is kept.

    The window moves on: its oldest needed one leaves it, and the hold begins.
    """
    if tally.oldest is None or tally.bad < rule.at_least:
        return None
    if rule.share is not None and tally.bad < rule.share * (tally.bad + tally.good):
        return None
    return max(now, tally.oldest + rule.within) + rule.hold
