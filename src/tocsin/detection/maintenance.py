"""Maintenance windows: planned times in which a check opens no alert. It is measured, and resolves, all the same (NOI-01, NOI-02)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from tocsin.errors import ConfigError

LONGEST = timedelta(days=7)  # of a recurring window


@dataclass(frozen=True, slots=True)
class Window:
    """Planned work: once, or again and again.

    Attributes:
        reason: what is done, for people.
        begins, ends: of a window that comes once (UTC).
        cron, lasts, zone: of one that recurs: when it begins on the wall of that IANA zone, and how long it is.
    """

    reason: str
    begins: datetime | None = None
    ends: datetime | None = None
    cron: str | None = None
    lasts: timedelta = timedelta()
    zone: str = "UTC"

    def open_at(self, now: datetime) -> datetime | None:
        """When the window that is open now ends; None if none is. The end itself is outside."""
        if self.cron is None:
            begins, ends = self.begins, self.ends
            return ends if begins is not None and ends is not None and begins <= now < ends else None
        zone = ZoneInfo(self.zone)
        # Backwards from just after now: the last time it began, if that is not too long ago.
        begun = next(CronSim(self.cron, now.astimezone(zone) + timedelta(seconds=1), reverse=True), None)
        if begun is None or begun.astimezone(UTC) > now:
            return None
        ends = begun.astimezone(UTC) + self.lasts
        return ends if now < ends else None


def checked(window: Window) -> Window:
    """The window, if it can be meant. Raises ConfigError: no cron expression, no zone, no length, or too long a one."""
    if window.cron is None:
        if window.begins is None or window.ends is None or window.begins >= window.ends:
            raise ConfigError("a window of maintenance that comes once needs `from` and a later `until`.")
        return window
    try:
        zone = ZoneInfo(window.zone)
    except (KeyError, ValueError, OSError) as problem:
        raise ConfigError(
            f'"{window.zone}" is not a time zone.', hint="For example Europe/Berlin."
        ) from problem
    try:
        CronSim(window.cron, datetime(2025, 1, 1, tzinfo=zone))
    except CronSimError as problem:
        raise ConfigError(
            f'"{window.cron}" is not a cron expression: {problem}.', hint='For example "0 2 * * 0".'
        ) from problem
    if not timedelta() < window.lasts <= LONGEST:
        raise ConfigError(
            "a window of maintenance that recurs lasts up to a week.", hint='For example for = "2 h".'
        )
    return window
