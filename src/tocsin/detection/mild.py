"""Slow, or near a limit: a milder alert of a check that is not down, for teams that want to be told before it is (NOI-13).

It is an alert of its own. When the check goes down it ends, and the alert of the outage opens its own incident with its own
severity: what is mild never stands in for what is bad.
"""

from dataclasses import replace

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState, Hold, steady


def fingerprint(spec: CheckSpec) -> str:
    """The fingerprint of every milder alert of this check."""
    return f"check:{spec.name}:degraded"


def observe(
    spec: CheckSpec, state: CheckState, sample: Sample, hold: Hold | None = None
) -> tuple[CheckState, Alert | None]:
    """The state after a sample that `condition.observe` has counted, and the milder alert it causes, if any.

    Fires with the `spec.failures`-th measured sample in a row that was not up, if that one is degraded and no alert
    of an outage is open or held back. Over as an outage is: after good samples in a row, or when the outage begins.
    Nothing happens without `spec.impact_degraded`; an alert of it that is open then ends.
    """
    if sample.verdict is Verdict.UNKNOWN:
        return state, None
    streak = 0 if sample.verdict is Verdict.UP else state.mild_streak + 1
    counted = replace(state, mild_streak=streak)
    if counted.mild:
        if spec.impact_degraded is None or counted.firing or steady(spec, counted, sample):
            return replace(counted, mild=False), _alert(spec, sample, AlertState.RESOLVED)
        return counted, None
    due = sample.verdict is Verdict.DEGRADED and streak >= max(1, spec.failures)
    if spec.impact_degraded is None or not due or counted.firing or counted.held or hold is not None:
        return counted, None
    return replace(counted, mild=True), _alert(spec, sample, AlertState.FIRING)


def _alert(spec: CheckSpec, sample: Sample, what: AlertState) -> Alert:
    labels = {**sample.facts, "check": spec.name, "kind": spec.kind, "message": sample.message}
    if spec.section is not None:
        labels["section"] = spec.section
    return Alert(
        fingerprint=fingerprint(spec),
        state=what,
        title=f"{spec.title} (degraded)" if spec.title else f"{spec.name}: {sample.message}",
        source=f"check:{spec.name}",
        at=sample.at,
        labels=labels,
        impact=spec.impact_degraded,
    )
