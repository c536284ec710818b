"""Promises that can be measured or sent: message templates, scheduled jobs, SLO sentences.

Source: runbook-language, sections 10.4 to 10.6.
"""

import html
import re
from collections.abc import Iterator

from tocsin.runbook.book import Diagnostic, JobPromise, Level, Role, Slo, Span, Template
from tocsin.runbook.markdown.blocks import Block, Fence, Quote, Table
from tocsin.runbook.policy.text import Entry, Part
from tocsin.runbook.words.inline import plain
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
    rf"(?<![\w*/])((?:{_FIELD_CRON}\s+){{4}}(?:\*|\d|[A-Z]{{3}})(?:[-/,](?:\d{{1,2}}|[A-Z]{{3}}))*)(?![\w*])|(@(?:hourly|daily|weekly|monthly|midnight|yearly|annually))\b"
)
_CADENCE = re.compile(
    r"nightly|daily|hourly|weekly|monthly|every\b|each (?:day|night|hour)|taglich|diari|quotidien|cada\b|jeden|toutes? les"
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
            r"must finish|finish|deadline|due|sla\b|complete|max|until|fertig|spatestens|limite|plazo|prazo|delai"
        ),
    ),
    ("on_miss", re.compile(r"alert|miss|fail|on error|if it|escalat|bei ausfall|fallo|echec|falha")),
)


def jobs(parts: tuple[Part, ...]) -> tuple[tuple[JobPromise, ...], tuple[Diagnostic, ...]]:
    """Scheduled work, with a remark where the words and the cron expression name different hours."""
    found: list[JobPromise] = []
    for part in parts:
        if not part.inside(Role.JOBS):
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
    r"\b((?:(?:must|has to|should) )?(?:be (?:done|finished|complete[d]?)|finish(?:es|ed)?|complete[sd]?) (?:by|within|before|in) [^,;.)]{2,30}|muss bis [^,;.)]{2,20}(?: fertig sein)?"
    r"|(?:doit (?:finir|etre fini)|debe terminar|deve terminar) (?:avant|en|antes de) [^,;.)]{2,20}|SLA:? ?[^,;.)]{2,20})",
    re.IGNORECASE,
)


def _job(
    name: str, text: str, purpose: str | None, on_miss: str | None, span: Span, due: str | None = None
) -> JobPromise:
    cron = _CRON.search(text)
    zone = _ZONE.search(text)
    expression = " ".join((cron[1] or cron[2]).split()) if cron else None
    words = (text.replace(cron[0], "") if cron else text).strip(" ()`-–—,")
    said = _DUE.search(text)
    due = due if due and re.search(r"\w", due) else said[1].strip() if said else None
    return JobPromise(
        name.strip(), expression, zone[1] if zone else None, words or None, purpose, on_miss, span, due
    )


def _from_entries(part: Part) -> list[JobPromise]:
    found = []
    for entry in part.entries():
        named = (
            entry.name is not None and _CADENCE.search(fold(entry.value)) and re.search(r"\d", entry.value)
        )
        if _CRON.search(entry.text) or named:
            name = entry.name or re.split(r"[-–—(:]", _CRON.sub("", entry.text))[0].strip(" `#") or part.title
            found.append(_job(name, entry.value, None, None, entry.span))
    return found


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


_SLO = re.compile(
    r"\b(p\d{2}(?:\.\d+)?|\d{2}(?:\.\d+)?th percentile|median|average|avg|mean|max(?:imum)?|availability|uptime|success rate|error rate)\s+"
    r"((?:(?:of |for |on )?[a-z/][\w/.{}:-]*\s+){0,5}?)(?:is |of |must be |should be |stays? )?"
    r"(<=|>=|<|>|≤|≥|below|under|less than|at most|above|over|at least|more than)\s*"
    r"(\d+(?:\.\d+)?)\s*(%|ms|milliseconds?|s\b|seconds?|min(?:utes)?\b|rps)?",
    re.IGNORECASE,
)
_SIGN = {
    "below": "<", "under": "<", "less than": "<", "at most": "<=", "≤": "<=", "above": ">", "over": ">",
    "more than": ">", "at least": ">=", "≥": ">=",
}  # fmt: skip
_SAMPLES = re.compile(r"(\d+)\s+(?:samples?|runs?|requests?|measurements?|probes?)", re.IGNORECASE)
_SETTING = re.compile(
    r"configurable\s+(?:via|with|by|through)\s+`?([A-Z][A-Z0-9_]+)`?|\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b"
)


_SLO_TITLE = re.compile(r"\bsl[oi]s?\b|objective|ziele?\b|objetivo|objectif")


def slos(parts: tuple[Part, ...]) -> tuple[Slo, ...]:
    """SLO sentences: statistic, metric, comparison, value and unit, samples, object, setting. Not from symptoms."""
    found: list[Slo] = []
    for part in parts:
        if part.inside(Role.SYMPTOMS) or part.inside(Role.INCIDENT):
            continue
        for entry in part.entries():
            if entry.code:
                continue
            text = html.unescape(entry.text) if "&" in entry.text else entry.text
            for match in _SLO.finditer(text):
                found.append(_slo(match, text, entry.span))
        tables = part.tables()
        if tables and (part.inside(Role.MONITORING) or _SLO_TITLE.search(fold(part.title))):
            for table in tables:
                for row in table.rows:
                    text = " ".join(plain(cell) for cell in row.cells)
                    found.extend(_slo(match, text, row.span) for match in _SLO.finditer(text))
    return tuple(found)


def _slo(match: re.Match[str], text: str, span: Span) -> Slo:
    samples = _SAMPLES.search(text, match.end())
    per = re.search(r"\bper\s+([a-z][\w-]*)", text[match.end() :], re.IGNORECASE)
    setting = _SETTING.search(text)
    sign = match[3].lower()
    unit = (match[5] or "").strip()
    return Slo(
        statistic=match[1].lower(),
        metric=match[2].strip() or match[1].lower(),
        comparison=_SIGN.get(sign, sign),
        value=float(match[4]),
        unit={"milliseconds": "ms", "millisecond": "ms", "second": "s", "seconds": "s"}.get(
            unit.lower(), unit
        ),
        samples=int(samples[1]) if samples else None,
        per=per[1].lower() if per else None,
        setting=(setting[1] or setting[2]) if setting else None,
        text=text,
        span=span,
    )
