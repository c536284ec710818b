"""TOC111 and TOC112 in PowerShell: what waits for a person, and what never ends."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.native import LABELS

_ENDLESS = re.compile(
    r"\b(?:Get-Content|gc|cat)\b[^\n|;]*\s-Wait\b|\bGet-Counter\b[^\n|;]*\s-Continuous\b|\bTest-(?:Connection|NetConnection)\b[^\n|;]*\s-(?:Repeat|Continuous)\b|"
    r"(?:^|[\s;&|])ping(?:\.exe)?\s[^\n|;]*(?<!\S)-t\b|\bwhile\s*\(\s*(?:\$true|1)\s*\)(?![^\n]*\bbreak\b)|\bWait-Event\b(?![^\n]*-Timeout)|\bGet-WinEvent\b[^\n|;]*\s-Wait\b",
    re.IGNORECASE,
)
# What is asked for and kept is a value a person has to bring; it is told as such.
_ASKS = re.compile(
    r"(?:^|[;{&|]\s*)(?:\$null\s*=\s*)?Read-Host\b|\bOut-GridView\b[^\n]*-(?:PassThru|OutputMode)\b|\$host\.UI\.Prompt|^\s*(?:notepad|regedit|mmc|eventvwr|services\.msc|diskmgmt\.msc|perfmon|taskmgr|compmgmt\.msc)(?:\.exe)?\b|(?:^|[;&|]\s*)pause\s*$",
    re.IGNORECASE,
)
# One of these is in every text that the patterns find, casefolded.
_SIGNS = ("-wait", "-continuous", "-repeat", "ping", "while", "wait-event", "read-host", "gridview", "prompt", "notepad", "regedit", "mmc", "eventvwr", ".msc", "perfmon", "taskmgr", "pause")  # fmt: skip


def waits_for_a_person(view: View) -> Iterator[Diagnostic]:
    """Each line of a fence in PowerShell that waits for a keyboard or is never done."""
    if not view.says(LABELS):
        return
    for raw in view.raw:
        if not raw.fenced or raw.language not in LABELS or raw.text.lstrip().startswith("#"):
            continue
        told = raw.text.casefold()
        if not any(map(told.__contains__, _SIGNS)):
            continue
        if (endless := _ENDLESS.search(raw.text)) is not None:
            message = f"`{' '.join(endless[0].split())[:60]}` does not end by itself."
            hint = "Take -Tail without -Wait, -Count, or a loop with an end."
            yield view.remark("TOC112", raw.span, message, level=Level.WARNING, hint=hint)
        if (asks := _ASKS.search(raw.text)) is not None:
            message = f"`{asks[0].strip()}` waits for a person at a keyboard and leaves no record."
            yield view.remark("TOC111", raw.span, message)


RULES = (waits_for_a_person,)
