"""TOC203 and TOC210 among likes: one is taken out and another put back; of three that get the same, one gets something else or nothing."""

import re
from collections import Counter
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import Deed, Doing, alike, deed, puts_back
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.rows import rows_of
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.wording import fold

_FEW = 60  # actions of one procedure that are compared
_MOVES = re.compile(
    r"\b(?:fail(?:ing)?[ -]?over|switch(?:ing)?[ -]?over|take ?over|move|moving|migrat\w*|promot\w*|hand ?over|relocat\w*|umschalt\w*|umzieh\w*|schwenk\w*|mover|bascul\w*)\b"
)

_Done = tuple[Line, Action, Command, Deed]


def other_put_back(view: View) -> Iterator[Diagnostic]:
    """One of a row is taken out, and another of it is put back."""
    for procedure in view.procedures:
        done = [
            (line, action, command, found)
            for line in procedure.lines[:_FEW]
            for action, command in line.commands
            if (found := deed(command)) is not None and found.doing in (Doing.OUT, Doing.BACK)
        ]
        if len(done) < 2:
            continue
        for place, (line, action, command, back) in enumerate(done):
            out = _taken_instead(procedure, done[:place], (line, action, command, back))
            if out is None or any(puts_back(d, out[3]) and _same(d, out[3]) for *_, d in done[place + 1 :]):
                continue
            one, other = _apart(back, out[3])
            message = f"{other} went out in line {out[1].span.first_line}; this brings {one} in."
            yield view.at("TOC203", line, action, command.start, message)


def _taken_instead(procedure: Procedure, before: list[_Done], after: _Done) -> _Done | None:
    """What was taken out where this puts back another one of the same row; None if it puts back what was taken."""
    line, _, _, back = after
    outs = [done for done in before if puts_back(back, done[3]) and back.frame == done[3].frame]
    backs = [done[3] for done in before if done[3].doing is Doing.BACK]
    if any(_same(back, done[3]) for done in outs):
        return None
    for done in reversed(outs):
        if (
            not _apart(back, done[3])[0]
            or procedure.exclusive(done[0], line)
            or any(_same(b, done[3]) for b in backs)
        ):
            continue
        if back.place == done[3].place or not _MOVES.search(
            fold(f"{procedure.section.title} {line.section.title} {line.words}")
        ):
            return done
    return None


def _same(one: Deed, other: Deed) -> bool:
    return one.names == other.names and one.place == other.place


def _apart(one: Deed, other: Deed) -> tuple[str, str]:
    """The only two names in which two deeds differ, if they are of one row; else two empty ones."""
    left, right = (*one.names, one.place), (*other.names, other.place)
    if len(left) != len(right):
        return "", ""
    apart = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    return apart[0] if len(apart) == 1 and alike(*apart[0]) else ("", "")


_SSH = re.compile(r"^\s*ssh\s+(?:-\S+\s+)*(?:\S+@)?(?P<host>[A-Za-z][\w.-]*)\s+(?P<rest>\S.*)$", re.DOTALL)
_SOME = re.compile(
    r"\b(?:other|others|except|without|but not|only|passive|remaining|rest|two of|standby|spare|one by one|first|andere\w*|ohne|nur|otr[oa]s?|solo|except[oe]|sin)\b"
)


def one_unlike(view: View) -> Iterator[Diagnostic]:
    """Machines of one row get the same in one breath: one gets another thing, or one of the row is left out."""
    known: list[tuple[str, ...]] | None = None
    for procedure in view.procedures:
        for group in _breaths(procedure):
            told = fold(f"{above(view, group[0][0])} {group[0][0].step.title}")
            rests = Counter(rest for *_, rest in group)
            usual, times = rests.most_common(1)[0]
            if len(group) >= 3 and times == len(group) - 1 and times >= 2:
                line, action, host, rest = next(each for each in group if each[3] != usual)
                if _one_word_apart(usual, rest) and host not in told:
                    message = f"{host} gets `{_short(rest)}`, the others `{_short(usual)}`."
                    yield view.at("TOC203", line, action, 0, message, level=Level.WARNING)
            known = rows_of(view) if known is None else known
            same = {host for _, _, host, rest in group if rest == usual}
            row = next((row for row in known if len(row) >= 3 and same < set(row)), None)
            if row is None or len(same) < 2 or len(row) - len(same) != 1 or _SOME.search(told):
                continue
            (missing,) = set(row) - same
            texts = [action.text for line in procedure.lines[:_FEW] for action in line.step.actions]
            if not any(missing in text and usual in " ".join(text.split()) for text in texts):
                message = f"Of {', '.join(row)} this leaves out {missing}."
                yield view.on("TOC210", group[-1][0], message, level=Level.WARNING)


_EDITS = re.compile(r"\bsed\s+(?:-\w+\s+)*-i|\btee\b(?!\s+/tmp)|\bupdate-alternatives\b|>\s*/etc/")


def edited_on_one(view: View) -> Iterator[Diagnostic]:
    """Of two machines that run the same, a file is changed on one, and the procedure never touches the other."""
    pairs: list[tuple[str, ...]] | None = None
    for procedure in view.procedures:
        for line in procedure.lines[:_FEW]:
            for action in line.step.actions:
                found = _SSH.match(action.text)
                if found is None or not _EDITS.search(found["rest"]):
                    continue
                pairs = [row for row in rows_of(view) if len(row) == 2] if pairs is None else pairs
                host = found["host"]
                pair = next((row for row in pairs if host in row and alike(*row)), None)
                other = next((name for name in pair if name != host), "") if pair is not None else ""
                told = fold(f"{above(view, line)} {line.step.title}")
                if not other or _SOME.search(told) or host in told or other in procedure.text:
                    continue
                message = f"This changes a file on {host}; {other} runs the same and keeps the old one."
                yield view.at("TOC210", line, action, 0, message, level=Level.WARNING)


_Sent = tuple[Line, Action, str, str]


def _breaths(procedure: Procedure) -> Iterator[list[_Sent]]:
    """Commands sent to machines, line below line, that change something."""
    group: list[_Sent] = []
    last = 0
    for line in procedure.lines[:_FEW]:
        for action in line.step.actions:
            found = _SSH.match(action.text)
            near = action.span.first_line - last <= 1
            if group and (found is None or not near):
                yield group
                group = []
            last = action.span.last_line
            if found is not None and line.step.judgement.effect is not Effect.OBSERVE:
                group.append((line, action, found["host"], " ".join(found["rest"].split())))
    if group:
        yield group


def _one_word_apart(usual: str, other: str) -> bool:
    """Whether two commands are one with another name in it."""
    left, right = usual.split(), other.split()
    return len(left) == len(right) > 1 and sum(a != b for a, b in zip(left, right, strict=True)) == 1


def _short(text: str) -> str:
    return text.strip("'\"")[:40]


RULES = (other_put_back, one_unlike, edited_on_one)
