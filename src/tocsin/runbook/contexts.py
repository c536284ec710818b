"""Where a line runs: sessions that open and close, and what persists (directory, variables, cluster).

Source: docs/reference/runbook-language.md, section 7. A line never runs in another place than the reader meant.
"""

import re
from dataclasses import dataclass
from enum import Enum

from tocsin.runbook.book import Context, Hop
from tocsin.runbook.statements import ANGLE

# Past so many variables of one place we stop naming them; "*" says that there are more than we track.
_MOST_LOCALS = 60


class Move(Enum):
    """What a statement does to the place where the next one runs."""

    STAYS = "stays"
    OPENS = "opens"
    CLOSES = "closes"
    SETS = "sets"  # directory, variables, shell options: goes with what follows
    SWITCHES = "switches"  # cluster, account: an act of its own, and the following lines are meant for there


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the chain of sessions.

    Attributes:
        levels: outermost first; each is what one line opened (nothing on the operator's side; several hops
            for `sudo -u postgres psql`) with the directory and variables set inside it.
    """

    levels: tuple[tuple[Context, Context], ...] = (((), ()),)

    @property
    def context(self) -> Context:
        """The chain as a flat tuple of hops."""
        out: list[Hop] = []
        for opener, inner in self.levels:
            out.extend(opener)
            out.extend(inner)
        return tuple(out)

    @property
    def depth(self) -> int:
        """How many sessions are open."""
        return len(self.levels) - 1

    @property
    def innermost(self) -> Hop | None:
        """The innermost hop a session opened, or None on the operator's side."""
        return self.levels[-1][0][-1] if self.levels[-1][0] else None

    def enter(self, *hops: Hop) -> "Place":
        """Inside a further session; a host starts with a fresh directory."""
        return Place((*self.levels, (hops, ())))

    def leave(self, levels: int = 1) -> "Place":
        """Outside the innermost sessions."""
        return Place(self.levels[: max(1, len(self.levels) - levels)])

    def outermost(self) -> "Place":
        """Outside every session."""
        return Place(self.levels[:1])

    def put(self, hop: Hop) -> "Place":
        """With a directory, variable, cluster or identity set; replaces one of the same name or kind."""
        opener, inner = self.levels[-1]
        if hop.kind == "env":
            kept = tuple(h for h in inner if not (h.kind == "env" and h.name == hop.name))
        else:
            kept = tuple(h for h in inner if h.kind != hop.kind)
        if len(kept) >= _MOST_LOCALS:
            hop = Hop("env", "*", None)
            kept = tuple(h for h in kept if h != hop)
        return Place((*self.levels[:-1], (opener, (*kept, hop))))

    def drop(self, name: str) -> "Place":
        """Without this variable."""
        opener, inner = self.levels[-1]
        kept = tuple(h for h in inner if not (h.kind == "env" and h.name == name))
        return Place((*self.levels[:-1], (opener, kept)))


_SPLIT = re.compile(r"(?:[^\s'\"\\]|\\.|'[^']*'|\"(?:\\.|[^\"\\])*\")+")
_META = re.compile(r"[|;&<>]|\$\(")
_SHELLS = frozenset(
    {"sh", "bash", "zsh", "ash", "dash", "ksh", "/bin/sh", "/bin/bash", "/bin/ash", "/bin/zsh"}
)
_WITH_VALUE = {
    "ssh": frozenset(
        [
            "-i",
            "-p",
            "-l",
            "-o",
            "-F",
            "-J",
            "-L",
            "-R",
            "-D",
            "-b",
            "-c",
            "-m",
            "-S",
            "-W",
            "-w",
            "-E",
            "-e",
            "-I",
            "-O",
            "-Q",
            "-B",
        ]
    ),
    "psql": frozenset(
        [
            "-h",
            "-p",
            "-U",
            "-d",
            "-v",
            "-P",
            "-F",
            "-R",
            "-T",
            "--host",
            "--port",
            "--username",
            "--dbname",
            "--set",
            "--variable",
            "--pset",
            "--field-separator",
        ]
    ),
    "mysql": frozenset(
        [
            "-h",
            "-P",
            "-u",
            "-D",
            "-S",
            "--host",
            "--port",
            "--user",
            "--database",
            "--socket",
            "--defaults-file",
            "--protocol",
        ]
    ),
    "redis": frozenset(
        [
            "-h",
            "-p",
            "-s",
            "-a",
            "-u",
            "-n",
            "--user",
            "--pass",
            "--cacert",
            "--cert",
            "--key",
            "--sni",
            "-c-",
        ]
    ),
    "exec": frozenset(
        [
            "-n",
            "--namespace",
            "-c",
            "--container",
            "--context",
            "--kubeconfig",
            "-u",
            "--user",
            "-w",
            "--workdir",
            "-e",
            "--env",
            "--env-file",
            "-f",
            "--file",
            "-p",
            "--project-name",
            "--index",
            "--cluster",
            "--as",
        ]
    ),
    "other": frozenset(
        [
            "-h",
            "-p",
            "-u",
            "-d",
            "-U",
            "--host",
            "--port",
            "--user",
            "--username",
            "--database",
            "--url",
            "-P",
            "--password",
        ]
    ),
}


