"""TOC3xx about commands: statuses, pipes, options, names, truncation, repetition, waits, manifests."""

import re
from collections.abc import Iterator

import yaml

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Diagnostic, Level, Role, StepKind, WaitKind
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.shell import Command
from tocsin.runbook.wording import fold

_TESTED_BY = frozenset(
    {"grep", "jq", "test", "awk", "python", "python3", "egrep", "[", "rg", "yq", "tee", "sh", "bash"}
)


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
        piped = not command.last
        if fails or piped or any(w.startswith("telnet:") for w in command.args) or command.inner:
            return None
        if saves and line.step.role is not Role.VERIFICATION:
            return "`curl` without -f saves an error page and exits 0 on 404 and 503." if not sends else None
        return (
            "`curl` exits 0 on 404, 502 and 503, and has no time limit here."
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
    ):
        return "A reload is a request: the server can refuse the configuration and go on with the old one, status 0."
    if name == "nginx" and command.value("-s") == "reload":
        return "A reload is a request: the server can refuse the configuration and go on with the old one, status 0."
    return None


_PRODUCERS = frozenset(
    "pg_dump pg_dumpall mysqldump mongodump gunzip zcat gzip zstd bzcat xzcat curl wget aws gsutil tar ssh openssl redis-cli etcdctl".split()
)
_CONSUMERS = frozenset(
    "psql mysql mongorestore mongoimport tar gzip bzip2 zstd xz tee dd sh bash aws gsutil openssl gpg ssh redis-cli cat split sqlite3".split()
)


def pipes(view: View) -> Iterator[Diagnostic]:
    """TOC302: a pipe that hides its producer's failure, a client that goes on after errors, `|| true`."""
    for _, line in view.lines():
        text = line.text
        careful = re.search(r"pipefail|PIPESTATUS", text) is not None
        for action, command in line.commands:
            reason = _piped(line, command, careful)
            if reason is not None:
                yield view.at("TOC302", line, action, command.start, reason)
        for action in line.step.actions:
            found = re.search(r"\|\|\s*(?:true|:)(?:\s|;|$)", action.text)
            if found and action.judgement.effect.value >= Effect.CHANGE.value:
                yield view.at(
                    "TOC302", line, action, found.start(), "`|| true` reports success whatever happened."
                )


def _piped(line: Line, command: Command, careful: bool) -> str | None:
    pipeline = [
        c
        for _, c in line.commands
        if c.pipeline == command.pipeline and c.inner == command.inner and c.wrapper is None
    ]
    if command.wrapper is None and command.stage == 0 and len(pipeline) > 1 and not careful:
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
        answers = command.name == "openssl" or (command.name in ("echo", "printf"))
        if producers and (writes or fetches) and not answers and last.name not in ("sh", "bash"):
            return f"Only the status of `{last.name}` counts here: a failing `{producers[0].name}` is not noticed."
    if command.name == "psql" and not re.search(r"ON_ERROR_STOP", line.text):
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


def no_effect_now(view: View) -> Iterator[Diagnostic]:
    """TOC303: settings that need a restart, a new session, or a process that reads them."""
    for procedure in view.procedures:
        for line in procedure.lines:
            later = "\n".join(f"{other.text} {other.words}" for other in procedure.after(line))
            for statement in line.statements:
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
                        r"\s*ALTER\s+(?:DATABASE|ROLE|USER)\s+\S+\s+SET\s", statement.text, re.IGNORECASE
                    )
                    and not re.search(r"pg_terminate_backend", later)
                    and not re.search(r"=\s*off|RESET", statement.text)
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


