"""TOC1xx about what can be followed: holes, syntax, verification, choices, the way back, contradictions."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Action, Choice, Role, Section, StepKind
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.shell import Reading, read
from tocsin.runbook.lint.told import takes_back
from tocsin.runbook.policy.text import duration, level_names
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_ASIDES = re.compile(r"'[^']*'|\"[^\"]*\"|#.*")
_ELLIPSIS = re.compile(r"(?<![\w.*/\[{(\"'])(?:\.\.\.|…)(?![\w.\])}/])")


def holes(view: View) -> Iterator[Diagnostic]:
    """TOC101: an ellipsis where arguments are meant, or a placeholder no earlier step offers a value for."""
    seen: set[tuple[int, str]] = set()
    for _, line in view.lines():
        for action in line.step.actions:
            if line.step.kind not in (StepKind.SHELL, StepKind.MANUAL):
                continue
            found = None
            if "..." in action.text or "…" in action.text:
                found = _ELLIPSIS.search(_ASIDES.sub(lambda m: " " * len(m[0]), action.text))
            if found is not None and action.text.strip() not in ("...", "…"):
                message = (
                    "The ellipsis stands for arguments nobody can fill in; the step cannot be run as written."
                )
                yield view.at("TOC101", line, action, found.start(), message)
        for action, command in line.commands:
            if (
                command.wrapper is not None
                and command.wrapper.name in ("ssh", "sh", "bash")
                and {"...", "…"} & set(command.words)
            ):
                message = (
                    "The ellipsis stands for arguments nobody can fill in; the step cannot be run as written."
                )
                yield view.at("TOC101", line, action, command.start, message)
                break
        for hole in line.step.placeholders:
            spelling = hole.spellings[0] if hole.spellings else hole.name
            filled = (
                bool(hole.offered_by) or hole.default is not None or spelling.startswith(("$", "...", "…"))
            )
            if filled or not line.step.actions:
                continue
            action = next((a for a in line.step.actions if spelling in a.text), line.step.actions[0])
            if _USAGE.search(action.text) or re.search(
                rf"{re.escape(spelling)}\.(?:md|rst|txt|ya?ml|json)\b", action.text
            ):
                continue  # how a program is called in general; a file that is called so
            if hole.type == "date" and _NAMES_SOMETHING_NEW.search(action.text):
                continue  # the date of the incident is meant
            if re.search(rf"\bread\b[^\n]*-p[^\n]*{re.escape(spelling)}", action.text):
                continue  # the question that is asked for it says how it is written
            if _SAYS_WHERE.search(spelling):
                continue  # "<commit from step 2>" says from where itself
            telling = hole.type in _LISTED_FIRST or _LISTED_NAME.search(hole.name)
            if not telling and hole.type != "text":
                continue
            key = (action.span.first_line, hole.name)
            if key not in seen:
                seen.add(key)
                message = f"{spelling} has to be filled in and nothing before it says from where."
                # The open parameter stops the step by itself until a person gives a value. Names of things an
                # alert or the inventory knows are worth a note only.
                level = None if telling else Level.NOTE
                offset = max(action.text.find(spelling), 0)
                yield view.at("TOC101", line, action, offset, message, blocks=False, level=level)


_SAYS_WHERE = re.compile(
    r"\b(?:from|of|in|see) (?:the )?(?:(?:step|section|item|page|table|line) )?\d|\babove\b|\bfrom (?:the )?(?:list\w*|output|step|alert|ticket|page|table)\b|"
    r"^<(?:[\w-]+ ){1,4}(?:of|that|which) (?:the |is |are )?[\w ]+>$",
    re.IGNORECASE,
)
_USAGE = re.compile(r"\[(?:flags|options|OPTIONS|FLAGS|args|--[\w-]+)\b[^\]]*\]")
# Values nobody knows by heart: they come from a listing, which has to stand before the step.
_LISTED_FIRST = frozenset({"commit", "ref", "version", "snapshot", "backup", "date", "path"})


_LISTED_NAME = re.compile(
    r"commit|revision|version|release|\btag|_tag|backup|snapshot|dump|description|message$", re.IGNORECASE
)


_NAMES_SOMETHING_NEW = re.compile(
    r"checkout -b|switch -c|\bmkdir\b|\bcreate|\bbranch\b|\bpush\b|\bcommit\b|\btag\b|(?:^|[\s\d&])>{1,2}\s*\S*$|-dump\b|pg_dump|mysqldump|\btar -?c"
)


_BLOCK = re.compile(r"\b(?:if|for|while|until|case)\b")


def syntax(view: View) -> Iterator[Diagnostic]:
    """TOC102: quotations and blocks that never close."""
    for _, line in view.lines():
        if line.step.kind is not StepKind.SHELL:
            continue
        for action, reading in line.readings:
            if reading.broken:
                yield view.at("TOC102", line, action, 0, f"The shell cannot read this: {reading.broken}.")
                continue
            yield from _broken_inside(view, line, action, reading)
            if _BLOCK.search(action.text) is None:
                continue
            starts = {
                word: len(re.findall(rf"(?m)(?:^|[;&|]\s*|\bdo\s+|\bthen\s+){word}\b", action.text))
                for word in ("if", "for", "while", "until", "case")
            }
            ends = {
                word: len(re.findall(rf"(?:^|[\s;]){word}(?:\s|;|$)", action.text))
                for word in ("fi", "done", "esac")
            }
            if (
                starts["if"] > ends["fi"]
                or starts["for"] + starts["while"] + starts["until"] > ends["done"]
                or starts["case"] > ends["esac"]
            ):
                yield view.at("TOC102", line, action, 0, "A block is opened here and never closed.")


def _broken_inside(view: View, line: Line, action: Action, reading: Reading) -> Iterator[Diagnostic]:
    """The text that is handed to a shell elsewhere: `ssh host 'echo "half'`."""
    for command in reading.commands:
        handed = command.words[-1] if command.name in ("ssh", "sh", "bash") and len(command.words) > 2 else ""
        if " " in handed and ("'" in handed or '"' in handed) and (inside := read(handed).broken):
            where = "there" if command.name == "ssh" else "inside"
            yield view.at(
                "TOC102", line, action, command.start, f"The shell {where} cannot read this: {inside}."
            )


_REVERSE_WORDS = re.compile(
    r"\b(?:swap|revert|restore|roll ?back|undo|re-?enable|reset|switch|remove|scale|redeploy|re-?apply|put|set|delete|"
    r"change|bring|restart|run|repeat|turn|volver|poner|restaur|deshac|remett|wieder|umstell|zuruck|revenir|revertir|voltar|reverter)\w*\b"
)


def rollback_in_words(view: View) -> Iterator[Diagnostic]:
    """TOC107: a rollback or re-enable heading that holds a sentence and no command."""
    for section in view.sections:
        own = Role.ROLLBACK in section.roles and bool(
            re.search(r"roll|revert|undo|re-?enable|back|restore|ruck|retour|revers", fold(section.title))
        )
        if own and not any(step.actions for step in section.steps()) and not _command_in_words(section.text):
            words = plain(re.sub(r"^[#*\s]*[^\n:]*:?\**\s*", "", section.text, count=1)) or section.title
            if (
                _REVERSE_WORDS.search(fold(section.text))
                and not _NOTHING_TO_UNDO.search(fold(section.text))
                and not _BY_HAND_THERE.search(section.text)
            ):
                span = section.span
                message = f'The way back is words only: "{" ".join(words.split())[:80]}".'
                yield view.remark("TOC107", span, message)
    inside: set[int] | None = None  # the lines of rollback sections, once somebody asks
    for at, raw in enumerate(view.raw):
        found = _WAY_BACK_FIELD.match(raw.text.strip()) if not raw.fenced and ":" in raw.text else None
        if (
            found is None
            or "`" in found[2]
            or _BY_HAND_THERE.search(found[2])
            or _NOTHING_TO_UNDO.search(fold(found[2]))
        ):
            continue
        below = next((after for after in view.raw[at + 1 : at + 4] if after.text.strip()), None)
        if below is not None and _FENCE_MARK.match(below.text):
            continue  # the command stands below the words
        inside = _rollback_lines(view) if inside is None else inside
        if raw.number not in inside:
            yield view.remark("TOC107", raw.span, f'The way back is words only: "{plain(found[2])[:80]}".')


# "*Resume*, after the release manager agrees": a button has no command
_BY_HAND_THERE = re.compile(
    r"(?<![*\w])[*_]\w[^*_]{1,30}[*_](?!\*)|\b(?:button|console|click|menu|portal)\b", re.IGNORECASE
)
_FENCE_MARK = re.compile(r"\s*(?:```|~~~)|\s{6,}\S")
_WAY_BACK_FIELD = re.compile(
    r"\W*(?:\d{1,2}[.)]\s*)?(?:\*\*|__)?(roll ?back|undo|way back|back ?out|take back|re-?enable|r[uü]ckweg|zur[uü]cknehmen|"
    r"r[uü]ckg[aä]ngig(?: machen)?|retour arri[eè]re|reversi[oó]n|revers[aã]o)(?:\*\*|__)?\s*:(?:\*\*)?\s+(.+)$",
    re.IGNORECASE,
)
# "Nothing to take back", "sessions reconnect by themselves": the text has thought about it.
_NOTHING_TO_UNDO = re.compile(
    r"\b(?:nothing|none|not (?:needed|necessary|possible|applicable)|no (?:way back|undo|rollback|changes?|data)|changes nothing|harmless|is removed by|needs none|in the same way|as above|(?:in )?the same (?:commands?|with|requests?|manner|way)|steps? \d+|schritte? \d+|pasos? \d+|etapes? \d+|does not become|(?:see|repeat|like) step|n/?a\b|never|cannot be|"
    r"can't be|gone for good|for good|changes? no\b|(?:was|were|is|are) (?:not|never) changed|\n\s*(?:a|an|the) (?:\w+ ){1,2}(?:stays?|remains?)\b|harms? nobody|(?:is|are|gets?|will be) re-?(?:built|created|filled|generated|made)\b|re-?creates?\b|by (?:itself|themselves)|automatic\w*|irreversib\w*|nichts|nicht (?:notig|moglich|zuruck\w*)|von selbst|keine?n?)\b"
)


def _rollback_lines(view: View) -> set[int]:
    return {
        number
        for section in view.sections
        if Role.ROLLBACK in section.roles
        for number in range(section.span.first_line, section.span.last_line + 1)
    }


def _command_in_words(text: str) -> bool:
    return bool(re.search(r"`[A-Za-z][\w./-]* [^`]+`|^\s*(?:```|~~~)", text, re.MULTILINE))


_VAGUE = re.compile(
    r"\bas (?:needed|required|appropriate|necessary)\b|\bappropriate(?:ly)? (?:action|step|measure)s?\b|\btake (?:the )?(?:necessary|appropriate)|"
    r"\binvestigate (?:further|the issue|as needed)\b|\bfix (?:the )?(?:issue|problem|root cause)\b|\bhandle (?:it )?accordingly\b|"
    r"\bdo the needful\b|\bmonitor (?:the )?situation\b|\bcontact (?:someone|the right people)\b|\betc\.?$|"
    r"\bwhat(?:ever)? (?:is|seems) (?:appropriate|needed|necessary|required|best)\b|\bas (?:you )?(?:see|think) (?:fit|best)\b|\bhave a look around\b|"
    r"\buse (?:your )?(?:best )?judge?ment\b|\bdo what(?:ever)? (?:it takes|is possible)\b|\bcommon sense\b|\b(?:look|poke) around\b|"
    r"\b(?:bei|nach) bedarf\b|\bentsprechend (?:vorgehen|handeln|reagieren)\b|\bgeeignete massnahmen\b|\bwie ublich\b|\bgegebenenfalls\b"
)


_ONLY_WAIT = re.compile(
    r"\W*(?:\d+[.)]\s*)?(?:wait|be patient|abwarten|warten|esperar|attendre)\W*$", re.IGNORECASE
)


def vague(view: View) -> Iterator[Diagnostic]:
    """TOC108: manual steps that cannot be ticked."""
    for _, line in view.lines():
        if (
            not line.step.actions
            and len(line.step.title.split()) <= 12
            and _VAGUE.search(fold(line.step.title))
        ):
            yield view.on(
                "TOC108",
                line,
                f'"{line.step.title}" cannot be ticked: it says neither what to do nor what to see.',
            )


def vague_words(view: View) -> Iterator[Diagnostic]:
    """TOC108: a paragraph of its own that is nothing but such a phrase ("As needed.")."""
    taken = {line.step.span.first_line for _, line in view.lines() if not line.step.actions}
    for raw in view.raw:
        if raw.fenced or raw.number in taken or not raw.text.strip() or raw.text.lstrip()[0] in "#|>":
            continue
        words = len(raw.text.split())
        if words <= 8 and (_VAGUE.search(fold(raw.text)) or (words <= 3 and _ONLY_WAIT.match(raw.text))):
            message = (
                f'"{plain(raw.text.strip())}" cannot be ticked: it says neither what to do nor what to see.'
            )
            yield view.remark("TOC108", raw.span, message)


# What does not answer is the trouble, and for how long.
_NO_ANSWER = re.compile(
    r"\bnot (?:answer|respon|react)\w*|\bno (?:answer|response|reaction)\b|\bnicht (?:geantwort|antwort|reagier)\w*|antwortet nicht|\bsin respuesta|\bno (?:responde|contesta)|\bne repond\w* p"
)
_RESPONSE_WORD = re.compile(r"respon|\back|answer|react|reagier|reaktion")


def contradictions(view: View) -> Iterator[Diagnostic]:
    """TOC110: a response clock in prose that differs from the severity's own; two replica counts for one thing."""
    levels = {level.name: level for level in view.book.policy.severities if level.response is not None}
    for raw in view.raw:
        if raw.fenced or not levels:
            continue
        names = level_names(raw.text)
        if len(names) != 1 or not _RESPONSE_WORD.search(fold(raw.text)):
            continue
        level = levels.get(names[0])
        limit = duration(raw.text)
        if (
            level is not None
            and raw.number != level.span.first_line
            and limit is not None
            and limit != level.response
            and not re.search(r"updat|resol|post.?mortem|escalat|review|every", fold(raw.text))
            and not _NO_ANSWER.search(fold(raw.text))
        ):
            message = f"{level.name} has another response clock here than in line {level.span.first_line}."
            yield view.remark("TOC110", raw.span, message)
    counts: dict[tuple[str, str], tuple[str, int]] = {}
    for _, line, action, command in view.commands():
        if command.name != "kubectl" or "scale" not in command.words[:4]:
            continue
        number = command.value("--replicas")
        target = next(
            (w for w in command.plain if w not in ("scale", "deployment", "deploy", "statefulset", "sts")), ""
        )
        if not number or not number.isdigit() or number == "0" or not target:
            continue
        if line.step.role is Role.ROLLBACK or takes_back(view, line):
            continue  # the way back sets another number, or it would be none
        key = (target.rsplit("/", 1)[-1], command.value("-n", "--namespace") or "")
        known = counts.setdefault(key, (number, action.span.first_line))
        if known[0] != number:
            message = f"{key[0]} gets {number} replicas here and {known[0]} in line {known[1]}."
            yield view.at("TOC110", line, action, command.start, message, level=Level.WARNING)


_TELLING = frozenset(
    {
        Role.SYMPTOMS,
        Role.IMPACT,
        Role.OVERVIEW,
        Role.REFERENCES,
        Role.PREVENTION,
        Role.POST_INCIDENT,
        Role.SEVERITY,
        Role.MONITORING,
    }
)


def empty_incidents(view: View) -> Iterator[Diagnostic]:
    """TOC121: an incident section without anything to do."""
    for section in view.sections:
        recognised = section.symptoms and not section.roles & _TELLING
        if recognised and not section.steps() and not _does_elsewhere(section):
            yield view.remark(
                "TOC121",
                section.span,
                f'"{section.title}" can be found by its symptoms and has nothing to do.',
            )


def _does_elsewhere(section: Section) -> bool:
    return any(isinstance(node, Choice) for node in section.nodes()) or "](#" in section.text


RULES = (
    holes,
    syntax,
    rollback_in_words,
    vague,
    vague_words,
    contradictions,
    empty_incidents,
)
