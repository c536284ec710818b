"""Promises that can be measured or sent: message templates, scheduled jobs, SLO sentences.

Source: runbook-language, sections 10.4 to 10.6.
"""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.markdown.blocks import Block, Fence, Quote, Table
from tocsin.runbook.policy.terms import JobPromise, Template
from tocsin.runbook.policy.text import Entry, Part
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.roles import is_exact, role_of
from tocsin.runbook.words.wording import fold

_FIELD = re.compile(
    r"^\s*(?:[-*•]\s+)?(?:\*\*|__)?([A-Z][\w /&-]{0,40}?)(?:\*\*|__)?\s*:(?:\*\*|__)?\s*(.*)$"
)
_TEMPLATE_HOLE = re.compile(
    r"\[[A-Za-z][^\]\n]{1,80}\](?!\()|\{\{?\s*[A-Za-z][\w .-]*\}?\}|<[A-Za-z][^<>\n]{1,60}>|_{3,}|\bX{2,}\b|\b[A-Z]{2,4}:[A-Z]{2,4}\b"
)


_PLAIN_LABELS = frozenset({"", "text", "txt", "markdown", "md", "plain", "plaintext"})


def templates(parts: tuple[Part, ...]) -> tuple[Template, ...]:
    """Message templates: labelled fields or holes in a fence or quote of a communication section, or a "Subject:"."""
    found: list[Template] = []
    for part in parts:
        about = part.inside(Role.COMMUNICATION) or "template" in fold(part.title)
        for block in _texts(part.blocks):
            if isinstance(block, Fence) and block.language not in _PLAIN_LABELS:
                continue
            text = _verbatim(block)
            holes = len(_TEMPLATE_HOLE.findall(text))
            if not about and holes < 2 and ":" not in text:
                continue
            fields = tuple(
                [(m[1].strip(), m[2].strip()) for line in text.splitlines() if (m := _FIELD.match(line))]
            )
            subject = bool(
                re.match(r"\s*(?:\*\*)?(?:Subject|Betreff|Objet|Asunto|Assunto)(?:\*\*)?\s*:", text)
            )
            if subject or (about and (holes >= 1 or len(fields) >= 2)) or (holes >= 2 and len(fields) >= 2):
                found.append(Template(part.title, text, fields, block.span))
    return tuple(found)


def _texts(blocks: tuple[Block, ...]) -> Iterator[Fence | Quote]:
    for block in blocks:
        match block:
            case Fence() | Quote():
                yield block
            case _:
                pass


def _verbatim(block: Fence | Quote) -> str:
    if isinstance(block, Fence):
        return block.text
    return "\n".join(re.sub(r"^\s*>\s?", "", line) for line in block.text.splitlines())


