"""TOC301 to TOC303: exit statuses that lie, hidden failures, no effect now."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, below
from tocsin.runbook.words.wording import fold


def statuses(view: View) -> Iterator[Diagnostic]:
    """TOC301: clients that exit 0 whatever the answer."""
    for procedure in view.procedures:
        redis_told = False
        for line in procedure.lines:
            for action, command in line.commands:
                reason = _status(command, line)
                if reason is None:
                    continue
                if command.name == "redis-cli":
                    if redis_told:
                        continue
                    redis_told = True
                yield view.at("TOC301", line, action, command.start, reason)


_REDIS_WRITES = frozenset(
    "SET CONFIG FLUSHALL FLUSHDB DEL UNLINK EXPIRE HSET BGSAVE SAVE EVAL RENAME MIGRATE FAILOVER SLAVEOF REPLICAOF CLIENT".split()
)


def _only_shown(command: Command, line: Line) -> bool:
    """Whether what reads an answer shows some of it: of an error page, too."""
    if command.has("-I", "--head", "-i", "--include", "-v", "--verbose"):
        return False  # the status is what is shown first
    behind = {c.name for _, c in line.commands if c.pipeline == command.pipeline and c.stage > command.stage}
    return behind <= {"head", "tail", "cat", "less", "more"}


def _status(command: Command, line: Line) -> str | None:
    name = command.name
    if name == "curl":
        sends = command.value("-X", "--request") not in (None, "GET", "HEAD") or command.has(
            "-d", "--data", "--data-binary", "-F", "-T", "--json"
        )
        saves = (
            command.has("-o", "--output")
            or command.has("-O", "--remote-name")
            or any(op.startswith(">") for op, _ in command.redirects)
        )
        fails = (
            command.has("-f", "--fail", "--fail-with-body")
            or "http_code" in " ".join(command.args)
            or "response_code" in " ".join(command.args)
        )
        piped = not command.last and not _only_shown(command, line)
        if fails or piped or any(w.startswith("telnet:") for w in command.args) or command.inner:
            return None
        if "..." in command.args or "…" in command.args:
            return None  # TOC101 says that it cannot be run as written
        bounded = "" if command.has("-m", "--max-time") else ", and has no time limit here"
        if saves and line.step.role is not Role.VERIFICATION:
            return "`curl` without -f saves an error page and exits 0 on 404 and 503." if not sends else None
        return (
            f"`curl` exits 0 on 404, 502 and 503{bounded}."
            if not sends or line.step.judgement.effect is not Effect.OBSERVE
            else None
        )
    if name == "pm2" and command.plain[:1] and command.plain[0] in ("status", "list", "ls") and command.last:
        verifying = (
            line.step.role is Role.VERIFICATION
            or len(command.plain) > 1
            or bool(re.search(r"\bif\b.*\b(?:running|up|online)\b|verif|confirm", fold(line.step.title)))
        )
        return (
            "`pm2 status` exits 0 whether the application is online, errored or absent."
            if verifying
            else None
        )
    if (
        name == "redis-cli"
        and not command.has("-e")
        and any(w.upper() in _REDIS_WRITES for w in command.plain[:4])
        and line.step.judgement.effect is not Effect.OBSERVE
    ):
        return "`redis-cli` exits 0 on OOM, NOAUTH and wrong arguments; -e makes it fail."
    if name in ("kubectl", "oc") and command.plain[:1] == ("delete",) and command.has("-l", "--selector"):
        return "A delete by label exits 0 when it finds nothing."
    if (
        name == "systemctl"
        and command.plain[:1] == ("reload",)
        and re.search(r"nginx|haproxy|envoy", " ".join(command.plain))
        and not _TESTED.search(line.text)
    ):
        return "A reload is a request: the server can refuse the configuration and go on with the old one, status 0."
    if name == "nginx" and command.value("-s") == "reload" and not _TESTED.search(line.text):
        return "A reload is a request: the server can refuse the configuration and go on with the old one, status 0."
    return None


# `nginx -t && nginx -s reload`, or a look at its log behind it
_TESTED = re.compile(r"\b(?:nginx -t|haproxy -c\S*|configtest)\b[^\n]*&&|error\.log")


_PRODUCERS = frozenset(
    "pg_dump pg_dumpall mysqldump mongodump gunzip zcat gzip zstd bzcat xzcat curl wget aws gsutil tar ssh openssl redis-cli etcdctl mysql psql mongoexport kubectl".split()
)


_CONSUMERS = frozenset(
    "psql mysql mongorestore mongoimport tar gzip bzip2 zstd xz tee dd sh bash aws gsutil openssl gpg ssh redis-cli cat split sqlite3".split()
)


_SAYING = frozenset({"echo", "printf", "cat", "yes", "date", "envsubst"})  # what cannot well fail


def pipes(view: View) -> Iterator[Diagnostic]:
    """TOC302: a pipe that hides its producer's failure, a client that goes on after errors, `|| true`."""
    for _, line in view.lines():
        careful = "pipefail" in line.text or "PIPESTATUS" in line.text
        for action, command in line.commands:
            reason = _piped(line, action, command, careful)
            if reason is not None:
                yield view.at("TOC302", line, action, command.start, reason)
        for action in line.step.actions:
            found = _OR_TRUE.search(action.text) if "||" in action.text else None
            if found and action.judgement.effect.value >= Effect.CHANGE.value:
                yield view.at(
                    "TOC302", line, action, found.start(), "`|| true` reports success whatever happened."
                )