def _unread_sources(view: View, procedure: Procedure, line: Line) -> Iterator[Diagnostic]:
    told = f"{line.words} {line.text}"
    if _ENV_FILE.search(told) and re.search(
        r"\b(?:update|edit|change|set|add|sed|nano|vim?|echo|put)\b", told, re.IGNORECASE
    ):
        around = [line, *procedure.after(line)]
        supervised = any(
            c.name in ("pm2", "docker") and "restart" in c.plain[:2]
            for other in procedure.lines
            for _, c in other.commands
        )
        rereads = any(
            "--update-env" in other.text or re.search(r"compose.*up|--force-recreate", other.text)
            for other in around
        )
        if (
            supervised
            and not rereads
            and re.search(r"restart", " ".join(f"{o.words} {o.text}" for o in around))
        ):
            yield view.on(
                "TOC303",
                line,
                "A restart by the supervisor keeps the environment the process was started with; the new value in the file is not seen.",
            )
    for action, command in line.commands:
        if (
            command.name in ("kubectl", "oc")
            and command.plain[:1]
            and command.plain[0] in ("edit", "patch", "apply", "create", "replace")
            and any(re.match(r"(?:configmap|cm)(?:/|$)", w) for w in command.plain[1:3])
        ):
            if not any(
                re.search(r"rollout restart|delete pod|set env|apply", other.text)
                for other in procedure.after(line)
            ):
                yield view.at(
                    "TOC303",
                    line,
                    action,
                    command.start,
                    "Pods do not read a changed ConfigMap by themselves; nothing after this restarts them.",
                )
        unit = re.search(
            r"/etc/systemd/system/|/lib/systemd/system/",
            " ".join(command.words) + " ".join(t for _, t in command.redirects),
        )
        edits = command.name in ("sed", "tee", "cp", "nano", "vim", "vi", "mv") or any(
            op in (">", ">>") for op, _ in command.redirects
        )
        if (
            unit
            and edits
            and not any("daemon-reload" in other.text for other in [line, *procedure.after(line)])
        ):
            yield view.at(
                "TOC303",
                line,
                action,
                command.start,
                "systemd does not see a changed unit before `systemctl daemon-reload`.",
            )


_PM2_CONFIG = re.compile(
    r"\.json$|\.ya?ml$|\.config\.[cm]?js$|\.json|\.yml|\.yaml|\.config\.js|\.config\.cjs|\.config\.mjs"
)


def ignored_options(view: View) -> Iterator[Diagnostic]:
    """TOC304: options and arguments that a tool accepts and does not use."""
    for _, line, action, command in view.commands():
        words = command.plain
        if (
            command.name == "pm2"
            and words[:1]
            and words[0] in ("start", "reload", "startOrReload", "restart")
        ):
            file = next(
                (w for w in words[1:] if re.search(r"ecosystem|\.config\.|\.json$|\.ya?ml$", w)), None
            )
            ignored = next(
                (
                    w
                    for w in command.args
                    if w
                    in (
                        "-i",
                        "--instances",
                        "--max-memory-restart",
                        "--name",
                        "-n",
                        "--node-args",
                        "--interpreter",
                        "--cron",
                    )
                ),
                None,
            )
            if file and ignored:
                yield view.at(
                    "TOC304",
                    line,
                    action,
                    command.start,
                    f"Beside a configuration file `{ignored}` does nothing.",
                )
        elif command.name == "pm2" and words[:1] and words[0] in ("status", "list", "ls") and len(words) > 1:
            yield view.at(
                "TOC304",
                line,
                action,
                command.start,
                f"`pm2 {words[0]}` ignores the name and lists everything.",
            )


def names(view: View) -> Iterator[Diagnostic]:
    """TOC305: files whose name makes a tool take them for something else."""
    for _, line, action, command in view.commands():
        for word in (*command.plain[1:], *(t for op, t in command.redirects if op.startswith(">"))):
            reason = _name(command, word)
            if reason is not None:
                yield view.at("TOC305", line, action, command.start, reason)
                break


