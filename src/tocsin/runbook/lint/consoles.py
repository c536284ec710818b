"""TOC111 for programs that ask line by line, with the lines for them below; TOC409 for what such a line names."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View

_SHELL = frozenset({"", "bash", "sh", "shell", "console", "zsh", "text", "shell-session"})
_CONSOLE = re.compile(
    r"\s*(?:[$#]\s+)?(?:sudo\s+)?(?P<name>sftp|ftp|lftp|telnet|gdb|fdisk|gdisk|cfdisk|parted|nslookup|passwd|vipw|visudo|nmtui|minicom|cu|ncftp|smbclient|"
    r"mysql_secure_installation|dpkg-reconfigure|virsh console|ipmitool\b.*\bsol activate|pacmd|bconsole|asterisk -r\w*|fs_cli|cqlsh|zkCli\.sh)\b(?P<rest>.*)$"
)
# Given its lines in another way, or for one answer only.
_FED = re.compile(
    r"\s(?:-b|-batch|--batch|-e|-ex|-x|-c|-f|-s|-l|--execute|--stdin|-v|-V|--version|-S|-rx)\b|[<|]|\bprint\b|\bmkpart|\bmklabel"
)
_LEAVES = re.compile(r"\s*(?:bye|quit|exit|q|\.quit|\\q)\s*;?\s*$")
_DATED = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_WITH_ARGUMENT = frozenset({"nslookup", "passwd", "telnet", "smbclient", "cqlsh"})


def consoles(view: View) -> Iterator[Diagnostic]:
    """A program that waits for a person, and files of one day among the lines for it."""
    inside = ""
    for raw in view.raw:
        if not raw.fenced:
            inside = ""
            continue
        if raw.language not in _SHELL:
            continue
        found = _CONSOLE.match(raw.text)
        if found is not None and not _FED.search(found["rest"]):
            name = found["name"].split()[0]
            if name not in _WITH_ARGUMENT or not found["rest"].strip() or name in ("telnet", "smbclient"):
                inside = name
                message = f"`{raw.text.strip()[:60]}` waits for a person at a keyboard and leaves no record."
                yield view.remark(
                    "TOC111", raw.span, message, column=len(raw.text) - len(raw.text.lstrip()) + 1
                )
                continue
        if not inside:
            continue
        dated = _DATED.search(raw.text)
        if dated is not None and re.search(r"\w\.\w|/", raw.text):
            message = f"{raw.text.strip()[:70]} is of {dated[0]}; the next incident needs another day."
            yield view.remark("TOC409", raw.span, message, column=dated.start() + 1)
        if _LEAVES.match(raw.text):
            inside = ""


RULES = (consoles,)