_FIELD_CRON = r"(?:\*|\d{1,2})(?:[-/,](?:\*|\d{1,2}))*"
_CRON = re.compile(
    rf"(?<![\w*/:.])((?:{_FIELD_CRON}\s+){{4}}(?:\*|\d|[A-Z]{{3}})(?:[-/,](?:\d{{1,2}}|[A-Z]{{3}}))*)(?![\w*])|(@(?:hourly|daily|weekly|monthly|midnight|yearly|annually))\b"
)
# Whatever holds the five fields holds this, and it is found out in a quarter of the time.
_FOUR_FIELDS = re.compile(r"[*\d]\s+[*\d][*\d/,-]*\s+[*\d][*\d/,-]*\s+[*\d]")
_CADENCE = re.compile(
    r"nightly|daily|hourly|weekly|monthly|every\b|each (?:day|night|hour)|taglich|diari|quotidien|cada\b|jeden|toutes? les|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)s?\b|\blunes|martes|miercoles|jueves|viernes|sabados?|domingos?\b|"
    r"\b(?:1st|first|last (?:day|friday|monday|sunday)) of\b|todos los|todas las|\btodos os|chaque|monatlich|wochentlich|stundlich|mensual|semanal|hebdo|mensuel"
)
_ZONE = re.compile(r"\b(UTC|GMT|CET|CEST|EST|EDT|PST|PDT|BST|JST|IST|[A-Z][a-z]+/[A-Z][A-Za-z_]+)\b")
_CLOCK_TIME = re.compile(
    r"\b(?:at|@|um|a las|a|as)?\s*(\d{1,2})(?::(\d{2}))?\s*(am|pm|h\b|uhr)?\b", re.IGNORECASE
)
_FIELDS = (
    (
        "cadence",
        re.compile(
            r"cadence|schedule|cron|frequency|runs?\b|when|interval|zeitplan|haufigkeit|rhythmus|wann|frecuencia|cuando|programaci|frequence|quand|planifi|frequencia|quando|horari|horaire"
        ),
    ),
    (
        "purpose",
        re.compile(
            r"purpose|what|description|does|why|zweck|wozu|beschreibung|proposito|para que|descri|objecti|objeti|but\b|pourquoi"
        ),
    ),
    (
        "due",
        re.compile(
            r"must finish|finish|(?:done|ready|complete) by|deadline|due|sla\b|complete|max|until|fertig|spatestens|limite|plazo|prazo|delai"
        ),
    ),
    ("on_miss", re.compile(r"alert|miss|fail|on error|if it|escalat|bei ausfall|fallo|echec|falha")),
)


def jobs(parts: tuple[Part, ...]) -> tuple[tuple[JobPromise, ...], tuple[Diagnostic, ...]]:
    """Scheduled work, with a remark where the words and the cron expression name different hours."""
    found: list[JobPromise] = []
    for part in parts:
        if not part.inside(Role.JOBS):
            found.extend(_in_passing(part))
            if not part.inside(Role.INCIDENT) or part.section.level == 1:
                found.extend(_labelled(part))
            continue
        job = _from_fields(part.title, part.entries(), part.section.span)
        if job is not None and not part.inside(Role.INCIDENT):
            found.append(job)
        else:
            found.extend(_from_entries(part))
        for table in part.tables():
            found.extend(_from_rows(table))
    return tuple(found), tuple(d for job in found if (d := _disagreement(job)) is not None)


def _from_fields(name: str, entries: tuple[Entry, ...], span: Span) -> JobPromise | None:
    told: dict[str, str] = {}
    for entry in entries:
        if entry.name is None:
            continue
        folded = fold(entry.name)
        for key, pattern in _FIELDS:
            if pattern.search(folded):
                told.setdefault(key, entry.value)
                break
    text = told.get("cadence", "")
    if not text or not (_CRON.search(text) or _CADENCE.search(fold(text))):
        return None
    return _job(name, text, told.get("purpose"), told.get("on_miss"), span, told.get("due"))


_DUE = re.compile(
    r"\b((?:(?:must|has to|should) )?(?:be (?:done|finished|complete[d]?)|finish(?:es|ed)?|complete[sd]?) (?:by|within|before|in|at) [^,;.)]{2,30}|muss bis [^,;.)]{2,20}(?: fertig sein)?"
    r"|(?:doit (?:finir|etre fini)|debe terminar|deve terminar) (?:avant|en|antes de) [^,;.)]{2,20}|SLA:? ?[^,;.)]{2,20})",
    re.IGNORECASE,
)


_EMPTY = re.compile(r"\s*(?:\(\W*\)|``)|\bcron\b\s*(?=,)")


def _job(
    name: str, text: str, purpose: str | None, on_miss: str | None, span: Span, due: str | None = None
) -> JobPromise:
    cron = _CRON.search(text)
    zone = _ZONE.search(text)
    expression = " ".join((cron[1] or cron[2]).split()) if cron else None
    words = _EMPTY.sub("", text.replace(cron[0], "") if cron else text).strip(" ()`-–—,")
    said = _DUE.search(text)
    due = due if due and re.search(r"\w", due) else said[1].strip() if said else None
    return JobPromise(
        name.strip(), expression, zone[1] if zone else None, words or None, purpose, on_miss, span, due
    )


