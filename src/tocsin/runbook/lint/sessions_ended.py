"""TOC205 for lists of sessions that are ended one by one: one's own and those of the server, replication among them, are listed too."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View

_SQL_SERVER = re.compile(r"N?'\s*KILL\s+'?(?=[^\n]*(?:\+|,))", re.IGNORECASE)
_LISTS_SQL_SERVER = re.compile(
    r"\bdm_exec_(?:sessions|requests|connections)\b|\bsysprocesses\b|\bsp_who2?\b", re.IGNORECASE
)
_SPARES_SQL_SERVER = re.compile(
    r"@@SPID\b|\b(?:program_name|login_name|original_login_name|loginame|host_name|hostname)\s*(?:=|LIKE|IN\b)|\bsession_id\s*(?:=|IN\b)",
    re.IGNORECASE,
)
_ORACLE = re.compile(r"'\s*ALTER\s+SYSTEM\s+(?:KILL|DISCONNECT)\s+SESSION\b", re.IGNORECASE)
_LISTS_ORACLE = re.compile(r"\bg?v\$session\b", re.IGNORECASE)
_SPARES_ORACLE = re.compile(
    r"\b(?:sid|audsid)\s*(?:<>|!=)|\b(?:username|program|module|machine|osuser|service_name|sql_id)\s*(?:=|LIKE|IN\b)|\bsid\s*(?:=|IN\b)",
    re.IGNORECASE,
)
_MONGO = re.compile(r"\bkillOp\(")
_LISTS_MONGO = re.compile(r"\bcurrentOp\(|\$currentOp\b|\.inprog\b")
_SPARES_MONGO = re.compile(
    r"[\"']?\b(?:ns|op|client|appName|effectiveUsers|opid|desc|user|active_ns|command\.\w+)[\"']?\s*(?:[:=]|===?|\)?\.(?:test|match|startsWith|includes))|\.(?:ns|op|client|appName|desc)\b"
)
_MONGO_ALL = re.compile(r"\bkillAllSessions(?:ByPattern)?[\"']?\s*:\s*\[\s*\]")
_REDIS = re.compile(r"\bCLIENT KILL\b(?![^\n]*\bTYPE\b)", re.IGNORECASE)
_LISTS_REDIS = re.compile(r"\bCLIENT LIST\b[^\n]*\|", re.IGNORECASE)
# A type or a word of the line says which; to cut a field out of every line says nothing.
_SPARES_REDIS = re.compile(
    r"\bLIST TYPE (?:normal|pubsub)\b|\b(?:e|f)?grep\b|\bawk [^|]*(?:~|==|/\w)|\bsed -n\w* [\"']/(?!\^?id=)",
    re.IGNORECASE,
)
_MYSQLADMIN = re.compile(r"\bkill\b")
_LISTS_MYSQLADMIN = re.compile(r"\bmysqladmin\b[^\n|]*\bprocesslist\b[^\n]*\|")
_SPARES_MYSQLADMIN = re.compile(r"\bgrep\b|system user|Binlog|\$[34]\s*(?:==|~)|/[a-z_]{3,}/")
_KINDS = (
    (_MONGO, _LISTS_MONGO, _SPARES_MONGO, "Select by ns, op and client: currentOp({ns: /^shop/, op: 'query', secs_running: {$gt: 60}})."),
    (_MONGO_ALL, _MONGO_ALL, re.compile(r"(?!)"), "Name the users or the sessions: an empty list is everybody."),
    (_REDIS, _LISTS_REDIS, _SPARES_REDIS, "CLIENT KILL TYPE normal USER … SKIPME yes: replicas and Sentinel are clients too."),
    (_MYSQLADMIN, _LISTS_MYSQLADMIN, _SPARES_MYSQLADMIN, "Select by user, and leave out Binlog Dump and system user."),
    (_SQL_SERVER, _LISTS_SQL_SERVER, _SPARES_SQL_SERVER, "Add session_id <> @@SPID AND is_user_process = 1 and whose sessions are meant."),
    (_ORACLE, _LISTS_ORACLE, _SPARES_ORACLE, "Add username = '…' AND type = 'USER' AND sid <> SYS_CONTEXT('USERENV', 'SID')."),
)  # fmt: skip


def kills_its_own(view: View) -> Iterator[Diagnostic]:
    """`SELECT 'KILL ' + … FROM sys.dm_exec_sessions` without `@@SPID`."""
    for _, line in view.steps_with(("KILL", "kill", "Kill", "DISCONNECT", "disconnect")):
        for kills, lists, spares, hint in _KINDS:
            found = kills.search(line.text)
            text = (
                _of_it(line.text, found.start(), lists)
                if found is not None and kills is _MONGO
                else line.text
            )
            if found is None or not lists.search(text) or spares.search(text):
                continue
            action = next(action for action in line.step.actions if kills.search(action.text))
            at = kills.search(action.text)
            message = "This ends every session that is listed, the own one and those of the server too."
            yield view.at("TOC205", line, action, at.start() if at is not None else 0, message, hint=hint)


def _of_it(text: str, at: int, lists: re.Pattern[str]) -> str:
    """The row of a text that kills, if it lists as well; else all of it: what another row selects is only shown."""
    row = text[text.rfind("\n", 0, at) + 1 : end if (end := text.find("\n", at)) >= 0 else len(text)]
    return row if lists.search(row) else text


_POOLER = re.compile(r"^\s*(?:KILL|DISABLE|SUSPEND|SHUTDOWN)\s*;?\s*$")
_POOLER_TALK = ("pgbouncer", "odyssey", "SHOW POOLS", "SHOW CLIENTS", "SHOW SERVERS", "6432")


def cuts_every_pool(view: View) -> Iterator[Diagnostic]:
    """`KILL;` at the console of a pooler names no database: the clients of every one are cut."""
    if not any(map(view.whole.__contains__, ("KILL", "SUSPEND", "DISABLE"))) or not any(
        map(view.whole.__contains__, _POOLER_TALK)
    ):
        return
    for _, line in view.lines():
        for action in line.step.actions:
            at = 0
            for row in action.text.split("\n"):
                if _POOLER.match(row) and "SHUTDOWN" not in row:
                    message = "Without a database this cuts the clients of every one behind the pooler."
                    yield view.at(
                        "TOC205", line, action, at, message, hint="Name it: KILL shop; or RECONNECT shop;."
                    )
                at += len(row) + 1


RULES = (kills_its_own, cuts_every_pool)
