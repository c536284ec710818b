"""PrepChef's nightly comparison of payouts: it stops without a word, and the age of its last result tells."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.conftest import Deadline

from tocsin.detection.check import CheckSpec, Verdict
from tocsin.kit.clock import SystemClock
from tocsin.probe.file import FileProber
from tocsin.sandbox.fault import differences
from tocsin.sandbox.faults.finance_payout_reconciliation import MISSED
from tocsin.sandbox.payout_job import DAY, PrepChefJobsRoom
from tocsin.sandbox.tools import Tools


@pytest.fixture
def room(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrepChefJobsRoom]:
    running = PrepChefJobsRoom.start(tmp_path_factory.mktemp("p"), tools)
    assert isinstance(running, PrepChefJobsRoom)
    yield running
    running.stop()


def fresh(room: PrepChefJobsRoom, most: str) -> Verdict:
    """What a check of the newest result's age says now."""
    settings = {"path": str(room.results / "*.json"), "age_down": most}
    spec = CheckSpec(name="payout-reconciliation", kind="file", settings=settings)
    return FileProber(SystemClock()).probe(spec).verdict


def test_a_job_that_stops_is_told_by_the_age_of_its_last_result(room: PrepChefJobsRoom) -> None:
    before = MISSED.oracles(room)
    result = json.loads(room.job.result.read_text())
    assert result["day"] == DAY
    assert not MISSED.confirm(room)
    assert fresh(room, "26 h") is Verdict.UP
    handle = MISSED.inject(room)
    assert MISSED.confirm(room)
    Deadline()(lambda: fresh(room, "4 s") is Verdict.DOWN, what="the last result is older than four seconds")
    assert MISSED.confirm(room)
    assert differences(before, MISSED.oracles(room)) == {}

    # There is no written procedure but to run it again: that is a result, and still no job.
    again = subprocess.run(
        [sys.executable, "-m", "tocsin", "reconcile", "payouts", "--day", DAY, "--config", "tocsin.toml"],
        cwd=room.job.home, env={**room.environment, "PAYOUTS_URL": room.environment["DATABASE_URL"], "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert fresh(room, "26 h") is Verdict.UP
    assert MISSED.confirm(room)

    MISSED.restore(room, handle)
    assert not MISSED.confirm(room)
    assert differences(before, MISSED.oracles(room)) == {}
    MISSED.restore(room, handle)
    assert not MISSED.confirm(room)


def test_a_payout_that_nobody_booked_is_named(room: PrepChefJobsRoom) -> None:
    MISSED.inject(room)
    room.postgres.query(f"INSERT INTO payouts VALUES ('po_lost', 12345, 'USD', '{DAY}')", "prepchef")
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "reconcile", "payouts", "--day", DAY, "--config", "tocsin.toml"],
        cwd=room.job.home, env={**room.environment, "PAYOUTS_URL": room.environment["DATABASE_URL"], "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "po_lost" in (room.results / f"{DAY}.findings.jsonl").read_text()
