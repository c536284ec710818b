"""An ACME authority like Let's Encrypt's: pebble, with a name server that knows every host as this machine, and certbot."""

import http.client
import json
import ssl
from datetime import timedelta
from pathlib import Path

from tocsin.errors import TocsinError
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import Daemon, Launch, run_once, wait_until_ready

_SECONDS = 30.0
_ISSUED_WITHIN = timedelta(seconds=120)
# certbot's own configuration file: its commands stay as they are written in the runbook.
_CERTBOT = """\
config-dir = {folder}
work-dir = {home}/work
logs-dir = {home}/logs
server = https://localhost:{port}/dir
http-01-port = {challenge}
http-01-address = 127.0.0.1
"""


class _Names(Daemon):
    """Answers every question about a host with 127.0.0.1."""

    def __init__(self, room: OpenRoom) -> None:
        super().__init__(room.scratch, "acme-names")
        self._room = room
        self.dns = room.scratch.free_port()
        self.management = room.scratch.free_port()

    def launch(self) -> Launch:
        """No challenge is answered here; certbot does that itself."""
        return Launch(
            argv=(
                str(self._room.tools.program("pebble-challtestsrv")),
                *("-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""),
                *("-http01", "", "-https01", "", "-tlsalpn01", ""),
                *("-dns01", f"127.0.0.1:{self.dns}", "-management", f"127.0.0.1:{self.management}"),
            ),
            directory=self.scratch.path,
            environment=self.scratch.base_environment(),
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether it takes connections: it opens the name server first."""
        return answers_tcp(self.management)


class _Pebble(Daemon):
    """The authority itself."""

    def __init__(self, room: OpenRoom, names: _Names) -> None:
        super().__init__(room.scratch, "acme")
        self._room = room
        self._names = names
        self.home = room.scratch.path / "acme"
        self.port = room.scratch.free_port()
        self.management = room.scratch.free_port()
        self.challenge = room.scratch.free_port()
        self._other = room.scratch.free_port()

    def launch(self) -> Launch:
        """Its own https is signed by the room's authority."""
        certificate, key = self._room.authority.issue("localhost")
        config = self.home / "pebble.json"
        settings: dict[str, str | int | bool] = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(certificate),
            "privateKey": str(key),
            "httpPort": self.challenge,
            "tlsPort": self._other,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
            "certificateValidityPeriod": int(timedelta(days=90).total_seconds()),
        }
        config.write_text(json.dumps({"pebble": settings}), encoding="ascii")
        return Launch(
            argv=(
                str(self._room.tools.program("pebble")),
                *("-config", str(config), "-dnsserver", f"127.0.0.1:{self._names.dns}"),
            ),
            directory=self.home,
            # It would wait some seconds before it looks at a challenge, and refuse a few good requests, to teach clients.
            environment={
                **self.scratch.base_environment(),
                "PEBBLE_VA_NOSLEEP": "1",
                "PEBBLE_WFE_NONCEREJECT": "0",
            },
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether both doors are open."""
        return answers_tcp(self.port) and answers_tcp(self.management)


class Acme:
    """The authority of one room; laid out with the room, started only when it is needed.

    Args:
        room: the walls. folder: what stands for /etc/letsencrypt.
    """

    def __init__(self, room: OpenRoom, folder: Path) -> None:
        self.folder = folder
        self._room = room
        self._names = _Names(room)
        self._pebble = _Pebble(room, self._names)
        self._trusted: bytes | None = None
        home = self._pebble.home
        home.mkdir()
        config = room.scratch.path / "home/.config/letsencrypt/cli.ini"
        config.parent.mkdir(parents=True)
        config.write_text(
            _CERTBOT.format(
                folder=folder, home=home, port=self._pebble.port, challenge=self._pebble.challenge
            ),
            encoding="utf-8",
        )
        room.shims.link("certbot", room.tools.program("certbot"))
        room.set(REQUESTS_CA_BUNDLE=str(room.authority.certificate))

    def begin(self) -> None:
        """Start it; what it signs is trusted in this room from now on. Raises TocsinError, also without pebble."""
        self._names.start()
        self._pebble.start()
        wait_until_ready(self._names)
        wait_until_ready(self._pebble)
        trusted = self._room.authority.certificate
        if self._trusted is None:
            self._trusted = trusted.read_bytes()
        trusted.write_bytes(self._trusted + self._root())

    def obtain(self, *names: str) -> None:
        """A first certificate for these names, by certbot; the first one names it. Raises TocsinError."""
        domains = tuple(part for name in names for part in ("-d", name))
        argv = (
            *(str(self._room.tools.program("certbot")), "certonly", "--standalone", "--cert-name", names[0]),
            *("--non-interactive", "--agree-tos", "-m", "ops@prepchef.com", *domains),
        )
        run_once(argv, self._room.scratch.path, self._room.environment, _ISSUED_WITHIN)

    def stop(self) -> None:
        """End it; what it signed is trusted no more. Safe to call twice. Raises TocsinError."""
        self._pebble.stop()
        self._names.stop()
        if self._trusted is not None:
            self._room.authority.certificate.write_bytes(self._trusted)
            self._trusted = None

    def _root(self) -> bytes:
        """Its root certificate, which it makes anew at every start."""
        trust = ssl.create_default_context(cafile=str(self._room.authority.certificate))
        connection = http.client.HTTPSConnection(
            "localhost", self._pebble.management, timeout=_SECONDS, context=trust
        )
        try:
            connection.request("GET", "/roots/0")
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as wrong:
            raise TocsinError(f"pebble at port {self._pebble.management}: {wrong}.") from wrong
        finally:
            connection.close()
        if answer.status != 200:
            raise TocsinError(f"pebble has no root certificate: it answered {answer.status}.")
        return body
