"""How PrepChef's nginx is configured: two hosts with one certificate, which stands where certbot keeps it."""

import os
from pathlib import Path

from tocsin.sandbox.nginx import Nginx

SITE = "prepchef.com"
API = "api.prepchef.com"
STATUS = "status.prepchef.com"
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
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-Proto https;
  proxy_connect_timeout 1s;
  proxy_read_timeout 10s;
  upstream api {{ server 127.0.0.1:{upstream}; }}
  include {home}/city.conf;
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {names};
    ssl_certificate {live}/fullchain.pem;
    ssl_certificate_key {live}/privkey.pem;
    location /city/ {{ proxy_pass http://city; }}
    location / {{ proxy_pass http://api; }}
  }}
}}
"""
_CITY = "upstream city {{ server 127.0.0.1:{port}; }}\n"


def write(nginx: Nginx, live: Path) -> None:
    """Write its configuration, before its first start.

    Args:
        live: the folder with fullchain.pem and privkey.pem.
    """
    nginx.home.mkdir(exist_ok=True)
    lead_cities(nginx, nginx.front.upstream)
    # What a person puts in place to go around the line to the cities.
    (nginx.home / "city.direct.conf").write_text(_CITY.format(port=nginx.front.upstream), encoding="ascii")
    nginx.config.write_text(
        _CONFIG.format(
            # nginx started as root would change to an account that this machine may not have.
            user="user root root;\n" if os.geteuid() == 0 else "",
            home=nginx.home,
            upstream=nginx.front.upstream,
            port=nginx.front.port,
            names=" ".join(nginx.front.names),
            live=live,
        ),
        encoding="ascii",
    )


def lead_cities(nginx: Nginx, port: int) -> None:
    """Where requests below /city/ go; a running nginx has to reload."""
    (nginx.home / "city.conf").write_text(_CITY.format(port=port), encoding="ascii")
