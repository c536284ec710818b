"""How a probe has a text run on this machine; handed in, because probes do not know the connectors."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol


class Ran(Protocol):
    """What running a text showed; `connectors.api.RunResult` is one."""

    @property
    def exit_status(self) -> int | None: ...
    @property
    def stdout(self) -> str: ...
    @property
    def stderr(self) -> str: ...
    @property
    def timed_out(self) -> bool: ...
    @property
    def error(self) -> str | None: ...


RunText = Callable[[str, timedelta], Ran]
"""Runs a text within a time."""
