"""A simulated cluster in a process of its own, another one in this process, and kubectl."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.kit.clock import SystemClock
from tocsin.sandbox.authority import Authority
from tocsin.sandbox.kubernetes.answers import Answer, cannot
from tocsin.sandbox.kubernetes.api import Api
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.control import Control
from tocsin.sandbox.kubernetes.daemon import SERVER_NAME, ClusterPlan, KubernetesSimulator
from tocsin.sandbox.kubernetes.images import Image, ImageTable
from tocsin.sandbox.kubernetes.kinds import NAMESPACES, NODES, PODS
from tocsin.sandbox.kubernetes.objects import Json, Object, copy, ending, mapping, text
from tocsin.sandbox.kubernetes.plane.programs import Ports
from tocsin.sandbox.kubernetes.requests import Request
from tocsin.sandbox.kubernetes.settings import PlaneSettings
from tocsin.sandbox.kubernetes.users import Users
from tocsin.sandbox.kubernetes.wire import Takeover
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.tools import Tools

UP_WITHIN = timedelta(seconds=180)
DATA = Path(__file__).parents[2] / "data/kubernetes"
SERVICE = Path(__file__).parents[3] / "src/tocsin/sandbox/apps/shop/service.py"
# A hundred lines, four of them errors: what every pod of the transcripts prints.
_HUNDRED = (
    "n=1; while [ $n -le 100 ]; do case $n in 25|50|75|100) echo \"line $n ERROR payment declined\";; "
    "*) echo \"line $n INFO ok\";; esac; n=$((n+1)); done; exec sleep 100000"
)  # fmt: skip


def image(pattern: str, script: str) -> Image:
    """A shell script as an image."""
    return Image(pattern, ("/bin/sh", "-c", script))


IMAGES = (
    image("test/crashes:*", "echo dying; exit 3"),
    image("test/done:*", "echo finished"),
    image("test/stubborn:*", "trap '' TERM; echo deaf; while :; do sleep 100000; done"),
    image("test/env:*", "env; exec sleep 100000"),
    image("test/family:*", "(trap '' TERM; exec sleep 100001) & echo child $!; exec sleep 100000"),
    Image("test/shop:*-BAD", (sys.executable, "-I", "-S", str(SERVICE)), port=8080, environment={"HEALTHY": "false"}),
    Image("test/shop:*", (sys.executable, "-I", "-S", str(SERVICE)), port=8080),
    Image("test/inside:*", ("/bin/sh", "-c", "exec sleep 100000"), environment={"ROLE": "inside"}, exec=("*",)),
    Image("test/some:*", ("/bin/sh", "-c", "exec sleep 100000"), exec=("ec*",)),
    image("registry.local/*", _HUNDRED),
)  # fmt: skip


@dataclass(frozen=True)
class Running:
    """A simulator that runs, and how commands reach it."""

    simulator: KubernetesSimulator
    scratch: Scratch
    kubectl_program: Path

    @property
    def environment(self) -> dict[str, str]:
        path = os.environ.get("PATH", "")
        return {
            "PATH": f"{self.kubectl_program.parent}:{path}",
            "HOME": str(self.scratch.path / "home"),
            "KUBECONFIG": str(self.simulator.kubeconfig),
            "LC_ALL": "C",
        }

    def kubectl(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One call of kubectl."""
        return subprocess.run(
            (self.kubectl_program, *words),
            env=self.environment, input=stdin, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    def pods(self, label: str, namespace: str = "default") -> list[Object]:
        """The pods with this label now."""
        where = f"/api/v1/namespaces/{namespace}/pods?labelSelector={label}"
        return self.simulator.client.items(where)


def start(scratch: Scratch, tools: Tools) -> Running:
    """A cluster in a scratch directory, simulated unless the tools name a control plane; ready when this returns."""
    (scratch.path / "home").mkdir()
    authority = Authority(scratch, tools.openssl)
    certificate, key = authority.issue(SERVER_NAME)
    plan = ClusterPlan(
        name="drill",
        port=scratch.free_port(),
        certificate=certificate,
        key=key,
        authority=authority.certificate,
        images=ImageTable(IMAGES),
        back_off=(0.2, 1.0),
    )
    if tools.control_plane is not None:
        ports = Ports(plan.port, *(scratch.free_port() for _ in range(4)))
        plan = replace(plan, plane=PlaneSettings(tools.control_plane, ports, plan.authority))
    simulator = KubernetesSimulator(scratch, plan)
    simulator.start()
    wait_until_ready(simulator, UP_WITHIN)
    return Running(simulator, scratch, tools.program("kubectl"))


@pytest.fixture
def starting(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Running]]:
    """Starts simulators, and ends them with the test."""
    made: list[Scratch] = []

    def one() -> Running:
        made.append(Scratch.make(tmp_path_factory.mktemp("k")))
        return start(made[-1], tools)

    yield one
    for scratch in made:
        scratch.end()


@pytest.fixture(scope="module")
def running(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One simulator for the tests of a module, which use names of their own."""
    scratch = Scratch.make(tmp_path_factory.mktemp("k"))
    try:
        yield start(scratch, tools)
    finally:
        scratch.end()


TOKEN = "the-token-of-the-administrator"


class OneLine:
    """A node whose pods print one line and let nobody in."""

    def logs(self, pod: Object, request: Request) -> bytes:
        return b"printed\n"

    def enter(self, pod: Object, part: str, request: Request) -> Takeover:
        raise cannot("nobody enters")


class Plane:
    """API and controllers in this process, on a node where every pod is ready at once and prints one line."""

    def __init__(self) -> None:
        self.cluster = Cluster(SystemClock())
        self.told: list[str] = []
        self.api = Api(
            self.cluster, Users(self.cluster, TOKEN), "127.0.0.1:6443", OneLine(), self.told.append
        )
        self._control = Control(self.cluster, self.told.append)
        for name in ("default", "prepchef"):
            self.cluster.create(
                NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            )
        self.cluster.create(
            NODES, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "spec": {}}
        )

    def ask(
        self,
        method: str,
        target: str,
        body: Json | bytes = None,
        type_: str = "application/json",
        accept: str = "",
        token: str = TOKEN,
        more: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, as a client would send it."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {
            "Content-Type": type_,
            "Accept": accept,
            "Authorization": f"Bearer {token}",
            **(more or {}),
        }
        return self.api.answer(Request.of(method, target, headers, raw))

    def body(
        self, method: str, target: str, body: Json | bytes = None, type_: str = "application/json"
    ) -> Object:
        """The object that a request is answered with."""
        answer = self.ask(method, target, body, type_)
        assert isinstance(answer.body, dict), answer
        return answer.body

    def settle(self) -> None:
        """Let controllers and node do what they can do."""
        before = -1
        while before != self.cluster.storage.revision:
            before = self.cluster.storage.revision
            self._control.settle()
            for pod in self.cluster.storage.all(PODS):
                self._node(pod)

    def _node(self, pod: Object) -> None:
        if ending(pod):
            self.cluster.forget(PODS, pod)
        elif text(pod, "spec", "nodeName") and not mapping(pod, "status").get("containerStatuses"):
            changed = copy(pod)
            ready: Object = {"type": "Ready", "status": "True", "lastTransitionTime": self.cluster.stamp()}
            changed["status"] = {
                "phase": "Running",
                "podIP": "127.1.0.1",
                "conditions": [ready],
                "containerStatuses": [{"ready": True, "restartCount": 0, "state": {"running": {}}}],
            }
            self.cluster.update(PODS, changed, part="status")


@pytest.fixture
def plane() -> Plane:
    """A fresh one."""
    return Plane()
