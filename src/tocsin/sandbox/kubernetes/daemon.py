"""A simulated cluster as a service of a room, and the kubeconfig by which clients reach it."""

import json
import secrets
import sys
from base64 import b64encode
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from tocsin.sandbox.kubernetes.client import Client
from tocsin.sandbox.kubernetes.images import ImageTable
from tocsin.sandbox.kubernetes.objects import number, text
from tocsin.sandbox.kubernetes.plane.programs import LOOPBACK, NODE_CERTIFICATE
from tocsin.sandbox.kubernetes.settings import IngressSettings, PlaneSettings, SimulatorSettings
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Daemon, Launch

SERVER_NAME = "kubernetes.default.svc"
"""The name on the API's certificate; clients reach it by 127.0.0.1 and check this name."""
_SIMULATED, _REAL = "tocsin.sandbox.kubernetes", "tocsin.sandbox.kubernetes.plane"
_TOKEN_SECONDS = 24 * 3600  # longer than any drill


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """What a simulated cluster is made of.

    Attributes:
        name: of cluster, user and context in the kubeconfig.
        port: of the API on 127.0.0.1.
        certificate, key: for SERVER_NAME. authority: what clients trust. All PEM files.
        images: which programs images stand for.
        variables: what the processes of pods get besides the room's own environment.
        entering: over these, what is executed in a pod by kubectl.
        namespace: the context's; "" for none, as most kubeconfigs have.
        nodes: their names. grace: seconds at most between SIGTERM and SIGKILL.
        back_off: seconds before the second restart of a container, and at most.
        ingress: the nginx that plays the ingress controller, or None.
        plane: a real control plane in place of the simulated one, or None.
    """

    name: str
    port: int
    certificate: Path
    key: Path
    authority: Path
    images: ImageTable
    variables: dict[str, str] = field(default_factory=dict)
    namespace: str = ""
    nodes: tuple[str, ...] = ("drill-1",)
    grace: float = 2.0
    back_off: tuple[float, float] = (1.0, 10.0)
    ingress: IngressSettings | None = None
    entering: dict[str, str] = field(default_factory=dict)
    plane: PlaneSettings | None = None


class KubernetesSimulator(Daemon):
    """One cluster, simulated unless its plan names a real control plane.

    Attributes:
        kubeconfig: the file for KUBECONFIG, there once the service was started.
        client: asks it without kubectl.
    """

    def __init__(self, scratch: Scratch, plan: ClusterPlan) -> None:
        super().__init__(scratch, "kubernetes")
        self.plan = plan
        self.home = scratch.path / "kubernetes"
        self.kubeconfig = self.home / "kubeconfig"
        self._token = secrets.token_hex(16)
        self.client = Client(plan.port, plan.authority, SERVER_NAME, self._token)

    def launch(self) -> Launch:
        """Write image table, settings and kubeconfig."""
        self.home.mkdir(exist_ok=True)
        plan = self.plan
        images, settings = self.home / "images.json", self.home / "settings.json"
        plan.images.save(images)
        SimulatorSettings(
            port=plan.port,
            certificate=plan.certificate,
            key=plan.key,
            token=self._token,
            images=images,
            home=self.home,
            variables={**self.scratch.base_environment(), **plan.variables},
            nodes=plan.nodes,
            grace=plan.grace,
            back_off=plan.back_off,
            ingress=plan.ingress,
            entering=plan.entering,
            plane=plan.plane,
        ).save(settings)
        write_kubeconfig(
            self.kubeconfig,
            plan.name,
            f"https://127.0.0.1:{plan.port}",
            plan.authority,
            self._token,
            plan.namespace,
        )
        return Launch(
            argv=(sys.executable, "-m", _SIMULATED if plan.plane is None else _REAL, str(settings)),
            directory=self.home,
            environment={**self.scratch.base_environment(), "PYTHONPATH": ":".join(filter(None, sys.path))},
            log=self.launch_log(),
        )

    def account(self, name: str, role: str = "view") -> Path:
        """A kubeconfig for a service account of its own, which has a cluster role everywhere and nothing else.

        Args:
            name: of the account in `default`, made if need be. role: "view", "edit", "admin" or one that was made.

        Raises:
            TocsinError: the cluster refuses, or does not answer.
        """
        place, roles = "/api/v1/namespaces/default/serviceaccounts", "/apis/rbac.authorization.k8s.io/v1"
        if self.client.ask("GET", f"{place}/{name}").code == HTTPStatus.NOT_FOUND:
            self.client.create(place, {"metadata": {"name": name}})
            self.client.create(
                f"{roles}/clusterrolebindings",
                {
                    "metadata": {"name": name},
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                    "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
                },
            )
        issued = self.client.create(f"{place}/{name}/token", {"spec": {"expirationSeconds": _TOKEN_SECONDS}})
        path = self.home / f"kubeconfig-{name}"
        server, token = f"https://127.0.0.1:{self.plan.port}", text(issued, "status", "token")
        write_kubeconfig(path, self.plan.name, server, self.plan.authority, token, self.plan.namespace)
        return path

    def ready(self) -> bool:
        """Whether everything takes connections; by then it also answers."""
        plane = self.plan.plane
        return answers_tcp(self.plan.port if plane is None else plane.ports.node)

    def progress(self) -> tuple[int, int]:
        """The revision of what the API says now, and up to which revision the ingress serves. Raises TocsinError."""
        found = self._surroundings().get("/tocsin")
        return number(found, "revision"), number(found, "served")

    def _surroundings(self) -> Client:
        """Who knows of the ingress: the API itself if it is simulated, else our node beside it."""
        plane = self.plan.plane
        if plane is None:
            return self.client
        return Client(plane.ports.node, self.home / NODE_CERTIFICATE, LOOPBACK, self._token)


def write_kubeconfig(
    path: Path, name: str, server: str, authority: Path, token: str, namespace: str = ""
) -> None:
    """A kubeconfig with one context and nothing else; only its owner may read it.

    Args:
        name: of cluster, user and context. server: "https://127.0.0.1:6443". authority: PEM file.
    """
    context = {"cluster": name, "user": name, **({"namespace": namespace} if namespace else {})}
    cluster = {
        "server": server,
        "tls-server-name": SERVER_NAME,
        "certificate-authority-data": b64encode(authority.read_bytes()).decode("ascii"),
    }
    # JSON is YAML, and needs no library to be written rightly.
    found = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": context}],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(found, indent=2), encoding="utf-8")
