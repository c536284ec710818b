"""What a reader is told right above and right below the fence of a step."""

import re
from functools import lru_cache

from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_FAR = 30  # lines of a fence that are passed on the way up or down
_MARKER = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s+")
_CODE = re.compile(r"`([^`\n]+)`")
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+")


def above(view: View, line: Line) -> str:
    """The paragraph, item or label right above the fence a step stands in, as written; "" where there is none.

    A step with a comment of its own is told by that comment, not by what stands above the fence; a command in a sentence
    by the words of that sentence.
    """
    if line.above is None:
        line.above = _above(view, line)
    return line.above


def _above(view: View, line: Line) -> str:
    if line.step.title_from == "comment" or not line.step.actions:
        return ""
    at = view.place_of(line.step.actions[0].span.first_line)
    if at < len(view.raw) and not view.raw[at].fenced and _CODE.search(view.raw[at].text):
        return line.step.title
    return _walked(view, line.step.actions[0].span.first_line, -1)


def below(view: View, line: Line) -> str:
    """The paragraph right below the fence a step stands in, as written; "" where there is none."""
    return _walked(view, line.step.actions[-1].span.last_line, 1) if line.step.actions else ""


def said_of_it(view: View, line: Line) -> str:
    """The same, if it is said of what stands above it: an item that follows tells of what it does itself."""
    after = below(view, line)
    first = after.split("\n", 1)[0]
    at = view.place_of(line.step.actions[-1].span.last_line) if after else len(view.raw)
    raw = next(
        (raw for raw in view.raw[at + 1 : at + _FAR] if not raw.fenced and raw.text.strip().endswith(first)),
        None,
    )
    return "" if raw is not None and _MARKER.match(raw.text) else after


def _walked(view: View, start: int, way: int) -> str:
    """The first stretch of prose from a line of a fence upwards or downwards."""
    known = view.beside.get((start, way))
    if known is None:
        known = view.beside[(start, way)] = _prose_from(view, start, way)
    return known


def _prose_from(view: View, start: int, way: int) -> str:
    at = view.place_of(start)
    found: list[str] = []
    for _ in range(_FAR):
        if not 0 <= at < len(view.raw):
            break
        raw = view.raw[at]
        at += way
        bare = raw.text.strip()
        if raw.fenced or raw.number == start or bare.startswith(("```", "~~~")):
            if found:
                break
            continue
        if bare.startswith(("#", "|")) or (found and not bare):
            break
        if bare:
            found.append(_MARKER.sub("", bare, count=1) if bare[0] in "-*+" or bare[0].isdigit() else bare)
    return "\n".join(found if way > 0 else reversed(found))


# "Way back:", "Back:", "To take the revert back, revert it in turn:"
_WAY_BACK = re.compile(
    r"\W*(?:(?:the )?way back|back\b|undo|roll ?back|revert|to (?:undo|revert|roll back|go back|take (?:it|this|that|step \d+|the \w+) back)|"
    r"zuruck|(?:der )?ruckweg|(?:zum )?ruckgangig\w*|um (?:es|das|dies) zuruckzunehmen|para (?:volver(?: atras)?|deshacer\w*|desfazer|voltar)|vuelta atras|pour (?:annuler|revenir|defaire)|retour(?: en)? arriere)\b"
)


def takes_back(view: View, line: Line) -> bool:
    """Whether the sentence right above a step, or its label, says that it takes something back."""
    told = sentences(above(view, line))
    labels = [said for said in told[:1] if said.endswith(":")]  # "Way back: stop, swap the names, start."
    return any(_WAY_BACK.match(said) for said in (*labels, *told[-1:]))


@lru_cache(maxsize=1024)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a paragraph, without markup and folded.

    >>> sentences("Look first. **Then** restart:")
    ('look first.', 'then restart:')
    """
    return tuple([each for each in _SENTENCE.split(fold(plain(" ".join(text.split())))) if each])


def named(text: str) -> list[str]:
    """What stands in code in a text and is a name: no blank, no option.

    >>> named("below `config/web`, see `ls -l` and `-f`")
    ['config/web']
    """
    return [name for name in _CODE.findall(text) if not re.search(r"\s", name) and name[:1] not in "-$<{["]
