"""TOC110, TOC414: the same clock told in two places: by level, by who is told, by how often people hear.

A table of levels, a list of levels and a sentence anywhere else are read alike: level, what the time is for, time. A
sentence without a level agrees if its time is one of those that are told for the same thing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import REACH, View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.lint.tables import Rows
from tocsin.runbook.policy.text import duration, level_names
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold, stem

_LEVEL_HEADER = re.compile(
    r"\W*(?:rank|rang|grade|urgency|dringlichkeit|urgencia|urgence|sev\w*|severity|level|prio\w*|class|klasse|stufe|schwere\w*|gravedad|gravite|nivel|niveau|prioridad|priorite|name|p|gravidade)\b"
)
_ANSWER_HEADER = re.compile(
    r"respon[ds]|acknowledg|answer|\breact|engineer on it|picked up|reaktion|respuesta|reponse|prise en charge|resposta|atencion|first reaction|\blooks?\b|be on it|started within|empezar|beginn"
)
_NOT_ANSWER_HEADER = re.compile(
    r"respons\w+ ?team|responsib|responsab|example|meaning|what|who\b|template|mail|update|escal|resol|manager|lead\b"
)
_UPDATE = re.compile(
    r"\bupdates?\b|\bupdate interval\b|aktualisierung|actualizacion|mise a jour|zwischenstand"
)
_AUDIENCES = re.compile(
    r"\b(?:managers?|management|jefatura|jefe|\w*leitung|vorgesetzte\w*|direction|direccion|chefia|gerencia|lead|leader|head|directors?|direktor\w*|cto|ceo|"
    r"customers?|clients?|kunden|clientes|publishers|merchants|tenants|press|pressestelle|prensa|presse)\b"
)
_TOLD = re.compile(
    r"\b(?:inform\w*|tells?|told|notif\w*|escalat\w*|page[ds]?|calls?|called|joins?|wakes?|woken|hears?|has to know|have to know|must know|knows?|phone[ds]?|avis\w*|llam\w*|rufen|gerufen|ruft|meldung|gemeldet|"
    r"benachrichtig\w*|eskal\w*|preven\w*|appel\w*|anrufen|angerufen|informier\w*|no answer)\b"
)
_NOT_TOLD = re.compile(
    r"\bevery\b|\bresolv|\bpost.?mortem|\breview|\breport|\bupdates?\b|\bcada\b|\bjede\w*\b|\bworking hours\b|\bcalls? (?:it|up|the (?:script|api|endpoint|job))\b|\bbackup|\brestor|\bpage (?:is|are|was|loads?|renders?|shows?)\b"
)
_TAKEN = re.compile(
    r"\b(?:acknowledg\w*|responded|responds?|answer(?:s|ed)?|pick(?:s|ed)? up|taken|reacts?|reaction|looked (?:at|into)|look(?:s|ing)? into|be on it|is on it|begun|started on|dealt with|handled|worked on|attended|"
    r"prise? en charge|pris en charge|traite\w*|beantwortet|reagier\w*|ubernommen|bearbeit\w*|begonnen|beginn|atiend\w*|atend\w*|responde\w*|respond\w*|empez\w*|empiez\w*)\b"
)
_NOT_TAKEN = re.compile(
    r"\bafter\b|\bnach\b|\bapres\b|\btras\b|\bno answer|\bevery\b|\bupdat|\bresol|\bresuelt|\bresolu|\bmitigat|\bserver|\brequest|\brespond(?:s|ing)? (?:with|to)|\bif it\b|\bif no|\bbot\b|\bpost.?mortem|\breport|\breview|\bbericht"
)
# One of these is in every sentence that tells somebody something, accents included.
_TOLD_SIGNS = ("inform", "tell", "told", "notif", "escal", "eskal", "page", "call", "join", "wake", "woken", "hear", "know", "phone", "avis", "llam", "ruf", "meld",
               "benachr", "prev", "prév", "appel", "answer", "update", "news", "message")  # fmt: skip
_AT_THE_LATEST = re.compile(r"\b(?:spatestens nach|at the latest after|no later than|au plus tard apres)\b")
_NEXT_UPDATE = re.compile(
    r"\b(?:next|further) (?:update|news|message|information|word|bulletin)\b[^.;]{0,40}?\b(?:in|within|every|after)\b(?P<a>[^.;]{1,30})|\bupdates?\b[^.;]{0,25}?\b(?:every|each)\b(?P<b>[^.;]{1,30})|"
    r"\b(?:every|each) (?P<c>[^.;,]{1,20}?) (?:an? )?(?:updates?|status update)\b|\b(?:hear|told|inform\w*|tell|status page)\b[^.;]{0,60}?\band (?:then|again) (?:every|each) (?P<d>[^.;,]{1,20})"
)
_CLAUSES = re.compile(r"(?<=[.;!?])\s+|[,;)]\s+|\s+(?:and|und|y|et)\s+(?=after|nach|the |der |die |la |le )")
_TIME_SIGNS = (
    "min",
    "hour",
    "stunde",
    "hora",
    "heure",
    "day",
    "tag",
    "día",
    "dia",
    "jour",
    " h",
    "0h",
    "1h",
    "2h",
    "4h",
    "8h",
)
_TIMED = re.compile(r"\d|\bhour|\bstunde|\bhora|\bheure|\bminute")


LEVEL_WORDS = frozenset(
    "critical major minor high medium low urgent blocker normal important severe moderate informational kritisch hoch mittel niedrig gering schwer critica alta media baja grave leve critique majeur mineur "
    "elevee moyen faible haute basse urgente normal rot gelb grun red amber yellow green serious slight dringend dringlich eilig eilt rojo amarillo verde rouge orange vert".split()
)
_JOINING = (" and ", " or ", " und ", " y ", " et ", " o ", " ou ")
# One of these is in every text the pattern finds, accents included.
_LEVEL_SIGNS = (
    "class",
    "severit",
    "level",
    "priorit",
    "incident",
    "klassen",
    "stufen",
    "gravedad",
    "nivel",
    "niveau",
)


@dataclass(frozen=True, slots=True)
class Clock:
    """One time as told: for which level ("" for any), for what ("answer", "update", an audience), where."""

    level: str
    what: str
    limit: timedelta
    line: int
    table: bool
    sentence: int = 0

    @property
    def at(self) -> tuple[int, int]:
        """Where it is told: the line, and which of its sentences."""
        return self.line, self.sentence


def two_times(view: View) -> Iterator[Diagnostic]:
    """TOC110: a time in a sentence that is none of those told for the same thing elsewhere."""
    listing = _listed(view)
    names, roles = _names(view, listing), _roles(view)
    known = [clock for table in view.tables for clock in _of_table(table, roles)]
    known += _of_list(listing, roles)
    inside = {raw.number for raw, _, _ in listing}
    timed = [raw for raw in view.prose_saying(_TIME_SIGNS) if raw.number not in inside]
    said = [(raw, clock) for raw in timed for clock in _of_sentence(raw, names, roles)][:REACH]
    already = {d.span.first_line for d in view.book.diagnostics if d.rule == "TOC110"}
    everything = [*known, *(clock for _, clock in said)]
    for raw, clock in said:
        others = [
            other
            for other in everything
            if other.what == clock.what
            and other.at != clock.at
            and (other.table or other.at < clock.at)
            and (not clock.level or not other.level or other.level == clock.level)
        ]
        if clock.level and any(other.level for other in others):
            others = [other for other in others if other.level]
        if clock.what == "answer" and level_names(raw.text) and view.book.policy.severities:
            continue  # `spoken.clauses` compares levels with a number
        if not others or clock.limit in {other.limit for other in others} or raw.number in already:
            continue
        if not clock.level and not others[0].table and len(others) > 1:
            continue  # several sentences: which of them it repeats is a guess
        if clock.what == "update" and not others[0].table and not raw.text.lstrip().startswith(">"):
            continue  # what is said of updates in general, and no promise in a message
        already.add(raw.number)
        message = f"{_time(clock.limit)} here, {_time(others[0].limit)} in line {others[0].line}, for the same thing ({clock.what})."
        yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


def _names(view: View, listing: list[tuple[RawLine, str, str]]) -> dict[str, re.Pattern[str]]:
    """The names of the levels, folded, with what finds them in a sentence."""
    names = {fold(level.name) for level in view.book.policy.severities}
    for table in view.tables:
        if _LEVEL_HEADER.match(table.header[0]) and any(map(_ANSWER_HEADER.search, table.header[1:])):
            names |= {cells[0] for _, cells in table.rows if 0 < len(cells[0]) < 20}
    names |= {name for _, name, _ in listing}
    written = {_NO_SIGN.sub("", name): name for name in sorted(names)}
    return {bare: _found_by(name) for bare, name in written.items()}


_NO_SIGN = re.compile(r"(?<=[a-z])[ -](?=\d)")


def _found_by(name: str) -> re.Pattern[str]:
    """A level in a sentence: inflected ("rote"), with another sign ("sev-1"), a bare letter only after its kind ("class B")."""
    if len(name) == 1:
        return re.compile(
            rf"\b(?:class|klasse|sev(?:erity)?|level|stufe|prio\w*|p|nivel|categor\w+|type|clase|classe)[ -]?{re.escape(name)}\b"
        )
    parts = re.findall(r"[a-z]+|\d+|[^a-z\d\s]+", name)
    return re.compile(
        r"\b"
        + r"[ -]?".join(map(re.escape, parts))
        + (r"(?:e|es|s|en|er|a|as|os)?\b" if name[-1].isalpha() else r"\b")
    )


_BEGINS = re.compile(
    r"\W*(?:\d{1,2}[.)]\s+)?(?:(?P<code>(?:p|s|sev|prio|class|klasse|stufe|level)[ -]?[0-5a-d])\b|(?P<word>[a-z]{3,12})\s*(?:[=:–—.(]|\s-\s))"
)


_FIRST_WORD = re.compile(r"[\W_]*(?:\d{1,2}[.)]\s+)?[\W_]*([^\W\d_]{1,12})")
_CODES = frozenset("p s sev prio class klasse stufe level".split())


def _may_be_level(text: str) -> bool:
    """Whether the first word of a line is that of a level; asked of every line before it is read."""
    first = _FIRST_WORD.match(text)
    word = first[1].casefold() if first is not None else ""
    return word in _CODES or word in LEVEL_WORDS or (not word.isascii() and fold(word) in LEVEL_WORDS)


def _listed(view: View) -> list[tuple[RawLine, str, str]]:
    """Levels that are listed one below the other with their times: line, name, what is said of it."""
    found: list[tuple[RawLine, str, str]] = []
    row: list[tuple[RawLine, str, str]] = []
    for raw in (*view.prose, None):
        told = (
            fold(plain(raw.text))
            if raw is not None and raw.text[:1] not in "#|" and _may_be_level(raw.text)
            else ""
        )
        begins = _BEGINS.match(told)
        known = begins is not None and (begins["code"] is not None or begins["word"] in LEVEL_WORDS)
        if (
            raw is not None
            and begins is not None
            and known
            and (not row or raw.number - row[-1][0].number <= 2)
        ):
            row.append((raw, _NO_SIGN.sub("", begins["code"] or begins["word"]), told[begins.end() :]))
            continue
        if len(row) >= 2 and sum(duration(said) is not None for _, _, said in row) * 2 >= len(row):
            found.extend(row)
        row = []
    return found


def _of_table(table: Rows, roles: re.Pattern[str]) -> Iterator[Clock]:
    if not _LEVEL_HEADER.match(table.header[0]):
        return
    for at, header in enumerate(table.header[1:], 1):
        what = _what(header, roles)
        for raw, cells in table.rows if what else ():
            limit = duration(cells[at]) if at < len(cells) else None
            if limit is not None:
                yield Clock(_NO_SIGN.sub("", cells[0]), what, limit, raw.number, True)


def _what(header: str, roles: re.Pattern[str]) -> str:
    if _UPDATE.search(header):
        return "update"
    audience = _audience(header, roles)
    if audience:
        return audience
    return "answer" if _ANSWER_HEADER.search(header) and not _NOT_ANSWER_HEADER.search(header) else ""


def _of_list(listing: list[tuple[RawLine, str, str]], roles: re.Pattern[str]) -> Iterator[Clock]:
    """The times of a list of levels: whom a clause names is told by then, the first other time is that of the answer."""
    for raw, name, said in listing:
        answered = False
        for clause in _CLAUSES.split(said):
            limit = duration(clause)
            audience = _audience(clause, roles)
            if limit is None or re.search(r"\bevery\b|\bolder than\b|\bmore than\b|\blater than\b", clause):
                continue
            if audience:
                yield Clock(name, audience, limit, raw.number, True)
            elif not answered:
                answered = True
                yield Clock(name, "answer", limit, raw.number, True)


def _of_sentence(raw: RawLine, names: dict[str, re.Pattern[str]], roles: re.Pattern[str]) -> Iterator[Clock]:
    text = raw.text
    if text.lstrip()[:1] in "|#":
        return
    low = text.casefold()
    if not any(map(low.__contains__, _TOLD_SIGNS)) and not any(
        pattern.search(low) for pattern in names.values()
    ):
        return
    told = fold(plain(text))
    if not _TIMED.search(told):
        return
    for place, sentence in enumerate(re.split(r"(?<=[.;!?])\s+", told)):
        for level, what, limit in _clocks(sentence, names, roles):
            yield Clock(level, what, limit, raw.number, False, place)


def _clocks(
    sentence: str, names: dict[str, re.Pattern[str]], roles: re.Pattern[str]
) -> Iterator[tuple[str, str, timedelta]]:
    """The times of one sentence, each with its level ("" for any) and what it is for."""
    levels = [name for name, pattern in names.items() if pattern.search(sentence)]
    level = levels[0] if len(levels) == 1 else ""
    update = _NEXT_UPDATE.search(sentence)
    if update is not None:
        said = next(filter(None, update.groups()))
        if every := duration(said.replace("half hour", "half an hour")):
            yield level, "update", every
    if len(levels) > 1:
        return
    sentence = _AT_THE_LATEST.sub("within", sentence)
    tells = _TOLD.search(sentence) is not None and not _NOT_TOLD.search(sentence)
    clauses = [
        (clause, limit)
        for clause in _CLAUSES.split(sentence)
        if _TIMED.search(clause) and (limit := duration(clause))
    ]
    for clause, limit in clauses:
        # "If nothing is sold after 45 minutes, call the management": one time, one audience, two clauses
        audience = _audience(clause, roles) or (_audience(sentence, roles) if len(clauses) == 1 else "")
        if audience and tells:
            yield level, audience, limit
        elif level and not audience and _TAKEN.search(clause) and not _NOT_TAKEN.search(clause):
            yield level, "answer", limit


def _audience(clause: str, roles: re.Pattern[str]) -> str:
    """Who is told something in a clause; where several are named, the one after the verb: "the managers inform the customers"."""
    found = [stem(each[0]) for each in roles.finditer(clause)]
    verb = _TOLD.search(clause) if len(set(found)) > 1 else None
    if verb is not None:
        found = [stem(each[0]) for each in roles.finditer(clause, verb.end())] or found
    return found[0] if len(set(found)) == 1 else ""


def _roles(view: View) -> re.Pattern[str]:
    """Who is told things: everyday roles, and the last words of the people the document lists with a way to reach them."""
    own = {
        found[1]
        for raw in view.prose_with((": ", "|"))
        if _MAY_REACH.search(raw.text)
        for part in _ENTRIES.split(fold(plain(raw.text)))
        if (found := _REACHED.match(part)) and len(found[1]) > 4
    }
    extra = "|".join(sorted(map(re.escape, own - _NO_ROLE), key=len, reverse=True))
    return re.compile(rf"{_AUDIENCES.pattern}|\b(?:{extra})\b") if extra else _AUDIENCES


_REACHED = re.compile(
    r"\W*[a-z -]{0,40}?\b([a-z]+(?:-[a-z]+)*)\s*[:|]\s*(?:.{0,20}\+?\d[\d ()/-]{5,}|\S+@|pager ?duty|ops ?genie)"
)
_MAY_REACH = re.compile(r"[:|].{0,25}?(?:\d[\d ()/-]{5}|@|pager|ops)", re.IGNORECASE)
_ENTRIES = re.compile(r"(?<=[a-z\d])[.;]\s+")
_NO_ROLE = frozenset("phone mobile number pager support service contact owner team hotline reach".split())


def _time(limit: timedelta) -> str:
    minutes = limit.total_seconds() / 60
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= size and minutes % size == 0:
            return f"{minutes / size:g} {unit}" if minutes > size else f"1 {unit[:-1]}"
    return f"{minutes:g} minutes"


def empty_clock(view: View) -> Iterator[Diagnostic]:
    """TOC414: in a table of levels some have a time to answer and this one has an empty cell."""
    told = {level.span.first_line for level in view.book.policy.severities if level.response is None}
    for table in view.tables:
        at = next(
            (i for i, header in enumerate(table.header) if i and _what(header, _AUDIENCES) == "answer"), None
        )
        if at is None:
            continue
        timed = sum(at < len(cells) and duration(cells[at]) is not None for _, cells in table.rows)
        for raw, cells in table.rows if timed >= 2 else ():
            if cells[0] and not (cells[at] if at < len(cells) else "").strip(" ?") and raw.number not in told:
                message = f"{cells[0].capitalize()} has no response clock; its siblings have one."
                yield view.remark("TOC414", raw.span, message)


_LISTED = re.compile(
    r"\b(?P<names>(?:[a-z]+[0-9]?(?:-?[0-9])?, )*[a-z]+-?[0-9]? (?:and|or|und|oder|y|o|et|ou) (?P<last>[a-z]+-?[0-9]?))\b"
)
_LEVEL_WORDS = re.compile(
    r"\b(?:class\w*|severit\w*|levels?|priorit\w*|incidents?|klassen|stufen|gravedad\w*|niveles|niveaux|prioritaten)\b"
)


def unknown_level(view: View) -> Iterator[Diagnostic]:
    """TOC414: a row of levels in a sentence, of which one is defined nowhere."""
    names = set(_names(view, _listed(view))) | _in_list(view)
    if len(names) < 2:
        return
    for raw in view.prose_saying(_LEVEL_SIGNS):
        if raw.text.lstrip()[:1] in "|#" or not any(map(raw.text.__contains__, _JOINING)):
            continue
        told = fold(plain(raw.text))
        if not _LEVEL_WORDS.search(told):
            continue
        for found in _LISTED.finditer(told):
            listed = re.split(r", | (?:and|or|und|oder|y|o|et|ou) ", found["names"])
            listed[0] = listed[0].rpartition(" ")[2]
            strange = [name for name in listed if name not in names and name in LEVEL_WORDS]
            if len(strange) == 1 and sum(name in names for name in listed) >= max(1, len(listed) - 1):
                message = f"There is no level {strange[0]} in this document ({', '.join(sorted(names))})."
                yield view.remark("TOC414", raw.span, message, level=Level.WARNING)
                break


_DEFINED = re.compile(r"(?:^\W*|[.;]\s+\W*)[*_]{1,2}([A-Za-z]{3,12})[*_]{1,2}(?=[ :–—(-])")


def _in_list(view: View) -> set[str]:
    """Levels that are defined in emphasis with a time: "*Urgent* (a scan is lost): 15 minutes."."""
    found: set[str] = set()
    for raw in view.prose_with(("*", "_")):
        named = [fold(name) for name in _DEFINED.findall(raw.text)]
        if named and duration(raw.text) is not None:
            found.update(name for name in named if name in LEVEL_WORDS or len(named) > 1)
    return found


RULES = (two_times, empty_clock, unknown_level)
