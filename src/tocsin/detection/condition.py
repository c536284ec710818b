"""When samples become an alert: n bad in a row, m bad of the last n, or a budget spent too fast.

Rules (docs/reference/response.md, "Noticing"): unknown counts as neither (NOI-03), recovery
is slower than failure (NOI-11), a flapping check keeps exactly one alert open (NOI-12), slow is degraded and
not down (NOI-13).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.burn import BurnState, fires, is_over, resolved
from tocsin.detection.burn import counted as counted_burn
from tocsin.detection.check import CheckSpec, Sample, Verdict

FLAP_WINDOW = 10  # measured samples looked at (NOI-12)
FLAP_CHANGES = 4  # changes between up and not up within them that make a check flap (NOI-12)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why no alert is opened just now; see `detection.hold`.

    Attributes:
        reason: for people: "maintenance: new disks, until 2025-10-07 04:00 UTC".
        anew: whether the failures are counted anew once this is over. What hung on a parent gets the time to come
            back; what still fails when planned work ends is alerted at once (NOI-08).
    """

    reason: str
    anew: bool


@dataclass(frozen=True, slots=True)
class CheckState:
    """What is known about a check after its samples so far.

    Attributes:
        verdict: of the check as a whole. Unknown until the first measurement and whenever the latest attempt
            measured nothing; down only once an alert fires or is held back, and until it resolves.
        since: when `verdict` took its present value, or None before the first sample.
        bad_streak: down samples since the last up one; unknown and degraded ones in between neither add nor reset.
        good_streak: up samples since the last down or degraded one; unknown ones neither add nor reset.
        last: the latest sample of any kind.
        firing: whether an alert of this check is open.
        bad_since: when the first down sample of the present streak was taken.
        recent: verdicts of the last measured samples, oldest first, for flapping and "m of the last n".
        good_since: when the first up sample of the present streak was taken.
        held: why the alert that is due is not opened, or None; held_count: how many samples were held back so;
            held_anew: whether failures are counted anew afterwards.
        burn: what is remembered for a rule by budget.
        mild: whether an alert is open because it is degraded; mild_streak: measured samples in a row that were not up
            (`detection.mild`).
    """

    verdict: Verdict = Verdict.UNKNOWN
    since: datetime | None = None
    bad_streak: int = 0
    good_streak: int = 0
    last: Sample | None = None
    firing: bool = False
    bad_since: datetime | None = None
    recent: tuple[Verdict, ...] = ()
    good_since: datetime | None = None
    held: str | None = None
    held_anew: bool = False
    held_count: int = 0
    burn: BurnState | None = None
    mild: bool = False
    mild_streak: int = 0

    @property
    def flapping(self) -> bool:
        """Whether it goes bad and good too often to believe either (NOI-12)."""
        changes = sum((a is Verdict.UP) != (b is Verdict.UP) for a, b in pairwise(self.recent[-FLAP_WINDOW:]))
        return changes >= FLAP_CHANGES


def fingerprint(spec: CheckSpec) -> str:
    """The fingerprint of every alert of this check."""
    return f"check:{spec.name}"


def observe(
    spec: CheckSpec, state: CheckState, sample: Sample, hold: Hold | None = None
) -> tuple[CheckState, Alert | None]:
    """The state after one more sample, and the alert it causes, if any.

    Fires after `spec.failures` down samples without an up one between them, or that many among the last `spec.of`;
    with `spec.burn` when the budget is spent too fast. Resolves after `spec.successes` up samples in a row and not
    before `spec.hold` is over, and while the check flaps not before it has calmed down. Degraded never fires, but is
    not healthy either: it starts the count of good samples again. Unknown changes nothing but what is shown.

    Args:
        hold: why no alert may be opened now; then the check counts as down and remembers why nobody was told.
    """
    counted = _count(spec, state, sample)
    alert: Alert | None = None
    if not counted.firing and _due(spec, counted, sample):
        counted, fired = _open(counted, hold)
        alert = _alert(spec, counted, sample, AlertState.FIRING) if fired else None
    elif _calm(spec, counted, sample):
        if counted.firing:
            alert = _alert(spec, counted, sample, AlertState.RESOLVED)
            counted = _ended(spec, counted, sample)
        counted = replace(counted, firing=False, held=None, held_anew=False, held_count=0)
    verdict = _verdict(counted, state.verdict, sample)
    since = sample.at if state.since is None or verdict is not state.verdict else state.since
    return replace(counted, verdict=verdict, since=since), alert


