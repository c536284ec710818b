"""Checks that stand between the lines of a runbook: rows its own statements look for as failed, and its Sentry.

A rule is the runbook's WHERE, counted; how many are too many it does not say, so that stays to be completed.
"""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.runbook.book import Runbook

# A table and the condition of a statement about it alone; the condition ends where another clause, the statement or the
# quoting does.
_ROWS = re.compile(
    r"\b(?:FROM\s+([A-Za-z_][\w.]*)|UPDATE\s+([A-Za-z_][\w.]*)\s+SET\s[^;\"]{1,400}?)\sWHERE\s([^;\"]{1,400})",
    re.IGNORECASE,
)
_NEXT_CLAUSE = re.compile(
    r"\s+(?:ORDER|GROUP|LIMIT|RETURNING|HAVING|FOR|UNION|OFFSET|FETCH)\b", re.IGNORECASE
)
_FAILED = re.compile(
    r"=\s*'(?:failed|failure|error|errored|dead|dead_letter|stuck|rejected|expired)'", re.IGNORECASE
)
_WITHIN = re.compile(r"\binterval\s*'", re.IGNORECASE)
_HOLE = re.compile(r"<[^>\s]*>|\$|\{|`|\\|--|/\*")
_SENTRY = re.compile(r"https?://([A-Za-z0-9.-]*sentry\.io)/organizations/([a-z0-9_-]+)")

Found = tuple[str, str, str, dict[str, object]]  # kind, name, what is missing, keys


def failed_rows(text: str, variable: str) -> Iterator[Found]:
    """Rows of a table that a statement of this command takes for failed, counted by the same condition.

    Args:
        variable: the name of the variable with the database's address.
    """
    for read, changed, rest in _ROWS.findall(" ".join(text.split())):
        table = read or changed
        condition = " ".join(_NEXT_CLAUSE.split(rest, 1)[0].split())
        if _FAILED.search(condition) is None or _HOLE.search(condition) or not _whole(condition):
            continue
        query = f"SELECT count(*) FROM {table} WHERE {condition}"  # noqa: S608 -- the runbook's words, proposed to a person
        if judge(query, "sql").effect is not Effect.OBSERVE:  # a function in the condition may act
            continue
        span = "" if _WITHIN.search(condition) else ", and of which time (all rows are counted)"
        yield (
            "sql",
            f"{table}-failed",
            f"above_degraded or above_down: how many such rows are too many{span}; "
            f"the variable {variable} in the environment of tocsin",
            {"dsn": f"${{{variable}}}", "query": query},
        )


def sentry(book: Runbook) -> tuple[tuple[int, str, Found], ...]:
    """The organisations of Sentry a runbook sends people to: line, text of the line, and the check."""
    seen: dict[str, tuple[int, str, Found]] = {}
    for section in book.walk():
        for number, line in enumerate(section.text.splitlines(), start=section.span.first_line):
            for host, organization in _SENTRY.findall(line):
                address: dict[str, object] = {} if host == "sentry.io" else {"url": f"https://{host}"}
                keys = address | {"organization": organization, "token": "${SENTRY_TOKEN}"}
                missing = (
                    "project (its number), rate_degraded or rate_down (errors per minute that are too many), and "
                    "the variable SENTRY_TOKEN in the environment of tocsin"
                )
                seen.setdefault(
                    organization, (number, line.strip(), ("sentry", "sentry-errors", missing, keys))
                )
    return tuple(seen.values())


def _whole(condition: str) -> bool:
    """Whether quotes and brackets are closed: a condition that was cut off is none."""
    return condition.count("'") % 2 == 0 and condition.count("(") == condition.count(")")
