"""TOC403: people, roles and firms that somebody has to reach, and the document does not say how.

What reaches somebody is the same everywhere: a number, an address, a channel, a page of a rota. A line with such a way
makes every word on it reachable; what is to be called and stands on no such line cannot be called.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.outline import Part
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_WAY = re.compile(
    r"\+?\(?\d[\d ()./-]{4,}\d|[\w.+-]+@[\w-]+\.\w|(?<![\w&])#[A-Za-z][\w-]+|(?<!\w)@[a-z][\w.-]+|https?://|\b(?:pager ?duty|ops ?genie|victorops|splunk on-call|slack|teams channel|signal|"
    r"e?xt(?:ension|\.)? ?\d{2,5}|durchwahl \d{2,5}|ext\w* \d{3,5}|schedule|rota\b|roster|on-call list|phone list|call tree|alarmplan|rufplan)\b",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"^\W*(?:\d+(?:\.\d+)*\W+)?(?:who(?:m)?\b.*|people|persons?|team and contacts|phone.*|numbers|.*\bcontacts?\b.*|contact list|.*\bescalation contacts?\b.*|.*\bto (?:call|reach|speak to|talk to)\b.*|.*do (?:i|we) call\b.*|"
    r".*ansprechpartner.*|.*kontakte?\b.*|.*rufnummern.*|wer\b.*|.*contactos?\b.*|.*telefonos\b.*|.*contatos?\b.*|quien.*|qui\b.*|interlocuteurs.*|annuaire.*|roles?(?: in an incident)?|vendors?|providers?|lieferanten|proveedores|fournisseurs)\W*$"
)
# One of these is in every text the pattern finds.
_PEOPLE_SIGNS = (
    "who", "people", "person", "contact", "phone", "number", "call", "reach", "speak", "talk", "ansprechpartner", "kontakt", "rufnummern", "wer",
    "telefonos", "contato", "qui", "interlocuteurs", "annuaire", "role", "vendor", "provider", "lieferanten", "proveedores", "fournisseurs",
)  # fmt: skip
_ENTRY = re.compile(r"(?:(?:[-*+]|\d{1,2}[.)]) )?(?P<who>[^\s:|`][^:|`–]{2,60}?)(?:: | – | - )(?P<how>\S.*)$")
_PIECES = re.compile(r"(?<=[a-z\d])\. (?=[A-Z])")
_HOLE = re.compile(
    r"(?:t\.?b\.?[acd]\.?|todo|to be \w+|unknown|pending|pendiente|por definir|por confirmar|a completer|a definir|a preciser|en attente|offen|unbekannt|folgt|noch offen|wird nachgetragen|fehlt|n/?a|none|missing|"
    r"not yet \w+|open|vacant|vakant|a definir|pendente|(?:(?:number|phone|nummer|telefon|numero|telefono) )?(?:to follow|follows|folgt(?: noch)?|fehlt(?: noch)?|is missing|still missing|coming|not known|por venir|a venir|en tramite)|\?+|)$"
)
_UNKNOWN_NUMBER = re.compile(r"\?{2,}|\bx{3,}\b|\b(?:tbd|tba)\b|\b_{3,}")
_SENT_ON = re.compile(
    r"\b(?:ask (?!the (?:on-?call|service desk|operator))|see (?:the )?(?:sheet|list|note|paper|folder|drawer|board|whiteboard|notice|excel|spreadsheet|intranet)|(?:sheet|list|note|paper|whiteboard) (?:in|on|at) the|on the (?:wall|door|fridge|whiteboard)|in the office|siehe (?:aushang|zettel|liste|intranet)|"
    r"fragen|preguntar|demander|voir (?:le )?(?:tableau|classeur))\b"
)


def unreachable_entries(view: View) -> Iterator[Diagnostic]:
    """An entry of a list or table of people that leads to nobody, in words of any kind."""
    known = {contact.span.first_line for contact in view.book.policy.contacts if contact.value is None}
    for part in _people(view):
        entries = [
            (raw, who, how)
            for raw in view.lines_of(part.first + 1, part.last)
            if not raw.fenced
            for who, how in _entry(raw)
        ]
        reached = sum(_WAY.search(how) is not None for _, _, how in entries)
        for raw, who, how in entries:
            told = fold(how)
            if raw.number in known or _WAY.search(how):
                continue
            if (
                _HOLE.match(told.strip(" *_()[].-–—"))
                or _UNKNOWN_NUMBER.search(told)
                or (reached and _SENT_ON.search(told))
            ):
                known.add(raw.number)
                message = f'{who} cannot be reached: "{how.strip()[:40]}" leads to nobody.'
                yield view.remark("TOC403", raw.span, message)


def _people(view: View) -> list[Part]:
    if not any(_of_people(section.title) for section in view.sections):
        return []
    parts = view.outline.parts
    # "Who answers when payments break" over the whole document is its title and no list of people.
    whole = parts[0] if len(parts) > 1 and parts[0].level == 1 and parts[0].last >= parts[-1].last else None
    found = [part for part in parts if part is not whole and _of_people(part.title)]
    return [
        part for part in found if not any(p is not part and p.first < part.first <= p.last for p in found)
    ]


@lru_cache(maxsize=1024)
def _of_people(title: str) -> bool:
    """Whether a title announces people. The plain searches first: several rules ask this of every heading."""
    told = fold(title)
    return any(map(told.__contains__, _PEOPLE_SIGNS)) and _PEOPLE.match(told) is not None


@lru_cache(maxsize=4096)
def _leads_to_somebody(text: str) -> bool:
    return _WAY.search(text) is not None


def _entry(raw: RawLine) -> Iterator[tuple[str, str]]:
    text = raw.text.strip()
    if text.startswith("|"):
        cells = [plain(cell.strip()) for cell in text.removeprefix("|").removesuffix("|").split("|")]
        if len(cells) > 1 and not set(text) <= set("|-: ") and cells[0]:
            yield cells[0], cells[-1]
        return
    # "Night editor: number to follow. Agency: +45 …" in one paragraph, "Data centre – number to follow" in a list
    for piece in _PIECES.split(" ".join(plain(text).split())):
        found = _ENTRY.match(piece) if ": " in piece or " – " in piece or " - " in piece else None
        if found is not None:
            yield found["who"].strip(" *-"), found["how"].rstrip(".")


_ROLE = r"manager|lead|leader|director|commander|officer|coordinator|controller|supervisor|spokes(?:man|woman|person)|administrator|counsel"
_ROLES = re.compile(
    rf"\b(?:the|our|a|an)\s+(?P<role>(?:(?!the\b|a\b|an\b|is\b|and\b|or\b|of\b|in\b)[a-z-]{{2,16}}\s+){{1,2}}(?:{_ROLE}))\b(?P<does>\s+(?:also\s+|then\s+)?(?:informs?|decides?|is (?:informed|called|told|asked|paged|notified)|must be (?:informed|told|called|asked)|has to (?:agree|approve|be \w+)|confirms?|approves?|signs?|tells|calls|gives|takes over|speaks|writes|joins))?"
)
_TO_ROLE = re.compile(
    r"\b(?:inform|tell|call|ask|page|notify|wake|phone|ring|escalate to|written by|approved by|approval (?:of|from|by)|go-ahead (?:of|from)|confirmed by|signed by|decided by)\s+$"
)
_OWN = re.compile(r"\b(?:on-?call|duty engineer|whoever|person on call|task|team) ?(?:manager|lead)?\b")


def unlisted_roles(view: View) -> Iterator[Diagnostic]:
    """A role that has to do or to hear something, in a document with a list of people in which it is not."""
    people = _people(view)
    inside = [raw for part in people for raw in view.lines_of(part.first, part.last)]
    leading = [raw for raw in inside if _leads_to_somebody(raw.text)]
    if sum(len(_WAY.findall(raw.text)) for raw in leading) < 2:
        return
    ways = [fold(plain(raw.text)) for raw in view.prose if _leads_to_somebody(raw.text)]
    there = {raw.number for raw in inside}
    reached = {word for line in ways for word in re.findall(r"[a-z]{2,}", line)}
    listed = {word for raw in leading for word in re.findall(r"[a-z]{2,}", fold(raw.text))}
    seen: set[str] = set()
    for raw in view.prose_saying(tuple(_ROLE.replace("spokes(?:man|woman|person)", "spokes").split("|"))):
        if raw.text.lstrip()[:1] in "|#" or raw.number in there:
            continue
        told = fold(plain(raw.text))
        for found in _ROLES.finditer(told):
            role = " ".join(
                word
                for word in found["role"].split()
                if word not in ("duty", "on-call", "responsible", "respective")
            )
            acts = found["does"] or _TO_ROLE.search(
                re.sub(r"(?:the|our|a|an)\s+$", "", told[: found.start("role")])
            )
            words = set(role.split())
            if (
                not acts
                or role in seen
                or _OWN.search(found["role"])
                or words <= listed
                or any(words <= set(re.findall(r"[a-z-]{2,}", line)) for line in ways)
            ):
                continue
            if len(words) == 1 and words <= reached:
                continue
            seen.add(role)
            message = (
                f"The {found['role']} has a part in this, and nothing says who that is and how to reach them."
            )
            yield view.remark("TOC403", raw.span, message, level=Level.WARNING)


_FIRM = r"authority|vendor|provider|supplier|carrier|hotline|support|hoster|contractor|manufacturer|cdn|bank|insurer|registrar|acquirer|data cent(?:er|re)"
_CALLING = re.compile(r"[CcPpRr](?:all|hone|ing)\b")
_CALL = re.compile(
    rf"(?:^|[.;:,]\s+|\b(?:and|then|or|und|y|et)\s+)\W*(?:[Cc]all|[Pp]hone|[Rr]ing)\s+(?P<who>them\b|(?:up\s+)?(?:the\s+)?(?:[\w-]+\s+){{0,3}}?(?:{_FIRM})\b(?:,?\s+[A-Z][\w-]+)?)"
)
_NAMES = re.compile(r"\b[A-Z][\w-]*[a-z][\w-]*\b")


def uncalled_firms(view: View) -> Iterator[Diagnostic]:
    """A firm that is to be called, and no number anywhere."""
    ways: list[str] | None = None
    for raw in view.prose_with(("all ", "hone ", "ing ")):
        if raw.text.lstrip()[:1] in "|#" or "number" in raw.text or not _CALLING.search(raw.text):
            continue
        found = _CALL.search(plain(raw.text))
        if found is None or _leads_to_somebody(raw.text):
            continue
        if ways is None:
            ways = [fold(line.text) for line in view.prose if _leads_to_somebody(line.text)]
        around = " ".join(line.text for line in view.lines_of(raw.number - 5, raw.number))
        names = _called(found["who"], around)
        kinds = {name for name in names if re.fullmatch(_FIRM, name)}
        if not names or (names == kinds and not _people(view)):
            continue
        if any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", line) for name in names for line in ways):
            continue
        message = f'"{found[0].strip(" .,;:")}": there is no number for it in this document.'
        yield view.remark("TOC403", raw.span, message, level=Level.WARNING)


def _called(who: str, around: str) -> set[str]:
    """The names and kinds of who is called; for "them" those that stand in the lines before."""
    if who != "them":
        return {*map(fold, _NAMES.findall(who)), *re.findall(rf"\b(?:{_FIRM})\b", fold(who))}
    kinds = set(re.findall(rf"\b(?:{_FIRM})\b", fold(around)))
    return (
        kinds
        | {fold(name) for name in _NAMES.findall(around) if f"({name}" in around or f", {name}" in around}
        if kinds
        else set()
    )


_WAY_COLUMN = re.compile(
    r"^\W*(?:how(?: to reach.*)?|phone.*|mobile|tel\w*|numbers?|reach\w*(?: .*)?|call(?: them)?|contact|telefon\w*|rufnummer|nummer|kontakt|erreichbar\w*|telefono|numero|contacto|joindre)\W*$"
)
_WHO_COLUMN = re.compile(
    r"^\W*(?:who|name|role|person|people|team|firms?|company|vendors?|providers?|suppliers?|carriers?|part(?:y|ner)|agency|contractors?|services?|desk|office|department|authority|bank|contact|lieferant\w*|dienstleister|stelle|proveedor\w*|fournisseur\w*|wer|rolle|person|firma|quien|nombre|rol|empresa|qui|nom|societe)\b"
)
_TO_COME = re.compile(
    r"(?:^|[,;:(–-]\s*)(?:\w+ )?(?:number|phone|nummer|telefon|numero)?\W{0,3}(?:t\.?b\.?[acd]\.?|todo|to follow|to be (?:added|confirmed|filled in)|folgt|wird nachgetragen|por definir|pendiente|a completer|\?{2,}|x{3,})\W*$"
)


def unreachable_rows(view: View) -> Iterator[Diagnostic]:
    """A row of a table of people, under whatever heading, in which the way to reach one is still to come."""
    known = {contact.span.first_line for contact in view.book.policy.contacts if contact.value is None}
    there: set[int] | None = None
    for table in view.tables:
        columns = [place for place, name in enumerate(table.header) if place and _WAY_COLUMN.match(name)]
        if (
            not columns
            or not _WHO_COLUMN.match(table.header[0])
            or sum(_WAY.search(raw.text) is not None for raw, _ in table.rows) < 2
        ):
            continue
        if there is None:  # those are told by unreachable_entries
            there = {number for part in _people(view) for number in range(part.first, part.last + 1)}
        for raw, cells in table.rows:
            told = cells[columns[0]] if columns[0] < len(cells) else ""
            if raw.number in known or raw.number in there or _WAY.search(told):
                continue
            if (
                not told.strip(" *_()[].-–—")
                or _TO_COME.search(told)
                or _HOLE.match(told.strip(" *_()[].-–—"))
            ):
                message = f'{cells[0]} cannot be reached: "{told.strip()[:40]}" leads to nobody.'
                yield view.remark("TOC403", raw.span, message)


RULES = (unreachable_entries, unreachable_rows, unlisted_roles, uncalled_firms)
