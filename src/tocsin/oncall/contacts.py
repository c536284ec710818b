"""Special contacts: who is called as well when an incident is a security, database or legal case, or a major one.

Which contacts there ought to be is what the runbook says ("Security Team: …", "CEO: … (for major incidents)"); who they
are is what tocsin.toml binds. A case is recognised by words of the incident, never by one document's wording.
Sources: PrepChef "Emergency Contacts", CookCam "Escalation" and "Contact Information"; rules ESC-03, ESC-04, SEC-04.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.oncall.schedule import SpecialContact
from tocsin.runbook.policy.terms import Policy
from tocsin.runbook.words.wording import fold

# What a contact of this name is called for, unless the team says otherwise.
CASES: dict[str, tuple[str, ...]] = {
    "security": (
        "security", "breach", "breached", "compromise", "compromised", "intrusion", "intruder", "attack", "attacker",
        "unauthorized access", "unauthorised access", "stolen", "malware", "ransomware", "phishing", "vulnerability",
        "exploit", "data leak", "leaked credentials", "leaked key", "key leaked", "credentials leaked", "ddos",
    ),
    "database": (
        "database", "databases", "db", "postgres", "postgresql", "mysql", "mariadb", "mongodb", "sql", "replication lag",
        "replica lag", "deadlock", "deadlocks", "too many clients", "data loss",
    ),
    "legal": ("data breach", "data leak", "personal data", "customer data", "privacy", "gdpr", "lawsuit", "subpoena"),
    "executive": (),
}  # fmt: skip
# Those who are told of every major incident, whatever it is about.
MAJOR = frozenset({"executive"})

# How runbooks call them.
_NAMES = {
    "security": re.compile(r"\b(?:security|infosec|ciso|soc|csirt|seguridad|seguranca|securite|sicherheit)"),
    "database": re.compile(r"\b(?:database|dba|dbas|db|datenbank|base de datos|banco de dados|base de donnees)\b"),
    "legal": re.compile(r"\b(?:legal|counsel|lawyer|privacy|dpo|data protection|compliance|recht|datenschutz)"),
    "executive": re.compile(
        r"\b(?:ceo|cto|coo|cfo|cio|chief|executive|founder|president|vp|head of|managing director|director|"
        r"(?:engineering|general) manager|management)\b"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contact a runbook names and somebody has to be.

    Attributes:
        name: of the special contact. role: as written ("Security Team"). line: where.
    """

    name: str
    role: str
    line: int


def wanted(policy: Policy) -> tuple[Wanted, ...]:
    """The special contacts a runbook names, each once, in its order.

    Vendors are not ours to page, and who is a level of the escalation ("Level 3: CTO") is called there.
    """
    found: dict[str, Wanted] = {}
    levels = {name_of(level.who) for level in policy.escalation}
    for contact in policy.contacts:
        name = None if contact.vendor else name_of(contact.role)
        if name is not None and name not in levels:
            found.setdefault(name, Wanted(name, contact.role, contact.span.first_line))
    return tuple(found.values())


def name_of(role: str) -> str | None:
    """What the contact a runbook calls by this role is called here, or None for one that levels already cover."""
    folded = fold(role)
    return next((name for name, pattern in _NAMES.items() if pattern.search(folded)), None)


def duty_of(policy: Policy, name: str) -> int | None:
    """The escalation level whose duties a runbook says this is ("Database operations"), or None."""
    pattern = _NAMES.get(name)
    if pattern is None:
        return None
    duties = ((level.level, fold(duty)) for level in policy.escalation for duty in level.duties)
    return next((level for level, duty in duties if pattern.search(duty)), None)


def called_for(
    contacts: Iterable[SpecialContact], words: Iterable[str]
) -> tuple[tuple[SpecialContact, str], ...]:
    """The contacts an incident is a case for, each with the reason.

    Args:
        words: what the incident says of itself: titles, impact, section.
    """
    text = f" {' '.join(re.findall(r'[a-z0-9]+', fold(' '.join(words))))} "
    found: list[tuple[SpecialContact, str]] = []
    for contact in contacts:
        case = next((case for case in contact.cases if _stands_in(case, text)), None)
        if case is not None:
            found.append((contact, f'a case for {contact.name}: "{case}"'))
    return tuple(found)


def _stands_in(case: str, text: str) -> bool:
    """Whether all of a case's words stand in the text together, as whole words."""
    words = " ".join(re.findall(r"[a-z0-9]+", fold(case)))
    return bool(words) and f" {words} " in text
