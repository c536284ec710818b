"""Scenario files: short TOML, read strictly, refused with file, line and key when something is wrong."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import msgspec

from tocsin.app.settings_file import Place
from tocsin.drill.scenario import (
    UNDO,
    Approver,
    Budgets,
    Commands,
    Corrected,
    Expected,
    Fixed,
    Furniture,
    Scenario,
    Shown,
)
from tocsin.errors import ConfigError, NotFound
from tocsin.kit import duration
from tocsin.kit.keys import did_you_mean
from tocsin.sandbox import catalogue

SUFFIX = ".toml"
SERVICES = ("files", "redis", "postgres", "nginx", "program")


class ServiceTable(msgspec.Struct, forbid_unknown_fields=True):
    """One item of `[[room]]`."""

    kind: str
    name: str | None = None
    port: int | None = None
    command: str | None = None
    files: dict[str, str] = {}
    upstream: int | None = None
    host: str | None = None
    maxmemory: str | None = None
    policy: str | None = None
    sql: str | None = None
    database: str | None = None


class FaultTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[fault]`: a fault in commands."""

    inject: str | list[str]
    confirm: str
    restore: str | list[str]
    oracles: dict[str, str] = {}


class ApproverTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[approver]`."""

    refuse: list[str] = []
    ask_for: list[str] = []
    destroys: bool = False
    by_hand: dict[str, str] = {}
    steps: list[str] = []


class BudgetTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[budget]`."""

    detected: str | None = None
    mitigated: str | None = None
    up: str | None = None
    limit: str | None = None


class ExpectTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[expect]` and `[expect_corrected]`."""

    detected: bool = True
    fixed: str = Fixed.AS_WRITTEN.value
    side_effects: list[str] = []
    may_change: list[str] = []


class CorrectedTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[corrected]`."""

    runbook: str
    parameters: dict[str, str] = {}
    shows: dict[str, str] = {}
    approver: ApproverTable = msgspec.field(default_factory=ApproverTable)
    way_back: str | list[str] = UNDO
    expect: ExpectTable = msgspec.field(default_factory=ExpectTable)


class ScenarioFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    section: str
    room: str | list[ServiceTable]
    fault: str | FaultTable
    title: str | None = None
    matches: str | None = None
    waive: list[str] = []
    runbook: str | None = None
    settings: str = "../tocsin.toml"
    watch: list[str] = []
    checks: list[dict[str, object]] = []
    parameters: dict[str, str] = {}
    shows: dict[str, str] = {}
    approver: ApproverTable = msgspec.field(default_factory=ApproverTable)
    targets: dict[str, object] = {}
    secrets: dict[str, object] = {}
    response: dict[str, object] = {}
    way_back: str | list[str] = UNDO
    budget: BudgetTable = msgspec.field(default_factory=BudgetTable)
    expect: ExpectTable = msgspec.field(default_factory=ExpectTable)
    corrected: CorrectedTable | None = None


def read(file: Path) -> Scenario:
    """One scenario.

    Raises:
        ConfigError: the file is missing, not TOML, or a key is unknown or wrong; names file, line and key.
    """
    found, place = _parsed(file)
    base = file.resolve().parent
    _known(found, place)
    settings = (base / found.settings).resolve()
    scenario = Scenario(
        name=file.name.removesuffix(SUFFIX),
        title=found.title or found.section,
        file=file.resolve(),
        runbook=(base / found.runbook).resolve() if found.runbook else _runbook_of(settings, place),
        settings=settings,
        section=found.section,
        room=found.room if isinstance(found.room, str) else _furniture(found.room, place),
        fault=found.fault if isinstance(found.fault, str) else _commands(found.fault),
        checks=tuple(found.watch) or tuple(str(table.get("name", "")) for table in found.checks),
        more_checks=tuple(found.checks),
        matches=found.matches,
        waive=tuple(found.waive),
        parameters=tuple(found.parameters.items()),
        shows=tuple(Shown(pattern, None if step == "any" else step) for step, pattern in found.shows.items()),
        approver=_approver(found.approver),
        targets=found.targets,
        secrets=found.secrets,
        response=found.response,
        way_back=_way_back(found.way_back),
        budgets=_budgets(found.budget, place),
        expect=_expected(found.expect, "expect", place),
        corrected=_corrected(found.corrected, base, place),
    )
    if not scenario.checks:
        raise place.error(
            "watch", "no check is to notice it.", "Name checks of the settings, or write [[checks]]."
        )
    for pattern in scenario.shows:
        _compiles(pattern.pattern, place)
    return scenario


def in_folder(folder: Path) -> tuple[Path, ...]:
    """The scenario files of a folder, by name. Raises NotFound if there are none."""
    found = tuple(sorted(folder.glob("*" + SUFFIX))) if folder.is_dir() else ()
    if not found:
        raise NotFound(
            f"There is no scenario in {folder}.", hint="docs/how-to/add-a-drill.md shows how to write one."
        )
    return found


def named(name: str, folders: tuple[Path, ...]) -> Path:
    """The file of the scenario of this name; a path is taken as it is. Raises NotFound, with the nearest name."""
    if name.endswith(SUFFIX):
        return Path(name)
    known = {path.name.removesuffix(SUFFIX): path for folder in folders for path in in_folder(folder)}
    if name not in known:
        raise NotFound(f"There is no scenario {name!r}.", hint=did_you_mean(name, known))
    return known[name]


def _parsed(file: Path) -> tuple[ScenarioFile, Place]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(
            f"There is no scenario at {file}.", hint="tocsin drill list shows those there are."
        ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{file} cannot be read: {problem}.", hint="Save it as UTF-8 text.") from problem
    place = Place(file, text)
    try:
        return msgspec.convert(tomllib.loads(text), ScenarioFile), place
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(
            f"{file}: this is not TOML: {problem}.", hint="Mend that line and try again."
        ) from problem
    except msgspec.ValidationError as problem:
        raise _wrong(place, str(problem)) from problem


_TABLES: dict[str, type[msgspec.Struct]] = {
    "": ScenarioFile, "fault": FaultTable, "approver": ApproverTable, "budget": BudgetTable, "expect": ExpectTable,
    "corrected": CorrectedTable, "corrected.approver": ApproverTable, "corrected.expect": ExpectTable, "room": ServiceTable,
}  # fmt: skip


def _wrong(place: Place, problem: str) -> ConfigError:
    """What msgspec found, as file, line, key and the nearest known key."""
    unknown = re.search(r"unknown field `([^`]+)`(?: - at `\$\.?([^`]*)`)?", problem)
    if unknown:
        parent = re.sub(r"\[[^\]]*\]", "", unknown[2] or "")
        known = _TABLES[parent].__struct_fields__ if parent in _TABLES else ()
        key = f"{parent}.{unknown[1]}".lstrip(".")
        return place.error(key, "there is no such key.", did_you_mean(unknown[1], known))
    missing = re.search(r"missing required field `([^`]+)`(?: - at `\$\.?([^`]*)`)?", problem)
    if missing:
        return place.error(
            f"{missing[2] or ''}.{missing[1]}".lstrip("."), "this key is missing.", _MISSING.get(missing[1])
        )
    at = re.search(r" - at `\$\.?([^`]*)`", problem)
    return place.error(at[1] if at else "the file", re.sub(r" - at .*", "", problem) + ".")


_MISSING = {
    "section": 'Name the heading of the runbook that has to help: section = "Redis Memory Full".',
    "room": 'Name a room ("cookcam"), or describe one with [[room]].',
    "fault": 'Name a fault ("redis_memory_full"), or write one as [fault] with inject, confirm and restore.',
}


def _known(found: ScenarioFile, place: Place) -> None:
    """Whether room and fault exist and go together."""
    try:
        kind = catalogue.room_kind(found.room) if isinstance(found.room, str) else None
        broken = catalogue.fault(found.fault) if isinstance(found.fault, str) else None
    except ConfigError as problem:
        key = "room" if problem.message.startswith("unknown room") else "fault"
        raise place.error(key, problem.message, problem.hint) from problem
    if broken is not None and (kind is None or (broken.rooms and kind.name not in broken.rooms)):
        raise place.error(
            "fault",
            f"{broken.name} cannot break this room.",
            f"It breaks: {', '.join(broken.rooms) or 'any named room'}.",
        )


def _runbook_of(settings: Path, place: Place) -> Path:
    """The runbook that the settings name."""
    try:
        table = tomllib.loads(settings.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise place.error("settings", f"{settings} cannot be read: {problem}.") from problem
    general = table.get("tocsin", {})
    return settings.parent / str(general.get("runbook", "runbook.md"))


def _furniture(tables: list[ServiceTable], place: Place) -> tuple[Furniture, ...]:
    found = []
    for table in tables:
        if table.kind not in SERVICES:
            raise place.error(
                "room.kind", f"{table.kind!r} is no service.", did_you_mean(table.kind, SERVICES)
            )
        if table.kind == "program" and not table.command:
            raise place.error(
                "room.command", "a program has a command.", 'For example command = "python3 shop.py".'
            )
        settings = {
            name: str(value)
            for name in ("port", "command", "upstream", "host", "maxmemory", "policy", "sql", "database")
            if (value := getattr(table, name)) is not None
        }
        files = {f"file:{path}": text for path, text in table.files.items()}
        found.append(Furniture(table.kind, table.name or table.kind, settings | files))
    return tuple(found)


def _commands(table: FaultTable) -> Commands:
    def several(text: str | list[str]) -> tuple[str, ...]:
        return (text,) if isinstance(text, str) else tuple(text)

    return Commands(
        several(table.inject), table.confirm, several(table.restore), tuple(table.oracles.items())
    )


def _approver(table: ApproverTable) -> Approver:
    return Approver(
        refuse=tuple(table.refuse),
        ask_for=tuple(table.ask_for),
        destroys=table.destroys,
        manual=tuple(table.by_hand.items()),
        steps=tuple(table.steps),
    )


def _shows(table: dict[str, str]) -> tuple[Shown, ...]:
    return tuple(Shown(pattern, None if step == "any" else step) for step, pattern in table.items())


def _corrected(table: CorrectedTable | None, base: Path, place: Place) -> Corrected | None:
    if table is None:
        return None
    return Corrected(
        (base / table.runbook).resolve(),
        tuple(table.parameters.items()),
        _shows(table.shows),
        _approver(table.approver),
        _way_back(table.way_back),
        _expected(table.expect, "corrected.expect", place),
    )


def _way_back(written: str | list[str]) -> tuple[str, ...]:
    if isinstance(written, list):
        return tuple(written)
    return () if written == "none" else (written,)


def _budgets(table: BudgetTable, place: Place) -> Budgets:
    default = Budgets()

    def take(key: str, written: str | None) -> timedelta | None:
        found = duration.parse(written) if written is not None else None
        if written is not None and found is None:
            raise place.error(f"budget.{key}", f'"{written}" is not a duration.', 'Write it like "9 s".')
        return found

    return Budgets(
        take("detected", table.detected),
        take("mitigated", table.mitigated) or default.mitigated,
        take("up", table.up) or default.up,
        take("limit", table.limit) or default.limit,
    )


def _expected(table: ExpectTable, key: str, place: Place) -> Expected:
    known = {one.value: one for one in Fixed}
    if table.fixed not in known:
        raise place.error(f"{key}.fixed", f'"{table.fixed}" is no outcome.', f"Known: {', '.join(known)}.")
    return Expected(table.detected, known[table.fixed], tuple(table.side_effects), tuple(table.may_change))


def _compiles(pattern: str, place: Place) -> None:
    try:
        re.compile(pattern)
    except re.error as problem:
        raise place.error("shows", f'"{pattern}" is no regular expression: {problem}.') from problem
