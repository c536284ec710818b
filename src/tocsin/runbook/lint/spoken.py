"""What sentences leave open for people: empty cells and blanks (TOC403), clocks (TOC110, TOC414, TOC401), ways back in words (TOC107)."""

import re
from collections.abc import Iterator
from datetime import timedelta

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.policy.text import day, duration, level_names
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_PEOPLE_COLUMN = re.compile(
    r"\b(?:phone|tel(?:ephone|efon)?|contact|number|reach(?:ed)?|pager|mobile|e-?mail|slack|chat|telefono|telephone|kontakt|nummer|erreichbar|how)\b"
)
_PEOPLE_TABLE = re.compile(
    r"\b(?:role|who|name|level|team|person|escalat\w*|contact|stufe|wer|rolle|quien|rol|qui|vendor|service|stage|step|when)\b"
)
_EMPTY = re.compile(
    r"(?:[-–—?_\s]*|n/?a|t\.?b\.?[dca]\.?|todo|xxx+|\?+|tba|offen|unknown|unbekannt|\.{3}|…)$", re.IGNORECASE
)


def empty_cells(view: View) -> Iterator[Diagnostic]:
    """TOC403: a table of people in which one has no way to be reached."""
    known = {contact.span.first_line for contact in view.book.policy.contacts if contact.value is None}
    columns: list[int] = []
    width = 0
    header = False
    for raw in view.raw:
        text = raw.text.strip()
        if raw.fenced or not text.startswith("|"):
            columns, header = [], False
            continue
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if not header:
            header, width = True, len(cells)
            folded = [fold(cell) for cell in cells]
            columns = [at for at, cell in enumerate(folded) if at and _PEOPLE_COLUMN.search(cell)]
            if not columns or not _PEOPLE_TABLE.search(folded[0]):
                columns = []
            continue
        if not columns or set(text) <= set("|-: ") or len(cells) > width or raw.number in known:
            continue
        given = [cells[at] if at < len(cells) else "" for at in columns]
        if cells[0] and all(_EMPTY.fullmatch(cell) for cell in given):
            yield view.remark(
                "TOC403", raw.span, f"{plain(cells[0])} cannot be reached: the place for it is empty."
            )


# One of these is in every line that ends in a blank.
_OPEN_ENDS = ("...", "…", "?", "___", "TB", "T.B", "to be")
_BLANK = re.compile(
    r"_{3,}(?!\w)|(?<!\w)\.{5,}|\b(?:TBD|TBA|T\.B\.D\.)\b|\(?\bto be (?:named|filled in|decided|appointed)\b|(?<=:) *(?:\.{3}|…|\?{1,5})\s*$"
)
_OF_PEOPLE = re.compile(
    r"\b(?:head|director|chief|officer|cto|ceo|ciso|dba|manager|lead|leader|escalat\w*|on-?call|contact|phone|call|owner|deputy|duty|support|vendor|leitung|bereitschaft|jefe|responsable|noc|security|team|\w*hotline|\w*annahme|notdienst|emergency|provider)\b"
)


def blanks(view: View) -> Iterator[Diagnostic]:
    """TOC403: a line about people that ends in a blank: "Head of operations: TBD", "then ______"."""
    known = {contact.span.first_line for contact in view.book.policy.contacts if contact.value is None}
    for raw in view.prose_with(_OPEN_ENDS):
        text = raw.text
        if (
            raw.number in known
            or text.lstrip().startswith(("|", ">", "#"))
            or not (
                text.rstrip().endswith(("...", "…", "?"))
                or "___" in text
                or "TB" in text
                or "T.B" in text
                or "to be" in text
                or "....." in text
            )
        ):
            continue
        found = _BLANK.search(text)
        if found is not None and _OF_PEOPLE.search(fold(text)):
            yield view.remark(
                "TOC403",
                raw.span,
                f"{found[0]} stands where somebody has to be reached.",
                column=found.start() + 1,
            )


