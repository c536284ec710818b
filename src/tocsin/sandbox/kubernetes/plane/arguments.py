"""What the programs of a control plane are told: everything on loopback, nothing that outlives a drill."""

from dataclasses import dataclass
from pathlib import Path

from tocsin.sandbox.kubernetes.plane.certificates import Certificates
from tocsin.sandbox.kubernetes.plane.programs import LOOPBACK, Ports, Programs, Version

# Two controllers put objects with names of chance, or at a moment of chance, into every namespace: a normal day would
# never look the same twice. From 1.24 on the first one makes nothing by itself.
_PUBLISHER = "-root-ca-cert-publisher"
_TOKENS = "-serviceaccount-token"
_QUICKLY = ("--kube-api-qps=200", "--kube-api-burst=400")


@dataclass(frozen=True, slots=True)
class Trusted:
    """The files by which everybody knows everybody.

    Attributes:
        certificate, key: of the API. tokens: who may ask it. kubeconfig: of the controllers. made: of node and API.
    """

    certificate: Path
    key: Path
    tokens: Path
    kubeconfig: Path
    made: Certificates


def etcd(programs: Programs, ports: Ports, home: Path) -> tuple[str, ...]:
    """Of etcd, which need not survive a loss of power."""
    clients, peers = (f"http://{LOOPBACK}:{port}" for port in (ports.etcd, ports.peers))
    return (
        str(programs.etcd), f"--data-dir={home / 'etcd'}", "--unsafe-no-fsync",
        f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=default={peers}",
    )  # fmt: skip


def api(programs: Programs, ports: Ports, home: Path, trusted: Trusted, services: str) -> tuple[str, ...]:
    """Of the API server.

    Args:
        services: the network that addresses of services come from: "127.1.200.0/21".
    """
    made = trusted.made
    return (
        str(programs.api), f"--etcd-servers=http://{LOOPBACK}:{ports.etcd}",
        f"--bind-address={LOOPBACK}", f"--advertise-address={LOOPBACK}", f"--secure-port={ports.api}",
        f"--tls-cert-file={trusted.certificate}", f"--tls-private-key-file={trusted.key}", f"--cert-dir={home}",
        f"--token-auth-file={trusted.tokens}", "--authorization-mode=RBAC",
        f"--service-account-key-file={made.signing}", f"--service-account-signing-key-file={made.signing}",
        "--service-account-issuer=https://kubernetes.default.svc", "--disable-admission-plugins=ServiceAccount",
        f"--service-cluster-ip-range={services}",
        # It would write its own address into an object that may hold none of loopback, and complain for ever.
        "--endpoint-reconciler-type=none",
        f"--kubelet-certificate-authority={made.door.certificate}", "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-client-certificate={made.client.certificate}", f"--kubelet-client-key={made.client.key}",
    )  # fmt: skip


def controllers(
    programs: Programs, ports: Ports, home: Path, trusted: Trusted, version: Version
) -> tuple[str, ...]:
    """Of the controller manager."""
    left_out = (_PUBLISHER, *((_TOKENS,) if version.before(24) else ()))
    # Up to 1.23 it would also open a port without TLS, on every address.
    closed = ("--port=0",) if version.before(24) else ()
    return (
        str(programs.controllers), f"--kubeconfig={trusted.kubeconfig}", "--leader-elect=false",
        f"--bind-address={LOOPBACK}", f"--secure-port={ports.controllers}", f"--cert-dir={home}",
        f"--service-account-private-key-file={trusted.made.signing}", f"--controllers=*,{','.join(left_out)}",
        *_QUICKLY, *closed,
    )  # fmt: skip
