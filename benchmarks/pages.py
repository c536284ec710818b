"""F34: pages that are open while things happen: 200 live rooms hearing of events, a list of 10,000 incidents, a room of 5,000 lines.

A real `tocsin serve` (SQLite WAL, synchronous=FULL) over a store that the engine itself has filled. The pages are 200
streams of a process of its own, as browsers hold them. An event is a note sent by a page's form; *to the page* is from the
moment before the request is sent until the stream's message with the note has been read, so it holds the decision and
its commit:

- *one room*: all 200 pages look at one incident, which hears of one event a second;
- *200 rooms*: each page looks at an incident of its own; one event a second, each in the next room;
- *200 busy rooms*: each of the 200 rooms hears of an event each second, 200 a second in all.

The driver reads on two threads and shares both cores with the server. Memory is PSS of the server while the pages are
open. The list and the long room are GETs by a person with a session, one after the other, while nothing else happens.
Run: python benchmarks/pages.py [rounds] [incidents] [pages]
"""

import http.client
import re
import selectors
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import _room
import psutil
from _channel import Channel
from _reading import p95, rounds_from, say
from _serve import Serve
from open_incidents import RUNBOOK, fill, settings

from tocsin.app import accounts
from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.engine.words import put_event
from tocsin.incident.events import NoteAdded
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts as kept
from tocsin.store.database import Database
from tocsin.web.pages.page import csrf

INCIDENTS, PAGES, LINES = 10_000, 200, 5_000
SECONDS = 20
LIST_MS, ROOM_MS, PAGE_MS, PSS_MB = 100.0, 300.0, 300.0, 200.0
GETS = 20
LIMIT_SECONDS = 60.0
LONG = "INC-1"
_WORD = re.compile(rb"w\d+x\d+z")


def session(database: Database) -> str:
    """The cookie of an admin who is logged in."""
    now = SystemClock().now()
    with database.write() as tx:
        kept.put(
            tx, kept.Account(0, "ana", PersonId("ana"), AccessRole.ADMIN.value, "", "", 0, "bench", now, None)
        )  # fmt: skip
        account = kept.by_login(tx, "ana")
    assert account is not None
    return accounts.open_session(database, account, "127.0.0.1", "bench", now)


def lengthen(file: Path, count: int) -> None:
    """Give the first incident a timeline of this many lines more, each a word of a person that the engine has taken up."""
    app = App(load(file, {}), SystemClock())
    if not app.leadership.take(threading.Event()):
        raise RuntimeError("another engine leads on this database")
    for first in range(0, count, 250):
        with app.database.write() as tx:
            for number in range(first, min(first + 250, count)):
                said = NoteAdded(PersonId("ana"), f"line {number} of a long night")
                put_event(tx, IncidentId(LONG), said, "person:ana", app.clock.now())
        while app.loop.cycle():
            pass
    app.leadership.give_back()
    app.database.close()


class Pages:
    """Open pages: streams that are read as browsers do, and when each word arrived."""

    def __init__(self, address: tuple[str, int], cookie: str, rooms: list[str]) -> None:
        self.arrived: dict[tuple[int, str], float] = {}
        self.live = 0
        self._stop = threading.Event()
        self._selector = selectors.DefaultSelector()
        for number, room in enumerate(rooms):
            line = socket.create_connection(address)
            line.sendall(
                f"GET /incidents/{room}/stream HTTP/1.1\r\nhost: {address[0]}:{address[1]}\r\ncookie: tocsin_session={cookie}\r\n\r\n".encode()
            )
            self._selector.register(line, selectors.EVENT_READ, [number, b"", False])
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        self._stop.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # a socket
        self._selector.close()

    def _read(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.2):
                chunk = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]  # a socket
                now = time.perf_counter()
                state = key.data
                text = state[1] + chunk
                if not state[2] and b"event: change" in text:
                    state[2] = True
                    self.live += 1
                for word in _WORD.findall(text):
                    self.arrived.setdefault((state[0], word.decode()), now)
                state[1] = text[-64:]


