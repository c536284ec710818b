"""A real Redis on loopback, started from a configuration file, and a client that can say what it needs."""

import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

from tocsin.errors import Permanent, Temporary
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Daemon, Launch

_SECONDS = 30.0
_CONFIG = """\
port {port}
bind 127.0.0.1
protected-mode yes
daemonize no
dir {home}
save ""
appendonly no
maxmemory {maxmemory}
maxmemory-policy {policy}
"""

Reply: TypeAlias = "bytes | int | Refusal | list[Reply] | None"


class Refusal(str):
    """An error reply: "OOM command not allowed when used memory > 'maxmemory'."."""

    __slots__ = ()


class Redis(Daemon):
    """One Redis server.

    It has no password, because the runbooks' `redis-cli` gives none; any user of this machine can reach it.

    Args:
        maxmemory, policy: as in redis.conf: "8mb", "noeviction".
    """

    def __init__(self, scratch: Scratch, program: Path, *, port: int, maxmemory: str, policy: str) -> None:
        super().__init__(scratch, "redis")
        self.port = port
        self.home = scratch.path / "redis"
        self.config = self.home / "redis.conf"
        self._program = program
        self._maxmemory = maxmemory
        self._policy = policy

    def launch(self) -> Launch:
        """Write the configuration the first time; later starts keep what CONFIG REWRITE made of it."""
        if not self.config.exists():
            self.home.mkdir(exist_ok=True)
            text = _CONFIG.format(
                port=self.port, home=self.home, maxmemory=self._maxmemory, policy=self._policy
            )
            self.config.write_text(text, encoding="ascii")
        return Launch(
            argv=(str(self._program), str(self.config)),
            directory=self.home,
            environment=self.scratch.base_environment(),
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether it answers PING."""
        try:
            return self.ask("PING") == b"PONG"
        except (Temporary, Permanent):
            return False

    def ask(self, *words: str | bytes, database: int = 0) -> Reply:
        """The reply to one command; an error reply comes back as `Refusal`. Raises Temporary."""
        return self.pipeline([words], database=database)[0]

    def pipeline(self, commands: Iterable[Sequence[str | bytes]], *, database: int = 0) -> list[Reply]:
        """The replies to many commands, sent at once. Raises Temporary if the server cannot be reached."""
        wanted = [("SELECT", str(database)), *commands] if database else list(commands)
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), timeout=_SECONDS) as connection,
                connection.makefile("rb") as stream,
            ):
                connection.sendall(b"".join(_encode(words) for words in wanted))
                replies = [_decode(stream) for _ in wanted]
        except OSError as wrong:
            raise Temporary(f"redis at 127.0.0.1:{self.port}: {wrong}") from wrong
        return replies[1:] if database else replies

    def info(self, section: str) -> dict[str, str]:
        """One section of INFO as names and values. Raises Temporary."""
        reply = self.ask("INFO", section)
        text = reply.decode() if isinstance(reply, bytes) else ""
        pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
        return {name: value for name, _, value in pairs}

    def setting(self, name: str) -> str:
        """A setting of the running server (CONFIG GET). Raises Temporary, or Permanent if there is none."""
        match self.ask("CONFIG", "GET", name):
            case [_, bytes() as value]:
                return value.decode()
            case other:
                raise Permanent(f"redis: CONFIG GET {name} answered {other!r}.")

    def keys(self, pattern: str, *, database: int = 0) -> frozenset[str]:
        """The names of all keys that match. Raises Temporary."""
        reply = self.ask("KEYS", pattern, database=database)
        found = reply if isinstance(reply, list) else []
        return frozenset(one.decode("utf-8", "replace") for one in found if isinstance(one, bytes))


def _encode(words: Sequence[str | bytes]) -> bytes:
    parts = [word.encode() if isinstance(word, str) else word for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


def _decode(stream: BinaryIO) -> Reply:
    line = stream.readline().rstrip(b"\r\n")
    kind, rest = line[:1], line[1:]
    match kind:
        case b"+":
            return rest
        case b"-":
            return Refusal(rest.decode("utf-8", "replace"))
        case b":":
            return int(rest)
        case b"$":
            return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2]
        case b"*":
            return [_decode(stream) for _ in range(int(rest))]
        case _:
            raise Temporary("redis closed the connection in the middle of an answer.")
