"""PrepChef's production checks notice its faults, and are silent on a normal day."""

from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.sandbox.faults.seed import ROOT

from tocsin.app.probing import make_probers
from tocsin.app.settings import Settings, load
from tocsin.detection.check import CheckSpec, Verdict
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.faults.database_backup_restore import DROPPED
from tocsin.sandbox.faults.disable_payments import FRAUD
from tocsin.sandbox.faults.revoke_stripe_keys import LEAKED
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.prepchef_cluster import PrepChefClusterRoom


class Watch:
    """The checks of the example's settings, looked at by hand."""

    def __init__(self, room: PrepChefRoom, data: Path) -> None:
        environment = {**room.environment, "TOCSIN_DATA": str(data)}
        self.settings: Settings = load(ROOT / "examples/prepchef/tocsin.toml", environment)
        self._probers = make_probers(self.settings, SystemClock())

    def spec(self, name: str) -> CheckSpec:
        return next(spec for spec in self.settings.checks if spec.name == name)

    def verdict(self, name: str) -> Verdict:
        return self._probers.probe(self.spec(name)).verdict

    def message(self, name: str) -> str:
        return self._probers.probe(self.spec(name)).message


@pytest.fixture
def watch(prepchef: PrepChefRoom, tmp_path: Path) -> Watch:
    return Watch(prepchef, tmp_path)


def test_every_check_is_up_on_a_normal_day(watch: Watch) -> None:
    for spec in watch.settings.checks:
        Deadline()(
            lambda spec=spec: watch.verdict(spec.name) is Verdict.UP,  # type: ignore[misc]
            what=f"{spec.name} is up",
        )


def test_a_lost_table_is_noticed_by_its_own_check_and_by_the_customers_and_its_end_as_well(
    prepchef: PrepChefRoom, watch: Watch
) -> None:
    """The other faults and the one check each has are drilled: tests/drills/test_seeds.py."""
    handle = DROPPED.inject(prepchef)
    for name in ("bookings", "api-health"):
        Deadline()(lambda name=name: watch.verdict(name) is Verdict.DOWN, what=f"{name} is down")  # type: ignore[misc]
    DROPPED.restore(prepchef, handle)
    for name in ("bookings", "api-health"):
        Deadline()(lambda name=name: watch.verdict(name) is Verdict.UP, what=f"{name} is up again")  # type: ignore[misc]


def test_in_the_cluster_a_leaked_key_and_large_bookings_are_noticed(
    cluster: PrepChefClusterRoom, tmp_path: Path
) -> None:
    watch = Watch(cluster, tmp_path)
    handle = LEAKED.inject(cluster)
    Deadline()(lambda: watch.verdict("leaked-key") is Verdict.DOWN, what="leaked-key is down")
    cluster.stripe.revoke(cluster.stripe_key)
    Deadline()(lambda: watch.verdict("payments") is Verdict.DOWN, what="payments is down")
    LEAKED.restore(cluster, handle)
    Deadline()(lambda: watch.verdict("payments") is Verdict.UP, what="payments is up again")

    assert watch.verdict("large-bookings") is Verdict.UP
    booked = FRAUD.inject(cluster)
    Deadline()(lambda: watch.verdict("large-bookings") is Verdict.DOWN, what="large-bookings is down")
    FRAUD.restore(cluster, booked)
    Deadline()(lambda: watch.verdict("large-bookings") is Verdict.UP, what="large-bookings is up again")


def test_every_check_leads_to_a_section_of_the_runbook(watch: Watch) -> None:
    headings = (ROOT / "examples/prepchef/runbook.md").read_text(encoding="utf-8")
    named = [spec.section for spec in watch.settings.checks if spec.section is not None]
    assert named
    assert [section for section in named if section not in headings] == []
