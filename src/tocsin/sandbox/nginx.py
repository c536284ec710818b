"""A real nginx: TLS in front of one application, with a certificate that only the room trusts."""

import os
from dataclasses import dataclass
from pathlib import Path

from tocsin.sandbox.authority import Authority
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Daemon, Launch

_CONFIG = """\
{user}daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log {home}/access.log;
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
  uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
  server_tokens off;
  geo $blocked {{ default 0; include {home}/blocked.conf; }}
{zone}  upstream api {{ server 127.0.0.1:{upstream}; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {names};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    if ($blocked) {{ return 403; }}
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-Proto https;
    proxy_connect_timeout 1s;
    proxy_read_timeout 5s;
{limited}    location / {{ proxy_pass http://api; }}
  }}
}}
"""
# As the runbooks have it: one zone for the API, rejections with nginx's own 503.
_ZONE = "  limit_req_zone $binary_remote_addr zone={zone}:10m rate={rate};\n"
_LIMITED = """\
    location {prefix} {{
      limit_req zone={zone} burst={burst} nodelay;
      proxy_pass http://api;
    }}
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit by client address, below one prefix.

    Attributes:
        zone: its name in the configuration.
        rate: as nginx writes it: "10r/s".
        burst: requests above the rate that are let through at once.
    """

    prefix: str
    zone: str
    rate: str
    burst: int


@dataclass(frozen=True, slots=True)
class Front:
    """What nginx stands in front of.

    Attributes:
        names: host names of the certificate and the server; the first one is its title.
        port: to listen on, with TLS, on 127.0.0.1.
        upstream: port of the application on 127.0.0.1.
        limit: the rate limit, if there is one.
    """

    names: tuple[str, ...]
    port: int
    upstream: int
    limit: Limit | None = None


class Nginx(Daemon):
    """One nginx with its own configuration, logs and temporary directories.

    Attributes:
        config, error_log: files in `home`, which stands for /etc/nginx and /var/log/nginx.
        blocked: a file of `ADDRESS 1;` lines; who stands in it gets 403, before any limit is looked at.
    """

    def __init__(self, scratch: Scratch, program: Path, front: Front, authority: Authority) -> None:
        super().__init__(scratch, "nginx")
        self.front = front
        self.program = program
        self.home = scratch.path / "nginx"
        self.config = self.home / "nginx.conf"
        self.error_log = self.home / "error.log"
        self.blocked = self.home / "blocked.conf"
        self._authority = authority

    def command(self) -> tuple[str, ...]:
        """How the program is called for this configuration; options such as `-t` or `-s reload` follow."""
        return (
            str(self.program), "-p", str(self.home), "-c", str(self.config), "-e", str(self.error_log),
        )  # fmt: skip

    def launch(self) -> Launch:
        """Write the configuration and have the certificate signed, the first time."""
        if not self.config.exists():
            self.home.mkdir(exist_ok=True)
            certificate, key = self._authority.issue(*self.front.names)
            limit = self.front.limit
            self.blocked.touch()
            self.config.write_text(
                _CONFIG.format(
                    # nginx started as root would change to an account that this machine may not have.
                    user="user root root;\n" if os.geteuid() == 0 else "",
                    home=self.home,
                    upstream=self.front.upstream,
                    port=self.front.port,
                    names=" ".join(self.front.names),
                    certificate=certificate,
                    key=key,
                    zone=_ZONE.format(zone=limit.zone, rate=limit.rate) if limit else "",
                    limited=_LIMITED.format(prefix=limit.prefix, zone=limit.zone, burst=limit.burst)
                    if limit
                    else "",
                ),
                encoding="ascii",
            )
        return Launch(
            argv=self.command(),
            directory=self.home,
            environment=self.scratch.base_environment(),
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether it takes connections."""
        return answers_tcp(self.front.port)
