"""Proposes settings from what a runbook mentions: checks, people, levels, targets, jobs and SLOs; invents nothing.

Everything proposed names the line it came from. What the runbook leaves open (a context, a limit, a phone number)
stays a comment to be completed, so that the file always loads.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from tocsin.app import propose_rules
from tocsin.effects.effect import Effect
from tocsin.runbook.book import Runbook, Section, Step


@dataclass(frozen=True, slots=True)
class Proposal:
    """One check.

    Attributes:
        kind: of the check. keys: its keys and values, in order.
        line, text: where it was mentioned, and by which command.
        missing: what a person has to fill in or set first; such a check is written as a comment. Empty: ready.
        section: the anchor of the incident section that mentioned it, or None.
    """

    name: str
    kind: str
    keys: tuple[tuple[str, object], ...]
    line: int
    text: str
    missing: str = ""
    section: str | None = None


def checks(book: Runbook) -> tuple[Proposal, ...]:
    """A check for everything the steps look at, each once, in document order."""
    found: dict[tuple[str, tuple[tuple[str, object], ...]], Proposal] = {}
    for section, step in _steps(book):
        for action in step.actions:
            for one in _of_text(action.text, step, section):
                known = found.get((one.kind, one.keys))
                # The same thing in an incident's own section says which section is meant.
                if known is None or (
                    known.section is None and one.section is not None and known.kind != "http"
                ):
                    found[one.kind, one.keys] = one if known is None else _placed(known, one)
    for line, text, each in propose_rules.sentry(book):
        kind, name, missing, keys = each
        found[kind, tuple(keys.items())] = Proposal(
            name, kind, tuple(keys.items()), line, " ".join(text.split())[:100], missing
        )
    return _named(_rules_once(found.values()))


def _rules_once(found: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Of the rules about one table that with a span of time, which comes nearest to "per hour"; all other checks."""
    kept: dict[str, Proposal] = {}
    for number, each in enumerate(found):
        place = each.name if each.kind == "sql" else f"{number}"
        known = kept.get(place)
        if known is None or (
            "interval" in str(each.keys).lower() and "interval" not in str(known.keys).lower()
        ):
            kept[place] = each
    return tuple(kept.values())


def variables(book: Runbook) -> tuple[str, ...]:
    """Names of environment variables the commands use and do not set themselves, each once."""
    used: dict[str, None] = {}
    for _, step in _steps(book):
        for action in step.actions:
            if step.language != "shell":
                continue
            own = set(re.findall(r"\b([A-Z][A-Z0-9_]+)=", action.text))
            for name in re.findall(r"\$\{?([A-Z][A-Z0-9_]{2,})\}?", action.text):
                if name not in own and name not in _EVERYWHERE:
                    used.setdefault(name)
    return tuple(used)


def hosts(book: Runbook) -> tuple[str, ...]:
    """Hosts the runbook logs in to, each once."""
    pattern = re.compile(r"^\s*ssh\s+(?:-\S+\s+)*(?:[\w.-]+@)?([A-Za-z][\w.-]*)\s*(?:$|\n|\s)", re.MULTILINE)
    return tuple(dict.fromkeys(host for section in book.walk() for host in pattern.findall(section.text)))


def database(book: Runbook) -> str | None:
    """The variable with the address of the database that psql is given, or None."""
    for _, step in _steps(book):
        for action in step.actions:
            named = _PSQL.search(action.text)
            if named is not None:
                return named[1]
    return None


