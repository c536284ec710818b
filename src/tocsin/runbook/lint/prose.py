"""What sentences give away or leave open: passwords in words (TOC207), holes for people (TOC403), few samples (TOC318)."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.wording import fold

_SECRET_NAME = re.compile(
    r"\b(?:passwords?|passphrase|passcode|passwort|kennwort|pin(?: code)?|secret|api[ -]?key|access key|token|contrase(?:ñ|n)a|senha|mot de passe|credentials?|login)\b"
    r"(?:[^`:=\n]|`[^`\n]{1,30}`){0,50}(?:\bis\b|[:=]|\blautet\b|\bare\b|\best\b|\bes\b|\bist\b|\bé\b|(?=\s`))\s*[`*\"']{1,2}(?P<value>[^`*\"'\s]{6,64})[`*\"']{1,2}",
    re.IGNORECASE,
)
_KEY_MATERIAL = re.compile(
    r"\b(?:keys?|secret|tokens?|psk|hmac[\w-]*|passwords?|passphrase)\b[^\n\"']{0,60}[\"'](?P<value>[A-Za-z0-9+/=_-]{20,88})[\"']",
    re.IGNORECASE,
)
# One of these is in every text that one of the two finds.
_SECRET_WORDS = (
    "pass", "kennwort", "pin", "secret", "api", "key", "token", "contrase", "senha", "credential", "login", "psk", "hmac",
)  # fmt: skip
_NO_MATERIAL = re.compile(
    r"\b(?:fingerprint|public|checksum|digest|sha\d*sum|hash|ssh-(?:rsa|ed25519))\b", re.IGNORECASE
)
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)")
_LITERAL = re.compile(r"(?=.*\d)(?=.*[A-Za-z])|(?=.*[!@#%^&+?])(?=.*[A-Za-z]).*")
_POINTS = re.compile(
    r"^[$<\[{/~]|^@[\w-]+/|[/.:]\w+[/.]|^https?:|_(?:PASSWORD|TOKEN|KEY|SECRET)\b|^[A-Z][A-Z0-9_]+$|[-_](?:key|token|secret|password)s?$",
    re.IGNORECASE,
)


def spoken_secrets(view: View) -> Iterator[Diagnostic]:
    """TOC207: a password that a sentence tells ("the password is `Winter2024!`")."""
    for raw in view.prose_saying(_SECRET_WORDS):
        text = raw.text
        if not ("`" in text or "*" in text or '"' in text or "'" in text):
            continue
        found = _SECRET_NAME.search(raw.text)
        material = _KEY_MATERIAL.search(text) if found is None else None
        if material is not None and not _NO_MATERIAL.search(text) and _MIXED.match(material["value"]):
            message = "A key stands in the text: everybody who reads the runbook has it."
            yield view.remark("TOC207", raw.span, message, column=material.start("value") + 1)
        if found is None or _POINTS.search(found["value"]) or not _LITERAL.match(found["value"]):
            continue
        message = "A password stands in the text: everybody who reads the runbook has it."
        yield view.remark("TOC207", raw.span, message, column=found.start("value") + 1)


_REACHES = re.compile(
    r"\b(?:call|phone|page|inform|contact|notify|reach|ring|mail|e-?mail|tell|alert|ask|escalate|anrufen|informieren|verstandigen|benachrichtigen|rufen?|"
    r"llamar|avisar|appeler|prevenir|ligar)\b"
)
_NAMED_HOLE = re.compile(
    r"\[(?:(?:insert |your |the )?(?:name|contact(?: person| name| details)?|phone(?: number)?|number|extension|email|e-mail|person|who|manager(?: name)?|vendor(?: contact)?|"
    r"on-?call(?: \w+)?|team(?: name)?|telefon(?:nummer)?|ansprechpartner|xxx+|tbd|todo)[^\]]{0,40})\](?!\()",
    re.IGNORECASE,
)
# One of these is in every text the pattern finds.
_OPEN = ("tb", "t.b", "to be", "xxx", "???")
_PERSON_HOLE = re.compile(
    r"\bt\.?b\.?[dac]\b|\bto be (?:defined|determined|announced|confirmed)\b|"
    r"\bx{3}[- ]?x{3,4}(?:[- ]?x{2,4})?\b|(?<!^)\?{3,}(?=\s*$)",
    re.IGNORECASE,
)
_FIELD_OF_PEOPLE = re.compile(
    r"^\W*(?:\d{1,2}[.)]\s*)?(?:[\w/ -]{0,30}\b)?(?:contacts?|phone|on-?call|escalation|manager|lead|owner|vendor|hotline|telefon|kontakt|bereitschaft|leitung|support)\b[\w/ ()-]{0,30}\W{0,6}[:|]"
)


def open_people(view: View) -> Iterator[Diagnostic]:
    """TOC403: a sentence or field that says whom to reach and leaves a hole for the name or number."""
    known = {contact.span.first_line for contact in view.book.policy.contacts if contact.value is None}
    worded = {raw.number for raw in view.prose_saying(_OPEN)}
    for raw in view.prose_saying(("[", *_OPEN)):
        if raw.number in known or _template(raw):
            continue
        hole = _PERSON_HOLE.search(raw.text) if raw.number in worded else None
        found = _first(_NAMED_HOLE.search(raw.text), hole)
        if found is None:
            continue
        told = fold(raw.text)
        if _REACHES.search(told) or _FIELD_OF_PEOPLE.match(told):
            message = f"{found[0]} stands where somebody has to be reached."
            yield view.remark("TOC403", raw.span, message, column=found.start() + 1)


def _first(one: re.Match[str] | None, other: re.Match[str] | None) -> re.Match[str] | None:
    """Of two finds the one that begins earlier."""
    return min((found for found in (one, other) if found), key=lambda found: found.start(), default=None)


_BRACKETED = re.compile(r"\[[A-Za-z][^\]]{1,40}\](?!\()")


def _template(raw: RawLine) -> bool:
    """A line of a message to be sent: its holes are filled when it is sent."""
    return raw.text.lstrip().startswith(">") or len(_BRACKETED.findall(raw.text)) > 2


_PERCENTILE = re.compile(r"\bp(\d{2}(?:\.\d+)?)\b|\b(\d{2})th percentile\b", re.IGNORECASE)
_SAMPLES = re.compile(
    r"\b(\d{1,4})\s+(?:samples?|runs?|requests?|measurements?|probes?|messungen|calls?)\b", re.IGNORECASE
)


_COUNTED_THINGS = ("sample", "run", "request", "measurement", "probe", "messungen", "call")


def few_samples(view: View) -> Iterator[Diagnostic]:
    """TOC318: the same as for a service's objective, of a target that stands in a procedure."""
    known = {slo.span.first_line for slo in view.book.policy.slos}
    for raw in view.prose_saying(_COUNTED_THINGS):
        told = raw.text.casefold()
        if not ("p" in told and any(map(str.isdigit, told))):
            continue
        percent = _PERCENTILE.search(raw.text) if raw.number not in known else None
        count = _SAMPLES.search(raw.text) if percent is not None else None
        if percent is None or count is None:
            continue
        share = float(percent[1] or percent[2])
        if int(count[1]) * (100 - share) < 100:
            message = f"The {percent[0]} of {count[1]} samples is their maximum."
            yield view.remark("TOC318", raw.span, message)


RULES = (spoken_secrets, open_people, few_samples)
