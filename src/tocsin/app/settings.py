"""tocsin.toml: what a team sets, read once, refused with file, line and key when it is wrong.

Nearest wins: the environment (`TOCSIN_DATABASE_URL`, `TOCSIN_DATA`, `TOCSIN_RESPONSE_WATCH` …), then the file.
Every key is described in docs/reference/settings.md; a test holds the two together.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import msgspec

from tocsin.detection.check import CheckSpec
from tocsin.errors import ConfigError
from tocsin.incident.situation import ResponseSettings, Targets
from tocsin.kit import duration
from tocsin.kit.ids import CheckName, PersonId
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import AccessRole, Method, Person

MAX_RUNBOOK_BYTES = 50 * 1024 * 1024


class _General(msgspec.Struct, forbid_unknown_fields=True):
    name: str = "tocsin"
    runbook: str = "runbook.md"
    data: str = "var"


class _Response(msgspec.Struct, forbid_unknown_fields=True):
    watch: str | None = None
    settle: str | None = None
    look: str | None = None
    ask_expiry: str | None = None
    hop: str | None = None
    rounds: int | None = None
    reopen: str | None = None
    step_timeout: str | None = None


class _Person(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    page: list[str] = []
    role: str = "responder"


class _Targets(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    cwd: str | None = None
    hosts: list[str] = []
    kubernetes: str | None = None
    aws: str | None = None
    gcp: str | None = None
    azure: str | None = None
    database: str | None = None
    environment: list[str] = []
    secrets: list[str] = []


class _Web(msgspec.Struct, forbid_unknown_fields=True):
    listen: str | None = "127.0.0.1:8410"
    token_variable: str = "TOCSIN_TOKEN"  # noqa: S105 -- the name of a variable, no secret


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tocsin: _General = msgspec.field(default_factory=_General)
    response: _Response = msgspec.field(default_factory=_Response)
    people: dict[str, _Person] = {}
    oncall: dict[str, list[str]] = {}
    pagers: dict[str, dict[str, object]] = {}
    targets: _Targets = msgspec.field(default_factory=_Targets)
    checks: list[dict[str, object]] = []
    web: _Web = msgspec.field(default_factory=_Web)


@dataclass(frozen=True, slots=True)
class PagerSettings:
    """One pager of the file: its name, its kind and the keys that kind takes."""

    name: str
    kind: str
    settings: dict[str, object]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a team sets, with every path absolute and every duration a timedelta.

    Attributes:
        file: the tocsin.toml it came from. database: SQLite path or PostgreSQL URL.
        environment: what steps run with; built from the names the file lists, never copied whole.
        secrets: values that are redacted wherever they appear.
        missing_variables: names listed under targets.environment that are not set now.
        listen: (host, port) of the HTTP door, or None for none; token: what callers must show, or None.
    """

    file: Path
    name: str
    runbook: Path
    data: Path
    database: str
    response: ResponseSettings
    step_timeout: timedelta
    roster: Roster
    pagers: tuple[PagerSettings, ...]
    targets: Targets
    cwd: Path | None
    environment: dict[str, str]
    secrets: tuple[str, ...]
    missing_variables: tuple[str, ...]
    checks: tuple[CheckSpec, ...]
    listen: tuple[str, int] | None
    token: str | None
    variables: Mapping[str, str] = field(default_factory=dict)


# Every step may see these, beside what targets.environment lists.
_ALWAYS = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "TMPDIR")
_CHECK_KEYS = frozenset({"name", "kind", "every", "timeout", "failures", "successes", "impact", "section", "title"})


