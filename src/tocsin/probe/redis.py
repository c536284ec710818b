"""Redis checks: does it answer, how full is it, and does it still take writes."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name, milliseconds, slower
from tocsin.probe.counters import Counters, Growth
from tocsin.probe.failing import failed
from tocsin.probe.limit import Limit, Measure, count_limit, judged, share_limit, time_limit
from tocsin.probe.lookups import Lookups
from tocsin.probe.notes import Notes
from tocsin.probe.resp import Refusal, command
from tocsin.probe.stream import Stream

# What the check lacks, as opposed to what the server lacks.
_OURS = frozenset({"NOAUTH", "WRONGPASS", "NOPERM"})
_FACTS = (
    "used_memory", "maxmemory", "maxmemory_policy", "evicted_keys", "rejected_connections", "connected_clients",
    "blocked_clients", "role", "connected_slaves", "master_link_status", "master_last_io_seconds_ago",
    "rdb_last_bgsave_status", "aof_last_write_status",
)  # fmt: skip
_DIGITS = 20  # of the largest number of 64 bits
_KEY_LIVES = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """How a Redis check looks.

    Attributes:
        host, port, database, user, password: where and as whom.
        memory: limits of the used share of maxmemory; without a maxmemory never reached.
        evictions, rejected: of evicted keys and refused connections within `window`.
        policy: the eviction policy it should have, or None for any; role: "master" or "replica", or None.
        replicas: of the connected replicas. lag: of the time since a replica heard of its master.
        window: the time counters are compared over.
        write_probe: whether to write (and take away) a short-lived key of our own to see that writes work.
        degraded_after: slower than this is degraded, or None.
    """

    host: str
    port: int
    database: int
    user: str | None
    password: str | None
    memory: Limit
    evictions: Limit
    rejected: Limit
    policy: str | None
    role: str | None
    replicas: Limit
    lag: Limit
    window: timedelta
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
        memory=share_limit(keys, "memory", degraded=0.9),
        evictions=count_limit(keys, "evictions"),
        rejected=count_limit(keys, "rejected", degraded=1),
        policy=keys.text_or_none("policy"),
        role=keys.text_or_none("role"),
        replicas=count_limit(keys, "replicas", falling=True),
        lag=time_limit(keys, "lag"),
        window=keys.duration_or_none("window") or timedelta(minutes=5),
        write_probe=keys.flag("write_probe"),
        degraded_after=keys.duration_or_none("degraded_after"),
    )
    keys.done()
    if settings.role not in (None, "master", "replica"):
        raise keys.wrong("role", f'must be "master" or "replica", not {settings.role!r}')
    return settings


class RedisProber:
    """Takes samples of Redis checks."""

    def __init__(self, clock: Clock, lookups: Lookups | None = None, notes: Notes | None = None) -> None:
        self._clock = clock
        self._lookups = lookups or Lookups(clock)
        self._counters = Counters(clock, notes)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        redis_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One connection: PING, INFO, and the write probe if it is on."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = redis_settings(trying.spec)
        place = f"Redis {settings.host}:{settings.port}"
        facts = {"target": f"{settings.host}:{settings.port}"}
        try:
            with Stream(settings.host, settings.port, trying.left, self._clock) as stream:
                return _Look(settings, stream, trying, place, facts, self._grown(trying, settings)).finding()
        except OSError as error:
            return failed(place, settings.host, error, trying.spec.timeout, facts, self._lookups)

    def _grown(
        self, trying: Attempt, settings: RedisSettings
    ) -> Callable[[Mapping[str, float]], dict[str, Growth]]:
        """How much the counters of this check's server have grown within the window."""
        place = f"{settings.host}:{settings.port}"
        return lambda totals: self._counters.growth(trying.spec, place, totals, settings.window)


