"""Whom to call and when to go on: escalation levels and contacts. Source: runbook-language, section 10.3."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Table
from tocsin.runbook.policy.severity import mentioned
from tocsin.runbook.policy.terms import Contact, EscalationLevel, SeverityLevel
from tocsin.runbook.policy.text import Entry, Part, duration, level_name
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.roles import is_exact, role_of
from tocsin.runbook.words.wording import fold

_LEVEL = re.compile(
    r"^\W*(?:(?:escalation\s+)?(?:level|tier|line|stufe|ebene|nivel|niveau|escalation)\s*#?\s*(\d)|L(\d)|(\d)(?:st|nd|rd|th)\s+(?:level|line|escalation|contact))\b"
    r"\s*(?:\(([^)]*)\))?\s*[-–—:.]?\s*(.*)$",
    re.IGNORECASE,
)
_GO_ON = re.compile(
    r"escalat|eskalier|escalad|escalon|escala\b|next level|page (?:the )?(?:next|secondary|level)|hand over"
)
_UNRESOLVED = re.compile(
    r"(?:not|un|isn't|hasn't been)\s*-?(?:resolv|acknowledg|respon|fix|answer|mitigat)|no (?:response|ack|answer|progress)|"
    r"after\b|within\b|if\b|older than|\+\s*\d|>\s*\d"
)


def escalation(parts: tuple[Part, ...], severities: tuple[SeverityLevel, ...]) -> tuple[EscalationLevel, ...]:
    """The levels of the escalation, 1 first, with the time after which the next one is called.

    "Escalate if not resolved in 30 minutes (P0/P1)" under a level is that level's own clock. A time beside the
    name of a level ("Level 2 (after 30 minutes)") is when that level is called, so it is the clock of the one above.
    """
    found: list[EscalationLevel] = []
    called: dict[int, timedelta] = {}
    for part in parts:
        if not part.inside(Role.ESCALATION):
            continue
        heading = _LEVEL.match(part.title)
        if heading is not None:
            level = _level(heading, part.section.span)
            found.append(_with_duties(level, part.entries(), severities))
            _note_call(called, level.level, heading[4] or heading[5])
            continue
        found.extend(_from_entries(part, severities, called))
        for table in part.tables():
            found.extend(_from_table(table, called))
    for part in () if found else parts:
        if part.inside(Role.CONTACTS) and _is_ladder(part):
            found.extend(_from_entries(part, severities, called))
    ordered = sorted(_unique(found), key=lambda level: level.level)
    return tuple(linked(ordered, called))


def _is_ladder(part: Part) -> bool:
    """Whether whom to call stands in an order, with a time at one of those behind the first."""
    ordered = [entry for entry in part.entries() if entry.ordered and entry.depth == 1]
    return len(ordered) > 1 and any(duration(entry.text) is not None for entry in ordered[1:])


def _level(found: re.Match[str], span: Span) -> EscalationLevel:
    number = int(found[1] or found[2] or found[3])
    who = re.sub(r"\s*\([^)]*\)\s*$", "", found[5] or "").strip(" :–—-") or (found[4] or "").strip()
    return EscalationLevel(number, who or f"Level {number}", (), None, (), span)


def _note_call(called: dict[int, timedelta], number: int, text: str | None) -> None:
    limit = duration(text or "")
    if limit is not None and limit > timedelta(0):
        called.setdefault(number, limit)


def _with_duties(
    level: EscalationLevel, entries: tuple[Entry, ...], severities: tuple[SeverityLevel, ...]
) -> EscalationLevel:
    for entry in entries:
        if not entry.text:
            continue
        level = replace(level, duties=(*level.duties, entry.text))
        folded = fold(entry.text)
        if level.after is None and _GO_ON.search(folded) and _UNRESOLVED.search(folded):
            limit = duration(entry.text)
            if limit is not None:
                level = replace(level, after=limit, severities=mentioned(entry.text, severities))
    return level


def _from_entries(
    part: Part, severities: tuple[SeverityLevel, ...], called: dict[int, timedelta]
) -> list[EscalationLevel]:
    found: list[EscalationLevel] = []
    general: Entry | None = None
    ladder = False  # whether the levels are sentences with a time, the first of which names the second
    for entry in _sentences(part.entries()):
        named = _LEVEL.match(entry.text)
        if named is not None:
            level = _level(named, entry.span)
            if entry.name is not None and entry.value and _LEVEL.match(entry.name):
                who = _LEVEL.match(entry.name)
                own = (who[5] if who else "").strip(" :–—-")
                level = replace(level, who=own or _bare(entry.value), duties=(entry.value,) if own else ())
            found.append(level)
            _note_call(called, level.level, entry.text)
        elif entry.ordered and entry.depth == 1 and (not found or found[-1].level == len(found)):
            if level_name(entry.text) is not None:
                continue  # a matrix by severity is no ladder
            at = _timed(entry.text) if found else None  # "2. After 15 minutes: the team lead"
            person = at[1] if at is not None else _bare(entry.name or entry.value)
            found.append(EscalationLevel(len(found) + 1, person, (), None, (), entry.span))
            _note_call(called, len(found), entry.text)
        elif (timed := _timed(entry.text)) is not None and (not found or ladder):
            if not found:
                found.append(EscalationLevel(1, "On-call", (), None, (), entry.span))
                ladder = True
            found.append(EscalationLevel(len(found) + 1, timed[1], (entry.text,), None, (), entry.span))
            called.setdefault(len(found), timed[0])
            if named_here := mentioned(entry.text, severities):
                found[-2] = replace(found[-2], severities=named_here)
        elif found and entry.depth >= 1:
            found[-1] = _with_duties(found[-1], (entry,), severities)
        elif _GO_ON.search(fold(entry.text)) and duration(entry.text) is not None:
            general = general or entry
    if general is not None and found and all(level.after is None for level in found) and not called:
        limit = duration(general.text)
        found[0] = replace(found[0], after=limit, severities=mentioned(general.text, severities))
    return found


def _sentences(found: tuple[Entry, ...]) -> Iterator[Entry]:
    """Entries, a paragraph of several timed sentences as one for each."""
    for entry in found:
        pieces = (
            re.split(r"(?<=[.!])\s+(?=[A-ZÀ-Þ])|\n", entry.text)
            if entry.depth == 0 and not entry.code
            else []
        )
        if len(pieces) > 1 and all(_timed(piece) is not None for piece in pieces if piece.strip()):
            yield from (
                replace(entry, name=None, value=piece, text=piece) for piece in pieces if piece.strip()
            )
        else:
            yield entry


_TIMED = re.compile(
    r"^\W*(?:(?:after|nach|apr[eè]s|tras|despu[eé]s de|ap[oó]s|depois de|>|\+|t\s*\+)\s*(?P<first>[^:,→–—]{2,60}?)\s*(?:[:,→–—]|->)\s*(?P<who>.+)"
    r"|(?:if|si|se|falls|wenn)\b(?P<second>[^,:]{4,90})[,:]\s*(?P<act>.+))$",
    re.IGNORECASE | re.DOTALL,
)
_TO = re.compile(
    r"^(?:please\s+)?(?:escal\w*|eskalier\w*|page|call|notify|contact|inform\w*|involve|wake|llam\w*|avis\w*|notific\w*|appele[rz]|pr[eé]ven\w*|alert\w*|informier\w*|anrufen)\s*"
    r"(?:to|al?|an|à|au|aux|o|the|den|die|das|le|la|el|os|as)?\s*(?:the|den|die|das|le|la|el)?\s*",
    re.IGNORECASE,
)


def _timed(text: str) -> tuple[timedelta, str] | None:
    """When somebody is called and who: "After 15 minutes: the team lead", "If not resolved in 1 h, escalate to the CTO"."""
    found = _TIMED.match(text)
    if found is None:
        return None
    limit = duration(found["first"] or found["second"])
    said = found["who"] or found["act"]
    if limit is None or limit <= timedelta(0) or (found["act"] and not _TO.match(said)):
        return None
    who = _bare(_TO.sub("", said)).rstrip(". ")
    return (limit, who) if who else None


def _bare(text: str) -> str:
    """The person or role at the start of "Senior engineer (after 30 min) - call by phone"."""
    return (
        re.split(r"\s*[(–—;]|\s-\s|,?\s+(?:if|after|within)\b|,\s*\d", text, maxsplit=1)[0].strip()
        or text.strip()
    )


def _from_table(table: Table, called: dict[int, timedelta]) -> list[EscalationLevel]:
    header = [fold(plain(cell)) for cell in table.header]
    at = next(
        (
            i
            for i, c in enumerate(header)
            if re.match(r"(?:escalation )?(?:level|tier|stufe|nivel|niveau|#|step)\b|#", c)
        ),
        None,
    )
    who = next(
        (
            i
            for i, c in enumerate(header)
            if i != at and re.search(r"who|contact|role|name|person|team|wer\b|quien|qui\b|quem", c)
        ),
        None,
    )
    when = next(
        (
            i
            for i, c in enumerate(header)
            if i not in (at, who)
            and re.search(
                r"when|after|time|trigger|escalat|elapsed|wann|nach\b|zeit|dauer|cuando|despues|tiempo|quand|apres|delai|quando|apos|tempo",
                c,
            )
        ),
        None,
    )
    if who is None or (at is None and when is None):
        return []
    found: list[EscalationLevel] = []
    for row in table.rows:
        cells = [plain(cell) for cell in row.cells]
        digit = re.search(r"\d", cells[at]) if at is not None else None
        number = int(digit[0]) if digit else len(found) + 1
        if at is not None and level_name(cells[at]) is not None:
            return []  # a matrix by severity is no ladder
        duties = tuple(c for i, c in enumerate(cells) if i not in (at, who) and c)
        found.append(EscalationLevel(number, cells[who], duties, None, (), row.span))
        if when is not None:
            _note_call(called, number, cells[when])
    return found


def _unique(found: list[EscalationLevel]) -> list[EscalationLevel]:
    kept: dict[int, EscalationLevel] = {}
    for level in found:
        kept.setdefault(level.level, level)
    return list(kept.values())


def linked(levels: list[EscalationLevel], called: dict[int, timedelta]) -> list[EscalationLevel]:
    """The time a level is called becomes the clock of the level above it."""
    out = []
    for position, level in enumerate(levels):
        if level.after is None and position + 1 < len(levels):
            here = called.get(level.level, timedelta(0)) if position else timedelta(0)
            following = called.get(levels[position + 1].level)
            if following is not None:
                level = replace(level, after=following - here if following > here else following)
        out.append(level)
    return out


_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w/.-])\+?\(?\d[\d ().-]{5,}\d(?![\w/])")
_CHANNEL = re.compile(r"(?<!\w)[#@][a-z][\w.-]+", re.IGNORECASE)
_HOLE = re.compile(
    r"^[^\w?-]*+[?-]\W*+$|^\W*(?:\[[^\]()]*\]|<[^<>]*>|\{[^{}]*\}|_{2,}|x{3,}(?:[-. ]x+)*|t\.?b\.?[ad]\.?|to be (?:defined|announced|determined)|"
    r"to ?do|n/?a|fill (?:me )?in|change ?me|phone(?: number)?|email(?: address)?|name|number|none|"
    r"\+?[\dx() .-]*(?:555-?01\d\d|x{3,}[\dx() .-]*))\W*$",
    re.IGNORECASE,
)
_SCHEDULE = re.compile(
    r"schedule|rotation|pager ?duty|ops ?genie|victorops|rota\b|roster|on-?call|bereitschaft|plantao|astreinte|guardia"
)
_VENDOR = re.compile(
    r"vendor|external|third.?part|provider|supplier|upstream|fournisseur|proveedor|fornecedor|lieferant|extern|\bpartners?\b|processor|hersteller|anbieter|dienstleister|hoster|hosting|prestataire|hebergeur|\bisp\b"
)
_NOT_CONTACT = re.compile(
    r"hours|note|availability|time ?zone|response|when to|updated?|channel purpose|purpose|review|revis|uberprufung|mise a jour|aktualisier|actualiza|^version|^stand$"
)
_ROLE_HEADER = re.compile(
    r"role|name|who|contact|team|service|vendor|provider|person|position|area|kontakt|rolle|equipe|nom|nombre|papel"
)
_DUTY_HEADER = re.compile(
    r"(?:role|rolle|rol|papel|funcao|funktion|fonction|position|title|responsib\w*|aufgabe|puesto|cargo|funcion)\b"
)
_REACH_HEADER = re.compile(
    r"phone|mail|slack|pager|reach|contact|number|mobile|cell|handle|channel|telefon|telefono|telephone|link|url|portal|primary"
)


_NO_PEOPLE = frozenset(
    {Role.JOBS, Role.MONITORING, Role.SEVERITY, Role.POST_INCIDENT, Role.PREVENTION, Role.REFERENCES}
)


def contacts(parts: tuple[Part, ...]) -> tuple[Contact, ...]:
    """Everybody the contact sections name; `value` is None where a hole was left ("CTO: [Phone]")."""
    found: list[Contact] = []
    for part in parts:
        if not part.inside(Role.CONTACTS):
            continue
        outside = bool(_VENDOR.search(fold(part.title))) or any(
            _VENDOR.search(fold(p.title)) for p in part.parents[1:]
        )
        # A label such as "**On-Call Rotation**: See schedule" is a section of its own whose title is the role.
        for entry in part.entries():
            if entry.name is None or not entry.value or _NOT_CONTACT.search(fold(entry.name)):
                continue
            if is_exact(entry.name) and role_of(entry.name) in _NO_PEOPLE:
                continue  # "**Jobs**: …" below the contacts speaks of something else
            found.append(contact(entry.name, entry.value, outside, entry.span))
        for table in part.tables():
            found.extend(_contact_rows(table, outside))
    seen: dict[tuple[str, int], Contact] = {}
    for one in found:
        seen.setdefault((one.role, one.span.first_line), one)
    return tuple(seen.values())


def contact(role: str, value: str, outside: bool, span: Span) -> Contact:
    """Somebody named with what is said to reach them; `outside`: whether it stands among vendors."""
    kind, reached = _reach(role, value)
    support = outside or bool(
        re.search(r"\bsupport\b", fold(role)) and kind in {"mail", "phone", "portal", "hole"}
    )
    support = (
        support
        or bool(_VENDOR.search(fold(role)))
        or re.search(r"\b(?:support|hotline|help)@", value) is not None
    )
    return Contact(role.strip(), reached, kind, support, span)


def _reach(role: str, value: str) -> tuple[str, str | None]:
    """The kind of a contact's value and the value; ("hole", None) when nobody can be reached with it."""
    text = value.strip()
    if _HOLE.match(text):
        return "hole", None
    bare = re.sub(r"\([^)]*\)", " ", fold(text))
    own = set(re.findall(r"\w+", fold(role)))
    left = [
        w
        for w in re.findall(r"\w+", bare)
        if w not in own | {"contact", "the", "see", "call", "phone", "email", "info"}
    ]
    if not left:
        return "hole", None  # "CEO: CEO contact"
    if _MAIL.search(text):
        return "mail", text
    if _PHONE.search(text):
        return "phone", text
    if _CHANNEL.search(text) and not text.startswith("#!"):
        return "channel", text
    if re.search(r"https?://", text):
        return "portal", text
    if _SCHEDULE.search(fold(text)):
        return "schedule", text
    return "text", text


