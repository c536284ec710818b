"""PrepChef's cluster, small: the deployments that its runbook's commands name, as real processes behind an ingress.

Stands inside whatever walls it is given, an open room or a capsule, beside the services that do not live in the
cluster. `PrepChefCluster(room)` lays it out, `begin()` starts it and returns once every pod is ready.
"""

import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tocsin.sandbox import look
from tocsin.sandbox.kubernetes.daemon import SERVER_NAME, ClusterPlan, KubernetesSimulator
from tocsin.sandbox.kubernetes.images import ANYTHING, Image, ImageTable
from tocsin.sandbox.kubernetes.objects import Json, Object, labels_of, listed, name_of, number, pairs, text
from tocsin.sandbox.kubernetes.plane.programs import Ports
from tocsin.sandbox.kubernetes.settings import IngressSettings, PlaneSettings
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import run_once, wait_until, wait_until_ready
from tocsin.sandbox.shims import curlrc

NAMESPACE = "prepchef"
CONTEXT = "prepchef-drill"
SITE, API = "prepchef.com", "api.prepchef.com"
SECRET = "prepchef-secrets"  # noqa: S105 - the name of an object
RELEASE = "1.4.0"
BAD_RELEASE = "1.5.0-BAD"
"""A release whose /health answers 500."""
PORT = 8080
DEPLOYMENTS: Mapping[str, int] = {
    "node-api": 4,
    "python-compliance": 2,
    "payments-svc": 2,
    "frontend": 1,
    "redis": 1,
}
"""As in production: replicas of each. There is deliberately no `postgres-read`."""
_SECRETS = {
    "STRIPE_SECRET_KEY": "sk_live_OLD",
    "DATABASE_URL": "postgres://prepchef_app@127.0.0.1/prepchef",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
}
READER = "tocsin-reader"
"""The service account of those who only look."""
_REDIRECTING = (
    "PATH", "TERM", "CURL_HOME", "CURL_CA_BUNDLE", "TOCSIN_CONNECT_TO", "TOCSIN_PATHS_TO", "TOCSIN_CA_FILE",
    "http_proxy", "https_proxy",
)  # fmt: skip
_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
_GRACE = 2  # seconds; no pod of a sandbox is given more
_SERVICE = Path(__file__).with_name("apps") / "shop/service.py"
_UP_WITHIN = timedelta(seconds=140)
_READY_WITHIN = timedelta(seconds=60)
_KUBECTL_WITHIN = timedelta(seconds=60)
_APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
_CORE = f"/api/v1/namespaces/{NAMESPACE}"


