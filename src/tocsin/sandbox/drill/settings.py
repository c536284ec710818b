"""The settings that the engine of a drill runs with: the team's own, without every way out.

Kept: people, who is on call, targets, the checks the scenario names, waivers. Replaced: every pager (a file that rings
nobody), every secret. Left out: status page, heartbeat, canary, chat, synthetics, reconciliations, hosts by SSH. What is
left out was not exercised, and what is replaced cannot reach anybody.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tocsin.app.propose import toml
from tocsin.drill.scenario import Scenario
from tocsin.errors import ConfigError
from tocsin.kit.keys import did_you_mean
from tocsin.runbook.book import Runbook
from tocsin.runbook.diagnostic import Level

SINK = "drill"
PAGES = "pages.jsonl"
ASKS, SECOND = "drill", "drill-second"
"""People of our own: one who asks for steps, so that others may agree to them, and a second for teams of one."""
_KEPT = ("people", "oncall", "targets", "parameters", "checks", "waive", "response")
# Long enough that a drill is never resolved while something of it is still being tried.
_RESPONSE = {"watch": "30 min", "settle": "4 s", "ask_expiry": "15 min"}
_SECRET_FILE = re.compile(r"\$\{file:[^}]*\}")
_WITHOUT_SECRET = "drill"  # noqa: S105 -- stands where a secret of production stood


@dataclass(frozen=True, slots=True)
class Composed:
    """What was written.

    Attributes:
        text: of the tocsin.toml. people: who may answer, the first on call first.
    """

    text: str
    people: tuple[str, ...]


def compose(scenario: Scenario, raw: str, book: Runbook, *, every: str | None = None) -> Composed:
    """The tocsin.toml of a drill.

    Args:
        raw: the text of the team's own. book: the runbook that is drilled. every: how often each check looks, instead of what is written.

    Raises:
        ConfigError: the text is not TOML, or a check that has to notice is not in it.
    """
    try:
        found = tomllib.loads(raw)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(
            f"{scenario.settings}: this is not TOML: {problem}.", hint="Mend that line."
        ) from problem
    tables: dict[str, object] = {name: found[name] for name in _KEPT if name in found}
    tables["tocsin"] = {"name": f"drill of {scenario.name}", "runbook": "runbook.md", "data": "."}
    tables["web"] = {"listen": "none"}
    people = _people(found)
    tables["people"] = people
    tables["pagers"] = {SINK: {"kind": "file", "path": PAGES, "drill": True}}
    tables["oncall"] = _oncall(found.get("oncall"), people)
    checks = _checks(scenario, found.get("checks", []))
    tables["checks"] = [{**check, "every": every} for check in checks] if every else checks
    tables["waive"] = [*_listed(found.get("waive")), *_waivers(scenario, book)]
    targets = _table(found.get("targets"))
    targets.pop("ssh", None)
    targets.pop("identity", None)
    tables["targets"] = {**targets, **scenario.targets}
    tables["parameters"] = {**_table(found.get("parameters")), **dict(scenario.parameters)}
    tables["secrets"] = dict(scenario.secrets)
    tables["response"] = {**_table(found.get("response")), **_RESPONSE, **scenario.response}
    actors = [
        name
        for name, person in people.items()
        if _table(person).get("role") != "viewer" and name not in (ASKS, SECOND)
    ]
    return Composed(
        _SECRET_FILE.sub(_WITHOUT_SECRET, _written(tables)), tuple(_first_on_call(tables, actors))
    )


def identities(raw: str) -> dict[str, str]:
    """Who the production targets are, as the team's settings pin them: nothing in a drill may be one of these."""
    targets = _table(tomllib.loads(raw).get("targets"))
    return {name: str(value) for name, value in _table(targets.get("identity")).items()}


