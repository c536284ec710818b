"""TCP checks: does the port accept, and if asked, does it say what it should."""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name, milliseconds, slower
from tocsin.probe.failing import failed
from tocsin.probe.lookups import Lookups
from tocsin.probe.stream import Stream

_LONGEST = 65536


@dataclass(frozen=True, slots=True)
class TcpSettings:
    """Where to connect, what to send first and what must come back (None: nothing is sent, or awaited)."""

    host: str
    port: int
    send: str | None
    expect: str | None
    degraded_after: timedelta | None


def tcp_settings(spec: CheckSpec) -> TcpSettings:
    """Read the settings of a TCP check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = TcpSettings(
        host=keys.text("host"),
        port=keys.whole("port", least=1, most=65535),
        send=keys.text_or_none("send"),
        expect=keys.text_or_none("expect"),
        degraded_after=keys.duration_or_none("degraded_after"),
    )
    keys.done()
    return settings


class TcpProber:
    """Takes samples of TCP checks."""

    def __init__(self, clock: Clock, lookups: Lookups | None = None) -> None:
        self._clock = clock
        self._lookups = lookups or Lookups(clock)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        tcp_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One connection."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = tcp_settings(trying.spec)
        place = f"{settings.host}:{settings.port}"
        facts = {"target": place}
        try:
            with Stream(settings.host, settings.port, trying.left, self._clock) as stream:
                facts["address"] = stream.address
                if settings.send is not None:
                    stream.send(settings.send.encode("utf-8", "replace"))
                answer = _answer(stream, settings.expect)
        except OSError as error:
            return failed(place, settings.host, error, trying.spec.timeout, facts, self._lookups)
        if settings.expect is not None and settings.expect.encode("utf-8", "replace") not in answer:
            said = answer[:100].decode("utf-8", "replace")
            return Finding(
                Verdict.DOWN, f"{place} said {said!r}, not {settings.expect!r}", {**facts, "error": "answer"}
            )
        took = trying.took
        said = f"{place} answered in {milliseconds(took)}"
        if slower(took, settings.degraded_after):
            return Finding(Verdict.DEGRADED, f"{said}, slower than expected", facts)
        return Finding(Verdict.UP, said, facts)


def _answer(stream: Stream, expect: str | None) -> bytes:
    """What the other side says until it has said what is expected, ended, or said too much."""
    answer = b""
    wanted = None if expect is None else expect.encode("utf-8", "replace")
    while wanted is not None and wanted not in answer and len(answer) < _LONGEST:
        data = stream.receive()
        if not data:
            break
        answer += data
    return answer
