"""A client that streams a Postgres server's log, as a standby or a backup does: pg_receivewal."""

from pathlib import Path

from tocsin.errors import TocsinError
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.service import Daemon, Launch


class WalReceiver(Daemon):
    """To the server it is a walsender like any other; who ends that has cut replication.

    It connects again by itself after five seconds, as a standby would: its start time tells.
    """

    def __init__(self, server: Postgres, bin_dir: Path, role: str) -> None:
        """Lay it out; `role` needs REPLICATION."""
        super().__init__(server.scratch, "wal-receiver")
        self._server = server
        self._program = bin_dir / "pg_receivewal"
        self._role = role
        self._home = server.scratch.path / "wal"

    def launch(self) -> Launch:
        """Make its directory the first time."""
        self._home.mkdir(mode=0o700, exist_ok=True)
        environment = self.scratch.base_environment() | {"PGPASSWORD": self._server.password}
        return Launch(
            argv=(
                str(self._program),
                *("-D", str(self._home), "-h", "127.0.0.1", "-p", str(self._server.port)),
                *("-U", self._role, "--no-password", "--no-sync"),
            ),
            directory=self._home,
            environment=environment,
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether the server streams to it."""
        return self.stream() != ""

    def stream(self) -> str:
        """Process and start time of its walsender on the server, or "" if there is none.

        The same text before and after means that nobody cut it.
        """
        try:
            return self._server.query(
                "SELECT pid || ' since ' || backend_start FROM pg_stat_replication "
                "WHERE application_name = 'pg_receivewal' AND state = 'streaming'"
            )
        except TocsinError:
            return ""
