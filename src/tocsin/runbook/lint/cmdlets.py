"""PowerShell across lines: sessions (TOC104), all instead of one (TOC205), no computer named (TOC203), what is down (TOC208).

As in `powershell`, signs in the lines of a fence; nothing is read as a program.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.deeds import alike
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.native import LABELS
from tocsin.runbook.lint.raw import RawLine

_SESSION = re.compile(r"^\s*(?:Enter-PSSession|New-PSSession\s[^|\n]*\|\s*Enter-PSSession)\b", re.I)
_BACKUPS_GONE = re.compile(
    r"\bvssadmin\s+delete\s+shadows\b|\bwbadmin\s+delete\b|\bbcdedit\b|\bRemove-(?:VMSnapshot|WBBackupSet|AzRecoveryServices\w+)\b",
    re.I,
)
_ALL_OF_THEM = re.compile(
    r"^\s*Get-(?:Process|Service)\s*\|\s*(?:Stop|Restart|Suspend)-\w+|^\s*Get-(?!Content|ChildItem|Item\b|Process)\w+(?![^|\n]*-(?:Filter|Name|Identity|Id|PrinterName)\b)[^|\n]*\|(?![^\n]*(?:Where-Object|\bwhere\b|\?\s*\{|Select-Object -First))[^\n]*\b(?:Remove|Stop|Disable|Clear|Restart)-\w+",
    re.I,
)
_CHANGES = re.compile(
    r"^\s*(?:Restart|Stop|Start|Set|Remove|Clear|Disable|Enable|Suspend|Resume)-(?:Service|Process|Computer|Printer|PrintJob|SmbShare|ScheduledTask|NetAdapter|Disk|Volume)\b",
    re.I,
)
_ON_A_MACHINE = re.compile(r"-(?:ComputerName|CimSession|Session)\s+(\S+)", re.I)
_DOWN = re.compile(
    r"\b(?:Stop|Suspend|Remove|Disable)-\w+[^\n|]*?\s(?:-(?:Name|Node|ComputerName|Identity)\s+)?(?P<name>[A-Z][\w-]*\d+)\b",
    re.I,
)
_UP = re.compile(r"\b(?:Start|Resume|New|Enable|Add|Restart)-\w+", re.I)
_TO = re.compile(r"\b(?:Move|Invoke|Set|Add|Switch)-\w+[^\n|]*\s(?P<name>[A-Z][\w-]*\d+)\b", re.I)

# A cmdlet in the words of a step.
_IN_WORDS = re.compile(r"`((?:[A-Z][a-z]+)-[A-Z]\w+\s[^`\n]+)`")


@dataclass(slots=True)
class _Section:
    """What the lines of a section have said so far: a computer, what is down since which line, whether anything was kept."""

    machine: str = ""
    down: str = ""
    since: int = 0
    kept: bool = False


def cmdlets(view: View) -> Iterator[Diagnostic]:
    """Each line of a fence in PowerShell, with what its section has said before."""
    known = _Section()
    for raw in view.raw:
        if not raw.fenced:
            known = _Section() if raw.text.startswith("#") else known
            if "`" in raw.text and "-" in raw.text:
                for found in _IN_WORDS.finditer(raw.text):
                    yield from _down(view, raw, found[1], known)
        elif raw.language in LABELS and not raw.text.lstrip().startswith("#"):
            yield from _line(view, raw, known)


def _line(view: View, raw: RawLine, known: _Section) -> Iterator[Diagnostic]:
    text = raw.text
    known.kept = known.kept or _KEPT.search(text) is not None
    if _BACKUPS_GONE.search(text) and not known.kept:
        message = "This removes copies that are the way back, and nothing before it keeps them."
        yield view.remark("TOC201", raw.span, message)
    if _SESSION.match(text):
        message = "A session is opened; which of the following lines run in it is a guess."
        yield view.remark("TOC104", raw.span, message, hint="Use Invoke-Command -ComputerName … { … }.")
    if _ALL_OF_THEM.search(text) and "-WhatIf" not in text:
        yield view.remark("TOC205", raw.span, "Nothing in the pipeline says which of them: all are hit.")
    named = _ON_A_MACHINE.search(text)
    if known.machine and named is None and _CHANGES.match(text) and "$" not in text.partition("|")[0]:
        message = f"This names no computer and acts here; its siblings name {known.machine}."
        yield view.remark("TOC203", raw.span, message)
    known.machine = named[1] if named is not None else known.machine
    yield from _down(view, raw, text, known)


def _down(view: View, raw: RawLine, text: str, known: _Section) -> Iterator[Diagnostic]:
    """What is needed after it was taken down; what this takes down or brings up."""
    target = _TO.search(text)
    if known.down and target is not None and target["name"].lower() == known.down:
        message = f"{target['name']} was taken down in line {known.since}; this needs it."
        yield view.remark("TOC208", raw.span, message)
    if (gone := _DOWN.search(text)) is not None:
        known.down, known.since = gone["name"].lower(), raw.number
    elif _UP.search(text):
        known.down = ""


_KEPT = re.compile(r"\b(?:Export-\w+|Backup-\w+|Checkpoint-VM|wbadmin start backup)\b", re.I)

_COMPUTER = re.compile(
    r"-(?:ComputerName|VMName|CimSession)\s+[\"']?(?P<name>[A-Za-z][\w.-]*)(?![\w.,-])", re.I
)


def odd_computer(view: View) -> Iterator[Diagnostic]:
    """TOC203: of the cmdlets of a procedure all go to one machine, and one goes to another of its row that no sentence names."""
    if not any(map(view.whole.__contains__, ("-ComputerName", "-VMName", "-CimSession"))):
        return
    for procedure in view.procedures:
        span = procedure.section.span
        lines = view.lines_of(span.first_line, span.last_line)
        uses = [(raw, found["name"]) for raw in lines for found in _COMPUTER.finditer(raw.text)]
        counts = Counter(name.lower() for _, name in uses)
        if len(counts) != 2:
            continue
        (usual, often), (odd, times) = counts.most_common(2)
        if times != 1 or often < 2 or not alike(usual, odd):
            continue
        words = " ".join(_SPAN.sub(" ", raw.text).lower() for raw in lines if not raw.fenced)
        if re.search(rf"(?<![\w-]){re.escape(odd)}(?![\w-])", words) is None:
            raw, name = next((raw, name) for raw, name in uses if name.lower() == odd)
            yield view.remark(
                "TOC203",
                raw.span,
                f"This goes to {name}; its siblings go to {usual.upper() if name.isupper() else usual}.",
            )


_SPAN = re.compile(r"`[^`\n]*`")

RULES = (cmdlets, odd_computer)