_CLAUSE = re.compile(
    r"(?<=[.;!?])\s+|,\s+(?=(?:and )?(?:P|S|SEV|Sev)-?\d)|\s+(?:and|und) (?=(?:every|each|any|a|jede\w*) (?:P|S|SEV)-?\d)"
)
_ANSWERED = re.compile(
    r"\b(?:answer(?:ed)?|acknowledg\w*|respond\w*|respon[sd]e?|picked up|pick up|taken|react\w*|reaktion\w*|reaktionszeit\w*|respuesta|repond\w*|contest\w*|atiend\w*|atend\w*|bearbeit\w*|responder\w*|reagier\w*|beantwortet|antwort\w*|attend(?:ed)?|accepted)\b"
)
_NOT_AN_ANSWER = re.compile(
    r"\b(?:after|nobody|no one|unless|if no|without|updat\w*|resol\w*|mitigat\w*|post.?mortem|restor\w*|fix\w*|every \d|nach|ohne|closed|escalat\w*)\b"
)


# One of these is in every document that names levels; a plain search of the whole is cheaper than one of each line.
_LEVELS = ("P0", "P1", "P2", "S1", "S2", "SEV", "Sev", "sev", "rio", "evel", "Stufe", "P-1", "P 1")
_ANSWERS = (
    "nswer",
    "cknowledg",
    "espon",
    "pick",
    "aken",
    "eact",
    "eagi",
    "ntwort",
    "ttend",
    "ccept",
    "tiend",
    "tend",
    "earbeit",
    "eaktion",
    "ontest",
    "épond",
)
_DIGIT = re.compile(r"[0-5]")
_MAY_NAME_A_LEVEL = re.compile(
    r"(?:[PS]|SEV|[Ss]ev|[Ss]everity|[Pp]rio|[Pp]riority|[Ll]evel|[Ss]tufe)[ -]?[0-5]"
)


def clauses(view: View) -> Iterator[Diagnostic]:
    """TOC110: a level with two response clocks, clause by clause."""
    levels = {
        level.name: (level.response, level.span.first_line)
        for level in view.book.policy.severities
        if level.response is not None
    }
    first: dict[str, tuple[timedelta | None, int]] = dict(levels)
    for raw in view.prose_with(_ANSWERS) if any(map(view.whole.__contains__, _LEVELS)) else ():
        if (
            not _DIGIT.search(raw.text)
            or not _MAY_NAME_A_LEVEL.search(raw.text)
            or raw.text.lstrip().startswith("|")
            or not level_names(raw.text)
        ):
            continue
        defined: set[str] = set()  # in this line, by the clause that the policy was read from
        for clause in _CLAUSE.split(plain(raw.text)):
            names = level_names(clause)
            told = fold(clause)
            limit = duration(clause) if len(names) == 1 else None
            if limit is None or _NOT_AN_ANSWER.search(told):
                continue
            if not _ANSWERED.search(told):
                continue
            known = first.setdefault(names[0], (limit, raw.number))
            defines = known[1] == raw.number and names[0] in levels and names[0] not in defined
            defined.add(names[0])
            if defines:
                first[names[0]] = known = (limit, raw.number)
            if known[0] != limit and not defines:
                where = f"in line {known[1]}" if known[1] != raw.number else "a sentence before"
                yield view.remark(
                    "TOC110", raw.span, f"{names[0]} has another response clock here than {where}."
                )
                break


_RESPONDS = re.compile(
    r"\b(?:answers?|respon\w+|acknowledg\w*|antwortet|react\w*)\b[^.;]{0,30}?(?:in|within|:)\s+(?P<time>\d+\s*\w+)"
)
_NO_ANSWER = re.compile(
    r"\b(?:after|nach)\s+(?P<time>\d+\s*\w+)\s+(?:without (?:an? )?(?:answer|response|acknowledg\w*)|ohne (?:antwort|reaktion))"
)


