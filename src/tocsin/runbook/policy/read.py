"""What a runbook promises in prose, as data: severities, escalation, contacts, clocks, templates, jobs, SLOs, dates.

The readers look at shapes and at the roles of sections, never at one document's wording. A person confirms what was
read once; a change of the text asks again. Source: runbook-language, section 10.
"""

import re
from datetime import date, timedelta

from tocsin.runbook.book import Role, Section
from tocsin.runbook.diagnostic import Diagnostic, Span
from tocsin.runbook.markdown.blocks import Document, Fence, ListBlock
from tocsin.runbook.policy.clocks import clocks, post_mortem_parts, post_mortem_severities
from tocsin.runbook.policy.ladder import told_contacts, told_escalation
from tocsin.runbook.policy.objectives import slos
from tocsin.runbook.policy.people import contacts, escalation
from tocsin.runbook.policy.promises import jobs, templates
from tocsin.runbook.policy.severity import severities
from tocsin.runbook.policy.terms import Policy, ReviewDates
from tocsin.runbook.policy.text import Part, day, duration, parts
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold, folded


def read_policy(sections: tuple[Section, ...], document: Document) -> tuple[Policy, tuple[Diagnostic, ...]]:
    """The policy a document states and remarks about statements in it that contradict each other (TOC110).

    Args:
        sections: the compiled outline; roles and heading lines are used.
        document: the blocks of the same text.
    """
    known = parts(sections, document)
    levels, level_remarks = severities(known)
    promised, job_remarks = jobs(known)
    phases = clocks(known, levels)
    names, pattern = _channels(document)
    policy = Policy(
        severities=levels,
        escalation=escalation(known, levels) or told_escalation(known),
        contacts=contacts(known) or told_contacts(known),
        clocks=phases,
        templates=templates(known),
        jobs=promised,
        slos=slos(known),
        review=_review(document),
        owner=_owner(document, known),
        channels=names,
        channel_pattern=pattern,
        post_mortem_parts=post_mortem_parts(known),
        post_mortem_severities=post_mortem_severities(known, phases, levels),
        unlisted=_unlisted(document),
    )
    return policy, (*level_remarks, *job_remarks)


_UPDATED = re.compile(
    r"(?:last[ _-]?(?:updated?|reviewed|modified|revised|edited|tested|review|change)(?:[ _-]?on)?|updated(?: on)?|"
    r"stand(?=\W{1,3}\d)|zuletzt (?:aktualisiert|gepruft|durchgesehen)|letzte (?:prufung|durchsicht|aktualisierung)|ultima (?:actualizacion|revision|atualizacao|revisao)|derniere (?:mise a jour|revision))"
)
_NEXT = re.compile(
    r"(?:next[ _-]?(?:review|revision|check|audit)(?:[ _-]?(?:date|due|on|by))?|(?:to be|will be|must be|is) reviewed (?:again )?(?:by|before|on|until|in)|revision due|review[ _-]?(?:by|due|before|date|on)|expires|valid until|"
    r"nachste (?:prufung|uberprufung|durchsicht|revision)|proxima (?:revision|revisao)|prochaine revision)"
)


# "| Review | 2027-01-15 |", "Review: 2027-01-15"
# "Review: every 6 months (next 2027-01-15)", "Reviewed 2026-07-15, due again 2027-01-15"
_REVIEW_FIELD = re.compile(
    r"(?:^|[.;|·]\s)\W*(?:(?:review|revision|prufung|uberprufung|wiedervorlage)(?:\W{1,6}|\W[^.;|]{0,40}\bnext:? )|"
    r"(?:reviewed|gepruft|revisado|revise)\b\W{0,4}[^.;|]{0,40}\b(?:due(?: again)?|again|next|until|wieder|fallig|bis)(?: (?:on|by|am))? )(?=\d)"
)


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def _review(document: Document) -> ReviewDates:
    """When the text was last touched and when it wants to be read again, from front matter, footer or table."""
    updated = due = None
    place: Span | None = None
    for key, value in document.front_matter:
        name = key.replace("_", " ").replace("-", " ")
        if _NEXT.search(name) and due is None:
            due, place = day(value), document.front_matter_span
        elif _UPDATED.search(name) and updated is None:
            updated, place = day(value), place or document.front_matter_span
        elif (
            name == "review in"
            and updated is not None
            and due is None
            and (span := duration(value)) is not None
        ):
            due, place = _plus(updated, span), document.front_matter_span
    for line in document.lines:
        if ("19" not in line.text and "20" not in line.text) or len(line.text) > 400:
            continue
        if _YEAR.search(line.text) is None:
            continue
        words = fold(plain(line.text))
        here = Span(line.start, line.end, line.number, line.number)
        found = _NEXT.search(words)
        if (
            found is not None
            and due is None
            and (date_of := day(words[found.end() : found.end() + 40]) or _month(words[found.end() :]))
            is not None
        ):
            due, place = date_of, here
        bare = _REVIEW_FIELD.search(words)
        if (
            bare is not None
            and due is None
            and (date_of := day(words[bare.end() : bare.end() + 40])) is not None
        ):
            due, place = date_of, here
        found = _UPDATED.search(words)
        if (
            found is not None
            and updated is None
            and (date_of := day(words[found.end() : found.end() + 40])) is not None
        ):
            updated, place = date_of, place or here
    if due is None and updated is not None and (often := _every(document)) is not None:
        due = _plus(updated, often)
    return ReviewDates(updated, due, place)


