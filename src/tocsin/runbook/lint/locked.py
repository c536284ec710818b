"""TOC208: a step writes where an earlier one shut writing off: a lock, a block, a seal, a pause of any store."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, Procedure, View


@dataclass(frozen=True, slots=True)
class _Lock:
    """How a store is shut and opened again, and what it refuses in between; `{a}` stands for the name `on` found.

    `sign` stands in every text that shuts it: a plain search is cheaper than one for a pattern.
    """

    sign: str
    on: re.Pattern[str]
    off: str
    refused: str
    told: str


_LOCKS = tuple(
    _Lock(sign, re.compile(on, re.IGNORECASE), off, refused, told)
    for sign, on, off, refused, told in (
        ("fsync", r"\bfsyncLock\(|\bfsync\W{1,4}1\W{1,4}lock\W{1,4}true", r"\bfsyncUnlock\b",
         r"\bmongorestore\b|\bmongoimport\b|\.(?:insert|update|delete|replace|remove|bulkWrite|createIndex|drop)\w*\(", "the server is locked against writes"),
        ("block", r"/(?P<a>[\w.-]+)/_block/(?:write|read_only)|/(?P<b>[\w.-]+)/_settings\b[^\n]*index\.blocks\.(?:write|read_only)\W{1,6}true",
         r"index\.blocks\.(?:write|read_only)\W{{1,6}}(?:false|null)", r"/{a}/_(?:update_by_query|delete_by_query|bulk|doc|create|update)\b|\bdest\W{{1,6}}index\W{{1,6}}{a}(?![\w.-])", "{a} is blocked against writes"),
        ("chattr", r"\bchattr (?:-R )?\+i (?P<a>/[\w./-]+)", r"\bchattr (?:-R )?-i {a}", r"\b(?:sed -i\S*|tee|mv|cp|rm|install|ln -sf?)\b[^\n;|&]*\s{a}(?![\w-])", "{a} is immutable"),
        ("READ_ONLY", r"\bALTER DATABASE \[?(?P<a>\w+)\]? SET READ_ONLY\b", r"\bSET READ_WRITE\b",
         r"(?:^|[\n;\"'])\s*(?:UPDATE|INSERT|DELETE|MERGE|BULK INSERT|TRUNCATE TABLE|ALTER TABLE|CREATE (?:TABLE|INDEX))\b|\bbcp\b[^\n]*\sin\s", "{a} is read-only"),
        ("ALLOW_CONNECTIONS", r"\bALTER DATABASE \"?(?P<a>\w+)\"? (?:WITH )?ALLOW_CONNECTIONS\s?=?\s?false", r"\bALLOW_CONNECTIONS\s?=?\s?true|\bRENAME TO\b",
         r"\b(?:psql|pg_restore|pg_dump)\b[^\n;|&]*(?:\s-d\s?|--dbname[= ]|dbname=){a}(?![\w-])", "{a} takes no connections, not even of the owner"),
        ("CLIENT PAUSE", r"\bCLIENT PAUSE\b", r"\bCLIENT UNPAUSE\b", r"\bredis-cli\b[^\n|;&]*(?:--pipe\b|\s(?:SET|DEL|UNLINK|RESTORE|HSET|EXPIRE|RENAME|FLUSH\w+)\s)", "writes are paused"),
        ("disablebinary", r"\bnodetool\b[^\n;|&]*\bdisablebinary\b", r"\benablebinary\b", r"\bcqlsh\b|\bsstableloader\b", "the node takes no clients"),
        ("operator seal", r"\bvault operator seal\b", r"\bvault operator unseal\b|\bunseal(?:ed)?\b", r"\bvault (?:kv|read|write|lease|token|secrets|auth|policy)\b", "the vault is sealed"),
        ("pause ", r"\b(?:docker|podman) pause (?P<a>[\w-]+)", r"\b(?:docker|podman) (?:unpause|start|restart) (?:[\w-]+ )*{a}(?![\w-])", r"\b(?:docker|podman) exec (?:-\S+ )*{a}(?![\w-])", "{a} is paused: what runs in it hangs"),
        ("deletion-protection", r"\baws \S+ (?:modify|update)-\S+(?=[^\n]*--deletion-protection(?:-enabled)?(?![\w-]))[^\n]*?--(?:db-instance-identifier|db-cluster-identifier|table-name)[ =](?P<a>[\w-]+)",
         r"--no-deletion-protection", r"\baws \S+ delete-(?:db-instance|db-cluster|table)\b[^\n]*(?<![\w-]){a}(?![\w-])", "{a} is protected against deletion"),
        ("safemode", r"\bdfsadmin -safemode enter\b", r"-safemode (?:leave|forceExit)\b", r"\b(?:hdfs dfs|hadoop fs) -(?:put|rm|mv|mkdir|cp|copyFromLocal|touchz|appendToFile|setrep)\b", "the file system is in safe mode"),
        ("fsfreeze", r"\bfsfreeze (?:-f|--freeze) (?P<a>/[\w./-]+)", r"\bfsfreeze (?:-u|--unfreeze) {a}", r"\b(?:rsync|cp|mv|tee|touch|mkdir|rm|tar|install)\b[^\n;|&]*\s{a}[\w./-]*/?\s*(?:$|[;&|\n'\"])", "{a} is frozen"),
        ("delete n", r"\bkubectl (?:[\w=-]+ )*delete (?:ns|namespaces?)[ /](?P<a>[a-z][\w-]*)", r"\bcreate (?:ns|namespace) {a}\b|--create-namespace|\bapply -[fk]\b",
         r"\bkubectl\b(?![^\n;|&]*\b(?:get|wait|describe)\b)[^\n;|&]*(?:\s-n|--namespace)[ =]{a}(?![\w-])", "the namespace {a} is gone"),
        ("umount", r"\bumount (?:-\w+ )*(?P<a>/[\w./-]+[\w-])", r"\bmount\b[^\n;|&]*{a}(?![\w-])|\bmount -a\b|\breboot\b", r"\b(?:ls|cp|mv|rsync|cat|tar|du|find|rm|tee)\b[^\n;|&]*\s{a}/[\w.*-]+", "{a} is not mounted"),
        ("ReadOnly", r"\baz lock create\b[^\n]*ReadOnly", r"\baz lock delete\b", r"\baz (?!lock)[\w-]+(?: [\w-]+)? (?:delete|update|create|restart|start|stop)\b", "the group is locked read-only"),
    )
)  # fmt: skip


def shut_and_written(view: View) -> Iterator[Diagnostic]:
    """The lock is taken, the restore comes, the lock is released only then."""
    may = [lock for lock in _LOCKS if lock.sign in view.text]
    for procedure in view.procedures if may else ():
        if Role.TOOLBOX in procedure.section.roles:
            continue
        for lock in may:
            yield from _in_procedure(view, procedure, lock)


def _in_procedure(view: View, procedure: Procedure, lock: _Lock) -> Iterator[Diagnostic]:
    shut: tuple[Line, int, str] | None = None
    for line in procedure.lines:
        for action in line.step.actions:
            at = 0
            if shut is not None and not procedure.exclusive(shut[0], line):
                name = re.escape(shut[2])
                opens = re.search(lock.off.format(a=name), action.text, re.IGNORECASE)
                refused = re.search(lock.refused.format(a=name), action.text, re.IGNORECASE)
                if refused is not None and (opens is None or refused.start() < opens.start()):
                    yield _remark(view, line, action, refused.start(), lock, shut)
                if refused is not None or opens is not None:
                    shut, at = None, opens.end() if opens is not None else 0
            taken = lock.on.search(action.text, at)
            if taken is not None and shut is None:
                name = next((value for value in taken.groupdict().values() if value), "")
                if (
                    re.search(lock.off.format(a=re.escape(name)), action.text[taken.end() :], re.IGNORECASE)
                    is None
                ):
                    shut = (line, action.span.first_line, name)


def _remark(
    view: View, line: Line, action: Action, at: int, lock: _Lock, shut: tuple[Line, int, str]
) -> Diagnostic:
    since = shut[1]
    message = f"Since line {since} {lock.told.format(a=shut[2])}; this is refused or waits for ever."
    return view.at("TOC208", line, action, at, message)


RULES = (shut_and_written,)
