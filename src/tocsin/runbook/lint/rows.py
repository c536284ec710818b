"""Rows of names: a sentence names all of them, the commands only some (TOC210); a number beside a row of another length (TOC110)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import REACH, Line, View
from tocsin.runbook.lint.told import above, below
from tocsin.runbook.words.wording import fold, stem

_NAME = r"`?[A-Za-z][\w.-]*[\w]`?"
_ROW = re.compile(
    rf"(?<![\w`])(?P<row>{_NAME}(?:,\s*{_NAME})*,?\s*(?:and|und|&|y|e|et)\s+{_NAME}|{_NAME}(?:,\s*{_NAME}){{1,12}})(?![\w`])"
)
_JOINING = (" and ", " und ", " & ", " y ", " e ", " et ")
_OWNING = ("has ", "have ", "consists", "all ", "All ", "our ", "are ", "other ", " of ")
_MAY_RANGE = re.compile(
    r"\d(?:`? ?(?:to|bis|through|…|\.\.|–|-) ?|[\w.-]*`? (?:to|bis|through|…|\.\.\.?|–) )`?[a-zA-Z]"
)
# The digit first, for which is searched faster than for a letter.
_NUMBERED = re.compile(r"\d(?:(?<=[a-z]\d)|(?<=[a-z]-\d))")
_HYPHENED = re.compile(r"(?<![\w-])[a-z]+(?:-[a-z0-9]+)+(?![\w-])")
_AND = re.compile(r"\s*,?\s+(?:and|und|&|y|e|et)\s+|\s*,\s*")
_COUNT = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
          "beide": 2, "beiden": 2, "zwei": 2, "drei": 3, "vier": 4, "funf": 5}  # fmt: skip
_COUNTED = re.compile(
    rf"(?<![\w.,§-])(?P<count>{'|'.join(_COUNT)}|\d{{1,2}})\s+(?P<noun>(?!(?:is|was|has|does|as)\b)[a-z][a-z-]*(?:\s(?!(?:is|was|has|does|as)\b)[a-z]+)?s|knoten|dienste|server|hosts)\b"
)
_RANGE = re.compile(
    r"`?(?P<stem>[a-z][a-z-]*?)(?P<first>\d{1,3})(?P<tail>[\w.-]*)`?\s*(?:to|bis|through|…|\.\.\.?|–|-)\s*`?(?P=stem)(?P<last>\d{1,3})(?P=tail)`?",
    re.IGNORECASE,
)
_OTHER = re.compile(
    rf"\bthe (?:same (?:on|for) )?(?:the )?other (?P<count>{'|'.join(_COUNT)}|\d{{1,2}}) (?P<noun>[a-z-]+s)\b"
)
_OWNS = re.compile(
    rf"\b(?:has|have|consists of|all(?: of)?|all the|our|there are) (?P<count>{'|'.join(_COUNT)}|\d{{1,2}}) (?P<noun>[a-z-]+s)\b"
)
_PART_OF = re.compile(
    rf"\b(?:one|{'|'.join(_COUNT)}|\d{{1,2}}|any|most|half|none|each|every one|all|both|some) of (?:the |our |its |all )?(?P<count>{'|'.join(_COUNT)}|\d{{1,2}}) (?P<noun>[a-z-]+s)\b"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """Names said in one breath."""

    names: tuple[str, ...]
    before: str
    number: int


def _rows(text: str, number: int = 0) -> Iterable[_Row]:
    """The rows of code names in a text; words that are no names make none."""
    return _read(text, number) if _may_hold_names(text) else ()


def rows_in(text: str) -> Iterable[_Row]:
    """The same for rules of other modules: each row has its names and the text before it."""
    return _rows(text)


def _may_hold_names(text: str) -> bool:
    """The plain searches first: this is asked of every line."""
    if "," not in text and not any(map(text.__contains__, _JOINING)):
        return False
    return (
        text.count("`") >= 4
        or len(_NUMBERED.findall(text)) >= 2
        or (text.count("-") >= 2 and len(_HYPHENED.findall(text)) >= 2)
    )


def _read(text: str, number: int) -> Iterator[_Row]:
    for found in _ROW.finditer(text):
        parts = [part for part in _AND.split(found["row"]) if part]
        start = found.start()
        if len(parts) > 2 and parts[1].startswith("`") and parts[0].isalpha():
            start = found.start() + found["row"].index("`")  # "two banks, `a` and `b`": the noun is no name
            parts = parts[1:]
        coded = sum(part.startswith("`") for part in parts)
        numbered = sum(re.fullmatch(r"`?[a-z-]+\d+`?", part) is not None for part in parts)
        hyphened = sum(_HYPHENED.fullmatch(part) is not None for part in parts)
        if len(parts) >= 2 and max(coded, numbered, hyphened) == len(parts):
            yield _Row(tuple(part.strip("`") for part in parts), text[:start], number)


def wrong_counts(view: View) -> Iterator[Diagnostic]:
    """TOC110: "three workspaces: a, b, c and d"; "the cluster has three brokers" where five are listed."""
    known: dict[str, tuple[int, int]] = {}  # noun → how many are listed, and where
    sizes: dict[str, dict[int, int]] = {}  # the same for rows whose number is told and right
    for raw in view.prose:
        text = raw.text
        for row in _rows(text, raw.number):
            told = fold(row.before[-60:].replace("`", ""))
            counted = list(_COUNTED.finditer(told))
            if counted and _number(counted[-1]["count"]) == len(row.names):
                sizes.setdefault(stem(counted[-1]["noun"].split()[-1]), {})[len(row.names)] = raw.number
            if counted and re.fullmatch(
                r"[\s:(,]*(?:are in use|exist|are|namely|viz|use it|i\.e\.)?[\s:(,]*",
                told[counted[-1].end() :],
            ):
                wanted = _number(counted[-1]["count"])
                if wanted != len(row.names):
                    message = f"{counted[-1][0]} are announced, {len(row.names)} are named."
                    yield view.remark("TOC110", raw.span, message, level=Level.WARNING)
            elif noun := re.search(r"([a-z-]+s)\s*:?\s*\(?$", told):
                known.setdefault(stem(noun[1]), (len(row.names), raw.number))
        for span in _RANGE.finditer(text) if _MAY_RANGE.search(text) else ():
            noun = re.search(r"([a-z-]+s)\s*:?\s*\(?$", fold(text[: span.start()].replace("`", "")))
            size = int(span["last"]) - int(span["first"]) + 1
            if noun is not None and 1 < size < 100:
                known.setdefault(stem(noun[1]), (size, raw.number))
    # "Two web servers" and "two file servers" are no two servers.
    known = {noun: next(iter(found.items())) for noun, found in sizes.items() if len(found) == 1} | known
    for raw in view.prose_with(_OWNING) if known else ():
        told = fold(raw.text)
        owned, other = _OWNS.search(told) or _PART_OF.search(told), _OTHER.search(told)
        for found, less in ((owned, 0), (other, 1)):
            listed = known.get(stem(found["noun"])) if found is not None else None
            if found is None or listed is None or listed[1] == raw.number:
                continue
            if _number(found["count"]) + less != listed[0]:
                message = f'"{found[0]}": line {listed[1]} lists {listed[0]} of them.'
                yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


def _number(word: str) -> int:
    return _COUNT.get(word) or int(word)


_ACTS_ON_ALL = re.compile(
    r"\b(?:stop|restart|scale|drain|all|both|each|every|start|rotate|pause|disable|new key|new password|use it|uses it|used by|one after (?:the )?(?:other|another)|need|deliver|check|reload|flush|"
    r"stoppen|anhalten|neu starten|alle|beide|benutzt|detener|todos|arreter|tous)\b"
)
_EXAMPLES = re.compile(
    r"\b(?:or|oder|ou|either|not|except|without|e\.g|for example|such as|unless|leave|apart)\b"
)


def forgotten(view: View) -> Iterator[Diagnostic]:
    """TOC210: the sentence beside a step names several, the procedure touches some of them and not the others."""
    for procedure in view.procedures:
        if "`" not in procedure.text and not re.search(r"\w\d,? |\w-\w+, ", procedure.text):
            continue
        text = "\n".join(line.text for line in procedure.lines[:REACH])
        for line in procedure.lines[:REACH]:
            if line.step.actions and line.step.judgement.effect.rank >= Effect.CHANGE.rank:
                yield from _left_out(view, line, text)


def _left_out(view: View, line: Line, text: str) -> Iterator[Diagnostic]:
    told = "\n".join((line.step.title, above(view, line), below(view, line)))
    if not _may_hold_names(told) or not _ACTS_ON_ALL.search(fold(told)):
        return
    for row in _rows(told):
        sentence = fold(row.before.rpartition(".")[2] + told[len(row.before) :].partition(".")[0])
        if _EXAMPLES.search(sentence) or len(row.names) > 12:
            continue
        here = [name for name in row.names if _mentions(name, line.text)]
        missing = [name for name in row.names if not _mentions(name, text)]
        if here and missing:
            message = f"The text names {', '.join(row.names)}; nothing here touches {', '.join(missing)}."
            yield view.on("TOC210", line, message)
            return


def _mentions(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


_BOTH = re.compile(
    r"\b(?P<how>both|each of the|all(?: (?:the|our))?(?: (?:two|three|four|five|six|seven|eight))?|every one of the|(?:alle |die )?beiden?r?|alle (?:zwei|drei|vier)|"
    r"(?:los|las|ambos|ambas) ?(?:dos|tres|cuatro)?|les (?:deux|trois|quatre)) (?:[a-z]+ )?(?P<noun>[a-z-]+s|[a-z-]*(?:knoten|server|rechner|dienste))\b"
)
_SIZES = {"both": 2, "beide": 2, "ambos": 2, "ambas": 2, "dos": 2, "deux": 2, "two": 2, "zwei": 2, "three": 3, "drei": 3, "tres": 3, "trois": 3, "four": 4, "vier": 4, "cuatro": 4}  # fmt: skip


_NEAR = 20  # steps in which the others of a row are to be reached


def one_of_both(view: View) -> Iterator[Diagnostic]:
    """TOC210: "on both relays", and a command for one of them."""
    rows: dict[str, tuple[str, ...]] | None = None
    for procedure, line in view.lines():
        if not line.step.actions:
            continue
        told = fold(above(view, line) or line.step.title)
        found = _BOTH.search(told) if any(map(told.__contains__, _ALL_SIGNS)) else None
        if found is None:
            continue
        rows = _by_noun(view) if rows is None else rows
        names = rows.get(stem(found["noun"]), ()) or _alike_names(view, line.text, found["how"])
        around = procedure.lines[max(0, line.order - _NEAR) : line.order + _NEAR]
        near = "\n".join(other.text for other in around if other.section is line.section).replace(".", " ")
        here = [name for name in names if _mentions(name.partition(".")[0], line.text.replace(".", " "))]
        missing = [name for name in names if not _mentions(name.partition(".")[0], near)]
        if here and missing:
            message = f'The text says "{found[0]}"; nothing here reaches {", ".join(missing)}.'
            yield view.on("TOC210", line, message, level=Level.WARNING)


_ALL_SIGNS = ("both", "all ", "alle ", "each", "beide", "los ", "las ", "amb", "les ")
_IN_CODE = re.compile(r"(?<![\w.-])([a-z]+(?:-[a-z]+)*-?)(\d{1,2})(?![\w-])")


def _alike_names(view: View, text: str, how: str) -> tuple[str, ...]:
    """The names of the document that are numbered like the one in a command, if there are as many as the sentence says."""
    size = next((number for word, number in _SIZES.items() if word in how), 0)
    here = {found[1] for found in _IN_CODE.finditer(text)}
    for first in sorted(here) if size else ():
        names = {found[0] for raw in view.prose for found in _IN_CODE.finditer(raw.text) if found[1] == first}
        for raw in view.prose_with((first,)):
            for span in _RANGE.finditer(raw.text) if _MAY_RANGE.search(raw.text) else ():
                if span["stem"] == first and int(span["last"]) < 100:
                    names |= {
                        f"{first}{number}" for number in range(int(span["first"]), int(span["last"]) + 1)
                    }
        if len(names) == size:
            return tuple(sorted(names))
    return ()


def rows_of(view: View) -> list[tuple[str, ...]]:
    """Every row of names in the text of the document, the longest first."""
    found = {row.names for raw in view.prose for row in _rows(raw.text)}
    return sorted(found, key=lambda names: (-len(names), names))


def _by_noun(view: View) -> dict[str, tuple[str, ...]]:
    """The rows of the document by the noun in front of them: "relays `mx1`, `mx2`"."""
    out: dict[str, tuple[str, ...]] = {}
    for raw in view.prose:
        for row in _rows(raw.text):
            noun = re.search(
                r"([a-z-]+s|knoten|server|rechner|dienste)\s*[:,]?\s*\(?$", fold(row.before.replace("`", ""))
            )
            if noun is not None:
                out.setdefault(stem(noun[1]), row.names)
    return out


RULES = (wrong_counts, forgotten, one_of_both)
