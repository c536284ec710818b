"""From the kind of a check to the prober that takes its samples.

Others add a kind by an entry point of the group `tocsin.probers`: a function that takes a clock and returns
a prober.
"""

import os
from collections.abc import Callable, Mapping
from typing import Protocol

from tocsin.detection.check import CheckSpec, Sample
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import did_you_mean
from tocsin.kit.late import late
from tocsin.kit.plugins import plugins
from tocsin.probe.crowd import Crowd
from tocsin.probe.http import HttpProber
from tocsin.probe.notes import Notes
from tocsin.probe.run_text import RunText

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

# Module and class of each kind. Loaded when a check of that kind is: a process that only asks web servers needs neither the
# parser of SQL nor a database driver, and without those it is half as large.
# Kinds that look by themselves: made with a clock.
_PLAIN = {
    "cpu": ("cpu", "CpuProber"),
    "disk": ("disk", "DiskProber"),
    "dns": ("dns", "DnsProber"),
    "file": ("file", "FileProber"),
    "memory": ("memory", "MemoryProber"),
    "process": ("process", "ProcessProber"),
    "sentry": ("sentry", "SentryProber"),
    "sql": ("sql", "SqlProber"),
    "tcp": ("tcp", "TcpProber"),
}
# Kinds that remember what they saw before: with notes as well.
_REMEMBERING = {
    "log": ("log", "LogProber"),
    "postgres": ("postgres", "PostgresProber"),
    "redis": ("redis", "RedisProber"),
}
# Kinds that have a program of this machine run: with what runs texts, those of `_ASKING` with notes as well.
_RUNNING = {"command": ("command", "CommandProber")}
_ASKING = {
    "kubernetes": ("kubernetes", "KubernetesProber"),
    "pm2": ("pm2", "Pm2Prober"),
    "systemd": ("systemd", "SystemdProber"),
}
# Kinds that read the environment: with that.
_READING = {
    "http": ("http", "HttpProber"),
    "http_steps": ("http_steps", "HttpStepsProber"),
    "s3": ("s3", "S3Prober"),
    "tls": ("tls", "TlsProber"),
}
CROWDED = frozenset({"http"})
"""Kinds of which one thread takes many samples at once."""
ASKING = frozenset({*_RUNNING, *_ASKING})
"""Kinds that start a program of this machine, with the environment of its targets."""
KINDS = tuple(sorted({*_PLAIN, *_REMEMBERING, *_RUNNING, *_ASKING, *_READING}))


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
            return _class(_PLAIN[kind])(self._clock)
        if kind in _REMEMBERING:
            return _class(_REMEMBERING[kind])(self._clock, notes=self._notes)
        if kind in _READING:
            return _class(_READING[kind])(self._clock, self._variables)
        if kind in _RUNNING and self._run is not None:
            return _class(_RUNNING[kind])(self._clock, self._run)
        if kind in _ASKING and self._run is not None:
            return _class(_ASKING[kind])(self._clock, self._run, self._notes)
        return self._of_others(kind)

    def _of_others(self, kind: str) -> Prober:
        others = plugins(GROUP)
        if kind not in others:
            known = {*KINDS, *others} - (ASKING if self._run is None else frozenset())
            raise ConfigError(f"unknown kind of check {kind!r}.", hint=did_you_mean(kind, known))
        try:
            factory: ProberFactory = others[kind].load()
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                f"kind of check {kind!r}: its package could not be loaded: {error}.",
                hint=f"Reinstall what provides {others[kind].value}.",
            ) from error
        return factory(self._clock)


def _class(found: tuple[str, str]) -> Callable[..., Prober]:
    module, name = found
    prober: Callable[..., Prober] = getattr(late(f"tocsin.probe.{module}"), name)
    return prober
