"""What is wrong with a text before it leaves the house. Rules COM-07, COM-08, COM-14.

A flag is a sentence for the person who sends. Nothing is rewritten: a person decides, and says why if it goes all the same.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.comms.names import internal_names, is_full_outage
from tocsin.incident.incident import Incident
from tocsin.incident.said import OUTSIDE, PUBLIC
from tocsin.incident.situation import Situation
from tocsin.kit.redact import Redactor

_WHEN = r"\d[\d:]*\s*(?:min\w*|h\b|hours?|days?|UTC)?"
_PROMISE = re.compile(
    r"\b(?:will|should|expect(?:ed)?(?: to)?|going to)\b[^.\n]{0,60}?\b(?:resolved|fixed|restored|recovered|back(?: up)?|"
    rf"available|working|online)\b[^.\n]{{0,40}}?(?:\b(?:by|in|within|at|before)\b[^.\n]{{0,12}}?{_WHEN}|\bsoon\b|\bshortly\b)|"
    rf"\bETA\b\W{{0,6}}(?:{_WHEN}|in\b|within\b|about\b|soon\b)|"
    r"\b(?:fix|resolution|recovery)\b[^.\n]{0,20}\b(?:in|within)\s+\d+\s*(?:min\w*|h\w*)",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
_OUTAGE = re.compile(r"\boutage\b", re.IGNORECASE)
_OVER = re.compile(r"\b(?:resolved|fully recovered|has been fixed|is fixed|back to normal)\b", re.IGNORECASE)
_NOT_OVER = re.compile(
    r"\b(?:not|until|when|once|to be|being|investigating)\b[^.\n|]{0,25}$|\|\s*$", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b",
    re.IGNORECASE,
)
_HOST = re.compile(r"\b[\w-]+\.(?:internal|local|lan|corp|intra|cluster\.local|svc)\b", re.IGNORECASE)
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]+\b")
_BLAME = re.compile(
    r"\b(?:human error|operator error|careless\w*|negligen\w*|incompeten\w*|stupid\w*|blame\w*|"
    r"(?:his|her|their|somebody's|someone's) (?:fault|mistake)|should have (?:known|checked|tested))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Flag:
    """One remark.

    Attributes:
        rule: of the response process. sentence: what was read and what to do.
        absolute: whether no reason lets it pass (COM-14: "over" while a check says otherwise).
    """

    rule: str
    sentence: str
    absolute: bool = False


def review(
    text: str, audience: str, state: str, incident: Incident, situation: Situation
) -> tuple[Flag, ...]:
    """What a person should know before this text goes to this audience.

    Args:
        state: what the update says about the incident ("Resolved" for the last one).
    """
    found = [*_over(text, state, incident)]
    promise = _PROMISE.search(text)
    if promise:
        found.append(
            Flag(
                "COM-07", f'"{promise[0].strip()}" promises an end; name the time of the next update instead.'
            )
        )
    if audience == PUBLIC:
        found.extend(_no_next_word(text, incident, situation))
    if audience in OUTSIDE:
        found.extend(_internals(text, incident, situation))
        if _OUTAGE.search(text) and not is_full_outage(incident):
            found.append(
                Flag("COM-08", '"outage" is said, and this is no full outage; say what does not work.')
            )
    blame = _BLAME.search(text)
    if blame:
        found.append(Flag("COM-08", f'"{blame[0]}" blames somebody; say what happened.'))
    if Redactor().redact(text) != text:
        found.append(Flag("COM-08", "It holds what looks like a password, a token or a key.", absolute=True))
    return tuple(found)


def _over(text: str, state: str, incident: Incident) -> Iterable[Flag]:
    """Nothing is over while a check says that something is wrong (COM-14)."""
    said = [found for found in _OVER.finditer(text) if not _NOT_OVER.search(text[: found.start()])]
    if (state == "Resolved" or said) and incident.firing:
        names = ", ".join(alert.title for alert in incident.firing)
        yield Flag("COM-14", f"It says that it is over, and a check says otherwise: {names}.", absolute=True)
    elif (state == "Resolved" or said) and incident.open:
        yield Flag(
            "COM-14", f"It says that it is over, and {incident.id} is not resolved yet.", absolute=True
        )


def _no_next_word(text: str, incident: Incident, situation: Situation) -> Iterable[Flag]:
    """Each public word names the time of the next one, and that time is still to come (COM-03)."""
    waiting = incident.said.draft(PUBLIC)
    due = waiting.drafted.next_by if waiting is not None and waiting.drafted.text == text else None
    if due is not None and due <= situation.now:
        yield Flag(
            "COM-03", f"It names {due:%H:%M} UTC for the next update, and that is over: look at a new draft."
        )
    if incident.open and incident.major and not _TIME.search(text):
        yield Flag("COM-03", "It does not say when the next update comes.")


def _internals(text: str, incident: Incident, situation: Situation) -> Iterable[Flag]:
    seen: dict[str, tuple[str, str]] = {}
    for pattern, what in (
        (_ADDRESS, "an address"),
        (_HOST, "a host of ours"),
        (_MAIL, "somebody's mail address"),
    ):
        for found in pattern.finditer(text):
            seen.setdefault(found[0].casefold(), (found[0], what))
    folded = text.casefold()
    for name, what in internal_names(incident, situation):
        if re.search(rf"(?<![\w.-]){re.escape(name.casefold())}(?![\w-])", folded):
            seen.setdefault(name.casefold(), (name, what))
    for name, what in seen.values():
        yield Flag("COM-08", f'"{name}" is {what}: nothing for the public.')
