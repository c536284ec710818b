"""Whether it is we who are cut off: one alert for it, instead of silence about everything that cannot be measured (NOI-05).

A check that could not be measured because our own network or our own name servers are away is unknown, and unknown opens
nothing. When that is so for a stated share of the checks that go over the network, one alert says so, and it resolves by
itself. Nothing is held back meanwhile: what is found to be down is down.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState
from tocsin.kit.ids import CheckName

FACT = "cut_off"
"""The fact by which a prober says that our own network or name servers are away."""
FINGERPRINT = "tocsin:cut-off"
_USUAL = timedelta(minutes=10)  # checks that look less often are not waited for
_NAMED = 5
_KINDS = frozenset({"dns", "http", "http_steps", "postgres", "redis", "sql", "tcp", "tls"})
_PORT = re.compile(r":\d*$")
_HOST = re.compile(r"(?:^|\s)host(?:addr)?\s*=\s*'?([^\s']*)")


@dataclass(frozen=True, slots=True)
class CutOffRule:
    """When it is told.

    Attributes:
        share: of the external checks, from which on it is told; above 0, at most 1.
        after: how long it must have been so. hold: how long it must be over before it resolves.
        impact: what it means, for the severity. section: of the runbook, or None to match.
    """

    share: float = 0.5
    after: timedelta = timedelta(minutes=1)
    hold: timedelta = timedelta(minutes=1)
    impact: str = "Monitoring is cut off: outages would go unnoticed"
    section: str | None = None


@dataclass(frozen=True, slots=True)
class CutOffState:
    """What is remembered: since when so many are cut off, whether that was told, and since when it is over again."""

    since: datetime | None = None
    firing: bool = False
    calm_since: datetime | None = None


def witness(sample: Sample) -> bool:
    """Whether this sample says that we are cut off."""
    return sample.verdict is Verdict.UNKNOWN and FACT in sample.facts


def external(spec: CheckSpec) -> bool:
    """Whether a check goes over the network: not to this machine itself, and not through a program of it."""
    return spec.kind in _KINDS and any(not _here(host) for host in _hosts(spec))


def watched(specs: Iterable[CheckSpec]) -> frozenset[CheckName]:
    """The checks that are asked: the external ones that look every ten minutes or more often; all of them if none does."""
    outside = [spec for spec in specs if external(spec)]
    usual = [spec for spec in outside if spec.interval <= _USUAL]
    return frozenset(spec.name for spec in usual or outside)


def observe(
    rule: CutOffRule | None,
    state: CutOffState,
    asked: frozenset[CheckName],
    checks: Mapping[CheckName, CheckState],
    now: datetime,
) -> tuple[CutOffState, Alert | None]:
    """The state now, and the alert that follows, if any.

    Args:
        rule: None: it is not told, and what was told is over.
        asked: as `watched` has them. checks: the states of all checks, after their latest samples.
    """
    away = sorted(
        name for name in asked if (last := checks[name].last) is not None and witness(last)
    )  # in order, so that the same trouble is told in the same words
    if rule is None or len(away) < max(1, math.ceil(rule.share * len(asked))):
        return _over(rule, state, now)
    since = state.since or now
    if state.firing or now - since < rule.after:
        return replace(state, since=since, calm_since=None), None
    samples = [last for name in away if (last := checks[name].last) is not None]
    return CutOffState(since, True), _alert(
        rule, AlertState.FIRING, away, len(asked), samples[0].message, now
    )


def _over(rule: CutOffRule | None, state: CutOffState, now: datetime) -> tuple[CutOffState, Alert | None]:
    if not state.firing:
        return CutOffState(), None
    calm = state.calm_since or now
    if rule is not None and now - calm < rule.hold:
        return replace(state, calm_since=calm), None
    said = "checks can be measured again"
    return CutOffState(), _alert(rule or CutOffRule(), AlertState.RESOLVED, [], 0, said, now)


def _alert(
    rule: CutOffRule, what: AlertState, away: list[CheckName], asked: int, message: str, now: datetime
) -> Alert:
    more = f" and {len(away) - _NAMED} more" if len(away) > _NAMED else ""
    labels = {"message": message}
    title = f"Monitoring is cut off: {message}"
    if what is AlertState.FIRING:
        title = f"Monitoring is cut off: {len(away)} of {asked} external checks cannot be measured from here"
        labels |= {"checks": ", ".join(away[:_NAMED]) + more, "cut_off": f"{len(away)} of {asked}"}
    if rule.section is not None:
        labels["section"] = rule.section
    return Alert(FINGERPRINT, what, title, "tocsin", now, labels, rule.impact)


def _hosts(spec: CheckSpec) -> list[str]:
    """The hosts a check asks; nothing said is this machine, but for names, which are asked of somebody else."""
    table = spec.settings
    match spec.kind:
        case "http":
            return [_of_url(table.get("url"))]
        case "http_steps":
            steps = table.get("steps")
            return [_of_url(step.get("url")) for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []  # fmt: skip
        case "postgres" | "sql":
            dsn = str(table.get("dsn", ""))
            hosts = _of_dsn(dsn) if "://" in dsn else ",".join(_HOST.findall(dsn))
            return [host for host in hosts.split(",") if host and not host.startswith("/")]
        case "dns":
            return [str(table.get("server", "its own name server"))]
        case _:
            return [str(table.get("host", "localhost"))]


def _of_url(url: object) -> str:
    try:
        return urlsplit(str(url)).hostname or ""
    except ValueError:
        return ""


def _of_dsn(dsn: str) -> str:
    """The hosts of a URL, of which there may be several; without their ports."""
    place = dsn.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
    return ",".join(_PORT.sub("", each).strip("[]") for each in place.split(","))


def _here(host: str) -> bool:
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
