"""Each fault of CookCam is found by a check of the example's own settings, and a quiet room by none."""

from typing import Any

import pytest
from tests.sandbox.faults.cookcam import Watch, broken

from tocsin.detection.check import Verdict
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.faults import (
    api_not_responding,
    database_connections,
    memory_leak,
    option_a_rollback,
    option_b_hot_fix,
    option_c_scale_up,
    option_d_database_recovery,
    rate_limit_triggered,
    stripe_webhook_failures,
)

FOUND_BY = [
    (api_not_responding.STOPPED, "api-health"),
    (api_not_responding.CRASH_LOOP, "api-health"),
    (database_connections.EXHAUSTED, "database"),
    (stripe_webhook_failures.FAILING, "webhooks"),
    (memory_leak.LEAK, "memory"),
    (rate_limit_triggered.SPIKE, "rate-limit"),
    (rate_limit_triggered.ATTACK, "rate-limit"),
    (option_a_rollback.BAD_RELEASE, "api-health"),
    (option_b_hot_fix.BAD_RELEASE, "api-health"),
    (option_c_scale_up.BUSY, "api-health"),
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
