"""What a heartbeat tells: alerts, and one structured line for each missed deadline (docs/reference/response.md, JOB-04)."""

import json
from datetime import datetime

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.heartbeat import About, Missed, News, Standing, State
from tocsin.engine.jobs.heartbeat_spec import Spec
from tocsin.kit import codec, duration

Away = tuple[datetime, datetime]


def fingerprint(name: str) -> str:
    """Of every alert about this heartbeat's silence or failure."""
    return f"heartbeat:{name}"


def alert(
    spec: Spec,
    state: State,
    news: News,
    missed: Missed | None = None,
    away: Away | None = None,
    hint: str | None = None,
) -> Alert:
    """The alert of one piece of news.

    Args:
        state: after it. missed: the deadline that passed, if one did.
        away: tocsin itself could not be reached between these. hint: what else people should know.
    """
    labels = {
        "heartbeat": spec.name,
        "job": spec.name,
        "kind": "heartbeat",
        "standing": news.standing.value,
        "schedule": spec.schedule,
    }
    if missed is not None:
        labels["expected_at"] = missed.expected.isoformat()
        labels["deadline_at"] = missed.deadline.isoformat()
        labels["last_state"] = missed.last
    if state.exit is not None:
        labels["exit"] = str(state.exit)
    for name, value in (
        ("section", spec.section),
        ("severity", spec.severity),
        ("owner", spec.owner),
        ("hint", hint),
    ):
        if value is not None:
            labels[name] = value
    title = _title(spec, state, news, missed)
    if away is not None and missed is not None and away[0] <= missed.deadline and missed.expected <= away[1]:
        labels["tocsin_away"] = f"{away[0].isoformat()} to {away[1].isoformat()}"
        title += f" (tocsin itself was away {away[0]:%H:%M} to {away[1]:%H:%M} UTC)"
    if hint is not None:
        title += f" ({hint})"
    slow = news.about in (About.SLOW, About.USUAL)
    return Alert(
        f"{fingerprint(spec.name)}:slow" if slow else fingerprint(spec.name),
        AlertState.FIRING if news.about in (About.DOWN, About.SLOW) else AlertState.RESOLVED,
        title,
        f"heartbeat:{spec.name}",
        news.at,
        labels,
        impact=spec.impact,
        runbook_url=spec.runbook_url,
    )


def original(news: News, body: str | None) -> str:
    """What is kept beside the alert: what was found, and what the job said."""
    return codec.encode({"news": codec.plain(news), "body": body})


def line(spec: Spec, missed: Missed, now: datetime) -> str:
    """The log line of a missed deadline, as JSON."""
    return json.dumps(
        {
            "ts": now.isoformat(),
            "level": "warning",
            "event": "sla_missed",
            "job": spec.name,
            "schedule": spec.cron or spec.schedule,
            "tz": spec.zone if spec.cron is not None else None,
            "expected_at": missed.expected.isoformat(),
            "deadline_at": missed.deadline.isoformat(),
            "last_state": missed.last,
            "runbook_url": spec.runbook_url,
        }
    )


def _title(spec: Spec, state: State, news: News, missed: Missed | None) -> str:
    match news.about:
        case About.UP:
            return f"{spec.name}: reports success again"
        case About.USUAL:
            return f"{spec.name}: as fast as usual again"
        case About.SLOW:
            return f"{spec.name}: took {news.took or 0:.0f} s, usually {news.usual or 0:.0f} s"
        case About.DOWN:
            return f"{spec.name}: {_wrong(spec, state, news, missed)}"


def _wrong(spec: Spec, state: State, news: News, missed: Missed | None) -> str:
    if missed is not None:
        by = f"{missed.deadline:%Y-%m-%d %H:%M} UTC"
        return {
            "never_seen": f"has never reported; its first success was due by {by}",
            "missed": f"no success by {by}, it did not report",
            "failed": f"no success by {by}, it failed",
            "running": f"no success by {by}, it is not over",
        }[missed.last]
    if news.standing is Standing.TOO_LONG:
        return f"runs longer than {duration.spell(spec.rules.limit)}, and has not reported its end"
    status = f" with exit status {state.exit}" if state.exit is not None else ""
    return f"failed{status}"