def _contact_rows(table: Table, outside: bool) -> list[Contact]:
    header = [fold(plain(cell)) for cell in table.header]
    reach = [i for i, cell in enumerate(header) if i > 0 and _REACH_HEADER.search(cell)]
    if len(header) < 2 or not (_ROLE_HEADER.search(header[0]) or reach):
        return []
    if not reach:
        reach = [len(header) - 1]
    duty = next(
        (i for i, cell in enumerate(header) if i and i not in reach[-1:] and _DUTY_HEADER.match(cell)), None
    )
    reach = [i for i in reach if i != duty]
    found = []
    for row in table.rows:
        cells = [plain(cell) for cell in row.cells]
        if not cells[0]:
            continue
        if duty is not None and cells[duty] and not _HOLE.match(cells[0]):
            cells[0] = f"{cells[duty]} ({cells[0]})"
        elif duty is not None and cells[duty]:
            cells[0] = cells[duty]
        values = [cells[i] for i in reach if i < len(cells)]
        told = next((v for v in values if v and _reach(cells[0], v)[0] not in {"hole", "text"}), None)
        told = told or next((v for v in values if v and _reach(cells[0], v)[0] != "hole"), None)
        found.append(
            contact(cells[0], told or (values[0] if values and values[0] else "-"), outside, row.span)
        )
    return found
