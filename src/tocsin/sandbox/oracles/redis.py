"""What a runbook may damage in a Redis: keys, their lifetimes, queues, settings, and what was evicted."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tocsin.sandbox.fault import Oracles
from tocsin.sandbox.redis import Redis, Reply

_TYPE_LENGTH = {b"list": "LLEN", b"set": "SCARD", b"zset": "ZCARD", b"hash": "HLEN", b"stream": "XLEN"}


def keys(redis: Redis, *, databases: Iterable[int] = (0,), without: tuple[str, ...] = ()) -> Oracles:
    """How many keys there are of each prefix, and how many of them never expire. Raises Temporary.

    Args:
        without: beginnings of keys that do not count, such as those of the fault itself.
    """
    found: Oracles = {}
    for database in databases:
        names = sorted(
            name for name in redis.keys("*", database=database) if not name.startswith(without or ("\0",))
        )
        lives = redis.pipeline([("PTTL", name) for name in names], database=database) if names else []
        counted: Counter[str] = Counter()
        lasting: Counter[str] = Counter()
        for name, life in zip(names, lives, strict=True):
            prefix = name.rpartition(":")[0] or "other"
            counted[prefix] += 1
            lasting[prefix] += life == -1
        for prefix, count in sorted(counted.items()):
            found[f"redis.{database}.{prefix}"] = f"{count} keys, {lasting[prefix]} without a lifetime"
    return found


def values(redis: Redis, names: Iterable[str], *, database: int = 0) -> Oracles:
    """What stands in some keys: the text of a string, else type and length; "absent" without one."""
    listed = tuple(names)
    kinds = redis.pipeline([("TYPE", name) for name in listed], database=database)
    return {
        f"redis.{database}.value.{name}": _value(redis, name, kind, database)
        for name, kind in zip(listed, kinds, strict=True)
    }


def settings(redis: Redis) -> Oracles:
    """Policy and limit, running and in the file: what is only running is lost at a restart. Raises Temporary."""
    return {
        "redis.running.maxmemory": redis.setting("maxmemory"),
        "redis.running.maxmemory-policy": redis.setting("maxmemory-policy"),
        **{f"redis.file.{name}": value for name, value in _written(redis.config, "maxmemory")},
    }


def evicted(redis: Redis) -> Oracles:
    """How many keys were thrown out since the server started: that cannot be counted back. Raises Temporary."""
    return {"redis.evicted": redis.info("stats").get("evicted_keys", "unknown")}


def _value(redis: Redis, name: str, kind: Reply, database: int) -> str:
    match kind:
        case b"string":
            text = redis.ask("GET", name, database=database)
            return text.decode("utf-8", "replace") if isinstance(text, bytes) else "absent"
        case bytes() if kind in _TYPE_LENGTH:
            length = redis.ask(_TYPE_LENGTH[kind], name, database=database)
            return f"{kind.decode()} of {length if isinstance(length, int) else 0}"
        case _:
            return "absent"


def _written(config: Path, beginning: str) -> list[tuple[str, str]]:
    lines = (line.partition(" ") for line in config.read_text(encoding="utf-8").splitlines())
    return sorted((name, value) for name, _, value in lines if name.startswith(beginning))
