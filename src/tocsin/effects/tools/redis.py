"""`redis-cli`: the table of Redis commands decides.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import opaque, written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import (
    OPENER,
)
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.tools.table import tables
from tocsin.effects.words import HOLE, Word

_MANY = 4  # digits of a number of rounds
_REDIS = Grammar(
    values=frozenset(["-h", "-p", "-s", "-a", "-u", "-n", "-r", "-i", "-d", "-D", "-x", "--user", "--pass", "--uri", "--cert", "--key", "--cacert", "--cacertdir", "--sni", "-t", "--eval", "--pattern", "--count", "--functions-rdb", "--rdb", "-X", "--tls-ciphers", "--type", "--quoted-pattern"])
    - {"-x"},
    stop=True,
)  # fmt: skip


_REDIS_MODES = {
    "--scan": (Effect.OBSERVE, "", NO_FLAGS),
    "--bigkeys": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--memkeys": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--keystats": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--hotkeys": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--latency": (Effect.OBSERVE, "", frozenset({Flag.UNBOUNDED})),
    "--latency-history": (Effect.OBSERVE, "", frozenset({Flag.UNBOUNDED})),
    "--latency-dist": (Effect.OBSERVE, "", frozenset({Flag.UNBOUNDED})),
    "--intrinsic-latency": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--stat": (Effect.OBSERVE, "", frozenset({Flag.UNBOUNDED})),
    "--version": (Effect.OBSERVE, "", NO_FLAGS),
    "-v": (Effect.OBSERVE, "", NO_FLAGS),
    "--replica": (Effect.OBSERVE, "", frozenset({Flag.HEAVY, Flag.UNBOUNDED, Flag.SENSITIVE})),
    "--rdb": (Effect.OBSERVE, "", frozenset({Flag.HEAVY, Flag.SENSITIVE})),
    "--functions-rdb": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--lru-test": (Effect.DESTROY, "fills the database with test keys", NO_FLAGS),
    "--pipe": (Effect.UNKNOWN, "runs commands that arrive on its input", NO_FLAGS),
    "--eval": (Effect.UNKNOWN, "runs a script that is not read here", NO_FLAGS),
}


def redis_target(args: Args) -> str:
    """Which server: "redis:127.0.0.1:6379", "redis:cache1:6380/2"."""
    uri = args.values("-u", "--uri")
    if uri:
        return "redis:" + re.sub(r"^rediss?://(?:[^@/]*@)?", "", uri[-1].raw.strip("\"'"))
    hosts = args.values("-h")
    host = hosts[-1].raw.strip("\"'") if hosts else "127.0.0.1"
    number = args.value("-n")
    return f"redis:{host}:{(args.value('-p') or '6379').replace(HOLE, '$PORT')}" + (
        f"/{number}" if number else ""
    )


def read_redis(call: Call) -> Reading:
    """`redis-cli CMD …`: the table of Redis commands decides."""
    args = parse(call.words, _REDIS)
    targets = (redis_target(args),)
    secret = (
        frozenset({Flag.SECRET})
        if args.has("-a", "--pass") or "@" in (args.value("-u", "--uri") or "")
        else NO_FLAGS
    )
    times = args.value("-r") or ""
    if times:
        secret |= (
            {Flag.UNBOUNDED} if times.startswith("-") else {Flag.HEAVY} if len(times) >= _MANY else NO_FLAGS
        )
    for name in args.values("--rdb", "--functions-rdb"):
        into = written(name, elsewhere=call.place.elsewhere, rule="redis-cli.rdb")
        if into is not None and into.effect is not Effect.OBSERVE:
            return replace(into, flags=into.flags | secret | {Flag.HEAVY, Flag.SENSITIVE}, targets=targets)
    for mode, (effect, sentence, flags) in _REDIS_MODES.items():
        if mode in args.options:
            return Reading(effect, f"redis-cli.{mode.strip('-')}", sentence, flags | secret, targets)
    if args.has("--cluster"):
        first = args.operands[0].text if args.operands else ""
        return _cluster(first, targets, secret)
    if args.operands:
        found = read_redis_words(tuple(args.operands))
        return replace(found, flags=found.flags | secret, targets=targets)
    if call.stdin != NOTHING:
        if call.stdin.literal is not None and not opaque(call.stdin.literal):
            lines = tuple(
                Inside(text=line, language="redis")
                for line in call.stdin.literal.splitlines()
                if line.strip()
            )
            worst = max(
                (read_redis_text(line.text or "") for line in lines),
                key=lambda reading: reading.effect.value,
                default=None,
            )
            if worst is not None:
                return replace(worst, flags=worst.flags | secret, targets=targets)
        return Reading(
            Effect.UNKNOWN, "redis-cli.piped", "runs commands that arrive on its input", secret, targets
        )
    return Reading(Effect.OBSERVE, "redis-cli", flags=secret | OPENER, targets=targets)


def _cluster(verb: str, targets: tuple[str, ...], flags: frozenset[Flag]) -> Reading:
    if verb in ("check", "info", "help"):
        return Reading(Effect.OBSERVE, f"redis-cli.cluster.{verb}", flags=flags, targets=targets)
    effect = {
        "rebalance": Effect.DISRUPT,
        "reshard": Effect.DISRUPT,
        "add-node": Effect.CHANGE,
        "backup": Effect.OBSERVE,
    }.get(verb, Effect.DESTROY)
    return Reading(
        effect, "redis-cli.cluster", f"`--cluster {verb}` moves or drops slots of the cluster", flags, targets
    )


def read_redis_words(words: tuple[Word, ...]) -> Reading:
    """One Redis command, already in words."""
    if HOLE in words[0].text:
        return unknown("redis-cli.unknown", "a Redis command that is not written here")
    if words[0].text.isdigit():  # `redis-cli 5 PING` repeats nothing, it is an error; be strict
        return unknown("redis-cli.unknown", "a Redis command that is not known")
    if words[0].text.lower() in ("eval", "eval_ro") and len(words) > 1:
        return _script(words[1].text)
    found = tables()["redis-cli"].ask(words)
    return Reading(found.effect, found.rule, found.sentence, found.flags)


_LUA_CALL = re.compile(r"redis\s*\.\s*p?call\s*\(\s*(['\"])([A-Za-z]+)\1")
_LUA_HARMLESS = re.compile(r"redis\s*\.\s*(?:log|error_reply|status_reply|sha1hex|LOG_\w+)\b")


def _script(lua: str) -> Reading:
    """A Lua script: the worst of the Redis commands it names, and at least unknown where it names none."""
    called = [match[2] for match in _LUA_CALL.finditer(lua)]
    rest = _LUA_HARMLESS.sub("", _LUA_CALL.sub("", lua))
    unread = not called or re.search(r"\bredis\b|load|_G|getfenv|\bcjson\.decode|" + HOLE, rest) is not None
    readings = [
        Reading(found.effect, f"redis-cli.eval.{name.lower()}", found.sentence, found.flags)
        for name in called
        for found in (tables()["redis-cli"].ask((Word(name, 0, 0, name), Word(HOLE, 0, 0, HOLE))),)
    ]
    if unread:
        readings.append(unknown("redis-cli.eval", "runs a script that cannot be read"))
    return max(readings, key=lambda reading: reading.effect.value)


def read_redis_text(line: str) -> Reading:
    """One line of a Redis session."""
    pieces = re.findall(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|\S+', line)
    words = tuple(Word(piece.strip("\"'"), 0, 0, piece) for piece in pieces)
    if not words:
        return Reading(Effect.OBSERVE, "redis-cli")
    return read_redis_words(words)


HANDLERS: dict[str, Callable[[Call], Reading]] = dict.fromkeys(
    ("redis-cli", "valkey-cli", "keydb-cli"), read_redis
)
