"""Redis checks: does it answer, how full is it, and does it still take writes."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name, milliseconds, slower
from tocsin.probe.failing import failed
from tocsin.probe.resp import Refusal, Reply, command
from tocsin.probe.stream import Stream

# What the check lacks, as opposed to what the server lacks.
_OURS = frozenset({"NOAUTH", "WRONGPASS", "NOPERM"})
_KEY_LIVES = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """How a Redis check looks.

    Attributes:
        host, port, database, user, password: where and as whom.
        memory_degraded: share of maxmemory from which it counts as degraded; without a maxmemory never.
        write_probe: whether to write (and take away) a short-lived key of our own to see that writes work.
        degraded_after: slower than this is degraded, or None.
    """

    host: str
    port: int
    database: int
    user: str | None
    password: str | None
    memory_degraded: float
    write_probe: bool
    degraded_after: timedelta | None


def redis_settings(spec: CheckSpec) -> RedisSettings:
    """Read the settings of a Redis check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = RedisSettings(
        host=keys.text_or_none("host") or "127.0.0.1",
        port=keys.whole("port", 6379, least=1, most=65535),
        database=keys.whole("database", 0, most=10_000),
        user=keys.text_or_none("user"),
        password=keys.text_or_none("password"),
        memory_degraded=keys.share("memory_degraded", 0.9),
        write_probe=keys.flag("write_probe"),
        degraded_after=keys.duration_or_none("degraded_after"),
    )
    keys.done()
    return settings


class RedisProber:
    """Takes samples of Redis checks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        redis_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One connection: PING, INFO memory, and the write probe if it is on."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = redis_settings(trying.spec)
        place = f"Redis {settings.host}:{settings.port}"
        facts = {"target": f"{settings.host}:{settings.port}"}
        try:
            with Stream(settings.host, settings.port, trying.left, self._clock) as stream:
                return _Look(settings, stream, trying, place, facts).finding()
        except OSError as error:
            return failed(place, error, trying.spec.timeout, facts)


class _Look:
    """One look at one server."""

    def __init__(
        self, settings: RedisSettings, stream: Stream, trying: Attempt, place: str, facts: dict[str, str]
    ) -> None:
        self._settings = settings
        self._stream = stream
        self._trying = trying
        self._place = place
        self._facts = facts

    def finding(self) -> Finding:
        """What it found; the first refusal ends the look."""
        for words in (*self._greeting(), ("PING",)):
            reply = command(self._stream, *words)
            if isinstance(reply, Refusal):
                return self._refused(f"refuses {words[0]}", reply)
        memory = command(self._stream, "INFO", "memory")
        if isinstance(memory, Refusal):
            return self._refused("refuses INFO", memory)
        share = self._read_memory(memory)
        if self._settings.write_probe:
            refusal = self._write()
            if refusal is not None:
                return self._refused("refuses writes", refusal)
        return self._judged(share)

    def _greeting(self) -> tuple[tuple[str, ...], ...]:
        settings = self._settings
        words: tuple[tuple[str, ...], ...] = ()
        if settings.password is not None:
            words = (("AUTH", *((settings.user,) if settings.user else ()), settings.password),)
        return (*words, ("SELECT", str(settings.database))) if settings.database else words

    def _read_memory(self, reply: Reply) -> float | None:
        """Put what INFO says into the facts; the used share of maxmemory, None without a limit."""
        lines = reply.splitlines() if isinstance(reply, str) else []
        info = dict(line.split(":", 1) for line in lines if ":" in line)
        for name in ("used_memory", "maxmemory", "maxmemory_policy"):
            if name in info:
                self._facts[name] = info[name]
        used, most = info.get("used_memory", ""), info.get("maxmemory", "")
        if not (used.isdecimal() and most.isdecimal()) or int(most) == 0:
            return None
        share = int(used) / int(most)
        self._facts["memory_used"] = f"{share:.0%}"
        return share

    def _write(self) -> Refusal | None:
        """Write a key nobody else has and take it away again; the server's refusal, or None if it took it."""
        key = f"tocsin:probe:{self._trying.spec.name}:{secrets.token_hex(6)}"
        written = command(self._stream, "SET", key, "1", "EX", str(int(_KEY_LIVES.total_seconds())), "NX")
        if isinstance(written, Refusal):
            return written
        command(self._stream, "DEL", key)  # refused or not: it expires by itself
        return None

    def _refused(self, what: str, refusal: Refusal) -> Finding:
        ours = refusal.code in _OURS
        self._facts["error"] = refusal.code.lower()
        self._facts["oom"] = "true" if refusal.code == "OOM" else "false"
        return Finding(
            Verdict.UNKNOWN if ours else Verdict.DOWN, f"{self._place} {what}: {refusal.text}", self._facts
        )

    def _judged(self, share: float | None) -> Finding:
        took = self._trying.took
        self._facts["oom"] = "false"
        said = f"{self._place} answered in {milliseconds(took)}"
        if share is not None:
            policy = self._facts.get("maxmemory_policy", "unknown policy")
            said += f", memory {share:.0%} of {self._facts['maxmemory']} bytes ({policy})"
            # A cache that may evict any key is meant to be full; with the other policies writes can end there.
            if share >= self._settings.memory_degraded and not policy.startswith("allkeys-"):
                return Finding(Verdict.DEGRADED, said, self._facts)
        if slower(took, self._settings.degraded_after):
            return Finding(Verdict.DEGRADED, f"{said}, slower than expected", self._facts)
        return Finding(Verdict.UP, said, self._facts)