def words(text: str) -> list[str]:
    """The words of a simple command, quotes removed; holes such as `<name>` stay one word."""
    if "<" in text:
        text = ANGLE.sub(lambda hole: hole[0].replace(" ", "\u00a0"), text)
    return [_unquoted(word).replace("\u00a0", " ") for word in _SPLIT.findall(text)]


def _unquoted(word: str) -> str:
    return re.sub(r"'([^']*)'|\"((?:\\.|[^\"\\])*)\"", lambda m: m[1] if m[1] is not None else m[2], word)


# A quick no for most lines; the words decide.
_MAY_OPEN = re.compile(
    r"\s*(?:[A-Za-z_]\w*=\S*\s+)*(?:\S*/)?(?:ssh|mosh|slogin|sudo|doas|su|docker|podman|nerdctl|docker-compose|crictl|lxc|ctr|kubectl|oc|k"
    r"|chroot|aws-vault|tmux|screen|psql|pgcli|mysql|mariadb|mycli|redis-cli|valkey-cli|mongosh|mongo|sqlite3|cqlsh"
    r"|clickhouse-client|sqlcmd|cockroach|rails|bundle|python3?|ipython|node|irb|iex|ghci|pry|php|flask)(?:\s|$)"
)


def opener(text: str) -> tuple[Hop, ...] | None:
    """The session a statement opens, as hops from outside to inside, or None if it opens none.

    >>> opener("ssh -p 2222 deploy@web1")
    (Hop(kind='host', name='web1', detail='deploy'),)
    >>> opener("ssh web1 uptime") is None
    True
    """
    if not _MAY_OPEN.match(text) or _META.search(ANGLE.sub("hole", text)) or "\n" in text.replace("\\\n", ""):
        return None
    parts = words(text.replace("\\\n", " "))
    while parts and re.match(r"[A-Za-z_]\w*=", parts[0]):
        parts = parts[1:]
    return _opened(parts) if parts else None


def _opened(parts: list[str]) -> tuple[Hop, ...] | None:
    program = parts[0].rsplit("/", 1)[-1]
    match program:
        case "ssh" | "mosh" | "slogin":
            return _ssh(parts[1:])
        case "sudo" | "doas" | "su":
            return _sudo(parts)
        case "docker" | "podman" | "nerdctl" | "docker-compose" | "crictl" | "lxc" | "ctr":
            return _container(parts)
        case "kubectl" | "oc" | "k":
            return _pod(parts)
        case "chroot" if len(parts) == 2 or (len(parts) == 3 and parts[2] in _SHELLS):
            return (Hop("container", parts[1]),)
        case "aws-vault" | "tmux" | "screen":
            return () if program in ("tmux", "screen") and len(parts) == 1 else None
        case _:
            return _database(program, parts[1:]) or _repl(program, parts[1:])


def _positional(parts: list[str], valued: frozenset[str]) -> tuple[list[str], dict[str, str]]:
    """Words that are no options, up to the end or `--`, and the options with their values."""
    plain: list[str] = []
    options: dict[str, str] = {}
    index = 0
    while index < len(parts):
        part = parts[index]
        if part == "--":
            break
        if part.startswith("-") and len(part) > 1 and not part.startswith("<"):
            name, _, value = part.partition("=")
            if part in valued and index + 1 < len(parts):
                index += 1
                value = parts[index]
            options[name] = value
        else:
            plain.append(part)
        index += 1
    return plain, options


