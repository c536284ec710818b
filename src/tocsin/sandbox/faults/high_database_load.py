"""PrepChef, "4. High Database Load (CPU > 90%)": two endless reports, or many clients with short queries."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.errors import Temporary, TocsinError
from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.oracles import postgres
from tocsin.sandbox.prepchef import APP_ROLE, DATABASE, PrepChefRoom
from tocsin.sandbox.service import Daemon, Launch, wait_until

HEADING = "High Database Load (CPU > 90%)"
REPORTS = 2
CLIENTS = 8
REPORT = "nightly-report"
SEARCH = "kitchen-search"
_WITHIN = timedelta(seconds=60)
_USED_TICKS = os.sysconf("SC_CLK_TCK") // 10
# 10^12 pairs and more: it never ends. Only the last condition, which nobody indexed, needs them all.
_PRODUCT = (
    "SET statement_timeout = 0; SELECT count(*) FROM bookings AS a, bookings AS b, bookings AS c"
    " WHERE a.amount_cents + b.amount_cents = c.amount_cents * 2 + 1"
)
# Which of twenty kitchens are taken, and by how many? Some fifty milliseconds without an index and one with it, and
# nobody asks again at once: so most of the clients are at work at any moment, or hardly one is, whatever else the
# machine has to do.
_SHORT = """\
\\set first random(1, 40)
SELECT kitchen, (SELECT count(*) FROM bookings WHERE kitchen_id = kitchen AND start_time > '2024-09-01' AND end_time < '2024-12-01')
FROM generate_series(:first, :first + 19) AS kitchen;
\\sleep 20 ms
"""


class _Client(Daemon):
    """A client of Postgres that runs until it is ended."""

    def __init__(self, room: PrepChefRoom, name: str, application: str, argv: tuple[str, ...]) -> None:
        super().__init__(room.room.scratch, name)
        self._room = room
        self._argv = argv
        self._application = application

    def launch(self) -> Launch:
        return Launch(
            argv=self._argv,
            directory=self.scratch.path,
            environment={
                **self.scratch.base_environment(),
                "PGPASSWORD": self._room.postgres.password,
                "PGAPPNAME": self._application,
            },
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether the server is at work for it."""
        return any(one.application == self._application for one in postgres.sessions(self._room.postgres))


@dataclass(frozen=True, slots=True)
class Load:
    """The clients that were started."""

    clients: tuple[Daemon, ...]


def reports(room: PrepChefRoom) -> Load:
    """Two reports whose authors forgot how the tables belong together. Raises TocsinError."""
    argv = (*_program(room, "psql"), "-X", "-d", DATABASE, "-c", _PRODUCT)
    return _begin(room, tuple(_Client(room, f"report-{n}", REPORT, argv) for n in range(REPORTS)), REPORTS)


def short_queries(room: PrepChefRoom) -> Load:
    """Eight clients that ask for free kitchens again and again: milliseconds each, and no index. Raises TocsinError."""
    script = room.room.scratch.path / "search.sql"
    script.write_text(_SHORT, encoding="ascii")
    argv = (
        *(*_program(room, "pgbench"), "--no-vacuum", "--client", str(CLIENTS), "--time", "3600"),
        *("--file", str(script), DATABASE),
    )
    return _begin(room, (_Client(room, "search", SEARCH, argv),), CLIENTS)


def confirm(room: PrepChefRoom) -> bool:
    """Whether the clients of the fault are connected and use the processor, by the kernel's account.

    No share of a core is asked for: on a machine that is shared, the server gets what it gets. Waits until its
    sessions have used a tenth of a second more, which idle ones never do.
    """
    if not _pids(room):
        return False
    before = sum(map(_ticks, _pids(room)))

    def used() -> bool:
        return not _pids(room) or sum(map(_ticks, _pids(room))) - before >= _USED_TICKS

    try:
        wait_until(used, "the sessions of the fault have used the processor", _WITHIN)
    except Temporary:
        return False
    return bool(_pids(room))


def restore(room: PrepChefRoom, load: Load) -> None:
    """End the clients and their sessions; the settings, roles and indexes of a normal day. Raises TocsinError."""
    for client in load.clients:
        client.stop()
    server = room.postgres
    server.query(
        f"SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE application_name IN ('{REPORT}', '{SEARCH}')"  # noqa: S608 - names of ours
    )
    server.query("ALTER SYSTEM RESET ALL")
    server.query("SELECT pg_reload_conf()")
    server.query(f"ALTER ROLE {APP_ROLE} CONNECTION LIMIT -1")
    server.query("DROP INDEX IF EXISTS idx_bookings_kitchen_time", DATABASE)
    left = _pids(room)
    if left:
        raise TocsinError(f"{len(left)} sessions of the fault are still there.", hint="Drop the room.")


def oracles(room: PrepChefRoom) -> Oracles:
    """Rows, databases, indexes and settings. Who is connected changes by itself, and is asked with `postgres.sessions`."""
    return {
        **postgres.contents(room.postgres, DATABASE),
        **postgres.databases(room.postgres),
        **postgres.indexes(room.postgres, DATABASE),
        **postgres.settings(room.postgres),
    }


REPORTS_FAULT = Fault(
    "high_database_load.reports", HEADING, reports, confirm, restore, oracles, rooms=("prepchef",)
)
SHORT_FAULT = Fault(
    "high_database_load.short_queries", HEADING, short_queries, confirm, restore, oracles, rooms=("prepchef",)
)


def _program(room: PrepChefRoom, name: str) -> tuple[str, ...]:
    program = room.room.tools.postgres_bin / name
    return (str(program), "-h", "127.0.0.1", "-p", str(room.postgres.port), "-U", APP_ROLE)


def _begin(room: PrepChefRoom, clients: tuple[_Client, ...], wanted: int) -> Load:
    for client in clients:
        client.start()
    names = {REPORT, SEARCH}
    wait_until(
        lambda: sum(one.application in names for one in postgres.sessions(room.postgres)) >= wanted,
        "the clients of the fault are connected",
        _WITHIN,
    )
    wait_until(lambda: confirm(room), "the server is busy", _WITHIN)
    return Load(clients)


def _pids(room: PrepChefRoom) -> list[int]:
    """The server's processes that work for the clients of the fault."""
    return [one.pid for one in postgres.sessions(room.postgres) if one.application in {REPORT, SEARCH}]


def _ticks(pid: int) -> int:
    """Processor time of a process so far, in ticks of the clock; 0 for one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    fields = text.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
