"""PrepChef, "6. SSL Certificate Expiration": nginx serves a certificate that ended three hours ago."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.kit.clock import SystemClock
from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.oracles import nginx, tls
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.prepchef_front import SITE
from tocsin.sandbox.service import run_once, wait_until

HEADING = "SSL Certificate Expiration"
_ENDED = timedelta(hours=3)
_LASTED = timedelta(days=90)
_WITHIN = timedelta(seconds=180)


@dataclass(frozen=True, slots=True)
class Before:
    """Where the folder that stands for /etc/letsencrypt was put aside."""

    aside: Path


def inject(room: PrepChefRoom) -> Before:
    """Let certbot obtain a certificate from the room's authority, then put one of the same key in its place that
    is over, and reload nginx. Raises TocsinError.
    """
    before = Before(room.letsencrypt.with_name("letsencrypt.before"))
    room.letsencrypt.rename(before.aside)
    room.acme.begin()
    room.acme.obtain(*room.nginx.front.names)
    ends = SystemClock().now() - _ENDED
    over = room.room.authority.sign(
        room.live / "privkey.pem", *room.nginx.front.names, begins=ends - _LASTED, ends=ends
    )
    for name in ("cert.pem", "fullchain.pem"):
        # A new file: nginx takes one that was overwritten within the same second for the old one.
        path = (room.live / name).resolve()
        new = path.with_suffix(".new")
        new.write_bytes(over)
        new.replace(path)
    reload(room)
    wait_until(lambda: confirm(room), "nginx serves the certificate that is over", _WITHIN)
    return before


def confirm(room: PrepChefRoom) -> bool:
    """Whether a client is shown a certificate that is over, or none."""
    shown = tls.served(SITE, port=room.nginx.front.port)
    return shown is None or shown.ends < SystemClock().now()


def restore(room: PrepChefRoom, before: Before) -> None:
    """The certificate of a normal day, served; the authority is ended. Raises TocsinError."""
    room.acme.stop()
    if before.aside.exists():
        shutil.rmtree(room.letsencrypt, ignore_errors=True)
        before.aside.rename(room.letsencrypt)
    kept = tls.written(room.live / "fullchain.pem")
    if room.nginx.pid is None:
        room.nginx.start()
    else:
        reload(room)
    wait_until(
        lambda: kept is not None and tls.served(SITE, port=room.nginx.front.port) == kept,
        "nginx serves the certificate of a normal day",
        _WITHIN,
    )


def oracles(room: PrepChefRoom) -> Oracles:
    """What is served against what lies on disk, who may read the key, and the configuration of nginx."""
    return {
        **tls.oracles(
            SITE,
            port=room.nginx.front.port,
            certificate=room.live / "fullchain.pem",
            key=room.live / "privkey.pem",
        ),
        **nginx.configuration(room.nginx),
    }


def reload(room: PrepChefRoom) -> None:
    """Have nginx read its files again; returns when nobody serves by the old ones. Raises TocsinError."""
    before = nginx.workers(room.nginx)
    argv = (*room.nginx.command(), "-s", "reload")
    run_once(argv, room.nginx.home, room.room.scratch.base_environment(), _WITHIN)
    # The old workers take connections until the new ones are there.
    wait_until(lambda: not before & nginx.workers(room.nginx), "the workers of nginx are new ones", _WITHIN)


EXPIRED = Fault(
    "ssl_certificate_expiration",
    HEADING,
    inject,
    confirm,
    restore,
    oracles,
    rooms=("prepchef", "prepchef-cluster"),
    stand_ins=("Let's Encrypt is pebble", "cert-manager is not there"),
)
