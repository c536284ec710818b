"""What has to be told or written down, as the runbook lists it, and who did it when.

CookCam "Communication" under "Post-Incident": status page, team channel, customers, incident log.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from tocsin.incident.incident import Incident
from tocsin.incident.said import CUSTOMERS, LOG, PUBLIC, TEAM
from tocsin.kit.ids import PersonId
from tocsin.runbook.book import Role, Runbook

STATUS_PAGE, TEAM_CHANNEL, CUSTOMER_NOTICE, INCIDENT_LOG = (
    "status-page",
    "team-channel",
    "customers",
    "incident-log",
)

# What both seeds' processes want told, for a runbook that lists nothing.
DEFAULTS = (
    (STATUS_PAGE, "Update status page"),
    (TEAM_CHANNEL, "Post in the team channel"),
    (CUSTOMER_NOTICE, "Customer notification (if user-facing)"),
    (INCIDENT_LOG, "Document in incident log"),
)
# The item an update of this audience ticks off by being sent.
BY_AUDIENCE = {PUBLIC: STATUS_PAGE, TEAM: TEAM_CHANNEL, CUSTOMERS: CUSTOMER_NOTICE, LOG: INCIDENT_LOG}

_MARKED = re.compile(r"^\s*(?:✅|☑️?|✔️?|☐|[-*]\s*\[[ xX]\])\s*(?P<text>\S.*)$")
_MEANS = (
    (STATUS_PAGE, re.compile(r"status ?page|statusseite|status update", re.IGNORECASE)),
    (CUSTOMER_NOTICE, re.compile(r"\bcustomers?\b|\busers? (?:e-?mail|notif)|\bkunden", re.IGNORECASE)),
    (INCIDENT_LOG, re.compile(r"incident log|logbook|\blog entry|in (?:the )?log\b", re.IGNORECASE)),
    (TEAM_CHANNEL, re.compile(r"channel|slack|\bteam\b|#\w", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list.

    Attributes:
        key: how a person names it ("status-page"). text: in the runbook's words. line: of the runbook, or None.
        at, by, said: when it was done, by whom (None: seen by tocsin itself), and what was said about it.
    """

    key: str
    text: str
    line: int | None = None
    at: datetime | None = None
    by: PersonId | None = None
    said: str = ""

    @property
    def done(self) -> bool:
        """Whether it has been ticked off."""
        return self.at is not None


def checklist(book: Runbook, incident: Incident) -> tuple[Item, ...]:
    """The runbook's own list, else the four things that are always owed, each as it stands now."""
    wanted = _own(book) or tuple((key, text, None) for key, text in DEFAULTS)
    return tuple(_item(incident, key, text, line) for key, text, line in wanted)


def _item(incident: Incident, key: str, text: str, line: int | None) -> Item:
    ticked = incident.said.ticked.get(key)
    if ticked is None:
        return Item(key, text, line)
    return Item(key, text, line, ticked.at, ticked.by, ticked.said)


def _own(book: Runbook) -> tuple[tuple[str, str, int | None], ...]:
    """The marked lines of the sections about communication that belong to no single incident."""
    found: dict[str, tuple[str, int]] = {}
    for section in book.walk():
        if Role.COMMUNICATION not in section.roles or Role.INCIDENT in section.roles:
            continue
        for number, line in enumerate(section.text.splitlines()):
            marked = _MARKED.match(line)
            if marked:
                text = marked["text"].strip()
                found.setdefault(_key(text), (text, section.heading_line + number))
    return tuple((key, text, line) for key, (text, line) in found.items())


def _key(text: str) -> str:
    for key, words in _MEANS:
        if words.search(text):
            return key
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:40]
