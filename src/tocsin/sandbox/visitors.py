"""Customers of a room, as a process of their own: so many at once from one address, again twice a second.

`python -m tocsin.sandbox.visitors HOST PORT CA SOURCE SIZE PATH` writes one line for each round: status=count.
"""

import sys
import time
from pathlib import Path

from tocsin.errors import InputError
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.look import Crowd
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import Daemon, Launch

_EVERY_SECONDS = 0.5


class Visitors(Daemon):
    """A crowd that asks `https://host/path` twice a second, until it is stopped.

    Args:
        source: the address they come from, of 127.0.0.0/8.
        size: how many ask at once.
    """

    def __init__(self, room: OpenRoom, host: str, path: str, *, source: str, size: int) -> None:
        """Nobody comes yet."""
        super().__init__(room.scratch, f"visitors-{source}")
        where = room.addresses.get((host, 443))
        if where is None:
            raise InputError(f"{host} is not in this room.", hint="Place it first.")
        self._argv = (
            *(sys.executable, "-m", "tocsin.sandbox.visitors"),
            *(host, str(where[1]), str(room.authority.certificate), source, str(size), path),
        )

    def launch(self) -> Launch:
        """Nothing to prepare."""
        return Launch(
            argv=self._argv,
            directory=self.scratch.path,
            environment=self.scratch.base_environment(),
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether they have been answered, or refused, once."""
        return bool(self.rounds())

    def rounds(self) -> tuple[dict[int, int], ...]:
        """What each round brought so far: status → how often; status 0 is a connection that broke."""
        return rounds(self.launch_log())

    def stop(self) -> None:
        """Nobody comes any more, and nothing is known of those who did."""
        super().stop()
        self.launch_log().unlink(missing_ok=True)


def rounds(log: Path) -> tuple[dict[int, int], ...]:
    """The rounds in a log of visitors; none without one."""
    try:
        text = log.read_text(encoding="utf-8")
    except OSError:
        return ()
    whole = text[: text.rfind("\n") + 1]
    pairs = ([pair.partition("=") for pair in line.split()] for line in whole.splitlines())
    return tuple({int(status): int(count) for status, _, count in line if status.isdigit()} for line in pairs)


def log_of(scratch: Path, source: str) -> Path:
    """Where the visitors from this address write their rounds."""
    return scratch / f"visitors-{source}.log"


def main() -> None:
    """Come again and again until told to go."""
    host, port, ca, source, size, path = sys.argv[1:]
    clock = SystemClock()
    crowd = Crowd(host, port=int(port), ca=Path(ca), source=source, size=int(size))
    while True:
        began = clock.monotonic()
        seen = crowd.ask(path)
        print(" ".join(f"{status}={count}" for status, count in sorted(seen.items())), flush=True)
        time.sleep(max(0.0, _EVERY_SECONDS - (clock.monotonic() - began)))


if __name__ == "__main__":
    main()
