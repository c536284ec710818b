"""The file behind the settings: its shape, how it is read, and how a mistake in it is told: file, line, key, next step."""

import difflib
import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import msgspec

from tocsin.app.cut_off_table import CutOffTable
from tocsin.app.status_tables import StatusComponentTable, StatusTable
from tocsin.errors import ConfigError
from tocsin.kit import duration


class General(msgspec.Struct, forbid_unknown_fields=True):
    """`[tocsin]`."""

    name: str = "tocsin"
    runbook: str = "runbook.md"
    data: str = "var"


class Response(msgspec.Struct, forbid_unknown_fields=True):
    """`[response]`."""

    watch: str | None = None
    settle: str | None = None
    look: str | None = None
    ask_expiry: str | None = None
    hop: str | None = None
    rounds: int | None = None
    reopen: str | None = None
    step_timeout: str | None = None
    change_timeout: str | None = None


class PersonTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[people.ID]`."""

    name: str
    page: list[str] = []
    role: str = "responder"


class SshTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[targets.ssh.NAME]`: a host that is reached by SSH."""

    address: str | None = None
    port: int = 22
    user: str | None = None
    host_key: str | None = None
    known_hosts: str | None = None
    identity_file: str | None = None
    environment: list[str] = []


class TargetsTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[targets]`."""

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
    identity: dict[str, str] = {}
    ssh: dict[str, SshTable] = {}


class WaiveTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[[waive]]`."""

    rule: str
    step: str
    reason: str
    until: date


class LintPathTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[lint.paths.PATTERN]`: what the linter leaves out for some documents."""

    ignore: list[str] = []
    fail_on: str | None = None


class LintTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[lint]`: what the linter shows and fails on; never what the engine blocks."""

    ignore: list[str] = []
    fail_on: str | None = None
    pages: str | None = None
    drills: str | None = None
    paths: dict[str, LintPathTable] = {}


class OidcTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[web.oidc]`: logging in through a company's own provider."""

    issuer: str
    client_id: str
    client_secret: str = ""
    name: str = "company account"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    login_claim: str = "email"
    person_claim: str = "email"
    roles_claim: str = "groups"
    role_of: dict[str, list[str]] = {}
    otherwise: str | None = None
    people: dict[str, str] = {}


class WebTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[web]`."""

    listen: str | None = "127.0.0.1:8410"
    public_url: str | None = None
    token_variable: str = "TOCSIN_TOKEN"  # noqa: S105 -- the name of a variable, no secret
    key_variable: str = "TOCSIN_KEY"
    oidc: OidcTable | None = None


class PagingTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[paging]`."""

    fallback: str | None = None
    bundle: str | None = None
    link_life: str | None = None


class CanaryTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[canary]`."""

    person: str
    every: str | None = None
    within: str | None = None


class HeartbeatTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[heartbeat]`."""

    url: str
    method: str = "POST"
    every: str | None = None


class UpdatesTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[updates]`: where what a person sends goes, by audience; each written "pager:address"."""

    public: list[str] = []
    customers: list[str] = []
    executives: list[str] = []
    team: list[str] = []


class DrillsTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[drills]`: what `tocsin serve` drills by itself, in a sandbox."""

    schedule: str | None = None
    names: list[str] = []
    folder: str = "drills"
    tools: str | None = None
    control_plane: str | None = None


class ReloadTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[reload]`: how a changed tocsin.toml or runbook is taken up."""

    by_itself: bool = True
    every: str | None = None


class SettingsFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    tocsin: General = msgspec.field(default_factory=General)
    response: Response = msgspec.field(default_factory=Response)
    people: dict[str, PersonTable] = {}
    oncall: dict[str, list[str] | dict[str, object]] = {}
    pagers: dict[str, dict[str, object]] = {}
    targets: TargetsTable = msgspec.field(default_factory=TargetsTable)
    parameters: dict[str, str] = {}
    secrets: dict[str, str] = {}
    updates: UpdatesTable = msgspec.field(default_factory=UpdatesTable)
    checks: list[dict[str, object]] = []
    cut_off: CutOffTable = msgspec.field(default_factory=CutOffTable)
    waive: list[WaiveTable] = []
    lint: LintTable = msgspec.field(default_factory=LintTable)
    web: WebTable = msgspec.field(default_factory=WebTable)
    paging: PagingTable = msgspec.field(default_factory=PagingTable)
    canary: CanaryTable | None = None
    heartbeat: HeartbeatTable | None = None
    heartbeats: list[dict[str, object]] = []
    integrations: list[dict[str, object]] = []
    listeners: list[dict[str, object]] = []
    status: StatusTable | None = None
    synthetics: dict[str, object] = {}
    reconcile: dict[str, dict[str, object]] = {}
    drills: DrillsTable | None = None
    reload: ReloadTable = msgspec.field(default_factory=ReloadTable)


@dataclass(frozen=True, slots=True)
class Place:
    """The file being read, for messages."""

    file: Path
    text: str

    def where(self, key: str) -> str:
        """File and, if it can be told, line of a key."""
        line = _line_of(self.text, key)
        return f"{self.file}:{line}" if line else str(self.file)

    def error(self, key: str, message: str, hint: str | None = None) -> ConfigError:
        """The error to raise about a key."""
        return ConfigError(f"{self.where(key)}: {key}: {message}", hint=hint)

    def duration(self, key: str, text: str | None) -> timedelta | None:
        if text is None:
            return None
        found = duration.parse(text)
        if found is None or found < timedelta(0):
            raise self.error(key, f'"{text}" is not a duration.', 'Write it like "30 s", "5 min" or "1 h".')
        return found


def _content(file: Path) -> str:
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
        raise ConfigError(
            f"{file} cannot be read: {problem.strerror}.", hint="Check the path and its rights."
        ) from problem


_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `([^`]+)`(?: - at `\$\.?([^`]*)`)?")
_AT = re.compile(r" - at `\$\.?([^`]*)`")


def _wrong(file: Path, text: str, problem: str) -> ConfigError:
    """One sentence for what msgspec found, with line, key and the nearest known key."""
    unknown = _UNKNOWN_FIELD.search(problem)
    place = Place(file, text)
    if unknown:
        parent = unknown[2] or ""
        key = f"{parent}.{unknown[1]}".lstrip(".")
        near = difflib.get_close_matches(unknown[1], _known_keys(parent), n=1)
        hint = (
            f'Did you mean "{near[0]}"?'
            if near
            else f"Known here: {', '.join(_known_keys(parent)) or 'nothing'}."
        )
        return place.error(key, "there is no such key.", hint)
    at = _AT.search(problem)
    key = at[1] if at else "the file"
    return place.error(key, _AT.sub("", problem).strip().rstrip(".") + ".")


def _known_keys(parent: str) -> tuple[str, ...]:
    tables: dict[str, type[msgspec.Struct]] = {
        "": SettingsFile, "tocsin": General, "response": Response, "targets": TargetsTable, "web": WebTable,
        "paging": PagingTable, "canary": CanaryTable, "heartbeat": HeartbeatTable,
        "lint": LintTable, "status": StatusTable, "drills": DrillsTable,
        "reload": ReloadTable, "cut_off": CutOffTable,
    }  # fmt: skip
    if parent.startswith("targets.ssh"):
        return SshTable.__struct_fields__
    if parent.startswith("status.components"):
        return StatusComponentTable.__struct_fields__
    kind = tables.get(parent, PersonTable if parent.startswith("people") else None)
    return kind.__struct_fields__ if kind is not None else ()


_ITEM = re.compile(r"([\w-]+)\[(\d+)\](?:\.([\w-]+))?")


def _line_of(text: str, key: str) -> int | None:
    """The line a dotted key stands on, as far as a plain look at the text can tell."""
    item = _ITEM.match(key)
    found = _line_of_item(text, item[1], int(item[2]), item[3]) if item is not None else None
    return found if found is not None else _line_of_plain(text, key)


def _line_of_item(text: str, name: str, number: int, key: str | None) -> int | None:
    """The line of a key of the n-th `[[name]]`; without the key there, of its heading."""
    seen, head = -1, None
    for count, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[{1,2})([^\[\]]+)\]", line)
        table = header[2].strip() if header else ""
        if header and table == name and header[1] == "[[":
            seen += 1
            if seen > number:
                return head
            head = count if seen == number else None
        elif header and not table.startswith(f"{name}."):
            if head is not None:
                return head
        elif head is not None and key is not None:
            wanted = rf"\s*\[+{re.escape(name)}\.{re.escape(key)}\b|\s*[\"']?{re.escape(key)}[\"']?\s*[.=]"
            if re.match(wanted, line):
                return count
    return head


def _line_of_plain(text: str, key: str) -> int | None:
    wanted = re.sub(r"\[[^\]]*\]", "", key).split(".")
    table = ""
    best: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+([^\]]+)\]", line)
        if header:
            table = header[1].strip()
            if table == ".".join(wanted):
                return number
            if table.split(".")[0] == wanted[0] and best is None:
                best = number
        elif re.match(rf"\s*[\"']?{re.escape(wanted[-1])}[\"']?\s*=", line) and (
            table.split(".") == wanted[:-1] or len(wanted) == 1 or table == wanted[0]
        ):
            return number
    return best


def read(file: Path) -> tuple[SettingsFile, Place]:
    """The content of a settings file, and where it came from for further messages.

    Raises:
        ConfigError: missing, unreadable, not TOML, or a key is unknown or of the wrong kind.
    """
    text = _content(file)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(
            f"{file}: this is not TOML: {problem}.", hint="Mend that line and try again."
        ) from problem
    try:
        return msgspec.convert(raw, SettingsFile), Place(file, text)
    except msgspec.ValidationError as problem:
        raise _wrong(file, text, str(problem)) from problem
