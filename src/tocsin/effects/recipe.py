"""One recipe of a way back."""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from tocsin.effects.effect import Undo
from tocsin.effects.words import HOLE, Word


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one change goes back.

    Attributes:
        undo: what is said and captured before it.
        back: the reverse command from the captured output, or None where only a person can go back.
    """

    undo: Undo
    back: Callable[[str], str | None] | None = None


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def safe(value: str, pattern: str = r"[\s\S]*") -> str | None:
    """A captured value as one shell word, or None if it is not of this kind.

    Control characters never pass, nor does anything that an option could be mistaken for.
    """
    if _CONTROL.search(value) or (value.startswith("-") and not re.fullmatch(r"-?\d+", value)):
        return None
    return shlex.quote(value) if re.fullmatch(pattern, value) else None


def known(*words: Word) -> bool:
    """Whether each word is written out: a way back may not contain a hole."""
    return all(HOLE not in word.text for word in words)


def joined_words(*parts: str) -> str:
    """Words as one command line; empty parts are left out."""
    return " ".join(part for part in parts if part)


def quoted(text: str) -> str:
    """A text of ours as one shell word, in the kind of quotes that keeps it readable."""
    return f'"{text}"' if "'" in text and not re.search(r'["$`\\!]', text) else shlex.quote(text)
