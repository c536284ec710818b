"""Who a real PostgreSQL is, and the old state read and brought back through the SQL client itself."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from tocsin.connectors.sql import SqlRunner
from tocsin.effects.judge import judge
from tocsin.engine.run_step import Workshop, run_step
from tocsin.errors import Temporary
from tocsin.incident.commands import RunStep, StepText
from tocsin.incident.events import StepFinished
from tocsin.incident.place import digest_of
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, IncidentId, RunId, StepId
from tocsin.kit.redact import Redactor
from tocsin.sandbox.postgres import Postgres, throwaway

TARGET = "database:shop"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Postgres]]:
    with throwaway(tmp_path_factory.mktemp("a")) as one, throwaway(tmp_path_factory.mktemp("b")) as other:
        yield one, other


@pytest.fixture
def server(servers: tuple[Postgres, Postgres]) -> Postgres:
    return servers[0]


def runner(server: Postgres, url: str | None = None) -> SqlRunner:
    return SqlRunner(
        TARGET,
        url or server.url(),
        Redactor([server.password]),
        SystemClock(),
        read_only=False,
        row_limit=100,
    )


def do(server: Postgres, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        answer = connection.execute(text)
        return answer.fetchall() if answer.description is not None else []


# -- who it is ---------------------------------------------------------------------------------------


def test_a_database_says_its_name_its_cluster_and_that_it_is_the_primary(server: Postgres) -> None:
    ((number,),) = do(server, "SELECT system_identifier::text FROM pg_control_system()")
    ((name,),) = do(server, "SELECT current_database()")
    assert runner(server).identity() == f"database {name}, system {number}, primary"


def test_another_cluster_with_a_database_of_the_same_name_is_somebody_else(
    servers: tuple[Postgres, Postgres],
) -> None:
    one, other = (runner(each).identity() for each in servers)
    assert one.split(",")[0] == other.split(",")[0]
    assert one != other


def test_a_role_that_may_not_ask_for_the_cluster_has_no_identity_and_can_still_look(server: Postgres) -> None:
    do(server, "CREATE ROLE looker LOGIN PASSWORD 'p-of-looker'")
    do(server, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    url = psycopg.conninfo.make_conninfo(server.url(), user="looker", password="p-of-looker")
    with pytest.raises(Temporary, match=r"does not say who it is: .*pg_control_system"):
        runner(server, url).identity()
    assert do(server, "SELECT 1") == [(1,)]
    text = StepText("SELECT 1 AS one", "sql", TARGET)
    assert finished(server, text, ask=False, url=url).outcome == "done"


# -- the old state, captured and brought back --------------------------------------------------------


def finished(server: Postgres, text: StepText, *, ask: bool = True, url: str | None = None) -> StepFinished:
    """Run one text as the engine does: judged again, captured, run, captured again."""
    at = runner(server, url)
    judged = judge(text.text, "sql")
    who = ((TARGET, at.identity()),) if ask else ()
    command = RunStep(
        RunId("INC-1.r1"), IncidentId("INC-1"), StepId("0123456789ab"), (text,), judged.effect.word, "mitigate",
        digest_of((text,)), AskId("INC-1.a1") if ask else None, judged.undo.capture if ask and judged.undo else None, identities=who,
    )  # fmt: skip
    workshop = Workshop({TARGET: at}, Redactor(), SystemClock(), timedelta(seconds=30))
    return run_step(command, workshop).finished


SETTING = "SELECT setting FROM pg_file_settings WHERE name = 'work_mem' AND sourcefile LIKE '%auto.conf'"
OF_DATABASE = "SELECT unnest(setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
CASES = {
    "a setting of the server that was not set": ("ALTER SYSTEM SET work_mem = '8MB'", SETTING, None),
    "a setting of the server that was set": (
        "ALTER SYSTEM SET work_mem = '16MB'", SETTING, "ALTER SYSTEM SET work_mem = '5MB'",
    ),
    "a setting of a database": (
        "ALTER DATABASE postgres SET statement_timeout = '30s'", OF_DATABASE,
        "ALTER DATABASE postgres SET statement_timeout = '7s'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_was_captured_through_the_client_brings_the_old_state_back(server: Postgres, case: str) -> None:
    change, state, first = CASES[case]
    if first is not None:
        do(server, first)
    before = do(server, state)
    done = finished(server, StepText(change, "sql", TARGET))
    assert done.outcome != "failed", done.sentence
    assert do(server, state) != before
    assert done.undo is not None
    back = finished(server, StepText(done.undo, "sql", TARGET))
    assert back.outcome != "failed", back.sentence
    assert do(server, state) == before
