"""One refinement of a tool table: its conditions and its outcome.

Source: docs/reference/runbook-language.md, section on tool tables.
"""

import re
from dataclasses import dataclass

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.options import ANY_WORDS, Args
from tocsin.effects.words import HOLE, Word
from tocsin.errors import ConfigError

_SHORTEST = 3  # two dashes and a letter are the beginning of too much
_OFF = frozenset({"false", "none", "no", "off", "0", "n", "f"})


WORDS = {effect.word: effect for effect in Effect}


EXAMPLE = "See tocsin/effects/tools/redis.toml for a table that can be read."


_WHEN_KEYS = frozenset(
    {
        "paths", "options", "value", "kinds", "any_kind", "word", "all_words", "without", "only", "at_least", "at_most",
        "raise", "set", "flags", "preview", "rule", "say",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """One refinement: if all its conditions hold, its outcome applies.

    Conditions: `paths` the subcommand is one of these; `options` one of them is given (a destroying rule also
    sees abbreviations); `value` matches that option's value; `kinds` every kind named by the operands is one
    of these; `any_kind` at least one is; `only` no other option is given; `word` matches some operand; `all_words` matches every operand, of
    which there must be one; `without` none of these options is given; `at_least`, `at_most` operands.
    Outcome: `raise` never lowers; `set` replaces; `preview` is observe, whatever comes later; `flags` are added.
    """

    paths: frozenset[str]
    options: tuple[str, ...]
    value: re.Pattern[str] | None
    kinds: frozenset[str]
    any_kind: frozenset[str]
    word: re.Pattern[str] | None
    all_words: re.Pattern[str] | None
    without: tuple[str, ...]
    only: tuple[str, ...]
    at_least: int
    at_most: int
    raises: Effect | None
    sets: Effect | None
    preview: bool
    flags: frozenset[Flag]
    rule: str
    say: str


def kinds_of(operands: list[Word]) -> list[str]:
    """The kinds of object named by operands, as kubectl writes them: `pod x`, `pod/x svc/y`, `pod,svc`."""
    if not operands:
        return []
    first = operands[0].text
    named = [word.text.partition("/")[0] for word in operands] if "/" in first else first.split(",")
    return [kind.partition(".")[0].lower() for kind in named]


def _given(options: tuple[str, ...], args: Args, abbreviated: bool) -> list[str]:
    """Which of these options are there; abbreviated or in doubt only where that makes things worse."""
    if not args.options and not args.doubtful:
        return []
    found = [name for name in options if name in args.options]
    if abbreviated and args.doubtful and any(name in args.doubtful for name in options):
        return found or [name for name in options if name in args.doubtful]
    if not found and abbreviated:
        # GNU tools take any unambiguous beginning of a long option: `sed --in-p` edits in place.
        found = [
            name
            for name in args.options
            if len(name) > _SHORTEST and name[:2] == "--" and any(long.startswith(name) for long in options)
        ]
    return found


def holds(when: When, args: Args) -> bool:
    """Whether all conditions hold for this command line."""
    worsens = when.raises is not None
    if when.options:
        given = _given(when.options, args, worsens)
        if not given:
            return False
        values = [
            "" if value is None else value.text for name in given for value in args.options.get(name, (None,))
        ]
        if not _values_hold(when, values, worsens):
            return False
        if (when.preview or when.sets) and not worsens and args.taken_back(*when.options):
            return False
    if when.only and not all(name in when.only for name in args.options):
        return False
    if when.without and _given(when.without, args, not worsens):
        return False
    operands = args.operands
    if not when.at_least <= len(operands) <= when.at_most:
        return False
    if when.kinds or when.any_kind:
        kinds = kinds_of(operands)
        if when.kinds and not (kinds and all(kind in when.kinds for kind in kinds)):
            return False
        if when.any_kind and not any(kind in when.any_kind or HOLE in kind for kind in kinds):
            return False
    if when.word is not None and not any(when.word.search(word.text) for word in operands):
        return False
    return when.all_words is None or (
        bool(operands) and all(when.all_words.fullmatch(word.text) for word in operands)
    )


def _values_hold(when: When, values: list[str], worsens: bool) -> bool:
    """Whether the values of the options fit. One that worsens is enough; what makes milder must hold for each,
    because the last one counts (`--dry-run=client --dry-run=none`), and must not be switched off again."""
    if worsens or not (when.preview or when.sets):
        return when.value is None or any(
            when.value.search(value) or (worsens and value == HOLE) for value in values
        )
    if when.value is None:
        return not any(value.lower() in _OFF or HOLE in value for value in values if value)
    return all(when.value.search(value) for value in values)


def strings_of(raw: object, where: str) -> tuple[str, ...]:
    """A list of strings. Raises ConfigError that names where it stands."""
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise ConfigError(f"Tool table {where} must be a list of strings.", hint=EXAMPLE)
    return tuple(raw)


def read_when(raw: dict[str, object], where: str) -> When:
    """A refinement as it stands in a file. Raises ConfigError that names the key."""
    strange = raw.keys() - _WHEN_KEYS
    if strange:
        raise ConfigError(f"Tool table {where} has the unknown key {min(strange)!r}.")

    def strings(key: str) -> tuple[str, ...]:
        return strings_of(raw.get(key, []), f"{where}.{key}")

    def pattern(key: str) -> re.Pattern[str] | None:
        return re.compile(str(raw[key])) if key in raw else None

    def effect(key: str) -> Effect | None:
        return WORDS[str(raw[key])] if key in raw else None

    def number(key: str, default: int) -> int:
        value = raw.get(key, default)
        return value if isinstance(value, int) else default

    return When(
        paths=frozenset(strings("paths")),
        options=strings("options"),
        value=pattern("value"),
        kinds=frozenset(strings("kinds")),
        any_kind=frozenset(strings("any_kind")),
        word=pattern("word"),
        all_words=pattern("all_words"),
        without=strings("without"),
        only=strings("only"),
        at_least=number("at_least", 0),
        at_most=number("at_most", ANY_WORDS),
        raises=effect("raise"),
        sets=effect("set"),
        preview=bool(raw.get("preview", False)),
        flags=frozenset(Flag(name) for name in strings("flags")),
        rule=str(raw.get("rule", "")),
        say=str(raw.get("say", "")),
    )
