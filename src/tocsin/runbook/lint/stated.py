"""The rules about what a document says of itself, in one row: references, schedules, counts, clocks, people."""

from tocsin.runbook.lint import (
    absent,
    apart,
    both_ways,
    configs,
    crons,
    enumerated,
    left_out,
    limits,
    promised_times,
    prompts,
    reached,
    references,
    said_first,
    unfilled,
)

RULES = (
    *absent.RULES,
    *apart.RULES,
    *left_out.RULES,
    *references.RULES,
    *crons.RULES,
    *enumerated.RULES,
    *limits.RULES,
    *promised_times.RULES,
    *prompts.RULES,
    *reached.RULES,
    *both_ways.RULES,
    *configs.RULES,
    *said_first.RULES,
    *unfilled.RULES,
)
