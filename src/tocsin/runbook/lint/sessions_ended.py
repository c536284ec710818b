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
_MYSQLADMIN = re.compile(r"\bkill\b")
_LISTS_MYSQLADMIN = re.compile(r"\bmysqladmin\b[^\n|]*\bprocesslist\b[^\n]*\|")
_SPARES_MYSQLADMIN = re.compile(r"\bgrep\b|system user|Binlog|\$[34]\s*(?:==|~)|/[a-z_]{3,}/")
_KINDS = (
    (_MONGO, _LISTS_MONGO, _SPARES_MONGO, "Select by ns, op and client: currentOp({ns: /^shop/, op: 'query', secs_running: {$gt: 60}})."),
    (_MYSQLADMIN, _LISTS_MYSQLADMIN, _SPARES_MYSQLADMIN, "Select by user, and leave out Binlog Dump and system user."),
    (_SQL_SERVER, _LISTS_SQL_SERVER, _SPARES_SQL_SERVER, "Add session_id <> @@SPID AND is_user_process = 1 and whose sessions are meant."),
    (_ORACLE, _LISTS_ORACLE, _SPARES_ORACLE, "Add username = '…' AND type = 'USER' AND sid <> SYS_CONTEXT('USERENV', 'SID')."),
)  # fmt: skip


def kills_its_own(view: View) -> Iterator[Diagnostic]:
    """`SELECT 'KILL ' + … FROM sys.dm_exec_sessions` without `@@SPID`."""
    for _, line in view.steps_with(("KILL", "kill", "Kill", "DISCONNECT", "disconnect")):
        for kills, lists, spares, hint in _KINDS:
            found = kills.search(line.text)
            if found is None or not lists.search(line.text) or spares.search(line.text):
                continue
            action = next(action for action in line.step.actions if kills.search(action.text))
            at = kills.search(action.text)
            message = "This ends every session that is listed, the own one and those of the server too."
            yield view.at("TOC205", line, action, at.start() if at is not None else 0, message, hint=hint)


RULES = (kills_its_own,)
