"""The lines of a shell fence as entries: statements and comments, with what a session captures read in its language.

Source: docs/reference/runbook-language.md, sections 6.2 and 7.2. What follows `psql` is SQL until the first
line that is not; what follows `ssh host` is shell, meant for there (the walk in `fences` keeps the place).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tocsin.effects.plain import plain_words
from tocsin.runbook.book import Hop
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Line, span_of
from tocsin.runbook.shell.contexts import closes
from tocsin.runbook.shell.openers import may_open, opener
from tocsin.runbook.shell.printed import goes_on, none_typed
from tocsin.runbook.shell.programs_in_sql import blocks
from tocsin.runbook.shell.prompts import Typed
from tocsin.runbook.shell.starts import mongo_start, redis_start, sql_in_session, sql_start
from tocsin.runbook.shell.statements import split, statement_end
from tocsin.runbook.words.programs import first_word, starts_command


# Not frozen, because one is made per line of text and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class Entry:
    """A statement, or a comment line.

    Attributes:
        line: of a comment, the words without the sign. language: of a statement.
        hops: where a prompt says it runs, beyond the place of the walk.
        captured: whether a session that an earlier line opened captured it.
        mixed: whether that session ended at a guess because shell lines follow in the same fence.
        sample: output printed below it.
    """

    text: str
    language: str
    span: Span
    comment: bool = False
    trailing: bool = False
    gap: bool = False
    broken: bool = False
    line: Line | None = None
    hops: tuple[Hop, ...] = ()
    captured: bool = False
    mixed: bool = False
    sample: str | None = None


def in_its_language(entry: Entry) -> Entry:
    """A statement of SQL that stands among commands is SQL: no shell runs it."""
    shell = entry.language == "shell" and not entry.comment and not entry.hops
    if (
        shell
        and entry.text.rstrip().endswith(";")
        and sql_start(entry.text)
        and first_word(entry.text).isupper()
    ):
        return replace(entry, language="sql")
    return entry


def from_typed(commands: Sequence[Typed]) -> list[Entry]:
    """The entries of a fence with prompts."""
    out: list[Entry] = []
    for command in commands:
        above = 0
        for comment in command.comments:
            gap = comment.number != above + 1
            out.append(Entry(comment.text, "shell", span_of([comment]), comment=True, gap=gap, line=comment))
            above = comment.number
        if command.language == "shell":
            found = from_lines(command.lines, None)
        else:
            found = from_language(command.lines, command.language)
        found = [replace(entry, hops=command.hops) for entry in found]
        if command.output and any(not entry.comment for entry in found):
            _print(found, command.output)
        out.extend(found)
    return out


def from_lines(lines: Sequence[Line], inside: Hop | None) -> list[Entry]:
    """The entries of a shell fence without prompts; `inside` is a database session that an earlier fence opened."""
    out: list[Entry] = []
    start = index = 0
    if inside is not None and inside.kind in ("database", "repl"):
        end = _captured(lines, 0, inside)
        out.extend(_inside(lines[:end], inside, mixed=end < len(lines)))
        start = index = end
    while index < len(lines):
        text = lines[index].text
        bare = text.lstrip()
        if not bare or bare.startswith("#"):
            index += 1
            continue
        # A plain command ends with its line, whatever its words are.
        last = index if plain_words(text.strip(" \t")) else statement_end(lines, index)
        hop = _client(lines[index : last + 1])
        if hop is not None:
            lines = _without_prompts(lines, last + 1)
        end = _captured(lines, last + 1, hop) if hop is not None else last + 1
        if hop is not None and end > last + 1:
            out.extend(_shell(lines[start : last + 1]))
            rest = any(line.text.strip() for line in lines[end:])
            out.extend(_inside(lines[last + 1 : end], hop, mixed=rest and not closes(lines[end - 1].text)))
            start = index = end
        elif not goes_on(text) and none_typed(text) and _anything(lines, index):
            out.extend(_shell(lines[start:index]))
            end = _printed_end(lines, index)
            _print(out, lines[index:end])
            start = index = end
        else:
            index = last + 1
    out.extend(_shell(lines[start:]))
    return out


_CLIENT_PROMPT = re.compile(r"[ \t]*>[ \t]+(?=\S)")


def _without_prompts(lines: Sequence[Line], first: int) -> Sequence[Line]:
    """`> INFO` below an opened client is what is typed there: to a shell it would empty a file of that name."""
    out = list(lines)
    at = first
    while at < len(out) and (found := _CLIENT_PROMPT.match(out[at].text)):
        out[at] = out[at].cut(found.end())
        at += 1
    return out if at > first else lines


def _anything(lines: Sequence[Line], index: int) -> bool:
    """Whether a command stands above, so that a line can be its output."""
    return any(
        line.text.strip() and not line.text.lstrip().startswith("#")
        for line in lines[max(0, index - 50) : index]
    )


def _printed_end(lines: Sequence[Line], index: int) -> int:
    """The index after the output that begins at `index`: data to its last bracket, else to a blank line or a command."""
    depth = _open_brackets(lines[index].text) if lines[index].text.lstrip()[:1] in "[{" else 0
    end = index + 1
    while end < len(lines):
        text = lines[end].text
        if depth <= 0 and (not text.strip() or (starts_command(text) and not none_typed(text))):
            break
        depth += _open_brackets(text) if depth > 0 else 0
        end += 1
    return end


def _print(entries: list[Entry], lines: Sequence[Line]) -> None:
    """Output printed below a command without a prompt in front of it."""
    shown = [line.text for line in lines]
    while entries:
        above = entries.pop()
        if above.comment and above.line is not None:
            shown.insert(0, above.line.text)  # what stands between a command and its output belongs to it
            continue
        end = span_of(lines)
        span = Span(above.span.start, end.end, above.span.first_line, end.last_line)
        sample = "\n".join([above.sample, *shown] if above.sample else shown)
        entries.append(replace(above, sample=sample, span=span))
        return


def _client(lines: Sequence[Line]) -> Hop | None:
    """The database or interpreter a line opens, if it opens one."""
    if len(lines) > 6 or not may_open(lines[0].text):
        return None
    hops = opener("\n".join(line.text for line in lines).split(" #")[0].strip())
    if not hops or hops[-1].kind not in ("database", "repl"):
        return None
    return hops[-1]


def _starts(hop: Hop) -> Callable[[str], bool]:
    match hop.detail:
        case "redis":
            return redis_start
        case "mongo":
            return mongo_start
        case _:
            return sql_in_session


def _captured(lines: Sequence[Line], first: int, hop: Hop) -> int:
    """The index after the last line a session captures, from `first` on."""
    if hop.kind == "repl":
        closing = next((i for i in range(first, len(lines)) if closes(lines[i].text)), len(lines) - 1)
        return closing + 1 if any(line.text.strip() for line in lines[first:]) else first
    starts = _starts(hop)
    one_line = hop.detail in ("redis", "mongo")
    index = first
    while index < len(lines):
        text = lines[index].text
        bare = text.strip()
        if not bare or bare.startswith("#"):
            following = next(
                (
                    i
                    for i in range(index, len(lines))
                    if (t := lines[i].text.strip()) and not t.startswith("#")
                ),
                None,
            )
            if following is None or not (starts(lines[following].text) or closes(lines[following].text)):
                return index
            index = following
        elif closes(text):
            return index + 1
        elif bare.startswith("--") or starts(text):
            index = index + 1 if one_line or bare.startswith(("--", "\\")) else _statement_end(lines, index)
        else:
            return index
    return index


def _statement_end(lines: Sequence[Line], index: int) -> int:
    """The index after a SQL statement: its ";" at a line's end, else before a blank line, a comment or a program."""
    while index < len(lines):
        bare = lines[index].text.split(" --")[0].rstrip()
        index += 1
        if bare.endswith((";", "\\g", "\\G", "\\gx")):
            return index
        if index < len(lines):
            following = lines[index].text.strip()
            if (
                not following
                or following.startswith("#")
                or first_word(following) in ("sudo", "exit", "kubectl")
            ):
                return index
    return index


