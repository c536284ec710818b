"""TOC212, TOC213, TOC214, TOC217, TOC218: foreign code, locks, partial replacement, the worst first, lost evidence."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import ChoiceKind, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.excused import kept_elsewhere
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.wording import fold

_DOWNLOADERS = frozenset({"curl", "wget", "fetch", "http", "aws", "gsutil"})


_INTERPRETERS = frozenset(
    {"sh", "bash", "zsh", "dash", "python", "python3", "node", "perl", "ruby", "php", "pwsh"}
)


def foreign_code(view: View) -> Iterator[Diagnostic]:
    """TOC212: code that is fetched and run, or manifests applied from an address."""
    for _, line, action, command in view.commands():
        if command.name in _INTERPRETERS and command.stage > 0 and command.plain[:1] != ("-c",):
            pipeline = line.fed_by(action, command)
            if any(c.name in _DOWNLOADERS for c in pipeline) and (
                not command.plain or command.plain[0] == "-" or "-s" in command.args
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


_LOCKS = re.compile(
    r"(?:CREATE|DROP|REINDEX|VACUUM|CLUSTER|ALTER TABLE|LOCK TABLE)\b", re.IGNORECASE
)  # any statement the rule knows


def locks(view: View) -> Iterator[Diagnostic]:
    """TOC213: statements that block others and wait without a limit."""
    for procedure, line, statement in view.statements():
        sql = " ".join(statement.text.split())
        if _LOCKS.match(sql) is None:
            continue
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
            rest = [c for c in line.stages(action, command) if c.stage > command.stage]
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


_MILD = re.compile(
    r"conservativ|safer|gentl|graceful|less (?:destructive|invasive|disruptive|aggressive)|milder|softer|minimal|only the|schonend|conservador|prudent"
)


def worst_first(view: View) -> Iterator[Diagnostic]:
    """TOC217: of alternatives, the one that hurts most stands first."""
    for procedure in view.procedures:
        for choice, lines in procedure.choices():
            if choice.kind is not ChoiceKind.ALTERNATIVES:
                continue
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


# One of these is in every text the pattern finds, casefolded.
_MAY_DUMP = ("heap", "jmap", "jstack", "jcmd", "thread", "gcore", "core", "kubectl cp", "--previous", "py-spy", "pprof", "strace", "tcpdump", "gdb", "kill -", "perf record")  # fmt: skip
_DUMPS = re.compile(
    r"heap ?dump|heapsnapshot|\bjmap\b|\bjstack\b|\bjcmd\b|thread ?dump|\bgcore\b|core ?dump|kubectl cp\b|--previous\b|py-spy|pprof|strace|tcpdump|\bgdb\b.*\bbt\b|thread apply all|\bkill -(?:3|QUIT)\b|perf record|Thread\.print",
    re.IGNORECASE,
)


# One of each is in every text the pattern finds, in small letters.
_LOGS = ("log", "pm2 flu", "journalctl")
_CLEARING = ("pm2 flush", "journalctl --", "truncate", ">", "rm")
_CLEARS_LOGS = re.compile(
    r"(?:^|['\"]|&&|;)\s*(?:sudo\s+)?(?:pm2 flush|journalctl --(?:vacuum|rotate)\S*|truncate\s.*\.log|>\s*(?=\S*[/.])\S*log\S*|rm\s.*\.log\b|: > \S*log)|\brm\s+(?:-\w+\s+)*/var/log/",
    re.IGNORECASE,
)


_RESTARTS_FIRST = re.compile(
    r"\b(?:restart|reboot|kill|recreate|redeploy|delete)\w*[^.;]{0,40}(?:,|\band\b)?\s*\bthen\b[^.;]{0,30}\b(?:heap|thread|core|memory|stack)[ -]?(?:dumps?|snapshots?|traces?)\b",
    re.IGNORECASE,
)


def lost_evidence(view: View) -> Iterator[Diagnostic]:
    """TOC218: restart before the dump; logs cleared before anyone copied them."""
    dumps = any(map(view.text.casefold().__contains__, _MAY_DUMP))
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        mitigating = [line for line in procedure.mitigating if line.step.actions]
        for line in mitigating:
            if any(
                " then" in told and _RESTARTS_FIRST.search(told) for told in (line.words, above(view, line))
            ):
                yield view.on(
                    "TOC218", line, "What is collected after the restart is no longer of the trouble."
                )
        disrupting = [line for line in mitigating if line.step.judgement.effect is Effect.DISRUPT]
        for line in mitigating if disrupting and dumps else ():
            if (
                _dumped_behind(line, disrupting[0])
                and _DUMPS.search(line.text)
                and not procedure.exclusive(disrupting[0], line)
            ):
                if line is not disrupting[0] and _DUMPS.search(disrupting[0].text):
                    break
                yield view.on(
                    "TOC218", disrupting[0], f'What "{line.step.title}" collects is gone after this step.'
                )
                break
        for line in mitigating:
            # The plain search first: this is asked of every step.
            lower = line.text.lower()
            if not any(map(lower.__contains__, _LOGS)) or not any(map(lower.__contains__, _CLEARING)):
                continue
            clears = _CLEARS_LOGS.search(line.text)
            if clears is None:
                continue
            earlier = (line.text[: clears.start()], *(other.text for other in procedure.before(line)))
            copied = any(map(_COPIES.search, earlier))
            if not copied and not kept_elsewhere(view, line):
                yield view.on("TOC218", line, "The logs are cleared before anybody kept a copy.")


def _dumped_behind(line: Line, disrupting: Line) -> bool:
    """Whether a step comes after the first that interrupts, or is the same one with its dump behind the interruption."""
    if line is not disrupting:
        return disrupting.order < line.order
    stops = [action for action in line.step.actions if action.judgement.effect is Effect.DISRUPT]
    dumps = [action for action in line.step.actions if _DUMPS.search(action.text)]
    return bool(stops and dumps) and stops[0].span.start < dumps[0].span.start


_COPIES = re.compile(r"\b(?:cp|tar|gzip|aws s3 cp|scp|rsync|archive)\b|>>?\s*\S")


RULES = (
    foreign_code,
    locks,
    replacements,
    worst_first,
    lost_evidence,
)