def _open(state: CheckState, hold: Hold | None) -> tuple[CheckState, bool]:
    """What becomes of an alert that is due: it fires, or it is held back."""
    if hold is not None:
        return replace(state, held=hold.reason, held_anew=hold.anew, held_count=state.held_count + 1), False
    if state.held is not None and state.held_anew and state.burn is None:
        # The parent is back: from here on the child's failures are its own.
        return replace(state, held=None, held_anew=False, bad_streak=1, recent=(Verdict.DOWN,)), False
    return replace(state, firing=True, held=None, held_anew=False), True


def _due(spec: CheckSpec, state: CheckState, sample: Sample) -> bool:
    """Whether the rule of this check is broken by this sample."""
    if spec.burn is not None:
        return sample.verdict is not Verdict.UNKNOWN and fires(
            spec.burn, state.burn or BurnState(), sample.at
        )
    return sample.verdict is Verdict.DOWN and _bad_enough(spec, state)


def _bad_enough(spec: CheckSpec, state: CheckState) -> bool:
    failures = max(1, spec.failures)
    if spec.of is None:
        return state.bad_streak >= failures
    return state.recent[-spec.of :].count(Verdict.DOWN) >= failures


def _calm(spec: CheckSpec, state: CheckState, sample: Sample) -> bool:
    """Whether what was bad is over with this sample."""
    if sample.verdict is Verdict.UNKNOWN or not (state.firing or state.held):
        return False
    if spec.burn is not None:
        return is_over(spec.burn, state.burn or BurnState(), sample.at)
    return steady(spec, state, sample) and not (spec.of is not None and _bad_enough(spec, state))


def steady(spec: CheckSpec, state: CheckState, sample: Sample) -> bool:
    """Whether it has been good often and long enough with this sample, and does not flap."""
    if sample.verdict is not Verdict.UP or state.good_streak < max(1, spec.successes) or state.flapping:
        return False
    return state.good_since is not None and sample.at - state.good_since >= spec.hold


def _ended(spec: CheckSpec, state: CheckState, sample: Sample) -> CheckState:
    if spec.burn is None:
        return state
    return replace(state, burn=resolved(spec.burn, state.burn or BurnState(), sample.at))


def _count(spec: CheckSpec, state: CheckState, sample: Sample) -> CheckState:
    seen = replace(state, last=sample)
    if sample.verdict is Verdict.UNKNOWN:
        return seen
    if spec.burn is not None:
        bad = sample.verdict is Verdict.DOWN or (
            spec.burn.degraded_is_bad and sample.verdict is Verdict.DEGRADED
        )
        seen = replace(seen, burn=counted_burn(spec.burn, state.burn or BurnState(), sample.at, bad))
    recent = (*state.recent, sample.verdict)[-max(FLAP_WINDOW, spec.of or 0) :]
    if sample.verdict is Verdict.UP:
        return replace(
            seen,
            bad_streak=0,
            bad_since=None,
            good_streak=state.good_streak + 1,
            good_since=state.good_since or sample.at,
            recent=recent,
        )
    if sample.verdict is Verdict.DEGRADED:
        return replace(seen, good_streak=0, good_since=None, recent=recent)
    return replace(
        seen,
        bad_streak=state.bad_streak + 1,
        bad_since=state.bad_since or sample.at,
        good_streak=0,
        good_since=None,
        recent=recent,
    )


def _verdict(counted: CheckState, before: Verdict, sample: Sample) -> Verdict:
    if sample.verdict is Verdict.UNKNOWN:
        return Verdict.UNKNOWN
    if counted.firing or counted.held is not None:
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
