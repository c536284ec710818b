"""Small readings shared by the policy readers: durations in prose, dates, names of severities, flat entries."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tocsin.runbook.book import Role, Section
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import (
    Block,
    Document,
    Fence,
    Heading,
    Label,
    ListBlock,
    Paragraph,
    Quote,
    Table,
)
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_UNITS: tuple[tuple[str, timedelta], ...] = (
    (r"ms|milliseconds?|millisekunden?", timedelta(milliseconds=1)),
    (r"s|secs?|seconds?|segundos?|secondes?|sekunden?", timedelta(seconds=1)),
    (
        r"business days?|working days?|dias uteis|dias habiles|jours ouvres|werktag(?:en?)?|arbeitstag(?:en?)?",
        timedelta(days=1),
    ),
    (r"m|mins?|minutes?|minutos?|minuten?", timedelta(minutes=1)),
    (r"h|hrs?|hours?|horas?|heures?|std|stunden?", timedelta(hours=1)),
    (r"d|days?|dias?|jours?|tag(?:en?)?", timedelta(days=1)),
    (r"w|weeks?|semanas?|semaines?|wochen?", timedelta(weeks=1)),
    (r"months?|mes(?:es)?|mois|monat(?:en?)?", timedelta(days=30)),
)
_DURATION = re.compile(
    r"(?<![\w.])(\d+(?:[.,]\d+)?)\s*(?:(?:-|–|—|to|bis|a)\s*\d+(?:[.,]\d+)?\s*)?-?\s*("
    + "|".join(pattern for pattern, _ in _UNITS)
    + r")(?![\w%])",
    re.IGNORECASE,
)
_UNIT_RES = tuple((re.compile(pattern, re.IGNORECASE), value) for pattern, value in _UNITS)
_IMMEDIATE = re.compile(
    r"\b(?:immediate(?:ly)?|at once|instant(?:ly)?|right away|inmediat[oa](?:mente)?|imediat[oa](?:mente)?|"
    r"immediat(?:e|ement)?|sofort)\b"
)


_MOST = 100_000  # of any unit
_DIGIT = re.compile(r"\d")


def duration(text: str) -> timedelta | None:
    """The first duration named anywhere in a text: "< 15 minutes", "15-30 min" (the smaller), "immediately" (zero).

    "next business day" is a day; "business hours" and "best effort" are no clock.

    >>> duration("Response: < 15 minutes")
    datetime.timedelta(seconds=900)
    """
    folded = fold(text)
    found = _DURATION.search(folded) if _DIGIT.search(folded) is not None else None
    if found is not None:
        amount = float(found[1].replace(",", ".")[:12])
        if amount > _MOST:
            return None  # a number that large is no clock
        for pattern, unit in _UNIT_RES:
            if pattern.fullmatch(found[2]):
                return amount * unit
    if _IN_WORDS.search(folded) is None:
        return None
    if counted := _COUNTED.search(folded):
        number = _NUMBERS[counted[1]]
        return timedelta(minutes=number) if counted[2].startswith("m") else timedelta(hours=number)
    if _QUARTER.search(folded):
        return timedelta(minutes=15)
    if _HALF_AN_HOUR.search(folded):
        return timedelta(minutes=30)
    if _AN_HOUR.search(folded):
        return timedelta(hours=1)
    if _IMMEDIATE.search(folded):
        return timedelta(0)
    if _A_DAY.search(folded):
        return timedelta(days=1)
    return None


_HALF_AN_HOUR = re.compile(
    r"\bhalf an hour\b|\bmedia hora\b|\bhalbe[nr]? stunde\b|\bmeia hora\b|\bune demi-heure\b"
)
_AN_HOUR = re.compile(r"\b(?:an|one) hour\b|\bune heure\b|\buna hora\b|\beiner? stunde\b")
_A_DAY = re.compile(
    r"\b(?:next|one|1) (?:business|working) day\b|\bnachste[rn]? (?:werk|arbeits)tag\b|\b(?:siguiente|proximo) dia (?:habil|laborable|util)\b|"
    r"\b(?:prochain )?jour ouvre(?: suivant)?\b|\bsame day\b|\bwithin a day\b|\bnext (?:morning|day)\b|\bwithin the (?:same )?(?:business|working) day\b|\bnachsten (?:morgen|tag)\b"
)
_QUARTER = re.compile(
    r"\b(?:a )?quarter of an hour\b|\b(?:einer )?viertelstunde\b|\b(?:un )?cuarto de hora\b|\b(?:un )?quart d'heure\b|\b(?:um )?quarto de hora\b"
)
_NUMBERS = {"two": 2, "three": 3, "five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60,
            "zwei": 2, "drei": 3, "funf": 5, "zehn": 10, "funfzehn": 15, "zwanzig": 20, "dreissig": 30}  # fmt: skip
_COUNTED = re.compile(rf"\b({'|'.join(_NUMBERS)})[ -](min\w*|hours?|stunden?)\b")
# All of them at once: most texts name no duration.
_IN_WORDS = re.compile(
    "|".join(words.pattern for words in (_COUNTED, _QUARTER, _HALF_AN_HOUR, _AN_HOUR, _IMMEDIATE, _A_DAY))
)


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar enero janeiro janvier", "february feb februar febrero fevereiro fevrier",
            "march mar marz marzo marco mars", "april apr abril avril", "may mai mayo maio",
            "june jun juni junio junho juin", "july jul juli julio julho juillet",
            "august aug agosto aout", "september sep sept septiembre setembro septembre",
            "october oct oktober octubre outubro octobre", "november nov noviembre novembro novembre",
            "december dec dezember diciembre dezembro decembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip


def day(text: str) -> date | None:
    """The date a text names: 2025-10-07, 2025/10/07, 7 October 2025, October 7, 2025, 07.10.2025.

    15/07/2025 is plain too; 10/07/2025 can be two days and is none.
    """
    found = re.search(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b", text)
    if found:
        return _date(int(found[1]), int(found[2]), int(found[3]))
    found = re.search(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b", text)
    if found:
        return _date(int(found[3]), int(found[2]), int(found[1]))
    found = re.search(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", text)
    if found and max(int(found[1]), int(found[2])) > 12:  # which of the two is the month is plain
        first, second = int(found[1]), int(found[2])
        return _date(int(found[3]), min(first, second), max(first, second))
    folded = fold(text)
    found = re.search(
        r"\b(\d{1,2})(?:st|nd|rd|th|er|o)?\.? (?:de |of )?([a-z]+)\.?,? (?:de )?(\d{4})\b", folded
    )
    if found and found[2] in _MONTHS:
        return _date(int(found[3]), _MONTHS[found[2]], int(found[1]))
    found = re.search(r"\b([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b", folded)
    if found and found[1] in _MONTHS:
        return _date(int(found[3]), _MONTHS[found[1]], int(found[2]))
    return None


def _date(year: int, month: int, dayofmonth: int) -> date | None:
    try:
        return date(year, month, dayofmonth)
    except ValueError:
        return None


# "S3" alone is a storage product more often than a severity, so the letter S needs a known companion.
LEVEL_NAME = re.compile(
    r"\b(?:(P|SEV|Sev|SEVERITY|Severity|PRIORITY|Priority|Prio|PRIO|INC|TIER|Tier)[\s#-]?([0-5])|(S)([0-5])(?!\w))\b"
)
# In every text the pattern above finds something in.
LEVEL_MARK = re.compile(r"[PSIT][A-Za-z]*[\s#*_`-]*[0-5]")
_LABELS: tuple[tuple[str, int], ...] = (
    (
        r"critical|critic[oa]|critique|kritisch|kritische?r?|blocker|bloquant|emergency|sev(?:ere)?\b|catastrophic|urgent",
        0,
    ),
    (r"high|major|majeure?s?|schwer(?:wiegend)?|hoch|hohe?|alt[oa]|haute?|eleve|elevad[oa]|grave", 1),
    (r"medium|moderate|moderad[oa]|moderee?|mittel|mittlere?|medi[oa]|moyen(?:ne)?|normal|warning", 2),
    (r"low|minor|mineure?s?|menor(?:es)?|leve|niedrige?|gering(?:e)?|baj[oa]|baix[oa]|basse?|faible", 3),
    (r"info(?:rmational)?|trivial|cosmetic|planning|none", 4),
)
_LABEL_RES = tuple((re.compile(rf"\b(?:{pattern})\b"), rank) for pattern, rank in _LABELS)


def level_name(text: str) -> str | None:
    """The severity a text begins with, as written and normalised: "P0", "SEV1", "Critical"; else None."""
    words = plain(text)
    found = LEVEL_NAME.search(words)
    if found is not None and not re.search(r"\w", words[: found.start()].replace("Level", "")):
        return _spelled(found)
    lead = re.match(r"\W*(?:level\s+)?([A-Za-zÀ-ÿ]+)", words)
    if lead is not None and label_rank(lead[1]) is not None:
        return lead[1].capitalize()
    return None


def _spelled(found: re.Match[str]) -> str:
    prefix, digit = (found[1], found[2]) if found[1] else (found[3], found[4])
    return f"{prefix.upper()}{digit}" if len(prefix) <= 4 else f"{prefix.capitalize()} {digit}"


_LEVEL_DIGIT = re.compile(r"[0-5]")
_LEVELS_FROM_TO = re.compile(r"\b(P|SEV)[\s-]?([0-5])\s*(?:-|–|to)\s*(?:P|SEV)?[\s-]?([0-5])\b")


def level_names(text: str) -> tuple[str, ...]:
    """Every severity named in a text: "(P0/P1: < 15 minutes)" gives P0 and P1; "SEV1-2" gives both."""
    if _LEVEL_DIGIT.search(text) is None:
        return ()
    found = [_spelled(match) for match in LEVEL_NAME.finditer(text)]
    run = _LEVELS_FROM_TO.search(text)
    if run:
        found.extend(f"{run[1]}{n}" for n in range(int(run[2]), int(run[3]) + 1))
    return tuple(sorted(set(found)))


def label_rank(word: str) -> int | None:
    """The rank an everyday word for a severity asks for ("critical" is 0), or None."""
    folded = fold(word)
    return next((rank for pattern, rank in _LABEL_RES if pattern.search(folded)), None)


# Not frozen, because one is made per line of text and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class Entry:
    """One statement of a section: a list item, a labelled field, a paragraph or a line of a text fence.

    Attributes:
        name: the label, or the words before a colon; None without one.
        value: what follows the label, or the whole text.
        text: all of it, without markup. depth: nesting of lists. kind: item, field, line, code or heading.
        code: whether it stood in a fence.
    """

    name: str | None
    value: str
    text: str
    span: Span
    depth: int = 0
    ordered: bool = False
    code: bool = False


_NAMED = re.compile(r"([^:\n]{1,60}?)\s*:\s+(.+)$", re.S)
_MARK = re.compile(r"^\s*(?:#+\s*)?(?:[-*•→✅☐☑✔]️?\s*|\[[ xX]\]\s*|(\d{1,2})[.)]\s+)*")


def entries(blocks: tuple[Block, ...], depth: int = 0, ordered: bool = False) -> Iterator[Entry]:
    """The statements of these blocks in reading order; tables are not among them."""
    for block in blocks:
        match block:
            case Paragraph(text=text, span=span):
                yield _named(plain(text), span, depth, ordered, False)
            case Label(name=name, value=value, span=span):
                head, rest = plain(name), plain(value or "")
                yield Entry(head, rest, f"{head}: {rest}" if rest else head, span, depth, ordered)
            case ListBlock(items=items, ordered=numbered):
                for item in items:
                    yield from entries(item.blocks, depth + 1, numbered)
            case Quote(blocks=inner):
                yield from entries(inner, depth, ordered)
            case Fence(lines=lines):
                for line in lines:
                    text = line.text
                    if not text or text.isspace():
                        continue
                    span = Span(line.start, line.end, line.number, line.number)
                    if text[0].isalpha():  # no mark stands before it
                        yield _named(plain(text), span, depth, False, True)
                        continue
                    marks = _MARK.match(text)
                    bare = text[marks.end() :] if marks else text
                    yield _named(plain(bare), span, depth, bool(marks and marks[1]), True)
            case _:
                pass


def _named(text: str, span: Span, depth: int, ordered: bool, code: bool) -> Entry:
    found = _NAMED.match(text) if ":" in text else None
    if found is not None:
        return Entry(found[1].strip(), found[2].strip(), text, span, depth, ordered, code)
    return Entry(None, text, text, span, depth, ordered, code)


# Not frozen, because what it says is read when the first reader asks: nobody asks most sections of a runbook.
@dataclass(slots=True)
class Part:
    """A section with the blocks of its own (those of its children are in theirs).

    Attributes:
        parents: the sections above it, nearest last.
        title: without markup. around: the roles it and the sections above it have.
    """

    section: Section
    blocks: tuple[Block, ...]
    parents: tuple[Section, ...]
    title: str
    around: frozenset[Role]
    _statements: tuple[Entry, ...] | None = None

    @property
    def roles(self) -> frozenset[Role]:
        return self.section.roles

    def inside(self, role: Role) -> bool:
        """Whether it or anything above it has this role."""
        return role in self.around

    def entries(self) -> tuple[Entry, ...]:
        """What `entries` gives of its blocks, computed once."""
        if self._statements is None:
            self._statements = tuple(entries(self.blocks))
        return self._statements

    def tables(self) -> tuple[Table, ...]:
        return tuple([block for block in self.blocks if isinstance(block, Table)])


def parts(sections: tuple[Section, ...], document: Document) -> tuple[Part, ...]:
    """Every section with its own blocks, in document order. Text before the first section is in none."""
    flat: list[tuple[Section, tuple[Section, ...]]] = []

    def collect(section: Section, above: tuple[Section, ...]) -> None:
        flat.append((section, above))
        for child in section.children:
            collect(child, (*above, section))

    for section in sections:
        collect(section, ())
    flat.sort(key=lambda pair: pair[0].heading_line)
    starts = [section.heading_line for section, _ in flat]
    blocks = [block for block in document.blocks if not isinstance(block, Heading)]
    found: list[Part] = []
    position = 0
    while position < len(blocks) and starts and blocks[position].span.first_line < starts[0]:
        position += 1
    for index, (section, above) in enumerate(flat):
        end = starts[index + 1] if index + 1 < len(flat) else len(document.lines) + 1
        own: list[Block] = []
        while position < len(blocks) and blocks[position].span.first_line < end:
            own.append(blocks[position])
            position += 1
        around = section.roles.union(*(parent.roles for parent in above))
        found.append(Part(section, tuple(own), above, plain(section.title), around))
    return tuple(found)