def load(file: Path, variables: Mapping[str, str] | None = None) -> Settings:
    """Read and check a tocsin.toml.

    Args:
        file: the file. variables: the environment to use; the process's own by default.

    Raises:
        ConfigError: the file is missing, not TOML, or a key is unknown or wrong; names file, line and key.
    """
    env = os.environ if variables is None else variables
    text = _read(file)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{file}: this is not TOML: {problem}.", hint="Mend that line and try again.") from problem
    try:
        found = msgspec.convert(raw, _File)
    except msgspec.ValidationError as problem:
        raise _wrong(file, text, str(problem)) from problem
    base = file.resolve().parent
    place = _Place(file, text)
    targets, environment, missing = _targets(found.targets, env)
    data = Path(env.get("TOCSIN_DATA") or found.tocsin.data).expanduser()
    data = data if data.is_absolute() else base / data
    return Settings(
        file=file.resolve(),
        name=found.tocsin.name,
        runbook=base / Path(found.tocsin.runbook).expanduser(),
        data=data,
        database=env.get("TOCSIN_DATABASE_URL") or str(data / "tocsin.db"),
        response=_response(found.response, env, place),
        step_timeout=place.duration("response.step_timeout", found.response.step_timeout) or timedelta(seconds=30),
        roster=_roster(found, place),
        pagers=_pagers(found, place, env),
        targets=targets,
        cwd=_cwd(found.targets.cwd, env, base),
        environment=environment,
        secrets=tuple(env[name] for name in found.targets.secrets if env.get(name)),
        missing_variables=missing,
        checks=_checks(found.checks, place, env),
        listen=_listen(env.get("TOCSIN_LISTEN") or found.web.listen, place),
        token=env.get(found.web.token_variable) or None,
        variables=dict(env),
    )


def read_runbook(path: Path) -> str:
    """The text of a runbook file, UTF-8 with replacement.

    Raises:
        ConfigError: missing, a directory, unreadable, empty, binary or larger than 50 MB; names the file and what to do.
    """
    hint = "Name a Markdown file."
    if path.is_dir():
        raise ConfigError(f"{path} is a directory, not a runbook.", hint=hint)
    try:
        size = path.stat().st_size
        if size >= MAX_RUNBOOK_BYTES:
            raise ConfigError(
                f"{path} is {size / 1_048_576:.0f} MB; a runbook of more than 50 MB is not read.",
                hint="Split it, or name the file you meant.",
            )
        content = path.read_bytes()
    except FileNotFoundError as problem:
        raise ConfigError(f"There is no runbook at {path}.", hint="Check tocsin.runbook or the path.") from problem
    except OSError as problem:
        raise ConfigError(f"The runbook {path} cannot be read: {problem.strerror}.", hint=hint) from problem
    if not content.strip():
        raise ConfigError(f"The runbook {path} is empty.", hint="Write it first, or name another file.")
    if b"\0" in content[:8192]:
        raise ConfigError(f"The runbook {path} is a binary file, not Markdown.", hint=hint)
    return content.decode("utf-8-sig", errors="replace")


@dataclass(frozen=True, slots=True)
class _Place:
    """The file being read, for messages."""

    file: Path
    text: str

    def error(self, key: str, message: str, hint: str | None = None) -> ConfigError:
        line = _line_of(self.text, key)
        where = f"{self.file}:{line}" if line else str(self.file)
        return ConfigError(f"{where}: {key}: {message}", hint=hint)

    def duration(self, key: str, text: str | None) -> timedelta | None:
        if text is None:
            return None
        found = duration.parse(text)
        if found is None or found < timedelta(0):
            raise self.error(key, f'"{text}" is not a duration.', 'Write it like "30 s", "5 min" or "1 h".')
        return found


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise ConfigError(
            f"There is no settings file at {file}.",
            hint="Name one with --config; examples/cookcam/tocsin.toml is a good start.",
        ) from problem
    except UnicodeDecodeError as problem:
        raise ConfigError(f"{file}: this is not UTF-8 text.", hint="Save it as UTF-8.") from problem
    except OSError as problem:
        raise ConfigError(f"{file} cannot be read: {problem.strerror}.", hint="Check the path and its rights.") from problem


