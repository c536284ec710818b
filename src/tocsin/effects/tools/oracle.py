"""`sqlplus` and `influx -execute`: clients whose language is SQL with commands of their own between the statements.

Source: docs/reference/effects.md, section on SQL.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import opaque
from tocsin.effects.effect import Effect
from tocsin.effects.inside import OPENER
from tocsin.effects.options import Grammar, parse
from tocsin.effects.reading import NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.sqlkeywords import by_keyword
from tocsin.effects.tools.bytable import by_table
from tocsin.effects.words import HOLE

_SQLPLUS = Grammar(values=frozenset({"-M", "-R", "-C", "-F"}), one_dash=True)
# What SQL*Plus does itself, in this session and on this terminal.
_OF_THE_CLIENT = re.compile(
    r"(?:set|show|sho|col(?:umn)?|desc(?:ribe)?|prompt|pro|rem(?:ark)?|exit|quit|whenever|def(?:ine)?|undef(?:ine)?|ttitle|btitle|clear|"
    r"break|compute|timing|pause|var(?:iable)?|print)\b(?!.*&)[^;]*;?$",
    re.I,
)


def read_sqlplus(call: Call) -> Reading:
    """`sqlplus -s / as sysdba <<EOF`: what arrives on its input is judged; a script (`@x.sql`) is not read."""
    args = parse(call.words, _SQLPLUS)
    if args.has("-V", "-v", "-H", "-h", "-help", "-version"):
        return Reading(Effect.OBSERVE, "sqlplus.version")
    if any(word.text.startswith("@") for word in args.operands):
        return unknown("sqlplus.script", "runs a script that is not read here")
    if call.stdin == NOTHING:
        return Reading(Effect.OBSERVE, "sqlplus", flags=OPENER)
    if call.stdin.literal is None or opaque(call.stdin.literal):
        return unknown("sqlplus.piped", "runs statements that are not written here")
    kept: list[str] = []
    for line in call.stdin.literal.splitlines():
        begins = not kept or kept[-1].rstrip().endswith((";", "/")) or not kept[-1].strip()
        bare = line.strip()
        if begins and bare.startswith(("@", "!", "$", "#")):
            return unknown("sqlplus.host", "runs a script or a program of this machine")
        if bare == "/":
            kept.append(";")  # what stands in the buffer, once more
        elif not (begins and _OF_THE_CLIENT.match(bare)):
            kept.append(line)
    inside = (Inside(text="\n".join(kept), language="sql:oracle"),)
    return Reading(Effect.OBSERVE, "sqlplus", silent=True, inside=inside)


def read_influx(call: Call) -> Reading:
    """`influx -execute '…'`: InfluxQL, where only `INTO` makes a SELECT write; else the table."""
    reading, found = by_table("influx", call)
    statements = found.args.values("-execute")
    if not statements or found.path or found.args.has("-import", "-path"):
        return reading
    worst = Reading(Effect.OBSERVE, "influx", flags=reading.flags, targets=reading.targets)
    for statement in ";".join(word.text for word in statements).split(";"):
        one = _influxql(re.sub(r"\s+", " ", statement).strip())
        if one.effect.rank > worst.effect.rank:
            worst = replace(one, targets=reading.targets)
    return worst


def _influxql(statement: str) -> Reading:
    if not statement:
        return Reading(Effect.OBSERVE, "influx")
    if re.match(r"SELECT\b", statement, re.I) and HOLE not in statement[:8]:
        bare = re.sub(r"'[^']*'|\"[^\"]*\"|/(?:[^/\\]|\\.)*/", "x", statement)
        if re.search(r"\bINTO\b", bare, re.I):
            return Reading(Effect.CHANGE, "influx.into", "writes the result into a measurement")
        return Reading(Effect.OBSERVE, "influx.select")
    return by_keyword(statement.upper())


HANDLERS: dict[str, Callable[[Call], Reading]] = {"sqlplus": read_sqlplus, "influx": read_influx}
