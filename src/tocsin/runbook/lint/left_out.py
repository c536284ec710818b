"""What a document of this kind says and this one leaves out: whom, after how long, until when, how back (TOC107, TOC402, TOC414)."""

import re
from collections.abc import Iterator, Sequence

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role, Section
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.policy.text import duration, level_names
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_ESCALATES = re.compile(
    r"\b(?:escalat(?:e|ed|ion)|eskalier\w*|eskalation|escalar(?:lo|la)?|escale|escalade[rz]?|escaladez|escalamiento)\b"
)
# Whoever is named is named by one of these.
_SOMEBODY = re.compile(
    r"[@#+]\w|\d{3}|`|\b(?:to|with|via|call|page|pages|phone|ring|tell|inform|contact|team|level|lead|manager|engineer|on-?call|director|an|bei|anruf\w*|rufen|zum|zur|team|leitung|bereitschaft|al?|con|llam\w*|jefe|equipo|"
    r"aupres|au|aux|chez|appel\w*|equipe|policy|matrix|path|ladder|see (?:the |section )|siehe|unten|tabelle)\b"
)
_ANYBODY = re.compile(r"[@#]\w|\+?\d[\d ()/.-]{6,}\d|\b(?:call|page|phone|anrufen|rufen|llamar|appeler)\b")


def escalates_to_nobody(view: View) -> Iterator[Diagnostic]:
    """TOC414: "If that does not help, escalate.", in a document in which nobody is named for it."""
    policy = view.book.policy
    if policy.contacts or policy.escalation:
        return
    for raw in view.prose_saying(("escal", "eskal")):
        told = fold(plain(raw.text)).strip()
        if (
            told.startswith(("#", "|"))
            or raw.text.lstrip().startswith("#")
            or len(told.split()) > _LONG
            or told.endswith(":")
        ):
            continue
        found = _ESCALATES.search(told)
        if found is None or _SOMEBODY.search(_CONDITION.sub(" ", told)):
            continue
        section = _section_of(view, raw)
        near = view.raw_of(section) if section is not None else ()
        if any(
            other.number != raw.number
            and other.number != _heading(section)
            and _ANYBODY.search(fold(other.text))
            for other in near
            if Role.ESCALATION in (section.roles if section else ())
        ):
            continue
        yield view.remark(
            "TOC414",
            raw.span,
            f'"{plain(raw.text.strip())[:60]}" names nobody: it says neither who is called nor how.',
        )


_LONG = 25  # words
_CONDITION = re.compile(
    r"\b(?:after|within|nach|tras|apres|despues de) (?:\d+|a|an|one|two|ten|\w+) ?(?:min\w*|h|hours?|stunden?|horas?|heures?)\b|\b(?:bei bedarf|falls notig|if needed|if necessary|as needed|si necesario|si besoin)\b|\bif (?:it|this|that|nothing)[^,.;]*,|\bwenn [^,.;]*,|\bsi [^,.;]*,"
)


def _section_of(view: View, raw: RawLine) -> Section | None:
    return next(
        (s for s in reversed(view.sections) if s.heading_line <= raw.number <= s.span.last_line), None
    )


def _heading(section: Section | None) -> int:
    return section.heading_line if section is not None else 0


_RUNG = re.compile(
    r"^\W*(?:\d{1,2}[.)]\W*)?(?:level|tier|l|line|stage|stufe|ebene|nivel|niveau|escalation)[ -]?(?P<n>[1-5])\b|^\W*(?:\d{1,2}[.)]\W*)?(?P<word>primary|secondary|tertiary|first|second|third|erste\w*|zweite\w*|dritte\w*|primero|segundo|tercero)\b"
)
_WHEN = re.compile(
    r"\d ?(?:min|m\b|h\b|hours?|std|stunden?|horas?|heures?|s\b|sec|seconds?)|\b(?:immediate\w*|at once|right away|sofort|no answer|not answer\w*|unacknowledged|does not|do not|if|when|unless|after|nach|wenn|si|cuando|tras|apres|hour|minutes?|"
    r"always|only|for|in case|working hours|nights?|weekends?|approv\w*|decid\w*)\b"
)


