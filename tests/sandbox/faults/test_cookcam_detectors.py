"""Faults of CookCam are found by the checks of the example's own settings, and a quiet room by none."""

from typing import Any

import pytest
from tests.sandbox.faults.cookcam import Watch, broken

from tocsin.detection.check import Verdict
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.faults import (
    memory_leak,
    option_d_database_recovery,
    rate_limit_triggered,
    stripe_webhook_failures,
)

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
    before = watch.sample(check)
    assert before.verdict is Verdict.UP or "window is not full" in before.message
    with broken(cookcam, fault):
        watch.down(check)


def test_a_quiet_room_is_found_by_none(cookcam: CookCamRoom) -> None:
    seen = Watch(cookcam).verdicts()
    # A rate is not called good before its first minute is over.
    assert seen.pop("rate-limit") is Verdict.UNKNOWN
    assert set(seen.values()) == {Verdict.UP}
