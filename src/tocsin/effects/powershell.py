"""Reading a PowerShell text far enough never to call it a look when it is none.

Cmdlets are named VERB-NOUN, and the verb says what they do; a text looks only if each of its commands has a verb that looks, or
filters and prints what arrives. Calls of methods and types, programs, aliases and functions of its own, hashtables and escapes
are not read.
Source: docs/reference/effects.md, section on wrappers.
"""

import re

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.http import read_request
from tocsin.effects.reading import NO_FLAGS, Reading, unknown
from tocsin.effects.sql import read_sql

NATIVE = frozenset(
    "az aws gcloud gsutil bq kubectl oc helm docker podman nerdctl terraform tofu nomad vault consul git gh sqlcmd bcp psql pg_dump pg_restore mysql mysqldump "
    "mongosh mongodump mongorestore redis-cli curl.exe ssh scp argocd flux pulumi oci doctl ibmcloud azcopy eksctl velero etcdctl rabbitmqctl rabbitmqctl.bat".split()
)
"""Programs with a command line of their own, written in PowerShell as in a shell; none of them is an alias there."""

_LONGEST = 4000
_DEEPEST = 40
# What a reduced piece of the text leaves behind: a string, a value, a block.
_STRING, _VALUE, _BLOCK = "\ue001", "\ue002", "\ue003"
# Read from the left, so that a quote in a comment opens nothing and a `#` in a string ends nothing.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|<#(?:[^#]|#(?!>))*#>|(?<![^\s;|({])#[^\r\n]*")
# A place to be filled: PowerShell itself has no use for "<".
_HOLES = re.compile(r"<[A-Za-z][\w .-]{0,40}>")
# These close a string too.
_CURLED = re.compile("[\u2018\u2019\u201a\u201b\u201c\u201d\u201e]")
_SETS = re.compile(
    r"-(?:install|delete|remove|download|accept|autoreboot|repair|fix|reset|unlock)\w*\b|\$env:\w+\s*[-+]?=",
    re.I,
)
_NOT_READ = re.compile(
    r"`|@['\"]|\$\(|@\(|(?:^|[|;&({\n])\s*(?:&|\.)\s|\b(?:function|filter|class|if|foreach|for|while|do|try|switch|trap|param|begin|process|end)\s*[({]|\bfunction\s|&(?!&)(?!1)",
    re.I,
)
_TYPES = re.compile(r"\[(?:math|datetime)\]::(?:round|floor|ceiling|abs|max|min|now|utcnow|today)\b", re.I)
_METHODS = frozenset(
    (
        "tostring adddays addhours addminutes addseconds addmonths trim split replace contains startswith endswith tolower toupper "
        "substring padleft padright subtract touniversaltime tolocaltime"
    ).split()
)
_LOOKS = frozenset(
    "get test select sort measure group where foreach compare convertto convertfrom resolve find search wait".split()
)
# Verbs that look only with these: `ConvertTo-AzVMManagedDisk` converts a disk, `Resolve-SCOMAlert` closes an alert.
_ONLY_FOR = {
    "convertto": frozenset("json csv html xml clixml string securestring".split()),
    "convertfrom": frozenset("json csv stringdata string securestring sddlstring markdown".split()),
    "resolve": frozenset("path dnsname error".split()),
}
_LOSES = frozenset(
    "remove clear uninstall reset unregister revoke restore initialize format erase delete purge".split()
)
_BREAKS = frozenset(
    "stop restart disable suspend disconnect dismount block switch exit kill close move-cluster".split()
)
_CHANGES = frozenset(
    (
        "set new add start enable copy move rename install update register publish import grant resume mount send push save export "
        "backup expand compress checkpoint unblock merge submit approve deny lock unlock undo edit limit protect unprotect join "
        "convert complete request sync optimize connect repair redo hide show pop out write tee open debug trace"
    ).split()
)
# Cmdlets that do something else than their verb says of others.
_EXACT = {
    **dict.fromkeys(
        (
            "format-table format-list format-wide format-custom format-hex out-string out-host out-null out-default write-host "
            "write-output write-verbose write-warning write-error write-information write-debug write-progress join-path join-string "
            "split-path split-string start-sleep set-location push-location pop-location set-strictmode show-eventlog"
        ).split(),
        Effect.OBSERVE,
    ),
    **dict.fromkeys(
        "get-credential read-host invoke-expression invoke-item invoke-wmimethod invoke-cimmethod set-alias new-alias add-type".split(),
        Effect.UNKNOWN,
    ),
}
_ALIASES = {
    "gci": "get-childitem", "ls": "get-childitem", "dir": "get-childitem", "gc": "get-content", "cat": "get-content",
    "type": "get-content", "gps": "get-process", "ps": "get-process", "gsv": "get-service", "gwmi": "get-wmiobject",
    "gcim": "get-ciminstance", "select": "select-object", "sort": "sort-object", "where": "where-object", "?": "where-object",
    "%": "foreach-object", "foreach": "foreach-object", "measure": "measure-object", "group": "group-object",
    "ft": "format-table", "fl": "format-list", "fw": "format-wide", "sls": "select-string", "echo": "write-output",
    "write": "write-output", "pwd": "get-location", "gl": "get-location", "cd": "set-location", "sl": "set-location",
    "rm": "remove-item", "del": "remove-item", "erase": "remove-item", "ri": "remove-item", "rd": "remove-item",
    "rmdir": "remove-item", "clc": "clear-content", "kill": "stop-process", "spps": "stop-process", "spsv": "stop-service",
    "sasv": "start-service", "cp": "copy-item", "copy": "copy-item", "cpi": "copy-item", "mv": "move-item", "move": "move-item",
    "mi": "move-item", "ren": "rename-item", "rni": "rename-item", "ni": "new-item", "md": "new-item", "mkdir": "new-item",
    "si": "set-item", "sp": "set-itemproperty", "tee": "tee-object", "iwr": "invoke-webrequest", "irm": "invoke-restmethod",
    "curl": "invoke-webrequest", "wget": "invoke-webrequest", "icm": "invoke-command", "sleep": "start-sleep",
    "gm": "get-member", "compare": "compare-object", "diff": "compare-object", "tnc": "test-netconnection",
}  # fmt: skip
_PREVIEWED = re.compile(r"-(?:item|itemproperty|content|service|process|computer|vm)$")
_SECRETS = re.compile(r"secret|credential|password|securestring|accesstoken|accountkey", re.I)
# `7z` and `1.ps1` begin with a digit as well, and are programs.
_NUMBER = r"\d+(?:\.{1,2}\d+)*(?:e[+-]?\d+)?(?:[kmgtp]b|[dl])?(?![\w.\\/-])"
_EXPRESSION = re.compile(rf"[-+*/%!,.:\s\w$\[\]{_STRING}{_VALUE}{_BLOCK}\ufffc]*")
_RANKED = {Effect.CHANGE: "changes something", Effect.DISRUPT: "interrupts something", Effect.DESTROY: "can lose something for good"}  # fmt: skip