_OR_TRUE = re.compile(r"\|\|\s*(?:true|:)(?:\s|;|$)")


def _piped(line: Line, action: Action, command: Command, careful: bool) -> str | None:
    outer = command.wrapper is None or command.wrapper.name in ("ssh", "sh", "bash")
    first = outer and command.stage == 0 and (command.inner or not command.last)
    pipeline = [c for c in line.stages(action, command) if c.wrapper is command.wrapper] if first else []
    if len(pipeline) > 1 and not careful:
        last = pipeline[-1]
        producers = [
            c for c in pipeline[:-1] if c.name in _PRODUCERS and not (c.name == "curl" and c.has("-f"))
        ]
        writes = (last.name in _CONSUMERS and last.name not in ("cat",)) or any(
            op in (">", ">>") for op, _ in last.redirects
        )
        fetches = (
            last.name in ("head", "wc")
            and len(pipeline) > 2
            and any(c.name in ("aws", "curl", "gsutil", "ssh", "wget") for c in producers)
        )
        shown = last.name == "tee" and action.judgement.effect is Effect.OBSERVE  # who reads sees the failure
        answers = shown or command.name in ("openssl", "echo", "printf")
        if (
            last.name == "tee"
            and command.name not in _SAYING
            and "dry" not in action.text
            and command.stage == 0
            and action.judgement.effect.rank >= Effect.CHANGE.rank
        ):
            return f"Only the status of `tee` counts here: a failing `{command.name}` is not noticed."
        if producers and (writes or fetches) and not answers and last.name not in ("sh", "bash"):
            return f"Only the status of `{last.name}` counts here: a failing `{producers[0].name}` is not noticed."
    if command.name == "head" and command.stage and careful and "pipefail" in line.text and not command.inner:
        return "`head` closes the pipe early: under pipefail a good step then fails with status 141."
    if command.name == "psql" and "ON_ERROR_STOP" not in line.text:
        script = command.has("-f", "--file") or any(op == "<" for op, _ in command.redirects)
        fed = command.stage > 0 and careful
        if script or fed:
            return "`psql` goes on after an error and exits 0; -v ON_ERROR_STOP=1 stops it."
    return None


_RESTART_SETTINGS = frozenset(
    "max_connections shared_buffers wal_level max_wal_senders max_worker_processes max_prepared_transactions listen_addresses port "
    "shared_preload_libraries huge_pages wal_buffers max_replication_slots hot_standby archive_mode max_locks_per_transaction "
    "superuser_reserved_connections autovacuum_max_workers track_commit_timestamp max_files_per_process".split()
)


_ALTERS = re.compile(r"\s*ALTER\s", re.IGNORECASE)


