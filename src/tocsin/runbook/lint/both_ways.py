"""TOC310, TOC204 between sentences and settings: the way back is the same command as the way there; one name is told, its twin is set."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.deeds import alike
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import above, named, sentences
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_BACK = re.compile(
    r"\b(?:back|undo|revert|roll ?back|rollback|return(?: to)?|out of|out again|in again|off again|on again|off\b.{0,12}\bonce|as before|lift|end (?:the )?maintenance|restore the|normal again|zuruck\w*|ruckgangig|volver|restaurar|deshacer|revenir|retour|annuler|voltar)\b"
)
# What restarts, applies or asks is done twice on purpose; what sets a state is done twice for nothing.
_AGAIN = re.compile(
    r"(?<![\w/.-])(?:restart|reload|apply|start|sync|rollout|deploy|upgrade|test|run|install|systemctl|cp|mv|rsync|psql|mysql|tee|reboot|renew|retry|requeue|flush\w*|purge\w*|delete|invalidate|check|status|rewrite|save|persist|write|commit)(?![\w/.-])",
    re.IGNORECASE,
)
_SYMMETRIC = re.compile(r"\b(?:swap|toggle|flip|exchange|switch-?over|fail-?over)\b", re.IGNORECASE)
_SENDS = re.compile(
    r"-X ?(?:PUT|POST|PATCH)\b.*(?:\s-d\b|--data|--json)|(?:\s-d\b|--data\S*|--json)", re.DOTALL
)
_ON_PURPOSE = re.compile(r"\b(?:same command|the same again|once more|ein zweites mal|derselbe befehl)\b")
_OTHER = re.compile(
    r"\b(?:on|in|at|for|of|auf|bei|en|dans|sur) (?:the|der|die|dem|den|el|la|le|l') ?(?:other|second|remaining|ander\w*|zweit\w*|otr[oa]|segund[oa]|autre|deuxieme) (?!option|way|hand|case|words?\b)[a-z]+\b"
)


def same_both_ways(view: View) -> Iterator[Diagnostic]:
    """What is said to take a change back sets the same value again; what is said of the other one is done to the same."""
    done: dict[str, tuple[Line, Action, str]] = {}
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect in (Effect.OBSERVE, Effect.DESTROY):
            continue
        told = fold(f"{above(view, line)} {line.step.title if line.step.title_from != 'command' else ''}")
        other = False  # whether something else was set in this step before
        for action in line.step.actions:
            text = " ".join(action.text.split())
            if action.judgement.effect is Effect.OBSERVE or "$" in text or _SYMMETRIC.search(text):
                other = other or action.judgement.effect is not Effect.OBSERVE
                continue
            before = done.get(text)
            if before is not None and not other:
                yield from _repeated(view, (line, action, told), before)
            elif before is not None:
                continue  # what was set back is brought into force by the same command
            elif not _takes_back(line, told):
                done[text] = (line, action, told)
            else:
                other = True


def _takes_back(line: Line, told: str) -> bool:
    return (
        _BACK.search(told) is not None
        or line.step.role is Role.ROLLBACK
        or _BACK.search(fold(line.section.title)) is not None
    )


def _repeated(
    view: View, again: tuple[Line, Action, str], before: tuple[Line, Action, str]
) -> Iterator[Diagnostic]:
    line, action, told = again
    number, other = before[1].span.first_line, _OTHER.search(told)
    if other is not None and not _OTHER.search(before[2]):
        message = f'The text says "{other[0]}", the command is that of line {number}.'
        yield view.at("TOC203", line, action, 0, message, level=Level.WARNING)
    if not _takes_back(line, told) or not _sets(" ".join(action.text.split())) or _ON_PURPOSE.search(told):
        return
    message = f"Line {number} does the same: this takes nothing back."
    yield view.at("TOC310", line, action, 0, message, level=Level.WARNING)
    message = f"What is to take this back (line {action.span.first_line}) is the same command: one of the two is wrong."
    yield view.at("TOC204", before[0], before[1], 0, message, level=Level.WARNING)


def _sets(text: str) -> bool:
    if re.search(r"\bcurl\b", text):
        return _SENDS.search(text) is not None
    return "set env" in text or not _AGAIN.search(text)


_ASSIGNED = re.compile(r"`([A-Za-z_][\w.-]*=[\w.:/-]+)`")


def same_value_back(view: View) -> Iterator[Diagnostic]:
    """A sentence says to go back with a setting, and the step before has set just that."""
    for raw in view.prose_with(("=",)):
        if not (found := _ASSIGNED.search(raw.text)) or not _BACK.search(fold(plain(raw.text))):
            continue
        line = next(
            (
                one
                for _, one in view.steps_with((found[1],))
                if one.step.actions
                and one.step.actions[0].span.first_line < raw.number
                and re.search(rf"(?<![\w.-]){re.escape(found[1])}(?![\w.-])", one.text)
            ),
            None,
        )
        if line is not None and line.step.judgement.effect is not Effect.OBSERVE:
            message = (
                f"The way back in line {raw.number} is {found[1]}, and so is this: one of the two is wrong."
            )
            yield view.on("TOC204", line, message, level=Level.WARNING)


_INSTEAD = re.compile(
    r"\b(?:from|instead|not|other|away|replaces?|old|statt|anstatt|von|desde|en vez|au lieu|both|and|than)\b"
)
_LIKE = re.compile(
    r"(?<![\w./=-])[A-Za-z][\w.]*(?:-[\w.]+)+(?![\w/-])|(?<![\w./-])[A-Za-z][\w-]*\d+(?![\w-])"
)


def twin_is_set(view: View) -> Iterator[Diagnostic]:
    """TOC204: "make `tsa-b` the first one", and the command names `tsa-a`."""
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        told = above(view, line)
        last = sentences(told)[-1:] if "`" in told else ()
        names = [name for name in named(told) if last and fold(name) in last[0]]
        if len(names) != 1 or _INSTEAD.search(last[0]) or names[0] in line.text:
            continue
        other = next(
            (
                word
                for word in _LIKE.findall(line.text)
                if alike(word, names[0]) and word not in told.split("`")[-2:]
            ),
            None,
        )
        if other is not None:
            yield view.on(
                "TOC204", line, f"The text speaks of {names[0]}, the command of {other}.", level=Level.WARNING
            )


_STOP_SAID = re.compile(
    r"^\W*(?:\d+[.)]\s*)?(?:first,? |then,? |now,? )?(?:stop|pause|halt|suspend)\b|\b(?:anhalten|stoppen|pausieren)\b|^\W*(?:detener|parar|pausar|arreter|suspendre)\b"
)
_START_SAID = re.compile(
    r"\b(?:re-?start\w*|start\w*|resume\w*|again|neu|wieder|arranc\w*|reinici\w*|inici\w*|demarr\w*|redemarr\w*|relanc\w*|if|wenn|falls|si)\b"
)
_STARTS = re.compile(r"(?<![\w-])(?:re)?start(?![\w-])")
_STOPS = re.compile(r"stop|pause|disable|scale|halt|mask|down|suspend|kill|quiesce|hold", re.IGNORECASE)


def stop_said(view: View) -> Iterator[Diagnostic]:
    """TOC204: the sentence stops, the command starts or restarts."""
    for _, line in view.steps_with(("start",)):
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE or _STOPS.search(line.text):
            continue
        said = sentences(above(view, line))[-1:]
        if (
            said
            and _STARTS.search(line.text)
            and _STOP_SAID.search(said[0])
            and not _START_SAID.search(said[0])
        ):
            message = f'The text says "{said[0][:60].rstrip(" :.")}", the command starts it.'
            yield view.on("TOC204", line, message, level=Level.WARNING)


RULES = (same_both_ways, same_value_back, twin_is_set, stop_said)
