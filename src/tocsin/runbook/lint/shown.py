"""Looks that cannot fail: a status thrown away (TOC301), a number or a code nobody compares (TOC312)."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, below
from tocsin.runbook.words.wording import fold

_ASKS = re.compile(
    r"\b(?:verif\w*|confirm\w*|validat\w*|make sure|ensure|pruf\w*|comprob\w*|(?:check|look|see|test) (?:whether|if|that|it)|did it|(?:is|are) (?:it|they|the \w+) (?:\w+ )?(?:back|there|open|up|green|healthy|again|gone)|it worked)\b"
)
_THROWN = re.compile(
    r"\|\|\s*(?:true|:|exit 0)\s*(?:$|[;\n'\"])|(?<!;);\s*(?:true|exit 0|echo\s+['\"]?[\w .!]+['\"]?)\s*$|-ErrorAction\s+(?:SilentlyContinue|Ignore)\b|>\s*/dev/null\s+2>&1\s*;\s*echo|\|\s*Out-Null\s*$",
    re.MULTILINE,
)
_COMPARES = re.compile(
    r"\b(?:test|grep|if|awk|diff|cmp|jq|expr|throw|xargs|exit 1)\b|\[\[?|-eq\b|-ge\b|-le\b|-gt\b|-lt\b|\$\?|==|until|while"
)


def toothless_looks(view: View) -> Iterator[Diagnostic]:
    """Steps that verify, by their role or the sentence above them, and that are green in any case."""
    for procedure, line in view.lines():
        step = line.step
        if not step.actions or step.expects or step.judgement.effect not in (Effect.OBSERVE, Effect.UNKNOWN):
            continue
        if step.role is not Role.VERIFICATION and not _looks_back(view, procedure, line):
            continue
        first, last = step.actions[0].span, step.actions[-1].span
        text = "\n".join(raw.text for raw in view.lines_of(first.first_line, last.last_line))
        thrown = _THROWN.search(text)
        if thrown is not None:
            message = f"`{thrown[0].strip(' ;|')[:40]}` makes this succeed whatever happened."
            yield view.on("TOC301", line, message)
        else:
            yield from _printed(view, line)


def _looks_back(view: View, procedure: Procedure, line: Line) -> bool:
    """Whether a step that is not called a verification asks if a change before it worked."""
    if not _ASKS.search(fold(f"{line.step.title}\n{above(view, line)[-200:]}")):
        return False
    return any(other.step.judgement.effect.rank >= Effect.CHANGE.rank for other in procedure.before(line))


_NUMBER_TOLD = re.compile(
    r"\d|\b(?:zero|no|none|nothing|empty|same|equal|keine|null|fewer|less|more|below|above|least|most|falls?|drops?|grows?|smaller|higher|lower|prints?|has to|have to|two|three|four|five|six|must|should)\b"
)


_BARE_COUNT = re.compile(r"\s*SELECT\s+COUNT\s*\(\s*[*1]?\s*\)\s+FROM\s+[\w.\"`]+\s*;?\s*$", re.IGNORECASE)


def _printed(view: View, line: Line) -> Iterator[Diagnostic]:
    """A count or a code that is printed and compared with nothing, neither by the command nor by the text around it."""
    if _COMPARES.search(line.text) or _NUMBER_TOLD.search(
        fold(f"{below(view, line)}\n{line.step.title}\n{above(view, line)}")
    ):
        return
    for statement in line.statements:
        if _BARE_COUNT.match(statement.text) and line.step.role is not Role.VERIFICATION:
            message = "A count without a number to compare with is green in any case."
            yield view.at("TOC312", line, statement.action, statement.offset, message, level=Level.WARNING)
            return
    for action, command in line.commands:
        counts = command.name == "wc" and command.has("-l", "-c") and command.last and command.stage > 0
        code = (
            command.name == "curl"
            and "%{http_code}" in " ".join(command.args)
            and command.last
            and not command.has("-f", "--fail")
        )
        asked = command.name == "curl" and any(
            re.search(r"/_count(?:[?'\"]|$)", word) for word in command.args
        )
        if (counts or code or asked) and not command.inner:
            what = "code" if code else "count"
            message = f"A {what} without a value to compare with is green in any case."
            yield view.at("TOC312", line, action, command.start, message, level=Level.WARNING)
            return


RULES = (toothless_looks,)
