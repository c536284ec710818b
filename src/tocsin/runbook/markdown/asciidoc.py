"""AsciiDoc pasted into a Markdown file: the marks of headings, listings and numbered items said in Markdown.

Only marks are exchanged, line by line, so every span still points into the original. Source:
docs/reference/runbook-language.md, section 4.
"""

import re
from collections.abc import Sequence

_HEADING = re.compile(r"(={1,6})\s+(\S.*)$")
_SOURCE = re.compile(r"\[(?:source|listing|%\w+)?(?:%\w+)?(?:\s*,\s*([\w-]+))?[^\]]*\]\s*$")
_ITEM = re.compile(r"(\.{1,3})\s+(\S.*)$")
_BULLET = re.compile(r"(\*{2,4})\s+(\S.*)$")
_MARKDOWN = re.compile(r"#{1,6}\s+\S|```|~~~")


def as_markdown(texts: Sequence[str]) -> list[str] | None:
    """The lines with Markdown's marks, one for one; None for a document that is no AsciiDoc."""
    headings = sum(1 for text in texts if text.startswith("==") and _HEADING.match(text))
    if not headings or any(_MARKDOWN.match(text) for text in texts):
        return None
    out: list[str] = []
    language, listing, number = "", "", 0
    for text in texts:
        bare = text.rstrip()
        if listing:
            closes = bare == listing
            out.append("```" if closes else text)
            listing = "" if closes else listing
        elif bare in ("----", "...."):
            listing = bare
            out.append(f"```{language or ('text' if bare == '....' else '')}")
            language = ""
        elif found := _SOURCE.match(bare):
            language = found[1] or ""
            out.append("")
        elif found := _HEADING.match(text):
            out.append(f"{'#' * len(found[1])} {found[2]}")
            number = 0
        elif found := _ITEM.match(text):
            number += 1
            out.append(f"{number}. {found[2]}" if len(found[1]) == 1 else f"   - {found[2]}")
        elif found := _BULLET.match(text):
            out.append(f"{'  ' * (len(found[1]) - 1)}* {found[2]}")
        else:
            out.append("" if bare == "+" else text)
    return out
