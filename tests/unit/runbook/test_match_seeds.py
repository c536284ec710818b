"""Matching against the example runbooks as they compile, all eleven incidents."""

from pathlib import Path

import pytest
from tests.unit.runbook.builders import alert

from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile
from tocsin.runbook.matching.match import match
from tocsin.runbook.matching.severity import assess
from tocsin.runbook.plan.as_text import as_text
from tocsin.runbook.plan.outlook import plan

EXAMPLES = Path(__file__).parents[3] / "examples"
BOOKS = {
    name: compile((EXAMPLES / name / "runbook.md").read_text(encoding="utf-8"), name)
    for name in ("cookcam", "prepchef")
}
ALERTS = [
    ("cookcam", "api-health: HTTP 502 from https://api.cookcam.app/health", "API Not Responding"),
    ("cookcam", "502 from api.cookcam.app /health", "API Not Responding"),
    ("cookcam", "503 Service Unavailable on /health", "API Not Responding"),
    ("cookcam", "FATAL: remaining connection slots are reserved", "Database Connection Issues"),
    ("cookcam", "FATAL: sorry, too many clients already", "Database Connection Issues"),
    ("cookcam", "Stripe webhooks are failing", "Stripe Webhook Failures"),
    ("cookcam", "memory of cookcam-api increasing, process OOM killed", "Memory Leak"),
    ("cookcam", "429 for legitimate users", "Rate Limit Triggered"),
    ("prepchef", "corruption in table bookings, rows deleted by accident", "Database Backup Restore"),
    ("prepchef", "Stripe secret key leaked in a log file", "Revoke Stripe Keys (Compromised)"),
    ("prepchef", "fraudulent bookings", "Disable Payments (Emergency Stop)"),
    ("prepchef", "database CPU 96% for ten minutes", "High Database Load (CPU > 90%)"),
    ("prepchef", "OOM command not allowed when used memory > 'maxmemory'", "Redis Memory Full"),
    (
        "prepchef",
        "redis-writes: OOM command not allowed when used memory > 'maxmemory'.",
        "Redis Memory Full",
    ),
    ("prepchef", "TLS certificate of prepchef.com expires in 2 days", "SSL Certificate Expiration"),
]


@pytest.mark.parametrize(("name", "text", "title"), ALERTS)
def test_the_alert_finds_its_section(name: str, text: str, title: str) -> None:
    found = match(alert(text), BOOKS[name])
    assert found.best is not None, [(c.section.title, c.score, c.reasons) for c in found.candidates]
    assert found.best.title == title, [(c.section.title, c.score, c.reasons) for c in found.candidates]


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize("text", ["printer out of toner", "Kafka consumer lag", "DNS zone transfer refused"])
def test_a_foreign_alert_matches_nothing(name: str, text: str) -> None:
    assert match(alert(text), BOOKS[name]).best is None


def test_complete_outage_of_cookcam_is_p0_and_quotes_the_line() -> None:
    book: Runbook = BOOKS["cookcam"]
    found = assess(
        alert("HTTP 502", impact="Complete service outage"), book.section("API Not Responding"), book.policy
    )
    assert found.severity == "P0"
    assert "line 10" in found.reasons[0]


@pytest.mark.parametrize("name", BOOKS)
def test_every_incident_of_the_examples_can_be_planned(name: str) -> None:
    book = BOOKS[name]
    for section in book.incidents():
        text = as_text(plan(book, section))
        for step in section.steps():
            assert step.number in text
