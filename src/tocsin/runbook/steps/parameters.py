"""Placeholders: holes in commands, one name for all their spellings, typed by position and name.

Source: docs/reference/runbook-language.md, section 8. What is listed in 8.2 (jsonpath, awk, SQL binds, globs,
names being set …) is no hole. A hole that is missed would be sent as it stands, a false one only blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tocsin.runbook.book import Context
from tocsin.runbook.shell.statements import ANGLE


@dataclass(frozen=True, slots=True)
class Hole:
    """A placeholder at one place of a text: character offsets, spelling, canonical name, type, own default."""

    start: int
    end: int
    spelling: str
    name: str
    type: str
    default: str | None = None


_NO_HOLES = frozenset(
    "none pending nil unknown eof html br div span p a b i script style nodes empty".split()
)
_ENVIRONMENT = frozenset(
    """
    HOME PWD OLDPWD USER LOGNAME PATH SHELL HOSTNAME LANG LC_ALL TERM UID EUID PPID RANDOM SECONDS LINENO IFS EDITOR
    TMPDIR BASH BASH_SOURCE BASH_VERSION FUNCNAME PIPESTATUS SHLVL COLUMNS LINES SUDO_USER DISPLAY OSTYPE REPLY
    OPTARG OPTIND HOSTTYPE MACHTYPE GROUPS PS1 NF NR FS OFS
    """.split()
)
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-=?+])([^{}]*))?(?:[#%/,^@:][^{}]*)?\})")
_ASSIGNED = re.compile(
    r"(?:^|[\s;&|(])(?:export\s+|local\s+|declare\s+(?:-\w+\s+)*|readonly\s+)?([A-Za-z_]\w*)=|\bfor\s+(\w+)\s+in\b"
    r"|\bread\s+(?:-\w+\s+(?:'[^']*'\s+|\"[^\"]*\"\s+)?)*((?:\w+\s*)+)|\bfor\s*\(\(\s*(\w+)="
)
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"", re.S)
_SINGLE = re.compile(r"'[^']*'")
_HOLE_WORDS = (
    "YOUR|MY|NEW|OLD|NAME|ID|VERSION|TAG|HOST|HOSTNAME|IP|URL|KEY|TOKEN|PATH|DATE|USER|USERNAME|PASSWORD|BRANCH|COMMIT|SHA"
    "|POD|NODE|NAMESPACE|CLUSTER|BUCKET|REGION|SERVICE|PORT|EMAIL|BACKUP|SNAPSHOT|INSTANCE|PREVIOUS|CURRENT|TARGET|HERE"
    "|REVISION|RELEASE|DATABASE|TABLE|VALUE|ADDRESS|SERVER|ZONE|PROJECT|DEPLOYMENT|CONTAINER|IMAGE|FILE|ARN|HASH"
    "|HIER|DATUM|DATEINAME|EINTRAGEN|EINSETZEN|EINFUEGEN|ERSETZEN|AUSFUELLEN|DEIN|DEINE|IHR|IHRE|KENNWORT|PASSWORT|BENUTZER"
    "|FECHA|NOMBRE|USUARIO|CONTRASENA|AQUI|REEMPLAZAR|NOME|SENHA|SEU|SUA|SUBSTITUIR|UTILISATEUR|VOTRE|ICI|REMPLACER"
)
# Behind a name and a colon stands which one of several: `shop:PREVIOUS`, `registry/shop:TAG`.
_WHICH = re.compile(
    r"(?<=[a-z0-9]:)(?:PREVIOUS|CURRENT|LAST|OLD|NEW|VERSION|REVISION|RELEASE|TAG|NUMBER|SHA|COMMIT|DIGEST|BUILD)(?![\w:=(,-])"
)
_UPPER = re.compile(
    rf"(?<![\w$\{{.-])(?:[A-Z0-9]+_)*(?:{_HOLE_WORDS})(?:_[A-Z0-9]+)+(?![\w=(-])|(?<![\w$\{{.-])(?:[A-Z0-9]+_)+(?:{_HOLE_WORDS})(?![\w=(-])|(?<![\w$\{{.-])(?:[A-Z0-9]+_)+(?:{_HOLE_WORDS})(?=-\d)"
)
_MIXED = re.compile(r"(?<![\w$])[a-z][\w]*?_?(?:NEW|YOUR|OLD)_[A-Z][A-Z_]*(?![\w=])")
_YOUR = re.compile(
    r"(?<![\w$.-])(?:your|YOUR|my)[-_](?:[A-Za-z][\w-]*)(?![\w(])|(?<!\w)(?:CHANGE_?ME|REPLACE_?ME|REPLACE_WITH_\w+|TODO|FIXME)(?!\w)"
)
_MAY_BE_YOUR = re.compile(r"[yY][oO][uU][rR][-_]|my[-_]|CHANGE_?ME|REPLACE_|REPLACEME|TODO|FIXME")
_BRACKET = re.compile(
    r"(?<![\w\[\]'\"\\$])\[([A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+){0,5})\](?![\[\](*+?{'\"])"
)
_BRACKET_NOUNS = frozenset(
    "name namespace pod host hostname id version service deployment node ip user username password url path branch"
    " commit tag date database table bucket region cluster container token key file port email image revision".split()
)
_BRACE = re.compile(r"(?<![\w$\\{'])\{\{?\s*([a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)\s*\}?\}(?!\})")
_TEMPLATED = re.compile(
    r"jsonpath|go-template|--format|custom-columns|\bawk\b|\bjq\b|--template|xargs\s+-I|parallel|-exec\b|\bfind\b"
)
_CROSSES = re.compile(
    r"(?<![\w.])(?:x\.x\.x\.x|X\.X\.X\.X|\d{1,3}(?:\.\d{1,3})?(?:\.[xX]{1,3}){1,3}|[a-z]+-[xX]{3,}|[xX]{3,}|i-0123456789abcdef0)(?![\w.]*[a-wyz])"
)
_DATE = re.compile(
    r"(?<![%A-Za-z])(?:Y{4}([-_/.]?)M{2}\1D{2}(?:[-_T ]?H{2}[:_-]?[mM]{2}(?:[:_-]?[sS]{2})?)?|H{2}:?[mM]{2}(?::?[sS]{2})?)(?![A-Za-z])"
)
_TEMPLATE = re.compile(
    r"<%[^%\n]{0,200}%>|\{%[^%\n]{0,200}%\}|\$\{\{[^{}\n]{0,200}\}\}|(?<![\w$])\{\{[^{}\n]{1,200}\}\}"
)
# What an alert's template calls its labels: the hole has the label's name.
LABEL = re.compile(
    r"\{\{-?\s*\$?\.?(?:labels|Labels|CommonLabels|GroupLabels|commonLabels|groupLabels|annotations|Annotations)\.(\w+)\s*-?\}\}|\$labels\.(\w+)"
)
# Marks that houses put around a name: `__POD__`, `@@POD@@`, `%POD%`, `#{pod}`, «pod».
_MARKED = re.compile(
    r"(?<!\w)__([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)__(?!\w)|@@?([A-Z][A-Z0-9_]{1,40})@@?(?!\w)|%([A-Z][A-Z0-9_]{2,40})%|#\{([a-z][\w.]{0,40})\}|«([^«»\n]{1,40})»"
)
# Not `./...`, `a...b` or `../..`, which programs read; and what is printed may end in dots.
_ELLIPSIS = re.compile(r"(?<![\w./@^~)\]])(?:\.\.\.|…)(?![\w./])|(?<=//)\.\.\.(?=[/\s'\"]|$)")
_PRINTS = re.compile(r"\s*(?:echo|printf|logger|wall)\b|.*\b(?:grep|awk|sed)\b")

_POSITION = (
    (re.compile(r"(?:\s-n|--namespace)[ =]['\"]?$"), "namespace"),
    (re.compile(r"--replicas[ =]$|--tail[ =]$|--lines[ =]$|\s-i\s$|--count[ =]$"), "integer"),
    (
        re.compile(
            r"\bgit\s+(?:checkout|reset|revert|switch|show|diff|cherry-pick)\s+(?:-\S+\s+)*(?:origin/)?$"
        ),
        "ref",
    ),
    (re.compile(r"--to-revision[ =]$"), "integer"),
    (re.compile(r"\bhelm\s+rollback\s+\S+\s+$"), "integer"),
    (
        re.compile(r"(?:\bpods?/|\bpod\s+|\bexec\s+(?:-\w+\s+)*|\blogs\s+(?:-\w+\s+)*|port-forward\s+)$"),
        "pod",
    ),
    (re.compile(r"(?:\bdeployments?/|\bdeploy/|\bdeployment\s+)$"), "deployment"),
    (re.compile(r"(?:\bnodes?/|\bnodes?\s+|\bcordon\s+|\bdrain\s+)$"), "node"),
    (re.compile(r"\b(?:ssh|scp|ping|dig|nslookup|telnet|traceroute)\s+(?:-\S+\s+)*(?:\w+@)?$"), "host"),
    (re.compile(r"(?:--since|--timeout|--duration)[ =]$"), "duration"),
    (re.compile(r"s3://$|gs://$|--bucket[ =]$"), "bucket"),
    (re.compile(r"(?:s3|gs)://[^\s/]+/\S*$"), "key"),
    (re.compile(r"\b(?:createdb|dropdb|pg_dump|psql)\s+(?:-\S+\s+)*$|(?:--dbname|\s-d)[ =]$"), "database"),
    (re.compile(r"(?:FROM|TABLE|INTO|UPDATE)\s+$"), "table"),
    (re.compile(r"(?:--port|\s-p)[ =]$"), "port"),
    (re.compile(r"https?://$"), "host"),
)
_SECRET = re.compile(
    r"(?:^|_)(?:password|passwd|pass|token|secret|credentials?|api_?key|private_?key|access_?key|(?:role|service|signing|encryption|master|webhook|license|deploy|ssh)_key|sk|apikey)(?:_|$)"
)
_URL_NAME = re.compile(r"(?:^|_)(?:url|uri|dsn)(?:_|$)")
_BY_NAME = (
    ("namespace", re.compile(r"(?:^|_)(?:namespace|ns)(?:_|$)")),
    ("commit", re.compile(r"(?:^|_)(?:commit|sha|hash)(?:_|$)")),
    ("ref", re.compile(r"(?:^|_)(?:ref|branch|tag)(?:_|$)")),
    ("version", re.compile(r"(?:^|_)(?:version|release|image)(?:_|$)")),
    ("email", re.compile(r"(?:^|_)(?:e_?mail|mail)(?:_|$)")),
    ("url", re.compile(r"(?:^|_)(?:url|uri|endpoint|dsn|link)(?:_|$)")),
    ("pod", re.compile(r"(?:^|_)pod(?:_|$)")),
    ("deployment", re.compile(r"(?:^|_)(?:deployment|deploy|service|svc|app|application)(?:_|$)")),
    ("node", re.compile(r"(?:^|_)node(?:_|$)")),
    ("volume", re.compile(r"(?:^|_)(?:volume|vol|pvc|disk|snapshot)(?:_|$)")),
    ("bucket", re.compile(r"(?:^|_)bucket(?:_|$)")),
    ("table", re.compile(r"(?:^|_)table(?:_|$)")),
    ("database", re.compile(r"(?:^|_)(?:database|db|dbname)(?:_|$)")),
    ("ip", re.compile(r"(?:^|_)(?:ip|address|cidr)(?:_|$)")),
    ("host", re.compile(r"(?:^|_)(?:host|hostname|server|instance|machine|broker|primary|replica|standby)(?:_|$)")),
    ("port", re.compile(r"(?:^|_)port(?:_|$)")),
    ("path", re.compile(r"(?:^|_)(?:path|dir|directory|file|filename|folder|backup|dump)(?:_|$)")),
    ("duration", re.compile(r"(?:^|_)(?:duration|timeout|interval)(?:_|$)")),
    ("date", re.compile(r"(?:^|_)(?:date|day)(?:_|$)")),
    ("time", re.compile(r"(?:^|_)(?:time|timestamp)(?:_|$)")),
    ("integer", re.compile(r"(?:^|_)(?:count|number|num|replicas|pid|revision|n|size|limit)(?:_|$)")),
    ("account", re.compile(r"(?:^|_)(?:account|user|username|project|subscription|tenant|customer)(?:_|$)")),
    ("key", re.compile(r"(?:^|_)key(?:_|$)")),
)  # fmt: skip


@lru_cache(maxsize=4096)
def holes(text: str, language: str, context: Context = ()) -> tuple[Hole, ...]:
    """The placeholders in the text of an action, in order, not overlapping.

    Args:
        language: variables and brackets are looked for in shell only.
        context: its variables are known and therefore no holes.
    """
    found: list[Hole] = []
    shell = language == "shell"
    singles = [(m.start(), m.end()) for m in _SINGLE.finditer(text)] if shell and "'" in text else []
    found.extend(_angles(text))
    if shell and "$" in text:
        found.extend(_variables(text, context, singles))
    if language != "sql":
        found.extend(_written(text, shell))
    found.extend(_dates(text))
    if "abels." in text or "nnotations." in text:
        found.extend(_Found(text).hole(m, m[1] or m[2]) for m in LABEL.finditer(text))
    if "{%" in text or "<%" in text or ("{{" in text and not _TEMPLATED.search(text)):
        # A template's own marks: never evaluated, so never sent.
        found.extend(
            _Found(text).hole(m, m[0].strip("<>{}%$= "), "omitted")
            for m in _TEMPLATE.finditer(text)
            if LABEL.fullmatch(m[0]) is None
        )
    if shell and ("..." in text or "…" in text) and not _PRINTS.match(text):
        found.extend(_Found(text).hole(m, "...", "omitted") for m in _ELLIPSIS.finditer(text))
    found.sort(key=lambda hole: (hole.start, -hole.end))
    out: list[Hole] = []
    for hole in found:
        if not out or hole.start >= out[-1].end:
            out.append(hole)
    return tuple(out)


_BINDS = frozenset({"parameters", "params", "variables", "vars", "defaults"})
_BOUND = re.compile(r"([A-Za-z_][\w.-]*)\s*[:=]\s*(\S.*)$")


def bound_in(front_matter: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The values a document's front matter gives to its holes, by canonical name.

    >>> bound_in([("title", "Shop"), ("parameters", "namespace: shop\\nregion: eu-1")])
    {'namespace': 'shop', 'region': 'eu-1'}
    """
    out: dict[str, str] = {}
    for key, value in front_matter:
        for line in value.split("\n") if key in _BINDS else ():
            if found := _BOUND.match(line.strip()):
                out[canonical_name(found[1])] = found[2].strip().strip("\"'")
    return out


