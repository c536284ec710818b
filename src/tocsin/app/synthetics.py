"""What the synthetics measure and against what: tocsin.toml first, then what the runbook promises in prose."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from urllib.parse import quote

from tocsin.app.propose import toml
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.app.settings_synthetics import SyntheticsSettings
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.synthetic import Endpoint, Judged, Slo
from tocsin.detection.synthetic_report import Remedy, Report, Shown, said
from tocsin.errors import ConfigError
from tocsin.runbook.book import Runbook, Section
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.matching.match import match
from tocsin.runbook.policy.terms import Slo as Promise

VARIABLE = "SYNTHETIC_THRESHOLD_MS"
_MILLISECONDS = {"ms": 1.0, "s": 1000.0}
_PATH = re.compile(r"`(/[^`\s]*)`")
_HOLE = re.compile(r"\{([A-Za-z_]\w*)\}")
_NAME = r"[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)*"
_NAMES_BEFORE_PATH = re.compile(rf"({_NAME}(?:(?:, and |, | and | & ){_NAME})*)\s+`/")
_ORIGIN = re.compile(r"\bhttps?://[A-Za-z0-9.-]+(?::\d+)?(?=/)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a runbook says about its synthetics, where it says it."""

    promise: Promise | None = None
    section: Section | None = None
    paths: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] | None = None
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs."""

    settings: SyntheticsSettings
    endpoints: tuple[Endpoint, ...]
    slo: Slo
    book: Runbook
    about: Section | None  # the section that states the promise
    runbook_url: str


def propose(book: Runbook) -> Proposal:
    """The first latency promise of a runbook ("p95 latency < 200 ms across 5 samples per endpoint"), the paths named
    in the same section, the values of their one placeholder where a list of names stands before them, and the host
    that its own commands ask most."""
    promise = next((each for each in book.policy.slos if _is_latency(each)), None)
    origins = _ORIGIN.findall("".join(section.text for section in book.walk()))
    base = max(dict.fromkeys(origins), key=origins.count) if origins else None
    if promise is None:
        return Proposal(base_url=base)
    sections = [
        each for each in book.walk() if each.span.first_line <= promise.span.first_line <= each.span.last_line
    ]
    section = sections[-1] if sections else None
    text = section.text if section is not None else ""
    paths = tuple(dict.fromkeys(path for path in _PATH.findall(text)))
    holes = {hole for path in paths for hole in _HOLE.findall(path)}
    named = _NAMES_BEFORE_PATH.search(" ".join(text.split()))
    values = None
    if len(holes) == 1 and named is not None:
        names = re.split(r", and |, | and | & ", named[1])
        values = {holes.pop(): tuple(_slug(name) for name in names)}
    return Proposal(promise, section, paths, values, base)


def missing_values(proposal: Proposal) -> tuple[str, ...]:
    """The placeholders of its paths for which the runbook lists no values."""
    holes = {hole for path in proposal.paths for hole in _HOLE.findall(path)}
    return tuple(sorted(holes - set(proposal.values or {})))


def table(book: Runbook, name: str = "runbook") -> list[str]:
    """The lines of the [synthetics] table that a runbook's own words ask for; none if it promises no latency.

    Args:
        name: of the runbook's file, for the line that says where the promise stands.
    """
    proposal = propose(book)
    promise = proposal.promise
    if promise is None:
        return []
    lines = ["[synthetics]"]
    if proposal.base_url is not None:
        lines.append(f"base_url = {toml(proposal.base_url)}      # the host its commands ask most")
    if proposal.paths:
        lines.append(f"paths = {toml(proposal.paths)}")
    lines.append(f"# {name}:{promise.span.first_line}: {' '.join(promise.text.split())}")
    lines.append(f'threshold = "{promise.value:g} {promise.unit}"')
    lines.append(f"percentile = {float(promise.statistic[1:]):g}")
    if promise.samples is not None:
        lines.append(f"samples = {promise.samples}")
    if promise.setting is not None:
        lines.append(f"threshold_variable = {toml(promise.setting)}")
    for hole, values in (proposal.values or {}).items():
        lines.append(f"values.{hole} = {toml(values)}")
    return lines


def plan(found: Settings, variables: Mapping[str, str], base_url: str | None = None) -> Plan:
    """What to measure. `base_url` wins over the settings. Raises ConfigError naming the key that is missing."""
    settings = found.synthetics
    if settings is None:
        raise ConfigError(f"{found.file} was not read whole.")
    book = compile_runbook(read_runbook(found.runbook), str(found.runbook))
    proposal = propose(book)
    hint = f"See what the runbook proposes: tocsin synthetics propose --config {found.file}"
    base = base_url or settings.base_url
    if base is None:
        raise ConfigError(f"{found.file}: synthetics.base_url is missing.", hint=hint)
    base = settings.expand(base, "synthetics.base_url")
    paths = settings.paths or proposal.paths
    if not paths:
        raise ConfigError(
            f"{found.file}: synthetics.paths is missing, and the runbook names none.", hint=hint
        )
    endpoints = _endpoints(
        base.rstrip("/"), paths, {**(proposal.values or {}), **settings.values}, found, hint
    )
    headers = tuple(
        (name, settings.expand(value, f"synthetics.headers.{name}")) for name, value in settings.headers
    )
    about = proposal.section
    if settings.section is not None:
        about = book.section(settings.section)
        if about is None:
            raise ConfigError(f'{found.file}: synthetics.section: the runbook has no "{settings.section}".')
    return Plan(
        replace(settings, headers=headers), endpoints, _slo(settings, proposal, variables, found), book, about,
        _runbook_url(settings, found, variables),
    )  # fmt: skip


def incidents(plan: Plan, report: Report, since: Mapping[str, datetime]) -> tuple[Shown, ...]:
    """An entry for each failing endpoint, with the runbook's sections that speak about it.

    Args:
        since: endpoint -> when its failures began.
    """
    shown = []
    for each in report.failing:
        shown.append(
            Shown(
                f"synthetics/{each.endpoint.name}",
                said(each),
                None,
                "Investigating",
                since[each.endpoint.name],
                report.at,
                remedies(plan, each, report.at),
            )
        )
    return tuple(shown)


def remedies(plan: Plan, judged: Judged, at: datetime) -> tuple[Remedy, ...]:
    """Links into the runbook, best first: the section that matches, the section that states the promise, the top."""
    title = said(judged)
    claim = Alert("synthetics", AlertState.FIRING, title, "synthetics", at, impact=plan.settings.impact)
    found = match(claim, plan.book, plan.settings.section)
    sections = [candidate.section for candidate in found.candidates] if found.tie else []
    sections = [found.best] if found.best is not None else sections
    if not sections and plan.about is not None:
        sections = [plan.about]
    if not sections:
        return (Remedy(plan.runbook_url, "The runbook"),)
    return tuple(Remedy(f"{plan.runbook_url}#{section.anchor}", section.title) for section in sections)


def _is_latency(promise: Promise) -> bool:
    return (
        re.fullmatch(r"p\d{2}(?:\.\d+)?", promise.statistic) is not None
        and promise.unit in _MILLISECONDS
        and promise.comparison == "<"
    )


def _endpoints(
    base: str, paths: tuple[str, ...], values: Mapping[str, tuple[str, ...]], found: Settings, hint: str
) -> tuple[Endpoint, ...]:
    made: dict[str, Endpoint] = {}
    holes = sorted({hole for path in paths for hole in _HOLE.findall(path)})
    for hole in holes:
        if hole not in values:
            raise ConfigError(
                f"{found.file}: synthetics.values.{hole} is missing: a path has {{{hole}}}.", hint=hint
            )
    for chosen in product(*(values[hole] for hole in holes)):
        value = dict(zip(holes, chosen, strict=True))
        for path in paths:
            filled = _HOLE.sub(lambda hole: quote(value[hole[1]], safe=""), path)  # noqa: B023 -- used at once
            first = _HOLE.search(path)
            name = (filled[first.start() :] if first is not None else filled).strip("/") or "/"
            made.setdefault(filled, Endpoint(name, base + filled))
    return tuple(made.values())


def _slo(
    settings: SyntheticsSettings, proposal: Proposal, variables: Mapping[str, str], found: Settings
) -> Slo:
    promise = proposal.promise
    default = Slo()
    variable = settings.setting or (promise.setting if promise is not None else None) or VARIABLE
    percentile = float(promise.statistic[1:]) if promise is not None else default.percentile
    samples = (promise.samples if promise is not None else None) or default.samples
    if variables.get(variable, "").strip():
        threshold, source = _number(variable, variables[variable]), variable
    elif settings.threshold is not None:
        threshold, source = settings.threshold / timedelta(milliseconds=1), found.file.name
    elif promise is not None:
        threshold = promise.value * _MILLISECONDS[promise.unit]
        source = f"{found.runbook.name}:{promise.span.first_line}"
    else:
        threshold, source = default.threshold_ms, default.source
    return Slo(threshold, settings.percentile or percentile, settings.samples or samples, source)


def _number(variable: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ConfigError(
            f'{variable}: "{text}" is not a number of milliseconds.', hint=f"For example {variable}=200."
        )
    return number


def _runbook_url(settings: SyntheticsSettings, found: Settings, variables: Mapping[str, str]) -> str:
    """Where people read the runbook: as set, else on the forge that runs this, else its file name."""
    if settings.runbook_url is not None:
        return settings.expand(settings.runbook_url, "synthetics.runbook_url").split("#")[0]
    server, repository = variables.get("GITHUB_SERVER_URL"), variables.get("GITHUB_REPOSITORY")
    workspace, commit = variables.get("GITHUB_WORKSPACE"), variables.get("GITHUB_SHA")
    if server and repository and workspace and commit and found.runbook.resolve().is_relative_to(workspace):
        path = found.runbook.resolve().relative_to(workspace).as_posix()
        return f"{server}/{repository}/blob/{commit}/{quote(path)}"
    return found.runbook.name


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", "").replace("’", "")).strip("-")
