"""Sentry's `monitor_config`: the schedule and the limits of a job, told by the job itself."""

from datetime import timedelta

from tocsin.detection.heartbeat import Rules
from tocsin.engine.jobs.heartbeat_spec import Spec, possible

_UNITS = {
    "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1),
}  # fmt: skip
_MONTHS = {"month": 1, "year": 12}
_MARGIN = timedelta(minutes=1)
_LIMIT = timedelta(minutes=30)
_MOST_MINUTES = 366 * 24 * 60
_MOST_COUNT = 10_000


class Wrong(ValueError):
    """What a check-in says cannot be understood; the text says what."""


def monitor(name: str, config: object) -> Spec:
    """The heartbeat that a monitor_config describes. Raises Wrong."""
    if not isinstance(config, dict):
        raise Wrong("invalid monitor_config: not an object")
    schedule = config.get("schedule")
    if not isinstance(schedule, dict):
        raise Wrong("invalid monitor_config: schedule is missing")
    zone = config.get("timezone") or "UTC"
    rules = Rules(
        grace=_minutes(config.get("checkin_margin"), _MARGIN),
        limit=_minutes(config.get("max_runtime"), _LIMIT),
        wall=schedule.get("type") == "crontab",
        start_counts=True,
        failures=_count(config.get("failure_issue_threshold")),
        recoveries=_count(config.get("recovery_threshold")),
    )
    owner = config.get("owner")
    spec = Spec(name, rules, owner=owner if isinstance(owner, str) else None)
    return _scheduled(spec, schedule.get("type"), schedule, zone)


def _scheduled(spec: Spec, kind: object, schedule: dict[str, object], zone: object) -> Spec:
    value = schedule.get("value")
    match kind, value:
        case "crontab", str(cron) if isinstance(zone, str):
            found = Spec(spec.name, spec.rules, cron=cron, zone=zone, owner=spec.owner)
            try:
                possible(found)
            except ValueError as problem:
                raise Wrong(f"invalid monitor_config: {problem}") from problem
            return found
        case "interval", int(number) if not isinstance(number, bool) and 1 <= number <= _MOST_COUNT:
            unit = schedule.get("unit")
            if unit in _MONTHS:
                return Spec(spec.name, spec.rules, months=_MONTHS[str(unit)] * number, owner=spec.owner)
            if unit in _UNITS:
                return Spec(spec.name, spec.rules, every=_UNITS[str(unit)] * number, owner=spec.owner)
            raise Wrong("invalid monitor_config: schedule.unit is year, month, week, day, hour or minute")
        case _:
            raise Wrong(
                "invalid monitor_config: schedule.type is crontab or interval, with a value that fits"
            )


def _minutes(value: object, default: timedelta) -> timedelta:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_MINUTES:
        return timedelta(minutes=value)
    return default


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_COUNT:
        return value
    return 1
