"""PrepChef, "5. Redis Memory Full": maxmemory is reached and the policy is to refuse writes."""

from collections import Counter
from dataclasses import dataclass

from tocsin.errors import TocsinError
from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.oracles import redis
from tocsin.sandbox.prepchef import QUEUE_DATABASE, PrepChefRoom
from tocsin.sandbox.redis import Refusal

HEADING = "Redis Memory Full"
_PROBES = "probe:"
_PROBE_KEY = f"{_PROBES}sandbox"
_LOCK = "booking:lock:1000"
_FILLER = "cache:page:"
_PAGE_BYTES = 64 * 1024
_KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Before:
    """Settings as they were before the fault."""

    policy: str
    maxmemory: str


def inject(room: PrepChefRoom) -> Before:
    """Cache pages without a lifetime until a small write is refused. Raises TocsinError if that never comes."""
    before = Before(room.redis.setting("maxmemory-policy"), room.redis.setting("maxmemory"))
    if before.policy != "noeviction" or before.maxmemory == "0":
        raise TocsinError(
            f"Redis has policy {before.policy} and maxmemory {before.maxmemory}: it would never be full.",
            hint="Restore the room, or start a new one.",
        )
    number = 0
    while _page(room, number, _PAGE_BYTES):
        number += 1
    # Full by a hair would not do: the next client needs a little more or a little less than we did.
    # So the last page gives way to half a page and a whole one, which then ends well beyond the limit.
    if int(room.redis.info("memory")["used_memory"]) - int(before.maxmemory) < _PAGE_BYTES // 2:
        room.redis.ask("DEL", f"{_FILLER}{number - 1}")
        _page(room, number - 1, _PAGE_BYTES // 2)
        _page(room, number, _PAGE_BYTES)
    if not confirm(room):
        raise TocsinError(f"Redis took {number} pages and is not full.", hint="Drop the room.")
    return before


def confirm(room: PrepChefRoom) -> bool:
    """Whether a small write is refused for want of memory."""
    reply = room.redis.ask("SET", _PROBE_KEY, "x")
    if isinstance(reply, Refusal):
        return reply.startswith("OOM")
    room.redis.ask("DEL", _PROBE_KEY)
    return False


def restore(room: PrepChefRoom, before: Before) -> None:
    """The old settings, no page of the fault, and every key of a normal day. Raises TocsinError."""
    pages = sorted(room.redis.keys(_FILLER + "*"))
    for start in range(0, len(pages), _KEYS_AT_ONCE):
        room.redis.ask("DEL", *pages[start : start + _KEYS_AT_ONCE])
    room.redis.ask("CONFIG", "SET", "maxmemory", before.maxmemory)
    room.redis.ask("CONFIG", "SET", "maxmemory-policy", before.policy)
    room.fill()
    if confirm(room):
        raise TocsinError("Redis is still full after the way back.", hint="Drop the room.")


def oracles(room: PrepChefRoom) -> Oracles:
    """Keys per prefix and database, a lock's holder, lifetimes, settings running and on file, keys evicted so far.

    The runbook's own remedy changes the running policy, and evicts: both are to be declared by it.
    What is written to see whether writing works ("probe:") does not count.
    """
    names = sorted(key for key in room.redis.keys("*") if not key.startswith((_FILLER, _PROBES)))
    counted = Counter(name.rpartition(":")[0] for name in names)
    lives = room.redis.pipeline([("PTTL", name) for name in names]) if names else []
    return {
        **{f"redis.keys.{prefix or 'other'}": str(count) for prefix, count in sorted(counted.items())},
        "redis.keys.without a lifetime": str(lives.count(-1)),
        f"redis.keys.holder of {_LOCK}": redis.values(room.redis, (_LOCK,))[f"redis.0.value.{_LOCK}"],
        "redis.queue.emails": str(room.redis.ask("LLEN", "queue:emails", database=QUEUE_DATABASE)),
        "redis.policy": room.redis.setting("maxmemory-policy"),
        "redis.maxmemory": room.redis.setting("maxmemory"),
        "redis.evicted": room.redis.info("stats").get("evicted_keys", "unknown"),
        "redis.file": " ".join(
            line
            for line in room.redis.config.read_text(encoding="utf-8").splitlines()
            if line.startswith("maxmemory")
        ),
    }


FULL = Fault("redis_memory_full", HEADING, inject, confirm, restore, oracles, rooms=("prepchef",))


def _page(room: PrepChefRoom, number: int, size: int) -> bool:
    """Keep one page; whether Redis took it.

    Written by SETRANGE, which sends one byte: a long value would itself count against the limit while
    it is on its way, and the last page would be refused too early.
    """
    return not isinstance(room.redis.ask("SETRANGE", f"{_FILLER}{number}", str(size), "p"), Refusal)
