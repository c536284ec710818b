"""Times requests of synthetics: each on a fresh connection, one after another, with no hidden retry (NOI-06)."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.synthetic import Endpoint, Timed
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.probe.http import HttpProber


class Stopwatch:
    """Times one request after another, as an HTTP check makes them: DNS, connection, TLS and the whole answer.

    Raises ConfigError if `TOCSIN_CONNECT_TO` or `TOCSIN_CA_FILE` cannot be used.
    """

    def __init__(
        self,
        clock: Clock,
        variables: Mapping[str, str],
        timeout: timedelta,
        headers: tuple[tuple[str, str], ...],
    ) -> None:
        self._prober = HttpProber(clock, variables)
        self._timeout = timeout
        self._headers = dict(headers)

    def validate(self, endpoint: Endpoint) -> None:
        """Raises ConfigError if its URL cannot be asked."""
        self._prober.validate(self._spec(endpoint))

    def times(self, endpoint: Endpoint) -> Iterator[Timed]:
        """As many as are asked for."""
        spec = self._spec(endpoint)
        while True:
            yield _timed(self._prober.probe(spec))

    def _spec(self, endpoint: Endpoint) -> CheckSpec:
        settings: dict[str, object] = {"url": endpoint.url, "headers": self._headers}
        return CheckSpec(CheckName(endpoint.name), "http", settings, timeout=self._timeout)


def _timed(sample: Sample) -> Timed:
    if sample.verdict is Verdict.UNKNOWN:
        return Timed(None, sample.message, ours=True)
    if sample.verdict is not Verdict.UP:
        return Timed(None, sample.message)
    # libcurl's own clock, to a tenth of a millisecond, as it is written down: what is judged can be recomputed.
    return Timed(float(sample.facts["total_ms"]))
