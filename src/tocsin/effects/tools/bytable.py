"""What a tool's table says, as a reading.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from dataclasses import replace

from tocsin.effects.effect import Effect
from tocsin.effects.reading import Call, Reading
from tocsin.effects.targets import targets_of
from tocsin.effects.tools.table import Found, tables


def by_table(name: str, call: Call) -> tuple[Reading, Found]:
    """What the tool's table says, as a reading."""
    table = tables()[name]
    found = table.ask(call.words)
    kind = table.target or table.needs
    reading = Reading(
        found.effect,
        found.rule,
        found.sentence,
        found.flags,
        targets_of(kind, found) if kind else (),
        frozenset({table.needs}) if table.needs else frozenset(),
    )
    return reading, found


def says_destroy(reading: Reading, call: Call) -> Reading:
    """An unknown subcommand destroys if its words say so."""
    if reading.effect is Effect.UNKNOWN and any(
        re.search(r"(?:^|-)(?:delete|destroy|purge|wipe|drop|reset)", word.text) for word in call.words[:6]
    ):
        return replace(
            reading, effect=Effect.DESTROY, sentence=f"{reading.sentence}, and speaks of destroying"
        )
    return reading
