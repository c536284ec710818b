"""TOC204: a sentence says that something is done first (drained, stopped, copied), and no command of the step or before it does."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.lint.facts import REACH, Line, View
from tocsin.runbook.lint.told import above, sentences
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

# What is said to be done first, and how any tool says that it does it.
_KINDS = (
    (
        "drain",
        re.compile(
            r"\b(?:drain|cordon|take (?:it|them|the \w+) out(?: of [\w ]{3,30})?|depool|deregister)\b(?: it| them| the \w+)?(?: properly)? first\b|\bfirst,? (?:drain|cordon|depool|deregister|take (?:it|them) out)\b|"
            r"\b(?:vorher|zuerst) (?:\w+ ){0,3}(?:leerlaufen|aus dem (?:verbund|pool|lastverteiler))"
        ),
        re.compile(
            r"drain|cordon|disable|maint|deregister|\bout\b|weight|quiesce|depool|detach|remove|offline|standby|lameduck|unregister|eject|suspend|\bup\b", re.IGNORECASE
        ),
    ),
    (
        "copy",
        re.compile(
            r"\b(?:back ?up|dump|snapshot|copy|save|export) (?:it|them|(?:of )?the \w+(?: \w+)?) (?:first|before)\b|\b(?:take|make|create) a (?:\w+ )?(?:backup|dump|snapshot|copy)(?: of [\w ]{2,30})? first\b|"
            r"\bfirst,? (?:\w+ ){0,2}(?:(?:take|make|create) a (?:\w+ )?(?:backup|dump|snapshot|copy)|back ?up|dump|export|save) |\b(?:a|the) (?:backup|dump|snapshot|copy)(?: of [\w ]{2,30})? is (?:made|taken) (?:first|before)|"
            r"\bantes (?:se )?(?:hace|haga|hacer|sacar|guarda\w*)\b[^.:]{0,20}\b(?:copia|respaldo)|\b(?:vorher|zuvor|zuerst)\b[^.:]{0,30}\b(?:sicher\w*|kopie\w*|dump)|\b(?:d'abord|auparavant|avant cela)\b[^.:]{0,30}\b(?:sauvegard\w*|copi\w*)"
        ),
        re.compile(
            r"dump|back[-_ ]?up|snapshot|\bcp\b|rsync|\btar\b|copy|export|save|into outfile|create table|select .* into|\bmv\b|sync|archive|clone|tee\b|>\s*[\w/$.-]+", re.IGNORECASE | re.DOTALL
        ),
    ),
    (
        "stop",
        re.compile(r"\b(?:stop|pause|suspend|quiesce) (?:it|them|the [\w-]+(?: [\w-]+)?) first\b|\bfirst,? (?:stop|pause|suspend|quiesce)\b"),
        re.compile(r"stop|pause|suspend|scale|disable|quiesce|down|kill|replicas=0|maint|hold|freeze|cordon|drain|stop-|\boff\b", re.IGNORECASE),
    ),
)  # fmt: skip
_WORDS = ("first", "antes", "vorher", "zuvor", "zuerst", "abord", "auparavant", "before", "avant")
_FAR = 30  # lines above a step in which its sentence is looked for
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:see|section|step|as in|like in|above|below|siehe|wie in|vease|voir)\b|\]\("
)


def said_and_not_done(view: View) -> Iterator[Diagnostic]:
    """The sentence above a change says what comes first, and no command of the procedure up to it is of that kind."""
    for procedure, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        told = above(view, line)
        if not any(map(fold(told).__contains__, _WORDS)) or _POINTS_ELSEWHERE.search(told):
            continue
        for said in sentences(told):
            kind = next((each for each in _KINDS if each[1].search(said)), None)
            if kind is None:
                continue
            until = procedure.lines[max(0, line.order - REACH) : line.order + 1]
            if not any(kind[2].search(_done(other.text)) for other in until):
                message = f'The text says "{said[:70].rstrip(" :")}", and no command up to here does that.'
                span = _place(view, line, said)
                yield view.remark("TOC204", span, message, steps=(line.step.id,), level=Level.WARNING)
            break


def _place(view: View, line: Line, said: str) -> Span:
    """The line in which the sentence begins, above the fence of a step."""
    at = view.place_of(line.step.actions[0].span.first_line)
    begin = said.split(",")[0][:30]
    found = (raw for raw in reversed(view.raw[max(0, at - _FAR) : at]) if begin in fold(plain(raw.text)))
    return next((raw.span for raw in found), line.step.actions[0].span)


def _done(text: str) -> str:
    """The text of a step without its comments: what is only said there is not done."""
    return re.sub(r"(?m)(?:^|\s)#.*$", "", text)


_DONE_IN = re.compile(
    r"\b(?:(?:has|have|had) (?:already |now )?been|was|were|is|are|wurden?|worden|ist|sind|fue|fueron|est|a ete|ont ete|foi) (?:already |now |bereits |schon |ya |deja |ja )?"
    r"(?P<verb>moved|drained|stopped|paused|disabled|scaled|removed|switched|failed over|blocked|locked|shut|isolated|fenced|taken|cordoned|suspended|frozen|diverted|rerouted|restarted|deleted|revoked|"
    r"angehalten|gestoppt|abgeschaltet|umgeleitet|gesperrt|entfernt|umgezogen|detenid\w+|parad\w+|desviad\w+|bloquead\w+|arrete\w*|deplace\w*|coupe\w*|bloque\w*|suspendid\w+|movid\w+)?\b"
    r"[^.;:]{0,60}?\b(?:in|by|with|during|durch|mit|en|dans|par|no|na|em) (?:step|schritt|paso|etape|passo) (?P<number>\d{1,2})\b"
)
_STEP_WORDS = ("step", "schritt", "paso", "étape", "etape", "passo")
_WRITES = re.compile(r">|\btee\b|--out|\s-o\s+[\w/.-]+\.\w")


def said_of_a_step(view: View) -> Iterator[Diagnostic]:
    """ "The traffic has been moved away in step 1", and step 1 only lists the servers."""
    for raw in view.prose_saying(_STEP_WORDS):
        found = _DONE_IN.search(fold(plain(raw.text)))
        if found is None or found["verb"] is None:
            continue
        wanted = int(found["number"])
        part = next((part for part in view.outline.around(raw.number) if wanted in part.steps), None)
        begins = [line for line in part.steps[wanted] if line < raw.number] if part is not None else []
        if part is None or len(begins) != 1:
            continue
        ends = min(
            (line for lines in part.steps.values() for line in lines if line > begins[0]),
            default=part.last + 1,
        )
        inside = [
            line
            for _, line in view.lines()
            if begins[0] <= line.step.span.first_line < ends and line.step.span.first_line < raw.number
        ]
        acting = [line for line in inside if line.step.actions]
        if (
            acting
            and len(acting) == len(inside)
            and all(
                line.step.judgement.effect is Effect.OBSERVE and not _WRITES.search(line.text)
                for line in acting
            )
        ):
            message = f'The text says "{found[0][:70]}"; step {wanted} only looks.'
            yield view.remark("TOC204", raw.span, message, level=Level.WARNING)


RULES = (said_and_not_done, said_of_a_step)
