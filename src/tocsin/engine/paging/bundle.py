"""Several pages for one person as one message that counts them; grouped by incident (PAG-12, PAG-14)."""

import re
from collections.abc import Sequence

from tocsin.incident.commands import Page
from tocsin.kit.ids import sha256

_SUBJECT_CHARS = 160


def key(keys: Sequence[str]) -> str:
    """The key of the message: the page's own for one; the same pages together always have the same.

    >>> key(["INC-1.p1"])
    'INC-1.p1'
    """
    if len(keys) == 1:
        return keys[0]
    return f"{keys[0]}+{len(keys) - 1}.{sha256(' '.join(sorted(keys)))[:12]}"


def text(pages: Sequence[Page]) -> tuple[str, str]:
    """Subject and body. The worst comes first, as far as subjects begin with their severity."""
    if len(pages) == 1:
        return pages[0].subject, pages[0].body
    ordered = sorted(pages, key=lambda page: (page.subject.removeprefix("DRILL "), page.incident))
    about = len({page.incident for page in pages})
    count = f"{len(pages)} pages about {about} incident{'' if about == 1 else 's'}"
    head = f"DRILL {count}" if pages[0].drill else count
    subject = f"{head}: {ordered[0].subject}"
    if len(subject) > _SUBJECT_CHARS:
        subject = subject[: _SUBJECT_CHARS - 1] + "…"
    grouped = sorted(ordered, key=lambda page: page.incident)
    return subject, "\n\n".join(f"{page.subject}\n{page.body}" for page in grouped)


def rank(severity: str) -> int:
    """How bad a severity is, 0 the worst, as far as its name ends in a number; 0 for one that does not.

    >>> rank("P2"), rank("SEV1"), rank("critical")
    (2, 1, 0)
    """
    found = re.search(r"(\d)\D*$", severity)
    return int(found[1]) if found else 0
