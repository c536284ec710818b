"""TOC203 and TOC210 among likes: one is taken out and another put back; of three that get the same, one gets something else or nothing."""

import re
from collections import Counter
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Diagnostic, Level
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.rows import rows_of
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.wording import fold

# `sign` is in every text that puts it in: a plain search is cheaper. What takes a thing out and what puts it in again; `it` is the thing, `at` the machine that is told.
_TOGGLES = tuple(
    (sign.casefold(), re.compile(down, re.IGNORECASE), re.compile(up, re.IGNORECASE))
    for sign, down, up in (
        ("enable server", r"\bdisable server (?P<it>[\w./-]+)", r"\benable server (?P<it>[\w./-]+)"),
        ("SADD", r"-h (?P<it>[\w.-]+)\b.*\bSREM\b", r"-h (?P<it>[\w.-]+)\b.*\bSADD\b"),
        ("SADD", r"\bSREM \S+ (?P<it>[\w.-]+)", r"\bSADD \S+ (?P<it>[\w.-]+)"),
        ("uncordon", r"\b(?:cordon|drain) (?P<it>[\w.-]+)", r"\buncordon (?P<it>[\w.-]+)"),
        ("unpause", r"\bdags pause (?P<it>[\w.-]+)", r"\bdags unpause (?P<it>[\w.-]+)"),
        ("unpause", r"\bdocker pause (?P<it>[\w.-]+)", r"\bdocker unpause (?P<it>[\w.-]+)"),
        ("osd in", r"\bosd out (?P<it>[\w.]+)", r"\bosd in (?P<it>[\w.]+)"),
        ("resume", r"\bsuspend \w+ (?P<it>[\w.-]+)", r"\bresume \w+ (?P<it>[\w.-]+)"),
        ("unmask", r"\bmask (?P<it>[\w@.-]+)", r"\bunmask (?P<it>[\w@.-]+)"),
        ("online", r"\bpool offline \w+ (?P<it>\S+)", r"\bpool online \w+ (?P<it>\S+)"),
        ("register-targets", r"\bderegister-targets\b.*\bId=(?P<it>[\w.-]+)", r"\bregister-targets\b.*\bId=(?P<it>[\w.-]+)"),
        ("state ready", r"\bset server (?P<it>\S+) state (?:maint|drain)", r"\bset server (?P<it>\S+) state ready"),
    )
)  # fmt: skip
_FEW = 60  # actions of one procedure that are compared


def other_put_back(view: View) -> Iterator[Diagnostic]:
    """One of a row is taken out, and another of it is put back."""
    text = view.text.casefold()
    may = [
        (down, up) for sign, down, up in _TOGGLES if sign in text and down.search(text) and up.search(text)
    ]
    for procedure in view.procedures if may else ():
        actions = [(line, action) for line in procedure.lines for action in line.step.actions][:_FEW]
        for down, up in may:
            out = {m["it"]: line for line, action in actions for m in down.finditer(action.text)}
            back = [(line, action, m) for line, action in actions for m in up.finditer(action.text)]
            back_names = {m["it"] for _, _, m in back}
            for line, action, found in back:
                name = found["it"]
                lost = [other for other in out if other not in back_names and _alike(other, name)]
                if name not in out and lost and not procedure.exclusive(out[lost[0]], line):
                    message = f"{lost[0]} went out in line {out[lost[0]].step.span.first_line}; this brings {name} in."
                    yield view.at("TOC203", line, action, found.start(), message)


def _alike(one: str, other: str) -> bool:
    """Whether two names are of one row: equal but for their numbers or one of their labels."""
    if re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other):
        return True
    left, right = re.split(r"[./]", one), re.split(r"[./]", other)
    return len(left) == len(right) > 1 and sum(a != b for a, b in zip(left, right, strict=True)) == 1


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
                pair = next((row for row in pairs if host in row and _alike(*row)), None)
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
