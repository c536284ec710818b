"""CookCam, "3. Stripe Webhook Failures": the retry before the cause, the hour that hides, the secret nobody read again."""

import re

from tests.sandbox.faults.cookcam import SOON, broken, corrected, healthy, run, seed

from tocsin.sandbox import look
from tocsin.sandbox.cookcam import DATABASE, CookCamRoom
from tocsin.sandbox.faults.stripe_webhook_failures import DASHBOARD, EVENTS, FAILING, HEADING, OLD
from tocsin.sandbox.service import wait_until

FAILED = "SELECT count(*) FROM stripe_webhook_events WHERE status = 'failed'"


def failed(room: CookCamRoom) -> int:
    return int(room.postgres.query(FAILED, DATABASE))


def waiting(room: CookCamRoom) -> int:
    text = "SELECT count(*) FROM stripe_webhook_events WHERE status = 'received'"
    return int(room.postgres.query(text, DATABASE))


def payments(room: CookCamRoom) -> int:
    return int(room.postgres.query("SELECT count(*) FROM payments", DATABASE))


def reconciliation(room: CookCamRoom) -> int | None:
    return look.ask(room.pm2.port, "/api/v1/reconciliation/health").status


def put_the_new_secret_into_env(room: CookCamRoom) -> None:
    """What a person does who reads it in Stripe's dashboard."""
    secret = (room.room.scratch.path / DASHBOARD).read_text().strip()
    env = room.workdir / ".env"
    env.write_text(
        re.sub(r"(?m)^STRIPE_WEBHOOK_SECRET=.*$", f"STRIPE_WEBHOOK_SECRET={secret}", env.read_text())
    )


def restarted(room: CookCamRoom, command: str) -> None:
    """The command, and the application has processed what was waiting when it started."""
    assert run(room, command).status == 0
    healthy(room)
    wait_until(lambda: waiting(room) == 0, "nothing waits", SOON)


def test_as_written_an_hour_hides_the_beginning_and_the_retry_fails_again(cookcam: CookCamRoom) -> None:
    with broken(cookcam, FAILING):
        assert reconciliation(cookcam) == 503
        counted = run(cookcam, seed(HEADING, "GROUP BY status"))
        assert counted.status == 0
        assert re.search(rf"failed\s+\|\s+{EVENTS - OLD}\n", counted.out)
        assert failed(cookcam) == EVENTS
        listed = run(cookcam, seed(HEADING, "LIMIT 10"))
        assert listed.out.count("No signatures found") == EVENTS
        assert (
            run(cookcam, seed(HEADING, "UPDATE stripe_webhook_events")).out.strip()
            == f"UPDATE {EVENTS - OLD}"
        )
        restarted(cookcam, seed(HEADING, "pm2 restart"))
        assert failed(cookcam) == EVENTS
        assert reconciliation(cookcam) == 503


def test_as_written_the_new_secret_is_not_read_and_the_old_events_stay_failed(cookcam: CookCamRoom) -> None:
    with broken(cookcam, FAILING) as handle:
        put_the_new_secret_into_env(cookcam)
        restarted(cookcam, seed(HEADING, "pm2 restart"))
        vendor = handle.vendor
        refused = vendor.happen("payment_intent.succeeded", 100)
        assert [one.status for one in vendor.deliver(refused)] == [400]
        # The cause is fixed now; the retry looks at one hour, and so does the check that turns green.
        restarted(cookcam, corrected(HEADING, "--update-env"))
        retried = run(cookcam, seed(HEADING, "UPDATE stripe_webhook_events"))
        assert retried.out.strip() == f"UPDATE {EVENTS - OLD + 1}"
        restarted(cookcam, seed(HEADING, "pm2 restart"))
        assert reconciliation(cookcam) == 200
        assert failed(cookcam) == OLD
        assert payments(cookcam) == EVENTS - OLD + 1
        assert FAILING.confirm(cookcam)


def test_as_corrected_every_event_is_processed_once(cookcam: CookCamRoom) -> None:
    with broken(cookcam, FAILING) as handle:
        counted = run(cookcam, corrected(HEADING, "GROUP BY status"))
        assert re.search(rf"failed\s+\|\s+{EVENTS} ", counted.out)
        assert (
            run(cookcam, corrected(HEADING, "grep -x 0")).status == 1
        )  # its end says no as long as one is failed
        put_the_new_secret_into_env(cookcam)
        restarted(cookcam, corrected(HEADING, "--update-env"))
        assert run(cookcam, corrected(HEADING, "UPDATE")).out.strip() == f"UPDATE {EVENTS}"
        restarted(cookcam, "pm2 restart cookcam-api")
        assert run(cookcam, corrected(HEADING, "grep -x 0")).out == "0\n"
        assert run(cookcam, corrected(HEADING, "reconciliation")).status == 0
        assert payments(cookcam) == EVENTS
        # Stripe delivers again what it was refused: nothing is booked twice.
        assert [one.status for one in handle.vendor.retry()] == [200] * EVENTS
        assert payments(cookcam) == EVENTS
        assert not FAILING.confirm(cookcam)