def _ssh(parts: list[str]) -> tuple[Hop, ...] | None:
    plain, options = _positional(parts, _WITH_VALUE["ssh"])
    if len(plain) != 1 or any(o in options for o in ("-N", "-f", "-L", "-R", "-D", "-W", "-O", "-V", "-G")):
        return None
    user, _, host = plain[0].rpartition("@")
    hop = Hop("host", host, user or options.get("-l") or None)
    if jump := options.get("-J"):
        return (*(_host(part) for part in jump.split(",")), hop)
    return (hop,)


def _host(text: str) -> Hop:
    user, _, host = text.rpartition("@")
    return Hop("host", host, user or None)


def _sudo(parts: list[str]) -> tuple[Hop, ...] | None:
    if parts[0] == "su":
        rest = [part for part in parts[1:] if part not in ("-", "-l", "--login")]
        if len(rest) > 1 or any(part.startswith("-") for part in rest):
            return None
        return (Hop("user", rest[0] if rest else "root"),)
    user, index = "root", 1
    login = False
    while index < len(parts) and parts[index].startswith("-"):
        option = parts[index]
        if option in ("-u", "--user", "-iu") and index + 1 < len(parts):
            user = parts[index + 1]
            login = login or option == "-iu"
            index += 1
        elif option in ("-i", "-s", "--login", "--shell"):
            login = True
        elif option not in ("-E", "-H", "-n", "-k"):
            return None
        index += 1
    rest = parts[index:]
    if not rest:
        return (Hop("user", user),) if login else None
    if rest[0] in _SHELLS and len(rest) == 1:
        return (Hop("user", user),)
    inner = _opened(rest)
    if inner is None or rest[0] == "su":
        return inner
    return inner if user == "root" and inner[0].kind != "database" else (Hop("user", user), *inner)


