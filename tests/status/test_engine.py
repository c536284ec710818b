"""From the store to files: what a reader finds, what nobody finds, and what is left when something goes wrong."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState
from tocsin.engine.projection import project
from tocsin.engine.status import files as status_files
from tocsin.engine.status.board import Sight
from tocsin.engine.status.days import roll
from tocsin.engine.status.files import Places
from tocsin.engine.status.keeper import Keeper
from tocsin.errors import InputError, StoreError
from tocsin.incident import codec as events
from tocsin.incident import events as ev
from tocsin.incident.incident import fold
from tocsin.kit import codec
from tocsin.kit.ids import CheckName, IncidentId, PersonId
from tocsin.kit.redact import Redactor
from tocsin.status import site
from tocsin.status.board import Board, State
from tocsin.status.plan import Plan, PlannedComponent
from tocsin.store import checks, incidents, log, status
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
API, DB = CheckName("api-internal"), CheckName("db-7")
SPECS = (
    CheckSpec(API, "tcp", {}, interval=timedelta(seconds=10)),
    CheckSpec(DB, "tcp", {}, interval=timedelta(seconds=10)),
)
PLAN = Plan(
    "Shop", "https://status.example.org",
    (PlannedComponent("API", (API, DB)), PlannedComponent("Data", (DB,), "Back")),
    runbook_url="https://wiki.example/runbook",
)  # fmt: skip
INCIDENT = IncidentId("INC-1")
TEXT = "**Incident**: Orders fail\n\nWe look into it. password=hunter2hunter2"


class HandClock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "tocsin.db") as opened:
        yield opened


def say(database: Database, check: CheckName, verdict: Verdict, at: datetime = NOW) -> None:
    sample = Sample(check, at, verdict, None, "")
    state = CheckState(verdict, since=at, last=sample)
    with database.write() as tx:
        checks.record(tx, [sample], {check: codec.encode(state)})


def happen(database: Database, *recorded: tuple[datetime, ev.Event]) -> None:
    """Append to the log of the incident, and keep its row, as the engine does."""
    with database.write() as tx:
        lines = [
            log.Entry(INCIDENT, events.kind_of(event), events.encode(event), "test", at)
            for at, event in recorded
        ]
        log.append(tx, lines)
        read = [
            ev.Recorded(line.position, line.at, line.actor, events.decode_event(line.kind, line.body))
            for line in log.events(tx, INCIDENT)
        ]
        if not incidents.exists(tx, INCIDENT):
            incidents.new_number(tx)
        project(tx, fold(INCIDENT, read), recorded[-1][0])


def declared(drill: bool = False) -> list[tuple[datetime, ev.Event]]:
    alert = Alert(
        "f", AlertState.FIRING, "api-internal: refused on 10.0.0.4", "check:api-internal", NOW, {"check": API}
    )
    return [
        (NOW, ev.AlertReceived(alert)),
        (
            NOW,
            ev.IncidentDeclared(
                INCIDENT, "api-internal: refused on 10.0.0.4", "P1", 1, (), "redis", "Redis", 3, (), (),
                "runbook.md", "0" * 64, "check", drill,
            ),
        ),
    ]  # fmt: skip


def told(
    number: int, text: str, state: str, at: datetime, next_by: datetime | None = None
) -> list[tuple[datetime, ev.Event]]:
    name = f"INC-1.u{number}"
    return [
        (at, ev.UpdateDrafted("public", text, name, state, PersonId("zoltan"), next_by)),
        (at, ev.UpdateSent(name, PersonId("zoltan"), "d")),
    ]


def look(database: Database, now: datetime = NOW, sight: Sight | None = None) -> Board:
    with database.read() as tx:
        return (sight or Sight(PLAN, SPECS, "here", Redactor())).board(tx, now)


class TestComponents:
    @pytest.mark.parametrize(
        ("api", "data", "expected"),
        [
            (Verdict.UP, Verdict.UP, State.OPERATIONAL),
            (Verdict.UP, Verdict.DEGRADED, State.DEGRADED),
            (Verdict.UP, Verdict.DOWN, State.PARTIAL),
            (Verdict.DOWN, Verdict.DOWN, State.MAJOR),
            (Verdict.UP, Verdict.UNKNOWN, State.UNKNOWN),
        ],
    )
    def test_a_component_is_as_bad_as_its_checks(
        self, database: Database, api: Verdict, data: Verdict, expected: State
    ) -> None:
        say(database, API, api)
        say(database, DB, data)
        assert look(database).components[0].state is expected

    def test_a_check_nobody_looked_at_for_a_while_is_no_data(self, database: Database) -> None:
        say(database, DB, Verdict.UP)
        assert look(database).components[1].state is State.OPERATIONAL
        assert look(database, NOW + timedelta(minutes=1)).components[1].state is State.UNKNOWN

    def test_a_check_of_every_second_is_known_although_its_state_is_stored_less_often(
        self, database: Database
    ) -> None:
        fast = tuple(
            replace(spec, interval=timedelta(seconds=1), timeout=timedelta(seconds=1)) for spec in SPECS
        )
        for check in (API, DB):
            say(database, check, Verdict.UP)
        for passed, state in ((29, State.OPERATIONAL), (31, State.UNKNOWN)):
            with database.read() as tx:
                board = Sight(PLAN, fast, "here", Redactor()).board(tx, NOW + timedelta(seconds=passed))
            assert [each.state for each in board.components] == [state, state]

    def test_before_the_first_sample_nothing_is_known(self, database: Database) -> None:
        assert {each.state for each in look(database).components} == {State.UNKNOWN}

    def test_what_fails_while_we_work_on_it_is_maintenance(self, database: Database) -> None:
        say(database, DB, Verdict.DOWN)
        with database.write() as tx:
            status.announce(tx, "Upgrade", "", ["Data"], NOW, NOW + timedelta(hours=1), "ana", NOW)
        board = look(database)
        assert [each.state for each in board.components][1] is State.MAINTENANCE
        assert [each.name for each in board.maintenance("in_progress")] == ["Upgrade"]

    def test_an_incident_the_public_was_told_of_makes_its_component_as_bad_as_it_is(
        self, database: Database
    ) -> None:
        say(database, API, Verdict.UP)
        say(database, DB, Verdict.UP)
        happen(database, *declared(), *told(1, TEXT, "Investigating", NOW))
        assert [each.state for each in look(database).components] == [State.PARTIAL, State.OPERATIONAL]


class TestIncidents:
    def test_nobody_reads_of_an_incident_before_a_person_told_the_public(self, database: Database) -> None:
        happen(database, *declared(), told(1, TEXT, "Investigating", NOW)[0])
        assert look(database).incidents == ()

    def test_a_rehearsal_is_never_shown(self, database: Database) -> None:
        happen(database, *declared(drill=True), *told(1, TEXT, "Investigating", NOW))
        assert look(database).incidents == ()

    def test_the_words_are_those_sent_and_the_name_is_not_ours(self, database: Database) -> None:
        happen(database, *declared(), *told(1, TEXT, "Mitigating", NOW, NOW + timedelta(minutes=20)))
        (found,) = look(database).incidents
        assert (found.name, found.state, found.next_by) == (
            "Orders fail",
            "identified",
            NOW + timedelta(minutes=20),
        )
        assert "hunter2" not in found.updates[0].text
        assert found.remediations == ("https://wiki.example/runbook#redis",)

    def test_a_withdrawn_update_keeps_its_trace_and_loses_its_text(self, database: Database) -> None:
        happen(database, *declared(), *told(1, TEXT, "Investigating", NOW))
        sight = Sight(PLAN, SPECS, "here", Redactor())
        assert look(database, sight=sight).incidents[0].updates[0].text
        happen(database, (NOW, ev.UpdateWithdrawn("INC-1.u1", PersonId("zoltan"), "wrong")))
        (found,) = look(database, sight=sight).incidents
        assert (found.updates[0].withdrawn, found.updates[0].text, found.name) == (
            True,
            "",
            "A problem with our service",
        )


class TestDays:
    def test_samples_become_days_once(self, database: Database) -> None:
        verdicts = [Verdict.UP] * 3 + [Verdict.DOWN] * 4 + [Verdict.UP] * 3
        taken = [
            Sample(DB, NOW + timedelta(seconds=10 * n), verdict, None, "")
            for n, verdict in enumerate(verdicts)
        ]
        with database.write() as tx:
            checks.record(tx, taken[:5], {})
        assert roll(database, SPECS) == 5
        with database.write() as tx:
            checks.record(tx, taken[5:], {})
        assert roll(database, SPECS) == 5
        assert roll(database, SPECS) == 0
        today = look(database).components[1].days[-1]
        assert (today.down, today.known) == (timedelta(seconds=40), timedelta(seconds=90))


class TestFiles:
    @pytest.fixture
    def keeper(self, database: Database, tmp_path: Path) -> tuple[Keeper, HandClock, Places]:
        clock, places = HandClock(), Places(tmp_path / "page", tmp_path / "internal.json")
        return Keeper(database, Sight(PLAN, SPECS, "here", Redactor()), SPECS, clock, places), clock, places

    def test_it_is_written_when_something_changed_and_when_it_is_due(
        self, database: Database, keeper: tuple[Keeper, HandClock, Places]
    ) -> None:
        keeps, clock, _ = keeper
        assert keeps.turn()
        clock.at += timedelta(seconds=2)
        assert not keeps.turn()
        say(database, DB, Verdict.DOWN, clock.at)
        assert keeps.turn()
        assert not keeps.turn()
        clock.at += PLAN.every
        assert keeps.turn()

    def test_a_promise_that_passes_is_a_change(
        self, database: Database, keeper: tuple[Keeper, HandClock, Places]
    ) -> None:
        keeps, clock, places = keeper
        happen(database, *declared(), *told(1, TEXT, "Investigating", NOW, NOW + timedelta(seconds=1)))
        assert keeps.turn()
        clock.at += timedelta(seconds=2)
        assert keeps.turn()
        assert ", overdue since" in (places.public / "index.html").read_text(encoding="utf-8")

    def test_nothing_of_ours_is_in_any_public_file_and_the_runbook_is_in_the_internal_one(
        self, database: Database, keeper: tuple[Keeper, HandClock, Places]
    ) -> None:
        keeps, _, places = keeper
        say(database, API, Verdict.DOWN)
        happen(database, *declared(), *told(1, TEXT, "Investigating", NOW))
        keeps.turn()
        files = [path for path in places.public.rglob("*") if path.is_file()]
        assert len(files) > 15
        for path in files:
            text = path.read_text(encoding="utf-8")
            for word in ("INC-1", "api-internal", "db-7", "10.0.0.4", "hunter2", "wiki.example", "zoltan"):
                assert word not in text, (path, word)
        found = json.loads(places.internal.read_text(encoding="utf-8"))["incidents"][0]
        assert (found["incident"], found["remediations"]) == ("INC-1", ["https://wiki.example/runbook#redis"])

    def test_where_a_team_says_so_the_page_leads_to_the_runbook_section_and_still_names_nothing_of_ours(
        self, database: Database
    ) -> None:
        happen(database, *declared(), *told(1, TEXT, "Investigating", NOW))
        plan = replace(PLAN, remediations_public=True)
        with database.read() as tx:
            files = site.files(Sight(plan, SPECS, "here", Redactor()).board(tx, NOW))
        assert '<a href="https://wiki.example/runbook#redis">Redis</a>' in files["index.html"]
        found = json.loads(files["latest.json"])["incidents"][0]
        assert found["remediations"] == ["https://wiki.example/runbook#redis"]
        for word in ("INC-1", "api-internal", "10.0.0.4", "hunter2"):
            assert not [path for path, text in files.items() if word in text], word

    def test_the_page_stays_when_the_database_is_gone(
        self, database: Database, keeper: tuple[Keeper, HandClock, Places]
    ) -> None:
        keeps, _, places = keeper
        keeps.turn()
        database.close()
        assert "Shop status" in (places.public / "index.html").read_text(encoding="utf-8")

    def test_what_is_not_there_any_more_is_taken_away_and_files_of_others_stay(self, tmp_path: Path) -> None:
        status_files.write(tmp_path, {"a/old.html": "1", "b.html": "1"})
        (tmp_path / "CNAME").write_text("status.example.org")
        assert status_files.write(tmp_path, {"b.html": "1", "c.html": "2"}) == 1
        left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
        assert left == {"b.html", "c.html", "CNAME", ".tocsin-status.json"}

    def test_a_page_of_somebody_else_is_not_touched(self, tmp_path: Path) -> None:
        (tmp_path / "index.html").write_text("mine")
        with pytest.raises(InputError, match="did not write"):
            status_files.write(tmp_path, {"index.html": "x"})
        assert (tmp_path / "index.html").read_text() == "mine"

    def test_a_list_that_was_tampered_with_removes_nothing_outside(self, tmp_path: Path) -> None:
        page = tmp_path / "page"
        outside = tmp_path / "precious"
        outside.write_text("x")
        status_files.write(page, {"a.html": "1"})
        (page / ".tocsin-status.json").write_text('["../precious", "a.html"]')
        status_files.write(page, {"a.html": "2"})
        assert outside.exists()

    def test_a_full_disk_leaves_the_old_page_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        status_files.write(tmp_path, {"index.html": "old"})

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            status_files.write(tmp_path, {"index.html": "new"})
        monkeypatch.undo()
        assert (tmp_path / "index.html").read_text() == "old"
        assert not list(tmp_path.glob(".*.partial"))