class PrepChefCluster:
    """PrepChef's cluster within a room.

    Args:
        room: the walls.
        secrets: values of the secret `prepchef-secrets`, over the ordinary ones (DATABASE_URL …).
        variables: for every pod, e.g. STRIPE_API_BASE.
        images: what images mean, in front of the ordinary table: another program for "registry.local/node-api:*".
        replicas: of each deployment, over the ordinary ones; 0 keeps a deployment without pods.
        hosts: whether the ingress itself is reached as https://prepchef.com and https://api.prepchef.com. If not,
            whoever is lets requests through to `ingress_port` (http, with the Host header kept).

    Attributes:
        simulator: the cluster's service. client: asks it without kubectl.
        ingress_port, ingress_tls_port: where its nginx listens on 127.0.0.1.
    """

    def __init__(
        self,
        room: OpenRoom,
        *,
        secrets: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        images: Sequence[Image] = (),
        replicas: Mapping[str, int] | None = None,
        hosts: bool = True,
    ) -> None:
        self.room = room
        self._secrets = {**_SECRETS, **(secrets or {})}
        self._replicas = {**DEPLOYMENTS, **(replicas or {})}
        self.ingress_port = room.scratch.free_port()
        self.ingress_tls_port = room.place(SITE, 443, (API, 443)) if hosts else room.scratch.free_port()
        certificate, key = room.authority.issue(SERVER_NAME)
        self._site = room.authority.issue(f"*.{SITE}", SITE, API)
        plan = ClusterPlan(
            name=CONTEXT,
            port=room.place(SERVER_NAME, 6443),
            certificate=certificate,
            key=key,
            authority=room.authority.certificate,
            images=ImageTable((*images, *_images())),
            variables=dict(variables or {}),
            ingress=IngressSettings(room.tools.nginx, self.ingress_port, self.ingress_tls_port, *self._site),
        )
        if room.tools.control_plane is not None:
            ports = Ports(plan.port, *(room.scratch.free_port() for _ in range(4)))
            plan = replace(plan, plane=PlaneSettings(room.tools.control_plane, ports, plan.authority))
        self.simulator = KubernetesSimulator(room.scratch, plan)
        self.client = self.simulator.client
        room.shims.link("kubectl", room.tools.program("kubectl"))
        room.set(KUBECONFIG=str(self.simulator.kubeconfig))

    def begin(self) -> timedelta:
        """Start the cluster and everything in it; returns once every pod is ready, with how long the API took.

        Raises:
            TocsinError: it did not come up.
        """
        # Only now is everything that commands of this room are given known.
        self.simulator.plan = replace(self.simulator.plan, entering=self._entering())
        self.simulator.start()
        took = wait_until_ready(self.simulator, _UP_WITHIN)
        self._furnish()
        self.wait_ready()
        return took

    def reader(self) -> Path:
        """A kubeconfig that may look at everything but secrets and change nothing: the role `view`. Raises TocsinError."""
        return self.simulator.account(READER)

    def wait_ready(self, *deployments: str) -> None:
        """Wait until these deployments, or all, are rolled out: wanted, updated and ready are the same number, and
        the ingress leads to them.

        Raises:
            Temporary: that does not happen.
        """
        names = frozenset(deployments or self._replicas)
        told = ", ".join(sorted(names))
        wait_until(lambda: names <= self._rolled_out(), f"these are rolled out: {told}", _READY_WITHIN)
        wait_until(lambda: names <= self._led_to(), f"services lead to {told}", _READY_WITHIN)
        self.wait_served()

    def get(self, host: str, path: str) -> look.Answer:
        """What `https://host/path` answers through the ingress now."""
        return look.https_get(host, path, port=self.ingress_tls_port, ca=self.room.authority.certificate)

    def kubectl(self, *words: str) -> str:
        """What kubectl prints, in the environment that the runbook's commands have. Raises TocsinError if it fails."""
        program = str(self.room.shims.directory / "kubectl")
        return run_once((program, *words), self.room.scratch.path, self.room.environment, _KUBECTL_WITHIN)

    def deployment(self, name: str) -> Object:
        """A deployment as it is now. Raises TocsinError if there is none."""
        return self.client.get(f"{_APPS}/deployments/{name}")

    def pods(self, app: str) -> list[Object]:
        """The pods of a deployment now, those that are ending among them."""
        return [pod for pod in self.client.items(f"{_CORE}/pods") if labels_of(pod).get("app") == app]

    def variables_of(self, name: str) -> dict[str, str]:
        """The plain variables in a deployment's template."""
        container = listed(self.deployment(name), "spec", "template", "spec", "containers")[0]
        return {text(one, "name"): text(one, "value") for one in listed(container, "env")}

    def secret(self, name: str = SECRET, namespace: str = NAMESPACE) -> dict[str, str]:
        """A secret's keys with their values in base64; empty if there is none."""
        reply = self.client.ask("GET", f"/api/v1/namespaces/{namespace}/secrets/{name}")
        return pairs(reply.body, "data") if reply.code == 200 else {}

    def rebuild(self) -> None:
        """Throw the namespace away, whatever became of it, and make that of a normal day. Raises TocsinError."""
        self.client.delete(f"/api/v1/namespaces/{NAMESPACE}")
        gone = f"/api/v1/namespaces/{NAMESPACE}"
        wait_until(
            lambda: self.client.ask("GET", gone).code == 404, "the old namespace is gone", _READY_WITHIN
        )
        for path in (f"secrets/{SECRET}", "secrets/prepchef-tls"):
            self.client.delete(f"/api/v1/namespaces/default/{path}")
        self.client.delete("/apis/networking.k8s.io/v1/namespaces/default/ingresses/payments-maintenance")
        self._furnish()
        self.wait_ready()

    def wait_served(self) -> None:
        """Wait until the ingress serves what the API says now; it learns of every change a little later.

        Raises:
            Temporary: that does not happen.
        """
        revision, _ = self.simulator.progress()
        wait_until(
            lambda: self.simulator.progress()[1] >= revision, "the ingress is up to date", _READY_WITHIN
        )

    def _rolled_out(self) -> frozenset[str]:
        """The deployments that are what they want to be, by one look at all of them."""
        found = set()
        for one in self.client.items(f"{_APPS}/deployments"):
            counts = {number(one, "status", key) for key in _COUNTS}
            current = number(one, "metadata", "generation") == number(one, "status", "observedGeneration")
            if current and counts == {number(one, "spec", "replicas")}:
                found.add(name_of(one))
        return frozenset(found)

    def _led_to(self) -> frozenset[str]:
        """The deployments whose services know every pod that is wanted, and no other."""
        wanted = {
            name_of(one): number(one, "spec", "replicas") for one in self.client.items(f"{_APPS}/deployments")
        }
        behind = {
            name_of(one): sum(len(listed(subset, "addresses")) for subset in listed(one, "subsets"))
            for one in self.client.items(f"{_CORE}/endpoints")
        }
        # Somebody may have deleted the service: then there is nothing to wait for.
        return frozenset(name for name, replicas in wanted.items() if behind.get(name, replicas) == replicas)

    def _entering(self) -> dict[str, str]:
        """What is executed in a pod is redirected and held back as every command of this room is."""
        given = self.room.environment
        found = {name: given[name] for name in _REDIRECTING if name in given}
        if "no_proxy" not in given:
            return found  # a capsule holds nothing back by proxies
        # Pods and services have loopback addresses of their own, which no proxy must be asked for.
        direct = f"{given['no_proxy']},127.0.0.0/8"
        home = self.room.scratch.path / "inside-pods"
        home.mkdir(exist_ok=True)
        rules = curlrc(self.room.addresses, self.room.authority.certificate)
        (home / ".curlrc").write_text(f'{rules}noproxy = "{direct}"\n', encoding="utf-8")
        return {**found, "CURL_HOME": str(home), "no_proxy": direct}

    def _furnish(self) -> None:
        create = self.client.create
        create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        data: Object = {**self._secrets}
        create(f"{_CORE}/secrets", {"metadata": {"name": SECRET}, "stringData": data})
        certificate, key = (b64encode(path.read_bytes()).decode("ascii") for path in self._site)
        tls: Object = {"tls.crt": certificate, "tls.key": key}
        create(
            f"{_CORE}/secrets",
            {"metadata": {"name": "prepchef-tls"}, "type": "kubernetes.io/tls", "data": tls},
        )
        for name, replicas in self._replicas.items():
            create(f"{_CORE}/services", _service(name))
            create(f"{_APPS}/deployments", _deployment(name, replicas))
        create(f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/ingresses", _ingress())
        for kind in ("Certificate", "CertificateRequest"):
            path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            definition = _definition(kind)
            if self.client.ask("GET", f"{path}/{name_of(definition)}").code == 404:
                create(path, definition)
        certificates = f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates"
        # A definition is taken up some moments after it was made.
        wait_until(
            lambda: self.client.ask("GET", certificates).code == 200, "certificates are served", _READY_WITHIN
        )
        create(
            certificates,
            {
                "apiVersion": "cert-manager.io/v1",
                "kind": "Certificate",
                "metadata": {"name": "prepchef-tls"},
                "spec": {"secretName": "prepchef-tls", "dnsNames": [SITE, API]},
            },
        )


def _images() -> tuple[Image, ...]:
    program = (sys.executable, "-I", "-S", str(_SERVICE))
    found = []
    for name in DEPLOYMENTS:
        bad = {"SERVICE": name, "HEALTHY": "false"}
        good = {"SERVICE": name}
        found.append(
            Image(f"registry.local/{name}:*-BAD", program, port=PORT, environment=bad, exec=ANYTHING)
        )
        found.append(Image(f"registry.local/{name}:*", program, port=PORT, environment=good, exec=ANYTHING))
    return tuple(found)


def _deployment(name: str, replicas: int) -> Object:
    labels: Object = {"app": name}
    container: Object = {
        "name": name,
        "image": f"registry.local/{name}:{RELEASE}",
        "env": [{"name": "PAYMENTS_ENABLED", "value": "true"}],
        "envFrom": [{"secretRef": {"name": SECRET}}],
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": PORT}, "periodSeconds": 1},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            # A namespace that is deleted waits for so long before it looks again whether its pods are gone.
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": _GRACE},
            },
        },
    }


def _service(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": PORT}]},
    }


def _ingress() -> Object:
    def path(where: str, service: str) -> Json:
        backend: Object = {"service": {"name": service, "port": {"number": 80}}}
        return {"path": where, "pathType": "Prefix", "backend": backend}

    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "prepchef"},
        "spec": {
            "tls": [{"hosts": [SITE, API], "secretName": "prepchef-tls"}],
            "rules": [
                {"host": SITE, "http": {"paths": [path("/", "frontend")]}},
                {
                    "host": API,
                    "http": {"paths": [path("/", "node-api"), path("/api/payments", "payments-svc")]},
                },
            ],
        },
    }


def _definition(kind: str) -> Object:
    """A resource of cert-manager; there is no controller behind it, as in the transcripts."""
    plural = f"{kind.lower()}s"
    anything: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version: Object = {
        "name": "v1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": anything},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.cert-manager.io"},
        "spec": {
            "group": "cert-manager.io",
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [version],
        },
    }
