"""TOC307 to TOC317: cut answers, wrong fields, no wait, restarted stores, toothless checks, repetition."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role, WaitKind
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import machine
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.words.wording import fold


def truncated(view: View) -> Iterator[Diagnostic]:
    """TOC307: answers that are cut by default."""
    for _, line, action, command in view.commands():
        if (
            command.name in ("kubectl", "oc", "k")
            and command.plain[:1] == ("logs",)
            and command.has("-l", "--selector")
            and not command.has("--tail", "-f", "--follow")  # what is followed is not cut
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
                (c for c in line.fed_by(action, command) if c.name in ("head", "tail") or _few_commits(c)),
                None,
            )
            if before is not None and command.has("-c", "-l"):
                yield view.at(
                    "TOC307",
                    line,
                    action,
                    before.start,
                    f"This counts only what `{before.name}` let through.",
                )


def _few_commits(command: Command) -> bool:
    """Whether it lists only the newest commits."""
    return (
        command.name == "git"
        and command.plain[:1] == ("log",)
        and any(re.fullmatch(r"-\d+|-n\d+|--max-count=\d+", word) for word in command.args)
    )


_ERROR_LOG = re.compile(r"error\.?log|error_log")


_COUNTS_SESSIONS = re.compile(r"COUNT\s*\(\s*\*\s*\)\s+FROM\s+pg_stat_activity", re.IGNORECASE)


def extractions(view: View) -> Iterator[Diagnostic]:
    """TOC308: numbers matched as text, last fields of lines with optional ends, counts of other things."""
    for _, line, action, command in view.commands():
        if (
            command.name == "grep"
            and command.plain[:1]
            and any(c.name in ("netstat", "ss", "lsof", "ps") for c in line.fed_by(action, command))
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
            and _ERROR_LOG.search(
                " ".join(w for c in (*line.fed_by(action, command), command) for w in c.args)
            )
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
        if _COUNTS_SESSIONS.search(sql) and not re.search(
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


# One of these is in every text the pattern finds, casefolded.
_WAITING = ("rollout status", "wait", "sleep", "until", "--watch", "--for=", "-w", "get pods")
_WAITS = re.compile(
    r"rollout status|kubectl wait|\bwait\b|\bsleep\b|--wait\b|until\b|--watch|--for=|-w\b|get pods",
    re.IGNORECASE,
)


_NEEDS_END = re.compile(
    r"\bcurl\b|\bpg_restore\b|RENAME TO|\bdropdb\b|\bcreatedb\b|\|\s*psql|psql .*-f|\bwget\b|\bmysql\b.*<|DROP DATABASE|"
    r"--reset-offsets|\bmongorestore\b|\balembic\b|\bmigrate\b",
    re.IGNORECASE,
)


_ENDING = (
    "curl", "pg_restore", "rename to", "dropdb", "createdb", "psql", "wget", "mysql", "drop database", "--reset-offsets", "mongorestore",
    "alembic", "migrate",
)  # fmt: skip


def _needs_end(text: str) -> bool:
    # The plain searches first: the pattern is tried at every letter.
    return any(map(text.casefold().__contains__, _ENDING)) and _NEEDS_END.search(text) is not None


def unwaited(view: View) -> Iterator[Diagnostic]:
    """TOC309: the step after an asynchronous change meets the old state."""
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        pending: Line | None = None
        for line in procedure.lines:
            if pending is not None and (procedure.exclusive(pending, line) or _waits(line)):
                pending = None
            if pending is not None and line.step.actions and _needs_end(line.text):
                message = (
                    f"Accepted is not done: line {line.step.span.first_line} goes on without waiting for it."
                )
                yield view.on("TOC309", pending, message)
                pending = None
            if _asynchronous(line) and not _waits(line):
                pending = line


def _asynchronous(line: Line) -> bool:
    # The plain search first: this is asked of every step.
    text = line.text
    plausible = (
        "kubectl" in text or "aws" in text or "--async" in text or "--no-wait" in text or "--wait=" in text
    )
    return plausible and _ASYNC.search(text) is not None


def _waits(line: Line) -> bool:
    if any(wait.kind in (WaitKind.DELAY, WaitKind.POLL) for wait in line.step.waits):
        return True
    # The plain searches first: this is asked of many steps.
    told = f"{line.text}\n{line.words}".casefold()
    plausible = any(map(told.__contains__, _WAITING))
    return plausible and (_WAITS.search(line.text) is not None or _WAITS.search(line.words) is not None)


_KEEPERS = re.compile(
    r"\b(?:redis|memcached|rabbitmq|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|kafka|elasticsearch|etcd|zookeeper|cassandra)\b(?!-(?:exporter|proxy|read|replica|client))",
    re.IGNORECASE,
)


_RESTARTS_PODS = re.compile(r"^(?:set (?:env|image|resources)|rollout restart|delete (?:pods?|po))\b")


def only_copy(view: View) -> Iterator[Diagnostic]:
    """TOC311: a change that restarts a store whose content may be in memory only."""
    for _, line, action, command in view.commands():
        words = " ".join(command.plain)
        kube = command.name in ("kubectl", "oc") and _RESTARTS_PODS.search(words)
        local = (
            (command.name == "systemctl" and command.plain[:1] == ("restart",))
            or (command.name in ("docker", "podman") and "restart" in command.plain[:2])
            or (command.name == "service" and command.plain[-1:] == ("restart",))
        )
        if not kube and not local:
            continue
        keeper = _KEEPERS.search(words)
        memory = re.search(r"\b(?:redis|memcached)\b", words)
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
    r"\b(?:verif|confirm|validat|check (?:that|if|whether|restore|certificate|expir)|make sure|ensure|pruf|comprob)|^(?:check|test|control|kontrolle|prueba|controle)\W*$"
)


def toothless(view: View) -> Iterator[Diagnostic]:
    """TOC312: a verification that prints and cannot fail."""
    for _, line in view.lines():
        if (
            not line.step.actions
            or line.step.expects
            or line.step.judgement.effect
            not in (
                Effect.OBSERVE,
                Effect.UNKNOWN,
            )
        ):
            continue
        verifying = line.step.role is Role.VERIFICATION or _VERIFY_TITLE.search(fold(line.step.title))
        for statement in line.statements:
            if verifying and re.match(
                r"\s*SELECT\s+COUNT\s*\(\s*[*1]?\s*\)\s+FROM\s+[\w.\"]+\s*;?\s*$",
                statement.text,
                re.IGNORECASE,
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


_CREATES = re.compile(
    r"\s*CREATE\s+(?:UNIQUE\s+)?(INDEX|TABLE|DATABASE|USER|ROLE|SCHEMA|EXTENSION)\b(?!.*IF\s+NOT\s+EXISTS)",
    re.IGNORECASE | re.DOTALL,
)


def repeats(view: View) -> Iterator[Diagnostic]:
    """TOC316: what fails or doubles when it is done a second time."""
    for procedure, line, action, command in view.commands():
        words = command.plain
        reason = None
        if (
            command.name == "createdb"
            and "$" not in " ".join(words)
            and "<" not in " ".join(words)
            and not any(
                re.search(r"dropdb|IF EXISTS", other.text) for other in [*procedure.before(line), line]
            )
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
        found = _CREATES.match(statement.text)
        if found and re.search(r"\bAS\s+(?:SELECT|TABLE)\b", statement.text, re.IGNORECASE) is None:
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


_WAIT_LOOP = re.compile(r"(?m)^\s*(?:until|while\s+(?:!|true|:))\b")


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
            may = "until" in action.text or "while" in action.text
            loop = _WAIT_LOOP.search(action.text) if may else None
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


_CLUSTERED = re.compile(
    r"\b(?:ceph|elasticsearch|opensearch|cassandra|scylla|kafka|etcd|zookeeper|consul|vault|nomad|rabbitmq|mongod|patroni|galera|clickhouse-keeper|redis-sentinel|glusterd)[\w@.-]*"
)


def both_at_once(view: View) -> Iterator[Diagnostic]:
    """TOC309: members of a cluster are restarted one right after the other, with no look in between."""
    for procedure in view.procedures:
        last: tuple[str, str, Line] | None = None
        for line in procedure.lines:
            for action, command in line.commands:
                where = machine(command)
                restarts = command.name in ("systemctl", "service") and "restart" in command.plain[:2]
                unit = _CLUSTERED.search(" ".join(command.plain)) if restarts else None
                if unit is not None and where:
                    if (
                        last is not None
                        and last[0] == unit[0]
                        and last[1] != where
                        and not procedure.exclusive(last[2], line)
                    ):
                        message = (
                            f"{last[1]} may not be back when {where} goes down; nothing waits in between."
                        )
                        yield view.at("TOC309", line, action, command.start, message)
                    last = (unit[0], where, line)
                elif command.wrapper is None and command.name not in ("ssh", "sudo"):
                    last = None
            if line.step.waits or not line.step.actions:
                last = None


RULES = (
    both_at_once,
    truncated,
    extractions,
    unwaited,
    only_copy,
    toothless,
    repeats,
    endless_waits,
)
