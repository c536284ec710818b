"""TOC210: of several things that were taken out in the same way only some are put back, and nothing of the document brings the others.

Whoever stops three services for a restore and starts two of them has an outage that begins when the incident is over. Tools are
not listed: a verb and its opposite say what is out and what is back, the words beside them say which of the things.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import OPPOSITES, machine
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, below
from tocsin.runbook.words.wording import fold

_Thing = tuple[str, str]  # the machine it is on, "" for the operator's side, and its name


@dataclass(frozen=True, slots=True)
class _Switch:
    """One command that takes things out or puts them back; a count of zero takes out, another one puts back."""

    verb: str
    things: frozenset[_Thing]
    open: bool
    line: Line
    action: Action
    start: int


@dataclass(slots=True)
class _Row:
    """What one tool took out with one verb, in the order of the text."""

    switches: list[_Switch] = field(default_factory=list)

    def things(self) -> set[_Thing]:
        """The things that are meant: words that all its commands have in common tell the kind."""
        if len(self.switches) == 1:
            return set(self.switches[0].things)
        common = frozenset.intersection(*(switch.things for switch in self.switches))
        return {thing for switch in self.switches for thing in switch.things} - common


_SIGNS = tuple(sorted({verb[:4] for verb in OPPOSITES} | {"replicas", "-count", "desired"}))
_COUNTS = re.compile(r"--(?:replicas|desired-count|desired-capacity|min|max|size|count)=?")
_NAME = re.compile(r"[A-Za-z][\w.@-]*")
# Words that tell how or where, not which.
_KINDS = frozenset(
    "deployment deployments deploy statefulset statefulsets sts replicaset service services timer job jobs cronjob cronjobs queue queues server "
    "node nodes compose container topic connector task tasks unit pod pods all app apps update-service instances group rollout scale".split()
)
_PLACES = re.compile(
    r"--?(?:n|namespace|context|kube-context|cluster|region|profile|project|resource-group|g|t|time|timeout|f|file|p|vhost|host|h|u|user|env|environment|zone|reason|comment|output|o)"
)
_CARRIERS = frozenset(
    {"ssh", "sudo", "su", "xargs", "env", "sh", "bash", "watch", "timeout", "nohup", "echo"}
)
_MOST = 40  # commands of one kind in a procedure that are compared


def half_put_back(view: View) -> Iterator[Diagnostic]:
    """Three are stopped, two are started: the third is found by its customers."""
    if not view.says(_SIGNS):
        return
    for procedure in view.procedures:
        if Role.TOOLBOX not in procedure.section.roles:
            yield from _in_procedure(view, procedure)


def _in_procedure(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    rows: dict[tuple[str, str], _Row] = {}
    for line in procedure.lines:
        if line.step.role is Role.ROLLBACK:
            continue
        for action, command in line.commands:
            if command.name not in _CARRIERS and (switch := _taken_out(line, action, command)) is not None:
                row = rows.setdefault((command.name, switch.verb), _Row())
                if len(row.switches) < _MOST:
                    row.switches.append(switch)
    for (tool, verb), row in rows.items():
        out = row.things()
        if 2 <= len(out) <= _MOST and not any(switch.open for switch in row.switches):
            yield from _missing(view, procedure, tool, verb, row, out)


def _missing(
    view: View, procedure: Procedure, tool: str, verb: str, row: _Row, out: set[_Thing]
) -> Iterator[Diagnostic]:
    backs: list[_Switch] = []
    for of, line, action, command in view.commands(tool):
        back = _put_back(line, action, command, verb)
        if back is not None:
            if back.open or not back.things:
                return  # all of them, or which ones is decided elsewhere
            if of is procedure and line.order >= row.switches[0].line.order:
                backs.append(back)
            elif not (back.things & out) or of is not procedure:
                continue
    returned = {thing for back in backs for thing in back.things} & out
    left = sorted(out - returned)
    if not returned or not left or len(left) > len(returned) + 1:
        return
    after = [back for back in backs if back.line.order >= row.switches[-1].line.order and back.things & out]
    if not after:
        return
    last = after[-1]
    names = [_told(thing, out) for thing in left]
    beside = {id(back.line) for back in backs}
    if any(_spoken_of(view, procedure, row, thing, out, beside) for thing in left):
        return
    first = row.switches[0].action.span.first_line
    message = f"{', '.join(names)} {'was' if len(names) == 1 else 'were'} taken out too (line {first}, `{verb}`); nothing brings {'it' if len(names) == 1 else 'them'} back."
    yield view.at("TOC210", last.line, last.action, last.start, message, level=Level.WARNING)


def _told(thing: _Thing, out: set[_Thing]) -> str:
    """The name of a thing, with its machine where others of that name are elsewhere."""
    where, name = thing
    return f"{name} on {where}" if where and sum(other == name for _, other in out) > 1 else name


_ON_PURPOSE = re.compile(
    r"\b(?:stays?|remains?|leave|leaving|keep|kept|not (?:yet|again)|later|replac\w*|decommission\w*|retire\w*|bleib\w*|lass\w*|queda\w*|reste\w*)\b"
)
_BRINGS = re.compile(
    r"\b(?:re-?start\w*|start\w*|run|up|resum\w*|enabl\w*|unpaus\w*|appl\w+|deploy(?!ment)\w*|creat\w*|delet\w*|remov\w*|destroy\w*|promot\w*|reboot\w*|install\w*|replac\w*|rm|reset|drop|mount|provision\w*)\b"
)


def _spoken_of(
    view: View, procedure: Procedure, row: _Row, thing: _Thing, out: set[_Thing], beside: set[int]
) -> bool:
    """Whether something after it is taken out brings a thing back otherwise, removes it for good, or says that it stays so."""
    where, name = thing
    # On two machines it is the machine that tells them apart.
    wanted = where if where and sum(other == name for _, other in out) > 1 else name
    named = re.compile(rf"(?<![\w.-]){re.escape(wanted)}(?![\w-])", re.IGNORECASE)
    since = row.switches[-1].line
    for other in procedure.lines[since.order :]:
        behind = other is not since
        text = fold(f"{other.text if behind else ''} {other.words} {above(view, other)}")
        if wanted.lower() in text and named.search(text):
            said = fold(f"{other.words} {above(view, other)} {below(view, other)}")
            if behind and named.search(fold(other.text)) and _BRINGS.search(fold(other.text)):
                return True
            # A sentence about all of them says no more than that this one is forgotten below it.
            if (
                behind
                and named.search(said)
                and (_ON_PURPOSE.search(said) or (id(other) not in beside and _BRINGS.search(said)))
            ):
                return True
    told = " ".join(fold(f"{switch.line.words} {above(view, switch.line)}") for switch in row.switches[:3])
    return _ON_PURPOSE.search(told) is not None


def _taken_out(line: Line, action: Action, command: Command) -> _Switch | None:
    words = _words(command)
    if not words or command.inner:
        return None
    count = _count(command)
    if count is not None:
        return _switch("scale", words, line, action, command) if count == "0" else None
    verb = next((word for word in words[:4] if word.lower() in OPPOSITES), None)
    return _switch(verb.lower(), words, line, action, command, verb) if verb is not None else None


def _put_back(line: Line, action: Action, command: Command, out: str) -> _Switch | None:
    words = _words(command)
    if not words or command.inner:
        return None
    count = _count(command)
    if out == "scale":
        return _switch(out, words, line, action, command) if count not in (None, "0") else None
    back = OPPOSITES.get(out, frozenset())
    verb = next((word for word in words[:4] if word.lower() in back), None)
    return _switch(verb.lower(), words, line, action, command, verb) if verb is not None else None


def _count(command: Command) -> str | None:
    """The number of copies a command asks for."""
    at = next((place for place in command.dashed if _COUNTS.match(command.args[place])), None)
    if at is None:
        return None
    word = command.args[at]
    value = word.partition("=")[2] if "=" in word else next(iter(command.args[at + 1 : at + 2]), "")
    return value.strip("'\"")


def _words(command: Command) -> list[str]:
    """The words of a command that may tell which things are meant, its verb among them; the values of place options are not."""
    found: list[str] = []
    skip = False
    for word in command.args:
        if word == "--":
            break
        if word[:1] == "-":
            skip = "=" not in word and _PLACES.fullmatch(word) is not None
            if "=" in word and not _PLACES.fullmatch(word.partition("=")[0]) and not _COUNTS.match(word):
                found.append(word.partition("=")[2])
            continue
        if not skip:
            found.extend(word.split("/")[-1:] if word.count("/") == 1 else [word])
        skip = False
    return found


def _switch(
    verb: str, words: list[str], line: Line, action: Action, command: Command, said: str | None = None
) -> _Switch:
    rest = [word.strip("'\",;") for word in words if word != said]
    things = frozenset(
        (machine(command), word.removesuffix(".service"))
        for word in rest
        if _NAME.fullmatch(word) and word.lower() not in _KINDS
    )
    where = machine(command)
    loose = any(char in word for word in (*rest, where) for char in "$*<{[")
    every = command.has("-l", "--selector", "--all", "-A") or "all" in rest
    return _Switch(verb, things, loose or every, line, action, command.start)


_CMDLET = re.compile(
    r"(?<![\w-])(?P<verb>Stop|Suspend|Disable|Dismount|Start|Resume|Enable|Mount|Restart)-(?P<noun>[A-Za-z]\w+)(?P<rest>[^\n|;}`]*)"
)
_CMDLET_NAME = re.compile(
    r"(?:\s-(?:Name|Identity|TaskName|VMName|Service|DisplayName|Id)\s+|^\s+(?!-))[\"']?(?P<names>[\w.$*-]+(?:[\"']?,\s*[\"']?[\w.$*-]+)*)"
)
_CMDLET_BACK = {"Stop": ("Start", "Restart"), "Suspend": ("Resume",), "Disable": ("Enable",), "Dismount": ("Mount",)}  # fmt: skip
_CMDLET_SIGNS = ("Stop-", "Suspend-", "Disable-", "Dismount-")


def cmdlets_half_back(view: View) -> Iterator[Diagnostic]:
    """The same in PowerShell, in whatever layout."""
    if not any(map(view.whole.__contains__, _CMDLET_SIGNS)):
        return
    for procedure in view.procedures:
        span = procedure.section.span
        out: dict[tuple[str, str], dict[str, int]] = {}
        back: dict[tuple[str, str], dict[str, int]] = {}
        for raw in view.lines_of(span.first_line, span.last_line):
            for found in _CMDLET.finditer(raw.text) if "-" in raw.text else ():
                names = _CMDLET_NAME.search(found["rest"])
                key = (found["verb"], found["noun"])
                if names is None or any(char in names["names"] for char in "$*"):
                    out[key] = {}  # which ones is decided elsewhere
                    back[key] = {"": raw.number}
                    continue
                into = out if found["verb"] in _CMDLET_BACK else back
                for name in re.split(r"[\"']?,\s*[\"']?", names["names"]):
                    into.setdefault(key, {}).setdefault(name, raw.number)
        yield from _cmdlets_missing(view, out, back)


def _cmdlets_missing(
    view: View, out: dict[tuple[str, str], dict[str, int]], back: dict[tuple[str, str], dict[str, int]]
) -> Iterator[Diagnostic]:
    for (verb, noun), names in out.items():
        put: dict[str, int] = {}
        for other in _CMDLET_BACK.get(verb, ()):
            put |= back.get((other, noun), {})
        left = [name for name in names if name not in put]
        shared = [name for name in names if name in put]
        if len(names) < 2 or "" in put or not left or not shared or len(left) > len(shared):
            continue
        last = max(put[name] for name in shared)
        if last < min(names.values()):
            continue
        message = f"{', '.join(left)} was taken out too (line {names[left[0]]}, {verb}-{noun}); nothing brings it back."
        raw = view.raw[view.place_of(last)]
        yield view.remark("TOC210", raw.span, message, level=Level.WARNING)


RULES = (half_put_back, cmdlets_half_back)
