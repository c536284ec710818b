"""Ingresses: a real nginx whose configuration is made from them, as ingress-nginx makes its own.

A configuration that nginx refuses is not taken: the last good one goes on, and an Event says why.
"""

import base64
import binascii
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tocsin.sandbox import processes
from tocsin.sandbox.kubernetes import events
from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.endpoints import behind
from tocsin.sandbox.kubernetes.kinds import INGRESSES, SECRETS
from tocsin.sandbox.kubernetes.objects import (
    Object,
    copy,
    digest,
    listed,
    mapping,
    name_of,
    namespace_of,
    pairs,
    text,
    texts,
)
from tocsin.sandbox.kubernetes.settings import IngressSettings
from tocsin.sandbox.kubernetes.turns import Turns

_POLL_SECONDS = 0.005
_SNIPPETS = {
    "server": "nginx.ingress.kubernetes.io/server-snippet",
    "location": "nginx.ingress.kubernetes.io/configuration-snippet",
}
_HEAD = """\
{user}daemon off;
worker_processes 1;
worker_shutdown_timeout 2s;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log {home}/access.log;
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
  uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
  server_tokens off;
  proxy_http_version 1.1;
  proxy_set_header Host $host;
  proxy_set_header Connection "";
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_connect_timeout 1s;
  proxy_read_timeout 10s;
"""
_ORDER = {"Exact": 0, "Prefix": 1, "ImplementationSpecific": 1}