_OFTEN = re.compile(
    r"^\W*(?:review|revision|prufung)(?:ed)?(?: (?:cycle|cadence|interval))?\W{1,4}(monthly|quarterly|half[ -]?yearly|twice a year|yearly|annual(?:ly)?|every (?:\d+|two|three|six) (?:weeks?|months?)|monatlich|vierteljahrlich|halbjahrlich|jahrlich)\b"
)
_SPANS = {
    "monthly": 31,
    "monatlich": 31,
    "quarterly": 92,
    "vierteljahrlich": 92,
    "yearly": 366,
    "annual": 366,
    "annually": 366,
    "jahrlich": 366,
}
_NUMBERS = {"two": 2, "three": 3, "six": 6}


def _every(document: Document) -> timedelta | None:
    """How often the text is to be read again: "Review: quarterly"."""
    for line in document.lines:
        if (
            "again" in line.text or "ext" in line.text or "wieder" in line.text or "chste" in line.text
        ) and len(line.text) < 300:
            if (said := _said_again(fold(plain(line.text)))) is not None:
                return said
        if len(line.text) > 200 or ("-" not in line.text and ":" not in line.text):
            continue
        found = _OFTEN.match(fold(plain(line.text)))
        if found is None:
            continue
        words = found[1].split()
        if words[0] == "every":
            number = _NUMBERS.get(words[1]) or int(words[1])
            return timedelta(days=min(number, 120) * (31 if words[2].startswith("month") else 7))
        return timedelta(days=_SPANS.get(found[1], 184))
    return None


# "This page will be looked at again in six months", "nächste Durchsicht in sechs Monaten"
_AGAIN = re.compile(
    r"\b(?:(?:looked (?:at|through)|reviewed|read|checked|gone through|updated) again|revisited|next (?:look|review|check)(?: is)?|nachste (?:durchsicht|prufung|uberprufung)|wieder (?:gepruft|durchgesehen|angesehen))"
    r"\s+(?:in|after|within|nach)\s+(\d{1,3}|a|one|two|three|six|twelve|half a|ein\w*|zwei|drei|sechs|zwolf|einem halben)\s+(weeks?|months?|years?|wochen?|monat\w*|jahr\w*)\b"
)
_ITSELF = re.compile(
    r"\b(?:this|page|runbook|document|handbook|sheet|text|dokument|seite|handbuch|last (?:change|update)\w*|stand)\b"
)
_AMOUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "six": 6, "twelve": 12, "half a": 0.5, "einem halben": 0.5, "zwei": 2, "drei": 3, "sechs": 6, "zwolf": 12}  # fmt: skip


def _said_again(words: str) -> timedelta | None:
    """After how long a sentence about the text itself says it is read again."""
    found = _AGAIN.search(words)
    if found is None or _ITSELF.search(words) is None:
        return None
    amount = float(found[1]) if found[1].isdigit() else _AMOUNTS.get(found[1], 1)
    unit = 7 if found[2][0] == "w" else 31 if found[2][0] == "m" else 366
    return timedelta(days=round(min(amount, 120) * unit))


_MONTH = re.compile(r"\W{0,3}(?:in |im |en )?([a-z]+ (?:de )?20\d\d)\b")


def _month(words: str) -> date | None:
    """The last day of a month that is named without a day: "in April 2027"."""
    found = _MONTH.match(words)
    first = day(f"1 {found[1]}") if found is not None else None
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1) if first is not None else None


