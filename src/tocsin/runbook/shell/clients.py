"""Sessions of database clients, interpreters and platforms: which lines open one, and what it is called.

Source: docs/reference/runbook-language.md, section 7.1.
"""

import re

from tocsin.runbook.book import Hop
from tocsin.runbook.shell.cmdline import WITH_VALUE, positional

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
    r"|memkeys|hotkeys|rdb|pipe|intrinsic-latency|cluster|quiet-exec|input-file)\b|--command=.*|-\?$"
    # the last letter of several: `psql -XAtc`, `mysql -Nse`
    r"|-[aAbBCEGHNnqrsStvXxwWz01]+(?:[cfl]$|e)"
)


def database(program: str, parts: list[str]) -> tuple[Hop, ...] | None:
    """The hops into the database a client's command line opens, or None if it opens none."""
    if program == "cockroach" and parts[:1] == ["sql"]:
        kind, valued, parts = "postgres", "other", parts[1:]
    elif program in _CLIENTS:
        kind, valued = _CLIENTS[program]
    else:
        return None
    plain, options = positional(parts, WITH_VALUE[valued])
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


def interpreter(program: str, parts: list[str]) -> tuple[Hop, ...] | None:
    """The hops into the interpreter a command line opens, or None if it opens none."""
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


# Sessions of platforms: the whole line, the kind of hop, and where its name stands.
_SESSIONS = (
    (
        re.compile(
            r"nomad (?:alloc )?exec\b(?=.*\s(?:/bin/|/usr/bin/)?(?:ba|z|a|da)?sh$).*?(?:-(?:job|task)[ =](\S+)|\s(?!-)(\S+))"
        ),
        "container",
    ),
    (
        re.compile(
            r"(?:incus (?:shell|exec)|docker attach)(?: -\S++)* ((?!-)\S++)(?: -- (?:/bin/)?(?:ba|z|a)?sh)?$"
        ),
        "container",
    ),
    (
        re.compile(r"(?:juju|tsh) ssh(?: --?[\w-]++=\S++)* ((?!-)\S++)$|(?:minikube|podman machine) ssh()$"),
        "host",
    ),
    (
        re.compile(
            r"az (?:container exec|containerapp exec)\b(?=.*--(?:exec-)?command[ =][\"']?(?:/bin/)?(?:ba|a)?sh[\"']?(?:\s|$)).*?(?:--name|-n)[ =](\S+)"
        ),
        "container",
    ),
    (
        re.compile(
            r"gcloud (?:beta )?compute ssh (?!.*--command)(?:--(?:zone|project|account|container|ssh-key-file|ssh-flag)[ =]\S++ |--(?!(?:zone|project|account|container|ssh-key-file|ssh-flag)[ =])[\w-]++(?:=\S++)? )*((?!-)\S+)"
        ),
        "host",
    ),
    (re.compile(r"aws ssm start-session\b(?!.*--document-name).*--target[ =](\S+)"), "host"),
    (
        re.compile(
            r"(?:vagrant|eb|cf|doctl compute|az|multipass) (?:ssh|shell)(?: vm)?(?: (?:-n |--name )?([^-\s]\S*))?(?: --?\S+)*$"
        ),
        "host",
    ),
    (
        re.compile(r"(?:fly|flyctl) ssh console(?!.*(?:-C|--command)).*?(?:(?:-a|--app)[ =](\S+))?$"),
        "container",
    ),
    (re.compile(r"heroku (?:run (?:bash|sh)|ps:exec)\b.*?(?:(?:-a|--app)[ =](\S+))?$"), "container"),
    (re.compile(r"aws ecs execute-command\b(?=.*--interactive).*--task[ =](\S+)"), "container"),
    (
        re.compile(
            r"(?:lxc (?:shell|exec)|pct enter|machinectl (?:shell|login)|distrobox enter|toolbox enter) (\S+)(?: (?:-- )?(?:/bin/)?(?:ba|z)?sh)?$"
        ),
        "container",
    ),
    (
        re.compile(r"nsenter\b.*?(?:-t|--target)[ =](\S+)(?: -\S+)*(?: (?:-- )?(?:/bin/)?(?:ba|z)?sh)?$"),
        "container",
    ),
    (
        re.compile(
            r"(?:heroku pg:psql|(?:fly|flyctl) (?:postgres|pg) connect|gcloud sql connect|supabase db connect)\b ?(.*)$"
        ),
        "database",
    ),
    (
        re.compile(
            r"(?:sqlplus|snowsql|duckdb|usql|beeline|impala-shell|spark-sql|trino|presto|cypher-shell|ksql|influx(?!\s+[a-z]))(?: (?!.*-(?:e|q|f|execute|query|command|file)\b)(.*))?$"
        ),
        "database",
    ),
    (
        re.compile(r"(?:python3? )?(?:\./)?manage\.py dbshell()$|(?:bin/)?rails (?:dbconsole|db)()$"),
        "database",
    ),
)


def platform(line: str) -> tuple[Hop, ...] | None:
    """The hops into a platform's own console or shell, or None if the line opens none."""
    for pattern, kind in _SESSIONS:
        if (found := pattern.match(line)) is not None:
            name = next((group for group in found.groups() if group), "")
            return (Hop(kind, name.strip(), "sql" if kind == "database" else None),)
    return None
