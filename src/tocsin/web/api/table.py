"""Every call of the API, in the order of the documentation."""

from tocsin.web.api import alerts, doing, reads, tokens, words

OPERATIONS = (*alerts.OPERATIONS, *reads.OPERATIONS, *words.OPERATIONS, *doing.OPERATIONS, *tokens.OPERATIONS)