def _people(found: Mapping[str, object]) -> dict[str, object]:
    """The people, each reached through the sink only."""
    listed = _table(found.get("people"))
    if not listed:
        listed = {"ana": {"name": "Ana", "role": "commander"}, "bo": {"name": "Bo", "role": "commander"}}
    listed |= {ASKS: {"name": "Drill", "role": "commander"}, SECOND: {"name": "Second", "role": "commander"}}
    return {name: {**_table(person), "page": [f"{SINK}:{name}"]} for name, person in listed.items()}


def _oncall(written: object, people: Mapping[str, object]) -> dict[str, object]:
    """Levels that are plain lists are kept; a rotation read from somewhere else is not asked."""
    levels = _table(written)
    if levels and all(isinstance(level, list) for level in levels.values()):
        return levels
    listed = [name for name in people if name not in (ASKS, SECOND)]
    return {f"level{number}": [name] for number, name in enumerate(listed or [SECOND], start=1)}


def _first_on_call(tables: Mapping[str, object], actors: list[str]) -> list[str]:
    ordered: list[str] = []
    for level in _table(tables["oncall"]).values():
        if isinstance(level, list):
            ordered += [str(name) for name in level]
    return list(dict.fromkeys(name for name in (*ordered, *actors) if name in actors))


def _checks(scenario: Scenario, listed: object) -> list[dict[str, object]]:
    known = {str(_table(each).get("name")): each for each in (listed if isinstance(listed, list) else [])}
    own = {str(each.get("name")): dict(each) for each in scenario.more_checks}
    for name in scenario.checks:
        if name not in known and name not in own:
            raise ConfigError(
                f"{scenario.file}: watch: {scenario.settings} has no check {name!r}.",
                hint=did_you_mean(name, {*known, *own}),
            )
    chosen = [known[name] for name in scenario.checks if name not in own]
    return [_alone(_table(each), scenario.checks) for each in (*chosen, *own.values())]


def _waivers(scenario: Scenario, book: Runbook) -> list[dict[str, object]]:
    """For the errors that the scenario wants to see through, a waiver for each step they block."""
    found = []
    for diagnostic in book.diagnostics:
        if diagnostic.level is not Level.ERROR or not {"all", diagnostic.rule} & set(scenario.waive):
            continue
        for step in diagnostic.steps:
            found.append(
                {
                    "rule": diagnostic.rule,
                    "step": str(step),
                    "reason": "a drill shows what the text really does, in a sandbox",
                    "until": date(9999, 12, 31),
                }
            )
    return found


def _listed(value: object) -> list[dict[str, object]]:
    return [_table(each) for each in value] if isinstance(value, list) else []


def _alone(check: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    """The check without what it hangs on, should that not be watched here."""
    parents = check.get("depends_on")
    if not isinstance(parents, list):
        return check
    kept = [parent for parent in parents if parent in names]
    return {**check, "depends_on": kept}


def _table(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}


def _written(tables: Mapping[str, object]) -> str:
    """As TOML; keys with tables below them last, as TOML wants it."""
    return "\n".join(_lines("", tables)) + "\n"


def _lines(path: str, table: Mapping[str, object]) -> list[str]:
    plain = [f"{toml(name)} = {_value(value)}" for name, value in table.items() if not _nests(value)]
    lines = [f"[{path}]"] if path and (plain or not table) else []
    lines += plain
    for name, value in table.items():
        if not _nests(value):
            continue
        inner = f"{path}.{toml(name)}".lstrip(".")
        if isinstance(value, list):
            for each in value:
                lines += [f"[[{inner}]]", *(f"{toml(key)} = {_value(item)}" for key, item in each.items())]
        else:
            lines += _lines(inner, _table(value))
    return lines


def _nests(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    )


def _value(value: object) -> str:
    """A value on one line; tables inside lists of tables are written inline."""
    match value:
        case dict():
            return "{" + ", ".join(f"{toml(name)} = {_value(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(_value(each) for each in value) + "]"
        case str() | bool() | int() | float():
            return toml(value)
        case _:
            return str(value)  # dates and times, which TOML writes as they are
