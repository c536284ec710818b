"""TOC111 and TOC112 by program: what never ends or wants a keyboard, also behind `ssh host '…'`."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Flag
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.written import OPENER

_SAMPLERS = frozenset({"iostat", "vmstat", "mpstat", "pidstat", "sar", "dstat", "ifstat", "nstat"})
_FOLLOWERS = frozenset(
    {"tail", "journalctl", "stern", "kubectl", "oc", "docker", "podman", "nerdctl", "heroku", "flyctl"}
)
_EDITORS = frozenset({"vi", "vim", "nvim", "nano", "emacs", "pico", "joe", "mcedit", "visudo", "vipw"})
_MONITORS = frozenset(
    {"top", "htop", "atop", "iotop", "iftop", "nethogs", "btop", "watch", "k9s", "nload", "bmon"}
)
_PAGERS = frozenset({"less", "more", "most", "pg", "zless"})
_BATCH = re.compile(r"^-(?:\w*b\w*|n\d+|-batch\w*)$")
_LISTENERS = re.compile(
    r"^kafka-console-consumer(?:\.sh)?$|^(?:mosquitto_sub|tshark|tcpdump|ngrep|inotifywait)$"
)
_COUNTED = re.compile(
    r"^(?:-c\d*|-C\d*|-n\d*|-W|-a|--max-messages\S*|--timeout-ms\S*|--timeout\S*|--count\S*)$"
)


def by_program(view: View) -> Iterator[Diagnostic]:
    """What the judge does not say of a command inside another; one remark for each command."""
    for _, line, action, command in view.commands():
        told = action.judgement.flags & {Flag.UNBOUNDED, Flag.INTERACTIVE}
        if command.via and command.via[-1] in ("timeout", "watch"):
            continue
        if (
            (command.name in _EDITORS or _edits_by_hand(command))
            and command.wrapper is not None
            and not _bounded_edit(command)
        ):
            if (
                command.wrapper.name in ("ssh", "sh", "bash", "sudo")
                and (not told & {Flag.INTERACTIVE} or OPENER.match(action.text))
            ) or "ssh" in command.via:
                message = f"`{command.name}` waits for a person at a keyboard and leaves no record."
                yield view.at("TOC111", line, action, command.start, message)
        elif command.name in _PAGERS and command.wrapper is not None and command.last:
            message = f"`{command.name}` waits for a person who turns the pages."
            hint = "Take tail -n 200, or grep for what is looked for."
            yield view.at("TOC111", line, action, command.start, message, hint=hint)
        elif (not told or OPENER.match(action.text)) and _endless(command) and command.last:
            message = f"`{command.name}` does not end by itself here."
            yield view.at("TOC112", line, action, command.start, message, level=Level.WARNING)


def _edits_by_hand(command: Command) -> bool:
    """Programs that open an editor for one of their verbs."""
    words = command.plain
    if command.name == "crontab":
        return "-e" in command.args
    return command.name in ("systemctl", "virsh", "kubectl", "oc", "pct", "ansible-vault") and words[:1] == (
        "edit",
    )


def _bounded_edit(command: Command) -> bool:
    """`vim -es -c wq` and `visudo -c` do not wait for anybody."""
    return command.name in _EDITORS and (command.has("-c", "-e") or "-es" in command.args)


def _endless(command: Command) -> bool:
    name, words = command.name, command.plain
    if name in _SAMPLERS:
        numbers = [word for word in words if word.isdigit()]
        return len(numbers) == 1 and not command.has("-c", "-o")
    if name in ("ping", "ping6"):
        return not command.has("-c", "-w") and command.last
    if name == "mtr":
        return not command.has("-r", "--report", "-c", "--json", "--csv")
    if name in _MONITORS:
        return not any(_BATCH.match(word) for word in command.args) and name != "watch"
    if name in _FOLLOWERS:
        follows = command.has("--follow") or (
            "-f" in command.args and (name in ("tail", "journalctl") or "logs" in words[:3])
        )
        return follows or (name == "tail" and "-F" in command.args)
    if name in ("gcloud", "aws", "az", "heroku", "fly", "flyctl", "vercel", "wrangler"):
        tails = "tail" in words[:8] and (name != "aws" or command.has("--follow"))
        return tails or ("logs" in words and command.has("--follow", "--tail") and name != "az")
    if _LISTENERS.match(name):
        return not any(_COUNTED.match(word) for word in command.args)
    return False


RULES = (by_program,)
