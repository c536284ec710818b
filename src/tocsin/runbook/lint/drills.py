"""TOC407 and TOC415: sections that were never tried, or whose proof is of something else than what is there now.

Silent without a record of drills or a sentence in the document that claims a proof.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import date

from tocsin.runbook.book import Role, Runbook, Section
from tocsin.runbook.diagnostic import Diagnostic, Span
from tocsin.runbook.lint.facts import View
from tocsin.runbook.project import Drill

_STALE_DAYS = 365


def text_sha256(section: Section) -> str:
    """The hash a drill notes of what it tried: of the section's text with everything below it."""
    text = "\n".join(inner.text for inner in section.walk())
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def undrilled(view: View) -> Iterator[Diagnostic]:
    """TOC407: an incident without a passed drill, or whose last one is more than a year old."""
    drills = view.project.drills
    if drills is None:
        return
    for section in _with_steps(view.book):
        passed = [each for each in _of(section, view.book, drills) if each.passed]
        if not passed:
            failed = any(True for _ in _of(section, view.book, drills))
            said = "was drilled and did not pass" if failed else "was never drilled"
            yield view.remark("TOC407", _heading(section), f"{section.title} {said}.")
            continue
        last = max(each.on for each in passed)
        if (view.today - last).days > _STALE_DAYS:
            message = f"{section.title} was last drilled on {last.isoformat()}, {(view.today - last).days} days ago."
            yield view.remark("TOC407", _heading(section), message)


_SAID = re.compile(
    r"\b(?:last\s+)?(?:drilled|rehearsed|game\s?day|practi[cs]ed)(?:\s++(?:on|at))?\s*+\*{0,2}+\s*+[:–-]?+\s*+\*{0,2}+\s*+(?:on\s++)?(never|20\d\d-\d\d-\d\d)\b", re.I
)  # fmt: skip


_DRILLED = ("drilled", "rehearsed", "game", "practi")


def said_undrilled(view: View) -> Iterator[Diagnostic]:
    """TOC407: what the document itself says of its last drill."""
    for raw in view.prose if view.says(_DRILLED) else ():
        found = _SAID.search(raw.text)
        if found is None or re.search(r"\bnot\b|\bnever\s+been\b", raw.text[: found.start()], re.I):
            continue
        if found[1].lower() == "never":
            message = "It says of itself that it was never drilled."
        else:
            on = _date(found[1])
            if on is None or (view.today - on).days <= _STALE_DAYS:
                continue
            message = f"The last drill was on {found[1]}, {(view.today - on).days} days ago."
        yield view.remark("TOC407", raw.span, message, column=found.start() + 1)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _with_steps(book: Runbook) -> list[Section]:
    """The incidents with something to run, without those inside another one."""
    found: list[Section] = []
    inside: set[int] = set()
    for section in book.walk():
        if id(section) in inside or Role.INCIDENT not in section.roles or not section.steps():
            continue
        if any(Role.INCIDENT in below.roles and below.symptoms for below in section.walk()[1:]):
            continue
        found.append(section)
        inside |= {id(below) for below in section.walk()}
    return found


def _of(section: Section, book: Runbook, drills: tuple[Drill, ...]) -> Iterator[Drill]:
    for each in drills:
        named = book.section(each.section)
        if named is not None and named.anchor == section.anchor:
            yield each


def _heading(section: Section) -> Span:
    return Span(section.span.start, section.span.start, section.heading_line, section.heading_line)


def older_proof(view: View) -> Iterator[Diagnostic]:
    """TOC415: the last passed drill was of another text or another version than there is now."""
    now = view.project.versions.get("")
    for section in _with_steps(view.book) if view.project.drills else []:
        passed = [each for each in _of(section, view.book, view.project.drills or ()) if each.passed]
        last = max(passed, key=lambda each: each.on, default=None)
        if last is None:
            continue
        if last.text_sha256 is not None and last.text_sha256 != text_sha256(section):
            message = f"{section.title} has changed since its drill of {last.on.isoformat()}."
            yield view.remark("TOC415", _heading(section), message)
        elif last.version is not None and now is not None and _older(last.version, now):
            message = f"The drill of {last.on.isoformat()} was against {last.version}; it is {now} now."
            yield view.remark("TOC415", _heading(section), message)


_PROOF = re.compile(
    r"\b(?:tested|verified|drilled|proven|validated|rehearsed)\s+(?:with|on|against|for)\s+(?:the\s+)?(?:version\s+)?"
    r"(?:(?P<name>[A-Za-z][\w.+-]*)\s+)?(?:version\s+)?v?(?P<version>\d+(?:\.\d+){0,2})(?![\w.-]*\d)", re.I
)  # fmt: skip
_NAMES = {"postgresql": "postgres", "pg": "postgres", "mongodb": "mongo", "k8s": "kubernetes"}


def older_claim(view: View) -> Iterator[Diagnostic]:
    """TOC415: "tested with PostgreSQL 14" in a repository whose files pin another one."""
    if not view.project.versions:
        return
    for raw in view.raw:
        for found in () if raw.fenced else _PROOF.finditer(raw.text):
            name = (found["name"] or "").lower()
            now = view.project.versions.get(_NAMES.get(name, name))
            if now is not None and _older(found["version"], now):
                message = f"{found[0]}: the files of the repository pin {now}."
                yield view.remark("TOC415", raw.span, message, column=found.start() + 1)


def _older(proven: str, now: str) -> bool:
    """Whether a proven version is behind, as far as it was stated: "14" is not behind "14.2"."""
    left = [int(part) for part in re.findall(r"\d+", proven)]
    right = [int(part) for part in re.findall(r"\d+", now)]
    # Of a full version the last number is a patch, which is no other target.
    compared = min(len(left), len(right), 2)
    return left[:compared] < right[:compared]


RULES = (undrilled, said_undrilled, older_proof, older_claim)
