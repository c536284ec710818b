"""From the kind of a check to the prober that takes its samples.

Others add a kind by an entry point of the group `tocsin.probers`: a function that takes a clock and returns
a prober.
"""

import os
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Protocol

from tocsin.detection.check import CheckSpec, Sample
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import did_you_mean
from tocsin.probe.command import CommandProber, RunText
from tocsin.probe.cpu import CpuProber
from tocsin.probe.crowd import Crowd
from tocsin.probe.disk import DiskProber
from tocsin.probe.dns import DnsProber
from tocsin.probe.file import FileProber
from tocsin.probe.http import HttpProber
from tocsin.probe.http_steps import HttpStepsProber
from tocsin.probe.kubernetes import KubernetesProber
from tocsin.probe.log import LogProber
from tocsin.probe.memory import MemoryProber
from tocsin.probe.notes import Notes
from tocsin.probe.pm2 import Pm2Prober
from tocsin.probe.postgres import PostgresProber
from tocsin.probe.process import ProcessProber
from tocsin.probe.redis import RedisProber
from tocsin.probe.s3 import S3Prober
from tocsin.probe.sentry import SentryProber
from tocsin.probe.sql import SqlProber
from tocsin.probe.systemd import SystemdProber
from tocsin.probe.tcp import TcpProber
from tocsin.probe.tls import TlsProber

GROUP = "tocsin.probers"


class Prober(Protocol):
    """Takes samples of one kind of check; `connectors.api.Prober` with a look at the settings beforehand."""

    def probe(self, spec: CheckSpec) -> Sample:
        """One honest attempt. Never raises."""
        ...

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        ...


ProberFactory = Callable[[Clock], Prober]

# Kinds that look by themselves.
_PLAIN: dict[str, ProberFactory] = {
    "cpu": CpuProber,
    "disk": DiskProber,
    "dns": DnsProber,
    "file": FileProber,
    "memory": MemoryProber,
    "process": ProcessProber,
    "sentry": SentryProber,
    "sql": SqlProber,
    "tcp": TcpProber,
}
# Kinds that remember what they saw before.
_REMEMBERING: dict[str, Callable[[Clock, Notes], Prober]] = {
    "log": LogProber,
    "postgres": lambda clock, notes: PostgresProber(clock, notes=notes),
    "redis": lambda clock, notes: RedisProber(clock, notes=notes),
}
# Kinds that ask a program of this machine.
_ASKING: dict[str, Callable[[Clock, RunText, Notes], Prober]] = {
    "command": lambda clock, run, notes: CommandProber(clock, run),
    "kubernetes": KubernetesProber,
    "pm2": Pm2Prober,
    "systemd": SystemdProber,
}
# Kinds that read the environment.
_READING: dict[str, Callable[[Clock, Mapping[str, str]], Prober]] = {
    "http": HttpProber,
    "http_steps": HttpStepsProber,
    "s3": S3Prober,
    "tls": TlsProber,
}
CROWDED = frozenset({"http"})
"""Kinds of which one thread takes many samples at once."""
ASKING = frozenset(_ASKING)
"""Kinds that start a program of this machine, with the environment of its targets."""
KINDS = tuple(sorted({*_PLAIN, *_REMEMBERING, *_ASKING, *_READING}))


class Probers:
    """The probers of an installation, each made once, when first asked for.

    Args:
        run: how texts are run on this machine; without it the kinds that ask a program are unknown.
        variables: the environment HTTP checks read; by default this process's.
        notes: what was seen before, and where that is kept; without them everything is seen for the first time.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        run: RunText | None = None,
        variables: Mapping[str, str] | None = None,
        notes: Notes | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._run = run
        self._variables = os.environ if variables is None else variables
        self._notes = notes if notes is not None else Notes()
        self._made: dict[str, Prober] = {}

    def prober(self, kind: str) -> Prober:
        """The prober of this kind. Raises ConfigError for an unknown kind, naming those known."""
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind]

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the kind or the settings of this check cannot be used."""
        try:
            prober = self.prober(spec.kind)
        except ConfigError as error:
            raise ConfigError(f'check "{spec.name}": {error.message}', hint=error.hint) from error
        prober.validate(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One sample of this check. Raises ConfigError for an unknown kind."""
        return self.prober(spec.kind).probe(spec)

    def crowd(self) -> Crowd:
        """What takes many samples of the kinds in `CROWDED` at once, by one thread."""
        prober = self.prober("http")
        assert isinstance(prober, HttpProber)
        return Crowd(prober, self._clock)

    def _make(self, kind: str) -> Prober:
        if kind in _PLAIN:
            return _PLAIN[kind](self._clock)
        if kind in _REMEMBERING:
            return _REMEMBERING[kind](self._clock, self._notes)
        if kind in _READING:
            return _READING[kind](self._clock, self._variables)
        if kind in _ASKING and self._run is not None:
            return _ASKING[kind](self._clock, self._run, self._notes)
        return self._of_others(kind)

    def _of_others(self, kind: str) -> Prober:
        others = {entry.name: entry for entry in entry_points(group=GROUP)}
        if kind not in others:
            known = {*KINDS, *others} - (set(_ASKING) if self._run is None else set())
            raise ConfigError(f"unknown kind of check {kind!r}.", hint=did_you_mean(kind, known))
        try:
            factory: ProberFactory = others[kind].load()
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                f"kind of check {kind!r}: its package could not be loaded: {error}.",
                hint=f"Reinstall what provides {others[kind].value}.",
            ) from error
        return factory(self._clock)
