"""Meta-commands of SQL clients: backslash commands of psql, dot commands of sqlite3.

Source: docs/reference/effects.md, section on judging SQL.
"""

import re
from collections.abc import Callable

from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Reading, unknown
from tocsin.effects.variables import read_assignment
from tocsin.effects.words import HOLE, Word

_SENSITIVE = frozenset({Flag.SENSITIVE})
_CONTEXT = frozenset({Flag.CONTEXT})
_PSQL_LOOKS = re.compile(
    r"\\(?:d[A-Za-z]*\+?S?|l\+?|x|timing|conninfo|encoding|z|sf\+?|sv\+?|h|\?|echo|qecho|warn|pset|a|t|H|f|C|errverbose|q|df\+?|dt\+?|set|unset|prompt|if|elif|else|endif|p|r|w?arn)(?:\s.*)?$",
    re.S,
)


_PSQL_CONTEXT = re.compile(r"\\(?:c|connect|cd|setenv)\b")


def read_psql_meta(text: str, read: Callable[[str, str], Reading]) -> Reading:
    """A backslash command of psql; `read` reads the query within a `\\copy`, in this dialect."""
    if re.match(r"\\!|\\(?:copy|o|w|i|ir|include|g|s)\b.*\b(?:program\b|\|)", text, re.I) or text.startswith(
        ("\\!", "\\i", "\\ir", "\\o", "\\w")
    ):
        return unknown("psql.meta", f"`{text[:40]}` runs or writes something that is not read here")
    if re.match(r"\\copy\b", text, re.I):
        reads = re.search(r"\bto\b\s+(?:stdout|pstdout|'[^']*'|\S+)", text, re.I)
        writes = re.search(r"\bfrom\b\s+(?:stdin|pstdin|'[^']*'|\S+)(?:\s|$)", text, re.I)
        query = re.match(r"\\copy\s*\((?P<query>.*)\)\s*to\b", text, re.I | re.S)
        name = re.search(
            r"\bto\b\s+'?([^\s']+)'?(?:\s+with\b.*|\s+csv\b.*|\s*\(.*\))?\s*$", text, re.I | re.S
        )
        into = (
            written(Word(name[1], 0, 0, name[1]))
            if name and name[1].lower() not in ("stdout", "pstdout")
            else None
        )
        if into is not None and into.effect is not Effect.OBSERVE and not writes:
            return into
        if query:
            inner = read(query["query"], "postgres")
            return Reading(
                inner.effect, inner.rule, inner.sentence, inner.flags | {Flag.LOCAL, Flag.SENSITIVE}
            )
        if writes and not reads:
            return Reading(Effect.CHANGE, "psql.copy.from", "loads rows into a table")
        if reads:
            return Reading(Effect.OBSERVE, "psql.copy.to", flags=frozenset({Flag.LOCAL, Flag.SENSITIVE}))
        return unknown("psql.copy", "a \\copy that cannot be read")
    if re.match(r"\\password\b", text):
        return Reading(Effect.DESTROY, "psql.password", "sets a password")
    variable = re.match(r"\\setenv\s+(\w+)(?:\s+(.*))?$", text, re.S)
    if variable is not None:
        set_here = read_assignment(variable[1], Word((variable[2] or "").strip("'"), 0, 0, variable[2] or ""))
        if set_here is not None and set_here.effect is not Effect.OBSERVE:
            return set_here
    if _PSQL_CONTEXT.match(text):
        return Reading(Effect.OBSERVE, "psql.connect", flags=_CONTEXT)
    if _PSQL_LOOKS.match(text) and "`" not in text:
        return Reading(Effect.OBSERVE, "psql.look")
    return unknown("psql.meta", f"the meta-command {text[:20]} is not known")


def read_sqlite_meta(text: str) -> Reading:
    """A dot command of sqlite3."""
    word = text.split(maxsplit=1)[0].lower()
    if word in (
        ".tables",
        ".schema",
        ".indices",
        ".indexes",
        ".databases",
        ".dbinfo",
        ".headers",
        ".header",
        ".mode",
        ".show",
        ".help",
        ".quit",
        ".exit",
        ".width",
        ".timer",
        ".fullschema",
        ".stats",
        ".timeout",
        ".print",
        ".lint",
        ".nullvalue",
        ".separator",
        ".eqp",
        ".version",
    ):
        return Reading(Effect.OBSERVE, f"sqlite3{word}")
    if word in (".dump", ".sha3sum"):
        return Reading(Effect.OBSERVE, f"sqlite3{word}", flags=_SENSITIVE)
    if word in (".backup", ".save", ".clone", ".once", ".output", ".excel"):
        target = text.split()[-1].strip("'\"") if len(text.split()) > 1 else ""
        scratch = (
            target.startswith("/tmp/") or re.search(r"backup|bak|dump|\d{4}|" + HOLE, target) is not None
        )
        if "|" in text:
            return unknown(f"sqlite3{word}", "sends output to a program")
        return Reading(
            Effect.OBSERVE if scratch else Effect.CHANGE,
            f"sqlite3{word}",
            "" if scratch else f"writes {target}",
            frozenset({Flag.LOCAL}),
        )
    if word == ".import":
        return (
            Reading(Effect.CHANGE, "sqlite3.import", "loads rows into a table")
            if "|" not in text
            else unknown("sqlite3.import", "reads from a program")
        )
    if word == ".restore":
        return Reading(Effect.DESTROY, "sqlite3.restore", "overwrites the database")
    return unknown("sqlite3.meta", f"the dot command {word[:20]} is not known")
