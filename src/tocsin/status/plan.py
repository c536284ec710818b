"""What a team sets about its status page."""

import re
from dataclasses import dataclass
from datetime import timedelta

from tocsin.kit.ids import CheckName


@dataclass(frozen=True, slots=True)
class PlannedComponent:
    """Something users know by name, and the checks that speak for it; at least one."""

    name: str
    checks: tuple[CheckName, ...]
    group: str | None = None
    about: str | None = None

    @property
    def slug(self) -> str:
        """The name as part of an address."""
        return slug(self.name)


@dataclass(frozen=True, slots=True)
class Plan:
    """The page as it is set.

    Attributes:
        url: where it can be read, without a slash at its end. every: how often it is written at least.
        subscribe_url: where people ask for mails, or None. runbook_url: where the runbook can be read, or None.
        remediations_public: whether incidents lead readers there.
    """

    name: str
    url: str
    components: tuple[PlannedComponent, ...]
    about: str | None = None
    every: timedelta = timedelta(minutes=1)
    subscribe_url: str | None = None
    runbook_url: str | None = None
    remediations_public: bool = False

    @property
    def stale_after(self) -> timedelta:
        """From which age on the page must be taken for abandoned."""
        return max(self.every * 5, timedelta(minutes=5))


def slug(name: str) -> str:
    """Lower case letters, digits and hyphens; never empty.

    >>> slug("Check-out & Payments")
    'check-out-payments'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "component"
