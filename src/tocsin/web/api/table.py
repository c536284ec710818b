"""Every call of the API, in the order of the documentation."""

from tocsin.web.api import (
    alerts,
    doing,
    drills,
    foreign,
    house,
    oncall,
    postmortems,
    reads,
    team,
    tokens,
    updates,
    words,
)

OPERATIONS = (
    *alerts.OPERATIONS,
    *foreign.OPERATIONS,
    *reads.OPERATIONS,
    *words.OPERATIONS,
    *doing.OPERATIONS,
    *team.OPERATIONS,
    *updates.OPERATIONS,
    *postmortems.OPERATIONS,
    *drills.OPERATIONS,
    *oncall.OPERATIONS,
    *house.OPERATIONS,
    *tokens.OPERATIONS,
)
