"""References in words to parts of the same document: to some that are not there (TOC404), to steps that come later (TOC208)."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.outline import STEP, Outline, Part
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_SECTION = "section|abschnitt|kapitel|chapter|apartado|seccion|secao|rubrique|chapitre|§"
_BEHIND = "appendix|anhang|anexo|annexe|annex|apendice"
_PART = f"phase|fase|checklist|checkliste|{_BEHIND}|scenario|szenario|playbook|option|variante?|opcion"
_KINDS = tuple(f"{STEP}|{_SECTION}|{_PART}".split("|"))
_QUOTED = re.compile(r"[\"“„«]\s*([^\"“”„«»]{3,70}?)\s*[\"”“»]")
_TO_STEP = re.compile(rf"\b(?P<kind>{STEP})s?\s+(?P<number>\d{{1,2}})(?![\w.]*\d|%|\s*(?:x\b|times))")
_TO_SECTION = re.compile(
    rf"(?:\b|(?=§))(?P<kind>{_SECTION})\s*(?P<number>\d{{1,2}}(?:\.\d{{1,2}}){{0,2}})(?![\d%])"
)
_TO_PART = re.compile(rf"\b(?P<kind>{_PART})\s+(?P<number>\d{{1,2}}|[a-z])\b(?!['’.]\w)")
# "step 4 of "Checkout fails"", "step 5 of phase 1", "paso 2 del apartado 3"
_OF = re.compile(
    rf"\s*(?:,|\()?\s*(?:of|in|from|under|von|in der|aus|de la|del|de|da|do)\s+(?:the\s+|la\s+|el\s+)?(?:(?P<kind>{_PART}|{_SECTION})\s+(?P<number>\d{{1,2}}|[a-z])\b|\W?(?P<title>[\"“„«]))"
)
# What is said of another document is not looked for in this one.
_ELSEWHERE = re.compile(
    r"https?://|\]\((?!#)|\b(?:wiki|confluence|notion|manual|handbook|documentation|the docs|guide|policy|policies|contract|sop|rfc|iso|pci|gdpr|dsgvo|law|act|standard|readme|"
    r"dashboard|grafana|kibana|runbook (?:for|of)|the other runbook|vertrag|gesetz|handbuch|ley|loi|norme)\b|\bdocument\b"
)
# A number or a letter of a part, or a title: every reference has one.
_MAY_REFER = re.compile(
    rf"(?:{STEP})s?\s+\d|(?:{_SECTION})\s*\d|(?:{_PART})\s+(?:\d|[a-z]\b)|\b\d{{1,2}}\.\d{{1,2}}\b|[\"“„«]"
)
_LOOKS_LIKE_TITLE = re.compile(
    rf"\b(?:(?:above|below|oben|unten|mas arriba|mas abajo|ci-dessus|ci-dessous|acima|abaixo)\W+(?:in|under|at|unter|en|dans|sous|em)|(?:{_SECTION})|(?:{STEP})s? \d+ (?:of|in|from)|go (?:back )?to the section|siehe|as (?:described|explained|shown|told) (?:in|under))\b\W*(?:\w+\W+){{0,2}}$"
)


def dead_references(view: View) -> Iterator[Diagnostic]:
    """TOC404: a step, section, phase, checklist or title that this document does not have."""
    for raw in view.prose_saying(
        (
            *_KINDS,
            "étape",
            "sección",
            "seção",
            "above",
            "below",
            "oben",
            "arriba",
            "dessus",
            "siehe",
            "go to",
            "weiter",
            "ir a ",
            "see ",
            "voir ",
            "follow ",
        )
    ):
        if raw.text.lstrip().startswith(("#", "|")):
            continue
        told = fold(plain(raw.text))
        if not _MAY_REFER.search(told) or _ELSEWHERE.search(told):
            continue
        for said in _dead(told, raw, view.outline, view):
            yield view.remark("TOC404", raw.span, said)


def _dead(told: str, raw: RawLine, known: Outline, view: View) -> Iterator[str]:
    for found in _TO_STEP.finditer(told):
        if _own(told, found.start()):
            continue
        wanted = int(found["number"])
        of = _OF.match(told, found.end())
        if of is not None and of["title"]:
            quoted = _QUOTED.search(told, of.start("title"))
            holders = known.titled(quoted[1]) if quoted else []
            if quoted and not holders:
                continue  # told below, as a title
        elif of is not None:
            holders = _of_kind(known, of["kind"], of["number"])
        else:
            holders = [part for part in known.around(raw.number) if part.steps and part.level > 1]
        if not holders:
            continue
        if not any(wanted in part.steps for part in holders) and max(map(_most, holders)) >= 2:
            where = f' of "{holders[0].title}"' if of is not None else " here"
            yield f"There is no {found['kind']} {wanted}{where}: the last one is {max(map(_most, holders))}."
    yield from _dotted(told, view)
    numbered = [part for part in known.parts if part.number]
    for found in _TO_SECTION.finditer(told):
        if (
            not _own(told, found.start())
            and (len(numbered) >= 2 or (not numbered and "." in found["number"]))
            and not _has_section(numbered, found["number"])
        ):
            yield f"There is no {found['kind']} {found['number']} in this document."
    for found in _TO_PART.finditer(told):
        kind, number = found["kind"], found["number"]
        if number.isalpha() and not re.search(rf"\s{number.upper()}\b", raw.text):
            continue  # "phase a": an article
        siblings = [p for p in known.parts if re.search(rf"\b{kind}\s+(?:\d{{1,2}}|[a-z])\b", fold(p.title))]
        # Whoever sends a reader behind the text means a part of it, be it the only one; of other kinds one may be spoken of.
        enough = len(siblings) >= 2 or (
            re.fullmatch(_BEHIND, kind) is not None and not _begins(view, kind, number)
        )
        if not _own(told, found.start()) and enough and not _of_kind(known, kind, number):
            yield f"There is no {kind} {number.upper()} in this document."
    for quoted in _QUOTED.finditer(told):
        before = told[max(0, quoted.start() - 60) : quoted.start()]
        if _LOOKS_LIKE_TITLE.search(before) and not _stands(quoted[1], known, view):
            yield f'"{quoted[1]}" is no part of this document.'


def _begins(view: View, kind: str, number: str) -> bool:
    """Whether a line that is no heading begins with the name of a part: "**Appendix C:** the header"."""
    begins = re.compile(rf"\W*{kind}\s+{number}\b")
    return any(begins.match(fold(plain(raw.text))) for raw in view.prose)


_GO_TO = re.compile(
    r"\b(?:go (?:back )?to|see|do|follow|continue (?:with|at)|siehe|weiter (?:mit|bei)|ir a|vease|voir) (?P<number>\d{1,2}\.\d{1,2})\b(?!\s*(?:gb|mb|%|s\b|ms|seconds|min))"
)


def _dotted(told: str, view: View) -> Iterator[str]:
    """ "Go to 3.6", where the paragraphs are numbered 3.1 to 3.4."""
    for found in _GO_TO.finditer(told):
        major = found["number"].partition(".")[0]
        begins = re.compile(rf"[\W]*{major}\.(\d{{1,2}})\b")
        there = {at[1] for raw in view.prose if (at := begins.match(raw.text))}
        if len(there) >= 2 and found["number"].partition(".")[2] not in there:
            yield f"There is no {found['number']} in this document: the last one is {major}.{max(there, key=int)}."


def _own(told: str, at: int) -> bool:
    """Whether a line begins with these words: it is that step, and refers to none."""
    return not re.search(r"\w", told[:at])


def _most(part: Part) -> int:
    return max(part.steps, default=0)


def _of_kind(known: Outline, kind: str, number: str) -> list[Part]:
    if re.fullmatch(_SECTION, kind):
        return [part for part in known.parts if part.number == number]
    return [part for part in known.parts if re.search(rf"\b{kind}\s+{number}\b", fold(part.title))]


def _has_section(numbered: list[Part], wanted: str) -> bool:
    if any(part.number == wanted or part.number.startswith(f"{wanted}.") for part in numbered):
        return True
    above, _, last = wanted.rpartition(".")
    return any(part.number == above and last.isdigit() and int(last) in part.steps for part in numbered)


def _stands(title: str, known: Outline, view: View) -> bool:
    """Whether a title is that of a part, or at least the start of a line or label somewhere."""
    if known.titled(title):
        return True
    wanted = fold(title)
    return any(fold(plain(raw.text)).lstrip(" -*0123456789.|").startswith(wanted) for raw in view.prose)


_MUST_BE_BEFORE = re.compile(
    rf"(?:\b(?:only after|not before|after|once|nach|erst nach|apres|une fois|despues de|tras|depois de|apos)\b(?:[^.;,:]|,(?! ?(?:go|continue|start))){{0,40}}?|"
    rf"\b(?:from|in|by|at|during|that|which|of|aus|bei|a|de la|del)\s+(?:the\s+|you (?:get|got|noted|see|wrote) (?:in|at|from)\s+)?)\b(?P<kind>{STEP}|phase|fase)\s+(?P<number>\d{{1,2}})\b"
)
_NEEDED = re.compile(
    r"\b(?:not(?:ed?|ing)|name|id|ids|number|value|output|result|list|revision|token|address|key|file|time|count|figure|dump|backup|restore|confirm\w*|which|that|prints?|gives?|seen|shown|found|learned|get|got|wrote|written|copied|"
    r"only after|once|nach|apres|despues|tras|verifi\w*|ausgabe|nummer|wert|valor|salida|resultado|valeur|numero)\b"
)
_GOES_ON = re.compile(
    r"\b(?:go(?:es)?|skip|continue|jump|proceed|move|weiter|carry on|pas(?:ar|sez)|seguir|continu\w+|ir|aller|springe|until|before|bevor|vor|antes|avant|used? in|needed in|need (?:it|this|that) in|is for|for step|again in|needed for|later)\b"
)


def later_steps(view: View) -> Iterator[Diagnostic]:
    """TOC208: a step asks for what only a later step gives."""
    for raw in view.prose_saying(("step", "phase", "fase", "schritt", "étape", "etape", "paso", "passo")):
        if raw.text.lstrip().startswith(("#", "|")):
            continue
        told = fold(plain(raw.text))
        found = next((f for f in _MUST_BE_BEFORE.finditer(told) if not _own(told, f.start("kind"))), None)
        said = found or re.search(
            rf"\b(?:name|id|number|value|list|output|file|key|token)\b[^.;]{{0,30}}\bthat (?P<kind>{STEP}|phase) (?P<number>\d{{1,2}}) (?:prints|gives|shows|makes|lists|writes|returns)",
            told,
        )
        if (
            said is None
            or not _NEEDED.search(told)
            or _GOES_ON.search(re.split(r"[.;]\s", told[: said.end()])[-1])
        ):
            continue
        if _OF.match(told, said.end()):
            continue
        here = _number_of(said["kind"], raw, view.outline, view)
        wanted = int(said["number"])
        if here is not None and here[0] < wanted and wanted in here[1]:
            message = (
                f"{said['kind'].capitalize()} {here[0]} asks for what only {said['kind']} {wanted} gives."
            )
            yield view.remark("TOC208", raw.span, message, level=Level.WARNING)


def _number_of(kind: str, raw: RawLine, known: Outline, view: View) -> tuple[int, set[int]] | None:
    """The number of the step or phase a line stands in, with those of its siblings."""
    if kind in ("phase", "fase"):
        numbered = {
            part.first: int(found[1])
            for part in known.parts
            if (found := re.search(r"\b(?:phase|fase)\s+(\d{1,2})\b", fold(part.title)))
        }
        here = next(
            (numbered[part.first] for part in known.around(raw.number) if part.first in numbered), None
        )
        return (here, set(numbered.values())) if here is not None else None
    for part in known.around(raw.number):
        starts = [
            (line, number) for number, lines in part.steps.items() for line in lines if line <= raw.number
        ]
        if len(part.steps) >= 2 and starts and (part.level > 1 or _alone(part, known)):
            once = {number for number, lines in part.steps.items() if len(lines) == 1}
            number = max(starts)[1]
            return (number, once) if number in once else None
    return None


def _alone(part: Part, known: Outline) -> bool:
    """Whether a document of one heading has its steps below the title."""
    return all(other is part or not other.steps for other in known.parts)


RULES = (dead_references, later_steps)