# The text knows and says it.
_ONLY_NEW = re.compile(
    r"\b(?:new|next|future|later) (?:sessions?|connections?|logins?)\b|\breconnect\w*|\bneue\w* (?:sitzung|verbindung)\w*|\bnuevas (?:sesiones|conexiones)\b|\bnouvelles (?:sessions|connexions)\b"
)


def no_effect_now(view: View) -> Iterator[Diagnostic]:
    """TOC303: settings that need a restart, a new session, or a process that reads them."""
    for procedure in view.procedures:
        for line in procedure.lines:
            later = ""
            if any("ALTER" in s.text.upper() for s in line.statements):
                later = "\n".join(f"{other.text} {other.words}" for other in procedure.after(line))
            for statement in line.statements:
                if _ALTERS.match(statement.text) is None:
                    continue
                found = re.match(r"\s*ALTER\s+SYSTEM\s+SET\s+(\w+)", statement.text, re.IGNORECASE)
                if (
                    found
                    and found[1].lower() in _RESTART_SETTINGS
                    and not re.search(
                        r"restart\s+\S*postgres|pg_ctl\b.*restart|restart-db|reboot-db|restart (?:the )?(?:database|postgres)",
                        later,
                        re.IGNORECASE,
                    )
                ):
                    yield view.at(
                        "TOC303",
                        line,
                        statement.action,
                        statement.offset,
                        f"{found[1]} only changes when the server restarts, perhaps in another incident.",
                    )
                elif (
                    re.match(
                        r"\s*ALTER\s+(?:DATABASE|ROLE|USER)\s+\S+\s+SET\s+[\w.]+\s*(?:=|TO\b)",
                        statement.text,
                        re.IGNORECASE,
                    )
                    and not re.search(r"pg_terminate_backend", later)
                    and not re.search(r"=\s*off|RESET", statement.text)
                    and not _ONLY_NEW.search(fold(f"{above(view, line)} {below(view, line)} {line.words}"))
                ):
                    yield view.at(
                        "TOC303",
                        line,
                        statement.action,
                        statement.offset,
                        "Sessions that are open keep the old setting; only new ones see it.",
                    )
            yield from _unread_sources(view, procedure, line)


_ENV_FILE = re.compile(r"(?:^|[\s`\"'(/])\.env\b|\benvironment file\b|\benv vars? in\b", re.IGNORECASE)


_EDITS = re.compile(r"\b(?:update|edit|change|set|add|sed|nano|vim?|echo|put)\b", re.IGNORECASE)
# What a pipe makes of the map itself.
_APPLIED_ITSELF = re.compile(r"\|\s*(?:kubectl|oc)\b[^\n;&|]*\bapply\b[^\n;&|]*-f\s*-")
_MAKES_PODS_READ = re.compile(r"rollout restart|delete pod|set env|apply")


def _unread_sources(view: View, procedure: Procedure, line: Line) -> Iterator[Diagnostic]:
    """Environment files, ConfigMaps and unit files that are changed and that nothing makes the process read."""
    told = f"{line.words} {line.text} {_above(view, line)}"
    # The plain search first: this is asked of every step.
    environment = "env" in told.lower() and _ENV_FILE.search(told) and _EDITS.search(told)
    if environment and _keeps_its_environment(procedure, line):
        message = "A restart by the supervisor keeps the environment the process was started with; the new value in the file is not seen."
        yield view.on("TOC303", line, message)
    for action, command in line.commands:
        if _changes_config_map(command) and not _read_by_pods(procedure, line, action, command):
            message = "Pods do not read a changed ConfigMap by themselves; nothing after this restarts them."
            yield view.at("TOC303", line, action, command.start, message)
        if (path := _edited_config(command)) and not _taken_over(procedure, line, action, command):
            message = f"Nothing after this makes the process read {path}: it is changed and has no effect."
            yield view.at("TOC303", line, action, command.start, message)
        if _changes_unit(command) and not any(
            "daemon-reload" in other.text
            for other in (line, *procedure.after(line))
            if other.step.role is not Role.ROLLBACK or line.step.role is Role.ROLLBACK
        ):
            message = "systemd does not see a changed unit before `systemctl daemon-reload`."
            yield view.at("TOC303", line, action, command.start, message)


