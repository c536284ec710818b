"""TOC205 for processes that are ended by a list: by a word of their lines, by a port, by their user, by their program."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View

# What is listed and given to `kill` in one statement: `ps … | grep word`, `pgrep -f word`, `lsof -i :port`.
_BY_LINE = re.compile(
    r"\bps -?\w[^\n|;]{0,60}\|(?:[^\n|;]{0,80}\|)?\s*(?:sudo )?(?:e|f)?grep (?:-\w+ )*[\"']?(?P<ps>[\w\[\]]{2,20})[\"']?\s*(?:\||\))|"
    r"\bps -?\w[^\n|;]{0,60}\|\s*awk [\"']\$?\w*\s*~?\s*/(?P<awk>[\w\[\]]{2,20})/|"
    r"\bpgrep (?:-\w+ )*-\w*f\w* (?:-\w+ )*[\"']?(?P<pgrep>[a-z]{2,12})[\"']?(?![\w./-])"
)
_BY_PROGRAM = re.compile(
    r"\b(?:pgrep|pidof) (?:-\w+ )*[\"']?(?P<program>[a-z][\w.-]{1,20})[\"']?\s*(?:\||\)|`|$)"
)
_BY_PORT = re.compile(
    r"\blsof (?![^\n|;)]*LISTEN)[^\n|;)]{0,60}(?<!\w)-\w*i[\s:@\w]{0,12}:\d{2,5}(?![^\n|;)]*LISTEN)"
)
_TO_KILL = re.compile(r"\bkill\b(?! -(?:0|HUP|1|USR1|USR2|QUIT|3|l)\b)")
_INTERPRETERS = frozenset(
    "node python python2 python3 java ruby php perl bash sh dotnet gunicorn uwsgi celery puma beam.smp".split()
)


def ended_by_a_list(view: View) -> Iterator[Diagnostic]:
    """`ps aux | grep java | … | xargs kill`, `lsof -t -i :5432 | xargs kill`: more is listed than is meant."""
    for _, line in view.steps_with(("kill",)):
        for action in line.step.actions:
            if "kill" not in action.text or _TO_KILL.search(action.text) is None:
                continue
            told = _listed(action.text)
            if told is not None:
                yield view.at("TOC205", line, action, told[0], told[1], hint=told[2])


def _listed(text: str) -> tuple[int, str, str] | None:
    """Where a statement that kills lists too much, what that hits, and what to write instead."""
    unit = "Stop the unit or the process id it keeps: systemctl stop …, kill $(cat /run/….pid)."
    if ("ps " in text or "pgrep" in text) and (found := _BY_LINE.search(text)) is not None:
        if "$(" in text[: found.start()] and "$(ps" in text.replace("$( ", "$("):
            return None  # told by the selector itself
        word = found["ps"] or found["awk"] or found["pgrep"]
        return found.start(), f"This hits every process whose command line holds `{word}`.", unit
    if "pgrep" in text or "pidof" in text:
        found = _BY_PROGRAM.search(text)
        if found is not None and found["program"] in _INTERPRETERS:
            return found.start(), f"This hits every process of `{found['program']}`, whosever it is.", unit
    if "lsof" in text and (found := _BY_PORT.search(text)) is not None:
        message = "This hits everything that has a connection with the port, clients and replicas too, not who listens."
        return found.start(), message, "Add -sTCP:LISTEN, or stop the service."
    return None


# Whose processes are to go, all of them: an account that was taken over or that is given up.
_GIVEN_UP = ("compromis", "leaver", "offboard", "intrud", "attacker", "ex-colleague", "usermod -L", "passwd -l", "userdel", "deluser")  # fmt: skip


def all_of_a_user(view: View) -> Iterator[Diagnostic]:
    """`pkill -u deploy`: every process of the user goes, with the session of who types it."""
    for _, line, action, command in view.commands("pkill", "killall", "skill", "loginctl"):
        user = _whole_user(command)
        if user is None or view.says(_GIVEN_UP):
            continue
        message = f"This ends every process of {user}: sessions, the own one among them, and whatever else runs as it."
        yield view.at("TOC205", line, action, command.start, message, hint="Name the process or the unit.")


def _whole_user(command: Command) -> str | None:
    if command.name == "loginctl":
        return (
            command.plain[1] if command.plain[:1] == ("terminate-user",) and len(command.plain) > 1 else None
        )
    user = command.value("-u", "--euid", "-U", "--uid", "--user")
    others = [word for word in command.plain if word != user]
    return user if user and user != "root" and not others and not command.has("-t", "-P", "-g") else None


_WINDOWS = re.compile(
    r"\btaskkill\b[^\n|;]*/IM[ :]\"?(?P<image>\w+)\.exe|\bStop-Process\b[^\n|;]*-(?:Name|ProcessName)\s+[\"']?(?P<name>\w+)|\bGet-Process\s+(?:-Name\s+)?[\"']?(?P<got>\w+)[\"']?\s*\|\s*Stop-Process",
    re.IGNORECASE,
)
_HOSTS = _INTERPRETERS | {
    "w3wp",
    "svchost",
    "iexplore",
    "chrome",
    "powershell",
    "pwsh",
    "cmd",
    "javaw",
    "excel",
}


def all_of_an_image(view: View) -> Iterator[Diagnostic]:
    """`taskkill /IM java.exe /F`, `Stop-Process -Name w3wp`: every application that runs in that program."""
    for _, line in view.steps_with(("taskkill", "Stop-Process", "TASKKILL")):
        for action in line.step.actions:
            found = _image(action)
            if found is not None:
                name = found["image"] or found["name"] or found["got"]
                message = f"This hits every process of `{name}` on the machine, whosever it is."
                hint = "Name the process id or the service."
                yield view.at("TOC205", line, action, found.start(), message, hint=hint)


def _image(action: Action) -> re.Match[str] | None:
    found = _WINDOWS.search(action.text)
    if found is None or "/FI" in action.text or "Where-Object" in action.text:
        return None
    return found if (found["image"] or found["name"] or found["got"]).casefold() in _HOSTS else None


RULES = (ended_by_a_list, all_of_a_user, all_of_an_image)
