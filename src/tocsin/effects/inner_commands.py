"""Commands of the shell itself that can run a text or code: `mapfile -C`, `enable -f`, a subscript that is evaluated.

Source: docs/reference/runbook-language.md, section on programs that hide programs.
"""

from collections.abc import Callable

from tocsin.effects.effect import Effect
from tocsin.effects.inside import wrapped
from tocsin.effects.options import Grammar, parse
from tocsin.effects.reading import Call, Inside, Reading, unknown
from tocsin.effects.variables import read_assignment
from tocsin.effects.words import HOLE

_VALUES = Grammar(
    values=frozenset(
        {"-C", "-c", "-d", "-n", "-O", "-s", "-u", "-f", "-p", "-F", "-A", "-W", "-x", "-t", "-i", "-N"}
    )
)


def _evaluates(call: Call) -> bool:
    """Whether a quoted word holds an expression the shell evaluates again: `a[$(cmd)]`."""
    return any("[" in word.text and ("$(" in word.text or "`" in word.text) for word in call.words)


def _variables(call: Call) -> Reading | None:
    """`read PATH`, `printf -v LD_PRELOAD …`: what is set there holds for what is started later."""
    args = parse(call.words, _SETS)
    names = args.values("-v") if call.name == "printf" else args.operands if call.name in _SETTERS else []
    for name in names:
        reading = read_assignment(name.text, name._replace(text=HOLE, raw=""))
        if reading is not None:
            return reading
    return None


_SETTERS = frozenset({"read", "mapfile", "readarray"})
_SETS = Grammar(values=_VALUES.values | {"-v", "-a"})


def read_inner(call: Call) -> Reading:
    """Looks or touches only the operator's own shell, unless an option runs a text or loads code."""
    if _evaluates(call) and (
        call.name not in ("test", "[", "printf") or any(word.text == "-v" for word in call.words)
    ):
        return unknown(f"{call.name}.evaluated", "the shell would run what stands in a subscript")
    if call.name == "let" and any("$(" in word.text or "`" in word.text for word in call.words):
        return unknown("let.evaluated", "the shell would run what stands in a sum")
    set_here = _variables(call)
    if set_here is not None:
        return set_here
    if call.name not in ("mapfile", "readarray", "enable", "hash", "bind", "complete", "compgen"):
        return Reading(Effect.OBSERVE, call.name)
    if call.name in ("complete", "compgen") and any(
        "$(" in word.text or "`" in word.text for word in call.words
    ):
        return unknown(f"{call.name}.evaluated", "the shell would run what stands in its list of words")
    args = parse(call.words, _VALUES)
    if call.name in ("mapfile", "readarray"):
        texts = args.values("-C")
        return (
            wrapped(call.name, Inside(text=f"{texts[-1].text} {HOLE}"))
            if texts
            else Reading(Effect.OBSERVE, call.name)
        )
    loads = {
        "enable": ("-f", "-n"),
        "hash": ("-p",),
        "bind": ("-x", "-f"),
        "complete": ("-C", "-F"),
        "compgen": ("-C", "-F"),
    }
    if args.has(*loads[call.name]):
        return unknown(f"{call.name}.code", "changes what later commands run")
    return Reading(Effect.OBSERVE, call.name)


HANDLERS: dict[str, Callable[[Call], Reading]] = dict.fromkeys(
    ("mapfile", "readarray", "enable", "hash", "bind", "complete", "compgen", "let", "read", "declare", "typeset", "local",
     "readonly", "export", "unset", "test", "[", "printf", "wait", "getopts"),
    read_inner,
)  # fmt: skip
