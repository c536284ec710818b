"""Tells PagerDuty of changes: what we change in an incident stands beside its alerts (Events API v2, `/v2/change/enqueue`)."""

import json
from collections.abc import Mapping

from tocsin.connectors.http import Http, HttpSettings, base_url
from tocsin.connectors.listener import News
from tocsin.connectors.pagerduty_pager import BASE_URL
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys

CHANGE_MADE = "incident.change_made"
_SUMMARY_CHARS, _KEY_CHARS = 1024, 32


class PagerDutyListener:
    """Sends change events to one integration; of everything else PagerDuty hears by pages."""

    def __init__(
        self, routing_key: str, clock: Clock, base: str = BASE_URL, http: HttpSettings | None = None
    ) -> None:
        self._routing_key = routing_key
        self._url = f"{base}/v2/change/enqueue"
        self._http = Http("PagerDuty", clock, http, secrets=(routing_key,))

    def tell(self, news: News) -> None:
        """Send a change. Raises Temporary or Permanent."""
        if news.kind != CHANGE_MADE:
            return
        event = {
            "routing_key": self._routing_key,
            "payload": {
                "summary": f"{news.incident}: {news.line}"[:_SUMMARY_CHARS],
                "source": f"tocsin {news.incident}",
                "timestamp": news.at.isoformat(),
                "custom_details": {"incident": news.incident, "title": news.title, **news.facts},
            },
            "links": [{"href": news.url, "text": news.incident}] if news.url else [],
        }
        answer = self._http.post(
            self._url, json.dumps(event).encode("ascii"), {"content-type": "application/json"}
        )
        if answer.status != 202:
            raise self._http.refused(answer, self._url, hint="Check the routing_key.")

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


def from_settings(what: str, settings: Mapping[str, object]) -> PagerDutyListener:
    """Of a table with `routing_key`, and `base_url`, `ca_file`, `timeout`. Raises ConfigError."""
    keys = Keys(what, settings)
    routing_key = keys.text("routing_key")
    base = base_url(keys, BASE_URL)
    http = HttpSettings.read(keys)
    keys.done()
    if len(routing_key) != _KEY_CHARS:
        raise keys.wrong("routing_key", f"has {_KEY_CHARS} characters (Events API v2 integration)")
    return PagerDutyListener(routing_key, SystemClock(), base, http)