class _Look:
    """One look at one server."""

    def __init__(
        self,
        settings: RedisSettings,
        stream: Stream,
        trying: Attempt,
        place: str,
        facts: dict[str, str],
        grown: Callable[[Mapping[str, float]], dict[str, Growth]],
    ) -> None:
        self._settings = settings
        self._stream = stream
        self._trying = trying
        self._place = place
        self._facts = facts
        self._grown = grown

    def finding(self) -> Finding:
        """What it found; the first refusal ends the look."""
        for words in (*self._greeting(), ("PING",)):
            reply = command(self._stream, *words)
            if isinstance(reply, Refusal):
                return self._refused(f"refuses {words[0]}", reply)
            if words[0] == "PING" and reply != "PONG":
                raise ConnectionError(f"an answer to PING that is not Redis's: {str(reply)[:60]!r}")
        said = command(self._stream, "INFO")
        if isinstance(said, Refusal):
            return self._refused("refuses INFO", said)
        if not isinstance(said, str):
            raise ConnectionError(f"an answer to INFO that is not Redis's: {str(said)[:60]!r}")
        info = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
        if info.get("loading") == "1":
            return Finding(
                Verdict.DOWN, f"{self._place} is still loading its data", {**self._facts, "error": "loading"}
            )
        if self._settings.write_probe:
            refusal = self._write()
            if refusal is not None:
                self._note(info)
                return self._refused("refuses writes", refusal)
        return self._judged(info)

    def _greeting(self) -> tuple[tuple[str, ...], ...]:
        settings = self._settings
        words: tuple[tuple[str, ...], ...] = ()
        if settings.password is not None:
            words = (("AUTH", *((settings.user,) if settings.user else ()), settings.password),)
        return (*words, ("SELECT", str(settings.database))) if settings.database else words

    def _note(self, info: Mapping[str, str]) -> None:
        """Put what INFO says into the facts."""
        for name in _FACTS:
            if name in info:
                self._facts[name] = info[name]

    def _measures(self, info: Mapping[str, str]) -> list[Measure]:
        settings, measures = self._settings, []
        used, most = _whole(info, "used_memory"), _whole(info, "maxmemory")
        if used is not None and most:
            self._facts["memory_used"] = f"{used / most:.0%}"
            # A cache that may evict any key is meant to be full; with the other policies writes can end there.
            if not info.get("maxmemory_policy", "").startswith("allkeys-"):
                measures.append(Measure(settings.memory, used / most))
        limits = {"evicted_keys": settings.evictions, "rejected_connections": settings.rejected}
        totals = {name: total for name in limits if (total := _whole(info, name)) is not None}
        for name, growth in self._grown(totals).items():
            self._facts |= growth.told(limits[name].name)
            measures.append(Measure(limits[name], growth.by))
        replicas, heard = _whole(info, "connected_slaves"), _whole(info, "master_last_io_seconds_ago")
        if replicas is not None:
            measures.append(Measure(settings.replicas, replicas))
        if heard is not None:
            measures.append(Measure(settings.lag, heard))
        return measures

    def _unwanted(self, info: Mapping[str, str]) -> tuple[Verdict, str] | None:
        """What is not as it was set up, worst first."""
        settings, role = self._settings, "replica" if info.get("role") == "slave" else info.get("role", "")
        if settings.role is not None and role != settings.role:
            return Verdict.DOWN, f"it is a {role or 'server without a role'}, not the {settings.role}"
        if info.get("role") == "slave" and info.get("master_link_status") != "up":
            return Verdict.DEGRADED, "its link to the master is down"
        policy = info.get("maxmemory_policy")
        if settings.policy is not None and policy != settings.policy:
            return Verdict.DEGRADED, f"its eviction policy is {policy}, not {settings.policy}"
        return None

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

    def _judged(self, info: Mapping[str, str]) -> Finding:
        took = self._trying.took
        self._note(info)
        measures = self._measures(info)
        self._facts["oom"] = "false"
        said = f"{self._place} answered in {milliseconds(took)}"
        if "memory_used" in self._facts:
            policy = info.get("maxmemory_policy", "unknown policy")
            said += f", memory {self._facts['memory_used']} of {info['maxmemory']} bytes ({policy})"
        unwanted = self._unwanted(info)
        finding = judged(said, self._facts, measures)
        if unwanted is not None and finding.verdict is not Verdict.DOWN:
            return Finding(unwanted[0], f"{finding.message}, {unwanted[1]}", finding.facts)
        if finding.verdict is Verdict.UP and slower(took, self._settings.degraded_after):
            return Finding(Verdict.DEGRADED, f"{said}, slower than expected", self._facts)
        return finding


def _whole(info: Mapping[str, str], name: str) -> int | None:
    """A number of INFO; None where it is not there, or -1, which Redis says for "never", or of more than 64 bits."""
    text = info.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else None