def _plus(start: date, span: timedelta) -> date | None:
    try:
        return start + span
    except OverflowError:
        return None


_OWNER = re.compile(
    r"^(?:(?:document|runbook|service|page)?[ _-]*(?:owner|owners|owned by|maintainers?|maintained by|author|steward|"
    r"responsible(?: team)?|owning team|team)|owner[ _-](?:slack|team|mail|email)|verantwortlich\w*|besitzer|responsable|propietario|"
    r"proprietaire|responsavel|dono|kept by|looked after by|document owner|ansprechpartner|zustandig\w*|betreiber|"
    r"(?:equipo|equipe|gruppe|grupo) (?:responsable|responsavel)|(?:page|runbook|space) owner|betreuung|equipo)$"
)


def _owner(document: Document, known: tuple[Part, ...]) -> str | None:
    for key, value in document.front_matter:
        if _OWNER.match(fold(key.replace("_", " "))) and value.strip():
            return value.strip()
    # Inside an incident "Owner" is the section's own; a page about one alert is the document itself.
    spans = [
        part.section.span
        for part in known
        if part.section.level > 1 and (part.inside(Role.INCIDENT) or part.inside(Role.POST_INCIDENT))
    ]
    for line in document.lines:
        text = line.text
        if (
            (":" not in text and "|" not in text and " by " not in text)
            or len(text) > 400
            or _OWNER_HINT.search(text.lower()) is None
        ):
            continue
        if any(span.first_line <= line.number <= span.last_line for span in spans):
            continue
        said = _OWNED_BY.search(text)
        if said is not None and line.number <= _HEAD_OF_DOCUMENT:
            return said[1].strip()
        # "**Owner**: x", "- Owner: x", "| Owner | x |"
        mark = "|" if "|" in line.text else ":"
        cells = [
            plain(cell).strip(" :*-|") for cell in line.text.strip().lstrip(">").strip(" |").split(mark, 1)
        ]
        if len(cells) == 2 and cells[1] and _OWNER.match(fold(cells[0])):
            return cells[1]
    return None


_OWNED_BY = re.compile(
    r"\b(?:[Oo]wned|[Mm]aintained|[Kk]ept|[Ll]ooked after|[Rr]un|[Bb]etreut|[Gg]epflegt) (?:by|von) (?:the |der |dem |vom )?(?:[Tt]eam )?((?:[A-Z#@][\w#@&/.-]*)(?: [\w&/-]+){0,4})"
)
_HEAD_OF_DOCUMENT = 40  # lines; further down somebody else's ownership is spoken of

_OWNER_HINT = re.compile(
    r"own|maintain|author|steward|responsib|team|kept by|looked after|ansprech|zuständig|betreiber|verantwort|besitz|propiet|propriet|propriét|dono|equipo|équipe|equipe|betreuung|grupo"
)

_CHANNEL = re.compile(
    r"(?<![\w/&#.`(\]=\"'?-])\(?(#[a-z][a-z0-9_-]*(?:[<{\[]?[A-Za-z0-9_-]+[>}\]]?)*)", re.IGNORECASE
)
_CODE_CHANNEL = re.compile(
    r"(?:\(|`|channel\W{1,3}|slack\W{1,3}|\bin\s)(#[a-z][a-z0-9_-]*(?:[<{\[]?[A-Za-z0-9_-]+[>}\]]?)*)",
    re.IGNORECASE,
)
_PATTERN = re.compile(r"YYYY|MMDD|DDMM|HHmm|[<{\[]|\bINC\b|-(?:ID|N+|X{2,}|date|number|id)\b")
_ADDRESSES = re.compile(r"\]\([^)]*\)|https?://\S+")
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})$", re.IGNORECASE)


def _channels(document: Document) -> tuple[tuple[str, ...], str | None]:
    """Chat channels the text names, in order, and the pattern of incident channels ("#incident-YYYYMMDD-HHmm")."""
    code: set[int] = set()
    for block in _fences(document):
        code.update(range(block.span.first_line, block.span.last_line + 1))
    names: list[str] = []
    pattern: str | None = None
    for line in document.lines:
        if "#" not in line.text or "#" not in line.text.lstrip("# "):
            continue
        text = _ADDRESSES.sub(" ", line.text)
        finder = _CODE_CHANNEL if line.number in code else _CHANNEL
        found = [m[1] for m in finder.finditer(text)] + [m[1] for m in _CODE_CHANNEL.finditer(text)]
        for name in dict.fromkeys(found):
            if _HEX.match(name) or name.lower() == "#include":
                continue
            if _PATTERN.search(name):
                pattern = pattern or name
            elif name not in names:
                names.append(name)
    return tuple(names), pattern


