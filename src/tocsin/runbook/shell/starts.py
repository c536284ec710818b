"""Which lines begin a statement of SQL, Redis or MongoDB, and which lines of a fence stand inside a client that it opens.

Source: docs/reference/runbook-language.md, sections 6.1 and 7.2.
"""

import re
from collections.abc import Sequence

from tocsin.runbook.markdown.blocks import Line
from tocsin.runbook.shell.openers import may_open, opener
from tocsin.runbook.words.programs import first_word, starts_command

_SQL_ROOTS = re.compile(
    r"\s*(?:SELECT\b|INSERT\s+INTO\b|UPDATE\s+[\w.\"<$]+\s|DELETE\s+FROM\b|WITH\s+\w+\s+AS\b|WITH\s+RECURSIVE\b"
    r"|(?:CREATE|DROP)\s+(?:UNIQUE\s+|OR\s+REPLACE\s+|TEMP(?:ORARY)?\s+|MATERIALIZED\s+)?(?:INDEX|TABLE|DATABASE|VIEW|ROLE|USER|SCHEMA"
    r"|EXTENSION|FUNCTION|PUBLICATION|SUBSCRIPTION|TRIGGER|SEQUENCE|TYPE|TABLESPACE|MATERIALIZED|KEYSPACE)\b"
    r"|ALTER\s+(?:SYSTEM|TABLE|DATABASE|ROLE|USER|INDEX|EXTENSION|PUBLICATION|SUBSCRIPTION|SEQUENCE|VIEW|TYPE|DEFAULT)\b"
    r"|TRUNCATE\b|VACUUM\b|ANALYZE\b|REINDEX\b|EXPLAIN\b|SHOW\s+\w|GRANT\s+\w|REVOKE\s+\w|BEGIN\s*;|COMMIT\s*;"
    r"|ROLLBACK\s*;|START\s+TRANSACTION|SET\s+(?:GLOBAL|SESSION|LOCAL|ROLE|statement_timeout|lock_timeout|search_path)\b|KILL\s+(?:QUERY\s+)?\d|KILL\s+(?:QUERY|MUTATION)\s+(?:ON|WHERE)\b|SYSTEM\s+(?:RESTART|RESTORE|SYNC|STOP|START|FLUSH|DROP|RELOAD)\s"
    r"|CALL\s+\w|COPY\s+\w|CLUSTER\s+\w|CHECKPOINT\b|LOCK\s+TABLE|FLUSH\s+\w|RESET\s+\w|USE\s+\w+\s*;|DESCRIBE\s+\w|PURGE\s+BINARY"
    r"|STOP\s+(?:SLAVE|REPLICA)|START\s+(?:SLAVE|REPLICA)|CHANGE\s+(?:MASTER|REPLICATION)|OPTIMIZE\s+TABLE|RENAME\s+TABLE|\\[a-zA-Z?!+]+)",
    re.I,
)
_REDIS = re.compile(
    r"\s*(?:INFO|GET|SET|SETEX|DEL|UNLINK|KEYS|SCAN|TTL|PTTL|EXPIRE|PERSIST|EXISTS|TYPE|DBSIZE|FLUSHALL|FLUSHDB|CONFIG"
    r"|CLIENT|MEMORY|SLOWLOG|MONITOR|PING|AUTH|SELECT \d|HGETALL|HGET|HSET|HDEL|LLEN|LRANGE|LPUSH|RPUSH|LPOP|RPOP|SMEMBERS"
    r"|SCARD|SADD|SREM|ZRANGE|ZCARD|ZADD|ZREM|XLEN|XINFO|XRANGE|LATENCY|LASTSAVE|SAVE|BGSAVE|BGREWRITEAOF|CLUSTER|ROLE"
    r"|REPLICAOF|SLAVEOF|SENTINEL|SHUTDOWN|DEBUG|OBJECT|RENAME|INCR|DECR|MGET|MSET|EVAL|SCRIPT|PUBLISH|ACL|FAILOVER|WAIT)\b",
    re.I,
)
_MONGO = re.compile(
    r"\s*(?:db\.|rs\.|sh\.|show\s+(?:dbs|collections|users|databases)|use\s+\w|cursor\.|printjson\(|var\s+\w+\s*=\s*db\.)"
)


def sql_start(text: str) -> bool:
    """Whether a line begins a SQL statement or a client's meta-command."""
    return _SQL_ROOTS.match(text) is not None and (
        first_word(text).isupper() or not starts_command(text) or "\\" in text[:4]
    )


def sql_in_session(text: str) -> bool:
    """The same inside an open session, where no shell word competes."""
    return _SQL_ROOTS.match(text) is not None


def redis_start(text: str) -> bool:
    """Whether a line is a Redis command."""
    return _REDIS.match(text) is not None


def mongo_start(text: str) -> bool:
    """Whether a line is for a MongoDB shell."""
    return _MONGO.match(text) is not None


def lines_inside(lines: Sequence[Line]) -> set[int]:
    """The lines (by identity) that stand behind the client they are for, up to what closes it: `psql`, then SQL, then `\\q`."""
    found: set[int] = set()
    index = 0
    while index < len(lines):
        text = lines[index].text.strip(" \t")
        index += 1
        hops = opener(text) if text and may_open(text) else None
        if not hops or index >= len(lines):
            continue
        if hops[-1].kind != "database":
            found.update(id(line) for line in lines[index:] if line.text.strip() in ("exit", "logout"))
            continue
        starts = {"redis": redis_start, "mongo": mongo_start}.get(hops[-1].detail or "", sql_in_session)
        open_statement = False
        while index < len(lines):
            bare = lines[index].text.strip()
            ends = bare in _LEAVES
            if not (ends or open_statement or not bare or bare.startswith(("--", "#")) or starts(bare)):
                break
            found.add(id(lines[index]))
            if bare and starts is sql_in_session and not bare.startswith(("--", "#", "\\")):
                open_statement = not bare.split(" --")[0].rstrip().endswith((";", "\\g", "\\G", "\\gx"))
            index += 1
            if ends:
                break
    return found


_LEAVES = frozenset({"exit", "quit", "\\q", "exit;", "quit;", "logout"})
