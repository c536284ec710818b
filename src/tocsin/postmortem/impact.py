"""What the checks measured of the harm: how long, how many samples, where. Numbers with their source (PM-06)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.kit import duration


@dataclass(frozen=True, slots=True)
class Measured:
    """One check over the time of an incident.

    Attributes:
        check: its name. what: what it looks at ("https://api.cookcam.app/health"), or None.
        samples, bad: taken from shortly before the alert to the end; `bad` of them were down or degraded.
        unknown: samples of ours that say nothing, counted apart.
        first_bad, last_bad: of the bad ones. well_at: the first good sample after the last bad one, or None.
    """

    check: str
    what: str | None
    samples: int
    bad: int
    unknown: int
    first_bad: datetime | None
    last_bad: datetime | None
    well_at: datetime | None

    @property
    def down_for(self) -> timedelta | None:
        """From the first bad sample to the first good one after the last; None while it is not well."""
        return self.well_at - self.first_bad if self.first_bad and self.well_at else None


def lines(measured: Sequence[Measured]) -> tuple[str, ...]:
    """One line of Markdown per check that saw anything bad."""
    return tuple(_line(each) for each in measured if each.bad)


def _line(one: Measured) -> str:
    said = f"- `{one.check}`" + (f" ({one.what})" if one.what else "")
    share = 100 * one.bad / max(one.samples - one.unknown, 1)
    said += f": {one.bad} of {one.samples} samples bad ({share:.0f} %)"
    if one.unknown:
        said += f", {one.unknown} unknown"
    if one.first_bad:
        said += f", first {one.first_bad:%H:%M:%S}"
    down = one.down_for
    return f"{said}, well again after {duration.spell(down)}" if down else f"{said}, not seen well again"


def downtime(measured: Sequence[Measured]) -> timedelta | None:
    """From the first bad sample of any check to the moment all were well; None if that is not known."""
    touched = [each for each in measured if each.bad and each.first_bad]
    if not touched or any(each.well_at is None for each in touched):
        return None
    begun = min(each.first_bad for each in touched if each.first_bad)
    return max(each.well_at for each in touched if each.well_at) - begun
