"""TOC208 and TOC203 by order and place: "before the restore" behind it; a file put on one host, the service restarted on another."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import machine
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, sentences
from tocsin.runbook.words.wording import fold, stem

_SAID_BEFORE = re.compile(
    r"\b(?:before|during|prior to|ahead of|until|vor|wahrend|bevor|antes de|avant) (?:you |we |the |a |an |any |this |that |each |dem |der |die |das |la |el |le )*(?P<what>[a-z]{4,})"
)
_FIRST = re.compile(r"\b(?:first of all|as the first step|to begin with|at the very beginning|zuallererst)\b")
_NO_DEED = frozenset(
    "this that change step incident these them what next other problem going doing then there service".split()
)


def said_to_be_before(view: View) -> Iterator[Diagnostic]:
    """A step is said to come before another that stands before it."""
    for procedure in view.procedures:
        done: dict[str, Line] = {}  # what has been done so far, by the stem of its verb
        for line in procedure.lines:
            told = (sentences(above(view, line)) or sentences(line.step.title))[-1:]
            said = told[0] if told else ""
            found = _SAID_BEFORE.search(said)
            what = stem(found["what"]) if found is not None and found["what"] not in _NO_DEED else ""
            since = done.get(what)
            acts = line.step.judgement.effect is not Effect.OBSERVE
            if (
                since is not None
                and acts
                and line.step.actions
                and not procedure.exclusive(since, line)
                and not _again(view, procedure, line, what)
            ):
                message = f'"{said[:60]}": that was done in line {since.step.span.first_line} already.'
                yield view.on("TOC208", line, message)
            if acts and line.step.actions and line.step.role is not Role.ROLLBACK:
                verb = _verb(said)
                if verb and found is None:
                    done.setdefault(verb, line)


_BEGINS = re.compile(r"\W*(?:\d+[.)]\s*)?(?:then |now |next |finally )?([a-z]{4,})\b")


def _verb(said: str) -> str:
    """The stem of what an instruction begins with: "restore files1." gives restor."""
    found = _BEGINS.match(said)
    return stem(found[1]) if found is not None else ""


def _again(view: View, procedure: Procedure, line: Line, what: str) -> bool:
    """Whether it is done once more behind the step: then that is the one it is before."""
    return any(
        _verb(said) == what
        for other in procedure.after(line)
        for said in (sentences(above(view, other)) or (fold(other.step.title),))[-1:]
    )


_USES_FILES = frozenset({"restart", "reload", "try-restart", "reload-or-restart"})


def put_elsewhere(view: View) -> Iterator[Diagnostic]:
    """Files go to one host, and the service that has to read them is restarted on another one only."""
    for procedure in view.procedures:
        put: list[tuple[str, Line, int, Command]] = []
        used: set[str] = set()
        for place, line in enumerate(procedure.lines):
            for action, command in line.commands:
                host = _sent_to(command)
                if host:
                    put.append((host, line, action.span.first_line, command))
                elif (
                    command.name == "systemctl"
                    and command.plain[:1]
                    and command.plain[0] in _USES_FILES
                    and put
                ):
                    used.add(machine(command).rpartition("@")[2])
            if place > 200:
                break
        used.discard("")
        hosts = {host for host, *_ in put}
        if len(hosts) == 1 and len(used) == 1 and not hosts & used:
            host, line, _, command = put[-1]
            other = next(iter(used))
            if _alike(host, other):
                action = next(action for action, one in line.commands if one is command)
                message = f"This goes to {host}; what is to read it is restarted on {other}."
                yield view.at("TOC203", line, action, command.start, message)


def _sent_to(command: Command) -> str:
    """The host a copy goes to, or ""."""
    target = command.plain[-1] if command.name in ("scp", "rsync") and len(command.plain) > 1 else ""
    host, colon, _ = target.partition(":")
    return (
        host.rpartition("@")[2] if colon and "/" not in host and not host.startswith(("$", "<", "{")) else ""
    )


def _alike(one: str, other: str) -> bool:
    """Whether two hosts are of one row: `vpn-1`, `vpn-2`."""
    return re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other)


_DOWN_BEFORE = re.compile(
    r"\b(?:has|have|must|needs?|ought) (?:to )?be (?:down|stopped|off|fenced|drained|shut down|shut off|offline|isolated|demoted|paused|closed)\b[^.;]{0,30}\bbefore\b[^.;]{0,40}\b(?:starts?|started|comes? up|is up|takes? over|taken over|goes live|promoted|runs?|begins?)\b|\b(?:never|not|must not|cannot)\b[^.;]{0,60}\bat the same time\b|"
    r"\bmuss\b[^.;]{0,40}\b(?:gestoppt|aus|angehalten|abgeschaltet)\b[^.;]{0,20}\bbevor\b[^.;]{0,40}\b(?:startet|gestartet|anlauft|ubernimmt|lauft)\b|\bnie(?:mals)? (?:beide|gleichzeitig)\b|\btiene que estar parad[oa]\b[^.;]{0,30}\bantes\b[^.;]{0,40}\barran\w*|\bdoit etre arrete\w*\b[^.;]{0,30}\bavant\b[^.;]{0,40}\bdemarr\w*"
)
_DOWN_SIGNS = ("before", "same time", "bevor", "nie ", "niemals", "antes", "avant")
_STOPS = re.compile(
    r"(?<![\w-])(?:stop|down|disable|shutdown|demote|drain|kill|poweroff|pause|scale[^\n]*[= ]0)(?![\w-])"
)
_STARTS = re.compile(r"(?<![\w-])(?:start|up|enable|promote|run|resume|unpause|poweron)(?![\w-])")


def stopped_too_late(view: View) -> Iterator[Diagnostic]:
    """ "The old one has to be down before the new one starts", and the step above has started the new one."""
    if not view.says(_DOWN_SIGNS):
        return
    for procedure in view.procedures:
        started: list[tuple[Line, frozenset[str]]] = []
        for line in procedure.lines:
            if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
                continue
            tools = frozenset(command.name for _, command in line.commands) - _USUAL
            said = next((each for each in sentences(above(view, line)) if _DOWN_BEFORE.search(each)), None)
            if said is not None and _STOPS.search(line.text) and not _STARTS.search(line.text):
                first = next(
                    (one for one, used in started if used & tools and not procedure.exclusive(one, line)),
                    None,
                )
                if first is not None:
                    message = (
                        f'"{said[:60]}": line {first.step.span.first_line} has started the other one already.'
                    )
                    yield view.on("TOC208", line, message)
            elif _STARTS.search(line.text) and not _STOPS.search(line.text):
                started = [*started[-10:], (line, tools)]


_USUAL = frozenset({"ssh", "sudo", "cd", "sleep", "echo", "bash", "sh"})

RULES = (said_to_be_before, put_elsewhere, stopped_too_late)
