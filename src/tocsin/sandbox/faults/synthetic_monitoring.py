"""PrepChef, "Synthetic Monitoring & Alerting": the requirements of a city come too late, because of the line to them."""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.errors import TocsinError
from tocsin.kit.clock import SystemClock
from tocsin.sandbox import prepchef_front
from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.faults.ssl_certificate_expiration import reload
from tocsin.sandbox.oracles import nginx
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.prepchef_front import API
from tocsin.sandbox.trouble import Trouble, TroubleProxy

HEADING = "Synthetic Monitoring & Alerting"
THRESHOLD = timedelta(milliseconds=200)
LATENCY = timedelta(milliseconds=210)
_PATHS = (
    "/city/san-francisco/requirements",
    "/city/san-francisco/requirements/estimate",
    "/city/joshua-tree/requirements",
    "/city/joshua-tree/requirements/estimate",
)
_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """The proxy between nginx and the application."""

    proxy: TroubleProxy


def inject(room: PrepChefRoom) -> Line:
    """Put a line between nginx and the application that holds every answer back; only for /city/. Raises TocsinError."""
    proxy = TroubleProxy(room.application.port)
    proxy.set(Trouble(latency=LATENCY))
    line = Line(proxy)
    try:
        prepchef_front.lead_cities(room.nginx, proxy.port)
        reload(room)
    except TocsinError:
        restore(room, line)
        raise
    return line


def confirm(room: PrepChefRoom) -> bool:
    """Whether every path of the promise is too slow: even the fastest of five answers is not below the threshold."""
    return all(
        min(_seconds(room, path) for _ in range(_LOOKS)) >= THRESHOLD.total_seconds() for path in _PATHS
    )


def restore(room: PrepChefRoom, line: Line) -> None:
    """nginx goes to the application directly, as on a normal day; the proxy is gone. Raises TocsinError."""
    prepchef_front.lead_cities(room.nginx, room.application.port)
    if room.nginx.pid is None:
        room.room.begin(room.nginx)
    else:
        reload(room)
    line.proxy.stop()


def oracles(room: PrepChefRoom) -> Oracles:
    """What the paths answer, and the configuration of nginx."""
    return {
        **{
            f"https.{path}": f"{answer.status} {answer.body.strip()}"
            for path in _PATHS
            if (answer := room.get(API, path))
        },
        **nginx.configuration(room.nginx),
    }


SLOW = Fault(
    "synthetic_monitoring.slow",
    HEADING,
    inject,
    confirm,
    restore,
    oracles,
    rooms=("prepchef",),
    stand_ins=("the slow line is a proxy",),
)


def _seconds(room: PrepChefRoom, path: str) -> float:
    """How long one answer takes, connection included; none at all is no delay but another fault."""
    clock = SystemClock()
    began = clock.monotonic()
    answer = room.get(API, path)
    return clock.monotonic() - began if answer.status == 200 else 0.0