_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `([^`]+)`(?: - at `\$\.?([^`]*)`)?")
_AT = re.compile(r" - at `\$\.?([^`]*)`")


def _wrong(file: Path, text: str, problem: str) -> ConfigError:
    """One sentence for what msgspec found, with line, key and the nearest known key."""
    unknown = _UNKNOWN_FIELD.search(problem)
    place = _Place(file, text)
    if unknown:
        parent = unknown[2] or ""
        key = f"{parent}.{unknown[1]}".lstrip(".")
        near = difflib.get_close_matches(unknown[1], _known_keys(parent), n=1)
        hint = f'Did you mean "{near[0]}"?' if near else f"Known here: {', '.join(_known_keys(parent)) or 'nothing'}."
        return place.error(key, "there is no such key.", hint)
    at = _AT.search(problem)
    key = at[1] if at else "the file"
    return place.error(key, _AT.sub("", problem).strip().rstrip(".") + ".")


def _known_keys(parent: str) -> tuple[str, ...]:
    tables: dict[str, type[msgspec.Struct]] = {
        "": _File, "tocsin": _General, "response": _Response, "targets": _Targets, "web": _Web,
    }  # fmt: skip
    kind = tables.get(parent, _Person if parent.startswith("people") else None)
    return kind.__struct_fields__ if kind is not None else ()


def _line_of(text: str, key: str) -> int | None:
    """The line a dotted key stands on, as far as a plain look at the text can tell."""
    wanted = re.sub(r"\[[^\]]*\]", "", key).split(".")
    table = ""
    best: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            table = header[1]
            if table == ".".join(wanted):
                return number
            if table.split(".")[0] == wanted[0] and best is None:
                best = number
        elif re.match(rf"\s*[\"']?{re.escape(wanted[-1])}[\"']?\s*=", line) and (
            table.split(".") == wanted[:-1] or len(wanted) == 1 or table == wanted[0]
        ):
            return number
    return best


def _response(found: _Response, env: Mapping[str, str], place: _Place) -> ResponseSettings:
    default = ResponseSettings()

    def take(key: str, written: str | None) -> timedelta | None:
        override = env.get(f"TOCSIN_RESPONSE_{key.upper()}")
        if override is not None:
            spelled = duration.parse(override)
            if spelled is None:
                raise ConfigError(
                    f'TOCSIN_RESPONSE_{key.upper()}: "{override}" is not a duration.', hint='Write it like "30 s".'
                )
            return spelled
        return place.duration(f"response.{key}", written)

    return ResponseSettings(
        watch=take("watch", found.watch),
        settle=take("settle", found.settle) or default.settle,
        look=take("look", found.look) or default.look,
        ask_expiry=take("ask_expiry", found.ask_expiry) or default.ask_expiry,
        hop=take("hop", found.hop) or default.hop,
        rounds=found.rounds if found.rounds is not None else default.rounds,
        reopen=take("reopen", found.reopen) or default.reopen,
    )


def _roster(found: _File, place: _Place) -> Roster:
    people = []
    for key, person in found.people.items():
        try:
            access = AccessRole(person.role)
        except ValueError as problem:
            known = ", ".join(role.value for role in AccessRole)
            raise place.error(f"people.{key}.role", f'"{person.role}" is not a role.', f"Known: {known}.") from problem
        people.append(Person(PersonId(key), person.name, access, tuple(_method(key, m, found, place) for m in person.page)))
    levels: dict[int, tuple[PersonId, ...]] = {}
    for key, names in found.oncall.items():
        digits = re.fullmatch(r"level([1-9])", key)
        if digits is None:
            raise place.error(f"oncall.{key}", "levels are called level1, level2 and so on.")
        for name in names:
            if name not in found.people:
                near = difflib.get_close_matches(name, found.people, n=1)
                hint = f'Did you mean "{near[0]}"?' if near else f'Add [people.{name}].'
                raise place.error(f"oncall.{key}", f'"{name}" is not among the people.', hint)
        levels[int(digits[1])] = tuple(PersonId(name) for name in names)
    top = max(levels, default=0)
    return Roster(tuple(people), tuple(levels.get(level, ()) for level in range(1, top + 1)))


def _method(person: str, text: str, found: _File, place: _Place) -> Method:
    """A way to reach somebody, written "pager:address"."""
    pager, colon, address = text.partition(":")
    if not colon or not address:
        raise place.error(f"people.{person}.page", f'"{text}" is not "pager:address".', 'For example "sink:ana".')
    if pager not in found.pagers:
        known = ", ".join(found.pagers) or "none yet"
        raise place.error(f"people.{person}.page", f'there is no pager "{pager}".', f"Pagers: {known}.")
    return Method(pager, address)


def _pagers(found: _File, place: _Place, env: Mapping[str, str]) -> tuple[PagerSettings, ...]:
    pagers = []
    for name, table in found.pagers.items():
        kind = table.get("kind")
        if not isinstance(kind, str):
            raise place.error(f"pagers.{name}.kind", "every pager names its kind.", 'For example kind = "file".')
        own = {key: _expanded(value, f"pagers.{name}.{key}", place, env) for key, value in table.items() if key != "kind"}
        pagers.append(PagerSettings(name, kind, own))
    return tuple(pagers)


def _targets(found: _Targets, env: Mapping[str, str]) -> tuple[Targets, dict[str, str], tuple[str, ...]]:
    listed = tuple(dict.fromkeys((*found.environment, *found.secrets)))
    environment = {name: env[name] for name in (*_ALWAYS, *listed) if name in env}
    kinds = {kind for kind in ("kubernetes", "aws", "gcp", "azure") if getattr(found, kind)}
    missing = tuple(name for name in listed if not env.get(name))
    name = f"local ({found.name})" if found.name else "local"
    bound = frozenset(variable for variable in (*listed, *_ALWAYS) if env.get(variable))
    database = found.database if found.database in bound else None
    return Targets(name, frozenset(found.hosts), frozenset(kinds), database, bound), environment, missing


def _cwd(written: str | None, env: Mapping[str, str], base: Path) -> Path | None:
    text = env.get("TOCSIN_CWD") or written
    if text is None:
        return None
    path = Path(text).expanduser()
    return path if path.is_absolute() else base / path


def _checks(tables: list[dict[str, object]], place: _Place, env: Mapping[str, str]) -> tuple[CheckSpec, ...]:
    specs: list[CheckSpec] = []
    for index, table in enumerate(tables):
        key = f"checks[{index}]"
        expanded = {name: _expanded(value, f"{key}.{name}", place, env) for name, value in table.items()}
        spec = _check(_led(expanded, env), key, place)
        if any(other.name == spec.name for other in specs):
            raise place.error(f"checks[{index}].name", f'there are two checks called "{spec.name}".')
        specs.append(spec)
    return tuple(specs)


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _expanded(value: object, key: str, place: _Place, env: Mapping[str, str]) -> object:
    """A text with every ${NAME} replaced by that variable; other values as they are."""
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if not env.get(name):
            raise place.error(key, f"{name} is not set.", f"Set {name} in the environment of tocsin.")
    return _VARIABLE.sub(lambda found: env[found[1]], value)


# Where a check goes when its settings name no host or port; as its prober has it.
_DEFAULT_PLACE = {"redis": ("127.0.0.1", 6379)}


def _led(table: dict[str, object], env: Mapping[str, str]) -> dict[str, object]:
    """Host and port of a check as TOCSIN_CONNECT_TO leads them, so that a rehearsal reaches its room and nothing else.

    HTTP checks are led by their prober, which has to keep the real name for TLS.
    """
    default = _DEFAULT_PLACE.get(str(table.get("kind")), (None, None))
    host, port = table.get("host", default[0]), table.get("port", default[1])
    for entry in filter(None, env.get("TOCSIN_CONNECT_TO", "").split(",")):
        parts = entry.rsplit(":", 3)
        if len(parts) == 4 and parts[0] == host and parts[1] == str(port) and parts[3].isdigit():
            return {**table, "host": parts[2], "port": int(parts[3])}
    return table


def _check(table: dict[str, object], key: str, place: _Place) -> CheckSpec:
    def text(name: str) -> str | None:
        value = table.get(name)
        if value is not None and not isinstance(value, str):
            raise place.error(f"{key}.{name}", "must be text.")
        return value

    def count(name: str, default: int) -> int:
        value = table.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise place.error(f"{key}.{name}", "must be a whole number of at least 1.")
        return value

    name, kind = text("name"), text("kind")
    if not name or not kind:
        raise place.error(key, "every check has a name and a kind.", 'For example name = "api-health", kind = "http".')
    default = CheckSpec(CheckName(name), kind, {})
    return CheckSpec(
        name=CheckName(name),
        kind=kind,
        settings={k: v for k, v in table.items() if k not in _CHECK_KEYS},
        interval=place.duration(f"{key}.every", text("every")) or default.interval,
        timeout=place.duration(f"{key}.timeout", text("timeout")) or default.timeout,
        failures=count("failures", default.failures),
        successes=count("successes", default.successes),
        impact=text("impact"),
        section=text("section"),
        title=text("title"),
    )


def _listen(text: str | None, place: _Place) -> tuple[str, int] | None:
    if text is None or text in ("", "none"):
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise place.error("web.listen", f'"{text}" is not "host:port".', 'For example "127.0.0.1:8410", or "none".')
    return host.strip("[]"), int(port)
