"""Reads the keys of one table of settings into typed values, and refuses what nobody will read.

A key with a typing error is silently ignored by most programs, which is how a limit of ten becomes no limit.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from tocsin.errors import ConfigError
from tocsin.kit import duration

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]i?b|b)", re.IGNORECASE)
_SIZES: dict[str, int] = {
    "b": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", start=1)},
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to say after an unknown word: "Did you mean url? Known: secret, timeout, url."

    >>> did_you_mean("ulr", ["url", "secret"])
    'Did you mean url? Known: secret, url.'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return f"{guess}Known: {', '.join(names) or 'none'}."


class KeyProblem(ConfigError):
    """What is wrong with one key of a table.

    Attributes:
        key: the one. known: the keys that may stand there, where nobody reads this one. stands: what stands in the table
            and looks as if it was meant, where this one is missing.
    """

    def __init__(
        self,
        message: str,
        key: str,
        *,
        hint: str | None = None,
        known: frozenset[str] = frozenset(),
        stands: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.key = key
        self.known = known
        self.stands = stands


class Keys:
    """One table of settings, read key by key; `done` refuses what was not read.

    Args:
        what: whose settings these are, for messages: 'check "api-health" (http)'.
        table: as written, untyped.

    Every method raises KeyProblem naming `what` and the key.
    """

    def __init__(self, what: str, table: Mapping[str, object]) -> None:
        self._what = what
        self._table = table
        self._read: set[str] = set()

    def text(self, key: str) -> str:
        """A text that must be there and not be empty."""
        value = self.text_or_none(key)
        if value is None:
            raise self.missing(key)
        return value

    def text_or_none(self, key: str) -> str | None:
        """A text that may be left out, but not be empty."""
        match self._take(key):
            case None:
                return None
            case str(value) if value.strip():
                return value
            case value:
                raise self.wrong(key, f"must be a text, not {value!r}")

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        match self._take(key):
            case None:
                return default
            case bool(value):
                return value
            case value:
                raise self.wrong(key, f"must be true or false, not {value!r}")

    def whole(self, key: str, default: int | None = None, *, least: int = 0, most: int = 2**31) -> int:
        """A whole number from `least` to `most`."""
        match self._take(key):
            case None if default is not None:
                return default
            case None:
                raise self.missing(key)
            case int(value) if not isinstance(value, bool) and least <= value <= most:
                return value
            case value:
                raise self.wrong(key, f"must be a whole number from {least} to {most}, not {value!r}")

    def share(self, key: str, default: float) -> float:
        """A share between 0 and 1, as in 0.9."""
        match self._take(key):
            case None:
                return default
            case int(value) | float(value) if not isinstance(value, bool) and 0 < value <= 1:
                return float(value)
            case value:
                raise self.wrong(key, f"must be a share above 0 and up to 1 (0.9 is 90 %), not {value!r}")

    def share_or_none(self, key: str) -> float | None:
        """A share from 0 to 1 that may be left out."""
        match self._take(key):
            case None:
                return None
            case int(value) | float(value) if not isinstance(value, bool) and 0 <= value <= 1:
                return float(value)
            case value:
                raise self.wrong(key, f"must be a share from 0 to 1 (0.9 is 90 %), not {value!r}")

    def number_or_none(self, key: str, least: float = 0.0, most: float = float("inf")) -> float | None:
        """A number from `least` to `most`, whole or not."""
        match self._take(key):
            case None:
                return None
            case int(value) | float(value) if not isinstance(value, bool) and least <= value <= most:
                return float(value)
            case value:
                wanted = f"from {least:g} to {most:g}" if most != float("inf") else f"of at least {least:g}"
                raise self.wrong(key, f"must be a number {wanted}, not {value!r}")

    def size_or_none(self, key: str) -> int | None:
        """A size in bytes, as a number or as "500 MB" (1000) or "2 GiB" (1024)."""
        match self._take(key):
            case None:
                return None
            case int(value) if not isinstance(value, bool) and value >= 0:
                return value
            case str(text) if (found := _SIZE.fullmatch(text.strip())) is not None:
                return int(float(found[1]) * _SIZES[found[2].lower()])
            case value:
                raise self.wrong(key, f'must be a size such as "500 MB" or "2 GiB", not {value!r}')

    def duration_or_none(self, key: str) -> timedelta | None:
        """A duration such as "800 ms" or "1h30m"."""
        value = self.text_or_none(key)
        if value is None:
            return None
        span = duration.parse(value)
        if span is None or span <= timedelta():
            raise self.wrong(key, f'must be a duration such as "800 ms", not {value!r}')
        return span

    def list_of(self, key: str) -> tuple[object, ...]:
        """The items of a list; a single value counts as a list of one; left out is empty."""
        match self._take(key):
            case None:
                return ()
            case list(items) | tuple(items):
                return tuple(items)
            case value:
                return (value,)

    def texts(self, key: str) -> tuple[tuple[str, str], ...]:
        """A table of texts, numbers and truth values, all as text, in the order written."""
        match self._take(key):
            case None:
                return ()
            case dict(table):
                return tuple(
                    (str(name), self._plain(f"{key}.{name}", value)) for name, value in table.items()
                )
            case value:
                raise self.wrong(key, f"must be a table of names and texts, not {value!r}")

    def done(self) -> None:
        """Refuse the first key that nobody read."""
        for key in self._table:
            if key not in self._read:
                raise KeyProblem(
                    f"{self._what}: unknown key {key!r}.",
                    key,
                    hint=did_you_mean(key, self._read),
                    known=frozenset(self._read),
                )

    def wrong(self, key: str, problem: str) -> KeyProblem:
        """The error to raise about a key, as a sentence: "<what>: key <key> <problem>."."""
        return KeyProblem(f"{self._what}: key {key!r} {problem}.", key)

    def missing(self, key: str) -> KeyProblem:
        """The error to raise where a key is not there; it names what stands there instead and looks alike."""
        others = [name for name in self._table if name not in self._read]
        near = difflib.get_close_matches(key, others, n=1)
        stands = near[0] if near else None
        hint = None if stands is None else f"{stands!r} stands there: did you mean {key}?"
        return KeyProblem(f"{self._what}: key {key!r} is missing.", key, hint=hint, stands=stands)

    def _plain(self, key: str, value: object) -> str:
        match value:
            case bool(truth):
                return "true" if truth else "false"
            case str() | int() | float():
                return str(value)
            case _:
                raise self.wrong(key, f"must be a text, a number, true or false, not {value!r}")

    def _take(self, key: str) -> object:
        self._read.add(key)
        return self._table.get(key)