class Speaker:
    """Says notes by a page's form, on one kept connection."""

    def __init__(self, address: tuple[str, int], cookie: str) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=60)
        self._csrf = csrf(cookie)
        self._headers = {
            "content-type": "application/x-www-form-urlencoded",
            "cookie": f"tocsin_session={cookie}",
            "x-tocsin-quiet": "1",
        }

    def say(self, room: str, word: str) -> None:
        """As the form of a page does. Raises RuntimeError for any answer but a good one."""
        body = urlencode({"csrf": self._csrf, "text": word})
        self._connection.request("POST", f"/incidents/{room}/do/note", body, self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the note was answered {answer.status}: {said.decode()}")


def hear(
    serve: Serve, cookie: str, rooms: list[str], each_second: int, name: str
) -> tuple[list[float], float]:
    """Milliseconds from each word to each page that shows its room; and the server's PSS in MB meanwhile."""
    pages = Pages(serve.address, cookie, rooms)
    until = time.perf_counter() + LIMIT_SECONDS
    while pages.live < len(rooms) and time.perf_counter() < until:
        time.sleep(0.05)
    if pages.live < len(rooms):
        raise RuntimeError(f"only {pages.live} of {len(rooms)} pages became live")
    said: dict[str, tuple[float, str]] = {}
    speakers = [Speaker(serve.address, cookie) for _ in range(min(each_second, 8))]
    numbers = iter(range(10**9))
    places = list(dict.fromkeys(rooms))
    guard = threading.Lock()
    begin = time.perf_counter()

    def speak(speaker: Speaker) -> None:
        while True:
            with guard:
                number = next(numbers)
            due = begin + number / each_second
            if due > begin + SECONDS:
                return
            time.sleep(max(due - time.perf_counter(), 0))
            room, word = places[number % len(places)], f"w{name}x{number}z"
            said[word] = (time.perf_counter(), room)
            speaker.say(room, word)

    threads = [threading.Thread(target=speak, args=(each,)) for each in speakers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = {
        (at, word) for word, (_, room) in said.items() for at, shown in enumerate(rooms) if shown == room
    }
    until = time.perf_counter() + LIMIT_SECONDS
    while not wanted <= pages.arrived.keys() and time.perf_counter() < until:
        time.sleep(0.05)
    memory = psutil.Process(serve.pid).memory_full_info().pss / 1e6
    missing = len(wanted - pages.arrived.keys())
    pages.close()
    if missing:
        raise RuntimeError(f"{missing} of {len(wanted)} words did not reach their page")
    return [(pages.arrived[key] - said[key[1]][0]) * 1000 for key in wanted], memory


def spent(serve: Serve) -> float:
    """CPU seconds of the server so far."""
    found = psutil.Process(serve.pid).cpu_times()
    return float(found.user + found.system)


def get(serve: Serve, cookie: str, path: str) -> list[float]:
    """Milliseconds of each of `GETS` visits, the first left out."""
    connection = http.client.HTTPConnection(*serve.address, timeout=60)
    took = []
    for _ in range(GETS + 1):
        began = time.perf_counter()
        connection.request("GET", path, headers={"cookie": f"tocsin_session={cookie}"})
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}")
    connection.close()
    return took[1:]


def first_visit(serve: Serve, cookie: str, path: str) -> float:
    """Milliseconds of one visit to a page that this server has not shown yet."""
    connection = http.client.HTTPConnection(*serve.address, timeout=60)
    began = time.perf_counter()
    connection.request("GET", path, headers={"cookie": f"tocsin_session={cookie}"})
    connection.getresponse().read()
    took = (time.perf_counter() - began) * 1000
    connection.close()
    return took


def main() -> None:
    rounds = rounds_from(sys.argv, 3)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else INCIDENTS
    many = int(sys.argv[3]) if len(sys.argv) > 3 else PAGES
    with tempfile.TemporaryDirectory() as folder, Channel() as channel:
        file = _room.write(Path(folder), RUNBOOK, settings(channel), listen="127.0.0.1:0")
        fill(file, None, count)
        lengthen(file, LINES)
        with Database.open(load(file, {}).database, create=False) as database:
            cookie = session(database)
        rooms = [f"INC-{number}" for number in range(2, 2 + many)]
        for number in range(rounds):
            with Serve(file) as serve:
                serve.wait_until_ready()
                measure(serve, cookie, rooms, count, number)


def measure(serve: Serve, cookie: str, rooms: list[str], count: int, number: int) -> None:
    """One round."""
    many, long = len(rooms), f"a room of {LINES:,} lines"

    def told(
        what: str, value: float, target: float | None, unit: str = "ms", *, steady: bool = False
    ) -> None:
        say("F34", "tocsin", what, value, unit, target=target, steady=steady)

    before = spent(serve)
    told(f"{long}, first visit", first_visit(serve, cookie, f"/incidents/{LONG}"), ROOM_MS)
    told(f"{long}, first visit, CPU", (spent(serve) - before) * 1000, None)
    told(f"{long}, p95", p95(get(serve, cookie, f"/incidents/{LONG}")), ROOM_MS)
    before = spent(serve)
    told(f"the list of {count:,} incidents, p95", p95(get(serve, cookie, "/incidents")), LIST_MS)
    told(f"the list of {count:,} incidents, CPU", (spent(serve) - before) * 1000 / GETS, None, steady=True)
    held: list[float] = []
    for what, shown, each_second in (
        (f"{many} pages of one room, an event a second", [rooms[0]] * many, 1),
        (f"{many} rooms, an event a second in one of them", rooms, 1),
        (f"{many} rooms, an event a second in each", rooms, many),
    ):
        before = spent(serve)
        took, memory = hear(serve, cookie, shown, each_second, f"{number}{each_second}{len(held)}")
        told(f"{what}: to the page, p95", p95(took), PAGE_MS)
        told(f"{what}: CPU of the server", (spent(serve) - before) / SECONDS * 100, None, "% of a core")
        told(f"{what}: memory, PSS", memory, PSS_MB, "MB")
        held.append(memory)


if __name__ == "__main__":
    main()
