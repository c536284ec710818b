"""What a tool's table says, as a reading.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from dataclasses import replace

from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.options import Args
from tocsin.effects.reading import NOTHING, Call, Reading
from tocsin.effects.targets import targets_of
from tocsin.effects.tools.spoken_options import spoken_options
from tocsin.effects.tools.table import Found, tables
from tocsin.effects.variables import settings_at

_LONG = 4  # two dashes and two letters
_SESSION = frozenset({Flag.CONTEXT, Flag.INTERACTIVE})


def by_table(name: str, call: Call) -> tuple[Reading, Found]:
    """What the tool's table says, as a reading."""
    table = tables()[name]
    found = table.ask(call.words, name)
    kind = table.target or table.needs
    reading = Reading(
        found.effect,
        found.rule,
        found.sentence,
        found.flags,
        targets_of(kind, found) if kind else (),
        frozenset({table.needs}) if table.needs else frozenset(),
    )
    if found.flags >= _SESSION and call.stdin != NOTHING and found.effect.rank < Effect.UNKNOWN.rank:
        # A console does what arrives on its input, and nobody reads that here.
        reading = replace(reading, effect=Effect.UNKNOWN, sentence=f"`{name}` does what arrives on its input")
    if found.effect.rank < Effect.UNKNOWN.rank:
        for said in spoken_options(name, call, table, found):
            reading = _with_file(reading, said)
    for option in (
        found.args.values(*_beginnings(table.writes, found.args))
        if table.writes and found.args.options
        else ()
    ):
        into = written(option, elsewhere=call.place.elsewhere, rule=f"{name}.output")
        if into is not None:
            reading = _with_file(reading, into)
    for option in found.args.values(*table.settings) if table.settings else ():
        reading = _with_file(reading, settings_at(option, f"{name}.settings"))
    return reading, found


def _beginnings(options: tuple[str, ...], args: Args) -> tuple[str, ...]:
    """These options, and what is given and is a beginning of one: `--outp=f` is `--output=f` to many programs."""
    short = [
        name
        for name in args.options
        if name[:2] == "--" and name[_LONG - 1 :] and any(long.startswith(name) for long in options)
    ]
    return tuple(dict.fromkeys((*options, *short))) if short else options


def _with_file(reading: Reading, into: Reading) -> Reading:
    """A reading joined with what writing or obeying a file does."""
    worst = into if into.effect.rank > reading.effect.rank else reading
    return replace(
        reading,
        effect=worst.effect,
        rule=worst.rule,
        sentence=worst.sentence,
        flags=reading.flags | into.flags,
        undo=worst.undo,
    )


def says_destroy(reading: Reading, call: Call) -> Reading:
    """An unknown subcommand destroys if its words say so."""
    if reading.effect is Effect.UNKNOWN and any(
        re.search(r"(?:^|-)(?:delete|destroy|purge|wipe|drop|reset)", word.text) for word in call.words[:6]
    ):
        return replace(
            reading, effect=Effect.DESTROY, sentence=f"{reading.sentence}, and speaks of destroying"
        )
    return reading
