"""When samples become an alert: n bad in a row fire it, fewer good ones never take it back.

Rules (docs/reference/response.md, "Noticing"): unknown counts as neither (NOI-03), recovery
is slower than failure (NOI-11), a flapping check keeps exactly one alert open (NOI-12), slow is degraded and
not down (NOI-13).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict

FLAP_WINDOW = 10  # measured samples looked at (NOI-12)
FLAP_CHANGES = 4  # changes between up and not up within them that make a check flap (NOI-12)


@dataclass(frozen=True, slots=True)
class CheckState:
    """What is known about a check after its samples so far.

    Attributes:
        verdict: of the check as a whole. Unknown until the first measurement and whenever the latest attempt
            measured nothing; down only once an alert fires, and until it resolves.
        since: when `verdict` took its present value, or None before the first sample.
        bad_streak: down samples since the last up one; unknown and degraded ones in between neither add nor reset.
        good_streak: up samples since the last down or degraded one; unknown ones neither add nor reset.
        last: the latest sample of any kind.
        firing: whether an alert of this check is open.
        bad_since: when the first down sample of the present streak was taken.
        recent: verdicts of the last measured samples, oldest first, for flapping.
    """

    verdict: Verdict = Verdict.UNKNOWN
    since: datetime | None = None
    bad_streak: int = 0
    good_streak: int = 0
    last: Sample | None = None
    firing: bool = False
    bad_since: datetime | None = None
    recent: tuple[Verdict, ...] = ()

    @property
    def flapping(self) -> bool:
        """Whether it goes bad and good too often to believe either (NOI-12)."""
        changes = sum((a is Verdict.UP) != (b is Verdict.UP) for a, b in pairwise(self.recent))
        return changes >= FLAP_CHANGES


def fingerprint(spec: CheckSpec) -> str:
    """The fingerprint of every alert of this check."""
    return f"check:{spec.name}"


def observe(spec: CheckSpec, state: CheckState, sample: Sample) -> tuple[CheckState, Alert | None]:
    """The state after one more sample, and the alert it causes, if any.

    Fires after `spec.failures` down samples without an up one between them. Resolves after `spec.successes` up
    samples in a row, and while the check flaps not before it has calmed down. Degraded never fires, but is not
    healthy either: it starts the count of good samples again. Unknown changes nothing but what is shown.
    """
    counted = _count(state, sample)
    alert: Alert | None = None
    if not counted.firing and sample.verdict is Verdict.DOWN and counted.bad_streak >= max(1, spec.failures):
        counted = replace(counted, firing=True)
        alert = _alert(spec, counted, sample, AlertState.FIRING)
    elif (
        counted.firing
        and sample.verdict is Verdict.UP
        and counted.good_streak >= max(1, spec.successes)
        and not counted.flapping
    ):
        counted = replace(counted, firing=False)
        alert = _alert(spec, counted, sample, AlertState.RESOLVED)
    verdict = _verdict(counted, state.verdict, sample)
    since = sample.at if state.since is None or verdict is not state.verdict else state.since
    return replace(counted, verdict=verdict, since=since), alert


def _count(state: CheckState, sample: Sample) -> CheckState:
    seen = replace(state, last=sample)
    recent = (*state.recent, sample.verdict)[-FLAP_WINDOW:]
    match sample.verdict:
        case Verdict.UNKNOWN:
            return seen
        case Verdict.UP:
            return replace(
                seen, bad_streak=0, bad_since=None, good_streak=state.good_streak + 1, recent=recent
            )
        case Verdict.DEGRADED:
            return replace(seen, good_streak=0, recent=recent)
        case Verdict.DOWN:
            since = state.bad_since or sample.at
            return replace(
                seen, bad_streak=state.bad_streak + 1, bad_since=since, good_streak=0, recent=recent
            )


def _verdict(counted: CheckState, before: Verdict, sample: Sample) -> Verdict:
    if sample.verdict is Verdict.UNKNOWN:
        return Verdict.UNKNOWN
    if counted.firing:
        return Verdict.DOWN
    if sample.verdict is not Verdict.DOWN:
        return sample.verdict
    # One failure is not yet an outage: the word from before stays until it is confirmed. Only DOWN cannot stay,
    # because nothing fires (a state taken over from another version or another threshold).
    return Verdict.UNKNOWN if before is Verdict.DOWN else before


def _alert(spec: CheckSpec, state: CheckState, sample: Sample, what: AlertState) -> Alert:
    labels = dict(sample.facts)
    labels["check"] = spec.name
    labels["kind"] = spec.kind
    labels["message"] = sample.message
    if spec.section is not None:
        labels["section"] = spec.section
    if state.bad_since is not None:
        labels["since"] = state.bad_since.isoformat()
    return Alert(
        fingerprint=fingerprint(spec),
        state=what,
        title=spec.title or f"{spec.name}: {sample.message}",
        source=f"check:{spec.name}",
        at=sample.at,
        labels=labels,
        impact=spec.impact,
    )