def _from_entries(part: Part) -> list[JobPromise]:
    found = []
    for entry in part.entries():
        if entry.code and (lines := crontab(entry)):
            found.extend(lines)
            continue
        named = (
            entry.name is not None and _CADENCE.search(fold(entry.value)) and re.search(r"\d", entry.value)
        )
        if _CRON.search(entry.text) or named:
            told = entry.value if entry.name is not None else _line_of_cron(entry.value)
            found.append(_job(entry.name or _subject(entry.text, part.title), told, None, None, entry.span))
        elif entry.name is None and not entry.code and len(entry.text) <= _LONGEST:
            found.extend(_told(entry, part.title))
    return found


def _told(entry: Entry, title: str) -> list[JobPromise]:
    """The jobs of which sentences tell when they run: "The nightly job `dump` runs at 01:30 and must be finished at 05:00"."""
    return [
        _job(_subject(piece, title), piece, None, None, entry.span)
        for piece in re.split(r"\n|(?<=[.;])\s+(?=[A-ZÀ-Þ])", entry.text)
        if _RUNS.search(piece) and re.search(r"\d", piece) and _CADENCE.search(fold(piece))
    ]


def _in_passing(part: Part) -> list[JobPromise]:
    """Jobs that a section about something else speaks of with their expression: "It runs at 03:30 (`30 3 * * *`)"."""
    text = part.section.text
    if (_FOUR_FIELDS.search(text) is None and "@" not in text) or _CRON.search(text) is None:
        return []
    tables = [job for entry in part.entries() if entry.code for job in crontab(entry)]
    return tables + [
        _job(_subject(entry.text, part.title), _line_of_cron(entry.text), None, None, entry.span)
        for entry in part.entries()
        if not entry.code
        and len(entry.text) <= _LONGEST
        and _CRON.search(entry.text) is not None
        and _CADENCE_VERB.search(fold(entry.text)) is not None
    ]


_CRON_LINE = re.compile(rf"\s*(?:{_CRON.pattern})\s+(\S.*)$")


def crontab(entry: Entry) -> list[JobPromise]:
    """The jobs of a crontab, each named by its program; none where a line is anything else."""
    found = []
    for at, line in enumerate(entry.text.split("\n")):
        bare = line.strip()
        if not bare or bare.startswith("#") or _SETS.match(bare):
            continue
        told = _CRON_LINE.match(line)
        if told is None:
            return []
        number = min(entry.span.first_line + at, entry.span.last_line)
        span = Span(entry.span.start, entry.span.end, number, number)
        cron = " ".join((told[1] or told[2]).split())
        found.append(JobPromise(_program(told[3]), cron, None, None, None, None, span, None))
    return found


_SETS = re.compile(r"[A-Z_]+\s*=")


def _program(command: str) -> str:
    """The program a line of a crontab runs: "reindex" of "root cd /opt && /opt/bin/reindex -q"."""
    *_, last = re.split(r"&&|;", command.split(">")[0])
    words = last.split()
    path = next(
        (word for word in words if "/" in word and not word.startswith("-")), words[0] if words else command
    )
    return path.rsplit("/", 1)[-1] or path


def _labelled(part: Part) -> list[JobPromise]:
    """Jobs in one line that is called so: "**Jobs**: cleanup runs hourly; key rotation runs on the 1st at 03:00"."""
    return [
        _job(_subject(piece, part.title), piece, None, None, entry.span)
        for entry in part.entries()
        if entry.name is not None
        and not entry.code
        and is_exact(entry.name)
        and role_of(entry.name) is Role.JOBS
        for piece in re.split(r";\s+|\n", entry.value)
        if _CRON.search(piece) or _CADENCE.search(fold(piece))
    ]


