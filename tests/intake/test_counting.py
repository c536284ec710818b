"""Events that are counted: one wakes nobody, many open one alert, and it is over by itself; on both databases, the clock moved by hand."""

import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st
from tests.store.conftest import address, database, postgres_server  # noqa: F401 -- fixtures: both databases

from tocsin.connectors import stripe_webhook
from tocsin.connectors.count_rules import read_rules
from tocsin.detection.counting import CountRule, Tally, until
from tocsin.engine.foreign.hooks import Arrived, judge, request_id
from tocsin.engine.foreign.integrations import Integration, Integrations
from tocsin.engine.foreign.keeper import IntakeKeeper
from tocsin.engine.foreign.unpack import Means, Unpacker
from tocsin.errors import ConfigError
from tocsin.kit.redact import Redactor
from tocsin.store import lease, requests, signals
from tocsin.store.database import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAILED, PAID, CHARGE = "payment_intent.payment_failed", "payment_intent.succeeded", "charge.failed"
RULE = {
    "name": "payments", "events": [FAILED, CHARGE], "at_least": 3, "within": "5 min", "hold": "2 min",
    "what": "payments failed", "impact": "Major feature unavailable",
}  # fmt: skip
SHARED = {**RULE, "against": [PAID], "share": 0.5}
KEY = "0123456789abcdef0123456789abcdef"
SECRET = "whsec_test_secret"


@dataclass
class Hand:
    """A clock moved by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Counting:
    """The intake of one integration of Stripe's, whose requests are read at once."""

    def __init__(self, database: Database, rule: dict[str, object]) -> None:  # noqa: F811 -- no fixture here
        source = stripe_webhook.FORMAT.make("it", {"count": [rule]})
        whose = Integration(
            "stripe", stripe_webhook.FORMAT, source, (KEY,), (SECRET,), labels={"team": "payments"}
        )
        self.integrations = Integrations((whose,))
        self.database, self.clock = database, Hand()
        self._numbers = itertools.count(1)
        with database.write() as tx:
            held = lease.acquire(tx, "engine", "me", self.clock.now(), timedelta(days=99))
        assert held is not None
        self.held = held
        self._unpacker = Unpacker(database, Means(self.integrations, Redactor()), self.clock, lambda: held)
        self._keeper = IntakeKeeper(database, self.clock)

    def event(
        self,
        name: str,
        subject: str,
        *,
        ago: timedelta = timedelta(),
        event: str | None = None,
        **more: object,
    ) -> requests.State:
        """One event comes; returns what became of its request."""
        body = {
            "id": event or f"evt_{next(self._numbers)}", "object": "event", "type": name, "livemode": True,
            "created": int((self.clock.at - ago).timestamp()), "data": {"object": {"id": subject, **more}},
        }  # fmt: skip
        return self.read(body)

    def read(self, body: dict[str, object]) -> requests.State:
        raw = json.dumps(body).encode()
        stamp = int(self.clock.at.timestamp())
        signature = stripe.WebhookSignature._compute_signature(f"{stamp}.{raw.decode()}", SECRET)
        arrived = Arrived(
            "POST", "/hooks/stripe", {}, {"stripe-signature": f"t={stamp},v1={signature}"}, raw, "127.0.0.1", self.clock.at,
            request_id(self.clock.at, f"{next(self._numbers):020x}"),
        )  # fmt: skip
        judged = judge(arrived, (stripe_webhook.FORMAT,), self.integrations, KEY)
        assert judged.new is not None
        with self.database.write() as tx:
            requests.put_all(tx, [judged.new])
        while self._unpacker.turn():
            pass
        with self.database.read() as tx:
            return requests.listing(tx, 1)[0].request.state

    def later(self, length: timedelta) -> None:
        """Time passes; the keeper turns every minute of it."""
        end = self.clock.at + length
        while self.clock.at < end:
            self.clock.at = min(self.clock.at + MINUTE, end)
            self._keeper.turn(self.held)

    def told(self) -> list[tuple[str, str]]:
        """What was handed to the engine: state and title."""
        with self.database.read() as tx:
            every = [json.loads(each.body)["alert"] for each in signals.next_unhandled(tx, 1_000)]
        return [(each["state"], each["title"]) for each in every]

    def labels(self) -> dict[str, str]:
        with self.database.read() as tx:
            found: dict[str, str] = json.loads(signals.next_unhandled(tx, 1)[0].body)["alert"]["labels"]
        return found


@pytest.fixture
def counting(database: Database) -> Counting:  # noqa: F811 -- the fixture of that name
    return Counting(database, RULE)


@pytest.fixture
def sharing(database: Database) -> Counting:  # noqa: F811 -- the fixture of that name
    return Counting(database, SHARED)


def test_one_failed_payment_wakes_nobody_and_the_third_within_the_window_opens_one_alert(
    counting: Counting,
) -> None:
    assert counting.event(FAILED, "pi_1") is requests.State.READ
    counting.later(MINUTE)
    counting.event(FAILED, "pi_2")
    assert counting.told() == []
    counting.event(FAILED, "pi_3")
    assert counting.told() == [("firing", "stripe: 3 payments failed within 5 min")]
    labels = counting.labels()
    assert (labels["rule"], labels["threshold"], labels["team"]) == ("payments", "3 within 5 min", "payments")
    for number in range(4, 40):
        counting.event(FAILED, f"pi_{number}")
    assert len(counting.told()) == 1, "one alert, not one per event"


