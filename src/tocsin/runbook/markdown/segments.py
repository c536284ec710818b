"""Original bytes to lines, front matter, and the places where a fence that never closes must end."""

import re

from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Line, span_of

_BAD = re.compile("[\udc80-\udcff]")


def split_lines(data: bytes) -> list[Line]:
    """The lines of a document with the byte offsets they begin and end at; a byte order mark is left out."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    text = data[start:].decode("utf-8", "surrogateescape")
    if "\r" in text:
        parts = re.split("(\r\n|\n|\r)", text)
        texts, ends = parts[0::2], [*map(len, parts[1::2]), 0]
    else:
        texts = text.split("\n")
        ends = [1] * (len(texts) - 1) + [0]
    bad = _BAD.search(text) is not None
    out: list[Line] = []
    for number, (line, gap) in enumerate(zip(texts, ends, strict=True), 1):
        size = len(line) if line.isascii() else len(line.encode("utf-8", "surrogateescape"))
        clean = _BAD.sub("\ufffd", line) if bad else line
        out.append(Line(clean, number, start, start + size, line if clean != line else ""))
        start += size + gap
    if len(out) > 1 and not out[-1].text:
        out.pop()  # the empty string after a final newline is no line
    return out


_FRONT_KEY = re.compile(r"([A-Za-z_][\w.-]*)\s*[:=]\s*(.*)$")


def front_matter(lines: list[Line]) -> tuple[int, tuple[tuple[str, str], ...], Span | None]:
    """The front matter at the top: how many lines it takes, its keys and values, and where it stands."""
    mark = lines[0].text.rstrip() if lines else ""
    if mark not in ("---", "+++"):
        return 0, (), None
    close = next((i for i in range(1, min(len(lines), 400)) if lines[i].text.rstrip() == mark), None)
    if close is None or not any(_FRONT_KEY.match(line.text) for line in lines[1:close]):
        return 0, (), None
    entries: list[tuple[str, str]] = []
    for line in lines[1:close]:
        if found := _FRONT_KEY.match(line.text):
            entries.append((found[1].lower(), found[2].strip().strip("\"'")))
        elif entries and line.text.strip():
            key, value = entries[-1]
            entries[-1] = (key, f"{value}\n{line.text.strip()}".strip())
    return close + 1, tuple(entries), span_of(lines[: close + 1])


_OPEN = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+|>\s?)*(`{3,}(?=[^`]*$)|~{3,})(.*)$")
_DEEP_HEADING = re.compile(r"#{3,6}\s+\S")
_SECTION_HEADING = re.compile(r"##\s+\S")


def segments(lines: list[Line], first: int, last: int) -> list[tuple[int, int]]:
    """Cuts the document where a fence that never closes must end, so that what follows is read as Markdown."""
    closers: dict[str, list[tuple[int, int]]] = {
        "`": [],
        "~": [],
    }  # (index, longest run from here on), from the end
    for i in range(last - 1, first - 1, -1):
        text = lines[i].text
        if "```" not in text and "~~~" not in text:
            continue
        text = text.strip().lstrip("> ")
        if text[:3] in ("```", "~~~") and not text.strip(text[0]):
            known = closers[text[0]]
            if not known or len(text) > known[-1][1]:
                known.append((i, len(text)))
    out: list[tuple[int, int]] = []
    start = i = first
    while i < last:
        opened = _OPEN.match(lines[i].text) if "```" in lines[i].text or "~~~" in lines[i].text else None
        if opened is None:
            i += 1
            continue
        mark = opened[1]
        if any(index > i and run >= len(mark) for index, run in closers[mark[0]]):
            found = _close_of(lines, i, last, opened)
            if found is not None:
                i = found + 1
                continue
        i += 1
        while i < last and not _ends_unclosed(lines, i):
            i += 1
        out.append((start, i))
        start = i
    if start < last:
        out.append((start, last))
    return out


_HOLDS_FENCES = re.compile(r"\s*(?:md|markdown|text|txt|mdx|plaintext)?\b", re.I)


def _close_of(lines: list[Line], first: int, last: int, opened: re.Match[str]) -> int | None:
    """The line that closes the fence opened at `first`, or None if another fence is opened before it.

    A second opening line with a language before the closing one means that somebody forgot to close the
    first; only a fence of Markdown may show fences.
    """
    mark = opened[1]
    plain = _HOLDS_FENCES.fullmatch(opened[2].split(" ")[0]) is not None
    for i in range(first + 1, last):
        if mark not in lines[i].text:
            continue
        if _closes(lines[i].text, mark):
            return i
        text = lines[i].text.lstrip()
        if not plain and text.startswith(mark) and re.match(rf"{re.escape(mark)}\w+\s*$", text):
            return None
    return None


def _closes(text: str, mark: str) -> bool:
    bare = text.strip().lstrip("> ")
    return len(bare) >= len(mark) and bare[0] == mark[0] and not bare.strip(mark[0])


def _ends_unclosed(lines: list[Line], i: int) -> bool:
    text = lines[i].text
    if _DEEP_HEADING.match(text) or re.match(r"(?:`{3,}|~{3,})\w+\s*$", text):
        return True
    return _SECTION_HEADING.match(text) is not None and not lines[i - 1].text.strip()
