"""Whose case an incident is, by its own words; and which contacts a runbook wants."""

from pathlib import Path

import pytest
from tests.unit.oncall.plans import ids

from tocsin.oncall.contacts import CASES, called_for, duty_of, name_of, wanted
from tocsin.oncall.schedule import SpecialContact
from tocsin.runbook.compile import compile as compile_runbook

ROOT = Path(__file__).resolve().parents[3]
KNOWN = tuple(SpecialContact(name, ids("ana"), cases) for name, cases in CASES.items())


def called(*words: str) -> list[str]:
    return [contact.name for contact, _ in called_for(KNOWN, words)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Stripe keys compromised", ["security"]),
        ("Unauthorized access to the admin panel", ["security"]),
        ("Data breach in the customer table", ["security", "legal"]),
        ("DATABASE: too many clients already", ["database"]),
        ("PostgreSQL replication lag 40 s", ["database"]),
        ("Deadlocks in checkout", ["database"]),
        ("Memory leak in the API", []),
        ("401 unauthorized from the payment provider", []),
        ("Replicas of the deployment are not ready", []),
        ("Disk full on web-1", []),
        ("Dashboard databaseless", []),
        ("", []),
    ],
)
def test_a_case_is_told_by_whole_words(words: str, names: list[str]) -> None:
    assert called(words) == names


def test_the_reason_names_the_word_that_made_it_a_case() -> None:
    ((_, because),) = called_for(KNOWN, ["The database is slow"])
    assert because == 'a case for database: "database"'


def test_words_of_different_claims_count_together_and_case_and_accents_do_not() -> None:
    own = SpecialContact("paiements", ids("ana"), ("défaut de paiement",))
    assert called_for([own], ["DEFAUT DE PAIEMENT chez le client"])
    assert not called_for([own], ["défaut", "d'affichage"])


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("Security Team", "security"), ("CISO", "security"), ("DBA on duty", "database"), ("Database Team", "database"),
        ("CEO", "executive"), ("CTO", "executive"), ("Engineering Manager", "executive"), ("Legal counsel", "legal"),
        ("Data Protection Officer", "legal"), ("On-Call Engineer", None), ("DevOps Lead", None), ("Support", None),
    ],
)  # fmt: skip
def test_a_role_is_known_by_what_runbooks_call_it(role: str, name: str | None) -> None:
    assert name_of(role) == name


def test_the_seeds_want_these_contacts() -> None:
    def names(example: str) -> list[str]:
        text = (ROOT / "examples" / example / "runbook.md").read_text(encoding="utf-8")
        return [each.name for each in wanted(compile_runbook(text, "runbook.md").policy)]

    assert names("prepchef") == ["security", "database", "executive"]
    assert names("cookcam") == []  # its CTO and Engineering Manager are level 3


def test_the_duties_of_a_level_say_whose_case_it_is() -> None:
    text = (ROOT / "examples" / "cookcam" / "runbook.md").read_text(encoding="utf-8")
    policy = compile_runbook(text, "runbook.md").policy
    assert duty_of(policy, "database") == 2
    assert duty_of(policy, "security") is None
    assert duty_of(policy, "payments") is None


def test_a_vendor_is_not_ours_to_page() -> None:
    policy = compile_runbook(
        "# R\n\n## Contacts\n\n**External Vendors**:\n- Database Support: db@vendor.example\n"
    ).policy
    assert wanted(policy) == ()