def _fences(document: Document) -> list[Fence]:
    found: list[Fence] = []
    stack = list(document.blocks)
    while stack:
        block = stack.pop()
        match block:
            case Fence():
                found.append(block)
            case ListBlock(items=items):
                stack.extend(inner for item in items for inner in item.blocks)
            case _:
                pass
    return found


_UNLISTED = re.compile(
    r"unlisted|not (?:listed|covered|documented|described)|(?:any )?other incidents?\b.*\b(?:call|page|escalat|contact)|"
    r"no (?:runbook|procedure|section) (?:exists|matches|applies|fits|covers)|(?:unknown|everything else|anything else|if in doubt)\b.*\b(?:call|page|escalat|contact)|"
    r"nicht (?:aufgefuhrt|beschrieben)|no (?:listad|cubiert|listad)|nao listad|non (?:liste|repertorie|couvert)"
)


# One of these is in every text the pattern finds.
_UNLISTED_WORDS = (
    "unlisted", "not listed", "not covered", "not documented", "not described", "other incident", "no runbook", "no procedure",
    "no section", "unknown", "everything else", "anything else", "if in doubt", "nicht aufgef", "nicht beschr", "no listad",
    "no cubiert", "nao listad", "non liste", "non repert", "non couvert",
)  # fmt: skip


_UNLISTED_TITLE = re.compile(
    r"^(?:if )?(?:(?:for )?(?:any(?:thing)?|every(?:thing)?|all|some(?:thing)?|nothing|none|no|other|others|else|not|unlisted|unknown|another)\b.*|.*\b(?:else|unlisted|not (?:listed|covered|described))|"
    r"(?:bei )?(?:allen? )?(?:anderen?|sonstige[rns]?|nicht|nichts|alles andere)\b.*|otr[oa]s? .*|outr[oa]s? .*|autres? .*)$"
)
_NOT_HERE = re.compile(
    r"\bother\b|\belse\b|\bnot\b|\bno\b|\bnothing\b|\bnone\b|unlisted|unknown|\bandere|sonstig|\bnicht|nichts|\botr[oa]s?\b|\boutr[oa]s?\b|autres?"
)
# In every text the pattern above finds something in; without word boundaries it is told much sooner.
_MAY_NOT_BE_HERE = re.compile(r"other|else|no|unlisted|unknown|andere|sonstig|nicht|otr|outr|autre")
_SUMMONS = re.compile(
    r"\b(?:call|phone|page|pages|paged|escalat\w*|contact|ring|declare|inform|ext|open (?:a|an) (?:bridge|incident)|anruf\w*|rufen|verstandig\w*|informier\w*|alarmier\w*|llam\w*|escal\w*|"
    r"appele\w*|ligar|contat\w*)\b"
)


_BEFORE_TITLE = re.compile(r"^[\W\d_]*(?:[a-z]{1,3}-?\d+\s+)?")


def _unlisted_heading(document: Document) -> str | None:
    """A heading such as "Anything else" with a sentence below it that says whom to call."""
    lines = document.lines
    for at, line in enumerate(lines):
        if not line.text.startswith("#") or _MAY_NOT_BE_HERE.search(line.text.lower()) is None:
            continue
        title = _BEFORE_TITLE.sub("", fold(plain(line.text.lstrip("# "))))
        if len(title.split()) > 8 or not _UNLISTED_TITLE.match(title) or not _NOT_HERE.search(title):
            continue
        below = next((after for after in lines[at + 1 : at + 6] if after.text.strip()), None)
        if below is not None and not below.text.startswith("#") and _SUMMONS.search(fold(below.text)):
            return plain(below.text.strip().lstrip("-*># "))
    return None


def _unlisted(document: Document) -> str | None:
    """The sentence that says what to do about an incident the runbook does not list, or None."""
    if (headed := _unlisted_heading(document)) is not None:
        return headed
    whole = folded("\n".join([line.text for line in document.lines]))
    sought = [words for words in _UNLISTED_WORDS if words in whole]
    for line in document.lines if sought else ():
        told = fold(line.text) if len(line.text) < 600 else ""
        for signal in sought:
            if signal in told:
                break
        else:
            continue
        if _UNLISTED.search(told):
            words = plain(line.text.strip().lstrip("-*># "))
            if len(words.split()) >= 4:
                return words
    return None
