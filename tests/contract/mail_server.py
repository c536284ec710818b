"""A real SMTP server on a port that is its own from the first moment on."""

import asyncio
import socket
from collections.abc import Coroutine

from aiosmtpd.controller import Controller

_READY_SECONDS = 120.0


class MailServer(Controller):
    """Takes mail for a handler on a free port.

    A port that is looked for, let go and bound again may be somebody else's by then, so the socket is handed over.
    """

    def __init__(self, handler: object, **more: object) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        super().__init__(handler, "127.0.0.1", port, ready_timeout=_READY_SECONDS, **more)

    def _create_server(self) -> Coroutine[None, None, asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)
