"""The rules about what a document says of itself, in one row: references, schedules, counts, clocks, people."""

from tocsin.runbook.lint import (
    both_ways,
    crons,
    enumerated,
    limits,
    promised_times,
    prompts,
    reached,
    references,
    said_first,
    unfilled,
)

RULES = (
    *references.RULES,
    *crons.RULES,
    *enumerated.RULES,
    *limits.RULES,
    *promised_times.RULES,
    *prompts.RULES,
    *reached.RULES,
    *both_ways.RULES,
    *said_first.RULES,
    *unfilled.RULES,
)
