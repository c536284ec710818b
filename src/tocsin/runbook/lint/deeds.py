"""What a command does with a thing, told by its verb and in any tool: takes out or puts back, removes or makes.

Tools nobody listed speak alike: `disable server web/web3`, `maint -enable`, `queue pause mail`, `node:drain 4`. One table of
verbs and their opposites serves every rule that asks what belongs together.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from tocsin.runbook.lint.command import Command


class Doing(Enum):
    """Which way a command moves a thing."""

    OUT = "out"  # stopped, paused, taken out of service
    BACK = "back"  # started, resumed, put back
    REMOVES = "removes"
    MAKES = "makes"


# What takes out, and what puts back what it took.
_OPPOSITES = {
    "stop": "start restart run up", "disable": "enable reenable", "pause": "unpause resume continue", "suspend": "resume unsuspend activate",
    "cordon": "uncordon", "drain": "uncordon undrain activate ready enable resume", "out": "in", "mask": "unmask", "offline": "online", "off": "on",
    "deactivate": "activate reactivate", "detach": "attach", "deregister": "register", "unregister": "register", "block": "unblock allow",
    "lock": "unlock", "freeze": "unfreeze thaw", "fsfreeze": "unfreeze", "quiesce": "unquiesce resume", "hold": "release unhold", "mute": "unmute",
    "umount": "mount", "unmount": "mount", "srem": "sadd", "standby": "unstandby online", "maint": "ready", "halt": "start", "evict": "uncordon",
    "withdraw": "announce", "quarantine": "unquarantine release restore", "isolate": "join rejoin", "exclude": "include", "disconnect": "connect",
    "down": "up", "shutdown": "start undo", "close": "open", "ban": "unban", "silence": "unsilence", "inhibit": "uninhibit", "park": "unpark",
    "throttle": "unthrottle", "stop_app": "start_app", "suspendqueue": "resumequeue", "quiet": "unquiet start",
}  # fmt: skip
OPPOSITES: dict[str, frozenset[str]] = {out: frozenset(back.split()) for out, back in _OPPOSITES.items()}
_BACK = frozenset(back for all_back in OPPOSITES.values() for back in all_back)
_REMOVES = frozenset(
    "delete del rm remove drop purge destroy uninstall terminate revoke unenroll erase expunge unset rmi dropuser delkey".split()
)
_MAKES = frozenset(
    "create add new import issue put provision enroll enrol generate mint install upload publish set insert make adduser addkey".split()
)
_SPLIT = re.compile(r"[-_:]")
# How a mode is entered and left.
_ENTERED = frozenset("enable on activate enter start set true 1 yes begin".split())
_LEFT = frozenset("disable off deactivate leave exit stop unset false 0 no end".split())
_CARRIERS = frozenset({"ssh", "sudo", "su", "xargs", "env", "sh", "bash", "watch", "timeout", "nohup"})
# How much a command says and asks, which is nothing it does to a thing.
_MANNERS = frozenset("--quiet --silent --yes --force --wait --hold -q --no-start".split())
# Options whose value is a name, whatever it says.
_NAMES_NEXT = re.compile(
    r"--(?:cluster|name|services?|namespace|region|profile|context|project|(?:resource-)?group|zone|host|user|database|db|nodes?|instance|queue|topic|bucket|vhost|container|env(?:ironment)?|state|status|phase|filter)|-[ngpkNU]"
)
_REACH = 8  # words of a command in which its verb stands


@dataclass(frozen=True, slots=True)
class Deed:
    """What a command does.

    Attributes:
        tool: the program. verb: as said, in lower case.
        frame: the words that tell what kind of thing is meant. names: the words that tell which one.
        place: the machine it runs on, "" on the operator's side.
    """

    doing: Doing
    tool: str
    verb: str
    frame: frozenset[str]
    names: tuple[str, ...]
    place: str


def deed(command: Command) -> Deed | None:
    """What a command does with which thing; None if its verb is none of those."""
    # What ssh carries is a command of its own.
    found = _read(command.name, command.args) if command.name not in _CARRIERS else None
    if found is None:
        return None
    doing, verb, frame, names = found
    return Deed(doing, command.name, verb, frame, names, machine(command))


@lru_cache(maxsize=4096)
def _read(tool: str, args: tuple[str, ...]) -> tuple[Doing, str, frozenset[str], tuple[str, ...]] | None:
    words = [word for arg in args for word in arg.split()]
    at, verb, doing = _mode(words) if _MODE.search(" ".join(args)) else (-1, "", None)
    for place, word in enumerate(words[:_REACH] if doing is None else ()):
        verb, doing = _verb(word.lower().strip("'\";"))
        if doing is not None and place and _NAMES_NEXT.fullmatch(words[place - 1]):
            doing = None  # `--cluster park` is called so
        if doing is not None:
            at = place
            break
    if doing is None:
        return None
    rest = [word.strip("'\";,") for place, word in enumerate(words) if place != at]
    rest.extend(part for part in _SPLIT.split(words[at].lower().strip("-'\";")) if part != verb)
    frame = frozenset(
        low for word in rest if word.isalpha() and (low := word.lower()) not in _ENTERED and low not in _LEFT
    )
    names = tuple([word for word in rest if is_name(word)])
    return doing, verb, frame, names


_PARTS = re.compile(r"[-_:=.;'\"]+")
_MODE = re.compile(r"maint(?:enance)?(?:[-_ ]?mode)?|(?:super_)?read[-_]?only|safemode", re.IGNORECASE)


def _mode(words: list[str]) -> tuple[int, str, Doing | None]:
    """A mode that is entered or left: to enable maintenance takes out, to disable it puts back."""
    for place, word in enumerate(words[:_REACH]):
        found = _MODE.search(word)
        if found is None:
            continue
        around = [
            part
            for near in words[max(0, place - 2) : place + 4]
            if "://" not in near  # the 1 in the name of a host turns nothing on
            for part in _PARTS.split(near.lower())
        ]
        turned = [part for part in around if part in _ENTERED or part in _LEFT]
        if turned:
            # "SET read_only = OFF": what it is set to says more than that it is set
            last = next((part for part in reversed(turned) if part != "set"), "set")
            verb = "maintenance" if found[0][:5].lower() == "maint" else "read-only"
            return place, verb, Doing.OUT if last in _ENTERED else Doing.BACK
    return -1, "", None


def _verb(word: str) -> tuple[str, Doing | None]:
    """The verb a word says, also where it is an option or part of one: `--disable`, `maintenance:enable`, `delete_user`."""
    bare = word.lstrip("-")
    if word in _MANNERS or "=" in bare or "/" in bare or "." in bare or "@" in bare:
        return "", None  # a name, no verb
    parts = _SPLIT.split(bare)
    for part in (bare, parts[0], bare.rpartition(":")[2]):
        if part in OPPOSITES:
            return part, Doing.OUT
        if part in _BACK:
            return part, Doing.BACK
        if part in _REMOVES:
            return part, Doing.REMOVES
        if part in _MAKES:
            return part, Doing.MAKES
    return "", None


def is_name(word: str) -> bool:
    """Whether a word tells which of its kind is meant: it has a digit, a dash or a dot in it and is no option, file or hole."""
    return (
        not word.isalpha()
        and word[:1] not in "-/$<{[("
        and "=" not in word
        and len(word) < 80
        and any(char.isdigit() or char in "-.@/" for char in word)
        and any(char.isalnum() for char in word)
    )


def machine(command: Command) -> str:
    """Where a command runs: the host of the ssh or the pod around it, "" on the operator's side."""
    outer = command.wrapper
    while outer is not None:
        if outer.name in ("ssh", "kubectl", "docker"):
            return next((word for word in outer.plain if word != "exec"), "")
        outer = outer.wrapper
    return ""


def puts_back(back: Deed, out: Deed) -> bool:
    """Whether one of two deeds of a tool is the opposite of the other, of whatever thing of that kind."""
    return (
        back.tool == out.tool
        and back.doing is Doing.BACK
        and out.doing is Doing.OUT
        and (back.verb == out.verb or back.verb in OPPOSITES.get(out.verb, ()))
    )


def alike(one: str, other: str) -> bool:
    """Whether two names are of one row: equal but for their numbers, or for one of their labels."""
    if one == other:
        return False
    if re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other):
        return True
    left, right = re.split(r"[./@]", one), re.split(r"[./@]", other)
    if len(left) == len(right) > 1 and sum(a != b for a, b in zip(left, right, strict=True)) == 1:
        return True
    left, right = one.split("-"), other.split("-")
    return len(left) == len(right) > 1 and left[:-1] == right[:-1] and max(len(left[-1]), len(right[-1])) <= 2
