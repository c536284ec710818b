"""TOC303 again: settings that wait for a restart, sizes nobody grows, files nobody reads, and sentences that promise "at once"."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.raw import between
from tocsin.runbook.lint.says import Promise, promised
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_LATER_SQL = re.compile(
    r"\s*SET\s+PERSIST_ONLY\b|\s*ALTER\s+SYSTEM\s+SET\b.*\bSCOPE\s*=\s*SPFILE\b", re.IGNORECASE | re.DOTALL
)
_SQL = frozenset({"sql", "mysql", "plsql"})
_NEAR = 20  # lines in which the restart is to be told
_RESTARTS = re.compile(
    r"\b(?:restart|reload|reboot|HUP|SIGHUP|rolling|redeploy|bounce|apply|reconfigure|rndc|refresh|neu starten|neustart|reiniciar|redemarrer|daemon-reload|postmap|newaliases|sysctl|source)\b",
    re.IGNORECASE,
)


def waits_for_restart(view: View) -> Iterator[Diagnostic]:
    """Statements and commands that write a setting which only the next start, reload or resize makes true."""
    told: set[int] = set()
    for procedure, line, statement in view.statements():
        if not _LATER_SQL.match(statement.text):
            continue
        told.add(statement.action.span.first_line)
        if not _follows(procedure, line, statement.offset, _RESTARTS):
            message = "This is only read at the next start of the server; nothing here restarts it."
            yield view.at("TOC303", line, statement.action, statement.offset, message)
    for at, raw in enumerate(view.raw):
        if raw.fenced and raw.language in _SQL and raw.number not in told and _LATER_SQL.match(raw.text):
            behind = "\n".join(other.text for other in view.raw[at + 1 : at + _NEAR])
            if not _RESTARTS.search(behind):
                message = "This is only read at the next start of the server; nothing here restarts it."
                yield view.remark("TOC303", raw.span, message)
    for procedure, line, action, command in view.commands(
        "postconf", "lvextend", "lvresize", "git", "nano", "vim", "vi", "emacs", "ed"
    ):
        found = _unfinished(command)
        if (
            found is not None
            and not _follows(procedure, line, command.end, found[0])
            and line.step.role is not Role.ROLLBACK
        ):
            yield view.at("TOC303", line, action, command.start, found[1])


_GROWS = re.compile(r"resize2fs|xfs_growfs|fsadm|btrfs filesystem resize|zpool online -e|growpart")
_SERVICE_FILE = re.compile(
    r"^/(?:etc|usr/local/etc|var/named|opt/[\w.-]+/(?:etc|conf(?:ig)?))/(?!crontab|cron\.|hosts\b|resolv|motd|sudoers|fstab|systemd/)\S+"
    r"\.(?:conf|cnf|cfg|ini|ya?ml|toml|properties|config|json|xml|rb|zone|options|cf|hcl|db)$"
)


def _unfinished(command: Command) -> tuple[re.Pattern[str], str] | None:
    """What has to follow a command, and what is to be said if it does not."""
    if command.name == "postconf" and command.has("-e"):
        return _RESTARTS, "Postfix reads this at its next reload; nothing here reloads it."
    if command.name in ("lvextend", "lvresize") and not command.has("-r", "--resizefs"):
        return _GROWS, "The volume grows, the file system on it does not; -r or a resize makes it larger."
    if command.name in ("nano", "vim", "vi", "emacs", "ed"):
        path = next((word for word in command.plain if _SERVICE_FILE.match(word)), None)
        if path is not None:
            return (
                _RESTARTS,
                f"Nothing after this makes the process read {path}: it is changed and has no effect.",
            )
    return None


def _follows(procedure: Procedure, line: Line, end: int, wanted: re.Pattern[str]) -> bool:
    """Whether something behind a command, or a sentence of a later step, does what is wanted."""
    here = "\n".join(action.text for action in line.step.actions)
    later = (
        f"{other.words} {other.text}"
        for other in procedure.after(line)
        if other.step.role is not Role.ROLLBACK
    )
    return wanted.search(here[end:]) is not None or any(wanted.search(text) for text in later)


_CHANGES_SETTING = re.compile(
    r"/etc/|\b(?:file|zone|keystore|truststore|\.env|certs?)\b|keytool|delete_series|\b(?:gsutil|rclone|s3|blob|mc)(?: -\S+)* (?:cp|mv|sync|upload)\b|\.(?:conf|cnf|ini|ya?ml|properties|options|rb|toml|zone)\b|\blv(?:extend|resize)\b|\b(?:nano|vim?|sed -i|tee)\b",
    re.IGNORECASE,
)
_LIVE_SETTING = re.compile(
    r"\bCONFIG SET\b|\bSET GLOBAL\b|\bsysctl -w\b|\bkubectl\b|\bpg_reload_conf\b|\bset_policy\b|\bset_vm_memory|\bsetenforce\b|\bkafka-configs|_settings\b|\baws\b|\baz\b|\bgcloud\b|Set-ItemProperty|\bflag\b|\btoggle\b|\bfeature\b|\bfirewall|\biptables\b",
    re.IGNORECASE,
)


_SOON = (
    " now",
    "at once",
    "mmediately",
    "then on",
    "right away",
    "as soon as",
    "no re",
    "No re",
    "sofort",
    "inmediat",
    "instantly",
    "al momento",
    "al instante",
    "mmédiat",
    "mgehend",
    "nmittelbar",
    "on the fly",
    "utomatically",
    "by itself",
    "traight",
    "tout de suite",
    "ithout a re",
    "hne Neu",
    "sin reini",
    "sans red",
)


_SOON_FOLDED = tuple(word.casefold() for word in _SOON)


def promises_at_once(view: View) -> Iterator[Diagnostic]:
    """A sentence says that an edited file is in force, and nothing of the procedure makes anybody read it."""
    soon = view.prose_with(_SOON)
    for procedure in view.procedures if soon else ():
        here = between(soon, procedure.section.span.first_line, procedure.section.span.last_line)
        if not here or not any(map(procedure.text.__contains__, _SOON)):
            continue
        if not any(
            line.step.judgement.effect is not Effect.OBSERVE or not line.step.actions
            for line in procedure.lines
        ):
            continue
        promises = [
            (raw, told)
            for raw in here
            if not raw.text.startswith("#")
            and (told := fold(plain(raw.text)))
            and any(promise is Promise.AT_ONCE for promise, _ in promised(raw.text))
        ]
        if not promises:
            continue
        commands = "\n".join(line.text for line in procedure.lines)
        if _RESTARTS.search(commands) or _LIVE_SETTING.search(commands) or _GROWS.search(commands):
            continue
        for raw, told in promises:
            if _CHANGES_SETTING.search(f"{told}\n{commands}") and not _LIVE_SETTING.search(told):
                message = "The text says that this is in force; nothing here makes a process read it."
                yield view.remark("TOC303", raw.span, message)


# A file of settings, whatever it is called, and what is kept for processes that read it when they start.
_A_FILE = re.compile(r"(?<![\w:/])/(?:[\w.-]+/)+[\w-]+\.\w{2,10}\b")
_KEPT = re.compile(
    r"\b(?:put-secret-value|put-parameter|kv (?:put|patch)|secrets versions add|secret set|create secret|config:set)\b"
)
_READ_AGAIN = re.compile(
    r"restart|reload|redeploy|rollout|force-new|neu starten|neustart|reinici|redemarr|recarg", re.IGNORECASE
)


def promises_in_words(view: View) -> Iterator[Diagnostic]:
    """The same where nothing is run: a file is edited by hand, or a secret is stored, and "it applies at once"."""
    soon = [raw for raw in view.prose_saying(_SOON_FOLDED) if not raw.text.startswith("#")]
    for section in view.sections if soon else ():
        here = between(soon, section.heading_line, section.span.last_line)
        if section.children or not here:
            continue
        raws = [
            raw for raw in view.lines_of(section.heading_line, section.span.last_line) if raw.text.strip()
        ]
        if _READ_AGAIN.search("\n".join(raw.text for raw in raws if raw.fenced)):
            continue
        for raw in here:
            around = "\n".join(
                other.text for other in raws if raw.number - _NEAR <= other.number <= raw.number
            )
            kept = _KEPT.search(around) is not None
            if not kept and not (_A_FILE.search(around) and not _LIVE_SETTING.search(around)):
                continue
            if any(promise is Promise.AT_ONCE for promise, _ in promised(raw.text)):
                message = "The text says that this is in force; nothing here makes a process read it."
                yield view.remark("TOC303", raw.span, message)


_HEAP = re.compile(r"\b(?:heap|jvm(?:\.options)?|Xm[xs]\w*|environment file|LimitNOFILE)\b", re.IGNORECASE)


def reloaded_only(view: View) -> Iterator[Diagnostic]:
    """A reload where only a new start reads what was changed: the size of a heap, the environment, a limit."""
    for procedure, line, action, command in view.commands("systemctl", "service"):
        verb = next((word for word in command.plain[:2] if word in ("reload", "restart")), "")
        if verb != "reload" or not _HEAP.search(f"{above(view, line)} {line.words}"):
            continue
        if not any("restart" in other.text for other in procedure.after(line)):
            message = "A reload keeps the process and what it was started with; this is read at a start only."
            yield view.at("TOC303", line, action, command.start, message)


RULES = (reloaded_only, waits_for_restart, promises_at_once, promises_in_words)
