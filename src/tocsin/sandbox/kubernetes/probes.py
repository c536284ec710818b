"""Probes of containers: by HTTP, by TCP, or, where a pod names none, by the port its image listens on."""

import http.client
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from tocsin.sandbox.kubernetes.objects import Object, listed, mapping, number, text

# A drill does not wait ten seconds for a program that was up after one: until the first yes it is asked more often.
EAGER = 0.1
_IMPLICIT: Object = {"periodSeconds": 1, "timeoutSeconds": 1, "failureThreshold": 3, "successThreshold": 1}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: where and how.

    Attributes:
        path: for HTTP; "" asks by TCP only. host: the header.
    """

    ip: str
    port: int
    path: str
    seconds: float
    headers: tuple[tuple[str, str], ...] = ()


def ask(asked: Asked) -> str:
    """ "" if the answer is good, else what was wrong. Never raises."""
    try:
        if not asked.path:
            with socket.create_connection((asked.ip, asked.port), timeout=asked.seconds):
                return ""
        connection = http.client.HTTPConnection(asked.ip, asked.port, timeout=asked.seconds)
        try:
            connection.request(
                "GET", asked.path, headers={"User-Agent": "kube-probe/1.20", **dict(asked.headers)}
            )
            status = connection.getresponse().status
        finally:
            connection.close()
        return "" if 200 <= status < 400 else f"HTTP probe failed with statuscode: {status}"
    except (OSError, http.client.HTTPException) as wrong:
        return f"{'Get' if asked.path else 'dial tcp'} {asked.ip}:{asked.port}{asked.path}: {wrong}"


def question(probe: Object, container: Object, ip: str) -> Asked | str:
    """What a probe asks, or why it cannot be asked here."""
    seconds = float(number(probe, "timeoutSeconds", default=1))
    for kind in ("httpGet", "tcpSocket"):
        if kind in probe:
            handler = mapping(probe, kind)
            if text(handler, "scheme") == "HTTPS":
                return "HTTPS probes are not simulated"
            port = _port(handler, container)
            if not port:
                return f"the probe names no port that the container has: {handler.get('port')}"
            headers = tuple((text(one, "name"), text(one, "value")) for one in listed(handler, "httpHeaders"))
            return Asked(
                ip, port, (text(handler, "path") or "/") if kind == "httpGet" else "", seconds, headers
            )
    return "exec and gRPC probes are not simulated"


def _port(handler: Object, container: Object) -> int:
    wanted = handler.get("port")
    if isinstance(wanted, str) and not wanted.isdigit():
        return next(
            (
                number(one, "containerPort")
                for one in listed(container, "ports")
                if text(one, "name") == wanted
            ),
            0,
        )
    return int(wanted) if isinstance(wanted, int | str) else 0


@dataclass(slots=True)
class Probe:
    """One probe of one run of a container.

    Attributes:
        passed: None until the thresholds have decided once, then the last decision.
        said: what was wrong the last time.
    """

    asked: Asked | str
    period: float
    delay: float
    failures_needed: int
    successes_needed: int
    passed: bool | None = None
    said: str = ""
    _next: float = 0.0
    _good: int = 0
    _bad: int = 0
    _running: Future[str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, spec: Object, asked: Asked | str, now: float) -> "Probe":
        """From the spec of it; it is asked for the first time after its delay."""
        delay = float(number(spec, "initialDelaySeconds"))
        return cls(
            asked,
            float(max(1, number(spec, "periodSeconds", default=10))),
            delay,
            max(1, number(spec, "failureThreshold", default=3)),
            max(1, number(spec, "successThreshold", default=1)),
            _next=now + delay,
        )

    @classmethod
    def implicit(cls, ip: str, port: int, now: float) -> "Probe":
        """The port that an image listens on."""
        return cls.of(_IMPLICIT, Asked(ip, port, "", 1.0), now)

    def step(self, now: float, pool: ThreadPoolExecutor, wake: Callable[[], None]) -> bool:
        """Take an answer that has come, ask again when it is time; whether the decision has changed."""
        before = self.passed
        if isinstance(self.asked, str):
            self.said, self.passed = self.asked, False
            return before is not False
        if self._running is not None and self._running.done():
            self._take(self._running.result(), now)
            self._running = None
        if self._running is None and now >= self._next:
            self._running = pool.submit(ask, self.asked)
            self._running.add_done_callback(lambda _: wake())
        return self.passed is not before

    def due(self) -> float:
        """When it wants to be looked at again."""
        return self._next

    def _take(self, said: str, now: float) -> None:
        if said:
            self._bad, self._good, self.said = self._bad + 1, 0, said
            if self._bad >= self.failures_needed or self.passed is None:
                self.passed = False if self.passed or self._bad >= self.failures_needed else None
        else:
            self._good, self._bad, self.said = self._good + 1, 0, ""
            if self._good >= self.successes_needed:
                self.passed = True
        self._next = now + (self.period if self.passed else min(self.period, EAGER))