def test_the_alert_is_over_when_the_rate_is_back_and_has_stayed_so(counting: Counting) -> None:
    for number in range(3):
        counting.event(FAILED, f"pi_{number}")
    counting.later(6 * MINUTE)
    assert len(counting.told()) == 1, "the window is clean after 5 minutes, and the hold has not passed"
    counting.later(MINUTE)
    assert [state for state, _ in counting.told()] == ["firing", "resolved"]
    for number in range(3, 6):
        counting.event(FAILED, f"pi_{number}")
    assert [state for state, _ in counting.told()] == ["firing", "resolved", "firing"], (
        "and it can begin again"
    )


def test_as_long_as_payments_keep_failing_the_alert_stays(counting: Counting) -> None:
    for number in range(40):
        counting.event(FAILED, f"pi_{number}")
        counting.later(MINUTE)
    assert [state for state, _ in counting.told()] == ["firing"]


def test_failures_further_apart_than_the_window_are_no_alert(counting: Counting) -> None:
    for number in range(10):
        counting.event(FAILED, f"pi_{number}")
        counting.later(3 * MINUTE)
    assert counting.told() == []


def test_a_payment_counts_once_however_often_it_fails_and_by_whichever_object(counting: Counting) -> None:
    for _ in range(5):
        counting.event(FAILED, "pi_1")
        counting.event(CHARGE, "ch_1", payment_intent="pi_1")
    counting.event(FAILED, "pi_2")
    assert counting.told() == []
    counting.event(CHARGE, "ch_9")
    assert len(counting.told()) == 1


def test_a_repeated_delivery_counts_nothing(counting: Counting) -> None:
    counting.event(FAILED, "pi_1", event="evt_same")
    assert counting.event(FAILED, "pi_2", event="evt_same") is requests.State.REPEATED
    counting.event(FAILED, "pi_3")
    assert counting.told() == []


def test_what_comes_late_counts_when_it_happened(counting: Counting) -> None:
    """Stripe tries again for three days."""
    for number in range(5):
        counting.event(FAILED, f"pi_{number}", ago=timedelta(hours=2))
    assert counting.told() == []
    counting.event(FAILED, "pi_7", ago=-timedelta(minutes=9))
    for number in (8, 9):
        counting.event(FAILED, f"pi_{number}")
    assert len(counting.told()) == 1, "a clock ahead of ours is now"


def test_test_mode_counts_nothing_and_other_types_are_not_counted(counting: Counting) -> None:
    for number in range(5):
        body = {
            "id": f"evt_t{number}", "object": "event", "type": FAILED, "livemode": False,
            "created": int(NOON.timestamp()), "data": {"object": {"id": f"pi_{number}"}},
        }  # fmt: skip
        assert counting.read(body) is requests.State.IGNORED
        assert counting.event("customer.created", f"cus_{number}") is requests.State.IGNORED
    assert counting.told() == []


def test_a_dispute_stays_an_alert_of_its_own_beside_what_is_counted(counting: Counting) -> None:
    counting.event("charge.dispute.created", "dp_1", amount=100, currency="usd", reason="fraudulent")
    assert [title for _, title in counting.told()] == ["Stripe: dispute over 1.00 USD, reason fraudulent"]


def test_a_share_needs_both_many_and_a_large_part(sharing: Counting) -> None:
    for number in range(10):
        sharing.event(PAID, f"pi_{number}")
    for number in range(20, 25):
        sharing.event(FAILED, f"pi_{number}")
    assert sharing.told() == [], "5 of 15 are a third"
    for number in range(25, 30):
        sharing.event(FAILED, f"pi_{number}")
    assert sharing.told() == [("firing", "stripe: 10 payments failed within 5 min, 50% of 20")]


def test_a_payment_that_succeeds_in_the_end_did_not_fail_in_whichever_order_that_is_told(
    sharing: Counting,
) -> None:
    for number in range(3):
        sharing.event(PAID, f"pi_{number}")
        sharing.event(FAILED, f"pi_{number}", ago=MINUTE)
    assert sharing.told() == []
    for number in range(3, 6):
        sharing.event(FAILED, f"pi_{number}", ago=MINUTE)
    assert len(sharing.told()) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Payments!"}, "name"),
        ({"events": []}, "events"),
        ({"events": [7]}, "events"),
        ({"at_least": 1}, "at_least"),
        ({"at_least": None}, "at_least"),
        ({"within": None}, "within"),
        ({"within": "2 days"}, "within"),
        ({"share": 0.5}, "share"),
        ({"share": 0, "against": [PAID]}, "share"),
        ({"against": [PAID]}, "share"),
        ({"against": [FAILED], "share": 0.5}, "against"),
        ({"treshold": 4}, "treshold"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_with_its_key(changed: dict[str, object], said: str) -> None:
    table = {key: value for key, value in {**RULE, **changed}.items() if value is not None}
    with pytest.raises(ConfigError, match=said):
        read_rules("it", [table])


def test_rules_are_tables_and_their_names_are_unique() -> None:
    with pytest.raises(ConfigError, match="two rules"):
        read_rules("it", [RULE, RULE])
    with pytest.raises(ConfigError, match="list of tables"):
        read_rules("it", [7])


@given(
    bad=st.integers(0, 50), good=st.integers(0, 50), least=st.integers(2, 20), share=st.none() | st.floats(0.01, 1),
    age=st.integers(0, 299),
)  # fmt: skip
def test_an_alert_never_ends_before_its_window_is_clean(
    bad: int, good: int, least: int, share: float | None, age: int
) -> None:
    rule = CountRule("r", least, 5 * MINUTE, share, 2 * MINUTE, "x", "error", None, None)
    oldest = NOON - timedelta(seconds=age) if bad >= least else None
    found = until(rule, Tally(bad, good, oldest), NOON)
    broken = bad >= least and (share is None or bad >= share * (bad + good))
    assert (found is not None) is broken
    if found is not None and oldest is not None:
        assert found == oldest + rule.within + rule.hold >= NOON + rule.hold