_CMDLET = re.compile(r"(?:\$\w+\s*=\s*)?(?P<verb>[A-Z][a-z]+)-[A-Z][A-Za-z0-9]+(?![\w.-])")
_VERBS = _LOOKS | _LOSES | _BREAKS | _CHANGES | frozenset({"invoke", "enter"})


def is_cmdlet(text: str) -> bool:
    """Whether a text begins with a cmdlet as its documentation writes it, a verb that PowerShell has and a noun.

    >>> is_cmdlet("Get-Service web"), is_cmdlet("Re-Run the job"), is_cmdlet("Get-started")
    (True, False, False)
    """
    found = _CMDLET.match(text)
    return found is not None and found["verb"].lower() in _VERBS


def read_powershell(text: str) -> Reading:
    """What this PowerShell text does: the worst of its commands. Never raises; what is not read is unknown."""
    if len(text) > _LONGEST:
        return unknown("powershell.long", "too long to read")
    found: list[Reading] = []
    strings: list[str] = []

    def kept(match: re.Match[str]) -> str:
        if match[0][0] in "<#":
            return " "
        strings.append(match[0])
        return _STRING

    bare = _QUOTED.sub(kept, _HOLES.sub("\ufffc", text))
    if _CURLED.search(text) or "<#" in bare or _SETS.search(bare):
        found.append(unknown("powershell.unread", "PowerShell beyond cmdlets that look is not read"))
    computed = any(one.startswith('"') and ("$(" in one or "`" in one) for one in strings)
    if computed or "'" in bare or '"' in bare or _NOT_READ.search(bare) or "::" in _TYPES.sub("", bare):
        found.append(unknown("powershell.unread", "PowerShell beyond cmdlets is not read"))
    bare = _TYPES.sub(_VALUE, bare)
    for _ in range(_DEEPEST):
        inner = re.search(
            r"(?P<before>@|\.\w{1,40}|\$)?(?:\((?P<round>[^(){}]*)\)|\{(?P<curly>[^(){}]*)\})", bare
        )
        if inner is None:
            break
        found += _inner(inner["before"] or "", inner["round"], inner["curly"], strings)
        left = _VALUE if inner["curly"] is None or inner["before"] else _BLOCK
        bare = bare[: inner.start()] + left + bare[inner.end() :]
    if re.search(r"[(){}]", bare):
        found.append(unknown("powershell.unread", "brackets that do not close"))
    found += _pipeline(bare, strings)
    worst = max(found, key=lambda reading: reading.effect.rank, default=Reading(Effect.OBSERVE, "powershell"))
    flags = frozenset().union(*(reading.flags for reading in found))
    return Reading(worst.effect, worst.rule, worst.sentence, flags)


