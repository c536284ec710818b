"""Findings as GitHub workflow commands: a runner turns each line into an annotation at its place."""

from collections.abc import Iterable

from tocsin.runbook.diagnostic import Diagnostic, Level

_COMMAND = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def as_github(found: Iterable[Diagnostic], path: str) -> str:
    """One line per finding: `::error file=…,line=…,col=…,title=TOC204::message`; "" for none.

    Percent signs and line ends are escaped everywhere, colons and commas in properties too, so that no text of a
    runbook can end its command or begin another one.
    Source: the toolkit's `packages/core/src/command.ts` (escapeData, escapeProperty).
    """
    return "".join(_line(diagnostic, path) for diagnostic in found)


def _line(found: Diagnostic, path: str) -> str:
    place = f"file={_property(path)},line={found.span.first_line},col={found.column}"
    said = f"{found.message}\n{found.hint}" if found.hint else found.message
    return f"::{_COMMAND[found.level]} {place},title={_property(found.rule)}::{_data(said)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
