"""HTTP checks of several steps: log in, take the token from the answer, call what needs it; each step has its own expectations."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pycurl

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name, milliseconds
from tocsin.probe.http import CONNECT_TO, Transfer, connect_to, trust
from tocsin.probe.http_settings import HttpSettings, read_request, value_at
from tocsin.probe.lookups import Lookups

_HOLE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_MOST = 20
_SECRET = 6  # shorter values are hidden nowhere, or every digit of a message would be


@dataclass(frozen=True, slots=True)
class Step:
    """One request.

    Attributes:
        table: its keys as written; "{{ name }}" stands for what an earlier step captured.
        capture: name -> where it is taken from: "json:$.token" or "header:Location".
    """

    name: str
    table: Mapping[str, object]
    capture: tuple[tuple[str, str], ...]


def steps_settings(spec: CheckSpec) -> tuple[tuple[Step, ...], float | None]:
    """The steps of a check, and from how many seconds all of them together are degraded. Raises ConfigError."""
    keys = Keys(check_name(spec), spec.settings)
    tables = keys.list_of("steps")
    after = keys.duration_or_none("degraded_after")
    keys.done()
    if not 0 < len(tables) <= _MOST:
        raise keys.wrong("steps", f"must be a list of 1 to {_MOST} tables")
    known: set[str] = set()
    steps = []
    for number, table in enumerate(tables, start=1):
        if not isinstance(table, dict):
            raise keys.wrong("steps", "must be a list of tables")
        step = _step(spec, number, table)
        for hole in sorted(_holes(step.table)):
            if hole not in known:
                raise keys.wrong("steps", f"{step.name}: no earlier step captures {hole!r}")
        # With something in each hole the rest of the settings can be judged before anything is sent.
        plain = {**step.table, "url": "http://hole/"} if _holes(step.table.get("url")) else step.table
        _request(spec, replace(step, table=plain), dict.fromkeys(known, "x"))
        known |= {name for name, _ in step.capture}
        steps.append(step)
    return tuple(steps), after.total_seconds() if after is not None else None


def _step(spec: CheckSpec, number: int, table: Mapping[str, object]) -> Step:
    keys = Keys(f"{check_name(spec)}, step {number}", table)
    name = keys.text_or_none("name") or f"step {number}"
    capture = keys.texts("capture")
    for target, source in capture:
        if not _HOLE.fullmatch(f"{{{{{target}}}}}") or source.partition(":")[0] not in ("json", "header"):
            raise keys.wrong(
                "capture", f'must be name = "json:PATH" or "header:NAME", not {target} = {source!r}'
            )
    return Step(name, {key: value for key, value in table.items() if key not in ("name", "capture")}, capture)


class HttpStepsProber:
    """Takes samples of HTTP checks of several steps; cookies live as long as one sample."""

    def __init__(self, clock: Clock, variables: Mapping[str, str], lookups: Lookups | None = None) -> None:
        self._clock = clock
        self._lookups = lookups or Lookups(clock)
        self._connect_to = connect_to(variables.get(CONNECT_TO, ""))
        self._trusted = trust(variables)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        steps_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """All steps in order; the first that is not as expected ends the sample."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        steps, after = steps_settings(trying.spec)
        values: dict[str, str] = {}
        facts: dict[str, str] = {"steps": str(len(steps))}
        degraded: Finding | None = None
        handle = pycurl.Curl()
        try:
            for step in steps:
                finding, captured = self._one(trying, step, values, handle)
                facts |= {
                    f"{step.name}_{key}": finding.facts[key]
                    for key in ("status", "total_ms")
                    if key in finding.facts
                }
                said = f"{step.name}: {_without(values, finding.message)}"
                if finding.verdict in (Verdict.DOWN, Verdict.UNKNOWN):
                    return Finding(
                        finding.verdict, said, {**facts, **_hidden(values, finding), "step": step.name}
                    )
                if finding.verdict is Verdict.DEGRADED:
                    degraded = degraded or Finding(finding.verdict, said, {"step": step.name})
                missing = [name for name, _ in step.capture if name not in captured]
                if missing:
                    why = f"{step.name}: the answer holds no {missing[0]}"
                    return Finding(Verdict.DOWN, why, {**facts, "step": step.name, "error": "capture"})
                values |= captured
        finally:
            handle.close()
        took = trying.took
        if degraded is not None:
            return Finding(Verdict.DEGRADED, degraded.message, {**facts, **degraded.facts})
        said = f"{len(steps)} steps in {milliseconds(took)}"
        if after is not None and took.total_seconds() > after:
            return Finding(Verdict.DEGRADED, f"{said}, slower than expected", facts)
        return Finding(Verdict.UP, said, facts)

    def _one(
        self, trying: Attempt, step: Step, values: Mapping[str, str], handle: pycurl.Curl
    ) -> tuple[Finding, dict[str, str]]:
        """One request, and what was captured from its answer."""
        settings = _request(trying.spec, step, values)
        transfer = Transfer(settings, trying.left, handle, self._connect_to, self._trusted, self._lookups)
        handle.setopt(pycurl.COOKIEFILE, "")  # the cookies of the steps before, and no others
        try:
            handle.perform()
        except pycurl.error as error:
            return transfer.judge(int(error.args[0]), str(error.args[1])), {}
        return transfer.judge(None, ""), _captured(step, transfer)


def _without(values: Mapping[str, str], text: str) -> str:
    """A text with what was captured (tokens, mostly) replaced by its name."""
    for name, value in values.items():
        text = text.replace(value, f"{{{{{name}}}}}") if len(value) >= _SECRET else text
    return text


def _hidden(values: Mapping[str, str], finding: Finding) -> dict[str, str]:
    return {key: _without(values, value) for key, value in finding.facts.items()}


def _captured(step: Step, transfer: Transfer) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, source in step.capture:
        kind, _, where = source.partition(":")
        if kind == "header":
            value = transfer.answer_headers.get(where.lower())
        else:
            try:
                value = value_at(json.loads(bytes(transfer.body)), where)
            except (ValueError, RecursionError):
                value = None
        if value is not None and "\r" not in value and "\n" not in value:
            found[name] = value
    return found


def _request(spec: CheckSpec, step: Step, values: Mapping[str, str]) -> HttpSettings:
    """The request of a step with its holes filled. Raises ConfigError."""
    keys = Keys(
        f"{check_name(spec)}, {step.name}", {key: _filled(value, values) for key, value in step.table.items()}
    )
    settings = read_request(keys)
    keys.done()
    return settings


def _filled(value: object, values: Mapping[str, str]) -> object:
    match value:
        case str(text):
            return _HOLE.sub(lambda hole: values[hole[1]], text)
        case dict(table):
            return {key: _filled(each, values) for key, each in table.items()}
        case list(items):
            return [_filled(each, values) for each in items]
        case _:
            return value


def _holes(value: object) -> set[str]:
    match value:
        case str(text):
            return set(_HOLE.findall(text))
        case dict() as table:
            return {hole for each in table.values() for hole in _holes(each)}
        case list(items):
            return {hole for each in items for hole in _holes(each)}
        case _:
            return set()