def _inner(before: str, rounded: str | None, curly: str | None, strings: list[str]) -> list[Reading]:
    """What stands in brackets: a call, a value, a block or a table of properties."""
    if before.startswith("."):
        called = before[1:].lower()
        if called in _METHODS and _EXPRESSION.fullmatch(rounded or ""):
            return []
        return [
            unknown("powershell.method", f"calls the method {before[1:]}"),
            *_pipeline(rounded or curly or "", strings),
        ]
    if before == "$":
        return (
            []
            if curly is not None
            else [unknown("powershell.unread", "a text that is put together elsewhere")]
        )
    if before == "@":
        pairs = re.split(r"[;\r\n]", curly or rounded or "")
        plain = all(re.fullmatch(rf"\s*(?:\w+\s*=\s*{_EXPRESSION.pattern})?", pair) for pair in pairs)
        return (
            [] if plain and curly is not None else [unknown("powershell.unread", "a table that is not read")]
        )
    return _pipeline(rounded or curly or "", strings)


def _pipeline(text: str, strings: list[str]) -> list[Reading]:
    bare = re.sub(r"(?:[12*]?>{1,2})\s*(?:\$null\b|&1)", "", text, flags=re.I)
    found = []
    if re.search(r">", bare):
        found.append(Reading(Effect.CHANGE, "powershell.redirect", "writes a file"))
        bare = re.sub(r"[\d*]?>{1,2}\s*[^\s;|&]+", "", bare)
    for part in re.split(r"\|\||&&|[|;\r\n]", bare):
        command = re.sub(r"^\s*(?:return\b|\$[\w:]+\s*[-+]?=(?!=))\s*", "", part).strip()
        if command:
            found.append(_command(command, strings))
    return found


def _command(command: str, strings: list[str]) -> Reading:
    head, _, rest = command.partition(" ")
    name = _ALIASES.get(head.lower(), head.lower())
    if re.match(rf"[$\[{_STRING}{_VALUE}{_BLOCK}]|-\w+$|{_NUMBER}", head, re.I):
        if _EXPRESSION.fullmatch(command):
            return Reading(Effect.OBSERVE, "powershell.expression")
        return unknown("powershell.unread", "an expression that is not read")
    verb, dash, noun = name.partition("-")
    if not dash or not re.fullmatch(r"[a-z]+-[a-z0-9]+", name):
        if verb in _LOSES:
            return Reading(Effect.DESTROY, "powershell.unknown", f"`{head[:30]}` speaks of destroying")
        return unknown("powershell.unknown", f"`{head[:30]}` is no cmdlet that is known")
    flags = frozenset({Flag.SENSITIVE}) if _SECRETS.search(noun) else NO_FLAGS
    if re.search(r"-computername\b|-session\b|-hostname\b", rest, re.I):
        flags |= {Flag.REMOTE}
    if name in ("invoke-webrequest", "invoke-restmethod"):
        return _web(rest, strings)
    if name == "invoke-sqlcmd":
        return _sql(rest, strings)
    if name == "invoke-command" and _BLOCK in rest and not re.search(r"-filepath\b", rest, re.I):
        return Reading(Effect.OBSERVE, "powershell.invoke-command", flags=flags | {Flag.REMOTE})
    if name == "import-module" and re.fullmatch(r"[\w.]+(?: -\w+)*", rest):
        return Reading(Effect.OBSERVE, "powershell.import-module")
    if name == "foreach-object" and not re.fullmatch(rf"(?:-process )?{_BLOCK}", rest.strip(), re.I):
        return unknown("powershell.foreach", "calls a member by its name")
    effect = _EXACT.get(name)
    if effect is None:
        effect = (
            Effect.UNKNOWN if verb in _ONLY_FOR and noun not in _ONLY_FOR[verb]
            else Effect.OBSERVE if verb in _LOOKS
            else Effect.DESTROY if verb in _LOSES
            else Effect.DISRUPT if verb in _BREAKS
            else Effect.CHANGE if verb in _CHANGES
            else Effect.UNKNOWN
        )  # fmt: skip
    if (
        effect not in (Effect.OBSERVE, Effect.UNKNOWN)
        and _PREVIEWED.search(name)
        and re.search(r"-whatif(?![\w:])", rest, re.I)
    ):
        return Reading(Effect.OBSERVE, f"powershell.{name}.preview")
    if effect is Effect.UNKNOWN:
        return unknown(f"powershell.{verb[:20]}", f"`{head[:40]}` is no cmdlet that is known")
    if name == "get-content" and re.search(r"-wait\b", rest, re.I):
        flags |= {Flag.UNBOUNDED}
    sentence = "" if effect is Effect.OBSERVE else f"`{head[:40]}` {_RANKED[effect]}"
    return Reading(effect, f"powershell.{name[:40]}", sentence, flags)


