"""The parts of a document that a sentence can refer to: headings, numbered steps, phases, checklists."""

import re
from dataclasses import dataclass, field

from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_HEADING = re.compile(r"(#{1,6})\s+(\S.*)")
_BOLD = re.compile(r"\*\*([^*]{2,80})\*\*:?\s*$|__([^_]{2,80})__:?\s*$")
_UNDERLINE = re.compile(r"(=|-)\1{2,}\s*$")
_NUMBERED = re.compile(r"\W*(?:§\s*)?(\d{1,2}(?:\.\d{1,2}){0,2})(?:[.):]|\s|\s*[-–—])")
STEP = "step|schritt|etape|paso|passo"
_STEP = re.compile(rf"\W*(?:#+\s*)?(?:{STEP})\s+(\d{{1,2}})\b")
_ITEM = re.compile(r"\s*(?:>\s*)?(?:[-*+]\s+(?:\[[ xX]\]\s+)?)?(\d{1,2})[.)]\s+\S")
_COMMENT = re.compile(r"\s*(?:#|//|--)\s*(?:step\s+)?(\d{1,2})[.):]\s")


@dataclass(slots=True)
class Part:
    """A heading with what it holds, up to the next of its level or above.

    Attributes:
        level: 1 to 6; 7 for a line that is only bold. number: as printed ("5.4"), "" without one.
        title: as written, without markup. first, last: its lines. steps: numbers of the steps in it, with their lines.
    """

    level: int
    number: str
    title: str
    first: int
    last: int
    steps: dict[int, list[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Outline:
    """The parts of a document, in its order."""

    parts: list[Part]

    def around(self, line: int) -> list[Part]:
        """The parts a line stands in, the innermost first."""
        return [part for part in reversed(self.parts) if part.first <= line <= part.last]

    def titled(self, said: str) -> list[Part]:
        """The parts whose title holds these words, or is held by them."""
        wanted = _bare(said)
        return [
            part
            for part in self.parts
            if wanted and (title := _bare(part.title)) and (wanted in title or title in wanted)
        ]


def outline(raw: tuple[RawLine, ...]) -> Outline:
    """Reads the parts off the lines of a document."""
    parts: list[Part] = []
    inside: list[Part] = []
    end = raw[-1].number if raw else 0
    for place, line in enumerate(raw):
        found = None if line.fenced else _heading(raw, place)
        if found is not None:
            level, title = found
            while inside and inside[-1].level >= level:
                inside.pop().last = line.number - 1
            printed = _NUMBERED.match(f"{title} ")
            part = Part(level, printed[1] if printed else "", title, line.number, end)
            parts.append(part)
            inside.append(part)
        step = _step(line, found)
        for part in inside if step is not None else ():
            if part.first != line.number:
                part.steps.setdefault(step or 0, []).append(line.number)
    return Outline(parts)


def _heading(raw: tuple[RawLine, ...], place: int) -> tuple[int, str] | None:
    text = raw[place].text
    if text.startswith("#") and (found := _HEADING.match(text)):
        return len(found[1]), plain(found[2].rstrip("#"))
    if text.startswith(("**", "__")) and (bold := _BOLD.match(text)):
        return 7, plain(bold[1] or bold[2])
    following = raw[place + 1] if place + 1 < len(raw) else None
    if (
        following is not None
        and text[:1].isalnum()
        and following.text.startswith(("===", "---"))
        and _UNDERLINE.match(following.text)
        and (place == 0 or not raw[place - 1].text.strip())
    ):
        return 1 if following.text[0] == "=" else 2, plain(text)
    return None


def _step(line: RawLine, heading: tuple[int, str] | None) -> int | None:
    """The number of the step that a line begins."""
    if line.fenced:
        found = _COMMENT.match(line.text)
    elif heading is not None:
        title = fold(heading[1])
        found = _STEP.match(title) or _NUMBERED.match(f"{title} ")
        return int(found[1].partition(".")[0]) if found and "." not in found[1].rstrip(".") else None
    else:
        found = _ITEM.match(line.text) or _spelled_step(line.text[:40])
    return int(found[1]) if found else None


def _spelled_step(text: str) -> re.Match[str] | None:
    # The plain searches first: this is asked of every line.
    low = text.casefold()
    return _STEP.match(fold(plain(text))) if any(map(low.__contains__, _STEP_SIGNS)) else None


_STEP_SIGNS = ("step", "schritt", "tape", "paso", "passo")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def _bare(title: str) -> str:
    words = _NOT_WORDS.sub(" ", fold(title)).strip()
    return re.sub(r"^(?:\d+(?: \d+)* )?", "", words)
