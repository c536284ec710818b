"""A real OpenSSH server on loopback that lets one key of ours in, and nobody else."""

import os
import pwd
import socket
from datetime import timedelta
from pathlib import Path

from tocsin.errors import InputError
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Daemon, Launch, run_once
from tocsin.sandbox.tools import SYSTEM_PATH

_WITHIN = timedelta(seconds=60)  # to make a key
_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
PidFile {home}/sshd.pid
AuthorizedKeysFile {home}/authorized_keys
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
X11Forwarding no
AllowTcpForwarding no
PrintMotd no
MaxSessions 20
"""


class Sshd(Daemon):
    """One OpenSSH server; whoever runs it logs in as themselves.

    Attributes:
        identity_file: the private key that is let in. known_hosts: the file in which the server's key stands.
        user: whom to log in as.
    """

    def __init__(
        self, scratch: Scratch, program: Path, keygen: Path, *, port: int, name: str = "sshd"
    ) -> None:
        super().__init__(scratch, name)
        self.port = port
        self.home = scratch.path / name
        self.identity_file = self.home / "client_key"
        self.known_hosts = self.home / "known_hosts"
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self._program = program
        self._keygen = keygen

    def launch(self) -> Launch:
        """Make keys and configuration the first time.

        Raises:
            InputError: as root, sshd needs the user "sshd" that its package makes.
        """
        if os.geteuid() == 0:
            _as_root()
        if not self.identity_file.exists():
            self.home.mkdir(exist_ok=True, mode=0o700)
            self.new_host_key()
            self._key(self.identity_file)
            public = self.identity_file.with_suffix(".pub").read_text(encoding="ascii")
            (self.home / "authorized_keys").write_text(public, encoding="ascii")
            text = _CONFIG.format(port=self.port, home=self.home)
            (self.home / "sshd_config").write_text(text, encoding="ascii")
            self.trust()
        return Launch(
            argv=(str(self._program), "-D", "-e", "-f", str(self.home / "sshd_config")),
            directory=self.home,
            environment=self.scratch.base_environment(),
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether it says who it is."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(16).startswith(b"SSH-2.0")
        except OSError:
            return False

    def new_host_key(self) -> None:
        """Another key, as another machine would have; known_hosts stays as it is."""
        self._key(self.home / "host_key")

    def trust(self) -> None:
        """Write the server's key of now into known_hosts."""
        public = (self.home / "host_key.pub").read_text(encoding="ascii").split()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public[0]} {public[1]}\n", encoding="ascii")

    def _key(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        run_once(
            (str(self._keygen), "-q", "-t", "ed25519", "-N", "", "-C", "tocsin", "-f", str(path)),
            self.home, {"PATH": SYSTEM_PATH, "HOME": str(self.home)}, _WITHIN,
        )  # fmt: skip


def _as_root() -> None:
    try:
        pwd.getpwnam("sshd")
    except KeyError:
        raise InputError(
            'As root, sshd needs a user "sshd", which this machine lacks.',
            hint="apt-get install openssh-server",
        ) from None
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
