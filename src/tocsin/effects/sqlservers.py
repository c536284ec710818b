"""Statements that only SQL Server, ClickHouse, Snowflake, Cassandra or a managed MySQL know, by their first words.

Source: docs/reference/runbook-language.md, section on judging SQL.
"""

import re

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import NO_FLAGS

_O, _C, _D, _X = Effect.OBSERVE, Effect.CHANGE, Effect.DISRUPT, Effect.DESTROY
_HEAVY = frozenset({Flag.HEAVY})
_CONTEXT = frozenset({Flag.CONTEXT})

# How these begin, so that others need not be compared with each.
BEGINS = re.compile(
    r"SET |EXISTS |L(?:IST|S) @|CONSISTENCY|GO\b|EXEC|(?:\w+\.\.?(?:DBO\.)?)?[SX]P_|DBCC |CALL |SYSTEM |BACKUP |RESTORE |"
    r"ALTER (?:SYSTEM|TABLE|RETENTION) |STARTUP|FLASHBACK |CREATE OR REPLACE "
)
# Pattern, effect, rule, sentence, flags; asked before the statements that every server knows, the first match wins.
OF_OTHERS: tuple[tuple[str, Effect, str, str, frozenset[Flag]], ...] = (
    (
        r"SET (?:NOCOUNT|ROWCOUNT|LOCK_TIMEOUT|STATISTICS (?:IO|TIME)|TRANSACTION ISOLATION LEVEL READ (?:UN)?COMMITTED)(?: (?:ON|OFF|\d+))?$",
        _O,
        "set.session",
        "",
        _CONTEXT,
    ),
    (
        r"ALTER SYSTEM (?:KILL|DISCONNECT|CANCEL) \w+",
        _D,
        "alter.system.kill",
        "ends other people's sessions or queries",
        NO_FLAGS,
    ),
    (r"STARTUP\b", _C, "startup", "starts the database", NO_FLAGS),
    (
        r"FLASHBACK (?:TABLE|DATABASE)\b",
        _X,
        "flashback",
        "takes content back to what it was",
        NO_FLAGS,
    ),
    (
        r"CREATE OR REPLACE (?:TRANSIENT |TEMPORARY |TEMP )?(?:TABLE|DATABASE|SCHEMA|DICTIONARY)\b",
        _X,
        "create.replace.table",
        "throws away the table of that name with its content",
        NO_FLAGS,
    ),
    (
        r"ALTER TABLE\b.*\b(?:MODIFY|MATERIALIZE) TTL\b|ALTER RETENTION POLICY\b|SET (?:GLOBAL |PERSIST |@@GLOBAL\.)(?:BINLOG_EXPIRE_LOGS_SECONDS|EXPIRE_LOGS_DAYS)\b",
        _X,
        "retention",
        "decides how long content is kept; what is older goes",
        NO_FLAGS,
    ),
    (r"EXISTS (?:TEMPORARY |TABLE |VIEW |DATABASE |DICTIONARY )*[\w.]+$", _O, "exists", "", NO_FLAGS),
    (r"(?:LIST|LS) @[\w./%~-]+$|CONSISTENCY(?: \w+)?$", _O, "list", "", NO_FLAGS),
    (r"GO(?: \d+)?$", _O, "go", "", NO_FLAGS),
    (
        r"(?:EXEC(?:UTE)? )?(?:\w+\.\.?(?:DBO\.)?)?(?:SP_WHO2?|SP_WHOISACTIVE|SP_LOCK|SP_HELP\w*|SP_SPACEUSED|SP_BLITZ\w*|SP_READERRORLOG|XP_READERRORLOG|SP_COLUMNS|SP_TABLES|SP_DATABASES|SP_MONITOR)"
        r"(?: (?:@(?!OUTPUT|DESTINATION)\w+ ?= ?)?(?:N?'[^']*'|[\w.\[\]]+)(?:, ?(?:@(?!OUTPUT|DESTINATION)\w+ ?= ?)?(?:N?'[^']*'|[\w.\[\]]+))*)?$",
        _O,
        "mssql.look",
        "",
        NO_FLAGS,
    ),
    (
        r"DBCC (?:OPENTRAN|SQLPERF ?\( ?LOGSPACE ?\)|INPUTBUFFER|SHOW_STATISTICS|TRACESTATUS|USEROPTIONS|PROCCACHE|LOGINFO|MEMORYSTATUS|OUTPUTBUFFER|SHOWCONTIG)(?: ?\([^()]*\))?(?: WITH \w+(?:, ?\w+)*)?$",
        _O,
        "dbcc",
        "",
        NO_FLAGS,
    ),
    (
        r"DBCC CHECK\w+(?: ?\((?:(?!REPAIR_|RESEED)[^()])*\))?(?: WITH \w+(?:, ?\w+)*)?$",
        _O,
        "dbcc.check",
        "",
        _HEAVY,
    ),
    (
        r"DBCC .*\bREPAIR_ALLOW_DATA_LOSS\b",
        _X,
        "dbcc.repair",
        "repairs by throwing away what is broken",
        NO_FLAGS,
    ),
    (
        r"DBCC (?:FREEPROCCACHE|DROPCLEANBUFFERS|FREESYSTEMCACHE|SHRINK\w+|CHECK\w+|INDEXDEFRAG|DBREINDEX|TRACEON|TRACEOFF|FREESESSIONCACHE)\b",
        _D,
        "dbcc.change",
        "changes what the server keeps in memory or on disk",
        NO_FLAGS,
    ),
    (
        r"SYSTEM DROP (?:\w+ )*CACHE\b|SYSTEM (?:RELOAD|FLUSH|SYNC|START|ENABLE|WAIT)\b",
        _C,
        "system",
        "changes what the server keeps in memory",
        NO_FLAGS,
    ),
    (
        r"SYSTEM (?:STOP|RESTART|RESTORE|SHUTDOWN|KILL|DISABLE)\b",
        _D,
        "system.stop",
        "stops or restarts something of the server",
        NO_FLAGS,
    ),
    (r"SYSTEM (?:DROP|UNFREEZE)\b", _X, "system.drop", "drops a replica or what was kept", NO_FLAGS),
    (r"BACKUP (?:DATABASE|LOG)\b", _C, "backup", "writes a backup", _HEAVY),
    (
        r"RESTORE (?:HEADERONLY|FILELISTONLY|VERIFYONLY|LABELONLY) FROM \w+ ?= ?N?'[^']*'$",
        _O,
        "restore.look",
        "",
        NO_FLAGS,
    ),
    (r"RESTORE (?:DATABASE|LOG)\b", _X, "restore", "overwrites a database", NO_FLAGS),
)