def ladder_without_times(view: View) -> Iterator[Diagnostic]:
    """TOC414: the levels of an escalation, one below the other, and nothing says after how long the next one is called."""
    for section in view.sections:
        if Role.ESCALATION not in section.roles or section.children:
            continue
        lines = [
            raw
            for raw in view.raw_of(section)
            if not raw.fenced and raw.number != section.heading_line and raw.text.strip()
        ]
        rungs = [raw for raw in lines if _RUNG.match(fold(plain(raw.text)))]
        if len(rungs) < 2 or any(_WHEN.search(fold(plain(raw.text))) for raw in lines):
            continue
        yield view.remark("TOC414", rungs[1].span, "The ladder says who comes next and not after how long.")


_RESPONDS = re.compile(
    r"respon|\back|answer|react|within|clock|time|target|sla|start|reaktion|respuesta|reponse|plazo|delai|zeit|frist|minut|hour|prazo|tiempo"
)
_OF_INCIDENTS = (
    "incident",
    "on-call",
    "on call",
    "pager",
    "outage",
    "störung",
    "vorfall",
    "incidente",
    "guardia",
    "panne",
    "astreinte",
)
_GRADES = re.compile(
    r"sever|sev\b|priorit|prio\b|\blevels?\b|class|stufe|schwere|gravedad|gravite|nivel|niveau|dringlich"
)


def levels_without_clocks(view: View) -> Iterator[Diagnostic]:
    """TOC414: a table or a list of severities that says what each means and for none how fast somebody answers."""
    policy = view.book.policy
    elsewhere = (
        policy.escalation or policy.contacts or len(view.book.incidents()) >= 2
    )  # told for each level there
    if any(level.response for level in policy.severities) or (policy.severities and elsewhere):
        return
    if not view.says(_OF_INCIDENTS):
        return
    for rows in (*_level_tables(view), *_level_lists(view)):
        if len(rows) < 2:
            continue
        names = {name for raw in rows for name in level_names(raw.text)}
        if any(
            names & set(level_names(raw.text)) and duration(plain(raw.text)) is not None for raw in view.prose
        ):
            continue
        yield view.remark(
            "TOC414", rows[0].span, "These levels say what they mean and not how fast somebody answers."
        )


def _level_tables(view: View) -> Iterator[Sequence[RawLine]]:
    for table in view.tables:
        if (
            table.header
            and _GRADES.search(table.header[0])
            and len(table.header) > 1
            and not any(map(_RESPONDS.search, table.header[1:]))
        ):
            rows = [raw for raw, cells in table.rows if cells and len(level_names(cells[0].upper())) == 1]
            if len(rows) == len(table.rows):
                yield rows


def _level_lists(view: View) -> Iterator[Sequence[RawLine]]:
    for section in view.sections:
        if not _GRADES.search(fold(section.title)) or section.children:
            continue
        rows = [raw for raw in view.raw_of(section) if not raw.fenced and _LISTED_LEVEL.match(raw.text)]
        if all(len(level_names(raw.text)) == 1 for raw in rows):
            yield rows


_LISTED_LEVEL = re.compile(r"\s*(?:[-*+]|\d[.)])\s+\W*(?:P|SEV|Sev|S|Prio|Priority|Severity)[ -]?\d\b")