def _name(command: Command, word: str) -> str | None:
    if command.name == "pm2" and command.plain[0] in (
        "start",
        "reload",
        "restart",
        "startOrReload",
        "startOrRestart",
        "gracefulReload",
        "delete",
        "stop",
    ):
        if (
            re.search(r"ecosystem|(?:^|[./_-])(?:pm2|process)[\w.-]*conf|\.config\b", word)
            and "." in word
            and not _PM2_CONFIG.search(word)
        ):
            return f"PM2 takes only *.config.js, .json and .yml for a configuration; it runs {word} as a program, status 0."
        return None
    writes = command.name in ("cp", "mv", "tee", "nano", "vim", "vi", "ln", "install") or any(
        t == word for _, t in command.redirects
    )
    if not writes:
        return None
    if re.match(r"/etc/cron\.(?:d|hourly|daily|weekly|monthly)/[^/]*\.[^/]*$", word):
        return f"cron ignores files with a dot in their name: {word} never runs."
    if re.match(r"/etc/sudoers\.d/[^/]*\.[^/]*$", word):
        return f"sudo ignores files with a dot in their name: {word} has no effect."
    if (
        re.match(
            r"/etc/(?:nginx/conf\.d|ssh/sshd_config\.d|sysctl\.d|modprobe\.d|apache2/conf-(?:enabled|available)|haproxy/conf\.d|rsyslog\.d)/[^/]+$",
            word,
        )
        and not re.search(r"\.(?:conf|cfg)$", word)
        and "$" not in word
        and not word.endswith("*")
    ):
        return f"Only *.conf is read there: {word} has no effect."
    if re.match(r"/etc/systemd/system/[^/.]+$", word):
        return f"A unit file needs a suffix such as .service: {word} is not read."
    return None


def directives(view: View) -> Iterator[Diagnostic]:
    """TOC306: configuration fragments whose grammar is wrong, or whose result nothing uses."""
    for raw in view.raw:
        found = re.search(r"\blimit_req\s+[^;#]*;?", raw.text)
        if found and (re.search(r"zone=\w+:\d+[kmKM]", found[0]) or "rate=" in found[0]):
            near = [
                line
                for _, line in view.lines()
                if line.step.span.first_line <= raw.number <= line.step.span.last_line
            ]
            yield view.remark(
                "TOC306",
                raw.span,
                "`limit_req` takes no size and no rate; they belong to `limit_req_zone` in http.",
                column=found.start() + 1,
                steps=[n.step.id for n in near],
            )
        zone = re.search(r"\blimit_req_zone\s+[^;#]*;", raw.text)
        if zone and ("rate=" not in zone[0] or not re.search(r"zone=\w+:\d", zone[0])):
            yield view.remark(
                "TOC306",
                raw.span,
                "`limit_req_zone` needs a key, zone=name:size and rate=.",
                column=zone.start() + 1,
            )
        made = re.search(r"\b(?:geo|map)\s+(?:\$\w+\s+)?\$(\w+)\s*\{", raw.text)
        if (
            made
            and raw.fenced
            and not any(
                re.search(rf"\${made[1]}\b", other.text) for other in view.raw if other.number != raw.number
            )
        ):
            yield view.remark(
                "TOC306",
                raw.span,
                f"${made[1]} is defined here and used nowhere: alone it changes nothing.",
                level=Level.WARNING,
                column=made.start() + 1,
            )


def truncated(view: View) -> Iterator[Diagnostic]:
    """TOC307: answers that are cut by default."""
    for _, line, action, command in view.commands():
        if (
            command.name in ("kubectl", "oc", "k")
            and command.plain[:1] == ("logs",)
            and command.has("-l", "--selector")
            and not command.has("--tail")
        ):
            yield view.at(
                "TOC307",
                line,
                action,
                command.start,
                "With a selector `kubectl logs` shows ten lines per pod.",
            )
        elif command.stage > 0 and command.name in ("grep", "wc", "rg"):
            before = next(
                (
                    c
                    for _, c in line.commands
                    if c.pipeline == command.pipeline and c.stage == command.stage - 1
                ),
                None,
            )
            if before is not None and before.name in ("head", "tail") and command.has("-c", "-l"):
                yield view.at(
                    "TOC307",
                    line,
                    action,
                    before.start,
                    f"This counts only what `{before.name}` let through.",
                )


