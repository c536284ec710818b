"""TOC208: a window is closed before the work it was opened for: traffic let in, then the restore; the lock given back, then the copy."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import Deed, Doing, deed, puts_back
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.words.wording import fold

# States in which nobody else may write or see what happens, by their verbs.
_WINDOWS = frozenset(
    "maintenance read-only pause suspend freeze fsfreeze quiesce lock hold standby cordon quiet inhibit".split()
)
# Work of the kind for which people are kept out, and that which only copies.
_WORK = re.compile(
    r"\b(?:restore\w*|pg_restore|mongorestore|mysqlimport|import|migrate\w*|upgrade|reindex|truncate|resync|rebuild|failover|switchover|promote|db:migrate|backups:restore|"
    r"DROP|ALTER TABLE|mysql\b[^|;\n]*<|psql\b[^|;\n]*(?:<|-f))",
    re.IGNORECASE,
)
_COPIES = re.compile(
    r"\b(?:lvcreate|snapshot\w*|create-snapshot\S*|pg_dump\w*|mysqldump|mongodump|rsync|tar|xtrabackup|cp|restic backup|borg create)\b",
    re.IGNORECASE,
)
_FOR_COPIES = frozenset("freeze fsfreeze quiesce lock".split())
_LOOKS_ONLY = re.compile(
    r"\b(?:list|ls|status|show|info|describe|get|--dry-run|-n|--list|plan|history|help)\b"
)
_SIGNS = ("aint", "ead-only", "ead_only", "eadonly", "ause", "uspend", "reeze", "quiesce", "lock", "hold", "standby", "cordon", "quiet", "nhibit")  # fmt: skip


def closed_too_early(view: View) -> Iterator[Diagnostic]:
    """`maintenance:off`, and only then `backups:restore`."""
    if not any(map(view.text.__contains__, _SIGNS)):
        return
    for procedure in view.procedures:
        if Role.TOOLBOX not in procedure.section.roles:
            yield from _in(view, procedure)


_Done = tuple[Line, Action, Command]


def _in(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    done = [
        (line, action, command)
        for line in procedure.lines
        if line.step.role not in (Role.ROLLBACK, Role.VERIFICATION)
        for action, command in line.commands
    ]
    opened: tuple[Deed, int] | None = None
    for place, (line, action, command) in enumerate(done):
        found = deed(command)
        if found is None:
            continue
        if found.doing is Doing.OUT and found.verb in _WINDOWS:
            opened = (found, place) if opened is None else opened
        elif opened is not None and puts_back(found, opened[0]):
            work = _COPIES if opened[0].verb in _FOR_COPIES else _WORK
            inside = [_said(other) for other in done[opened[1] + 1 : place]]
            behind = [other for other in done[place + 1 :] if not procedure.exclusive(line, other[0])]
            late = next((other for other in behind if _is(work, _said(other))), None)
            # Opened once more behind: the window of what comes is another one.
            again = any(
                (d := deed(c)) is not None and d.doing is Doing.OUT and d.verb == opened[0].verb
                for *_, c in behind
            )
            if (
                late is not None
                and not again
                and not any(_is(_WORK, text) or (_is(_COPIES, text) and work is _COPIES) for text in inside)
            ):
                message = f"The window is closed here, and what it is for only comes in line {late[1].span.first_line}."
                yield view.at("TOC208", line, action, command.start, message, level=Level.ERROR)
            opened = None


def _said(done: _Done) -> str:
    return " ".join(done[2].words)


def _is(work: re.Pattern[str], text: str) -> bool:
    return work.search(text) is not None and _LOOKS_ONLY.search(fold(text)) is None


_CLIENT_LOCK = re.compile(
    r"\b(?:mysql|mariadb)\b[^\n|;]*(?:-e|--execute)[ =]?[\"'][^\"'\n]*\b(?:FLUSH TABLES(?: [\w., `]+)? WITH READ LOCK|LOCK TABLES|LOCK INSTANCE)\b[^\"'\n]*[\"']|"
    r"\bpsql\b[^\n|;]*-c ?[\"'][^\"'\n]*(?:\bLOCK TABLE\b|pg_advisory_lock\()[^\"'\n]*[\"']",
    re.IGNORECASE,
)
_DOES_MORE = re.compile(r"\bSLEEP\s*\(|\bsystem\b|\\!|pg_sleep|mysqldump|UPDATE|DELETE|INSERT", re.IGNORECASE)


def lock_of_a_client(view: View) -> Iterator[Diagnostic]:
    """`mysql -e "FLUSH TABLES WITH READ LOCK"`: the lock is the session's, and goes with it at once."""
    for _, line in view.steps_with(("LOCK", "lock")):
        for action in line.step.actions:
            found = _CLIENT_LOCK.search(action.text)
            if found is not None and _DOES_MORE.search(found[0]) is None:
                message = "The lock ends with this client: when the next command runs it is gone."
                hint = "Hold it in one session for as long as the work takes."
                yield view.at("TOC208", line, action, found.start(), message, level=Level.WARNING, hint=hint)


RULES = (closed_too_early, lock_of_a_client)
