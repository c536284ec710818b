"""`[synthetics]` of tocsin.toml: which endpoints are timed, against what promise, and who hears of a breach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.app.settings_file import Place
from tocsin.detection.synthetic import BAD_OF_EXTRA, EXTRA
from tocsin.jobs.deadline import schedule
from tocsin.kit.keys import Keys

Expand = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class SyntheticsSettings:
    """How the synthetics are made. What is None is taken from the runbook, else from the defaults.

    Attributes:
        base_url: in front of every path; ${NAME} for a variable. paths: `{name}` stands for each of `values[name]`.
        threshold, percentile, samples: the promise. setting: name of the variable that overrides the threshold.
        at_once: endpoints measured at the same time; the samples of one endpoint always follow each other.
        extra, bad_of_extra: the confirmation of a failure.
        out: where `latest.json` goes. stale_after: readers distrust it after that.
        webhook_on: "fail" (every failed run, as the seed's CI does) or "confirmed".
        runbook_url: where the runbook can be read; its sections are linked below it.
        impact, impact_slow: what it means for users that an endpoint fails, or is too slow, in the runbook's words.
        cron, zone: when `tocsin serve` makes a run; None: never by itself. deadline: a run must be over so long after.
    """

    base_url: str | None
    paths: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    threshold: timedelta | None
    percentile: float | None
    samples: int | None
    setting: str | None
    timeout: timedelta
    at_once: int
    headers: tuple[tuple[str, str], ...]
    extra: int
    bad_of_extra: int
    out: Path | None
    stale_after: timedelta
    webhook_on: str
    runbook_url: str | None
    section: str | None
    impact: str | None
    impact_slow: str | None
    expand: Expand
    cron: str | None = None
    zone: str = "UTC"
    deadline: timedelta = timedelta(minutes=10)


def read_synthetics(
    table: Mapping[str, object], place: Place, base: Path, expand: Expand
) -> SyntheticsSettings:
    """The table as values; an empty table is all defaults. Raises ConfigError naming file and key."""
    rest = {key: value for key, value in table.items() if key != "values"}
    keys = Keys(f"{place.file}: synthetics", rest)
    extra = keys.whole("confirm_samples", EXTRA, least=1, most=1000)
    on = keys.text_or_none("webhook_on") or "fail"
    if on not in ("fail", "confirmed"):
        raise keys.wrong("webhook_on", 'is "fail" (every failed run) or "confirmed"')
    percentile = keys.number_or_none("percentile", 1, 100)
    paths = tuple(str(path) for path in keys.list_of("paths"))
    for path in paths:
        if not path.startswith("/"):
            raise keys.wrong("paths", f'holds "{path}", which does not begin with /')
    out = keys.text_or_none("out")
    found = SyntheticsSettings(
        base_url=keys.text_or_none("base_url"),
        paths=paths,
        values=_values(table.get("values", {}), place),
        threshold=keys.duration_or_none("threshold"),
        percentile=percentile,
        samples=keys.whole("samples", least=1, most=10_000) if "samples" in table else None,
        setting=keys.text_or_none("threshold_variable"),
        timeout=keys.duration_or_none("timeout") or timedelta(seconds=10),
        at_once=keys.whole("at_once", 4, least=1, most=64),
        headers=keys.texts("headers"),
        extra=extra,
        bad_of_extra=keys.whole("confirm_bad", min(BAD_OF_EXTRA, extra), least=1, most=extra),
        out=base / Path(out).expanduser() if out is not None else None,
        stale_after=keys.duration_or_none("stale_after") or timedelta(minutes=90),
        webhook_on=on,
        runbook_url=keys.text_or_none("runbook_url"),
        section=keys.text_or_none("section"),
        impact=keys.text_or_none("impact"),
        impact_slow=keys.text_or_none("impact_slow"),
        expand=expand,
        cron=keys.text_or_none("schedule"),
        zone=keys.text_or_none("zone") or "UTC",
        deadline=keys.duration_or_none("deadline") or timedelta(minutes=10),
    )
    if found.cron is not None:
        try:
            schedule(found.cron, found.zone, found.deadline)
        except ValueError as problem:
            raise keys.wrong("schedule", f"cannot be used: {problem}") from problem
    keys.done()
    return found


def _values(written: object, place: Place) -> dict[str, tuple[str, ...]]:
    problem = place.error(
        "synthetics.values",
        "is a table of lists.",
        'For example values.slug = ["san-francisco", "joshua-tree"].',
    )
    if not isinstance(written, dict):
        raise problem
    found = {}
    for name, values in written.items():
        if (
            not isinstance(values, list)
            or not values
            or not all(isinstance(value, str) and value for value in values)
        ):
            raise problem
        found[str(name)] = tuple(values)
    return found