def extractions(view: View) -> Iterator[Diagnostic]:
    """TOC308: numbers matched as text, last fields of lines with optional ends, counts of other things."""
    for _, line, action, command in view.commands():
        before = (
            next(
                (
                    c
                    for _, c in line.commands
                    if c.pipeline == command.pipeline and c.stage == command.stage - 1
                ),
                None,
            )
            if command.stage
            else None
        )
        if (
            command.name == "grep"
            and before is not None
            and before.name in ("netstat", "ss", "lsof", "ps")
            and command.plain[:1]
        ):
            pattern = command.plain[0]
            if re.fullmatch(r":?\d{2,5}", pattern) and not command.has("-w") and not pattern.startswith(":"):
                yield view.at(
                    "TOC308",
                    line,
                    action,
                    command.start,
                    f"`grep {pattern}` is satisfied by any line that holds these digits.",
                )
        elif (
            command.name == "awk"
            and "$NF" in " ".join(command.args)
            and re.search(r"error\.?log|error_log", " ".join(command.args))
        ):
            yield view.at(
                "TOC308",
                line,
                action,
                command.start,
                "The last field of an error log line is whatever stands last, not the client.",
            )
    for _, line, statement in view.statements():
        sql = statement.text
        if re.search(r"COUNT\s*\(\s*\*\s*\)\s+FROM\s+pg_stat_activity", sql, re.IGNORECASE) and not re.search(
            r"backend_type|datname|GROUP BY", sql, re.IGNORECASE
        ):
            yield view.at(
                "TOC308",
                line,
                statement.action,
                statement.offset,
                "This counts the server's own processes too; max_connections does not.",
                level=Level.NOTE,
            )


_ASYNC = re.compile(
    r"\bkubectl\s+(?:.*\s)?(?:scale|rollout restart|set (?:image|env|resources)|apply|rollout undo|patch)\b|\baws\s+(?:ec2|rds|ecs|eks|elasticache)\s+(?:start|stop|reboot|modify|update|failover|restore|create|delete)-|"
    r"--async\b|--no-wait\b|--wait=false\b"
)
_WAITS = re.compile(
    r"rollout status|kubectl wait|\bwait\b|\bsleep\b|--wait\b|until\b|--watch|--for=|-w\b|get pods",
    re.IGNORECASE,
)
_NEEDS_END = re.compile(
    r"\bcurl\b|\bpg_restore\b|RENAME TO|\bdropdb\b|\bcreatedb\b|\|\s*psql|psql .*-f|\bwget\b|\bmysql\b.*<|DROP DATABASE",
    re.IGNORECASE,
)


def unwaited(view: View) -> Iterator[Diagnostic]:
    """TOC309: the step after an asynchronous change meets the old state."""
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        pending: Line | None = None
        for line in procedure.lines:
            told = f"{line.text} {line.words}"
            if any(wait.kind in (WaitKind.DELAY, WaitKind.POLL) for wait in line.step.waits) or _WAITS.search(
                told
            ):
                pending = None
            if (
                pending is not None
                and line.step.actions
                and _NEEDS_END.search(line.text)
                and not procedure.exclusive(pending, line)
            ):
                yield view.on(
                    "TOC309",
                    pending,
                    f"Accepted is not done: line {line.step.span.first_line} goes on without waiting for it.",
                )
                pending = None
            if (
                line.step.actions
                and _ASYNC.search(line.text)
                and not _WAITS.search(line.text)
                and "create secret" not in line.text
            ):
                pending = line


_KEEPERS = re.compile(
    r"\b(?:redis|memcached|rabbitmq|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|kafka|elasticsearch|etcd|zookeeper|cassandra)\b(?!-(?:exporter|proxy|read|replica|client))",
    re.IGNORECASE,
)


