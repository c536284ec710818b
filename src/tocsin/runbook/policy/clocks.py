"""Clocks of the process and what a post-mortem must hold. Source: runbook-language, section 10.2."""

import re
from datetime import timedelta

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Fence, ListBlock
from tocsin.runbook.policy.severity import mentioned
from tocsin.runbook.policy.terms import PhaseClock, SeverityLevel
from tocsin.runbook.policy.text import LEVEL_MARK, Entry, Part, duration
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

POST_MORTEM = re.compile(
    r"post.?mortem|post.?incident|retrospective|\brca\b|lessons learned|after.?action|incident review|nachbereitung|"
    r"pos.?incidente|licoes|apres l.incident|lecciones"
)
_PHASES: tuple[tuple[str, str], ...] = (
    ("post-mortem", r"post.?mortem|retrospective|\brca\b|incident review|post.?incident review|after.?action"),
    ("initial-response", r"initial response|first response|first (?:\w+ )?minutes|immediate (?:actions?|response)|respuesta inicial|premiere reponse|erste reaktion|resposta inicial"),
    ("respond", r"acknowledg|respond"),
    ("investigate", r"investigat|triage|diagnos|assess|analys|untersuch|investiga"),
    ("mitigate", r"mitigat|contain|resol"),
    ("update", r"status updates?|update cadence|communicat"),
    ("watch", r"monitor|observ|watch|stabil"),
)  # fmt: skip
_PHASE_RES = tuple((name, re.compile(pattern)) for name, pattern in _PHASES)
_TIMED_TITLE = re.compile(
    r"\(([^()]*\d[^()]*|[^()]*immediate[^()]*)\)|[-–—:]\s*((?:within|<|≤|under|first)\s*\d.*)$", re.IGNORECASE
)
_BASELINE = re.compile(
    r"(?:baseline|normal|recover|settle|stabili[sz]e)\w*.*\b(?:within|in)\b|within.*(?:baseline|normal)"
)
_WATCH = re.compile(
    r"(?:monitor|observe|watch|keep an eye|beobacht|surveill|monitorea|monitore)\w*\b.*\b(?:for|during|fur|pendant|durante|por)\b"
)
_UPDATE = re.compile(r"(?:update|communicat|status|post)\w*.*\bevery\b|\bevery\b.*(?:update|status)")
_DUE = re.compile(r"within|due|no later than|in under|innerhalb|dentro de|em ate|dans les|sous")
_PROCESS = frozenset(
    {Role.PROCESS, Role.POST_INCIDENT, Role.COMMUNICATION, Role.VERIFICATION, Role.SEVERITY, Role.ESCALATION}
)


def clocks(parts: tuple[Part, ...], severities: tuple[SeverityLevel, ...]) -> tuple[PhaseClock, ...]:
    """The deadlines and windows the process states, outside the incident sections."""
    found: list[PhaseClock] = []
    for part in parts:
        if Role.INCIDENT in part.around or not part.around & _PROCESS:
            continue
        timed = _from_title(part, severities)
        if timed is not None:
            found.append(timed)
        for entry in part.entries():
            clock = _from_entry(part, entry, severities)
            if clock is not None:
                found.append(clock)
    unique: dict[tuple[str, timedelta, tuple[str, ...]], PhaseClock] = {}
    for clock in found:
        unique.setdefault((clock.name, clock.limit, clock.severities), clock)
    return tuple(unique.values())


def _phase(text: str) -> str | None:
    folded = fold(text)
    return next((name for name, pattern in _PHASE_RES if pattern.search(folded)), None)


def _from_title(part: Part, severities: tuple[SeverityLevel, ...]) -> PhaseClock | None:
    title = part.title
    timed = _TIMED_TITLE.search(title)
    if timed is None or Role.SEVERITY in part.roles:
        return None
    text = timed[1] or timed[2]
    limit = duration(text)
    name = _phase(title[: timed.start()])
    if limit is None or name is None:
        return None
    line = part.section.heading_line
    span = Span(part.section.span.start, part.section.span.start, line, line)
    return PhaseClock(name, limit, mentioned(text, severities), title, span)


def _from_entry(part: Part, entry: Entry, severities: tuple[SeverityLevel, ...]) -> PhaseClock | None:
    limit = duration(entry.text)
    if limit is None:
        return None
    folded = fold(entry.text)
    about = fold(part.title)
    named = mentioned(entry.text, severities)
    if _BASELINE.search(folded):
        return PhaseClock("baseline", limit, named, entry.text, entry.span)
    if _UPDATE.search(folded):
        return PhaseClock("update", limit, named, entry.text, entry.span)
    if _WATCH.search(folded):
        return PhaseClock("watch", limit, named, entry.text, entry.span)
    if POST_MORTEM.search(folded) or (POST_MORTEM.search(about) and _DUE.search(folded)):
        return (
            PhaseClock("post-mortem", limit, named, entry.text, entry.span) if _DUE.search(folded) else None
        )
    return None


def post_mortem_parts(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """What a post-mortem must hold, in order: the longest numbered list of a post-mortem section."""
    best: tuple[str, ...] = ()
    for part in parts:
        if not POST_MORTEM.search(fold(part.title)) or not part.inside(Role.POST_INCIDENT):
            continue
        for listed in (_numbered(part.blocks), _bulleted(part)):
            if len(listed) > max(len(best), 1):
                best = listed
                break
    return best


def _numbered(blocks: tuple[object, ...]) -> tuple[str, ...]:
    for block in blocks:
        match block:
            case ListBlock(ordered=True, items=items):
                return tuple(plain(item.lead) for item in items if item.lead)
            case Fence(lines=lines):
                found = [
                    m[1].strip()
                    for line in lines
                    if (m := re.match(r"\s*#*\s*\d{1,2}[.)]\s+(.+)$", line.text))
                ]
                if len(found) >= 2:
                    return tuple(found)
            case _:
                pass
    return ()


def _bulleted(part: Part) -> tuple[str, ...]:
    if not re.search(r"post.?mortem|template|report|retrospective|\brca\b", fold(part.title)):
        return ()
    return tuple(entry.text for entry in part.entries() if entry.depth == 1 and not entry.code)


def post_mortem_severities(
    parts: tuple[Part, ...], clocks: tuple[PhaseClock, ...], severities: tuple[SeverityLevel, ...]
) -> tuple[str, ...]:
    """The levels a runbook wants written up: "Write post-mortem (P0/P1 only)"; empty when it does not say."""
    for clock in clocks:
        if clock.name == "post-mortem" and clock.severities:
            return clock.severities
    for part in parts if severities else ():
        if LEVEL_MARK.search(part.section.text) is None:
            continue
        for entry in part.entries():
            if (named := mentioned(entry.text, severities)) and POST_MORTEM.search(fold(entry.text)):
                return named
    return ()
