"""Engines that die again and again, and a person who acts on what she sees."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tocsin.incident import codec
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.rehearse import Rehearsal
from tocsin.store import outbox, signals

ROOT = Path(__file__).parents[2]
ANA = PersonId("ana")


class Ana:
    """Acts on what she sees; every act at most once per question, however often the engine dies."""

    def __init__(self, rehearsal: Rehearsal, room: PrepChefRoom) -> None:
        self.rehearsal = rehearsal
        self.room = room

    def word(self, incident: Incident) -> ev.Event | None:
        """What she says to what she sees, or None."""
        if incident.in_doubt:
            took = self.room.redis.setting("maxmemory-policy") == "allkeys-lru"
            return ev.DoubtSettled(incident.in_doubt[0].queued.run, ANA, took)
        if not incident.acknowledged:
            return ev.Acknowledged(ANA)
        if incident.open_ask is not None:
            return ev.Approved(incident.open_ask.made.ask, ANA, incident.open_ask.made.digest)
        return None

    def act(self, incident: Incident) -> None:
        """Say it. Stored before it is answered; the engine may be dead, then it is taken up after the start."""
        event = self.word(incident)
        if event is None:
            return
        with self.rehearsal.database.write() as tx:
            signals.put(
                tx, type(event).__name__, _body(event), SystemClock().now(), actor="person:ana", incident=incident.id,
                dedup=f"ana:{_body(event)}",
            )  # fmt: skip


def _body(event: ev.Event) -> str:
    return codec.encode(event)


class Lives:
    """The engine, again and again: each life ends at a commit at which none ended yet, until there is no such commit."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        folder = rehearsal.folder
        self.count = 0
        self._died, self._seen, self._log = folder / "died", folder / "seen", folder / "lives.log"
        self._died.touch()
        self._environment = rehearsal.variables
        # Packets, not a stream: a life may be over before its number is read, and then both lie there together.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ask = ours
        self._nursery = subprocess.Popen(
            (sys.executable, str(ROOT / "tests/crash/killed_serve.py"), str(theirs.fileno()), str(self._died), str(self._seen), str(rehearsal.settings.file)),
            stdin=subprocess.PIPE, env=self._environment, pass_fds=(theirs.fileno(),), stdout=self._log.open("ab"),
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        theirs.close()
        self._pid: int | None = None

    def live(self, config: Path, *, kill: bool = True) -> None:
        """Begin the next life, unless one goes on."""
        if self._pid is not None:
            return
        request = {
            "args": ["serve", "--config", str(config), "--while-stdin-open"], "env": self._environment,
            "log": str(self._log), "kill": kill,
        }  # fmt: skip
        self._ask.send(json.dumps(request).encode())
        self._pid = int(self._ask.recv(64))
        self.count += 1

    def ended(self) -> bool:
        """Whether the last life is over."""
        if self._pid is not None and select.select([self._ask], [], [], 0)[0]:
            self._ask.recv(64)
            self._pid = None
        return self._pid is None

    def end(self) -> None:
        """Kill the life that goes on, if one does; over when this returns."""
        if self.ended() or self._pid is None:
            return
        with contextlib.suppress(ProcessLookupError):  # it may end by itself meanwhile
            os.kill(self._pid, signal.SIGKILL)
        self._ask.recv(64)
        self._pid = None

    def close(self) -> None:
        self.end()
        self._ask.close()
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait(300)

    @property
    def died(self) -> list[str]:
        return self._died.read_text(encoding="utf-8").splitlines()

    @property
    def commits(self) -> set[str]:
        """Every kind of commit that was made or tried, by what it writes."""
        return {kind for _, kind in self._noted() if not kind.startswith("through ")}

    @property
    def cut_off(self) -> set[str]:
        """Commits in or just behind which a life ended by the death of another thread: durable or not, nobody could say."""
        noted = Counter(kind for life, kind in self._noted() if life != str(self._pid))
        died = Counter(self.died)
        return {
            kind for kind in self.commits
            if noted[kind] > noted[f"through {kind}"] + died[f"before {kind}"] + died[f"after {kind}"]
        }  # fmt: skip

    def _noted(self) -> list[tuple[str, str]]:
        """Which life began a commit, and which came through it."""
        lines = (line.partition(" ") for line in self._seen.read_text(encoding="utf-8").splitlines())
        return [(life, kind) for life, _, kind in lines]


def parts(kind: str) -> list[str]:
    """The events and tables that a commit writes: whether a row is new or changed is not told apart."""
    return [part if " events " in part else part.partition(" ")[2] for part in kind.split(", ")]


def died_at_all(lives: Lives) -> bool:
    """Whether of everything that was ever written some life ended just before it was durable and some just after."""
    return not missing(lives)


def missing(lives: Lives) -> list[str]:
    """Which ends are missing, as "before …" and "after …".

    Another thread may die in the middle of a commit that is made once; that is as good as either.
    """
    wanted = {part for kind in lives.commits for part in parts(kind)}
    cut_off = {part for kind in lives.cut_off for part in parts(kind)}
    return [
        f"{when} {part}"
        for when in ("before", "after")
        for part in sorted(wanted - cut_off - _met(lives, when))
    ]


def _met(lives: Lives, when: str) -> set[str]:
    """Everything that some life ended just before, or after, writing."""
    ends = (name.partition(" ") for name in lives.died)
    return {part for end, _, kind in ends if end == when for part in parts(kind)}


def config_sets(room: PrepChefRoom) -> int:
    """How often the setting was changed, by Redis' own count."""
    told = room.redis.info("commandstats").get("cmdstat_config|set", "calls=0")
    return int(told.split("calls=")[1].split(",")[0])


def at_rest(rehearsal: Rehearsal) -> bool:
    """Whether nothing waits any more."""
    with rehearsal.database.read() as tx:
        counts = outbox.counts(tx)
        return signals.waiting(tx) == 0 and counts.queued == 0 and counts.started == 0
