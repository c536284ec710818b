"""One line at the bottom of a terminal: what is waited for, and for how long already."""

from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from tocsin.kit.clock import Clock

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_PER_SECOND = 8


class Ticker:
    """Shows a line that moves while something is waited for, and takes it away again.

    Says nothing where nobody looks (a pipe, a file) and where a line cannot be redrawn (TERM=dumb).

    Args:
        out: everything printed meanwhile has to go through it.
    """

    def __init__(self, out: Console, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._what = ""
        self._key = ""
        self._since = 0.0
        self._live: Live | None = None

    def say(self, what: str, key: str | None = None) -> None:
        """Wait for this now. The time shown begins anew when the key (or else the text) is another one."""
        if (key or what) != self._key:
            self._key, self._since = key or what, self._clock.monotonic()
        self._what = what
        if self._live is None and self._out.is_terminal and not self._out.is_dumb_terminal:
            self._live = Live(self, console=self._out, transient=True, refresh_per_second=_PER_SECOND)
            self._live.start()

    def still(self) -> None:
        """Take the line away: somebody is asked, or nothing is waited for."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __rich__(self) -> Text:
        passed = self._clock.monotonic() - self._since
        frame = _FRAMES[int(passed * _PER_SECOND) % len(_FRAMES)]
        text = Text(f"  {frame} ", style="green").append(f"{self._what} … {passed:.0f} s", style="default")
        text.truncate(max(self._out.width - 1, 10), overflow="ellipsis")
        return text

    def __enter__(self) -> "Ticker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.still()
