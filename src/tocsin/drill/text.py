"""Which section of a runbook a scenario means, and the hash that ties a proof to its text."""

from tocsin.errors import NotFound
from tocsin.kit.keys import did_you_mean
from tocsin.runbook.book import Runbook, Section
from tocsin.runbook.lint.drills import text_sha256

__all__ = ["section_of", "text_sha256"]


def section_of(book: Runbook, wanted: str) -> Section:
    """The section with this anchor, number or heading.

    Raises:
        NotFound: there is none, or the heading stands more than once; names the nearest.
    """
    found = book.section(wanted)
    if found is None:
        titles = [section.title for section in book.walk()]
        raise NotFound(f"The runbook has no section {wanted!r}.", hint=did_you_mean(wanted, titles))
    return found
