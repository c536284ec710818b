"""That monitoring is cut off is one alert, stored with the samples that say so, and known after a restart."""

from datetime import UTC, datetime, timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.cut_off import FINGERPRINT, CutOffRule
from tocsin.engine.intake import ALERT, Waiting
from tocsin.engine.watch import Watch
from tocsin.kit import codec
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.store import signals
from tocsin.store.database import Database

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SPECS = [CheckSpec(CheckName(name), "http", {"url": f"https://{name}.example"}) for name in "abc"]


class Hand(SystemClock):
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


def take(watch: Watch, clock: Hand, verdict: Verdict, **facts: str) -> None:
    """A sample of each check, half a minute later."""
    clock.at += timedelta(seconds=30)
    watch.take([Sample(spec.name, clock.at, verdict, None, "looked", facts) for spec in SPECS])


def told(database: Database) -> list[tuple[str, str]]:
    with database.read() as tx:
        waiting = [
            codec.decode(each.body, Waiting).alert
            for each in signals.next_unhandled(tx)
            if each.kind == ALERT
        ]
    return [(alert.fingerprint, alert.state.value) for alert in waiting]


def test_it_is_told_once_survives_a_restart_and_ends_by_itself(database: Database) -> None:
    clock = Hand()
    watch = Watch(database, SPECS, clock, cut_off=CutOffRule())
    for _ in range(10):
        take(watch, clock, Verdict.UNKNOWN, cut_off="true")
    assert told(database) == [(FINGERPRINT, "firing")]
    watch = Watch(database, SPECS, clock, cut_off=CutOffRule())
    take(watch, clock, Verdict.UNKNOWN, cut_off="true")
    assert told(database) == [(FINGERPRINT, "firing")]
    for _ in range(3):
        take(watch, clock, Verdict.UP)
    assert told(database) == [(FINGERPRINT, "firing"), (FINGERPRINT, "resolved")]


def test_without_the_rule_unknown_opens_nothing(database: Database) -> None:
    clock = Hand()
    watch = Watch(database, SPECS, clock)
    for _ in range(10):
        take(watch, clock, Verdict.UNKNOWN, cut_off="true")
    assert told(database) == []


def test_the_room_of_a_drill_has_no_network_and_that_is_no_news(database: Database) -> None:
    clock = Hand()
    watch = Watch(database, SPECS, clock, drill=True, cut_off=CutOffRule())
    for _ in range(10):
        take(watch, clock, Verdict.UNKNOWN, cut_off="true")
    watch.take_up(SPECS, watch.stored(SPECS), CutOffRule())
    take(watch, clock, Verdict.UNKNOWN, cut_off="true")
    assert told(database) == []


def test_switched_off_by_a_reload_it_is_over(database: Database) -> None:
    clock = Hand()
    watch = Watch(database, SPECS, clock, cut_off=CutOffRule())
    for _ in range(5):
        take(watch, clock, Verdict.UNKNOWN, cut_off="true")
    watch.take_up(SPECS, watch.stored(SPECS), None)
    take(watch, clock, Verdict.UNKNOWN, cut_off="true")
    assert told(database) == [(FINGERPRINT, "firing"), (FINGERPRINT, "resolved")]


def test_a_check_that_is_down_meanwhile_is_told_as_ever(database: Database) -> None:
    clock = Hand()
    watch = Watch(database, SPECS, clock, cut_off=CutOffRule())
    for _ in range(5):
        clock.at += timedelta(seconds=30)
        away = [Sample(s.name, clock.at, Verdict.UNKNOWN, None, "", {"cut_off": "true"}) for s in SPECS[:2]]
        watch.take([*away, Sample(SPECS[2].name, clock.at, Verdict.DOWN, None, "refused")])
    assert sorted(told(database)) == [("check:c", "firing"), (FINGERPRINT, "firing")]
