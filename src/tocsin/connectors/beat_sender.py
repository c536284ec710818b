"""Tells a tocsin how a job went: tried several times, then kept in a file until the next job finds the way free."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tocsin.connectors.http import Http, HttpSettings
from tocsin.errors import OutsideError, Temporary
from tocsin.kit.clock import Clock
from tocsin.kit.ids import sha256

TRIES = 4
_PAUSES = (1.0, 3.0, 6.0)
_TIMEOUT = timedelta(seconds=10)  # of one try
_KEPT = 1_000  # files; the oldest go
_STILL_TRUE = timedelta(minutes=10)  # a report that is older is told as a note: it says nothing about now
_HEADERS = {"content-type": "text/plain; charset=utf-8"}


class _Spooled(msgspec.Struct):
    """A report nobody took: for which address (its digest), what it said, when."""

    to: str
    path: str
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Report:
    """One ping. path: behind the address of the job: "/start", "/0" … with the run's id. body: kept with it."""

    path: str
    body: str = ""


class BeatSender:
    """Speaks to one heartbeat of a tocsin (or of a Healthchecks).

    Args:
        url: its ping address, which is a secret. spool: folder for what cannot be told now.
        pause: waits so many seconds. say: a line for people.
    """

    def __init__(
        self,
        url: str,
        spool: Path,
        clock: Clock,
        pause: Callable[[float], object],
        say: Callable[[str], None],
    ) -> None:
        self._url = url.rstrip("/")
        self._to = sha256(self._url)[:16]
        self._spool = spool
        self._clock = clock
        self._pause = pause
        self._say = say
        secrets = tuple(part for part in urlsplit(url).path.split("/") if len(part) >= 20)
        self._http = Http("the report", clock, HttpSettings(timeout=_TIMEOUT), secrets=(url, *secrets))

    def once(self, report: Report) -> bool:
        """One try; whether it was taken. For what is worth no waiting, such as a start."""
        try:
            self._post(report)
        except OutsideError as problem:
            self._say(problem.message)
            return False
        return True

    def surely(self, report: Report) -> bool:
        """Several tries, then the spool; whether it was taken now. What is refused for good is said, not spooled."""
        for number in range(TRIES):
            try:
                self._post(report)
            except Temporary as problem:
                if number + 1 < TRIES:
                    self._pause(_PAUSES[number])
                    continue
                self._say(f"{problem.message} Kept in {self._spool} for the next time.")
                self._keep(report)
                return False
            except OutsideError as problem:
                self._say(problem.message)
                return False
            return True
        return False

    def drain(self) -> None:
        """Tell what was kept for this address, the oldest first, until somebody does not take it."""
        if not self._spool.is_dir():
            return
        with self._only_me() as mine:
            for file in self._files() if mine else []:
                kept = _read(file)
                if kept is None or kept.to != self._to:
                    continue
                if not self._told_late(kept):
                    return
                with suppress(OSError):
                    file.unlink()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _told_late(self, kept: _Spooled) -> bool:
        late = self._clock.now() - kept.at > _STILL_TRUE
        path = "/log" if late else kept.path
        body = f"Told late: {kept.path} at {kept.at.isoformat()}\n{kept.body}" if late else kept.body
        try:
            self._post(Report(path, body))
        except Temporary:
            return False
        except OutsideError as problem:
            self._say(problem.message)  # refused for good: keeping it helps nobody
        return True

    def _post(self, report: Report) -> None:
        url = self._url + report.path
        answer = self._http.post(url, report.body.encode(), _HEADERS)
        if not answer.good:
            unheard = (
                "it knows no such job, or the key is not for it; nothing was told"
                if answer.status == 404
                else ""
            )
            raise self._http.refused(answer, url, unheard, hint="Look at its key: tocsin heartbeat keys.")

    def _keep(self, report: Report) -> None:
        at = self._clock.now()
        kept = {"to": self._to, "path": report.path, "at": at.isoformat(), "body": report.body}
        try:
            self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._spool / f"{at:%Y%m%dT%H%M%S.%f}-{os.getpid()}.json"
            draft = file.with_suffix(".new")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(json.dumps(kept))
                out.flush()
                os.fsync(out.fileno())
            draft.rename(file)
            for old in self._files()[:-_KEPT]:
                old.unlink()
        except OSError as problem:
            self._say(f"{self._spool} cannot be written: {problem.strerror}. This report is lost.")

    def _files(self) -> list[Path]:
        return sorted(self._spool.glob("*.json"))

    @contextmanager
    def _only_me(self) -> Iterator[bool]:
        """Whether nobody else drains meanwhile."""
        try:
            with (self._spool / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield True
        except OSError:
            yield False


def _read(file: Path) -> _Spooled | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Spooled)
    except (OSError, msgspec.DecodeError):
        return None
