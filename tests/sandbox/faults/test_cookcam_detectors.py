"""Faults of CookCam are found by the checks of the example's own settings, and a quiet room by none."""

from typing import Any

import pytest
from tests.sandbox.faults.cookcam import SOON, Watch, broken

from tocsin.detection.check import Sample, Verdict
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.faults import (
    memory_leak,
    option_d_database_recovery,
    rate_limit_triggered,
    stripe_webhook_failures,
)
from tocsin.sandbox.service import wait_until

# The other checks find their faults in the drills (tests/drills/test_seeds.py), and nobody needs to see that twice.
FOUND_BY = [
    (stripe_webhook_failures.FAILING, "webhooks"),
    (memory_leak.LEAK, "memory"),
    (rate_limit_triggered.ATTACK, "rate-limit"),
    (option_d_database_recovery.SPOILED, "bookings"),
]


@pytest.mark.parametrize(("fault", "check"), FOUND_BY, ids=[fault.name for fault, _ in FOUND_BY])
def test_a_check_of_the_settings_finds_the_fault(
    cookcam: CookCamRoom, fault: Fault[CookCamRoom, Any], check: str
) -> None:
    watch = Watch(cookcam)
    wait_until(lambda: _quiet(watch.sample(check)), f"{check} is quiet", SOON)
    with broken(cookcam, fault):
        watch.becomes(check, Verdict.DOWN)


def _quiet(sample: Sample) -> bool:
    return sample.verdict is Verdict.UP or "window is not full" in sample.message


def test_a_quiet_room_is_found_by_none(cookcam: CookCamRoom) -> None:
    watch = Watch(cookcam)
    # A rate is not called good before its first minute is over.
    assert watch.sample("rate-limit").verdict is Verdict.UNKNOWN
    for name in watch.names:
        if name != "rate-limit":
            watch.becomes(name, Verdict.UP)
