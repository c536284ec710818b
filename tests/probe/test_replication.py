"""A real primary and a real standby: who streams, how far behind, and a stream that broke and looks caught up."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.conftest import Deadline
from tests.probe.test_database_health_probes import Bench

from tocsin.detection.check import Verdict
from tocsin.sandbox.postgres import Postgres, find_bin, throwaway
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import run_once, wait_until_ready

WITHIN = timedelta(seconds=120)


@dataclass
class Pair:
    primary: Postgres
    standby: Postgres

    def write(self) -> None:
        with psycopg.connect(self.primary.url(), autocommit=True) as admin:
            admin.execute("CREATE TABLE IF NOT EXISTS t (id int)")
            admin.execute("INSERT INTO t VALUES (1)")

    def lag(self, **settings: object) -> Bench:
        return Bench("postgres", dsn=self.standby.url(), **settings)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    programs = find_bin()
    assert programs is not None
    folder = tmp_path_factory.mktemp("pair")
    with throwaway(folder, max_connections=12) as primary:
        scratch = Scratch.make(folder)
        try:
            standby = Postgres(scratch, programs)
            standby.password = primary.password
            _copy(primary, standby, programs)
            standby.start()
            wait_until_ready(standby)
            yield Pair(primary, standby)
        finally:
            scratch.end()


def _copy(primary: Postgres, standby: Postgres, programs: Path) -> None:
    """As an operator makes a standby: pg_basebackup -R."""
    home = standby._home
    home.mkdir(mode=0o700)
    if os.geteuid() == 0 and "--reuid=65534" in standby._as_other_user():
        os.chown(home, 65534, 65534)
    argv = (
        *standby._as_other_user(), str(programs / "pg_basebackup"), "-D", str(standby._data), "-R", "-X", "stream",
        "--checkpoint=fast", "--no-sync", "-d", primary.url(),
    )  # fmt: skip
    run_once(argv, home, standby._environment(), WITHIN)


def test_both_sides_know_each_other(pair: Pair, deadline: Deadline) -> None:
    pair.write()
    primary = Bench("postgres", dsn=pair.primary.url(), replicas_down=0)
    seen = deadline(
        lambda: (each := primary.look()).verdict is Verdict.UP and each,
        what="the standby streams",
        within=WITHIN,
    )
    assert (seen.facts["replicas"], seen.facts["standby"]) == ("1", "false")
    sample = pair.lag(lag_down="1 h").look()
    assert (sample.verdict, sample.facts["standby"]) == (Verdict.UP, "true")
    written = pair.lag(writable=True).look()
    assert written.verdict is Verdict.DOWN
    assert "a standby" in written.message


def test_a_standby_that_does_not_replay_falls_behind_and_catches_up(pair: Pair, deadline: Deadline) -> None:
    check = pair.lag(lag_down="300 ms")
    with psycopg.connect(pair.standby.url(), autocommit=True) as admin:
        admin.execute("SELECT pg_wal_replay_pause()")
        pair.write()
        seen = deadline(
            lambda: (each := check.look()).verdict is Verdict.DOWN and each, what="it lags", within=WITHIN
        )
        assert seen.facts["over"] == "lag"
        admin.execute("SELECT pg_wal_replay_resume()")
    deadline(lambda: check.look().verdict is Verdict.UP, what="it has caught up", within=WITHIN)


def test_a_standby_whose_stream_broke_is_behind_although_it_replayed_all_it_has(
    pair: Pair, deadline: Deadline
) -> None:
    """Last: the primary goes, and does not come back."""
    pair.write()
    check = pair.lag(lag_down="300 ms")
    deadline(lambda: check.look().verdict is Verdict.UP, what="it has caught up", within=WITHIN)
    pair.primary.stop()
    seen = deadline(
        lambda: (each := check.look()).verdict is Verdict.DOWN and each, what="it is behind", within=WITHIN
    )
    assert seen.facts["over"] == "lag"
    assert Bench("postgres", dsn=pair.primary.url()).look().verdict is Verdict.DOWN
