"""One context and no other: a real kubectl, asking an API server that answers what it is asked here."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tocsin.connectors.api import RunRequest
from tocsin.connectors.kubernetes import KubernetesRunner
from tocsin.errors import Temporary
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor
from tocsin.sandbox.tools import SYSTEM_PATH

ROOT = Path(__file__).parents[2]
PATH = f"{SYSTEM_PATH}:{ROOT / '.tools/bin'}"
TOKEN = "a-token-nobody-may-see"


@dataclass
class Cluster:
    """What an API server says of itself, and what it was asked."""

    uid: str
    server: ThreadingHTTPServer
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


def cluster(uid: str) -> Cluster:
    made: list[Cluster] = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            made[0].asked.append(path)
            body: dict[str, object]
            match path:
                case "/api":
                    body = {"kind": "APIVersions", "versions": ["v1"]}
                case "/apis":
                    body = {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
                case "/api/v1":
                    resource = {"name": "namespaces", "singularName": "namespace", "namespaced": False,
                                "kind": "Namespace", "verbs": ["get", "list"], "shortNames": ["ns"]}  # fmt: skip
                    pods = {
                        "name": "pods",
                        "singularName": "pod",
                        "namespaced": True,
                        "kind": "Pod",
                        "verbs": ["get"],
                    }
                    body = {"kind": "APIResourceList", "groupVersion": "v1", "resources": [resource, pods]}
                case "/api/v1/namespaces/kube-system":
                    body = {
                        "kind": "Namespace",
                        "apiVersion": "v1",
                        "metadata": {"name": "kube-system", "uid": uid},
                    }
                case _:
                    body = {
                        "kind": "Status",
                        "apiVersion": "v1",
                        "status": "Failure",
                        "reason": "NotFound",
                        "code": 404,
                    }
            data = json.dumps(body).encode()
            self.send_response(404 if body.get("kind") == "Status" else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    made.append(Cluster(uid, ThreadingHTTPServer(("127.0.0.1", 0), Api)))
    threading.Thread(target=made[0].server.serve_forever, daemon=True).start()
    return made[0]


@pytest.fixture
def clusters() -> Iterator[tuple[Cluster, Cluster]]:
    both = (cluster("uid-of-prod"), cluster("uid-of-staging"))
    yield both
    for each in both:
        each.server.shutdown()
        each.server.server_close()


@pytest.fixture
def config(tmp_path: Path, clusters: tuple[Cluster, Cluster]) -> Path:
    """A kubeconfig as people have it: two clusters, and the other one is current."""
    assert shutil.which("kubectl", path=PATH), "kubectl is missing: run scripts/setup"
    prod, staging = clusters
    text = {
        "apiVersion": "v1", "kind": "Config", "current-context": "staging",
        "clusters": [{"name": n, "cluster": {"server": c.url}} for n, c in (("prod", prod), ("staging", staging))],
        "users": [{"name": "me", "user": {"token": TOKEN}}],
        "contexts": [{"name": n, "context": {"cluster": n, "user": "me"}} for n in ("prod", "staging")],
    }  # fmt: skip
    file = tmp_path / "config"
    file.write_text(json.dumps(text))
    return file


def runner(config: Path, context: str = "prod", pod: str | None = None) -> KubernetesRunner:
    environment = {"PATH": PATH, "HOME": str(config.parent), "KUBECONFIG": str(config)}
    return KubernetesRunner(
        f"kubernetes:{context}",
        context,
        environment,
        config.parent / "run",
        Redactor([TOKEN]),
        SystemClock(),
        pod,
    )


def ask(at: KubernetesRunner, text: str) -> tuple[int | None, str, str]:
    result = at.run(RunRequest(text, timeout=timedelta(seconds=60)))
    return result.exit_status, result.stdout, result.stderr + (result.error or "")


_NAMESPACE = "kubectl get namespace kube-system -o jsonpath='{.metadata.uid}'"


def test_it_speaks_to_the_bound_context_whatever_is_current(
    config: Path, clusters: tuple[Cluster, Cluster]
) -> None:
    status, stdout, stderr = ask(runner(config), _NAMESPACE)
    assert (status, stdout) == (0, "uid-of-prod"), stderr
    assert clusters[1].asked == []


def test_no_text_reaches_another_context(config: Path, clusters: tuple[Cluster, Cluster]) -> None:
    for text in (
        f"{_NAMESPACE} --context=staging",
        f"kubectl config use-context staging && {_NAMESPACE}",
        f'sh -c "{_NAMESPACE.replace(chr(39), "")} --context staging"',
    ):
        status, _, _ = ask(runner(config), text)
        assert status != 0, text
    assert clusters[1].asked == []
    assert json.loads(config.read_text())["current-context"] == "staging", "people's own file is as it was"


def test_a_cluster_says_who_it_is(config: Path, clusters: tuple[Cluster, Cluster]) -> None:
    assert runner(config).identity() == f"cluster uid-of-prod at {clusters[0].url}"
    assert runner(config, "staging").identity() != runner(config).identity()


def test_a_cluster_that_does_not_answer_has_no_identity(config: Path) -> None:
    text = json.loads(config.read_text())
    text["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:1"
    config.write_text(json.dumps(text))
    with pytest.raises(Temporary):
        runner(config).identity()


def test_a_context_that_is_not_there_runs_nothing(config: Path, tmp_path: Path) -> None:
    status, _, told = ask(runner(config, "nowhere"), f"touch {tmp_path / 'ran'}")
    assert status is None
    assert "nowhere" in told
    assert not (tmp_path / "ran").exists()


def test_the_file_with_the_token_is_ours_alone_and_gone_afterwards(config: Path) -> None:
    _, stdout, _ = ask(runner(config), 'stat -c %a "$KUBECONFIG"; cat "$KUBECONFIG"')
    assert stdout.startswith("600\n")
    assert TOKEN not in stdout
    assert os.listdir(config.parent / "run") == []


def test_lines_inside_a_pod_go_through_exec(config: Path, clusters: tuple[Cluster, Cluster]) -> None:
    status, _, told = ask(runner(config, pod="shop/api-0"), "df -h")
    assert status == 1
    assert "pods" in told or "NotFound" in told or "not found" in told, told
    assert any("/namespaces/shop/pods/api-0" in path for path in clusters[0].asked)


def test_directory_variables_and_quotes_arrive_inside_the_pod_as_they_were(
    config: Path, tmp_path: Path
) -> None:
    """The pod is this machine: `kubectl exec` hands what stands behind `--` over, everything else is the real kubectl."""
    really = shutil.which("kubectl", path=PATH)
    bin_, inside = tmp_path / "bin", tmp_path / "in side"
    bin_.mkdir()
    inside.mkdir()
    exec_ = bin_ / "kubectl"
    exec_.write_text(
        f'#!/bin/sh\n[ "$1" = exec ] || exec {really} "$@"\n'
        f'echo "$1 $2 $3 $4" >> {tmp_path}/asked\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n'
    )
    exec_.chmod(0o755)
    environment = {"PATH": f"{bin_}:{PATH}", "HOME": str(tmp_path), "KUBECONFIG": str(config)}
    at = KubernetesRunner(
        "kubernetes:prod",
        "prod",
        environment,
        tmp_path / "run",
        Redactor([TOKEN]),
        SystemClock(),
        "shop/api-0",
    )
    request = RunRequest(
        "pwd; echo \"$WORD\" | tr a-z A-Z; echo \"it's\"; exit 3",
        cwd=str(inside), environment=(("WORD", "a 'b' $c"),), timeout=timedelta(seconds=60),
    )  # fmt: skip
    result = at.run(request)
    assert result.stdout.splitlines() == [str(inside), "A 'B' $C", "it's"], result
    assert result.exit_status == 3
    assert (tmp_path / "asked").read_text() == "exec -n shop api-0\n"
