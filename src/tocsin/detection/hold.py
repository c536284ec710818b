"""Why a check may open no alert just now: planned work, or something it depends on is bad itself.

Only the opening is held back; measuring, showing and resolving go on (NOI-01, NOI-02, NOI-09).
"""

from collections.abc import Mapping
from datetime import UTC

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState, Hold
from tocsin.kit.ids import CheckName


def hold(spec: CheckSpec, sample: Sample, states: Mapping[CheckName, CheckState]) -> Hold | None:
    """What holds an alert of this check back at this sample, or None.

    A parent whose latest sample is down but that has not failed often enough yet holds as well: a child is often
    noticed before its parent. A parent that could not be measured holds nothing: unknown must silence nobody.

    Args:
        states: of all checks, before this sample.
    """
    if sample.verdict is Verdict.UNKNOWN or (sample.verdict is Verdict.UP and spec.burn is None):
        return None  # such a sample opens nothing
    for parent in spec.depends_on:
        state = states.get(parent)
        if state is None:
            continue
        if state.firing or state.held is not None:
            return Hold(f"depends on {parent}, which is down", anew=True)
        if state.last is not None and state.last.verdict is Verdict.DOWN:
            return Hold(f"depends on {parent}, which seems to be down", anew=False)
    for window in spec.maintenance:
        ends = window.open_at(sample.at)
        if ends is not None:
            return Hold(
                f"maintenance: {window.reason}, until {ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC", anew=False
            )
    return None


def circle(depends_on: Mapping[CheckName, tuple[CheckName, ...]]) -> tuple[CheckName, ...] | None:
    """Checks that depend on each other in a circle, in order, or None."""
    done: set[CheckName] = set()

    def walk(name: CheckName, path: tuple[CheckName, ...]) -> tuple[CheckName, ...] | None:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return None
        for parent in depends_on.get(name, ()):
            found = walk(parent, (*path, name))
            if found is not None:
                return found
        done.add(name)
        return None

    for name in depends_on:
        found = walk(name, ())
        if found is not None:
            return found
    return None