def only_copy(view: View) -> Iterator[Diagnostic]:
    """TOC311: a change that restarts a store whose content may be in memory only."""
    for _, line, action, command in view.commands():
        words = " ".join(command.plain)
        kube = command.name in ("kubectl", "oc") and re.search(
            r"^(?:set (?:env|image|resources)|rollout restart|delete (?:pods?|po))\b", words
        )
        keeper = _KEEPERS.search(words)
        memory = re.search(r"\b(?:redis|memcached)\b", words)
        local = (
            (command.name == "systemctl" and command.plain[:1] == ("restart",))
            or (command.name in ("docker", "podman") and "restart" in command.plain[:2])
            or (command.name == "service" and command.plain[-1:] == ("restart",))
        )
        if (kube and keeper) or (local and memory):
            saved = re.search(r"BGSAVE|\bSAVE\b|bgrewriteaof", line.text, re.IGNORECASE)
            if not saved:
                yield view.at(
                    "TOC311",
                    line,
                    action,
                    command.start,
                    f"This restarts {keeper[0] if keeper else 'the store'}; with one copy, what is only in memory is gone.",
                )


_VERIFY_TITLE = re.compile(
    r"\b(?:verif|confirm|validat|check (?:that|if|whether|restore|certificate|expir)|make sure|ensure|pruf|comprob)"
)


def toothless(view: View) -> Iterator[Diagnostic]:
    """TOC312: a verification that prints and cannot fail."""
    for _, line in view.lines():
        if not line.step.actions or line.step.expects or line.step.judgement.effect is not Effect.OBSERVE:
            continue
        verifying = line.step.role is Role.VERIFICATION or _VERIFY_TITLE.search(fold(line.step.title))
        for statement in line.statements:
            if verifying and re.match(
                r"\s*SELECT\s+COUNT\s*\(\s*\*\s*\)\s+FROM\s+[\w.\"]+\s*;?\s*$", statement.text, re.IGNORECASE
            ):
                yield view.at(
                    "TOC312",
                    line,
                    statement.action,
                    statement.offset,
                    "A count without a number to compare with is green in any case.",
                )
        for action, command in line.commands:
            if (
                command.name == "openssl"
                and command.plain[:1] == ("x509",)
                and any(w in command.args for w in ("-dates", "-enddate"))
                and "-checkend" not in command.args
                and command.last
            ):
                yield view.at(
                    "TOC312",
                    line,
                    action,
                    command.start,
                    "This prints dates and exits 0 for an expired certificate; -checkend compares.",
                )
            elif (
                verifying
                and command.name == "grep"
                and command.has("-c")
                and command.last
                and not any(c.name == "test" for _, c in line.commands)
            ):
                yield view.at(
                    "TOC312",
                    line,
                    action,
                    command.start,
                    "A count that nobody compares is green in any case.",
                )


def repeats(view: View) -> Iterator[Diagnostic]:
    """TOC316: what fails or doubles when it is done a second time."""
    for procedure, line, action, command in view.commands():
        words = command.plain
        reason = None
        if command.name == "createdb" and not any(
            re.search(r"dropdb|IF EXISTS", other.text) for other in [*procedure.before(line), line]
        ):
            reason = "The second run fails: the database exists already."
        elif (
            command.name in ("kubectl", "oc")
            and words[:1] == ("create",)
            and not any("--dry-run" in w for w in command.args)
            and len(words) > 1
            and words[1] not in ("job", "token")
        ):
            reason = "`kubectl create` fails when the object exists already."
        elif command.name == "helm" and words[:1] == ("install",):
            reason = "`helm install` fails when the release exists; `helm upgrade --install` does both."
        if reason is not None:
            yield view.at("TOC316", line, action, command.start, reason)
    for _, line, statement in view.statements():
        found = re.match(
            r"\s*CREATE\s+(?:UNIQUE\s+)?(INDEX|TABLE|DATABASE|USER|ROLE|SCHEMA|EXTENSION)\b(?!.*IF\s+NOT\s+EXISTS)",
            statement.text,
            re.IGNORECASE | re.DOTALL,
        )
        if found:
            why = (
                "; an invalid index left by a failure counts as existing"
                if found[1].upper() == "INDEX"
                else ""
            )
            yield view.at(
                "TOC316",
                line,
                statement.action,
                statement.offset,
                f"The second run fails: it exists already{why}.",
            )


