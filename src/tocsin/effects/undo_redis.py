"""Ways back for Redis.

Source: docs/reference/effects.md, table of captures and undos.
"""

import re

from tocsin.effects.effect import Undo, Undoable
from tocsin.effects.recipe import Recipe, joined_words, known, safe
from tocsin.effects.words import Word


def redis_recipe(connection: list[str], words: tuple[Word, ...]) -> Recipe | None:
    """The way back of one Redis command.

    Args:
        connection: the client with its connection options as written; empty inside a session.
        words: the Redis command.
    """
    if not words or not known(*words):
        return None
    texts = [word.text for word in words]
    verb = " ".join(text.upper() for text in texts[:2])
    first = verb.partition(" ")[0]
    here = " ".join(connection)
    if verb == "CONFIG SET" and len(words) == 4 and re.fullmatch(r"[\w-]+", texts[2]):
        return _config(here, texts[2])
    if first in ("EXPIRE", "PEXPIRE", "PERSIST", "EXPIREAT") and len(words) >= 2:
        return _expiry(here, words[1])
    if first == "SET" and len(words) >= 3:
        return _value(here, words[1])
    if first in ("DEL", "UNLINK") and len(words) == 2:
        capture = joined_words(here, "GET", words[1].raw)
        return Recipe(
            Undo(Undoable.NO, capture, None, "the key; its type and lifetime are not in the capture")
        )
    return None


def _config(here: str, name: str) -> Recipe:
    def back(captured: str) -> str | None:
        lines = [_plain(line) for line in captured.strip("\n").split("\n")]
        if len(lines) == 1 and lines[0] == name:
            lines.append("")  # an empty value is an empty line, which trimming takes away
        if len(lines) != 2 or lines[0] != name:
            return None
        value = safe(lines[1])
        return None if value is None else joined_words(here, "CONFIG SET", name, value)

    return Recipe(
        Undo(
            Undoable.PARTLY,
            joined_words(here, "CONFIG GET", name),
            joined_words(here, "CONFIG SET", name, "{old value}"),
            "keys that were evicted meanwhile; a restart forgets both values unless CONFIG REWRITE was run",
        ),
        back,
    )


def _plain(line: str) -> str:
    """A reply line without the decoration redis-cli adds on a terminal: `1) "name"`."""
    decorated = re.fullmatch(r'\d+\) "(.*)"', line.rstrip("\r"))
    return decorated[1] if decorated else line.rstrip("\r")


def _expiry(here: str, key: Word) -> Recipe:
    def back(captured: str) -> str | None:
        left = re.fullmatch(r"\s*(?:\(integer\) )?(-?\d+)\s*", captured)
        if left is None or left[1] in ("-2", "0", "1"):
            return None  # the key is gone, or would be gone before anybody has read this
        if left[1] == "-1":
            return joined_words(here, "PERSIST", key.raw)
        return joined_words(here, "EXPIRE", key.raw, left[1])

    return Recipe(
        Undo(Undoable.YES, joined_words(here, "TTL", key.raw), "give the key its old lifetime back"), back
    )


def _value(here: str, key: Word) -> Recipe:
    def back(captured: str) -> str | None:
        text = captured[:-1] if captured.endswith("\n") else captured
        if text in ("", "(nil)"):
            return None  # no key and an empty string look the same
        value = safe(text)
        return None if value is None else joined_words(here, "SET", key.raw, value)

    return Recipe(
        Undo(
            Undoable.PARTLY,
            joined_words(here, "GET", key.raw),
            "set the old value again",
            "the key's old lifetime",
        ),
        back,
    )