def impatient(view: View) -> Iterator[Diagnostic]:
    """TOC110: the next level is called before the time of the first one is over."""
    for raw in view.prose_with(("without", "ohne")):
        told = fold(plain(raw.text))
        answers, waits = _RESPONDS.search(told), _NO_ANSWER.search(told)
        allowed = duration(answers["time"]) if answers is not None else None
        called = duration(waits["time"]) if waits is not None else None
        if allowed and called and called < allowed and answers is not None and waits is not None:
            message = f"The next one is called after {waits['time']}, while {answers['time']} are allowed for an answer."
            yield view.remark("TOC110", raw.span, message)


_LETTERED = re.compile(
    r"\W*(?:\*\*)?(?P<name>(?:Sev(?:erity)?|Prio(?:rity)?|Level|Class|Stufe|Tier)\s+[A-E]|Critical|Major|Minor|High|Medium|Low|Urgent)\b(?:\*\*)?\s*[:|–—-]",
    re.IGNORECASE,
)
# One of these is in every line of such a row.
_LETTERED_WORDS = ("sev", "prio", "level", "class", "stufe", "tier", "critical", "major", "minor", "high", "medium", "low", "urgent")  # fmt: skip


def lettered_clocks(view: View) -> Iterator[Diagnostic]:
    """TOC414: of levels listed in a row by letter or word, some have a clock and this one has none."""
    if sum(_LETTERED.match(raw.text) is not None for raw in view.prose_saying(_LETTERED_WORDS)) < 2:
        return
    row: list[tuple[RawLine, str, bool]] = []
    for raw in (*view.prose, None):
        found = (
            _LETTERED.match(raw.text)
            if raw is not None and raw.text.lstrip()[:1] in "-*|+0123456789"
            else None
        )
        if raw is not None and found is not None and (not row or raw.number - row[-1][0].number == 1):
            row.append((raw, found["name"], duration(raw.text[found.end() :]) is not None))
            continue
        timed = sum(clock for _, _, clock in row)
        if len(row) > 1 and timed * 2 >= len(row) and timed < len(row):
            for line, name, clock in row:
                if not clock:
                    yield view.remark(
                        "TOC414", line.span, f"{name} has no response clock; its siblings have one."
                    )
        row = []


_NEXT = re.compile(
    r"\b(?:(?:review\w*|uberpruf\w*|revis\w*|pruf\w*)\b.{0,60}?\b(?:next|due|nachste\w*|proxim\w*|prochaine)|wiedervorlage|review again|check again|revisar antes del?|a revoir avant le)\b(?: (?:on|review|one|date|is|by))*\W{0,4}(?P<date>[\w. -]{6,20}\d)",
    re.DOTALL,
)
# One of them is in every such line, accents included.
_NEXT_WORDS = ("next", "due", "chste", "xim", "prochaine", "wiedervorlage", "again", "revisar", "revoir")
_HEAD = 25  # lines in which a document says such things of itself


def next_date(view: View) -> Iterator[Diagnostic]:
    """TOC401: "last review …, next: …" in one breath, and the next one is past."""
    if view.book.policy.review.next_review is not None:
        return
    head_and_foot = {raw.number for raw in (*view.prose[:_HEAD], *view.prose[-5:])}
    for raw in view.prose_saying(_NEXT_WORDS):
        if raw.number not in head_and_foot or not any(map(str.isdigit, raw.text)):
            continue
        found = _NEXT.search(fold(plain(raw.text)))
        due = day(found["date"]) if found is not None else None
        if due is not None and due < view.today:
            late = (view.today - due).days
            yield view.remark(
                "TOC401", raw.span, f"The review was due on {due.isoformat()}, {late} days ago."
            )
            return