def is_left_out(hole: Hole) -> bool:
    """Whether a hole stands for what the runbook left out (`...`), which nobody can fill."""
    return hole.spelling in ("...", "…")


def named(text: str) -> tuple[Hole, ...]:
    """The placeholders of prose: only the spellings that cannot be anything else."""
    return tuple(sorted((*_angles(text), *_dates(text)), key=lambda hole: hole.start))


class _Found:
    """Makes holes of matches in one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def hole(
        self, found: re.Match[str], name: str, kind: str | None = None, default: str | None = None
    ) -> Hole:
        canonical = canonical_name(name)
        return Hole(
            found.start(), found.end(), found[0], canonical,
            kind or _type(canonical, self.text[max(0, found.start() - 120) : found.start()]), default,
        )  # fmt: skip


def canonical_name(name: str) -> str:
    """One name for all spellings: `<Name-Space>`, `$NAME_SPACE` and `your-name-space` are name_space."""
    bare = _YOURS.sub("", name.strip())
    return _NO_LETTERS.sub("_", bare.lower()).strip("_") or name.strip()


_YOURS = re.compile(r"^(?:your|my)[-_ ]", re.I)
_NO_LETTERS = re.compile(r"[^a-z0-9]+")


def _type(name: str, before: str) -> str:
    if _URL_NAME.search(name):
        return "url"  # an address stays one wherever it stands: `psql $DATABASE_URL`
    for pattern, kind in _POSITION:
        if pattern.search(before):
            return kind
    if _SECRET.search(name):
        return "secret"
    return next((kind for kind, pattern in _BY_NAME if pattern.search(name)), "text")


def _angles(text: str) -> Iterable[Hole]:
    if "<" not in text:
        return
    made = _Found(text)
    for found in ANGLE.finditer(text):
        inner = found[0][1:-1]
        if inner.lower() not in _NO_HOLES and not inner.startswith("/"):
            yield made.hole(found, inner)


def _variables(text: str, context: Context, singles: list[tuple[int, int]]) -> Iterable[Hole]:
    known = {hop.name for hop in context if hop.kind == "env"}
    known.update(
        word for m in _ASSIGNED.finditer(text) for group in m.groups() if group for word in group.split()
    )
    made = _Found(text)
    for found in _VARIABLE.finditer(text):
        name = found[1] or found[2]
        if name in _ENVIRONMENT or name in known or name.startswith("BASH_"):
            continue
        if (
            any(a <= found.start() < b for a, b in singles)
            or text[max(0, found.start() - 1) : found.start()] == "\\"
        ):
            continue
        default = found[4] if found[3] in (":-", "-", ":=", "=") and found[4] else None
        yield made.hole(found, name, None, default)


_LISTS_NAMES = re.compile(r"\s*(?:printenv|unset|env\b(?! \w+=)|set\b)")


def _written(text: str, shell: bool) -> Iterable[Hole]:
    """Spellings by case and marks: UPPER_CASE, your-…, [name], {name}, xxx."""
    made = _Found(text)
    quotes = [(m.start(), m.end()) for m in _QUOTED.finditer(text)] if "'" in text or '"' in text else []

    def in_phrase(at: int) -> bool:
        # Inside quotes with several words stands another language or a message, not a value.
        return any(a < at < b and " " in text[a:b].strip() for a, b in quotes)

    # The plain searches first: this is asked of every action.
    if "_" in text and not _LISTS_NAMES.match(text):
        yield from (made.hole(m, m[0]) for m in _UPPER.finditer(text) if not in_phrase(m.start()))
    if ":" in text and not _TEMPLATED.search(text):
        yield from (made.hole(m, m[0]) for m in _WHICH.finditer(text) if not in_phrase(m.start()))
    if "NEW_" in text or "YOUR_" in text or "OLD_" in text:
        yield from (
            made.hole(m, m[0], "secret" if "KEY" in m[0] or "TOKEN" in m[0] else None)
            for m in _MIXED.finditer(text)
        )
    if _MAY_BE_YOUR.search(text) is not None:
        yield from (made.hole(m, m[0]) for m in _YOUR.finditer(text))
    if "x" in text or "X" in text or "i-0123" in text:
        yield from (made.hole(m, m[0]) for m in _CROSSES.finditer(text) if not in_phrase(m.start()))
    if ("__" in text or "@" in text or "%" in text or "#{" in text or "«" in text) and "tmux" not in text:
        yield from (
            made.hole(m, m[m.lastindex or 0]) for m in _MARKED.finditer(text) if not in_phrase(m.start())
        )
    if not shell:
        return
    for m in _BRACKET.finditer(text) if "[" in text else ():
        several = any(sign in m[1] for sign in " _-")
        if not any(a < m.start() < b for a, b in quotes) and (several or m[1].lower() in _BRACKET_NOUNS):
            if not re.match(r"[A-Za-z]-[A-Za-z]$|[a-z]-[a-z]", m[1]):
                yield made.hole(m, m[1])
    if "{" in text and not _TEMPLATED.search(text):
        for m in _BRACE.finditer(text):
            if not any(a < m.start() < b and text[a] == "'" for a, b in quotes):
                yield made.hole(m, m[1])


def _dates(text: str) -> Iterable[Hole]:
    if "YY" not in text and "HH" not in text:
        return
    for found in _DATE.finditer(text):
        # Named after what it dates: a branch we create and a backup that must exist are different values.
        word = re.search(r"([A-Za-z][A-Za-z0-9]*)[-_./]$", text[: found.start()])
        short = "time" if found[0].startswith("H") else "date"
        name = f"{word[1].lower()}_{short}" if word and not word[1].isupper() else short
        yield Hole(found.start(), found.end(), found[0], name, short)


# What an observing command lists, and the types of holes its output can fill.
_OFFERS = (
    (re.compile(r"\bgit\s+(?:log|reflog|show|rev-list|tag|branch)\b"), frozenset({"ref", "commit", "version"})),
    (re.compile(r"\b(?:rollout\s+history|helm\s+history|releases?\b)"), frozenset({"integer", "version"})),
    (re.compile(r"\bget\s+(?:po|pods?)\b|\bdescribe\s+pods?\b"), frozenset({"pod", "namespace"})),
    (re.compile(r"\bget\s+(?:deploy|deployments?|all)\b"), frozenset({"deployment", "namespace"})),
    (re.compile(r"\bget\s+(?:no|nodes?)\b"), frozenset({"node"})),
    (re.compile(r"\bget\s+(?:ns|namespaces?)\b"), frozenset({"namespace"})),
    (re.compile(r"\b(?:s3\s+ls|s3api\s+list|gsutil\s+ls|mc\s+ls|ls\b|find\b|pgbackrest\s+info|barman\s+list|describe-db-snapshots|describe-snapshots)"),
     frozenset({"key", "path", "bucket", "date", "volume"})),
    (re.compile(r"\bdocker(?:-compose|\s+compose)?\s+(?:ps|images|container\s+ls)\b"), frozenset({"container", "version", "deployment"})),
    (re.compile(r"pg_stat_activity|processlist|\bps\b|\btop\b|pgrep|lsof|netstat|\bss\b"), frozenset({"integer", "text"})),
    (re.compile(r"\\l\b|pg_database|show\s+databases", re.I), frozenset({"database"})),
)  # fmt: skip


@lru_cache(maxsize=4096)
def offered(command: str) -> frozenset[str]:
    """The types of holes for which the output of an observing command can list values."""
    return frozenset().union(*[types for pattern, types in _OFFERS if pattern.search(command)])
