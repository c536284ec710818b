"""What every prober needs: one attempt with its own deadline, turned into one sample."""

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.cut_off import FACT
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock

# The network is not there for us, or we have run out of something: says nothing about the other side (NOI-03).
_OURS = frozenset(
    {
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.EADDRNOTAVAIL,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
    }
)
# And of these, those that say that no way leads out of here.
_NO_NETWORK = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
CUT_OFF = {FACT: "true"}
"""The fact that says so (NOI-05); also where our own name servers are away."""
OUR_WORDS = frozenset(os.strerror(number) for number in _OURS)
"""The same in words, for libraries that give no number."""


def is_ours(number: int | None) -> bool:
    """Whether this error number is trouble of our own and no finding about the other side."""
    return number in _OURS


def cut_off(number: int | None) -> dict[str, str]:
    """The fact that no way leads out of here, if this error number says so; otherwise no fact."""
    return CUT_OFF if number in _NO_NETWORK else {}


def cut_off_in_words(reasons: Iterable[str]) -> dict[str, str]:
    """The same for libraries that give no number: if all of these say so."""
    known = {os.strerror(number) for number in _NO_NETWORK}
    return CUT_OFF if known.issuperset(reasons) else {}


@dataclass(frozen=True, slots=True)
class Finding:
    """What an attempt found; `Attempt.sample` adds when and how long."""

    verdict: Verdict
    message: str
    facts: Mapping[str, str]


class Ended(Exception):
    """Ends an attempt early with what is known by then; never leaves `attempt`."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Attempt:
    """One attempt. Its deadline begins now, whenever it was planned (NOI-04)."""

    def __init__(self, spec: CheckSpec, clock: Clock) -> None:
        self.spec = spec
        self.at: datetime = clock.now()
        self._clock = clock
        self._start = clock.monotonic()

    @property
    def took(self) -> timedelta:
        """How long it lasts so far."""
        return timedelta(seconds=self._clock.monotonic() - self._start)

    @property
    def left(self) -> timedelta:
        """What is left of the check's time limit; not below zero."""
        return max(timedelta(), self.spec.timeout - self.took)

    def sample(self, finding: Finding) -> Sample:
        """The sample of this attempt."""
        return Sample(
            self.spec.name, self.at, finding.verdict, self.took, finding.message, dict(finding.facts)
        )


def attempt(spec: CheckSpec, clock: Clock, look: Callable[[Attempt], Finding]) -> Sample:
    """One attempt; wrong settings and faults of our own are unknown, so that a prober never raises."""
    trying = Attempt(spec, clock)
    try:
        finding = look(trying)
    except Ended as end:
        finding = end.finding
    except ConfigError as error:
        finding = Finding(Verdict.UNKNOWN, str(error), {"error": "settings"})
    except Exception as error:  # the edge of the check loop: our own fault must not look like theirs
        finding = Finding(
            Verdict.UNKNOWN, f"our own fault: {type(error).__name__}: {error}", {"error": "own"}
        )
    return trying.sample(finding)


def milliseconds(value: timedelta) -> str:
    """ "12 ms" or "1.20 s", for messages."""
    ms = value.total_seconds() * 1000
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"


def slower(value: timedelta, limit: timedelta | None) -> bool:
    """Whether a time is beyond the limit for "degraded", if there is one."""
    return limit is not None and value > limit


def check_name(spec: CheckSpec) -> str:
    """How messages name a check."""
    return f'check "{spec.name}" ({spec.kind})'
