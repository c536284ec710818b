"""The same defects in PowerShell: removal without bound (TOC201, TOC206), forcing (TOC216), secrets (TOC207), foreign code (TOC212).

Text in PowerShell is not read as a program; these are signs that need no reading.
"""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.native import LABELS

_REMOVES = re.compile(
    r"\b(?:Remove-(?:Item|VM|VMSnapshot|ADUser|ADGroup|ADComputer|Mailbox|SmbShare|Partition|\w*Database)|Clear-(?:Disk|EventLog|Content)|Format-Volume|rm|del|rd|rmdir)\b",
    re.I,
)
_WIDE = re.compile(r"\\\*|[\\/]\*|\s\*(?:\s|$)|-Recurse\b|-Filter\s+['\"]?\*['\"]?(?:\s|$)", re.I)
_SAVED = re.compile(
    r"\b(?:Copy-Item|Export-\w+|Backup-\w+|Checkpoint-VM|New-VMSnapshot|robocopy|wbadmin|Compress-Archive|Move-Item)\b",
    re.I,
)
_FORCED = re.compile(
    r"\b(?:Restart-Computer|Stop-Computer|Stop-Process|Stop-Service|Stop-VM|Remove-\w+|Restart-Service|taskkill)\b[^\n|;]*\s(?:-Force|-TurnOff|/F)\b|-Confirm:\$false|-SkipCertificateCheck\b|-ExecutionPolicy\s+(?:Bypass|Unrestricted)",
    re.I,
)
_SECRET = re.compile(
    r"ConvertTo-SecureString\s+(?:-String\s+)?['\"][^'\"$]{3,}['\"][^\n]*-AsPlainText|-(?:Password|Passwd|Pwd|ApiKey|Token|Secret)\s+['\"][^'\"$]{3,}['\"]|\bnet\s+(?:use|user)\s+\S+\s+\S+[^\n]*(?:/user:\S+\s+(?![$*])\S{4,})",
    re.I,
)
_FOREIGN = re.compile(
    r"\b(?:iex|Invoke-Expression)\b[^\n]*(?:DownloadString|Invoke-WebRequest|Invoke-RestMethod|\biwr\b|\birm\b|https?:)|(?:\biwr\b|\birm\b|Invoke-WebRequest|Invoke-RestMethod|DownloadString)[^\n]*\|\s*(?:iex|Invoke-Expression)\b",
    re.I,
)
_DROPS = re.compile(
    r"\bInvoke-(?:Sqlcmd|DbaQuery)\b[^\n]*\b(?:DROP\s+(?:DATABASE|TABLE|SCHEMA)|TRUNCATE\s+TABLE)\b", re.I
)
_UNSET = re.compile(r"\b(?:Remove-Item|rm|del)\b[^\n]*\$\w+\\?\*?(?:\s|$|\\)", re.I)


def powershell(view: View) -> Iterator[Diagnostic]:
    """Each line of a fence in PowerShell, against the signs above."""
    saved: dict[int, bool] = {}
    section = 0
    for raw in view.raw:
        if not raw.fenced and raw.text.startswith("#"):
            section = raw.number
        if not raw.fenced or raw.language not in LABELS or raw.text.lstrip().startswith("#"):
            continue
        text = raw.text
        saved[section] = saved.get(section, False) or _SAVED.search(text) is not None
        if _REMOVES.search(text) and _WIDE.search(text) and "-WhatIf" not in text:
            if not saved[section]:
                yield view.remark(
                    "TOC201", raw.span, "This destroys, and no step before it keeps what is lost."
                )
            if _UNSET.search(text):
                yield view.remark(
                    "TOC206", raw.span, "If the variable is empty this removes far more than is meant."
                )
        if _DROPS.search(text) and not saved[section]:
            yield view.remark("TOC201", raw.span, "This destroys, and no step before it keeps what is lost.")
        if (found := _FORCED.search(text)) is not None and "-WhatIf" not in text:
            yield view.remark(
                "TOC216", raw.span, f"`{' '.join(found[0].split())[:60]}` takes off a safety catch."
            )
        if _SECRET.search(text):
            yield view.remark(
                "TOC207", raw.span, "A secret stands among the arguments: it lands in history and logs."
            )
        if _FOREIGN.search(text):
            yield view.remark(
                "TOC212",
                raw.span,
                "This runs code straight from the network; it can change between review and run.",
            )


RULES = (powershell,)
