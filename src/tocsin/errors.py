"""Every error this program can raise, drawn as one tree.

    TocsinError                 something a person must read; has a `hint`: what to do next
    ├── ConfigError             a setting is wrong: names file, key and line      (exit 2)
    ├── InputError              a file or argument cannot be used                 (exit 2)
    ├── NotFound                a name that matches nothing                       (exit 3)
    ├── Refused                 the request is understood and not allowed         (exit 5)
    ├── StoreError              the database cannot be used, or says it was edited (exit 1)
    └── OutsideError            an outside system failed us
        ├── Temporary           trying again makes sense (`retry_after`)
        └── Permanent           trying again does not

Text from people (runbooks, alerts) never raises: it yields diagnostics.
"""

from datetime import timedelta


class TocsinError(Exception):
    """Something a person must read.

    Args:
        message: one sentence that says what was attempted, what was wrong and where.
        hint: what to do next, or None if there is nothing to add.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class ConfigError(TocsinError):
    """A setting is wrong. The message names the file, the key and, if known, the line."""

    exit_code = 2


class InputError(TocsinError):
    """A file or an argument cannot be used; nothing was changed."""

    exit_code = 2


class NotFound(TocsinError):
    """A name that matches nothing."""

    exit_code = 3


class Refused(TocsinError):
    """The request is understood and not allowed in the present state; nothing was changed."""

    exit_code = 5


class StoreError(TocsinError):
    """The database cannot be opened, is of another version, or its log does not verify."""


class OutsideError(TocsinError):
    """An outside system failed us."""


class Temporary(OutsideError):
    """Trying again makes sense.

    Args:
        retry_after: how long to wait at least, if the other side said so.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Permanent(OutsideError):
    """Trying again does not make sense."""
