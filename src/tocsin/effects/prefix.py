"""What stands in front of a command: a wrapper's own options and operands, and where they end.

Source: docs/reference/effects.md, section on wrappers.
"""

from dataclasses import dataclass

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import NO_FLAGS
from tocsin.effects.words import Word


@dataclass(frozen=True, slots=True)
class Prefix:
    """A wrapper whose own options and operands are followed by the command.

    Attributes:
        values, switches: its options with and without a value; any other option makes it unreadable.
        operands: how many operands of its own come first (`timeout 5 cmd`).
        assignments: whether `NAME=value` may come first.
        flags: what the inner command gets.
        dashes: whether the command follows `--` (`op run -- cmd`); otherwise the first operand starts it.
        alone: what it is without a command: OBSERVE, or None for unknown.
    """

    values: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()
    operands: int = 0
    assignments: bool = False
    flags: frozenset[Flag] = NO_FLAGS
    dashes: bool = False
    alone: Effect | None = None


def prefix(values: str = "", switches: str = "", operands: int = 0, *, assignments: bool = False,
            flags: frozenset[Flag] = NO_FLAGS, dashes: bool = False, alone: Effect | None = None) -> Prefix:  # fmt: skip
    """A Prefix, its words given as text."""
    return Prefix(
        frozenset(values.split()), frozenset(switches.split()), operands, assignments, flags, dashes, alone
    )


def skip_options(words: tuple[Word, ...], rule: Prefix, index: int = 0) -> tuple[int, bool]:
    """The index behind the wrapper's own options, and whether all of them are known."""
    clear = True
    while index < len(words):
        text = words[index].text
        if len(text) < 2 or text[0] != "-":
            if text == "-" and "-" in rule.switches:
                index += 1
                continue
            break
        index += 1
        if text == "--":
            break
        name = text.partition("=")[0]
        if text in rule.values:
            index += 1
        elif (
            text in rule.switches
            or (name in rule.values and name != text)
            or name in rule.switches
            or (not text.startswith("--") and text[:2] in rule.values)
        ):
            continue
        elif text.startswith("--"):
            clear = False
        else:
            taken = _letters(text, rule)
            clear = clear and taken >= 0
            index += max(taken, 0)
    return index, clear


def _letters(text: str, rule: Prefix) -> int:
    """How many of the next words `-rn 1` takes for itself, none for `-rn1`; -1 if a letter is not known."""
    for place, letter in enumerate(text[1:], 2):
        if "-" + letter in rule.values:
            return 0 if text[place:] else 1
        if "-" + letter not in rule.switches:
            return -1
    return 0
