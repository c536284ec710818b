"""PrepChef's "High Database Load", typed as it stands, against two kinds of load."""

from collections import Counter

from tests.conftest import Deadline
from tests.sandbox.faults.seed import Shell, commands, fences

from tocsin.sandbox.fault import differences
from tocsin.sandbox.faults.high_database_load import (
    CLIENTS,
    REPORT,
    REPORTS,
    REPORTS_FAULT,
    SEARCH,
    SHORT_FAULT,
)
from tocsin.sandbox.oracles import postgres
from tocsin.sandbox.prepchef import PrepChefRoom

SLOW, KILL, LIMIT, SCALE, INDEX = range(5)
HEADING = REPORTS_FAULT.heading


def clients(room: PrepChefRoom) -> Counter[str]:
    """The server's sessions by application."""
    return Counter(one.application for one in postgres.sessions(room.postgres))


def test_two_endless_reports_are_seen_and_the_ten_minute_kill_hits_nothing(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    before = REPORTS_FAULT.oracles(prepchef)
    assert not REPORTS_FAULT.confirm(prepchef)
    handle = REPORTS_FAULT.inject(prepchef)
    assert REPORTS_FAULT.confirm(prepchef)
    slow, kill, *_ = fences(HEADING)

    def seen() -> list[str]:
        return [line for line in shell.sql(slow).out.splitlines() if "bookings AS c" in line]

    Deadline()(lambda: len(seen()) == REPORTS, what="both reports are older than five seconds")
    killed = shell.sql(kill)
    assert (killed.status, killed.out) == (0, "")
    assert REPORTS_FAULT.confirm(prepchef)
    assert clients(prepchef)[REPORT] == REPORTS
    # With the five seconds that the section itself looks for, it works.
    assert shell.sql(kill.replace("10 minutes", "5 seconds")).out.split() == ["t"] * REPORTS
    Deadline()(lambda: clients(prepchef)[REPORT] == 0, what="the reports are gone")
    assert not REPORTS_FAULT.confirm(prepchef)
    REPORTS_FAULT.restore(prepchef, handle)
    assert differences(before, REPORTS_FAULT.oracles(prepchef)) == {}


def test_many_short_queries_are_invisible_to_the_section(prepchef: PrepChefRoom, shell: Shell) -> None:
    before = SHORT_FAULT.oracles(prepchef)
    handle = SHORT_FAULT.inject(prepchef)
    assert SHORT_FAULT.confirm(prepchef)
    slow, kill, *_ = fences(HEADING)
    assert shell.sql(slow).out == ""
    assert shell.sql(kill).out == ""
    assert clients(prepchef)[SEARCH] == CLIENTS
    assert SHORT_FAULT.confirm(prepchef)
    SHORT_FAULT.restore(prepchef, handle)
    assert not SHORT_FAULT.confirm(prepchef)
    assert differences(before, SHORT_FAULT.oracles(prepchef)) == {}


def test_fewer_connections_are_asked_for_and_nothing_changes_until_some_other_incident(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    before = REPORTS_FAULT.oracles(prepchef)
    alter, reload = commands(fences(HEADING)[LIMIT])
    assert shell.run(alter).status == 0
    assert shell.run(reload).status == 0
    Deadline()(
        lambda: (
            prepchef.postgres.query("SELECT pending_restart FROM pg_settings WHERE name = 'max_connections'")
            == "t"
        ),
        what="the server has read its configuration",
    )
    assert prepchef.postgres.query("SHOW max_connections") == "60"
    changed = differences(before, REPORTS_FAULT.oracles(prepchef))
    assert changed["postgres.setting.written max_connections"] == ("absent", "50")
    # Whoever restarts the server next gets it.
    prepchef.postgres.stop()
    prepchef.room.begin(prepchef.postgres)
    assert prepchef.postgres.query("SHOW max_connections") == "50"


def test_the_index_is_made_once_and_a_second_try_fails(prepchef: PrepChefRoom, shell: Shell) -> None:
    (create,) = (fences(HEADING)[INDEX],)
    assert shell.sql(create).status == 0
    found = postgres.indexes(prepchef.postgres, "prepchef")
    assert found["postgres.prepchef.index.idx_bookings_kitchen_time"] == "valid"
    again = shell.sql(create)
    assert again.status != 0
    assert "already exists" in again.errors


def test_an_index_that_failed_is_left_behind_and_if_not_exists_hides_it(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    create = (
        fences(HEADING)[INDEX]
        .replace("INDEX", "UNIQUE INDEX")
        .replace("kitchen_id, start_time, end_time", "kitchen_id")
    )
    assert shell.sql(create).status != 0
    found = postgres.indexes(prepchef.postgres, "prepchef")
    assert found["postgres.prepchef.index.idx_bookings_kitchen_time"] == "INVALID"
    assert shell.sql(create.replace("CONCURRENTLY", "CONCURRENTLY IF NOT EXISTS")).status == 0
    found = postgres.indexes(prepchef.postgres, "prepchef")
    assert found["postgres.prepchef.index.idx_bookings_kitchen_time"] == "INVALID"


def test_the_load_goes_with_the_room(prepchef: PrepChefRoom) -> None:
    handle = SHORT_FAULT.inject(prepchef)
    prepchef.postgres.query("ALTER SYSTEM SET max_connections = 50")
    prepchef.postgres.query("CREATE INDEX idx_bookings_kitchen_time ON bookings (kitchen_id)", "prepchef")
    SHORT_FAULT.restore(prepchef, handle)
    SHORT_FAULT.restore(prepchef, handle)
    assert clients(prepchef)[SEARCH] == 0
