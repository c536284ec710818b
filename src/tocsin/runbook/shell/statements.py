"""Shell text to top-level statements, with the comments between them.

Placeholders such as `<name>` are masked before parsing, because a shell reads them as redirections. Source:
docs/reference/runbook-language.md, sections 6.5 and 13.1. Never splits at newlines inside a statement.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from tocsin.effects.plain import plain_words
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Line

_PARSER = Parser(Language(tree_sitter_bash.language()))

# A hole such as `<previous-stable-commit>`: no space at its edges and nothing a redirection would need.
# Behind a letter it is a type (`List<String>`); behind "_" or "v" it is the changing part of a name (`v<version>`).
ANGLE = re.compile(
    r"(?:(?<![<\w])|(?<=_)|(?<=\bv))<(?=[A-Za-z_])(?:[^<>\n|&;$`\"'()=]{0,80}[^<>\s|&;$`\"'()=-])>(?!>)"
)
_STRANGE = re.compile(r"[^\x00-\x7f]")


# Not frozen, because one is made per line of text and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class Piece:
    """A statement or a comment of a shell text.

    Attributes:
        text: verbatim; of a comment without its sign.
        comment: whether it is one. trailing: whether a statement stands before it on the same line.
        broken: whether the grammar could not read it.
        first, last: index of its lines in the text; place: the line of a comment, without its sign.
        gap: whether a blank line stands before it.
    """

    text: str
    comment: bool
    trailing: bool
    broken: bool
    first: int
    last: int
    span: Span
    place: Line | None
    gap: bool


def mask(text: str) -> str:
    """The text with holes and non-ASCII characters replaced by words of the same length."""
    if "<" in text:
        text = ANGLE.sub(lambda hole: "x" + "_" * (len(hole[0]) - 2) + "x", text)
    return text if text.isascii() else _STRANGE.sub("x", text)


def parses(text: str) -> bool:
    """Whether the shell grammar reads a text without error, holes masked."""
    return (
        bool(plain_words(text))
        or not _PARSER.parse(mask(text).encode("ascii", "replace")).root_node.has_error
    )


def split(lines: Sequence[Line]) -> list[Piece]:
    """The statements and top-level comments of a shell text, in order."""
    if not lines:
        return []
    whole = _Text(lines)
    plain = _plain_ranges(lines, whole.starts)
    if plain is not None:
        return whole.pieces(plain)
    root = _PARSER.parse(mask(whole.text).encode("ascii", "replace")).root_node
    if not root.has_error:
        return whole.pieces(_ranges(root.children, whole.text, 0))
    out: list[tuple[int, int, bool, bool]] = []
    for first, last in _chunks(lines):
        start = whole.starts[first]
        end = whole.starts[last] + len(lines[last].text)
        part = whole.text[start:end]
        node = _PARSER.parse(mask(part).encode("ascii", "replace")).root_node
        if not node.has_error:
            out.extend(_ranges(node.children, part, start))
        else:
            out.append((start, end, False, True))
    return whole.pieces(out)


def _plain_ranges(lines: Sequence[Line], starts: list[int]) -> list[tuple[int, int, bool, bool]] | None:
    """The ranges of a text that is nothing but plain commands and comments, one a line; None if it is not."""
    out: list[tuple[int, int, bool, bool]] = []
    for line, start in zip(lines, starts, strict=True):
        text = line.text
        bare = text.strip(" \t")
        if not bare:
            continue
        first = start + text.index(bare[0])
        if bare[0] == "#":
            out.append((first, start + len(text), True, False))
        elif plain_words(bare):
            out.append((first, first + len(bare), False, False))
        else:
            return None
    return out


class _Text:
    """Lines joined to a text, with the way back from characters to places."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.text = "\n".join(line.text for line in lines)
        self.starts = []
        at = 0
        for line in lines:
            self.starts.append(at)
            at += len(line.text) + 1

    def pieces(self, ranges: list[tuple[int, int, bool, bool]]) -> list[Piece]:
        out: list[Piece] = []
        before = -1
        for start, end, comment, broken in ranges:
            first = bisect_right(self.starts, start) - 1
            last = bisect_right(self.starts, max(start, end - 1)) - 1
            column = start - self.starts[first]
            text = self.text[start:end]
            line, tail = self.lines[first], self.lines[last]
            gap = before >= 0 and first - before > 1 and _blank(self.lines[before + 1 : first])
            place = None
            begin = line.at(column)
            if comment:
                sign = len(text) - len(text.lstrip("#!"))
                sign += text[sign : sign + 1] == " "
                place = line.cut(column + sign, end - self.starts[first])
                text, begin = text[sign:].strip(), place.start
            span = Span(begin, tail.at(end - self.starts[last]), line.number, tail.number)
            out.append(
                Piece(text, comment, comment and first == before, broken, first, last, span, place, gap)
            )
            before = last
        return out


