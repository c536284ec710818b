"""Names of sections and steps: anchors for links, ids that survive edits elsewhere.

Source: docs/reference/runbook-language.md, section 3.4.
"""

import re
from functools import lru_cache

from tocsin.kit.ids import StepId, sha256
from tocsin.runbook.book import Context, Hop, Section
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.roles import split_number

_DROPPED = re.compile(r"[^\w\- ]")
_SIGNS = re.compile(r"^[^\w(\[<]+|[\s:.,;!?…-]+$")


def slug(title: str) -> str:
    """The anchor a Git hosting site gives a heading: lower case, spaces to "-", punctuation dropped.

    >>> slug("5. Redis Memory Full")
    '5-redis-memory-full'
    """
    return _DROPPED.sub("", title.strip().lower()).replace(" ", "-")


@lru_cache(maxsize=4096)
def section_key(path: tuple[str, ...]) -> str:
    """The part of an id that names the section: titles without numbering, emoji, markup and final punctuation."""
    return " / ".join(_bare(title) for title in path)


@lru_cache(maxsize=4096)
def _bare(title: str) -> str:
    _, text = split_number(plain(title))
    return " ".join(_SIGNS.sub("", text).lower().split())


def context_key(context: Context) -> str:
    """The part of an id that names where a step runs."""
    return " > ".join([_hop(hop) for hop in context]) if context else ""


def _hop(hop: Hop) -> str:
    return f"{hop.kind}:{hop.name}" if hop.detail is None else f"{hop.kind}:{hop.name}={hop.detail}"


_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"", re.S)
_TRAILING_BLANKS = re.compile(r"[ \t]+\n")
_BLANKS = re.compile(r"\s+")
_TRAILING_COMMENT = re.compile(r"(?:^|\s)#[^\n]*")


def normal_text(text: str, *, shell: bool) -> str:
    """A statement without what does not matter: comments, continuations, white space outside quotes, final ";".

    Comments are removed from shell only; in other languages "#" can be data.
    """
    text = text.replace("\r\n", "\n").replace("\\\n", " ") if shell else text.replace("\r\n", "\n")
    if "'" not in text and '"' not in text:
        return _outside(text, shell=shell).strip().rstrip(";").strip()
    out: list[str] = []
    position = 0
    for quoted in _QUOTED.finditer(text):
        out.append(_outside(text[position : quoted.start()], shell=shell))
        # White space at line ends inside quotes is an editor's doing, not the author's.
        out.append(_TRAILING_BLANKS.sub("\n", quoted[0]) if "\n" in quoted[0] else quoted[0])
        position = quoted.end()
    out.append(_outside(text[position:], shell=shell))
    return "".join(out).strip().rstrip(";").strip()


def _outside(text: str, *, shell: bool) -> str:
    if shell and "#" in text:
        text = _TRAILING_COMMENT.sub("", text)
    return _BLANKS.sub(" ", text)


def body_hash(context: str, kind: str, text: str) -> str:
    """The id of a step without its section: the same for a step that only moved."""
    return sha256(f"{context}\n{kind}\n{text}")[:12]


def section_hash(section: Section) -> str:
    """Twelve hex digits over the steps of a section: the same while they are, wherever it stands (3.4)."""
    return sha256("\n".join(step.body_hash for step in section.steps()))[:12]


class Ids:
    """Gives each step of a document its id: the same text at the same place is numbered on."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def take(self, section: str, context: str, kind: str, text: str) -> StepId:
        """The id of a step, twelve hex digits, with "-2" for a repetition inside its section."""
        base = sha256(f"{section}\n{context}\n{kind}\n{text}")[:12]
        count = self._seen.get(base, 0) + 1
        self._seen[base] = count
        return StepId(base if count == 1 else f"{base}-{count}")
