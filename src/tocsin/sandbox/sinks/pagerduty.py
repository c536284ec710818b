"""A stand-in for PagerDuty's Events API v2: alerts are opened, acknowledged and resolved by their key."""

import secrets
from dataclasses import dataclass, field

import msgspec

from tocsin.kit.clock import Clock
from tocsin.sandbox.sinks.recording import MARK, Answer, Request, StandIn, answer_json

_KEY_LENGTH = 32
_LONGEST_SUMMARY = 1024
_SEVERITIES = frozenset({"critical", "error", "warning", "info"})
_STATES = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


class _Payload(msgspec.Struct):
    summary: str = ""
    source: str = ""
    severity: str = ""


class _Event(msgspec.Struct):
    routing_key: str = ""
    event_action: str = ""
    dedup_key: str = ""
    payload: _Payload | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands now: "triggered", "acknowledged" or "resolved"; `times` counts its triggers."""

    key: str
    summary: str
    state: str
    times: int = 1


@dataclass(slots=True)
class _Service:
    alerts: dict[str, Alert] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)


class PagerDuty(StandIn):
    """One service with one integration key. The vendor's own library wants https: give it a certificate then."""

    def __init__(self, *, port: int = 0, clock: Clock | None = None) -> None:
        """Listen at once."""
        self.routing_key = (MARK.lower() + secrets.token_hex(_KEY_LENGTH))[:_KEY_LENGTH]
        self._service = _Service()
        super().__init__(port=port, clock=clock)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert as it stands now, in the order it was first triggered."""
        with self.changed:
            return tuple(self._service.alerts.values())

    @property
    def changes(self) -> tuple[str, ...]:
        """Summaries of the change events."""
        with self.changed:
            return tuple(self._service.changes)

    def failure(self, status: int) -> Answer:
        """An error as PagerDuty writes it."""
        return answer_json(status, {"status": "error", "message": f"{MARK}: told to answer {status}"})

    def answer(self, request: Request) -> Answer:
        """`/v2/enqueue` and `/v2/change/enqueue`."""
        if request.method != "POST" or request.path not in {"/v2/enqueue", "/v2/change/enqueue"}:
            return answer_json(404, {"status": "not found"})
        try:
            event = msgspec.json.decode(request.body, type=_Event)
        except msgspec.MsgspecError:
            return answer_json(
                400,
                {
                    "status": "Unrecognized object",
                    "message": "Event object format is unrecognized",
                    "errors": ["JSON parse error"],
                },
            )
        with self.changed:
            change = request.path != "/v2/enqueue"
            problems = self._problems(event, change=change)
            if problems:
                return answer_json(
                    400, {"status": "invalid event", "message": "Event object is invalid", "errors": problems}
                )
            if change:
                assert event.payload is not None
                self._service.changes.append(event.payload.summary)
                return answer_json(202, {"status": "success", "message": "Change event processed"})
            return self._processed(event)

    def _problems(self, event: _Event, *, change: bool) -> list[str]:
        found: list[str] = []
        if len(event.routing_key) != _KEY_LENGTH:
            found.append("Length of 'routing_key' is incorrect (should be 32 characters)")
        elif event.routing_key != self.routing_key:
            found.append("Invalid routing key")
        if change or event.event_action == "trigger":
            payload = event.payload or _Payload()
            if not payload.summary or len(payload.summary) > _LONGEST_SUMMARY:
                found.append("'payload.summary' is missing, blank or too long")
            if not change and not payload.source:
                found.append("'payload.source' is missing or blank")
            if not change and payload.severity not in _SEVERITIES:
                found.append("'payload.severity' is invalid (must be one of critical, error, warning, info)")
        elif event.event_action not in _STATES:
            found.append("'event_action' is missing or blank")
        elif not event.dedup_key:
            found.append("'dedup_key' is missing or blank")
        return found

    def _processed(self, event: _Event) -> Answer:
        key = event.dedup_key or secrets.token_hex(16)
        alerts, known = self._service.alerts, self._service.alerts.get(key)
        open_now = known is not None and known.state != "resolved"
        if event.event_action == "trigger":
            summary = event.payload.summary if event.payload else ""
            if known is not None and open_now:
                alerts[key] = Alert(key, summary, known.state, known.times + 1)
            else:
                alerts[key] = Alert(key, summary, "triggered")
        elif known is not None and open_now:  # what is not open is dropped, and still answered with 202
            alerts[key] = Alert(key, known.summary, _STATES[event.event_action], known.times)
        return answer_json(202, {"status": "success", "message": "Event processed", "dedup_key": key})
