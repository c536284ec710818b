"""A command with its typographic characters made plain, where only one plain reading exists."""

import html
import re

_BLANKS = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_NOTHING = re.compile("[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]")
# They change the order in which people see the characters: what was meant cannot be told from what stands there.
_ORDER = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp);")
_STRING = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.S)
_DOUBLE = re.compile('[“„]([^“”„"`\\\\]*)[”“]')
_SINGLE = re.compile("[‘‚]([^‘’‚']*)[’‘]")
# An en dash before one letter was a hyphen; an em dash before a word was two. Anything else may have been either.
_SHORT = re.compile(r"(?<=\s)–(?=[A-Za-z](?:\s|$))")
_LONG = re.compile(r"(?<=\s)—(?=[a-z][a-z-]+)")
_LEFT = re.compile(
    "[“”„«»‘’‚\u00a0\u00ad\u2000-\u200f\u202a-\u202f\u205f-\u2064\u2066-\u2069\u3000\ufeff]|(?<=\\s)[–—](?=\\w)"
)


def plainly(text: str) -> str | None:
    """The text as it was meant, or None where that is not certain.

    What stands in plain quotes is data and stays; if something odd is left anywhere, nothing is certain.

    >>> plainly("kubectl –n shop get pods —watch")
    'kubectl -n shop get pods --watch'
    >>> plainly("psql -c “select 1”")
    'psql -c "select 1"'
    >>> plainly("find . –name x") is None
    True
    """
    if _ORDER.search(text):
        return None
    out: list[str] = []
    at = 0
    for string in _STRING.finditer(text):
        out += [_mended(text[at : string.start()]), string[0]]
        at = string.end()
    out.append(_mended(text[at:]))
    mended = "".join(out)
    if _LEFT.search(mended) or _ENTITY.search(mended):
        return None
    return mended if mended != text else None


def _mended(text: str) -> str:
    text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    text = _NOTHING.sub("", _BLANKS.sub(" ", text))
    text = _SINGLE.sub(r"'\1'", _DOUBLE.sub(r'"\1"', text))
    return _LONG.sub("--", _SHORT.sub("-", text))
