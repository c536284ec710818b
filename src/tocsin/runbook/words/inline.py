"""Inline text of Markdown: its words without markup, its code spans, its links."""

import html
import re
from functools import lru_cache

_CODE_SPAN = re.compile(r"(?<!`)(`{1,8})(?!`)(.{1,4000}?)(?<!`)\1(?!`)", re.S)
_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,500})\]\(\s*<?([^()\s<>]{1,2000}(?:\([^()\s]{0,500}\))?)>?[^()\n]{0,300}\)"
)
_URL = re.compile(r"https?://[^\s<>\"'`)\]}]+")
_EMPHASIS = re.compile(r"(\*{1,3}|(?<!\w)_{1,3})(?=\S)(.{1,300}?)(?<=\S)\1(?!\w)")
_MARKUP = re.compile(r"[`*_\[&\\]")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """Inline text without its markup: emphasis, links and code spans give their words, entities are decoded.

    >>> plain("**Check** the [logs](http://x/y) with `tail -f`")
    'Check the logs with tail -f'
    """
    if _MARKUP.search(text) is None:
        return text.strip()
    return _plain(text) if len(text) < 400 else _read(text)


def _read(text: str) -> str:
    if "`" not in text:
        return _plain_words(text).strip()
    out: list[str] = []
    position = 0
    for code in _CODE_SPAN.finditer(text):
        out.append(_plain_words(text[position : code.start()]))
        out.append(code[2].strip())
        position = code.end()
    out.append(_plain_words(text[position:]))
    return "".join(out).strip()


# The same titles and items are asked for by several readers.
_plain = lru_cache(maxsize=4096)(_read)


def _plain_words(text: str) -> str:
    if "[" in text:
        text = _LINK.sub(_first, text)
    for _ in range(2):  # emphasis within emphasis
        if ("*" in text or "_" in text) and len(text) < 4000:
            text = _EMPHASIS.sub(_second, text)
    # Emphasis that encloses a code span is seen here only half; its marks are no words.
    text = text.replace("**", "")
    if "\\" in text:
        text = _ESCAPED.sub(_first, text)
    return html.unescape(text)


# Functions, because a template is read anew for each text.
def _first(found: re.Match[str]) -> str:
    return found[1]


def _second(found: re.Match[str]) -> str:
    return found[2]


def code_spans(text: str) -> tuple[tuple[int, int, str], ...]:
    """The code spans of inline text: start and end of the content, and the content."""
    return tuple((m.start(2), m.end(2), m[2]) for m in _CODE_SPAN.finditer(text))


def links(text: str) -> tuple[str, ...]:
    """The http(s) addresses in inline text, in order, without repetition."""
    return tuple(dict.fromkeys(url.rstrip(".,;:!?*") for url in _URL.findall(text)))
