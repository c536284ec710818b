"""The HTTP door: alerts in, incidents out, and whether the engine really turns.

`POST /api/v1/alerts` answers only after the commit. Listens on loopback unless a token is set.
"""

import hmac
import ipaddress
import logging
import socket
import threading
from datetime import datetime, timedelta
from typing import Self

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.app.build import App
from tocsin.app.health import health
from tocsin.app.settings import Settings
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.errors import ConfigError, StoreError
from tocsin.kit.ids import sha256
from tocsin.kit.redact import Redactor
from tocsin.store import incidents

logger = logging.getLogger("tocsin.web")

_BODY_LIMIT_BYTES = 512 * 1024
_ALIVE_WITHIN = timedelta(seconds=5)
_LABELS_MAX = 64


class AlertBody(msgspec.Struct, forbid_unknown_fields=True):
    """What `POST /api/v1/alerts` takes; docs/reference/http.md."""

    title: str
    state: str = "firing"
    fingerprint: str | None = None
    labels: dict[str, str] = {}
    impact: str | None = None
    runbook_url: str | None = None
    drill: bool = False


class Door:
    """The HTTP server of one process. Binds first, opens when the engine runs."""

    def __init__(self, listener: socket.socket, settings: Settings) -> None:
        self._listener = listener
        self._settings = settings
        self._server: uvicorn.Server | None = None
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
        listener = socket.socket(family, socket.SOCK_STREAM)
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
        config = uvicorn.Config(
            routes(app), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=3
        )
        server = uvicorn.Server(config)
        self._server = server
        self._thread = threading.Thread(
            target=lambda: server.run(sockets=[self._listener]), name="tocsin-http", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Answer what is being asked, then stop."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(5)
        self._listener.close()


def routes(app: App) -> Starlette:
    """The application for one running tocsin."""
    token = app.settings.token

    def allowed(request: Request) -> bool:
        if token is None:
            return True
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())

    async def post_alert(request: Request) -> Response:
        if not allowed(request):
            return _problem(401, "A token is needed: Authorization: Bearer …")
        if not _is_json(request) or "origin" in request.headers:
            # A page in somebody's browser may post to loopback; it cannot do so as JSON without asking first.
            return _problem(415, "An alert is posted as application/json, and not by a browser page.")
        body = await _body(request)
        if body is None:
            return _problem(413, f"An alert has at most {_BODY_LIMIT_BYTES} bytes.")
        try:
            found = msgspec.json.decode(body, type=AlertBody)
        except (msgspec.DecodeError, UnicodeError) as problem:
            return _problem(400, f"This is not an alert: {problem}.")
        wrong = _wrong(found)
        if wrong is not None:
            return _problem(400, wrong)
        now = app.clock.now()
        alert = _alert(found, now, app.redactor)
        raw = app.redactor.redact(body.decode("utf-8", "replace"))
        try:
            signal = await run_in_threadpool(accept_alert, app.database, alert, raw, now)
        except StoreError as problem:
            logger.error("alert not stored: %s", problem)
            return _problem(503, "Not stored; send it again.", {"Retry-After": "5"})
        return JSONResponse({"accepted": True, "signal": signal, "fingerprint": alert.fingerprint}, 202)

    async def get_incidents(request: Request) -> Response:
        if not allowed(request):
            return _problem(401, "A token is needed: Authorization: Bearer …")
        rows = await run_in_threadpool(_listing, app)
        return JSONResponse({"schema": 1, "incidents": rows})

    async def healthz(request: Request) -> Response:
        ok, why = await run_in_threadpool(health, app, _ALIVE_WITHIN)
        return JSONResponse({"ok": ok, "why": why}, 200 if ok else 503)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/api/v1/alerts", post_alert, methods=["POST"]),
            Route("/api/v1/incidents", get_incidents),
        ]
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


async def _body(request: Request) -> bytes | None:
    """The body, or None if it is larger than an alert may be."""
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > _BODY_LIMIT_BYTES:
            return None
    return bytes(kept)


def _wrong(body: AlertBody) -> str | None:
    if not body.title.strip():
        return "title: an alert says what is wrong."
    if body.state not in {state.value for state in AlertState}:
        return f'state: "{body.state}" is neither "firing" nor "resolved".'
    if len(body.labels) > _LABELS_MAX:
        return f"labels: at most {_LABELS_MAX}."
    return None


def _alert(body: AlertBody, now: datetime, redactor: Redactor) -> Alert:
    """The claim, without the secrets it may hold."""
    hide = redactor.redact
    return Alert(
        fingerprint=body.fingerprint or f"api:{sha256(body.title)[:16]}",
        state=AlertState(body.state),
        title=hide(body.title.strip()),
        source="api",
        at=now,
        labels={name: hide(value) for name, value in body.labels.items()},
        impact=hide(body.impact) if body.impact else None,
        runbook_url=hide(body.runbook_url) if body.runbook_url else None,
        drill=body.drill,
    )


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": detail}, status, headers)


def _listing(app: App) -> list[dict[str, object]]:
    with app.database.read() as tx:
        return [
            {"id": row.id, "title": row.title, "severity": row.severity, "stage": row.stage, "section": row.section,
             "opened_at": row.opened_at.isoformat()}
            for row in incidents.listing(tx, open_only=True)
        ]  # fmt: skip
