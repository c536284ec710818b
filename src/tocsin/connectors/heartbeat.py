"""Tells a watcher outside that we live: healthchecks and everything that takes a request for a sign of life."""

from collections.abc import Mapping

from tocsin.connectors.http import Http, HttpSettings
from tocsin.kit.clock import Clock

_HEADERS: Mapping[str, str] = {"content-type": "text/plain; charset=utf-8"}


class HeartbeatSender:
    """Sends a sign of life to one address, which is a secret of its own.

    Args:
        method: "GET" or "POST".
    """

    def __init__(self, url: str, method: str, clock: Clock, http: HttpSettings | None = None) -> None:
        self._url = url
        self._post = method == "POST"
        self._http = Http("heartbeat", clock, http, secrets=(url, url.rpartition("/")[2]))

    def beat(self, text: str) -> None:
        """One sign of life; `text` is kept by those who keep a log. Raises Temporary or Permanent."""
        if self._post:
            answer = self._http.post(self._url, text.encode(), _HEADERS)
        else:
            answer = self._http.get(self._url)
        if not answer.good:
            raise self._http.refused(answer, self._url, hint="Check heartbeat.url.")

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()
