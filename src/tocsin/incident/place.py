"""Where and with what a text runs: part of what is judged, and part of what a yes binds to."""

import shlex

from tocsin.effects.effect import Effect, Judgement
from tocsin.effects.judge import judge
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
    """What an approval of these texts binds to: each with its place, in order."""
    return digest(tuple((text.text, place(text)) for text in texts))


def judgements(text: str, language: str, environment: tuple[tuple[str, str], ...]) -> tuple[Judgement, ...]:
    """What a text would do, and what each variable it is given would do to it.

    A variable set by an earlier line is no less dangerous than one in front of the command (`GIT_EXTERNAL_DIFF`).
    """
    given = tuple(judge(f"export {name}={shlex.quote(value)}") for name, value in environment)
    return (judge(text, language), *given)


def changing(texts: tuple[StepText, ...]) -> StepText:
    """The statement whose old state is kept and brought back: the first that does more than look."""
    return next(
        (text for text in texts if judge(text.text, text.language).effect is not Effect.OBSERVE), texts[0]
    )