class Ingresses:
    """nginx, and the thread that keeps its configuration true.

    Args:
        home: a directory; nginx gets one of its own below it.
    """

    def __init__(
        self,
        cluster: Cluster,
        settings: IngressSettings,
        home: Path,
        variables: dict[str, str],
        told: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._settings = settings
        self._variables = variables
        self._told = told
        self._home = home / "ingress"
        self._config = self._home / "nginx.conf"
        self._written = ""
        self._served = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._turns = Turns("ingress", self._arrange)
        cluster.storage.tell(self._turns.tell)

    @property
    def served(self) -> int:
        """Up to which revision of the cluster clients are served by what it says; every worker of before is gone."""
        return self._served

    def start(self) -> None:
        """Begin; nginx answers 404 until there is an Ingress."""
        self._home.mkdir(parents=True, exist_ok=True)
        self._turns.tell()
        self._turns.start()

    def stop(self) -> None:
        """End nginx."""
        self._turns.stop()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()

    def _arrange(self) -> None:
        with self._cluster.lock:
            revision = self._cluster.storage.revision
            ingresses = self._cluster.storage.all(INGRESSES)
            wanted = self._configuration(ingresses)
        if self._process is not None and self._process.poll() is not None:
            self._told(f"nginx ended with status {self._process.returncode}; it is started again")
            self._process, self._written = None, ""
        if wanted != self._written:
            self._written = wanted
            self._adopt(wanted, ingresses)
        self._served = revision

    def _adopt(self, wanted: str, ingresses: list[Object]) -> None:
        """Have nginx serve a configuration, and nothing but that once this returns."""
        trial = self._home / "trial.conf"
        trial.write_text(wanted, encoding="utf-8")
        said = self._refused(trial)
        if said:
            said = f"nginx refuses the configuration: {said}"
            self._told(said)
            for one in ingresses:
                events.note(self._cluster, one, "Warning", "Rejected", said, "ingress")
            return
        trial.replace(self._config)
        if self._process is None:
            self._process = self._started()
            # A signal that came before the first worker runs would end nginx instead of reaching it.
            self._wait(lambda: bool(self._workers()))
        else:
            before = self._workers()
            self._process.send_signal(signal.SIGHUP)
            # For a moment old and new workers take connections side by side.
            self._wait(lambda: not self._workers() & before and bool(self._workers()))
        for one in ingresses:
            self._say_address(one)

    def _started(self) -> subprocess.Popen[bytes]:
        log = os.open(self._home / "nginx.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            return subprocess.Popen(
                self._command(self._config), cwd=self._home, env=self._variables, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, process_group=0,
            )  # fmt: skip
        finally:
            os.close(log)

    def _workers(self) -> frozenset[processes.Identity]:
        """The processes of nginx that take connections."""
        master = self._process.pid if self._process is not None else -1
        return frozenset(
            seen.identity for seen in processes.everything() if seen.parent == master and not seen.zombie
        )

    def _wait(self, holds: Callable[[], bool]) -> None:
        """Wait for nginx, unless it has ended or everything is being ended."""
        while (
            not self._turns.over
            and self._process is not None
            and self._process.poll() is None
            and not holds()
        ):
            time.sleep(_POLL_SECONDS)

    def _refused(self, config: Path) -> str:
        """What nginx has against a configuration; "" if nothing."""
        ran = subprocess.run(
            (*self._command(config), "-t"), cwd=self._home, env=self._variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        lines = [line.partition("] ")[2] or line for line in ran.stderr.strip().splitlines()]
        return "" if ran.returncode == 0 else (lines[0] if lines else f"status {ran.returncode}")

    def _command(self, config: Path) -> tuple[str, ...]:
        return (
            str(self._settings.program),
            "-p",
            str(self._home),
            "-c",
            str(config),
            "-e",
            str(self._home / "error.log"),
        )

    def _say_address(self, one: Object) -> None:
        """The controller writes into an Ingress where it is served."""
        with suppress(ApiError):
            changed = copy(one)
            changed["status"] = {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}}
            self._cluster.update(INGRESSES, changed, part="status")

    def _configuration(self, ingresses: list[Object]) -> str:
        hosts: dict[str, list[Object]] = {}
        for one in ingresses:
            for rule in listed(one, "spec", "rules"):
                hosts.setdefault(text(rule, "host"), []).append(one)
            if mapping(one, "spec", "defaultBackend"):
                hosts.setdefault("", []).append(one)
        user = "user root root;\n" if os.geteuid() == 0 else ""
        upstreams: dict[str, str] = {}
        servers = [self._server(host, hosts[host], upstreams) for host in sorted(hosts)]
        if "" not in hosts:
            servers.insert(0, self._nobody())
        return _HEAD.format(user=user, home=self._home) + "".join([*upstreams.values(), *servers]) + "}\n"

    def _nobody(self) -> str:
        return f"  server {{\n{self._listen('', [], default=True)}    return 404;\n  }}\n"

    def _server(self, host: str, ingresses: list[Object], upstreams: dict[str, str]) -> str:
        unique = list({(namespace_of(one), name_of(one)): one for one in ingresses}.values())
        lines = [self._listen(host, unique, default=not host)]
        if host:
            lines.append(f"    server_name {host};\n")
        for one in unique:
            lines.append(_snippet(one, "server", "    "))
        seen: set[str] = set()
        for one in unique:
            for match, backend in _paths(one, host):
                if match not in seen:
                    seen.add(match)
                    snippet = _snippet(one, "location", "      ")
                    lines.append(
                        f"    location {match} {{\n{snippet}      {self._to(one, backend, upstreams)}\n    }}\n"
                    )
        if "/" not in seen:
            lines.append("    location / { return 404; }\n")
        return "  server {\n" + "".join(lines) + "  }\n"

    def _to(self, one: Object, backend: Object, upstreams: dict[str, str]) -> str:
        """Where a backend leads: to its ready pods, as ingress-nginx does, or to a 503."""
        service = mapping(backend, "service")
        name, port = text(service, "name"), mapping(service, "port")
        targets = behind(self._cluster, namespace_of(one), name, port.get("number") or port.get("name"))
        if not targets:
            return "return 503;"
        upstream = "u" + digest([namespace_of(one), name, port], 12)
        servers = "".join(f"    server {ip}:{number} max_fails=0;\n" for ip, number in targets)
        upstreams[upstream] = f"  upstream {upstream} {{\n{servers}  }}\n"
        return f"proxy_pass http://{upstream};"

    def _listen(self, host: str, ingresses: list[Object], *, default: bool) -> str:
        word = " default_server" if default else ""
        lines = []
        if self._settings.port:
            lines.append(f"    listen 127.0.0.1:{self._settings.port}{word};\n")
        pair = self._certificate(host, ingresses)
        if self._settings.tls_port and pair is not None:
            lines.append(f"    listen 127.0.0.1:{self._settings.tls_port} ssl{word};\n")
            lines.append(f"    ssl_certificate {pair[0]};\n    ssl_certificate_key {pair[1]};\n")
        return "".join(lines)

    def _certificate(self, host: str, ingresses: list[Object]) -> tuple[Path, Path] | None:
        """The certificate from the secret that an Ingress names for a host, else the one given."""
        for one in ingresses:
            for tls in listed(one, "spec", "tls"):
                if host in texts(tls, "hosts"):
                    secret = self._cluster.storage.get(SECRETS, namespace_of(one), text(tls, "secretName"))
                    pair = self._from_secret(secret) if secret is not None else None
                    if pair is not None:
                        return pair
        if self._settings.certificate is None or self._settings.key is None:
            return None
        return self._settings.certificate, self._settings.key

    def _from_secret(self, secret: Object) -> tuple[Path, Path] | None:
        """The two files of a TLS secret; named by their content, so that nginx cannot miss a change."""
        data = pairs(secret, "data")
        try:
            certificate, key = (base64.b64decode(data[name]) for name in ("tls.crt", "tls.key"))
        except (KeyError, binascii.Error):
            return None
        stem = digest([data["tls.crt"], data["tls.key"]], 16)
        found = (self._home / f"{stem}.pem", self._home / f"{stem}.key")
        for path, content in zip(found, (certificate, key), strict=True):
            if not path.exists():
                path.touch(mode=0o600)
                path.write_bytes(content)
        return found


def _snippet(one: Object, place: str, indent: str) -> str:
    said = text(one, "metadata", "annotations", _SNIPPETS[place])
    return "".join(f"{indent}{line}\n" for line in said.splitlines())


def _paths(one: Object, host: str) -> list[tuple[str, Object]]:
    """How nginx matches each path of an Ingress for a host, and the backend behind it."""
    found: list[tuple[int, str, Object]] = []
    for rule in listed(one, "spec", "rules"):
        if text(rule, "host") == host:
            for path in listed(rule, "http", "paths"):
                kind = text(path, "pathType")
                where = text(path, "path") or "/"
                # Kubernetes matches prefixes by whole steps of the path: /api is not a prefix of /apis.
                if kind == "Exact":
                    matches = [f"= {where}"]
                elif where == "/":
                    matches = ["/"]
                else:
                    bare = where.rstrip("/")
                    matches = [f"= {bare}", f"{bare}/"]
                found += [(_ORDER.get(kind, 1), match, mapping(path, "backend")) for match in matches]
    default = mapping(one, "spec", "defaultBackend")
    if default and not host:
        found.append((2, "/", default))
    return [(match, backend) for _, match, backend in sorted(found, key=lambda each: each[0])]
