"""How a check is judged, in sentences: when it opens an alert, when that ends, and what keeps people from being told."""

from datetime import timedelta

from tocsin.detection.check import CheckSpec
from tocsin.kit import duration


def explained(spec: CheckSpec) -> tuple[str, ...]:
    """One sentence each about measuring, opening, ending, and holding back."""
    sentences = [
        f"Looked at every {_span(spec.interval)}, for {_span(spec.timeout)} at most; late or skipped is unknown, "
        "never down.",
        _opens(spec),
        _ends(spec),
    ]
    if spec.depends_on:
        sentences.append(f"While {' or '.join(spec.depends_on)} is down, it opens no alert.")
    for window in spec.maintenance:
        when = (
            f"{window.cron} ({window.zone}) for {_span(window.lasts)}"
            if window.cron is not None
            else f"{window.begins:%Y-%m-%d %H:%M} to {window.ends:%Y-%m-%d %H:%M} UTC"
        )
        sentences.append(
            f"Planned work, {window.reason}: {when}; then it opens no alert, but is measured and ends one."
        )
    if spec.impact is not None:
        sentences.append(f"For users it means: {spec.impact}.")
    where = (
        f"goes to the section {spec.section}" if spec.section is not None else "is matched by its symptoms"
    )
    sentences.append(f"Its alert {where}.")
    return tuple(sentences)


def _opens(spec: CheckSpec) -> str:
    if spec.burn is not None:
        rule = spec.burn
        return (
            f"An alert opens when the error budget of {1 - rule.target:.3%} is spent more than {rule.factor:g} times "
            f"too fast over {_span(rule.long)} and over {_span(rule.short)}, with {rule.least} samples at least."
        )
    if spec.of is not None:
        return f"An alert opens when {spec.failures} of the last {spec.of} samples are down."
    return f"An alert opens after {spec.failures} down samples without an up one between them; degraded opens none."


def _ends(spec: CheckSpec) -> str:
    if spec.burn is not None:
        return f"It ends when the budget is spent slowly enough over {_span(spec.burn.long)}, and is quiet as long."
    held = f" over {_span(spec.hold)} at least" if spec.hold > timedelta() else ""
    return f"It ends after {spec.successes} up samples in a row{held}, and not while the check flaps."


def _span(value: timedelta) -> str:
    return duration.spell(value)