_LONGEST = 600
_CADENCE_VERB = re.compile(
    r"\b(?:runs?|starts?|scheduled?|executes?|fires?|kicks? off|lauft|startet|beginnt|corre|se ejecuta|roda|executa|tourne|demarre|nightly|daily|hourly|weekly|monthly|cron)\b"
)
_RUNS = re.compile(
    r"\b(?:runs?|starts?|is (?:run|started|scheduled)|läuft|startet|beginnt|corre|se ejecuta|roda|tourne)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|der|die|das|el|la|le|o|a)\s+", re.IGNORECASE)
_NO_SUBJECT = frozenset("it this that the job er sie es dies el la il elle ele ela the_job".split())


def _subject(text: str, title: str) -> str:
    """What a sentence says runs: "The ledger export runs at …" is the ledger export; "It runs", "Runs" is the section's."""
    bare = _CRON.sub("", text)
    found = _RUNS.search(bare)
    if found is None:
        name = re.split(r"[-–—(:]|(?<!\d)\s\d", bare)[0].strip(" `#")
        return title if not name or _CADENCE_VERB.match(fold(name)) else name
    name = _ARTICLE.sub("", bare[: found.start()].strip(" *`#"))
    return title if not name or fold(name) in _NO_SUBJECT or len(name.split()) > _SUBJECT_WORDS else name


_SUBJECT_WORDS = 6


def _line_of_cron(text: str) -> str:
    """The line that tells when it runs; what follows speaks of what to do about it."""
    return next((line for line in text.split("\n") if _CRON.search(line)), text)


def _from_rows(table: Table) -> list[JobPromise]:
    header = [fold(plain(cell)) for cell in table.header]
    columns = {key: next((i for i, c in enumerate(header) if i and p.search(c)), None) for key, p in _FIELDS}
    at = columns["cadence"]
    if at is None:
        return []
    found = []
    for row in table.rows:
        cells = [plain(cell) for cell in row.cells]
        told = [
            cells[i] if (i := columns[key]) is not None else None for key in ("purpose", "on_miss", "due")
        ]
        if cells[at]:
            others = [cell for i, cell in enumerate(cells) if i != at and _CRON.fullmatch(cell.strip("` "))]
            said = cells[at] if _CRON.search(cells[at]) else " ".join((cells[at], *others[:1]))
            found.append(_job(cells[0], said, told[0], told[1], row.span, told[2]))
    return found


def _disagreement(job: JobPromise) -> Diagnostic | None:
    if job.cron is None or job.cadence is None or job.cron.startswith("@"):
        return None
    if len(set(_ZONE.findall(job.cadence))) > 1:
        return None  # said in one zone, scheduled in another
    minute, hour, *rest = job.cron.split()
    said = _CLOCK_TIME.search(re.sub(r"\bevery \d+\b", "", job.cadence))
    folded = fold(job.cadence)
    problem = None
    if said is not None and hour.isdigit() and (said[2] or said[3]):
        spoken = (
            int(said[1]) % 12 + (12 if (said[3] or "").lower() == "pm" else 0)
            if said[3] in ("am", "pm", "AM", "PM")
            else int(said[1])
        )
        if spoken != int(hour) or (said[2] is not None and minute.isdigit() and int(said[2]) != int(minute)):
            problem = f"the words say {said[0].strip()}, the expression says {int(hour):02}:{int(minute) if minute.isdigit() else 0:02}"
    if problem is None and "hourly" in folded and hour != "*":
        problem = "the words say hourly, the expression names one hour"
    if (
        problem is None
        and re.search(r"\b(?:daily|nightly|every (?:day|night))\b", folded)
        and rest != ["*", "*", "*"]
    ):
        problem = "the words say every day, the expression names certain days"
    if problem is None and "weekly" in folded and rest[2] == "*":
        problem = "the words say weekly, the expression names no day of the week"
    if problem is None:
        return None
    return Diagnostic(
        "TOC110", Level.ERROR, job.span, 1, f"{job.name}: {problem}; one of the two is wrong.",
        "State the schedule once, or make both agree.",
    )  # fmt: skip
