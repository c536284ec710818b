"""Cutting SQL text into statements, without understanding them.

Comments go, strings stay whole. Backslashes escape inside quotes only where the server says so: in MySQL and
ClickHouse always, in PostgreSQL in E'…' only.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*)
      | (?P<escaped>\b[eE]'(?:[^'\\]|\\.|'')*'?)
      | (?P<single>'(?:[^']|'')*'?)
      | (?P<double>"(?:[^"]|"")*"?)
      | (?P<back>`[^`]*`?)
      | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*|)\$)
      | (?P<end>;)
      | (?P<meta>\\(?:g(?:exec|desc|set|x)?|watch|crosstabview)\b[^\n]*)
      | (?P<go>\\G(?![A-Za-z]))
      | (?P<hash>\#[^\n]*)
    """,
    re.X | re.S,
)
# Every token begins with one of these, or with the letter before a quote (E'…').
_MARK = re.compile(r"[-/'\"`$;\\#]")
_BACKSLASHED = re.compile(r"'(?:[^'\\]|\\.|'')*'?|\"(?:[^\"\\]|\\.|\"\")*\"?", re.S)


# Servers that read `/* /* */ */` as one comment; to the others the first `*/` ends it.
_NESTING = frozenset({"postgres", "tsql", "trino", "redshift"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, or one meta-command of psql or sqlite3.

    Attributes:
        text: without comments and the closing semicolon.
        start, end: where it stands in the text.
        meta: what stands behind it instead of a semicolon (`\\gexec`), or "".
    """

    text: str
    start: int
    end: int
    meta: str = ""


def statements(text: str, dialect: str) -> list[Statement]:
    """The statements of a text, in order; empty ones and lone comments are left out."""
    found: list[Statement] = []
    pieces: list[str] = []
    begin = at = 0
    escapes = dialect in ("mysql", "clickhouse")

    def close(end: int, meta: str = "") -> None:
        nonlocal begin
        body = "".join(pieces).strip()
        pieces.clear()
        if body or meta:
            found.extend(_lines(Statement(body, begin, end, meta)))
        begin = end + 1

    while (mark := _MARK.search(text, at)) is not None:
        match = _TOKEN.search(text, max(at, mark.start() - 1))
        if match is None:
            break
        pieces.append(text[at : match.start()])
        kind, at = match.lastgroup, match.end()
        if kind == "tag":
            kind = "dollar"
        if kind == "comment" and match[0] == "/*":
            at, executed = _comment_end(text, match.start(), nests=dialect in _NESTING)
            pieces.append(executed if escapes else " ")
        elif kind == "comment" and dialect == "mysql" and match[0][2:3].strip():
            at = match.start() + 2
            pieces.append(
                "- -"
            )  # `1--1` is a sum to MySQL: its comments begin with a blank behind the dashes
        elif kind == "comment" or (kind == "hash" and escapes):
            pieces.append(" ")
        elif kind in ("single", "double") and escapes:
            quoted = _BACKSLASHED.match(text, match.start())
            at = quoted.end() if quoted else at
            pieces.append(text[match.start() : at])
        elif kind == "dollar" and not escapes:
            closing = text.find(match[0], at)
            at = len(text) if closing < 0 else closing + len(match[0])
            pieces.append(text[match.start() : at])
        elif kind in ("end", "go"):
            close(match.start())
        elif kind == "meta" and not escapes:
            close(match.start(), match[0].strip())
        else:
            pieces.append(match[0])
    pieces.append(text[at:])
    close(len(text))
    return found


def _comment_end(text: str, start: int, *, nests: bool) -> tuple[int, str]:
    """The end of the comment at `start`, and what MySQL runs of it (`/*! … */`)."""
    depth, at = 1, start + 2
    while depth and at < len(text):
        nearest = re.compile(r"/\*|\*/").search(text, at)
        if nearest is None:
            return len(text), " "
        at = nearest.end()
        if nearest[0] == "*/":
            depth -= 1
        elif nests:
            depth += 1
    inside = re.match(r"/\*M?!\d*(.*)\*/", text[start:at], re.S)
    return at, f" {inside[1]} " if inside else " "


def _lines(statement: Statement) -> list[Statement]:
    """Meta-commands end with their line: `\\x` or `.tables` before a statement is a statement of its own."""
    if "\\" not in statement.text[:1] and not statement.text.startswith("."):
        return [statement]
    first, newline, rest = statement.text.partition("\n")
    whole = [Statement(first.strip(), statement.start, statement.end, "" if newline else statement.meta)]
    if rest.strip():
        whole += _lines(Statement(rest.strip(), statement.start, statement.end, statement.meta))
    return whole
