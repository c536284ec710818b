"""What the runbook says should be seen, compared with what was seen. Only what can be measured decides; prose never does.

Source: docs/reference/runbook-language.md, section 9.1. In doubt the answer is "unknown", which asks a person.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

_SHOWN = 80
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\d)")
_STATUS_LINE = re.compile(r"^HTTP/[\d.]+ (\d{3})", re.M)


class State(Enum):
    """The answer to one expectation."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Seen:
    """The answer, and what was looked at."""

    state: State
    seen: str


def compare(
    kind: str, value: str, text: str, stdout: str, exit_status: int | None, facts: Mapping[str, str]
) -> Seen:
    """Whether what was expected is what was seen.

    Args:
        kind, value: as the runbook's expectation has them. text: as written; it may name what a number counts.
        stdout: what the step printed, untrusted. facts: what the result adapter read out of it.

    >>> compare("number", ">= 3", "at least 3 replicas", "", 0, {"replicas": "2"})
    Seen(state=<State.NOT_MET: 'not met'>, seen='replicas 2')
    """
    match kind:
        case "http_status":
            return _status(value, stdout, facts)
        case "empty":
            return _answer(not stdout.strip(), _short(stdout) or "no output")
        case "contains":
            return _answer(value.casefold() in stdout.casefold(), _short(stdout) or "no output")
        case "json":
            return _json(value, stdout)
        case "number":
            return _number(value, text, stdout, facts)
        case "exit_status":
            if exit_status is None:
                return Seen(State.UNKNOWN, "no exit status")
            # `echo $?` prints the status of the command before it; its own says nothing.
            shown = stdout.strip() if re.fullmatch(r"\d{1,3}", stdout.strip()) else str(exit_status)
            return _answer(shown == value, f"status {shown}")
        case _:
            return Seen(State.UNKNOWN, "a person has to compare")


def _status(value: str, stdout: str, facts: Mapping[str, str]) -> Seen:
    found = facts.get("status")
    if found is None or not re.fullmatch(r"\d{3}", found):
        lines = _STATUS_LINE.findall(stdout)
        bare = re.fullmatch(r"\s*(\d{3})\s*", stdout)
        found = lines[-1] if lines else bare[1] if bare else None
    if found is None and "curl" in facts:
        return Seen(State.NOT_MET, "no answer")
    if found is None:
        return Seen(State.UNKNOWN, "the status was not shown")
    return _answer(found == value, f"status {found}")


def _json(value: str, stdout: str) -> Seen:
    try:
        wanted = json.loads(value)
    except (ValueError, RecursionError):
        return Seen(State.UNKNOWN, "what is expected is no JSON")
    start = min((at for at in (stdout.find("{"), stdout.find("[")) if at >= 0), default=-1)
    try:
        shown, _ = json.JSONDecoder().raw_decode(stdout[start:]) if start >= 0 else (None, 0)
        inside = start >= 0 and _inside(wanted, shown)
    except (ValueError, RecursionError):
        return Seen(State.NOT_MET, _short(stdout) or "no output")
    return _answer(inside, _short(stdout) or "no output")


def _inside(wanted: object, shown: object) -> bool:
    """Whether every member that is wanted is there; more may be there."""
    match wanted, shown:
        case dict(), dict():
            return all(key in shown and _inside(wanted[key], shown[key]) for key in wanted)
        case list(), list():
            return all(any(_inside(one, other) for other in shown) for one in wanted)
        case _:
            return type(wanted) is type(shown) and wanted == shown


def _number(value: str, text: str, stdout: str, facts: Mapping[str, str]) -> Seen:
    sign, _, limit = value.partition(" ")
    named = _named(text, facts)
    if named is not None:
        name, found = named
        return _answer(_holds(float(found), sign, float(limit)), f"{name} {found}")
    numbers = _NUMBER.findall(stdout)
    if len(numbers) != 1:
        told = (
            "no number was shown"
            if not numbers
            else f"{len(numbers)} numbers were shown, which one is not said"
        )
        return Seen(State.UNKNOWN, told)
    return _answer(_holds(float(numbers[0]), sign, float(limit)), numbers[0])


def _named(text: str, facts: Mapping[str, str]) -> tuple[str, str] | None:
    """The one fact that is a number and that the text names, or the only number among the facts."""
    numbers = {
        name: fact.rstrip("%") for name, fact in facts.items() if re.fullmatch(r"-?\d+(?:\.\d+)?%?", fact)
    }
    words = {word.rstrip("s") for word in re.findall(r"[a-z]+", text.casefold())}
    hit = [name for name in numbers if set(re.findall(r"[a-z]+", name.casefold().rstrip("s"))) & words]
    if len(hit) == 1:
        return hit[0], numbers[hit[0]]
    counted = [name for name in numbers if name != "rows"] or list(numbers)
    return (counted[0], numbers[counted[0]]) if len(counted) == 1 else None


def _holds(number: float, sign: str, limit: float) -> bool:
    match sign:
        case ">=":
            return number >= limit
        case "<=":
            return number <= limit
        case ">":
            return number > limit
        case "<":
            return number < limit
        case _:
            return number == limit


def _answer(met: bool, seen: str) -> Seen:
    return Seen(State.MET if met else State.NOT_MET, seen)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
