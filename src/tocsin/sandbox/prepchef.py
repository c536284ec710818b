"""PrepChef's cache and locks, small: a Redis with a memory limit and realistic keys."""

from datetime import timedelta
from pathlib import Path

from tocsin.kit.clock import SystemClock
from tocsin.sandbox.keeping import OWNER_GRACE
from tocsin.sandbox.redis import Redis
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.tools import Tools

MAXMEMORY = "8mb"
POLICY = "noeviction"
LOCKS = 20
SESSIONS = 40
CACHED = 200
QUEUED = 25
QUEUE_DATABASE = 1
_LOCK_LIVES = timedelta(minutes=15)
_SESSION_LIVES = timedelta(hours=12)


class PrepChefRoom:
    """The room for PrepChef's runbook; made by `start`.

    Attributes:
        room: the open room everything lives in.
        redis: its Redis.
        started_in: from the first process until Redis answered and held its keys.
    """

    def __init__(self, room: OpenRoom) -> None:
        """Lay the room out; nothing is started. Use `start`."""
        self.room = room
        self.started_in: timedelta | None = None
        known = (("127.0.0.1", 6379), ("localhost", 6379), ("redis", 6379))
        port = room.place(*known[0], *known[1:])
        self.redis = Redis(
            room.scratch, room.tools.redis_server, port=port, maxmemory=MAXMEMORY, policy=POLICY
        )
        room.shims.redis_cli(room.tools.redis_cli, port, known)

    @classmethod
    def start(cls, state_dir: Path, tools: Tools, *, grace: timedelta = OWNER_GRACE) -> "PrepChefRoom":
        """Start everything; returns when Redis answers and holds its keys.

        Args:
            state_dir: a short path; leftovers of killed rooms in it are ended first.
            grace: how long the room outlives its owner, should that be killed.

        Raises:
            TocsinError: Redis did not come up; everything that did has been ended again.
        """
        room = OpenRoom(state_dir, tools, grace=grace)
        with room.ended_on_failure():
            return cls.within(room)

    @classmethod
    def within(cls, room: OpenRoom) -> "PrepChefRoom":
        """Start everything inside walls that somebody else gave, and will end. Raises TocsinError."""
        clock = SystemClock()
        began = clock.monotonic()
        made = cls(room)
        room.furnish()
        room.begin(made.redis)
        made.fill()
        made.started_in = timedelta(seconds=clock.monotonic() - began)
        return made

    @property
    def environment(self) -> dict[str, str]:
        """What the runbook's commands, and `tocsin serve` itself, are given."""
        return self.room.environment

    @property
    def manifest(self) -> Path:
        """The file from which the room can be ended, or taken over."""
        return self.room.scratch.manifest

    def fill(self) -> None:
        """Put the keys of a normal day: live locks, sessions, cached pages, and a queue in its own database."""
        locks = [
            ("SET", f"booking:lock:{1000 + n}", f"chef-{n % 12}", "PX", _milliseconds(_LOCK_LIVES))
            for n in range(LOCKS)
        ]
        sessions = [
            ("SET", f"session:{n:08x}", "s" * 400, "PX", _milliseconds(_SESSION_LIVES))
            for n in range(SESSIONS)
        ]
        cached = [("SET", f"cache:menu:{n}", "m" * 1500) for n in range(CACHED)]
        self.redis.pipeline([*locks, *sessions, *cached])
        jobs = [("RPUSH", "queue:emails", f'{{"booking": {n}}}') for n in range(QUEUED)]
        self.redis.pipeline([("DEL", "queue:emails"), *jobs], database=QUEUE_DATABASE)

    def stop(self) -> None:
        """End everything and leave nothing. Raises TocsinError if something cannot be ended."""
        self.room.stop()


def _milliseconds(life: timedelta) -> str:
    return str(int(life.total_seconds() * 1000))