_JOBS = re.compile(
    r"^\W*(?:(?:scheduled |batch |cron ?)?(?:jobs?|tasks?|batch(?:es)?|runs?)|auftrage?|aufgabe|tarea|trabajo|tache|proceso)\b"
)
_BEGINS = re.compile(
    r"\b(?:starts?|runs?|schedule\w*|when|time|cron|at|beginn\w*|start\w*|uhrzeit|hora\w*|inicio|heure|debut|frequency)\b"
)
_ENDS = re.compile(
    r"\b(?:must|have|has|should|needs?) (?:to )?(?:be |have )?(?:\w+ )?(?:done|finish\w*|complet\w*|ready|over|through)\b|\b(?:done|finish\w*|complete[sd]?|ready|ends?|over|due|fertig|beendet|abgeschlossen|termina\w*|listo|fini\w*|termine\w*)\b[^.|]{0,20}\b(?:by|before|at|until|within|bis|um|antes|a las|avant)\b|"
    r"\b(?:deadline|sla|no later than|at the latest|frist|spatestens|plazo|echeance|overdue|late after)\b"
)
_END_COLUMN = re.compile(
    r"\b(?:ends?|done|finish\w*|complete\w*|late|latest|max\w*|duration|lasts?|takes|time ?out|limit|dauer|ende|fertig|limite|duracion|duree|fin|until|within|bis|by|due|deadline|sla)\b"
)


_CODE = re.compile(r"`[^`]*`")


def jobs_without_end(view: View) -> Iterator[Diagnostic]:
    """TOC414: a table of jobs that says when each begins, in a document that says of none when it has to be done."""
    for table in view.tables:
        if (
            len(table.header) < 2
            or not _JOBS.match(table.header[0])
            or not any(map(_BEGINS.search, table.header[1:]))
        ):
            continue
        if any(map(_END_COLUMN.search, table.header)) or any(
            _ENDS.search(fold(_CODE.sub(" ", raw.text))) for raw in view.prose
        ):
            continue
        raw, cells = table.rows[0]
        yield view.remark(
            "TOC414",
            raw.span,
            f"When {cells[0]} has to be done stands nowhere: nobody can say that it is late.",
        )


_KEPT_BY = re.compile(
    r"\b(?:owners?|owned|maintain\w*|contacts?|on-?call|team|squad|guild|crew|group|author|responsible|call|phone|page|pager|support|verantwortlich\w*|zustandig\w*|ansprechpartner|betrieb|anrufen|tel|responsable\w*|equip[eo]|contacto|dueno|llamar|appeler|escalat\w*)\b|[@#][a-z]|\+\d{2}"
)


def kept_by_nobody(view: View) -> Iterator[Diagnostic]:
    """TOC402: one incident's page, complete with verification and way back or with a date of review, and nobody keeps it."""
    book = view.book
    if (
        book.genre != "alert"
        or book.policy.owner is not None
        or any(s.owner for s in view.sections)
        or book.policy.contacts
    ):
        return
    roles = {role for section in view.sections for role in section.roles}
    complete = {Role.VERIFICATION, Role.ROLLBACK} <= roles or book.policy.review.last_updated is not None
    changes = any(
        line.step.actions and line.step.judgement.effect is not Effect.OBSERVE for _, line in view.lines()
    )
    if (
        complete
        and changes
        and not any(
            _KEPT_BY.search(fold(plain(raw.text))) for raw in view.prose if not raw.text.startswith("#")
        )
    ):
        yield view.remark("TOC402", Span(0, 0, 1, 1), "Nobody is named who keeps this runbook.")


# A setting that stays until somebody sets it back.
_SETTING = re.compile(
    r"\bset (?:env|image|resources)\b|\bALTER\s+(?:ROLE|USER|DATABASE|SYSTEM)\b.*\bSET\b(?!\s*(?:TABLESPACE|SCHEMA))|\bCONFIG SET\b|\bSET (?:GLOBAL|PERSIST)\b|\bsysctl -w\b|--alter\b[^\n]*--add-config|\bhelm upgrade\b[^\n]*--set\b|"
    r"\baws \S+ (?:update|modify|put)-(?!secret)\S+(?![^\n]*--force-new-deployment)|\bgcloud\b[^\n]*\bupdate\b|\baz\b[^\n]*\bupdate\b|\bsed -i\b|\bufw (?:allow|deny)\b|\biptables -[AI]\b",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:roll(?:ed|s|ing)?[ -]?back|rollback|undo\w*|revert\w*|way back|take\w* (?:it|this|that|them) back|back to|put (?:it|this|them)? ?back|restore\w*|reset\w*|afterwards|set (?:it|this) again|return to|previous (?:value|setting|image|version)|old (?:value|setting)|permanent\w*|"
    r"stays?|remains?|keep|kept|zuruck\w*|ruckgangig\w*|ruck(?:weg|nahme|bau)|vuelta atras|marcha atras|made (?:it|things) worse|wieder auf|deshac\w*|revertir|volver|restaur\w*|retour|annul\w*|remettre|retablir|revenir|voltar|reverter|desfazer)\b"
)


