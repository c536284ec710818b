"""Every call of the API, in the order of the documentation."""

from tocsin.web.api import alerts, reads, tokens, words

OPERATIONS = (*alerts.OPERATIONS, *reads.OPERATIONS, *words.OPERATIONS, *tokens.OPERATIONS)