def _inside(lines: Sequence[Line], hop: Hop, *, mixed: bool) -> list[Entry]:
    if hop.kind == "repl":
        shown = [line for line in lines if line.text.strip()]
        if not shown:
            return []
        ends = closes(shown[-1].text)
        body = shown[:-1] if ends else shown
        out = []
        if body:
            text = "\n".join(line.text for line in lines[lines.index(body[0]) : lines.index(body[-1]) + 1])
            out.append(Entry(text, "script", span_of(body), captured=True))
        if ends:
            out.append(Entry(shown[-1].text.strip(), "shell", span_of([shown[-1].stripped()]), captured=True))
        return out
    language = {"redis": "redis", "mongo": "mongo"}.get(hop.detail or "", "sql")
    return [
        replace(entry, captured=True, mixed=mixed, language="shell" if closes(entry.text) else language)
        for entry in from_language(lines, language)
    ]


_SLIPPED = re.compile(r"\s*\\[ \t]+$")  # a space behind the backslash, and the line is not continued


def _shell(lines: Sequence[Line]) -> list[Entry]:
    out: list[Entry] = []
    for piece in split(lines):
        if piece.comment and piece.text.startswith("/bin/") and piece.first == 0:
            continue  # "#!/bin/bash"
        above = out[-1] if out and not out[-1].comment and not piece.comment else None
        if above is not None and piece.span.first_line == above.span.last_line + 1:
            slipped = _SLIPPED.search(lines[piece.first - 1].text)
            if slipped is not None or goes_on(piece.text):
                # The line above is not whole: alone it would do more than what is written ("--dry-run" is gone).
                text = f"{above.text}{slipped[0] if slipped else ''}\n{piece.text}"
                span = Span(above.span.start, piece.span.end, above.span.first_line, piece.span.last_line)
                out[-1] = replace(above, text=text, span=span, broken=True)
                continue
        out.append(
            Entry(
                piece.text, "shell", piece.span, piece.comment, piece.trailing, piece.gap, piece.broken,
                piece.place,
            )
        )  # fmt: skip
    return out