def _sql(rest: str, strings: list[str]) -> Reading:
    """`Invoke-Sqlcmd -Query '…'`: what its statements do."""
    query = strings[0][1:-1] if len(strings) == 1 else ""
    asked = re.search(rf"-q(?:uery)?[ :]+{_STRING}", rest, re.I) and not re.search(
        r"-i(?:nputfile)?\b", rest, re.I
    )
    if not query or not asked or re.search(r"[$`]", query):
        return unknown("powershell.sql", "SQL that is not written here")
    return max(read_sql(query), key=lambda reading: reading.effect.rank)


def _web(rest: str, strings: list[str]) -> Reading:
    """`Invoke-WebRequest`, `Invoke-RestMethod`: the address is among the strings, the method behind `-Method`."""
    method = re.search(r"-(?:custom)?method[ :]+(\S+)", rest, re.I)
    if re.search(r"-outfile\b|-infile\b|-sessionvariable\b", rest, re.I):
        return unknown("powershell.web.file", "writes or sends a file")
    given = (
        method[1] if method is not None else ("POST" if re.search(r"-(?:body|form)\b", rest, re.I) else "GET")
    )
    if _STRING in given or "$" in given:
        return unknown("powershell.web", "a request whose method is not written here")
    address = next((word for word in rest.split() if "://" in word), None)
    urls = [address] if address is not None else [one[1:-1] for one in strings if "://" in one]
    if not urls:
        return unknown("powershell.web", "a request whose address is not written here")
    readings = [read_request(given, url) for url in urls]
    return max(readings, key=lambda reading: reading.effect.rank)


# What comes with Windows and is called the same there; `sc` and `query` are something else to PowerShell.
OF_WINDOWS = frozenset(
    "iisreset net net.exe sc.exe taskkill tasklist quser qwinsta query.exe ipconfig nltest dcdiag repadmin w32tm wevtutil vssadmin schtasks robocopy "
    "appcmd appcmd.exe gpupdate gpresult klist setspn bcdedit chkdsk netsh sfc systeminfo shutdown reg reg.exe nslookup tracert netstat".split()
)
# Signs that mean the same to PowerShell and to a shell, and texts without any that means something to one of them.
_SAME_TO_BOTH = re.compile(r"(?:[\w./:=,+^~%*?\\-]|'[^'\n]*'|\"[^\"`$\\\n]*\"|<[\w -]{1,40}>|[ \t])+")
_JOINED = re.compile(r"[ \t]*`\n[ \t]*")


def native(text: str) -> str | None:
    """A line that calls a program that is on any machine, written the same in a shell, as the shell takes it; else None.

    >>> native("az vm list `\\n  --output table")
    'az vm list --output table'
    >>> native("az vm start --ids $(az vm list)") is None
    True
    """
    line = _JOINED.sub(" ", text)
    return line if "\\" not in line and _plain(line, NATIVE) else None


def of_windows(text: str) -> str | None:
    """A line that calls a program as plainly, one of Windows too, as its words are judged; else None.

    >>> of_windows("robocopy C:\\\\a D:\\\\b /MIR")
    'robocopy C:/a D:/b /MIR'
    """
    line = _JOINED.sub(" ", text)
    return line.replace("\\", "/") if _plain(line, NATIVE | OF_WINDOWS) else None


def _plain(line: str, programs: frozenset[str]) -> bool:
    return line.partition(" ")[0].lower() in programs and _SAME_TO_BOTH.fullmatch(line) is not None