def set_for_good(view: View) -> Iterator[Diagnostic]:
    """TOC107: a setting is changed in a procedure that verifies its work, and nothing in the document says how it is taken back."""
    if _SETTING.search(view.text) is None:
        return
    if not any(Role.VERIFICATION in s.roles for s in view.sections) or any(
        Role.ROLLBACK in s.roles for s in view.sections
    ):
        return
    if any(_BACK.search(fold(plain(raw.text))) for raw in view.prose):
        return
    for _, line in view.lines():
        found = _SETTING.search(line.text) if line.step.actions else None
        if found is None or line.step.judgement.effect.rank < Effect.CHANGE.rank:
            continue
        again = [
            other
            for _, other in view.lines()
            if other is not line and found[0].casefold() in other.text.casefold()
        ]
        if not again:
            yield view.on(
                "TOC107",
                line,
                "Nothing in this document says how this setting is taken back.",
                level=Level.WARNING,
            )
            return


_SOMETIMES = re.compile(
    r"\b(?:regularly|periodically|frequently|often|from time to time|every so often|now and then|in regular intervals|at regular intervals|regelmassig|haufig|ab und zu|in regelmassigen abstanden|regularmente|periodicamente|con frecuencia|de vez en cuando|regulierement|periodiquement|souvent|de temps en temps)\b"
)
_SPEAKS = re.compile(
    r"\b(?:updat\w*|inform\w*|post\w*|communicat\w*|publish\w*|announc\w*|notify|tell|report\w*|aktualisier\w*|informier\w*|kommunizier\w*|actualic\w*|actualiz\w*|avis\w*|publi\w*|met\w* a jour)\b"
)
_HEARERS = re.compile(
    r"\b(?:status ?pages?|customers?|clients?|stakeholders?|channel|management|everyone|users|public|team|statusseite|kunden|nutzer|clientes|usuarios|pagina de estado|page d'etat|page de statut|utilisateurs)\b"
)
_EVERY = re.compile(
    r"\b(?:every|each|alle|jede\w*|cada|toutes? les|chaque)\s+(?:\d+|half|quarter|hour|halbe|viertel|stunde|hora|heure|\w+ (?:minut|hour|stund|hora|heure))"
)


def sometimes(view: View) -> Iterator[Diagnostic]:
    """TOC414: "Update the status page regularly": neither how often nor who."""
    vague = [raw for raw in view.prose_saying(("regul", "regelm", "period", "frequent", "often", "time to time", "häufig", "ab und zu", "now and then", "every so often", "frecuencia", "de vez", "régul", "périod", "souvent", "de temps"))
             if not raw.text.lstrip().startswith(("#", "|"))]  # fmt: skip
    for raw in vague:
        told = fold(plain(raw.text))
        if not (_SOMETIMES.search(told) and _SPEAKS.search(told) and _HEARERS.search(told)) or re.search(
            r"\d", re.sub(r"^\W*\d+[.)]", "", told)
        ):
            continue
        if any(
            _EVERY.search(other) and _SPEAKS.search(other)
            for other in (fold(plain(o.text)) for o in view.prose)
        ):
            continue
        yield view.remark(
            "TOC414", raw.span, f'"{plain(raw.text.strip())[:60]}" says neither how often nor who does it.'
        )


RULES = (
    escalates_to_nobody,
    ladder_without_times,
    levels_without_clocks,
    jobs_without_end,
    kept_by_nobody,
    set_for_good,
    sometimes,
)
