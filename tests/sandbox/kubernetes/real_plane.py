"""A real control plane, for whoever has its binaries: replays what was recorded and says where it differs.

    KUBEBUILDER_ASSETS=/path/to/bin python -m tests.sandbox.kubernetes.real_plane

`etcd`, `kube-apiserver` and `kube-controller-manager` are looked for in TOCSIN_KUBE_ASSETS, in KUBEBUILDER_ASSETS (what
`setup-envtest use -p path` prints; it has no controller manager) and in PATH. Everything listens on loopback and ends
with the script. A node there is none, so nothing that needs running pods is replayed: only `golden-roles.sh`.
"""

import difflib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.sandbox.authority import Authority
from tocsin.sandbox.kubernetes.client import Client
from tocsin.sandbox.kubernetes.daemon import SERVER_NAME, write_kubeconfig
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Daemon, Launch, wait_until, wait_until_ready
from tocsin.sandbox.tools import SYSTEM_PATH, Tools

REPOSITORY = Path(__file__).parents[3]
DATA = REPOSITORY / "tests/data/kubernetes"
WITHIN = timedelta(seconds=120)
VARIABLES = ("TOCSIN_KUBE_ASSETS", "KUBEBUILDER_ASSETS")
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager")


def find(variables: Mapping[str, str]) -> dict[str, Path]:
    """The programs of a control plane that are there, by name: from the two variables first, then from PATH."""
    places = [variables[name] for name in VARIABLES if variables.get(name)]
    path = os.pathsep.join([*places, variables.get("PATH", "")])
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    return {name: Path(place) for name, place in found.items() if place is not None}


class Program(Daemon):
    """One of them, in the foreground."""

    def __init__(self, scratch: Scratch, argv: tuple[str, ...], port: int) -> None:
        super().__init__(scratch, Path(argv[0]).name)
        self._argv, self._port = argv, port

    def launch(self) -> Launch:
        return Launch(self._argv, self.scratch.path, self.scratch.base_environment(), self.launch_log())

    def ready(self) -> bool:
        return answers_tcp(self._port)


@dataclass(frozen=True)
class Plan:
    """Where each of them listens, and what it trusts.

    Attributes:
        ports: of etcd for clients, for peers, of the API and of the controller manager.
    """

    home: Path
    ports: tuple[int, int, int, int]
    certificate: Path
    key: Path
    signing: Path
    tokens: Path
    kubeconfig: Path

    def etcd(self, program: Path) -> tuple[str, ...]:
        clients, peers = (f"http://127.0.0.1:{port}" for port in self.ports[:2])
        return (
            str(program), f"--data-dir={self.home / 'etcd'}", "--unsafe-no-fsync",
            f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}", f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=default={peers}",
        )  # fmt: skip

    def api(self, program: Path) -> tuple[str, ...]:
        return (
            str(program), f"--etcd-servers=http://127.0.0.1:{self.ports[0]}", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", f"--secure-port={self.ports[2]}", "--authorization-mode=RBAC",
            f"--tls-cert-file={self.certificate}", f"--tls-private-key-file={self.key}", f"--cert-dir={self.home}",
            f"--token-auth-file={self.tokens}", f"--service-account-key-file={self.signing}",
            f"--service-account-signing-key-file={self.signing}", "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc", "--disable-admission-plugins=ServiceAccount",
        )  # fmt: skip

    def controllers(self, program: Path, *, old: bool) -> tuple[str, ...]:
        """`old`: it would also open a port without TLS on every address, as up to 1.23."""
        without = ("--port=0",) if old else ()
        return (
            str(program), f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--bind-address=127.0.0.1",
            f"--secure-port={self.ports[3]}", f"--cert-dir={self.home}",
            f"--service-account-private-key-file={self.signing}",
            "--controllers=*,-nodeipam,-nodelifecycle,-cloud-node-lifecycle,-route", *without,
        )  # fmt: skip


def replay(programs: Mapping[str, Path], scratch: Scratch, tools: Tools) -> str:
    """The transcript of `golden-roles.sh` on a control plane of its own, which ends with the scratch directory."""
    home = scratch.path
    (home / "home").mkdir(mode=0o700)
    authority = Authority(scratch, tools.openssl)
    certificate, key = authority.issue(SERVER_NAME)
    signing, tokens, kubeconfig = home / "signing.pem", home / "tokens.csv", home / "kubeconfig"
    subprocess.run(
        (str(tools.openssl), "genrsa", "-out", str(signing), "2048"), check=True, capture_output=True
    )
    token = secrets.token_hex(16)
    tokens.touch(mode=0o600)
    tokens.write_text(f'{token},tocsin-drill,1,"system:masters"\n')
    first, second, third, fourth = (scratch.free_port() for _ in range(4))
    plan = Plan(home, (first, second, third, fourth), certificate, key, signing, tokens, kubeconfig)
    write_kubeconfig(kubeconfig, "real", f"https://127.0.0.1:{third}", authority.certificate, token)
    controllers = programs["kube-controller-manager"]
    helped = subprocess.run((str(controllers), "--help"), capture_output=True, text=True, check=True)
    for argv, port in (
        (plan.etcd(programs["etcd"]), first),
        (plan.api(programs["kube-apiserver"]), third),
        (
            plan.controllers(controllers, old=re.search(r"^ +--port int", helped.stdout, re.M) is not None),
            fourth,
        ),
    ):
        service = Program(scratch, argv, port)
        service.start()
        wait_until_ready(service, WITHIN)
    client = Client(third, authority.certificate, SERVER_NAME, token)
    wait_until(lambda: client.ask("GET", "/readyz").code == 200, "the API is ready", WITHIN)
    roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles/view"
    # Put together from its parts by a controller, some moments after the API is ready.
    wait_until(lambda: bool(client.ask("GET", roles).body.get("rules")), "the roles are whole", WITHIN)
    path = f"{tools.program('kubectl').parent}:{SYSTEM_PATH}"
    environment = {**scratch.base_environment(), "PATH": path, "KUBECONFIG": str(kubeconfig)}
    done = subprocess.run(
        ("/bin/bash", str(DATA / "golden-roles.sh")),
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    return done.stdout


def main() -> int:
    """Replay and compare. Exit status 0 if nothing differs, 1 if something does, 2 if a program is missing."""
    programs = find(os.environ)
    missing = [name for name in PROGRAMS if name not in programs]
    if missing:
        print(f"There is no {', '.join(missing)}. Name their directory in {VARIABLES[0]}.", file=sys.stderr)
        return 2
    with ExitStack() as ending:
        folder = ending.enter_context(tempfile.TemporaryDirectory(prefix="k"))
        scratch = Scratch.make(Path(folder))
        ending.callback(scratch.end)
        said = replay(programs, scratch, Tools.find(REPOSITORY / ".tools"))
    recorded = (DATA / "golden-roles.txt").read_text()
    print(f"{said.count('rc=')} commands against {programs['kube-apiserver']}")
    lines = list(
        difflib.unified_diff(recorded.splitlines(), said.splitlines(), "recorded", "now", lineterm="")
    )
    print("\n".join(lines) or "Nothing differs from what was recorded.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