# What is never closed goes to the end, as a database would read it (and the search stays linear).
_SQL_TOKEN = re.compile(
    r"--[^\n]*|'(?:''|[^'])*(?:'|\Z)|\"(?:\"\"|[^\"])*(?:\"|\Z)|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)"
    r"|\$(\w*)\$(?:[^$]|\$(?!\1\$))*(?:\$\1\$|\Z)|;|\n[ \t]*(?=\n)|(?<=\n)[ \t]*\\[^\n]*|^[ \t]*\\[^\n]*"
)


def from_language(lines: Sequence[Line], language: str) -> list[Entry]:
    """The entries of lines in a language of its own: SQL split at ";", others one command a line."""
    if language != "sql":
        return _one_a_line(lines, language)
    text = "\n".join(line.text for line in lines)
    cuts: list[tuple[int, int]] = []
    start = 0
    whole = deque(blocks(text))
    for token in _SQL_TOKEN.finditer(text):
        word = token[0]
        while whole and whole[0][1] <= token.start():
            _, end, own_line = whole.popleft()
            if own_line and end > start:
                cuts.append((start, end))
                start = end
        if whole and whole[0][0] <= token.start():
            continue  # a semicolon inside a block ends nothing
        blank = not text[start : token.start()].strip()
        if word == ";" or (word.lstrip().startswith("\\") and blank):
            cuts.append((start, token.end()))
            start = token.end()
        elif word.startswith("--") and blank:
            cuts.append((token.start(), token.end()))
            start = token.end()
        elif word.startswith("\n") and not blank and closes(text[start : token.start()].strip()):
            cuts.append((start, token.start()))
            start = token.start()
    for _, end, own_line in whole:
        if own_line and end > start:
            cuts.append((start, end))
            start = end
    cuts.append((start, len(text)))
    return _cut(lines, text, cuts)


def _cut(lines: Sequence[Line], text: str, cuts: list[tuple[int, int]]) -> list[Entry]:
    starts: list[int] = []
    at = 0
    for line in lines:
        starts.append(at)
        at += len(line.text) + 1
    out: list[Entry] = []
    row = 0
    for start, end in cuts:
        part = text[start:end]
        bare = part.strip()
        if not bare or bare == ";":
            continue
        first = start + len(part) - len(part.lstrip())
        last = first + len(bare)
        while row + 1 < len(lines) and starts[row + 1] <= first:
            row += 1
        low = row
        while row + 1 < len(lines) and starts[row + 1] < last:
            row += 1
        span = Span(
            lines[low].at(first - starts[low]),
            lines[row].at(last - starts[row]),
            lines[low].number,
            lines[row].number,
        )
        gap = "\n\n" in re.sub(r"[ \t]", "", part[: len(part) - len(part.lstrip())]) or start == 0
        if bare.startswith("--"):
            line = lines[low].cut(first - starts[low], last - starts[low])
            sign = len(line.text) - len(line.text.lstrip("- "))
            trailing = low > 0 and bool(lines[low].text[: first - starts[low]].strip())
            line = line.cut(sign)
            out.append(Entry(line.text, "sql", span, comment=True, trailing=trailing, gap=gap, line=line))
        else:
            out.append(Entry(bare, "sql", span, gap=gap))
    return out


def _one_a_line(lines: Sequence[Line], language: str) -> list[Entry]:
    out: list[Entry] = []
    gap = True
    index = 0
    while index < len(lines):
        line = lines[index].stripped()
        index += 1
        if not line.text:
            gap = True
            continue
        if line.text.startswith(("#", "//")):
            words = line.cut(len(line.text) - len(line.text.lstrip("#/"))).stripped()
            out.append(Entry(words.text, language, span_of([line]), comment=True, gap=gap, line=words))
        else:
            last = line
            text = line.text
            # A MongoDB call may go on over lines until its brackets close.
            while language == "mongo" and _open_brackets(text) > 0 and index < len(lines):
                last = lines[index]
                text = f"{text}\n{last.text}"
                index += 1
            span = Span(line.start, last.end, line.number, last.number)
            out.append(Entry(text, language, span, gap=gap))
        gap = False
    return out


def _open_brackets(text: str) -> int:
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "", text)
    return sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")
