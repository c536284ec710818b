"""The rules about what a document says of itself, in one row: references, schedules, counts, clocks, people."""

from tocsin.runbook.lint import (
    both_ways,
    crons,
    enumerated,
    limits,
    promised_times,
    reached,
    references,
    said_first,
)

RULES = (
    *references.RULES,
    *crons.RULES,
    *enumerated.RULES,
    *limits.RULES,
    *promised_times.RULES,
    *reached.RULES,
    *both_ways.RULES,
    *said_first.RULES,
)
