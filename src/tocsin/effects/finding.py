"""What a run turned out to be: the outcome, one sentence, and facts read from the output."""

import re
from dataclasses import dataclass
from enum import Enum

from tocsin.effects.words import Word


class Outcome(Enum):
    """How a run ended, as far as its output proves it."""

    DONE = "done"
    FAILED = "failed"
    NO_EFFECT = "no effect"
    TAKES_EFFECT_LATER = "takes effect later"
    IN_DOUBT = "in doubt"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run showed.

    Attributes:
        outcome: see Outcome.
        sentence: for people: what is known, and how.
        facts: (name, value) pairs read from the output, in the order found; values are untrusted text.
    """

    outcome: Outcome
    sentence: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """One deciding command with everything its run left behind.

    Attributes:
        words: the command, wrappers taken away.
        status: its own exit status.
        stdout, stderr: of the whole text.
        before, after: what the capture printed before and after a change, or None.
    """

    words: tuple[Word, ...]
    status: int
    stdout: str
    stderr: str
    before: str | None
    after: str | None

    @property
    def texts(self) -> list[str]:
        """The words after the name."""
        return [word.text for word in self.words[1:]]

    def says(self, pattern: str) -> re.Match[str] | None:
        """The first place where either stream matches, ignoring case."""
        return re.search(pattern, self.stdout, re.I | re.M) or re.search(pattern, self.stderr, re.I | re.M)


def done(sentence: str, *facts: tuple[str, str]) -> Finding:
    """A run that did what it should."""
    return Finding(Outcome.DONE, sentence, facts)


def failed(sentence: str, *facts: tuple[str, str]) -> Finding:
    """A run that did not."""
    return Finding(Outcome.FAILED, sentence if sentence.endswith(".") else f"{sentence}.", facts)


def no_effect(sentence: str, *facts: tuple[str, str]) -> Finding:
    """A run after which nothing is different."""
    return Finding(Outcome.NO_EFFECT, sentence, facts)


def later(sentence: str, *facts: tuple[str, str]) -> Finding:
    """A run whose effect is still to come."""
    return Finding(Outcome.TAKES_EFFECT_LATER, sentence, facts)


def doubt(sentence: str, *facts: tuple[str, str]) -> Finding:
    """A run nobody can vouch for."""
    return Finding(Outcome.IN_DOUBT, sentence, facts)


def by_status(status: int, stderr: str = "") -> Finding:
    """All that the exit status alone can say."""
    if status == 0:
        return done("Done, by exit status only.")
    return failed(f"Exit status {status}{first_line(stderr)}, by exit status only.")


def first_line(text: str) -> str:
    """The first line that says something, as the end of a sentence; cut to stay readable."""
    for line in text.splitlines():
        if line.strip():
            return ": " + line.strip()[:200]
    return ""
