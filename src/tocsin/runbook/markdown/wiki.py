"""Wiki markup of Confluence and Jira pasted into a file: the marks of headings, code, lists and tables said in Markdown.

Only marks are exchanged, line by line, so every span still points into the original. Source:
docs/reference/runbook-language.md, section 4.
"""

import re
from collections.abc import Sequence

_HEADING = re.compile(r"h([1-6])\.\s+(\S.*)$")
_CODE = re.compile(r"\{(?:code|noformat)(?::([^}]*))?\}\s*$")
_LANGUAGE = re.compile(r"^(?:language=)?([\w+-]+)$")
_NUMBERED = re.compile(r"(#{1,4})\s+(\S.*)$")
_BULLET = re.compile(r"([*-]{1,4})\s+(\S.*)$")
_PANEL = re.compile(r"\{(warning|note|info|tip|panel)(?::[^}]*)?\}\s*$")
_MACRO = re.compile(r"\{(?:toc|anchor|children|excerpt|pagetree)\b[^}]*\}\s*$")


def from_wiki(texts: Sequence[str]) -> list[str] | None:
    """The lines with Markdown's marks, one for one; None for a document that is no wiki markup."""
    headings = sum(1 for text in texts if _HEADING.match(text))
    codes = sum(1 for text in texts if _CODE.match(text.strip()))
    if not headings or not codes or codes % 2 or any(text.startswith(("```", "~~~")) for text in texts):
        return None
    out: list[str] = []
    inside, number = False, 0
    for text in texts:
        bare = text.strip()
        code = _CODE.match(bare)
        if inside:
            out.append("```" if code is not None else text)
            inside = code is None
        elif code is not None:
            named = [
                found[1] for part in (code[1] or "").split("|") if (found := _LANGUAGE.match(part.strip()))
            ]
            out.append(f"```{named[0].lower() if named else ''}")
            inside = True
        elif found := _HEADING.match(text):
            out.append(f"{'#' * int(found[1])} {found[2]}")
            number = 0
        elif found := _NUMBERED.match(text):
            number += len(found[1]) == 1
            out.append(
                f"{number}. {found[2]}"
                if len(found[1]) == 1
                else f"{'   ' * (len(found[1]) - 1)}- {found[2]}"
            )
        elif found := _BULLET.match(text):
            out.append(f"{'  ' * (len(found[1]) - 1)}- {found[2]}")
        else:
            out.append("" if _PANEL.match(bare) or _MACRO.match(bare) else text)
    return out
