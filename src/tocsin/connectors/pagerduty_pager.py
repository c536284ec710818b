"""Pages through PagerDuty, Events API v2: one alert per incident, acknowledged and resolved there as here.

https://developer.pagerduty.com/docs/events-api-v2/overview/
"""

import json
from collections.abc import Mapping
from datetime import timedelta

from tocsin.connectors.api import PageMessage, Receipt, Settled
from tocsin.connectors.http import Answer, Http, HttpSettings, base_url
from tocsin.errors import OutsideError, Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys

BASE_URL = "https://events.pagerduty.com"
_SUMMARY_CHARS, _KEY_CHARS, _LARGEST_BYTES = 1024, 255, 512_000
_SLOW_DOWN = timedelta(seconds=30)
_SEVERITIES = ("critical", "error", "warning", "info")


class PagerDutyPager:
    """Sends events to one integration.

    Args:
        routing_key: of the integration (32 characters).
    """

    def __init__(
        self, routing_key: str, clock: Clock, base: str = BASE_URL, http: HttpSettings | None = None
    ) -> None:
        self._routing_key = routing_key
        self._base = base
        self._http = Http("PagerDuty", clock, http, secrets=(routing_key,))

    def page(self, message: PageMessage) -> Receipt:
        """Trigger the alert of this incident, or tell of a change when nobody is to be woken.

        Raises Temporary or Permanent. A 202 without a `dedup_key` is no success.
        """
        if message.kind == "inform":
            answer = self._enqueue("/v2/change/enqueue", self._change(message))
            return Receipt("change", answer.at)
        answer = self._enqueue("/v2/enqueue", self._trigger(message))
        match answer.value():
            case {"dedup_key": str(key)}:
                return Receipt(key, answer.at)
            case _:
                raise Temporary("PagerDuty: the answer 202 names no dedup_key.")

    def settle(self, message: PageMessage, reference: str, settled: Settled) -> None:
        """Acknowledge or resolve the alert; unknown ones are dropped over there."""
        if reference == "change":
            return
        action = "resolve" if settled.how == "resolved" else "acknowledge"
        event: dict[str, object] = {
            "routing_key": self._routing_key,
            "event_action": action,
            "dedup_key": reference,
        }
        self._enqueue("/v2/enqueue", event)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _trigger(self, message: PageMessage) -> dict[str, object]:
        where = ", ".join(message.incidents) or "test"
        event: dict[str, object] = {
            "routing_key": self._routing_key,
            "event_action": "trigger",
            "dedup_key": _dedup_key(message),
            "client": "tocsin",
            "payload": {
                "summary": message.subject[:_SUMMARY_CHARS],
                "source": where,
                "severity": _SEVERITIES[min(message.rank, 3)] if message.incidents else "info",
                "custom_details": {"severity": message.severity, "to": message.to, "text": message.body},
            },
        }
        if message.link:
            event["client_url"] = message.link
            event["links"] = [{"href": message.link, "text": "Look and acknowledge"}]
        return event

    def _change(self, message: PageMessage) -> dict[str, object]:
        payload = {
            "summary": message.subject[:_SUMMARY_CHARS],
            "source": ", ".join(message.incidents) or "tocsin",
            "custom_details": {"text": message.body},
        }
        return {"routing_key": self._routing_key, "payload": payload}

    def _enqueue(self, path: str, event: dict[str, object]) -> Answer:
        url = self._base + path
        body = json.dumps(event).encode("ascii")
        if len(body) > _LARGEST_BYTES:
            match event.get("payload"):
                case dict(payload):
                    payload["custom_details"] = {"error": "truncated: longer than PagerDuty takes"}
                case _:
                    pass
            body = json.dumps(event).encode("ascii")
        answer = self._http.post(url, body, {"content-type": "application/json"})
        if answer.status != 202:
            raise self._refusal(answer, url)
        return answer

    def _refusal(self, answer: Answer, url: str) -> OutsideError:
        match answer.value():
            case {"errors": [*errors]}:
                said = "; ".join(str(error) for error in errors)
            case _:
                said = ""
        if answer.good:
            return Temporary(
                f"PagerDuty: answered HTTP {answer.status}, which does not say that it took the event."
            )
        problem = self._http.refused(answer, url, said, hint="Check the routing_key.")
        if answer.status == 429 and isinstance(problem, Temporary) and problem.retry_after is None:
            return Temporary(problem.message, retry_after=_SLOW_DOWN)
        return problem


def from_settings(what: str, settings: Mapping[str, object]) -> PagerDutyPager:
    """The pager of a table with the key `routing_key`. Raises ConfigError."""
    keys = Keys(what, settings)
    routing_key = keys.text("routing_key")
    base = base_url(keys, BASE_URL)
    http = HttpSettings.read(keys)
    keys.done()
    if len(routing_key) != 32:
        raise keys.wrong("routing_key", "has 32 characters (Events API v2 integration)")
    return PagerDutyPager(routing_key, SystemClock(), base, http)


def _dedup_key(message: PageMessage) -> str:
    """One per incident; a question rings by itself, because an acknowledged alert notifies nobody again."""
    name = message.incidents[0] if message.incidents and message.kind == "page" else message.key
    return f"tocsin/{message.scope}/{name}"[:_KEY_CHARS]
