"""Where and with what a text runs: part of what is judged, and part of what a yes binds to."""

import shlex
from collections.abc import Callable

from tocsin.effects.effect import Effect, Judgement
from tocsin.effects.judge import judge
from tocsin.effects.repository.held import NOTHING_HELD, Repository
from tocsin.incident.approval import digest
from tocsin.incident.commands import StepText


def place(text: StepText) -> str:
    """The target, and the directory and variables beside it, as an approval binds to them.

    >>> place(StepText("ls", "shell", "web-1", "/srv", (("A", "b c"),)))
    "web-1 in /srv with A='b c'"
    """
    within = f" in {text.cwd}" if text.cwd else ""
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in text.environment)
    return f"{text.target}{within}" + (f" with {given}" if given else "")


def digest_of(texts: tuple[StepText, ...]) -> str:
    """What an approval of these texts binds to: each with its place and with what it runs of the repository, in order."""
    return digest(tuple((text.text, place(text) + _pinned(text)) for text in texts))


def _pinned(text: StepText) -> str:
    return "".join(f"\x1d{file}\x1d{line}\x1d{sha256}" for file, line, sha256 in text.read)


def read_by(texts: tuple[StepText, ...]) -> tuple[tuple[str, int, str], ...]:
    """What these texts run of the repository: (file, line, SHA-256 of the file), each once."""
    return tuple(dict.fromkeys(each for text in texts for each in text.read))


def changed_since(
    before: tuple[tuple[str, int, str], ...], now: tuple[tuple[str, int, str], ...]
) -> str | None:
    """The files that are not what they were, for people; None if all are.

    >>> changed_since((("Makefile", 3, "aa"),), (("Makefile", 3, "bb"),))
    'Makefile'
    """
    if before == now:
        return None
    files = dict.fromkeys(file for file, _, _ in (*before, *now))
    moved = [file for file in files if _of(file, before) != _of(file, now)]
    return ", ".join(moved or files)


def _of(file: str, read: tuple[tuple[str, int, str], ...]) -> set[tuple[int, str]]:
    return {(line, sha256) for name, line, sha256 in read if name == file}


def judgements(
    text: str, language: str, environment: tuple[tuple[str, str], ...], held: Repository = NOTHING_HELD
) -> tuple[Judgement, ...]:
    """What a text would do, and what each variable it is given would do to it.

    A variable set by an earlier line is no less dangerous than one in front of the command (`GIT_EXTERNAL_DIFF`).

    Args:
        held: the texts that lie where it runs; what it runs and is not held is unknown.
    """
    given = tuple(judge(f"export {name}={shlex.quote(value)}") for name, value in environment)
    return (judge(text, language, repository=held), *given)


def by_itself(text: StepText) -> Judgement:
    """What a statement would do, where nobody has read what it runs of a repository."""
    return judge(text.text, text.language, repository=NOTHING_HELD)


def changing(texts: tuple[StepText, ...], judged: Callable[[StepText], Judgement] = by_itself) -> StepText:
    """The statement whose old state is kept and brought back: the first that does more than look."""
    return next((text for text in texts if judged(text).effect is not Effect.OBSERVE), texts[0])
