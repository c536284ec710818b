"""What the checks saw while an incident lasted, counted from the stored samples."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tocsin.detection.check import Verdict
from tocsin.kit.ids import CheckName
from tocsin.postmortem.impact import Measured
from tocsin.store import checks
from tocsin.store.tx import Tx

_BEFORE = timedelta(minutes=15)  # trouble begins before the alert that confirms it
_MOST_SAMPLES = 100_000
_BAD = (Verdict.DOWN, Verdict.DEGRADED)


def measured(
    tx: Tx, subjects: Mapping[CheckName, str], declared: datetime, until: datetime
) -> tuple[Measured, ...]:
    """One count per check that has samples in that time.

    Args:
        subjects: what each check looks at, for people.
        declared: the samples of the quarter of an hour before it count too. until: the end of the incident.
    """
    found = []
    for name in sorted(checks.states(tx)):
        kept = checks.history(tx, name, declared - _BEFORE, _MOST_SAMPLES)
        taken = [sample for sample in kept if sample.at <= until]
        if taken:
            found.append(_count(name, subjects.get(name), taken))
    return tuple(found)


def _count(name: CheckName, subject: str | None, taken: Sequence[checks.KeptSample]) -> Measured:
    bad = [sample.at for sample in taken if sample.verdict in _BAD]
    well = next(
        (sample.at for sample in taken if bad and sample.verdict is Verdict.UP and sample.at > bad[-1]), None
    )
    unknown = sum(1 for sample in taken if sample.verdict is Verdict.UNKNOWN)
    return Measured(
        name, subject, len(taken), len(bad), unknown, bad[0] if bad else None, bad[-1] if bad else None, well
    )
