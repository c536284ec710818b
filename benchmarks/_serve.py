"""`tocsin serve` as a process of its own, as people run it, and a client for its door."""

import http.client
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

READY_SECONDS = 60.0


class Serve:
    """One `tocsin serve`. Use as a context; killed at its end if it still runs.

    Args:
        database: another store than the SQLite file of the installation. command: `watch` for the process that only measures.

    Attributes:
        started: when the process was started (time.perf_counter). ready: when /healthz first said 200.
    """

    def __init__(self, file: Path, database: str | None = None, command: str = "serve") -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        if database is not None:
            environment["TOCSIN_DATABASE_URL"] = database
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tocsin", command, "--config", str(file)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._addresses: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.address: tuple[str, int] = ("", 0)
        self.ready = 0.0

    def wait_until_ready(self) -> float:
        """Seconds from the start of the process until /healthz says 200. Raises RuntimeError if it never does."""
        found = self._addresses.get(timeout=READY_SECONDS)
        if found is None:
            raise RuntimeError("tocsin serve ended:\n" + "".join(self.said))
        host, _, port = found.rpartition(":")
        self.address = (host, int(port))
        until = time.perf_counter() + READY_SECONDS
        while time.perf_counter() < until:
            connection = http.client.HTTPConnection(*self.address, timeout=5)
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    self.ready = time.perf_counter()
                    return self.ready - self.started
            except OSError:
                pass
            finally:
                connection.close()
            time.sleep(0.002)
        raise RuntimeError("tocsin serve never became healthy:\n" + "".join(self.said))

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        self._process.terminate()
        self._process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.kill()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line)
            before, found, after = line.strip().partition("http://")
            if found and not before:
                self._addresses.put(after.partition("/")[0])
        self._addresses.put(None)


class Sender:
    """Posts alerts over one kept connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=30)
        self._connection.connect()

    def post(self, title: str, fingerprint: str, impact: str | None = None) -> None:
        """Returns when the alert is stored. Raises RuntimeError for any other answer."""
        body = json.dumps({"title": title, "fingerprint": fingerprint, "impact": impact})
        self._connection.request("POST", "/api/v1/alerts", body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 202:
            raise RuntimeError(f"the alert was answered {answer.status}: {said.decode()}")

    def close(self) -> None:
        self._connection.close()