def _read_by_pods(procedure: Procedure, line: Line, action: Action, command: Command) -> bool:
    """Whether something behind a command makes pods read what it changes."""
    behind = [other.text for other in line.step.actions if other.span.start > action.span.start]
    behind += [o.text for o in procedure.after(line) if o.step.role is not Role.ROLLBACK]
    texts = (_APPLIED_ITSELF.sub(" ", text) for text in (action.text[command.end :], *behind))
    return any(map(_MAKES_PODS_READ.search, texts))


def _above(view: View, line: Line) -> str:
    """The paragraph right above the fence of a step that restarts something, which may say what was edited."""
    if "restart" not in line.text:
        return ""
    before = [raw for raw in view.raw_of(line.section) if raw.number < line.step.span.first_line][-4:]
    return " ".join(raw.text for raw in before if not raw.fenced and not raw.text.startswith("#"))


def _keeps_its_environment(procedure: Procedure, line: Line) -> bool:
    """Whether what follows is a restart by a supervisor that does not read the file again."""
    if not procedure.supervised:
        return False
    following = " ".join(f"{other.words} {other.text}" for other in [line, *procedure.after(line)])
    rereads = re.search(r"--update-env|compose.*up|--force-recreate", following) is not None
    return not rereads and "restart" in following


def _changes_config_map(command: Command) -> bool:
    verb = command.plain[0] if command.plain else ""
    return (
        command.name in ("kubectl", "oc")
        and verb in ("edit", "patch", "apply", "create", "replace")
        and any(_CONFIG_MAP.match(word) for word in command.plain[1:3])
    )


_CONFIG_MAP = re.compile(r"(?:configmap|cm)(?:/|$)")


_CONFIG_PLACE = re.compile(
    r"^/(?:etc|usr/local/etc|opt/[\w.-]+/(?:etc|conf(?:ig)?))/(?!crontab|cron\.|hosts\b|resolv|motd|systemd/)\S+\.(?:conf|cnf|cfg|ini|ya?ml|toml|properties|config|json|xml)$"
)
_TAKES_OVER = re.compile(
    r"\b(?:reload|restart|HUP|SIGHUP|USR2|graceful|sysctl|update-\w+|newaliases|postmap|reconfigure|rollout|apply|reboot|start|source|"
    r"pg_reload_conf|kill -1|try-restart|refresh|flush|deploy|newrelic|nft -f|\w+-restore|-s reload)\b",
    re.IGNORECASE,
)


def _edited_config(command: Command) -> str | None:
    """The configuration file of a service that this changes, or None."""
    edits = (
        command.name == "sed" and any(word.startswith(("-i", "--in-place")) for word in command.args)
    ) or command.name == "tee"
    places = (
        [*command.plain, *(to for op, to in command.redirects if op in (">", ">>"))]
        if edits
        else [to for op, to in command.redirects if op in (">", ">>")]
    )
    return next((place for place in places if place[:1] == "/" and _CONFIG_PLACE.match(place)), None)


def _taken_over(procedure: Procedure, line: Line, action: Action, command: Command) -> bool:
    """Whether something behind it makes a process read its configuration."""
    here = [
        a.text if a is not action else a.text[command.end :]
        for a in line.step.actions
        if a.span.start >= action.span.start
    ]
    later = [
        f"{other.words} {other.text}"
        for other in procedure.after(line)
        if other.step.role is not Role.ROLLBACK
    ]
    return any(_TAKES_OVER.search(text) for text in (*here, *later))


def _changes_unit(command: Command) -> bool:
    edits = command.name in ("sed", "tee", "cp", "nano", "vim", "vi", "mv") or any(
        operator in (">", ">>") for operator, _ in command.redirects
    )
    places = (*command.words, *(target for _, target in command.redirects)) if edits else ()
    into = (
        places[-1:] if command.name in ("cp", "mv") else places
    )  # a copy that is kept elsewhere changes none
    return any("/systemd/system/" in place for place in into)


RULES = (
    statuses,
    pipes,
    no_effect_now,
)