def _container(parts: list[str]) -> tuple[Hop, ...] | None:
    rest = parts[1:]
    if parts[0] == "lxc" and rest[:1] != ["exec"]:
        return None
    if rest[:1] == ["compose"]:
        rest = rest[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in _WITH_VALUE["exec"] else rest[1:]
    if rest[:1] == ["attach"] and len(rest) == 2:
        return (Hop("container", rest[1]),)
    if rest[:1] != ["exec"]:
        return None
    return _inside(rest[1:], "container", None)


def _pod(parts: list[str]) -> tuple[Hop, ...] | None:
    rest = parts[1:]
    lead: dict[str, str] = {}
    while rest and rest[0].startswith("-"):
        if rest[0] in _WITH_VALUE["exec"]:
            lead[rest[0]] = rest[1] if len(rest) > 1 else ""
            rest = rest[2:]
        else:
            rest = rest[1:]
    match rest:
        case ["rsh", *more] if parts[0] == "oc":
            plain, options = _positional(more, _WITH_VALUE["exec"])
            if len(plain) == 1:
                return (Hop("pod", plain[0], options.get("-n") or lead.get("-n")),)
            return None
        case ["debug", *more]:
            plain, options = _positional(more, _WITH_VALUE["exec"])
            if len(plain) == 1 and ("/" in plain[0]) and not any(o.startswith("--image") for o in options):
                return (Hop("pod", plain[0], options.get("-n") or lead.get("-n")),)
            return None
        case ["exec", *more]:
            return _inside(more, "pod", lead.get("-n") or lead.get("--namespace"))
        case _:
            return None


def _inside(parts: list[str], kind: str, namespace: str | None) -> tuple[Hop, ...] | None:
    """The session of an `exec`: a shell opens the container, a bare client opens its database inside it."""
    if "--" in parts:
        at = parts.index("--")
        before, command = parts[:at], parts[at + 1 :]
        plain, options = _positional(before, _WITH_VALUE["exec"])
    else:
        plain, options = _leading(parts)
        command, plain = plain[1:], plain[:1]
    if len(plain) != 1 or not command:
        return None
    detail = options.get("-n") or options.get("--namespace") or namespace or options.get("-c")
    hop = Hop(kind, plain[0], detail or None)
    if command[0] in _SHELLS and all(part in ("-l", "-i", "-il", "--login") for part in command[1:]):
        return (hop,)
    inner = _opened(command)
    return (hop, *inner) if inner else None


def _leading(parts: list[str]) -> tuple[list[str], dict[str, str]]:
    """Options before the first plain word, then everything that follows as it stands."""
    options: dict[str, str] = {}
    index = 0
    while index < len(parts) and parts[index].startswith("-"):
        if parts[index] in _WITH_VALUE["exec"] and index + 1 < len(parts):
            options[parts[index]] = parts[index + 1]
            index += 1
        index += 1
    return parts[index:], options


_CLIENTS = {
    "psql": ("postgres", "psql"),
    "pgcli": ("postgres", "psql"),
    "mysql": ("mysql", "mysql"),
    "mariadb": ("mysql", "mysql"),
    "mycli": ("mysql", "mysql"),
    "redis-cli": ("redis", "redis"),
    "valkey-cli": ("redis", "redis"),
    "mongosh": ("mongo", "other"),
    "mongo": ("mongo", "other"),
    "sqlite3": ("sqlite", "other"),
    "cqlsh": ("cassandra", "other"),
    "clickhouse-client": ("clickhouse", "other"),
    "sqlcmd": ("mssql", "other"),
}
_RUNS_SOMETHING = re.compile(
    r"-(?:c|f|l|e|q|Q|V|x|i)$|-[cfe].+|--(?:command|file|list|execute|eval|query|version|help|scan|bigkeys|latency|stat"
    r"|memkeys|hotkeys|rdb|pipe|intrinsic-latency|cluster|quiet-exec|input-file)\b|--command=.*|-\?$|-A?[tqX]*c$"
)


def _database(program: str, parts: list[str]) -> tuple[Hop, ...] | None:
    if program == "cockroach" and parts[:1] == ["sql"]:
        kind, valued, parts = "postgres", "other", parts[1:]
    elif program in _CLIENTS:
        kind, valued = _CLIENTS[program]
    else:
        return None
    plain, options = _positional(parts, _WITH_VALUE[valued])
    runs = [o for o in options if _RUNS_SOMETHING.match(o)]
    if kind == "redis":
        runs = [o for o in runs if o.startswith("--") or o == "-x"]
    if kind == "mysql":
        runs = [o for o in runs if o not in ("-q",)]
    most = {"redis": 0, "psql": 2, "postgres": 2}.get(kind, 1)
    if runs or len(plain) > most:
        return None
    if kind == "mongo" and plain and plain[0].endswith(".js"):
        return None
    return (Hop("database", _dsn(kind, plain, options), kind),)


def _dsn(kind: str, plain: list[str], options: dict[str, str]) -> str:
    """The database as far as the line names it: the address or name as written, or "host/name"."""
    host = options.get("-h") or options.get("--host") or ""
    port = options.get("-p") if kind in ("redis", "postgres") else options.get("-P")
    port = port or options.get("--port") or ""
    name = plain[0] if plain else options.get("-d") or options.get("--dbname") or options.get("-D") or ""
    name = name or options.get("--database") or options.get("-u" if kind == "redis" else "--url") or ""
    if not host and not port:
        return name
    address = f"{host}:{port}" if port else host
    return f"{address}/{name}" if name else address


def _repl(program: str, parts: list[str]) -> tuple[Hop, ...] | None:
    match [program, *parts]:
        case ["rails" | "bin/rails", "console" | "c" | "dbconsole", *_]:
            return (Hop("repl", "rails"),)
        case ["bundle", "exec", "rails", "console" | "c", *_]:
            return (Hop("repl", "rails"),)
        case ["python" | "python3" | "ipython" | "node" | "irb" | "iex" | "ghci" | "pry" as name]:
            return (Hop("repl", name),)
        case ["php", "artisan", "tinker"]:
            return (Hop("repl", "tinker"),)
        case ["python" | "python3", script, "shell" | "shell_plus"] if script.endswith("manage.py"):
            return (Hop("repl", "django"),)
        case ["flask", "shell"]:
            return (Hop("repl", "flask"),)
        case _:
            return None


_CLOSERS = frozenset(
    {"exit", "logout", "quit", "\\q", "exit;", "quit;", "exit()", "quit()", ".quit", ".exit", "^D", "^d"}
)


def closes(text: str) -> bool:
    """Whether a line ends the innermost session."""
    bare = text.strip()
    return bare in _CLOSERS or bare.lower() in ("ctrl-d", "ctrl+d")


_CD = re.compile(
    r"(?:cd|pushd)(?:\s+(?:--\s+)?(?P<path>[^\s;&|]+|\"[^\"]*\"|'[^']*'))?\s*(?P<rest>&&.*|;.*)?$", re.S
)
_ASSIGN = re.compile(
    r"(?:export\s+|declare\s+(?:-\w+\s+)*|readonly\s+|local\s+)?((?:[A-Za-z_]\w*=(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|[^\s\"';&|]*)+\s*)+)$",
    re.S,
)
_ONE = re.compile(
    r"([A-Za-z_]\w*)=((?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|[^\s\"';&|]*)*)",
    re.S,
)
_SOURCE = re.compile(r"(?:source|\.)\s+(\S+)\s*$")
_OPTION_SETTING = re.compile(
    r"(?:set\s+[-+][a-zA-Z]|set\s+-o|shopt|umask|export\s+\w+$|alias\s|unalias\s|ulimit|hash\s+-r)"
)
_SWITCH = (
    (re.compile(r"kubectl\s+config\s+use-context\s+(\S+)"), "cluster"),
    (re.compile(r"kubectx\s+([^-\s]\S*)"), "cluster"),
    (re.compile(r"az\s+aks\s+get-credentials\b.*?(?:--name|-n)[ =](\S+)"), "cluster"),
    (re.compile(r"gcloud\s+container\s+clusters\s+get-credentials\s+(\S+)"), "cluster"),
    (re.compile(r"aws\s+eks\s+update-kubeconfig\b.*?--name[ =](\S+)"), "cluster"),
    (re.compile(r"kubens\s+([^-\s]\S*)"), "namespace"),
    (re.compile(r"kubectl\s+config\s+set-context\b.*?--namespace[ =](\S+)"), "namespace"),
    (re.compile(r"oc\s+project\s+([^-\s]\S*)"), "namespace"),
    (re.compile(r"gcloud\s+config\s+set\s+project\s+(\S+)"), "identity"),
    (re.compile(r"az\s+account\s+set\b.*?(?:--subscription|-s)[ =](\S+)"), "identity"),
    (re.compile(r"(vault|az|oc|argocd)\s+login\b"), "identity"),
)


def move(text: str, place: Place) -> tuple[Move, Place]:
    """What a shell statement does to the place where the following lines run, and that place."""
    bare = text.strip()
    if closes(bare):
        return (Move.CLOSES, place.leave()) if place.depth else (Move.CLOSES, place)
    if (found := _CD.match(bare)) is not None:
        after = place.put(Hop("cwd", _directory(found["path"], place)))
        # `cd x && make` moves and acts: the place changes, the statement is no mere setting.
        return (Move.STAYS if found["rest"] else Move.SETS), after
    if bare == "popd":
        return Move.SETS, place.put(Hop("cwd", "-"))
    if bare.startswith("unset "):
        for name in bare.split()[1:]:
            place = place.drop(name)
        return Move.SETS, place
    if (found := _SOURCE.match(bare)) is not None:
        return Move.SETS, place.put(Hop("env", f"source {found[1]}", None))
    if (found := _ASSIGN.match(bare)) is not None:
        for one in _ONE.finditer(found[1]):
            kind = "identity" if one[1] in ("AWS_PROFILE", "CLOUDSDK_CORE_PROJECT") else "env"
            name = one[2] if kind == "identity" else one[1]
            place = place.put(Hop(kind, name, None if kind == "identity" else one[2]))
        return Move.SETS, place
    if _OPTION_SETTING.match(bare):
        return Move.SETS, place
    for pattern, kind in _SWITCH:
        if (found := pattern.match(bare)) is not None:
            return Move.SWITCHES, place.put(Hop(kind, found[1].strip("\"'")))
    if (hops := opener(bare)) is not None:
        return Move.OPENS, place.enter(*hops) if hops else place
    return Move.STAYS, place


def _directory(path: str | None, place: Place) -> str:
    target = path.strip("\"'") if path else "~"
    if target.startswith(("/", "~", "$", "<")):
        return target
    current = next((hop.name for hop in reversed(place.levels[-1][1]) if hop.kind == "cwd"), None)
    return f"{current.rstrip('/')}/{target}" if current else target
