"""What we send to PagerDuty, sent to the endpoint where we are PagerDuty: one contract, held at both ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.installation import KEYS, Installation
from tests.conftest import Deadline

from tocsin.connectors.api import PageMessage, Settled
from tocsin.connectors.pagerduty_pager import PagerDutyPager
from tocsin.errors import Permanent
from tocsin.kit.clock import SystemClock
from tocsin.store import changes
from tocsin.store.requests import State

MESSAGE = PageMessage(
    "INC-7.p1", "ana", "pagerduty", "P1 errors at checkout ✓", "INC-7: errors at checkout since 03:00 UTC",
    "https://tocsin.example/a/7", incidents=("INC-7",), severity="P1", rank=1, scope="elsewhere",
)  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, deadline: Deadline) -> Iterator[Installation]:
    made = Installation(tmp_path, deadline)
    yield made
    made.stop()


@pytest.fixture
def pager(here: Installation) -> Iterator[PagerDutyPager]:
    made = PagerDutyPager(KEYS["pagerduty-events"], SystemClock(), here.url)
    yield made
    made.close()


def test_a_page_of_ours_is_an_incident_there_however_often_it_is_sent_and_its_end_ends_it(
    here: Installation, pager: PagerDutyPager
) -> None:
    receipt = pager.page(MESSAGE)
    assert receipt.reference == "tocsin/elsewhere/INC-7" == pager.page(MESSAGE).reference
    (incident,) = here.incidents()
    assert (incident.section, incident.severity) == ("Checkout Errors", "P1")
    pager.settle(MESSAGE, receipt.reference, Settled("acknowledged", "ana"))
    pager.settle(MESSAGE, receipt.reference, Settled("resolved", None))
    stored = here.settled()
    assert [each.request.status for each in stored] == [202] * 4
    assert here.outcome(stored[-1]) == [incident.id]
    assert KEYS["pagerduty-events"] not in str(stored)


def test_what_only_tells_is_a_change_there(here: Installation, pager: PagerDutyPager) -> None:
    told = PageMessage(
        "INC-7.i1", "ana", "pagerduty", "INC-7: restarted the API", "pm2 restart cookcam-api", None, kind="inform",
        incidents=("INC-7",), scope="elsewhere",
    )  # fmt: skip
    assert pager.page(told).reference == "change"
    (stored,) = here.settled()
    assert stored.request.state is State.READ
    assert here.incidents() == []
    now = SystemClock().now()
    with here.app.database.read() as tx:
        (change,) = changes.between(tx, now.replace(year=2020), now.replace(year=2099))
    assert change.title == "INC-7: restarted the API"


def test_a_wrong_key_is_said_to_be_wrong(here: Installation) -> None:
    wrong = PagerDutyPager("0" * 32, SystemClock(), here.url)
    with pytest.raises(Permanent, match="Invalid routing key"):
        wrong.page(MESSAGE)
    wrong.close()