_EVERYWHERE = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "USER", "LOGNAME", "TMPDIR", "PWD", "NF", "PIPESTATUS"}
)
_PSQL = re.compile(r"\bpsql\s+(?:-\S+\s+)*\"?\$\{?([A-Z][A-Z0-9_]*)\}?")
_OPEN = re.compile(r"[<>{}\[\]$`*]|\bYYYY|\bxxx\b", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s'\"|;&)]+")
_S_CLIENT = re.compile(r"\bs_client\b.*?-connect\s+([A-Za-z0-9.-]+):(\d+)")
_PEM = re.compile(r"--cert=(\S+\.pem)")
_PM2 = re.compile(
    r"\bpm2\s+(?:status|describe|show|restart|reload|logs|scale|delete|stop|trigger)\s+([A-Za-z][\w.-]*)"
)
_UNIT = re.compile(
    r"\bsystemctl\s+(?:--\S+\s+)*(?:status|restart|reload|start|is-active)\s+([A-Za-z][\w.@-]*)"
)
_DEPLOYMENT = re.compile(r"\bkubectl\b.*?\bdeploy(?:ment)?[ /]([a-z][a-z0-9.-]*)")
_CERTIFICATE = re.compile(r"\bkubectl\b.*?\bcertificate[ /]([a-z][a-z0-9.-]*)")
_NAMESPACE = re.compile(r"(?:-n|--namespace)[ =]([a-z][a-z0-9-]*)")
_BUCKET = re.compile(r"\baws\s+s3\s+ls\s+s3://([a-z0-9.-]+)/(\S*)")
_GREP = re.compile(r"\bgrep\s+(?:-[A-Za-z]+\s+)*(\"[^\"]+\"|'[^']+')\s+(/[\w./-]+)")
_REDIS = re.compile(r"\bredis-cli\b((?:\s+-[hpn]\s+\S+)*)")


def _steps(book: Runbook) -> Iterator[tuple[Section, Step]]:
    """Every step with the incident section it belongs to, or else with its own section."""
    seen: set[str] = set()
    for section in (*book.incidents(), *book.sections):
        for step in section.steps():
            if step.id not in seen:
                seen.add(step.id)
                yield section, step


def _placed(known: Proposal, other: Proposal) -> Proposal:
    return Proposal(known.name, known.kind, known.keys, known.line, known.text, known.missing, other.section)


def _of_text(text: str, step: Step, section: Section) -> Iterator[Proposal]:
    """What one command looks at or acts on."""
    line = step.span.first_line
    anchor = section.anchor if any(role.value == "incident" for role in section.roles) else None
    shown = " ".join(text.split())[:100]

    def made(found: _Found) -> Proposal:
        kind, name, missing, keys = found
        return Proposal(name, kind, tuple(keys.items()), line, shown, missing, anchor)

    if step.language == "shell":
        yield from map(made, (*_http(text, step), *_host(text), *_away(text)))


_Found = tuple[str, str, str, dict[str, object]]  # kind, name, what is missing, keys


def _http(text: str, step: Step) -> Iterator[_Found]:
    """Addresses that are only read, as they stand there."""
    if not re.search(r"\bcurl\b", text) or step.judgement.effect is not Effect.OBSERVE:
        return
    wanted = [each.value for each in step.expects if each.kind == "http_status" and each.value.isdecimal()]
    for url in _URL.findall(text):
        parts = urlsplit(url)
        if _OPEN.search(url) or not parts.hostname or parts.username or parts.query:
            continue
        status: dict[str, object] = {"status": int(wanted[0])} if len(wanted) == 1 else {}
        yield "http", f"{parts.hostname}{parts.path}", "", {"url": url} | status


def _host(text: str) -> Iterator[_Found]:
    """What runs on the machine of the runbook."""
    for app in _PM2.findall(text):
        if app != "all" and not app.endswith((".js", ".cjs", ".json", ".yml", ".yaml")):
            yield "pm2", app, "", {"app": app}
    for unit in _UNIT.findall(text):
        name = unit if "." in unit else f"{unit}.service"
        yield "systemd", unit, "", {"unit": name}
    if re.search(r"\bdf\b", text):
        yield "disk", "disk", "", {"path": "/"}
    if re.search(r"^\s*free\b", text):
        yield "memory", "memory", "", {}
    if re.search(r"^\s*(top|htop|uptime)\b", text):
        yield "cpu", "cpu", "", {}
    for pattern, path in _GREP.findall(text):
        words = shlex.split(pattern)[0]
        if path.endswith(".log") or path.startswith("/var/log/"):
            missing = "rate_degraded and rate_down: how many lines per minute are too many"
            yield "log", words, missing, {"path": path, "matching": re.escape(words).replace("\\ ", " ")}
    redis = _REDIS.search(text)
    if redis is not None:
        options = dict(zip(redis[1].split()[::2], redis[1].split()[1::2], strict=False))
        host, port = options.get("-h", "127.0.0.1"), options.get("-p", "6379")
        if not _OPEN.search(host + port) and port.isdecimal():
            yield "redis", "redis", "", {"host": host, "port": int(port)}


def _away(text: str) -> Iterator[_Found]:
    """What lies elsewhere and needs an address, a context or a key."""
    for host, port in _S_CLIENT.findall(text):
        yield "tls", f"{host}-certificate", "", {"host": host, "port": int(port)}
    for name in _PSQL.findall(text):
        yield from propose_rules.failed_rows(text, name)
        yield (
            "postgres",
            "database",
            f"the variable {name} in the environment of tocsin",
            {"dsn": f"${{{name}}}"},
        )
    space = _NAMESPACE.search(text)
    where: dict[str, object] = {"namespace": space[1]} if space is not None else {}
    context = "context: the one of your kubeconfig that is meant"
    for name in _DEPLOYMENT.findall(text):
        yield "kubernetes", name, context, where | {"deployment": name}
    for name in _CERTIFICATE.findall(text):
        yield "kubernetes", f"{name}-certificate", context, where | {"certificate": name}
    for bucket, prefix in _BUCKET.findall(text):
        if not _OPEN.search(prefix):
            missing = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment of tocsin"
            yield "s3", f"{bucket}-backup", missing, {"bucket": bucket, "prefix": prefix}


def _named(found: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
    """The proposals with names that are unique and fit for a command line."""
    taken: set[str] = set()
    named = []
    for each in found:
        plain = re.sub(r"[^a-z0-9]+", "-", each.name.casefold()).strip("-") or each.kind
        name, number = plain, 2
        while name in taken:
            name, number = (
                f"{plain}-{each.kind}" if number == 2 else f"{plain}-{each.kind}-{number}",
                number + 1,
            )
        taken.add(name)
        named.append(Proposal(name, each.kind, each.keys, each.line, each.text, each.missing, each.section))
    return tuple(named)


def toml(value: object) -> str:
    """A text, number or list of them as TOML writes it."""
    match value:
        case bool(truth):
            return "true" if truth else "false"
        case int() | float():
            return str(value)
        case list(items) | tuple(items):
            return f"[{', '.join(toml(item) for item in items)}]"
        case _:
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
