"""kill -9 of `tocsin serve` while pings come in: every ping that was answered is there afterwards, on both databases."""

import contextlib
import http.client
import os
import queue
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from tests.conftest import Deadline
from tests.pings.conftest import write
from tests.store.conftest import address, postgres_server  # noqa: F401 -- fixtures: both databases

from tocsin.app.heartbeat_keys import make_key
from tocsin.kit.clock import SystemClock
from tocsin.store import heartbeats as store
from tocsin.store.database import Database

pytestmark = pytest.mark.xdist_group("machine")

SENDERS = 8
BEFORE_THE_KILL = 300
LIFES = 3
LONG = timedelta(seconds=120)
JOBS = [f"job-{number}" for number in range(20)]
TABLES = "\n".join(f'[[heartbeats]]\nname = "{name}"\nevery = "1 h"\n' for name in JOBS)


class Serve:
    """One life of `tocsin serve`."""

    def __init__(self, file: Path, database: str) -> None:
        names = ("PATH", "HOME", "LANG")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tocsin", "serve", "--config", str(file), "--while-stdin-open"],
            env={
                **{name: os.environ[name] for name in names if name in os.environ},
                "TOCSIN_DATABASE_URL": database,
                "BACKUP_UUID": str(uuid4()),
            },
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._address: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def address(self) -> tuple[str, int]:
        found = self._address.get(timeout=LONG.total_seconds())
        assert found is not None, "".join(self.said)
        host, _, port = found.rpartition(":")
        return host, int(port)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(LONG.total_seconds())

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line)
            before, found, after = line.strip().partition("http://")
            if found and not before:
                self._address.put(after.partition("/")[0])
        self._address.put(None)


class Sender(threading.Thread):
    """Pings one after the other over one connection until it breaks; remembers which were answered with success."""

    def __init__(self, where: tuple[str, int], key: str, number: int) -> None:
        super().__init__(daemon=True)
        self._address, self._key, self._number = where, key, number
        self.answered: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection(*self._address, timeout=LONG.total_seconds())
        with contextlib.suppress(OSError, http.client.HTTPException):
            count = self._number
            while True:
                rid = str(uuid4())
                count += 1
                connection.request("POST", f"/ping/{self._key}/{JOBS[count % len(JOBS)]}?rid={rid}", b"log")
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.answered.append(rid)


def test_every_ping_that_was_answered_is_there_after_kill_9(
    address: str,  # noqa: F811 -- the fixture of that name
    tmp_path: Path,
    deadline: Deadline,
) -> None:
    file = write(tmp_path, TABLES)
    with Database.open(address) as database:
        _, key = make_key(database, None, "ana", SystemClock().now())
    answered: set[str] = set()
    for _ in range(LIFES):
        serve = Serve(file, address)
        try:
            where = serve.address()
            senders = [Sender(where, key, number) for number in range(SENDERS)]
            for sender in senders:
                sender.start()
            deadline(
                lambda: sum(len(sender.answered) for sender in senders) >= BEFORE_THE_KILL,  # noqa: B023 -- used at once
                what="pings under way",
                within=LONG,
            )
        finally:
            serve.kill()
        for sender in senders:
            sender.join(LONG.total_seconds())
            answered.update(sender.answered)
    with Database.open(address) as database, database.read() as tx:
        rows = store.named(tx, JOBS)
        kept = [ping.rid for row in rows for ping in store.pings(tx, row.id, store.KEPT)]
        counted = sum(row.pings for row in rows)
    assert len(answered) >= LIFES * BEFORE_THE_KILL
    assert len(kept) == len(set(kept)) == counted
    assert answered <= set(kept)
    # One ping of each sender and life may have been kept without anybody hearing of it.
    assert len(set(kept) - answered) <= LIFES * SENDERS
