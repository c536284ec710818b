"""TOC205, TOC206, TOC216: selectors that hit too much, missing bounds, safety catches taken off."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.extents import unbounded_by_tool, wide_by_tool, yes_in_advance
from tocsin.runbook.lint.facts import View

_KILL_SQL = re.compile(r"\bpg_(?:terminate|cancel)_backend\s*\(", re.IGNORECASE)


_MYSQL_KILL = re.compile(r"CONCAT\(\s*'KILL", re.IGNORECASE)


_KILL_QUERY = re.compile(
    r"\s*KILL\s+(?:QUERY|MUTATION)\b(?:\s+ON\s+CLUSTER\s+\S+)?\s+WHERE\b(?!.*\b(?:query_id|mutation_id|initial_query_id|user|table)\s*(?:=|IN\b))",
    re.IGNORECASE | re.DOTALL,
)
_MONGO_KILL = re.compile(r"currentOp\(\s*\)[^;]*(?:forEach|map)\([^;]*killOp", re.DOTALL)
_MONGO_ALL = re.compile(r"\.(?:deleteMany|remove|updateMany|update)\(\s*\{\s*\}")


_GENERIC_NAMES = frozenset(
    "node python python3 java ruby php perl nginx postgres mysqld redis-server gunicorn uwsgi celery puma bash sh".split()
)


def wide_selectors(view: View) -> Iterator[Diagnostic]:
    """TOC205: selectors that hit replication, the own session, or every application."""
    for _, line, statement in view.statements():
        sql = statement.text
        if _KILL_SQL.search(sql) and re.search(r"\bpg_stat_activity\b", sql, re.IGNORECASE):
            narrowed = re.search(
                r"\b(?:backend_type|usename|application_name|datname|pid\s*(?:=|IN\b))", sql, re.IGNORECASE
            )
            spared = re.search(r"pg_backend_pid\s*\(", sql, re.IGNORECASE) or re.search(
                r"\bpid\s*(?:=|IN\b)\s*\(?(?:\d|:|\$)|\bstate\s*(?:=|IN|LIKE|~)\s*\(?\s*\$*'idle",
                sql,
                re.IGNORECASE,
            )  # the own session is active while it asks
            if not narrowed or not spared:
                spares = (
                    "does not spare replication and maintenance"
                    if spared
                    else "does not spare the own session"
                )
                if not narrowed and not spared:
                    spares = "spares neither the own session nor replication and maintenance"
                message = f"This ends sessions by a selector that {spares}."
                hint = "Add backend_type = 'client backend' AND pid <> pg_backend_pid() AND datname = current_database()."
                yield view.at("TOC205", line, statement.action, statement.offset, message, hint=hint)
        elif _KILL_QUERY.match(sql):
            message = "This ends whatever the condition finds, the own query and merges too."
            hint = "Name the one: KILL QUERY WHERE query_id = '…'."
            yield view.at("TOC205", line, statement.action, statement.offset, message, hint=hint)
        elif _MYSQL_KILL.search(sql) and not re.search(
            r"\b(?:USER|DB|HOST)\b\s*(?:=|LIKE|IN)|\bsysprocesses\b|\bdm_exec_", sql, re.IGNORECASE
        ):
            yield view.at(
                "TOC205",
                line,
                statement.action,
                statement.offset,
                "This ends every session that is listed, replication and system users too.",
            )
    for _, line, action, command in view.commands():
        reason = wide_command(command)
        if reason is not None:
            yield view.at("TOC205", line, action, command.start, reason)


_BY_PATTERN = re.compile(r"[$][(]\s*pgrep\b[^)]*-\w*f|`\s*pgrep\b[^`]*-\w*f|[$][(]\s*ps\b[^)]*\bgrep\b")


def _every_process(command: Command) -> str | None:
    if "-1" in command.args[1:]:
        return "`kill -1` as a process number means every process."
    if any(_BY_PATTERN.search(word) for word in command.args):
        return "This hits every process whose command line has the word in it, also an editor or this shell."
    return None


def wide_command(command: Command) -> str | None:
    """Why a command hits more than is meant (TOC205), or None."""
    name, plain = command.name, command.plain
    if name in ("pkill", "killall") and plain and (plain[-1] in _GENERIC_NAMES or len(plain[-1]) <= 2):
        return f"`{name} {plain[-1]}` hits every process of that kind on the machine, not one application."
    if (
        name == "pm2"
        and len(plain) > 1
        and plain[0] in ("restart", "stop", "delete", "reload", "kill")
        and "all" in plain[1:]
    ):
        return f"`pm2 {plain[0]} all` interrupts every application of this machine."
    if (
        name in ("kubectl", "oc")
        and "delete" in plain[:1]
        and (command.has("--all", "--all-namespaces") or command.has("-A"))
    ):
        return "This deletes every object of the kind, not those that are meant."
    if name == "kill":
        return _every_process(command)
    if name in ("iptables", "nft") and (command.has("-F", "--flush") or "flush" in plain):
        return "This drops every firewall rule, also those of others."
    if (
        name in ("docker", "podman")
        and plain[:1]
        and plain[0] in ("stop", "kill", "rm", "restart")
        and any("ps -" in w and "filter" not in w for w in command.args)
    ):
        return "This hits every container of the machine."
    if name in ("docker", "podman") and plain[:2] == ("system", "prune") and command.has("--volumes"):
        return "This removes every unused volume of the machine, whoever made it."
    if name in ("mongosh", "mongo") and _MONGO_KILL.search(" ".join(command.args)):
        return "This ends every operation that is listed, replication and its own session too."
    if name == "postsuper" and "ALL" in plain and command.has("-d"):
        return "This removes every message of the queue, whoever sent it."
    if (
        name == "pkill"
        and plain
        and not command.has("-x", "-f", "-u", "-U", "-P", "-t", "-g")
        and re.fullmatch(r"[a-z]{2,8}", plain[-1])
    ):
        return f"`pkill {plain[-1]}` hits every process whose name holds these letters."
    if name == "curl" and any(
        re.search(r"/_tasks/_cancel/?(?:$|\?(?!.*(?:actions|nodes|parent)))", word) for word in command.args
    ):
        return "This cancels every task that can be cancelled, not those that are meant."
    if name == "rndc" and plain[:1] == ("flush",):
        return "This empties the whole cache, not one name."
    if name == "vault" and plain[:2] == ("lease", "revoke") and "-prefix" in command.args:
        return "This revokes every lease below the prefix, of every service."
    if name in ("conntrack", "ipvsadm", "ebtables") and command.has("-F", "-C", "--flush", "--clear"):
        return "This drops every entry, also those of others."
    if (
        name == "redis-cli"
        and [w.upper() for w in plain][-4:][:2] == ["CLIENT", "KILL"]
        and "TYPE" in [w.upper() for w in plain]
    ):
        return "This cuts every client of the type."
    return wide_by_tool(command)


_REMOVERS = re.compile(
    r"\b(?:rm|rmdir|unlink|del|unlink|postsuper|kill|delete|destroy|drop|truncate|shred|remove|purge|terminate|stop|restart)\b",
    re.IGNORECASE,
)


_CHANGES_ROWS = re.compile(
    r"\s*(?:WITH\b.*?\)\s*)?(UPDATE\s+(?!.*\bON CONFLICT)|DELETE\s+FROM\b)", re.IGNORECASE | re.DOTALL
)
_WHERE = re.compile(r"\bWHERE\b(.*)", re.IGNORECASE | re.DOTALL)
# "WHERE 1 = 1", "WHERE id = id", "… OR TRUE"
_ALWAYS = re.compile(
    r"\s*(?:1\s*=\s*1|true|(?P<column>[a-z_][\w.]{0,60})\s*=\s*(?P=column))\s*(?:;|$)|.{0,200}\bOR\s+(?:TRUE|1\s*=\s*1)\s*(?:;|$)",
    re.IGNORECASE | re.DOTALL,
)


def unbounded(view: View) -> Iterator[Diagnostic]:
    """TOC206: UPDATE and DELETE without WHERE, rm below a variable, xargs that runs on nothing or splits names."""
    for _, line, statement in view.statements():
        sql = statement.text
        if not _CHANGES_ROWS.match(sql):
            continue
        where = _WHERE.search(sql)
        if where is None or _ALWAYS.match(where[1]):
            yield view.at(
                "TOC206",
                line,
                statement.action,
                statement.offset,
                "Without a WHERE clause this touches every row of the table.",
            )
    for _, line, action, command in view.commands():
        reason = unbounded_command(command)
        if reason is not None:
            yield view.at("TOC206", line, action, command.start, reason[1], level=reason[0])


_ALL_LOGS = re.compile(
    r"\bPURGE\s+(?:BINARY|MASTER)\s+LOGS\s+BEFORE\s+(?:NOW\(\)|CURRENT_TIMESTAMP)\s*(?:;|$|[\"'])|\bRESET\s+MASTER\b",
    re.IGNORECASE,
)


def every_log(view: View) -> Iterator[Diagnostic]:
    """TOC206: every binary log goes, also those that a replica or a restore to a point in time needs."""
    for _, line, statement in view.statements():
        if _ALL_LOGS.search(statement.text):
            message = "Every binary log goes, also those that a replica or a restore still needs."
            yield view.at("TOC206", line, statement.action, statement.offset, message)


def unbounded_command(command: Command) -> tuple[Level, str] | None:
    """Why a command has no bound (TOC206) and how bad that is, or None."""
    name = command.name
    if name == "rm" and command.has("-r", "-R", "--recursive"):
        for raw, word in zip(command.raw[1:], command.args, strict=True):
            bare = raw.replace('"', "")
            if re.match(r"\$\{?\w+\}?(?:/\*?)?$", bare) and ":?" not in bare and "(" not in bare:
                return Level.ERROR, f"If {bare} is empty this removes far more than is meant."
            if word in ("/", "/*", "~", "~/", ".", "./*", "*", ".."):
                return Level.ERROR, f"`rm -r {word}` has no bound."
    if (
        name == "find"
        and "-delete" in command.args
        and not any(
            w in command.args
            for w in (
                "-name",
                "-iname",
                "-mtime",
                "-mmin",
                "-path",
                "-regex",
                "-size",
                "-user",
                "-newer",
                "-ctime",
                "-atime",
            )
        )
    ):
        return Level.ERROR, "`find … -delete` without a condition removes everything below the path."
    if name == "xargs":
        return _xargs(command)
    if name in ("mongosh", "mongo") and _MONGO_ALL.search(" ".join(command.args)):
        return Level.ERROR, "An empty filter touches every document of the collection."
    if (
        name == "aws"
        and command.plain[:2] == ("s3", "rm")
        and command.has("--recursive")
        and re.fullmatch(r"s3://[^/]+/?", command.plain[2] if len(command.plain) > 2 else "")
    ):
        return Level.ERROR, "This empties the whole bucket."
    told = unbounded_by_tool(command)
    return None if told is None else (Level.ERROR, told)


def _xargs(command: Command) -> tuple[Level, str] | None:
    acting = " ".join(command.args)
    if not _REMOVERS.search(acting):
        return None
    runs_on_nothing = (
        not command.has("-r", "--no-run-if-empty")
        and not re.search(r"(?:^|\s)-[0rt]*I", acting)
        and "--replace" not in acting
    )
    splits = not command.has("-0", "--null") and not re.search(r"(?:^|\s)(?:-d|--delimiter)", acting)
    names = not re.search(r"\b(?:kill|docker|podman|kubectl|stop|restart)\b", acting)
    if runs_on_nothing:
        told = "runs once with nothing when the list is empty" + (
            ", and splits names at spaces and quotes" if splits and names else ""
        )
        return Level.ERROR, f"`xargs` without {'-r and -0' if splits and names else '-r'} {told}."
    if splits and names:
        return Level.WARNING, "`xargs` without -0 splits names at spaces and quotes."
    return None


def catches(view: View) -> Iterator[Diagnostic]:
    """TOC216: forcing and skipping options."""
    for _, line, action, command in view.commands():
        if command.wrapper is not None and command.wrapper.name not in (
            "sudo",
            "ssh",
            "sh",
            "bash",
            "kubectl exec",
            "docker exec",
        ):
            continue
        found = caught(command)
        if found is not None:
            yield view.at("TOC216", line, action, command.start, found)


def caught(command: Command) -> str | None:
    """Which safety catch a command takes off (TOC216), or None."""
    name, args = command.name, command.args
    if name == "git" and "push" in args[:3] and (command.has("--force") or "-f" in args):
        return "A forced push overwrites what others pushed."
    if name == "git" and ("--no-verify" in args):
        return "`--no-verify` skips the checks that guard the repository."
    if name in ("kubectl", "oc") and (
        command.value("--grace-period") == "0" or ("--force" in args and "delete" in args)
    ):
        return "The forced deletion does not wait until the old one has really stopped."
    if name == "kubectl" and (
        "--insecure-skip-tls-verify" in args
        or "--insecure-skip-tls-verify=true" in args
        or "--validate=false" in args
    ):
        return "The check of the server or of the document is switched off."
    if name == "curl" and (command.has("-k") or "--insecure" in args):
        return "`-k` accepts any certificate, also an attacker's."
    if name == "wget" and "--no-check-certificate" in args:
        return "Any certificate is accepted, also an attacker's."
    if name in ("ssh", "scp", "rsync", "sftp") and re.search(r"StrictHostKeyChecking[= ]no", " ".join(args)):
        return "The host's identity is not checked."
    if name in ("kill", "pkill", "killall") and any(w in ("-9", "-KILL", "-SIGKILL", "-s9") for w in args):
        return "The process gets no chance to finish or save what it holds."
    if name == "chmod" and any(re.fullmatch(r"0?777|a\+rwx", w) for w in args):
        return "Everybody may now write there."
    if name in ("terraform", "tofu", "pulumi") and (
        "-auto-approve" in args or "--auto-approve" in args or ("--yes" in args and name == "pulumi")
    ):
        return "Nobody looks at the plan before it is applied."
    if name in ("mongosh", "mongo") and re.search(r"force:\s*(?:true|1)", " ".join(args)):
        return "A forced reconfiguration can lose writes that a majority has confirmed."
    if name == "systemctl" and re.search(
        r"\b(?:stop|disable|mask)\b.*\b(?:fail2ban|firewalld|ufw|apparmor|auditd|falco|crowdsec)",
        " ".join(args),
    ):
        return "A protection is switched off."
    if name == "aws" and "--skip-final-snapshot" in args:
        return "The last snapshot, taken for the day it was a mistake, is skipped."
    if name in ("setenforce",) and "0" in args:
        return "The mandatory access control is switched off."
    if name == "docker" and ("prune" in args or command.plain[:2] == ("service", "update")):
        return None  # there it only answers the question in advance, or is the way to start tasks anew
    if name in ("terraform", "tofu", "vault", "nomad", "consul") and "-force" in args:
        return "`-force` skips the tool's own question or check."
    if name in ("kubectl", "oc") and "drain" in args[:1] and command.has("--disable-eviction", "--force"):
        return "The drain would stop at pods that nobody starts again; they are thrown away."
    return _answered_before(command)


def _answered_before(command: Command) -> str | None:
    """An option that answers in advance what a tool would ask or stop at."""
    name, args = command.name, command.args
    if name.startswith("mkfs") and command.has("-f", "-F"):
        return "An existing file system is overwritten without a question."
    if name in ("gitlab-backup", "gitlab-rake") and "force=yes" in args:
        return "The question before everything is overwritten is answered in advance."
    if name in ("zpool", "mdadm", "drbdadm", "vgremove", "lvremove") and (
        command.has("-f", "--force") or "--overwrite-data-of-peer" in args
    ):
        return "`--force` skips the tool's own check."
    goes_back = "--allow-downgrades" in args and any(
        "=$" in w for w in args
    )  # to a version that is asked for
    if (
        not goes_back
        and name in ("npm", "pip", "apt-get", "apt", "dpkg", "helm", "docker")
        and any(
            re.fullmatch(
                r"--force(?:-yes|-all)?|--allow-unauthenticated|--allow-downgrades|--break-system-packages|--no-hooks",
                w,
            )
            for w in args
        )
    ):
        return "The tool's own check is overridden."
    return yes_in_advance(command)


RULES = (
    wide_selectors,
    unbounded,
    every_log,
    catches,
)
