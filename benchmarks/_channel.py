"""A paging channel on loopback that remembers when each page arrived. A real listener, in this process."""

import http.server
import json
import threading
import time
from types import TracebackType
from typing import Self


class Channel:
    """Takes pages as POST. Use as a context.

    Attributes:
        accepted: (moment, key, subject) of each page answered with 202, in order; moments as of time.perf_counter.
        refused: keys answered with 503. refusing: whether to do that.
    """

    def __init__(self) -> None:
        self.accepted: list[tuple[float, str, str]] = []
        self.refused: list[str] = []
        self.refusing = False
        self.news = threading.Condition()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def first(self, words: str, seconds: float, after: int = 0) -> float | None:
        """When the first page whose subject holds these words (followed by no further digit) arrived, or None in time.

        Args:
            after: leave out that many pages, those of an earlier round.
        """
        with self.news:
            self.news.wait_for(lambda: self._found(words, after) is not None, seconds)
            return self._found(words, after)

    def _found(self, words: str, after: int) -> float | None:
        for moment, _, subject in self.accepted[after:]:
            _, found, rest = subject.partition(words)
            if found and not rest[:1].isdigit():
                return moment
        return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(channel: Channel) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            now = time.perf_counter()
            page = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
            key = str(self.headers.get("idempotency-key", ""))
            with channel.news:
                refused = channel.refusing
                if refused:
                    channel.refused.append(key)
                else:
                    channel.accepted.append((now, key, str(page["subject"])))
                channel.news.notify_all()
            self.send_response(503 if refused else 202)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