_TO_UNDO = re.compile(
    r"^\W*(?:\d+[.)]\s*)?(?:(?:if (?:that|this|it) (?:fails|does not help|goes wrong)|in case of trouble|otherwise|if needed),?\s+)?"
    r"(?:to (?:undo|revert|reverse|roll back|take back|back out|go back|(?:move|switch|shift|fail|turn|change) (?:it |them |the \w+ )?back)\b[^,.:]{0,40},|(?:roll back|undo|revert|back out)\b(?= by| with| it| this| that| the change))\s*(?P<how>.{8,})"
)
# A sentence of its own: "Set the ratio back.", "Then start sending again.", "Zuruckschalten: umgekehrte Reihenfolge."
_BACK_AGAIN = re.compile(
    r"^\W*(?:\d+[.)]\s*)?(?:(?:then|afterwards?|finally|later|when done|once done),?\s+)?(?:(?:set|put|turn|switch|change|scale|move|bring)\b[^.,;:`]{1,40}\bback\b|"
    r"(?:start|enable|unpause|resume|re-?enable|switch on|turn on|allow|open)\b[^.,;:`]{1,40}\bagain\b)[^.,;:`]{0,30}\.?\W*$|"
    r"^\W*(?:zuruck\w*|fail ?back|switch(?:ing)? back|vuelta atras|volver)\W{1,4}\s*(?=.*(?:umgekehrt|reverse|backwards|other way (?:a)?round|vice versa|opposite|the same again|wie oben|in turn|inverso|reves))"
)
_REVERSED = re.compile(
    r"\b(?:other way (?:a)?round|reverse order|in reverse|backwards|vice versa|opposite|umgekehrt\w*|al reves|inverso|sens inverse)\b"
)
_HAS_COMMAND = re.compile(r"`[^`]*\s[^`]*`")


def undo_in_words(view: View) -> Iterator[Diagnostic]:
    """TOC107: a sentence says how to take it back, without a command in it or below it."""
    for raw in view.prose_with(_BACK):
        text = raw.text
        if text.lstrip()[0] in "#|>" or not _MAY_UNDO.search(text):
            continue
        told = fold(plain(text))
        found = _TO_UNDO.match(told)
        if (
            found is not None
            and not _REVERSED.search(told)
            and re.search(r"\b(?:step|section|above|below|see|same|nothing|not)\b|\*\w", found["how"])
        ):
            continue
        if (
            found is None and not (_BACK_AGAIN.match(told) and _stands_alone(view, raw))
        ) or _HAS_COMMAND.search(text):
            continue
        below = next(
            (other.text for other in view.lines_of(raw.number + 1, raw.number + 3) if other.text.strip()), ""
        )
        if re.match(r"\s*(?:```|~~~)|\s{4,}\S", below):
            continue
        yield view.remark("TOC107", raw.span, f'The way back is words only: "{plain(text.strip())[:80]}".')


def _stands_alone(view: View, raw: RawLine) -> bool:
    """Whether a line is a paragraph of its own, and no item among the steps of a list."""
    around = {line.number: line.text.strip() for line in view.lines_of(raw.number - 1, raw.number + 1)}
    alone = not around.get(raw.number - 1, "") and not around.get(raw.number + 1, "")
    return alone and not re.match(r"\s*(?:[-*+]|\d{1,2}[.)])\s", raw.text)


_BACK = (
    "back",
    "again",
    "Zur",
    "zur",
    "uelta",
    "olver",
    "ndo",
    "oll back",
    "oll it back",
    "evert",
    "everse",
    "ack out",
    "o go back",
    "o take",
)
_MAY_UNDO = re.compile(
    r"\bback\b|[Ff]ailback|\bagain\b|[Zz]ur[uü]ck|[Vv]uelta|[Vv]olver|[Uu]ndo|[Rr]oll |[Rr]evert|[Rr]everse|[Bb]ack out|[Tt]o (?:go|take)"
)

RULES = (empty_cells, blanks, clauses, impatient, lettered_clocks, next_date, undo_in_words)
