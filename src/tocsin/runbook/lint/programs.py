"""TOC406: programs that the machine the steps run on does not have. Only when that machine was asked."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Action, Runbook, Step
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.shell import read

_NAME = re.compile(r"[a-z][\w.+-]*")
_ELSEWHERE = ("ssh", "kubectl exec", "docker exec", "docker compose exec", "podman exec", "oc exec", "chroot")
# Words of the shell itself: no program of that name has to exist.
_OWN = frozenset(
    (
        "alias bg bind break builtin caller case cd command compgen complete continue coproc declare dirs disown do done echo elif "
        "else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill let local "
        "logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test then time "
        "times trap true type typeset ulimit umask unalias unset until wait while"
    ).split()
)


def here(step: Step, command: Command) -> bool:
    """Whether a command runs on the machine where the step is started, in a folder and as somebody we know."""
    return all(hop.kind in ("cwd", "env") for hop in step.context) and not any(
        way in _ELSEWHERE for way in command.via
    )


def _started(step: Step) -> Iterator[tuple[Action, Command]]:
    """The programs a step starts here, by their plain names."""
    for action in step.actions:
        if action.language != "shell":
            continue
        defined = set(re.findall(r"(?m)^\s*(?:function\s+)?([\w-]+)\s*\(\)", action.text))
        for command in read(action.text).commands:
            name = command.words[0] if command.words else ""
            if _NAME.fullmatch(name) and name not in _OWN | defined and here(step, command):
                yield action, command


def programs_of(book: Runbook) -> frozenset[str]:
    """The programs a document starts on the machine its steps run on."""
    return frozenset(
        command.words[0]
        for section in book.sections
        for step in section.steps()
        for _, command in _started(step)
    )


def missing(view: View) -> Iterator[Diagnostic]:
    """TOC406: each program that is not there, where it is first used."""
    known = view.project.programs
    if known is None:
        return
    told: set[str] = set()
    for _, line in view.lines():
        for action, command in _started(line.step):
            name = command.words[0]
            if name in told or known.get(name, True):
                continue
            told.add(name)
            message = f"`{name}` is not on this machine's PATH."
            yield view.at("TOC406", line, action, command.start, message, blocks=False)


RULES = (missing,)