def _blank(lines: Sequence[Line]) -> bool:
    return "" in [line.text.strip() for line in lines]


def _ranges(nodes: Sequence[Node], text: str, offset: int) -> list[tuple[int, int, bool, bool]]:
    """Start, end, comment?, broken? of each top-level node; a following "&" belongs to its statement."""
    out: list[tuple[int, int, bool, bool]] = []
    for node in nodes:
        start, end = node.start_byte, node.end_byte
        if node.type == "comment":
            out.append((offset + start, offset + end, True, False))
        elif node.type == "&" and out:
            first, _, comment, broken = out[-1]
            out[-1] = (first, offset + end, comment, broken)
        elif node.is_named and text[start:end].strip():
            while end > start and text[end - 1] in "\n\r \t":
                end -= 1
            out.append((offset + start, offset + end, False, node.has_error))
    return out


_HEREDOC = re.compile(r"<<-?\s*(['\"\\]?)([A-Za-z_][\w]*)\1")
_OPENS = re.compile(
    r"(?:^|[;&|]\s*|\s)(?:do|then|else|\{|\()\s*(?:#.*)?$|^\s*(?:for|while|until|if|case|select)\b|^\s*[\w-]+\s*\(\)\s*\{"
)
_MAY_OPEN = re.compile(r"(?:do|then|else|[({])\s*(?:#.*)?$|^\s*(?:for|while|until|if|case|select)\b|\(\)")
_SHUTS = re.compile(r"(?:^|;)\s*(?:done|fi|esac|\}|\))\s*(?:[|;&<>].*)?$")


def logical(lines: Sequence[Line], first: int) -> int:
    """The last line of the statement that begins at `first`: continuations, open quotes and heredocs counted."""
    quote = ""
    index = first
    heredocs: list[str] = []
    while index < len(lines):
        text = lines[index].text
        quote, continued = _quotes(text, quote)
        if not quote and "<<" in text:
            heredocs.extend([found[2] for found in _HEREDOC.finditer(mask(text))])
        if heredocs:
            while heredocs and index + 1 < len(lines):
                index += 1
                if lines[index].text.strip() == heredocs[0]:
                    heredocs.pop(0)
            return index
        if not quote and not continued:
            return index
        index += 1
    return first if quote else len(lines) - 1


def statement_end(lines: Sequence[Line], first: int) -> int:
    """The last line of the statement that begins at `first`, loops, functions and blocks kept whole where they close."""
    last = logical(lines, first)
    text = lines[first].text
    if _MAY_OPEN.search(text) and _OPENS.search(text) and not text.lstrip().startswith("#"):
        return _block_end(lines, first, last)
    return last


def _quotes(text: str, quote: str) -> tuple[str, bool]:
    """The quote that is open at the end of a line, and whether the line is continued by a backslash."""
    if not quote and not any(sign in text for sign in "'\"\\"):
        return "", False
    index, size = 0, len(text)
    while index < size:
        char = text[index]
        if quote:
            if char == "\\" and quote == '"':
                index += 1
            elif char == quote:
                quote = ""
        elif char == "\\":
            if index == size - 1:
                return "", True
            index += 1
        elif char in "'\"":
            quote = char
        elif char == "#" and (index == 0 or text[index - 1].isspace()):
            return "", False
        index += 1
    return quote, quote == '"' and text.endswith("\\")


def _chunks(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Lines grouped for parsing one by one: logical lines, loops and blocks kept whole where they close."""
    out: list[tuple[int, int]] = []
    index = 0
    while index < len(lines):
        if not lines[index].text.strip():
            index += 1
            continue
        last = statement_end(lines, index)
        out.append((index, last))
        index = last + 1
    return out


def _block_end(lines: Sequence[Line], first: int, last: int) -> int:
    if parses("\n".join(line.text for line in lines[first : last + 1])):
        return last
    for index in range(last + 1, min(first + 60, len(lines))):
        if _SHUTS.search(lines[index].text) and parses(
            "\n".join(line.text for line in lines[first : index + 1])
        ):
            return index
    return last
