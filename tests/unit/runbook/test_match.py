"""Which section speaks about an alert. The sections are those of the two example runbooks."""

import pytest
from tests.unit.runbook.builders import alert, book, section

from tocsin.runbook.book import Runbook
from tocsin.runbook.matching.match import match

COOKCAM = book(
    section("API Not Responding", symptoms=("Health check failing, 502/503 errors",), number="1", line=143),
    section(
        "Database Connection Issues",
        symptoms=('"Too many connections", timeout errors',),
        number="2",
        line=174,
    ),
    section(
        "Stripe Webhook Failures",
        symptoms=("Payment processing delays, webhook errors in Sentry",),
        number="3",
        line=206,
    ),
    section("Memory Leak", symptoms=("Increasing memory usage, eventual OOM crashes",), number="4", line=249),
    section("Rate Limit Triggered", symptoms=("429 errors, legitimate users blocked",), number="5", line=281),
)
PREPCHEF = book(
    section(
        "Database Backup Restore", symptoms=("Data corruption, accidental deletion, ransomware",), line=54
    ),
    section(
        "Revoke Stripe Keys (Compromised)",
        symptoms=("Stripe secret key exposed in logs, code, or third-party breach",),
        line=108,
    ),
    section(
        "Disable Payments (Emergency Stop)",
        symptoms=("Fraudulent bookings, payment processor outage, critical bug",),
        line=155,
    ),
    section(
        "High Database Load (CPU > 90%)", symptoms=("Slow queries, missing indexes, DDoS attack",), line=203
    ),
    section("Redis Memory Full", symptoms=("Redis eviction, OOM errors",), line=246),
    section(
        "SSL Certificate Expiration", symptoms=("Certificate expires, Let's Encrypt renewal fails",), line=278
    ),
)


@pytest.mark.parametrize(
    ("runbook", "text", "title"),
    [
        (COOKCAM, "502 from api.cookcam.app /health", "API Not Responding"),
        (COOKCAM, "api-health: HTTP 503 from https://api.cookcam.app/health", "API Not Responding"),
        (COOKCAM, "connection refused: health check of cookcam-api", "API Not Responding"),
        (COOKCAM, "The API is unreachable", "API Not Responding"),
        (COOKCAM, "FATAL: sorry, too many clients already", "Database Connection Issues"),
        (COOKCAM, "ERROR: Too many connections", "Database Connection Issues"),
        (
            COOKCAM,
            "FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "Database Connection Issues",
        ),
        (COOKCAM, "Stripe webhook deliveries failing: 37 events", "Stripe Webhook Failures"),
        (COOKCAM, "StripeWebhookErrors", "Stripe Webhook Failures"),
        (
            COOKCAM,
            "No signatures found matching the expected signature for payload",
            "Stripe Webhook Failures",
        ),
        (COOKCAM, "JavaScript heap out of memory", "Memory Leak"),
        (COOKCAM, "Memory usage of cookcam-api keeps growing", "Memory Leak"),
        (COOKCAM, "Many clients get HTTP 429", "Rate Limit Triggered"),
        (COOKCAM, 'limiting requests, excess: 20.5 by zone "api_limit"', "Rate Limit Triggered"),
        (PREPCHEF, "OOM command not allowed when used memory > 'maxmemory'", "Redis Memory Full"),
        (PREPCHEF, "redis-memory: writes are refused by redis at 127.0.0.1:6379", "Redis Memory Full"),
        (PREPCHEF, "RedisMemoryHigh", "Redis Memory Full"),
        (PREPCHEF, "Database CPU at 97%", "High Database Load (CPU > 90%)"),
        (PREPCHEF, "Slow queries on bookings: p95 4.1 s", "High Database Load (CPU > 90%)"),
        (PREPCHEF, "Certificate of prepchef.com expires in 3 days", "SSL Certificate Expiration"),
        (PREPCHEF, "x509: certificate has expired or is not yet valid", "SSL Certificate Expiration"),
        (PREPCHEF, "Somebody dropped table bookings by accident", "Database Backup Restore"),
        (PREPCHEF, "Ransomware note found on the database host", "Database Backup Restore"),
        (PREPCHEF, "Stripe secret key pushed to a public repository", "Revoke Stripe Keys (Compromised)"),
        (PREPCHEF, "sk_live key leaked in application logs", "Revoke Stripe Keys (Compromised)"),
        (PREPCHEF, "Spike of fraudulent bookings", "Disable Payments (Emergency Stop)"),
        (PREPCHEF, "Payment processor outage reported by Stripe", "Disable Payments (Emergency Stop)"),
    ],
)
def test_the_section_that_speaks_about_the_alert_is_found(runbook: Runbook, text: str, title: str) -> None:
    found = match(alert(text), runbook)
    assert found.best is not None, [(c.section.title, c.score, c.reasons) for c in found.candidates]
    assert found.best.title == title, [(c.section.title, c.score, c.reasons) for c in found.candidates]
    assert found.candidates[0].reasons


@pytest.mark.parametrize("runbook", [COOKCAM, PREPCHEF])
@pytest.mark.parametrize(
    "text",
    [
        "Office printer is out of toner",
        "Kafka consumer lag on topic orders",
        "DNS zone transfer refused",
        "Nightly build of the mobile app failed",
        "Disk usage of build-7 above 85 %",
        "",
        "error",
    ],
)
def test_an_unrelated_alert_matches_nothing(runbook: Runbook, text: str) -> None:
    found = match(alert(text), runbook)
    assert found.best is None, found.candidates[0].reasons
    assert not found.tie


def test_a_runbook_link_wins_over_every_word() -> None:
    url = "https://git.example.org/ops/runbook.md#memory-leak"
    found = match(alert("502 from the API", runbook_url=url), COOKCAM)
    assert found.best is not None
    assert found.best.title == "Memory Leak"
    assert found.candidates[0].reasons == ("runbook link: #memory-leak",)


def test_a_hint_wins_over_a_link() -> None:
    found = match(alert("x", runbook_url="https://h/r.md#memory-leak"), COOKCAM, "rate-limit-triggered")
    assert found.best is not None
    assert found.best.title == "Rate Limit Triggered"


def test_a_dead_link_falls_back_to_the_symptoms() -> None:
    found = match(alert("HTTP 502 from health", runbook_url="https://h/r.md#gone"), COOKCAM)
    assert found.best is not None
    assert found.best.title == "API Not Responding"


def test_two_sections_equally_close_are_both_shown_and_none_is_chosen() -> None:
    twins = book(
        section("Orders queue stuck", symptoms=("504 errors",)),
        section("Mail queue stuck", symptoms=("504 errors",)),
    )
    found = match(alert("504 from the gateway, queue stuck"), twins)
    assert found.tie
    assert found.best is None
    assert len(found.candidates) == 2


def test_a_status_label_counts_like_the_text() -> None:
    found = match(alert("probe of the shop", status="502", check="shop"), COOKCAM)
    assert found.best is not None
    assert found.best.title == "API Not Responding"


def test_a_number_that_is_no_status_is_not_taken_for_one() -> None:
    assert match(alert("502 users signed up today"), COOKCAM).best is None


def test_the_alert_name_of_a_section_decides() -> None:
    named = book(section("Lag", alerts=("KubePersistentVolumeFillingUp",)), section("Volume filling up"))
    found = match(alert("something", alertname="KubePersistentVolumeFillingUp"), named)
    assert found.best is not None
    assert found.best.title == "Lag"
