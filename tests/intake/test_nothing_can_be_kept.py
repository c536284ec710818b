"""Where neither database nor spool takes anything, every sender is told to come again, and in the status it listens to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.conformance.test_sizes_and_order import IN_HOUSE
from tests.conftest import Deadline
from tests.intake.house import PATIENCE, House
from tests.intake.senders import Between, alertmanager, amtool
from tests.intake.test_real_senders import WEBHOOK, Run, firing, run  # noqa: F401 -- run is a fixture

from tocsin.app.intake import SPOOL
from tocsin.store.database import Database

pytestmark = pytest.mark.xdist_group("machine")
NAME = "alertname=Xkept"


@contextmanager
def full(house: House) -> Iterator[None]:
    """No disk has room for us: another writer holds the database, and no folder for the spool can be made."""
    spool = house.settings.data / SPOOL
    spool.write_text("a file where the folder should be")
    try:
        # By our own driver: locks of another SQLite library in the same process would not be noticed by it.
        with Database.open(house.settings.database) as other, other.write():
            yield
    finally:
        spool.unlink()


def test_nobody_is_told_yes_and_whoever_repeats_only_after_a_503_is_told_that(house: House) -> None:
    with full(house):
        for sender in IN_HOUSE:
            raw = json.dumps(sender.begin).encode()
            answer = house.http.post(sender.path, content=raw, headers=dict(sender.headers(raw)))
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), sender.kind


def test_alertmanager_comes_again_until_we_can_keep_it_and_it_is_one_incident(
    house: House,
    tmp_path: Path,
    run: Run,  # noqa: F811 -- the fixture of that name
    deadline: Deadline,
) -> None:
    wire = Between(house.door.address)
    sender = run(alertmanager(tmp_path, WEBHOOK.format(url=f"http://127.0.0.1:{wire.port}")))
    try:
        with full(house):
            url = f"http://127.0.0.1:{sender.port}"
            amtool(url, "alert", "add", NAME, "severity=critical", "--annotation=summary=disk at 99 %")
            deadline(lambda: wire.answers.count(503) >= 2, what="it is told to come again", within=PATIENCE)
            assert set(wire.answers) == {503}
        deadline(lambda: 200 in wire.answers and firing(house), what="it came through", within=PATIENCE)
    finally:
        wire.close()
    assert len(house.incidents()) == 1
    assert house.ledger().balanced
