"""The HTTP door: the API, and whether the engine really turns. Listens on loopback unless a token is set."""

import ipaddress
import socket
import threading
from datetime import timedelta
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.app.build import App
from tocsin.app.health import health
from tocsin.app.settings import Settings
from tocsin.errors import ConfigError
from tocsin.web import answer, lane, metrics, status
from tocsin.web.api import docs, stream
from tocsin.web.api import serve as api
from tocsin.web.api.table import OPERATIONS
from tocsin.web.hooks import opsgenie
from tocsin.web.hooks import routes as hooks
from tocsin.web.hooks.routes import HookRoute
from tocsin.web.pages import serve as pages
from tocsin.web.pages.live import Live
from tocsin.web.pages.render import prepare
from tocsin.web.pages.table import PAGES
from tocsin.web.pings import routes as pings
from tocsin.web.pings.routes import PingRoute

_BACKLOG = 1_024
# How long an idle connection is kept: longer than senders and the proxies before us keep theirs (nginx and the load balancers
# of the clouds 60 s, httpx 5 s), so that none says something into a connection that is just being closed. What is lost
# that way is an alert, where its sender does not try again.
KEEP_ALIVE = timedelta(seconds=75)
_ALIVE_WITHIN = timedelta(seconds=5)


class Door:
    """The HTTP server of one process. Binds first, opens when the engine runs."""

    def __init__(self, listener: socket.socket, settings: Settings) -> None:
        self._listener = listener
        self._settings = settings
        self._server: uvicorn.Server | None = None
        self._live: Live | None = None
        self._thread: threading.Thread | None = None

    @classmethod
    def bind(cls, settings: Settings) -> Self | None:
        """Take the port, or None if the settings want no door.

        Raises:
            ConfigError: the port is in use, or the address is not loopback and no token is set.
        """
        if settings.listen is None:
            return None
        host, port = settings.listen
        if not _loopback(host) and settings.token is None:
            raise ConfigError(
                f"{settings.file}: web.listen: {host} can be reached from outside, and no token is set.",
                hint="Set TOCSIN_TOKEN, or listen on 127.0.0.1.",
            )
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Named, because asyncio turns Nagle's algorithm off only where the protocol is: without it an answer whose body
        # follows its head waits 40 ms for the other side's acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as problem:
            listener.close()
            raise ConfigError(
                f"{settings.file}: web.listen: {host}:{port} cannot be used: {problem.strerror}.",
                hint='Stop what listens there, or set another port ("127.0.0.1:0" takes a free one, "none" takes none).',
            ) from problem
        return cls(listener, settings)

    @property
    def address(self) -> str:
        """host:port as bound."""
        host, port = self._listener.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def open(self, app: App) -> None:
        """Begin to answer."""
        self._live = Live(app)
        ways = Ways(app, self._live)
        app.renewed.append(ways.renew)
        config = uvicorn.Config(
            ways.application,
            http=lane.protocol(ways.taker),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=int(KEEP_ALIVE.total_seconds()),
            timeout_graceful_shutdown=3,
        )
        server = uvicorn.Server(config)
        self._listener.listen(
            _BACKLOG
        )  # from now on nobody is turned away, also before the server's first turn
        self._server = server
        self._thread = threading.Thread(
            target=lambda: server.run(sockets=[self._listener]), name="tocsin-http", daemon=True
        )
        self._thread.start()
        threading.Thread(target=prepare, name="tocsin-templates", daemon=True).start()

    def close(self) -> None:
        """Answer what is being asked, end the streams of open pages, then stop."""
        if self._live is not None:
            self._live.close()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(5)
        self._listener.close()


class Ways:
    """The paths of one running tocsin. Those that only some settings open are made anew when the settings change.

    Attributes:
        application: all of them, as ASGI.
    """

    def __init__(self, app: App, live: Live) -> None:
        self._app = app
        self._lasting = _lasting(app, live)
        self._short: tuple[HookRoute | PingRoute, ...] = ()

        async def missing(request: Request, problem: Exception) -> Response:
            status = problem.status_code if isinstance(problem, HTTPException) else 404
            if status == 404 and "text/html" in request.headers.get("accept", ""):
                return await run_in_threadpool(pages.missing, app, live, request)
            return api.problem(status, "There is nothing under this path, or not with this method.")

        self.application = Starlette(exception_handlers={404: missing, 405: missing})
        self.renew()

    def renew(self) -> None:
        """Open and close what the settings now open and close. A request that has found its way goes on."""
        every = [
            *hooks.routes(self._app), *opsgenie.routes(self._app), *status.routes(self._app), *self._lasting,
        ]  # fmt: skip
        self._short = tuple(each for each in every if isinstance(each, HookRoute | PingRoute))
        self.application.router.routes = every

    def taker(self, method: str, path: str) -> lane.Taker | None:
        """Who takes a request without ASGI: the routes of alerts and pings, in the order of all routes."""
        return next((taker for each in self._short if (taker := each.taker(method, path)) is not None), None)


def routes(app: App, live: Live | None = None) -> Starlette:
    """The application for one running tocsin. live: tells open pages what changes; whoever gives it closes it."""
    return Ways(app, live if live is not None else Live(app)).application


def _lasting(app: App, live: Live) -> list[BaseRoute]:
    """What every tocsin has."""

    async def healthz(request: Request) -> Response:
        ok, why = await run_in_threadpool(health, app, _ALIVE_WITHIN)
        return JSONResponse({"ok": ok, "why": why}, 200 if ok else 503)

    return [
        *pings.routes(app),
        Route("/healthz", healthz),
        *metrics.routes(app),
        *answer.routes(app),
        *stream.routes(app, live),
        *docs.routes(OPERATIONS),
        *api.routes(app, OPERATIONS),
        *pages.routes(app, live, PAGES),
    ]


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
