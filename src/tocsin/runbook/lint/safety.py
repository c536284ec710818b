"""TOC2xx without targets and order: bounds, selectors, secrets, foreign code, locks, replacement, catches, people's data."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect, Flag
from tocsin.runbook.book import ChoiceKind, Diagnostic, Level, Role
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.shell import Command
from tocsin.runbook.wording import fold

_KILL_SQL = re.compile(r"\bpg_(?:terminate|cancel)_backend\s*\(", re.IGNORECASE)
_MYSQL_KILL = re.compile(r"CONCAT\(\s*'KILL", re.IGNORECASE)
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
                r"\bpid\s*(?:=|IN\b)\s*\(?\d", sql, re.IGNORECASE
            )
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
        elif _MYSQL_KILL.search(sql) and not re.search(
            r"\b(?:USER|DB|HOST)\b\s*(?:=|LIKE|IN)", sql, re.IGNORECASE
        ):
            yield view.at(
                "TOC205",
                line,
                statement.action,
                statement.offset,
                "This ends every session that is listed, replication and system users too.",
            )
    for _, line, action, command in view.commands():
        reason = _wide_command(command)
        if reason is not None:
            yield view.at("TOC205", line, action, command.start, reason)


def _wide_command(command: Command) -> str | None:
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
    if name == "kill" and "-1" in command.args[1:]:
        return "`kill -1` as a process number means every process."
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
    if (
        name == "redis-cli"
        and [w.upper() for w in plain][-4:][:2] == ["CLIENT", "KILL"]
        and "TYPE" in [w.upper() for w in plain]
    ):
        return "This cuts every client of the type."
    return None


_REMOVERS = re.compile(
    r"\b(?:rm|rmdir|unlink|del|unlink|kill|delete|destroy|drop|truncate|shred|remove|purge|terminate|stop|restart)\b",
    re.IGNORECASE,
)


def unbounded(view: View) -> Iterator[Diagnostic]:
    """TOC206: UPDATE and DELETE without WHERE, rm below a variable, xargs that runs on nothing or splits names."""
    for _, line, statement in view.statements():
        sql = statement.text
        changing = re.match(
            r"\s*(?:WITH\b.*?\)\s*)?(UPDATE\s+(?!.*\bON CONFLICT)|DELETE\s+FROM\b)",
            sql,
            re.IGNORECASE | re.DOTALL,
        )
        where = re.search(r"\bWHERE\b(.*)", sql, re.IGNORECASE | re.DOTALL)
        if changing and (
            where is None or re.match(r"\s*(?:1\s*=\s*1|true)\s*(?:;|$)", where[1], re.IGNORECASE)
        ):
            yield view.at(
                "TOC206",
                line,
                statement.action,
                statement.offset,
                "Without a WHERE clause this touches every row of the table.",
            )
    for _, line, action, command in view.commands():
        reason = _unbounded_command(command)
        if reason is not None:
            yield view.at("TOC206", line, action, command.start, reason[1], level=reason[0])


def _unbounded_command(command: Command) -> tuple[Level, str] | None:
    name = command.name
    if name == "rm" and command.has("-r", "-R", "--recursive"):
        for raw, word in zip(command.raw[1:], command.args, strict=True):
            bare = raw.strip('"')
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
    if (
        name == "aws"
        and command.plain[:2] == ("s3", "rm")
        and command.has("--recursive")
        and re.fullmatch(r"s3://[^/]+/?", command.plain[2] if len(command.plain) > 2 else "")
    ):
        return Level.ERROR, "This empties the whole bucket."
    return None


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


_TOKEN = re.compile(
    r"\bsk_(?:live|test)_[0-9A-Za-z_]{6,}|\bAKIA[0-9A-Z]{12,}|\bgh[pousr]_[0-9A-Za-z]{16,}|\bxox[abpr]-[0-9A-Za-z-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY|"
    r"\bglpat-[\w-]{10,}|\bAIza[0-9A-Za-z_-]{30,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}|\bwhsec_[0-9A-Za-z]{8,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
)
_SECRET_NAME = r"(?:[A-Za-z0-9_.-]*(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|_KEY|_PWD)[A-Za-z0-9_.-]*)"
_OPTION_SECRET = re.compile(
    rf"^--?(?:from-literal=|set(?:-string)?=|env=|e=|D)?({_SECRET_NAME})=(.+)$", re.IGNORECASE
)
_ASSIGN_SECRET = re.compile(rf"^({_SECRET_NAME})=(.+)$", re.IGNORECASE)
_URL_SECRET = re.compile(r"\b\w[\w+.-]*://[^/\s:@]*:([^@\s/]{3,})@")
_NOT_A_SECRET = re.compile(
    r"^(?:/|\./|~|@|file:|true$|false$|\d{1,3}$|vault:|op://|arn:|ssm:|secretref|stdin$|-$|prompt$|none$|null$)"
)


def secrets(view: View) -> Iterator[Diagnostic]:
    """TOC207: secrets as arguments, assignments, URLs or literal tokens."""
    told: set[tuple[int, str]] = set()
    for _, line, action, command in view.commands():
        if command.wrapper is not None and command.wrapper.name in ("sudo", "env"):
            continue
        found = _secret(command)
        if found is not None and (action.span.start, found[1]) not in told:
            told.add((action.span.start, found[1]))
            yield view.at("TOC207", line, action, command.start, found[1], level=found[0])
    covered = {
        d
        for _, line in view.lines()
        for a in line.step.actions
        for d in range(a.span.first_line, a.span.last_line + 1)
    }
    for raw in view.raw:
        token = _TOKEN.search(raw.text)
        if token is not None and raw.number not in covered:
            yield view.remark(
                "TOC207",
                raw.span,
                f"{token[0][:8]}… looks like a real secret in the text.",
                column=token.start() + 1,
            )


def _open(value: str) -> bool:
    return value.startswith(("$", "<", "{{", "`", '"$')) or not value


def _secret(command: Command) -> tuple[Level, str] | None:
    joined = " ".join(command.words)
    if token := _TOKEN.search(joined):
        return (
            Level.ERROR,
            f"{token[0][:8]}… is a secret among the arguments: it lands in history and process lists.",
        )
    for assignment in command.env:
        found = _ASSIGN_SECRET.match(assignment)
        if found and not _open(found[2]) and not _NOT_A_SECRET.match(found[2]):
            return Level.ERROR, f"{found[1]} is set to a literal secret on the command line."
    for index, word in enumerate(command.args):
        following = command.args[index + 1] if index + 1 < len(command.args) else ""
        option = _OPTION_SECRET.match(word)
        separate = re.match(rf"^--({_SECRET_NAME})$", word, re.IGNORECASE)
        literal = (
            _ASSIGN_SECRET.match(word)
            if (
                index and command.args[index - 1] in ("--from-literal", "--set", "-e", "--env", "--build-arg")
            )
            or command.name in ("export", "vault", "heroku", "kubectl")
            else None
        )
        name, value = (
            (option[1], option[2])
            if option
            else (literal[1], literal[2])
            if literal
            else (separate[1], following)
            if separate
            else ("", "")
        )
        if (
            name
            and value
            and not value.startswith("-")
            and not _NOT_A_SECRET.match(value)
            and not re.search(r"(?:file|path|name|ref|arn|length|policy|ttl|type|id)$", name, re.IGNORECASE)
        ):
            argv = "from-literal" in word or "from-literal" in (command.args[index - 1] if index else "")
            if not _open(value) or (argv and value.startswith(("<", "{{"))):
                return Level.ERROR, f"{name} is given as an argument: it lands in history and process lists."
            if argv:
                return Level.WARNING, f"{name} is expanded into the arguments, where process lists show it."
    return _tool_secret(command) or (
        (Level.ERROR, "The URL carries a password in plain text.")
        if (url := _URL_SECRET.search(joined)) and not _open(url[1])
        else None
    )


def _tool_secret(command: Command) -> tuple[Level, str] | None:
    name = command.name
    value: str | None = None
    if name in ("mysql", "mysqldump", "mysqladmin", "mariadb"):
        value = next((w[2:] for w in command.args if re.match(r"-p.+", w) and not w.startswith("--")), None)
    elif name == "redis-cli":
        value = command.value("-a", "--pass")
    elif name == "sshpass":
        value = command.value("-p")
    elif name in ("docker", "podman", "helm") and "login" in command.words[:3]:
        value = command.value("-p", "--password")
    elif name == "curl":
        user = command.value("-u", "--user")
        value = user.split(":", 1)[1] if user and ":" in user else None
        header = next(
            (
                w
                for w in command.args
                if re.match(
                    r"(?:Authorization:\s*(?:Bearer|Basic|token)\s+|X-[\w-]*(?:Key|Token):\s*)\S{8,}",
                    w,
                    re.IGNORECASE,
                )
            ),
            None,
        )
        if header is not None and not re.search(r"[$<{`]", header):
            value = header.rsplit(" ", 1)[-1]
        elif value is not None and _open(value):
            value = None
    elif name == "mongosh" or name == "mongo":
        value = command.value("-p", "--password")
    if not value:
        return None
    if _open(value):
        return (
            Level.WARNING,
            f"The password of `{name}` is expanded into its arguments, where process lists show it.",
        )
    return (
        Level.ERROR,
        f"The password of `{name}` stands in its arguments: it lands in history and process lists.",
    )


_DOWNLOADERS = frozenset({"curl", "wget", "fetch", "http", "aws", "gsutil"})
_INTERPRETERS = frozenset(
    {"sh", "bash", "zsh", "dash", "python", "python3", "node", "perl", "ruby", "php", "pwsh"}
)


def foreign_code(view: View) -> Iterator[Diagnostic]:
    """TOC212: code that is fetched and run, or manifests applied from an address."""
    for _, line, action, command in view.commands():
        if command.name in _INTERPRETERS and command.stage > 0 and not command.plain[:1] == ("-c",):
            pipeline = [
                c for _, c in line.commands if c.pipeline == command.pipeline and c.stage < command.stage
            ]
            if any(c.name in _DOWNLOADERS for c in pipeline) and (
                not command.plain or command.plain[0] in ("-", "-s")
            ):
                yield view.at(
                    "TOC212",
                    line,
                    action,
                    command.start,
                    "This runs code straight from the network; it can change between review and run.",
                )
        elif (command.name in _INTERPRETERS or command.name in ("source", ".", "eval")) and any(
            re.search(r"[<$]\(\s*(?:sudo\s+)?(?:curl|wget)\b", w) for w in command.args
        ):
            yield view.at(
                "TOC212",
                line,
                action,
                command.start,
                "This runs code straight from the network; it can change between review and run.",
            )
        elif command.name in ("kubectl", "oc") and set(command.plain[:1]) & {"apply", "create", "replace"}:
            address = command.value("-f", "--filename") or ""
            if address.startswith(("http://", "https://")):
                yield view.at(
                    "TOC212",
                    line,
                    action,
                    command.start,
                    f"This applies whatever {address.split('/')[2]} serves at that moment.",
                )


def locks(view: View) -> Iterator[Diagnostic]:
    """TOC213: statements that block others and wait without a limit."""
    for procedure, line, statement in view.statements():
        sql = re.sub(r"\s+", " ", statement.text).strip()
        mysql = statement.command is not None and statement.command.name in ("mysql", "mariadb", "sqlite3")
        bounded = re.search(
            r"lock_timeout|innodb_lock_wait_timeout",
            "\n".join(other.text for other in [*procedure.before(line), line]),
            re.IGNORECASE,
        )
        reason = None
        if re.match(r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)", sql, re.IGNORECASE) and not mysql:
            reason = "A plain CREATE INDEX blocks every write to the table until it is done."
        elif re.match(r"DROP INDEX (?!CONCURRENTLY)", sql, re.IGNORECASE) and not mysql:
            reason = "A plain DROP INDEX waits for, and blocks, everything on the table."
        elif re.match(r"REINDEX (?!.*CONCURRENTLY)", sql, re.IGNORECASE):
            reason = "A plain REINDEX blocks writes, and reads that would use the index."
        elif re.match(r"VACUUM (?:\(?FULL|.*\bFULL\b)|CLUSTER\b", sql, re.IGNORECASE):
            reason = "This locks the table against reads and writes while it is rewritten."
        elif re.match(r"ALTER TABLE|LOCK TABLE", sql, re.IGNORECASE) and not bounded:
            reason = "This waits for its lock without a limit, and everything else queues behind it."
        if reason is not None and not (bounded and "ALTER" in sql[:6].upper()):
            yield view.at("TOC213", line, statement.action, statement.offset, reason)
    for _, line, action, command in view.commands():
        if (
            command.name == "pg_restore"
            and command.has("-c", "--clean")
            and not (command.has("--single-transaction") or command.has("-1"))
        ):
            yield view.at(
                "TOC213",
                line,
                action,
                command.start,
                "This waits for every open session without a limit, and leaves a mixture when one statement fails.",
                hint="Restore into a new, empty database with --single-transaction --exit-on-error.",
            )


def replacements(view: View) -> Iterator[Diagnostic]:
    """TOC214: declarative replacement with a partial document."""
    for _, line, action, command in view.commands():
        words = command.plain
        reason = None
        if (
            command.name in ("kubectl", "oc")
            and words[:1] == ("create",)
            and words[1:2]
            and words[1] in ("secret", "configmap", "cm")
        ):
            rest = [c for _, c in line.commands if c.pipeline == command.pipeline and c.stage > command.stage]
            if any(c.name in ("kubectl", "oc") and {"apply", "replace"} & set(c.plain[:1]) for c in rest):
                reason = f"The generated {words[1]} replaces the one that is there: keys that are not listed here may be pruned."
        elif (
            command.name == "helm"
            and words[:1] == ("upgrade",)
            and (command.has("--set") or "--set-string" in command.args)
            and not command.has("--reuse-values", "--values", "--reset-then-reuse-values")
            and "-f" not in command.args
        ):
            reason = (
                "Without --reuse-values every value that is not named here goes back to the chart's default."
            )
        elif command.name == "gcloud" and (
            any(w.startswith("--set-env-vars") for w in command.args) or "set-iam-policy" in words
        ):
            reason = "This replaces the whole set; what is not named here is removed (--update-env-vars, add-iam-policy-binding)."
        elif command.name == "aws" and (
            ("update-function-configuration" in words and command.has("--environment"))
            or bool(
                {
                    "put-bucket-policy",
                    "put-bucket-lifecycle-configuration",
                    "put-role-policy",
                    "put-bucket-cors",
                    "put-key-policy",
                    "set-queue-attributes",
                }
                & set(words)
            )
        ):
            reason = "This replaces the whole document; what is not named here is removed."
        if reason is not None:
            yield view.at("TOC214", line, action, command.start, reason)


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
        found = _catch(command)
        if found is not None:
            yield view.at("TOC216", line, action, command.start, found)


def _catch(command: Command) -> str | None:
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
    if name in ("setenforce",) and "0" in args:
        return "The mandatory access control is switched off."
    if name in ("npm", "pip", "apt-get", "apt", "dpkg", "helm", "docker") and any(
        re.fullmatch(r"--force(?:-yes|-all)?|--allow-unauthenticated|--break-system-packages|--no-hooks", w)
        for w in args
    ):
        return "The tool's own check is overridden."
    return None


_MILD = re.compile(
    r"conservativ|safer|gentl|graceful|less (?:destructive|invasive|disruptive|aggressive)|milder|softer|minimal|only the|schonend|conservador|prudent"
)


def worst_first(view: View) -> Iterator[Diagnostic]:
    """TOC217: of alternatives, the one that hurts most stands first."""
    for procedure in view.procedures:
        seen: set[str] = set()
        for line in procedure.lines:
            choice = line.choice
            if choice is None or choice.id in seen or choice.kind is not ChoiceKind.ALTERNATIVES:
                continue
            seen.add(choice.id)
            lines = [
                other
                for other in procedure.lines
                if other.choice is not None and other.choice.id == choice.id
            ]
            effects: dict[int, Effect] = {}
            for other in lines:
                if other.step.actions:
                    effects[other.option] = Effect.join(
                        (effects.get(other.option, Effect.OBSERVE), other.step.judgement.effect)
                    )
            first = effects.get(0, Effect.OBSERVE)
            if first.value < Effect.DISRUPT.value or first is Effect.UNKNOWN or len(effects) < 2:
                continue
            milder = [
                place
                for place, effect in effects.items()
                if place and Effect.CHANGE.value <= effect.value < first.value
            ]
            labels = " ".join(
                fold(f"{o.label} {o.condition.text if o.condition else ''}") for o in choice.options[1:]
            )
            titles = " ".join(
                fold(f"{other.step.title} {other.step.text}") for other in lines if other.option
            )
            if (first is Effect.DESTROY and milder) or _MILD.search(labels) or _MILD.search(titles):
                yield view.on(
                    "TOC217", lines[0], "The option that hurts most stands first, a milder one after it."
                )


_PEOPLE = re.compile(r"\bSELECT\s+(?:\w+\.)?\*.*\bFROM\s+[\"`]?(?:\w+\.)?[\"`]?(?:auth_?)?(users?|customers?|accounts?|people|persons?|employees?|patients?|members?|profiles?|contacts?|addresses|payments?|orders?|bookings?|guests?|subscribers?|clients?|clientes|usuarios|kunden)\b", re.IGNORECASE | re.DOTALL)  # fmt: skip


def personal_data(view: View) -> Iterator[Diagnostic]:
    """TOC220: whole rows about people, or the first lines of a dump, on a screen."""
    for _, line, statement in view.statements():
        if (found := _PEOPLE.search(statement.text)) is not None:
            yield view.at(
                "TOC220",
                line,
                statement.action,
                statement.offset,
                f"This shows whole rows of {found[1]}; what is shown is kept as evidence.",
            )
    for _, line, action, command in view.commands():
        if command.name in ("head", "less", "more", "tail", "cat") and command.stage > 0:
            before = [
                c for _, c in line.commands if c.pipeline == command.pipeline and c.stage < command.stage
            ]
            if any(c.name in ("gunzip", "zcat", "gzip", "zstd", "bzcat") for c in before) and any(
                re.search(r"\.(?:sql|dump|bak)\b", " ".join(c.words)) for c in before
            ):
                yield view.at(
                    "TOC220",
                    line,
                    action,
                    command.start,
                    "The first lines of a dump are rows of production data.",
                )


_DUMPS = re.compile(
    r"heap ?dump|heapsnapshot|\bjmap\b|\bjstack\b|\bjcmd\b|thread ?dump|\bgcore\b|core ?dump|kubectl cp\b|--previous\b|py-spy|pprof|strace|tcpdump",
    re.IGNORECASE,
)
_CLEARS_LOGS = re.compile(
    r"^\s*(?:sudo\s+)?(?:pm2 flush|journalctl --(?:vacuum|rotate)\S*|truncate\s.*\.log|>\s*\S*log\S*|rm\s.*\.log\b|: > \S*log)|\brm\s+(?:-\w+\s+)*/var/log/",
    re.IGNORECASE,
)


def lost_evidence(view: View) -> Iterator[Diagnostic]:
    """TOC218: restart before the dump; logs cleared before anyone copied them."""
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        disrupting = [
            line
            for line in procedure.mitigating
            if line.step.judgement.effect is Effect.DISRUPT and line.step.actions
        ]
        for line in procedure.mitigating:
            if (
                line.step.actions
                and _DUMPS.search(line.text)
                and disrupting
                and disrupting[0].order < line.order
                and not procedure.exclusive(disrupting[0], line)
            ):
                if _DUMPS.search(disrupting[0].text):
                    break
                yield view.on(
                    "TOC218", disrupting[0], f'What "{line.step.title}" collects is gone after this step.'
                )
                break
        for line in procedure.mitigating:
            copied = any(
                re.search(r"\b(?:cp|tar|gzip|aws s3 cp|scp|rsync|archive|>>?)\b", other.text)
                for other in procedure.before(line)
            )
            if line.step.actions and _CLEARS_LOGS.search(line.text) and not copied:
                yield view.on("TOC218", line, "The logs are cleared before anybody kept a copy.")


def sensitive_flags(view: View) -> Iterator[Diagnostic]:
    """TOC220 as well: what the judge calls sensitive and the runbook does not warn about is a note."""
    for _, line in view.lines():
        if Flag.SENSITIVE in line.step.judgement.flags and not line.step.warned and line.step.actions:
            yield view.remark(
                "TOC220",
                line.step.actions[0].span,
                "The answer may hold secrets or personal data.",
                steps=(line.step.id,),
                level=Level.NOTE,
            )


RULES = (
    wide_selectors, unbounded, secrets, foreign_code, locks, replacements, catches, worst_first, personal_data, lost_evidence,
    sensitive_flags,
)  # fmt: skip