def endless_waits(view: View) -> Iterator[Diagnostic]:
    """TOC317: waits whose length nobody knows."""
    for _, line, action, command in view.commands():
        if (
            command.name == "certbot"
            and command.plain[:1] == ("renew",)
            and "--no-random-sleep-on-renew" not in command.args
            and "--dry-run" not in command.args
        ):
            yield view.at(
                "TOC317",
                line,
                action,
                command.start,
                "Without a terminal `certbot renew` sleeps up to eight minutes.",
            )
    for _, line in view.lines():
        for action in line.step.actions:
            loop = re.search(r"(?m)^\s*(?:until|while\s+(?:!|true|:))\b", action.text)
            if loop and not re.search(
                r"timeout|seq\s|SECONDS|\bi\s*[<+]|attempt|retries|count|break", action.text
            ):
                yield view.at(
                    "TOC317",
                    line,
                    action,
                    loop.start(),
                    "This loop ends only when it succeeds.",
                    level=Level.WARNING,
                )


_NEEDS_SPEC = frozenset(
    "Deployment StatefulSet DaemonSet Service Ingress Job CronJob NetworkPolicy HorizontalPodAutoscaler PodDisruptionBudget PersistentVolumeClaim PersistentVolume ReplicaSet Pod Certificate".split()
)
_REQUIRED = {
    "Deployment": ("selector", "template"), "StatefulSet": ("selector", "template", "serviceName"), "DaemonSet": ("selector", "template"),
    "Job": ("template",), "CronJob": ("schedule", "jobTemplate"), "Pod": ("containers",), "HorizontalPodAutoscaler": ("scaleTargetRef",),
    "PersistentVolumeClaim": ("accessModes",), "Service": ("ports",), "NetworkPolicy": ("podSelector",), "Certificate": ("secretName",),
}  # fmt: skip


def incomplete(view: View) -> Iterator[Diagnostic]:
    """TOC315: manifests the server rejects, with what is missing."""
    for _, line in view.lines():
        if line.step.kind is not StepKind.MANIFEST or len(line.text) > 20_000:
            continue
        missing = _missing(line.text)
        if missing is not None:
            yield view.on("TOC315", line, missing)


def _missing(text: str) -> str | None:
    try:
        documents = [d for d in yaml.safe_load_all(text) if d is not None]
    except (yaml.YAMLError, ValueError, RecursionError):
        return None if re.search(r"\{\{|<[A-Za-z]|\$\{", text) else "This is not valid YAML."
    for document in documents:
        if not isinstance(document, dict) or not isinstance(kind := document.get("kind"), str):
            continue
        metadata = document.get("metadata")
        if not isinstance(metadata, dict) or not (metadata.get("name") or metadata.get("generateName")):
            return f"This {kind} has no metadata.name."
        spec = document.get("spec")
        if kind in _NEEDS_SPEC and not isinstance(spec, dict):
            return f"This {kind} has no spec; the server rejects it, a client-side dry run does not."
        if (
            kind == "Ingress"
            and isinstance(spec, dict)
            and not (spec.get("rules") or spec.get("defaultBackend"))
        ):
            return "This Ingress has neither spec.rules nor spec.defaultBackend; the server rejects it."
        lacking = [key for key in _REQUIRED.get(kind, ()) if isinstance(spec, dict) and key not in spec]
        if kind == "Service" and isinstance(spec, dict) and spec.get("type") == "ExternalName":
            lacking = []
        if lacking:
            return f"This {kind} lacks spec.{lacking[0]}; the server rejects it."
    return None


RULES = (
    statuses, pipes, no_effect_now, ignored_options, names, directives, truncated, extractions, unwaited, only_copy, toothless,
    repeats, endless_waits, incomplete,
)  # fmt: skip
