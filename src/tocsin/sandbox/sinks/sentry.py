"""A stand-in for Sentry: takes envelopes of its SDK, counts errors for its API, and alerts us in its name.

`sentry_sdk.init(stand_in.dsn)` sends to it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from tocsin.kit.clock import Clock
from tocsin.sandbox.sinks.recording import MARK, Answer, Request, StandIn, answer_json
from tocsin.sandbox.sinks.signed import Signed, hexadecimal

PROJECT = 42
_INTERVAL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """An event that came: Sentry's id for it, what it says, and when it came."""

    id: str
    message: str
    at: datetime


class _Header(msgspec.Struct):
    event_id: str = ""


class _Item(msgspec.Struct):
    type: str = ""
    length: int | None = None


class _Thrown(msgspec.Struct):
    type: str | None = None
    value: str | None = None


class _Exceptions(msgspec.Struct):
    values: list[_Thrown] = []


class _LogEntry(msgspec.Struct):
    message: str | None = None


class _Event(msgspec.Struct):
    event_id: str = ""
    message: str | None = None
    logentry: _LogEntry | None = None
    exception: _Exceptions | None = None


class Sentry(StandIn):
    """One project of one organization, with one token for the API."""

    def __init__(self, *, port: int = 0, clock: Clock | None = None) -> None:
        """Listen at once."""
        self._public = secrets.token_hex(16)
        self.token = f"sntrys_{MARK}_{secrets.token_hex(8)}"
        self._seen: list[Seen] = []
        super().__init__(port=port, clock=clock)

    @property
    def dsn(self) -> str:
        """What an application is configured with."""
        return f"http://{self._public}@127.0.0.1:{self.port}/{PROJECT}"

    @property
    def events(self) -> tuple[Seen, ...]:
        """Every event that came."""
        with self.changed:
            return tuple(self._seen)

    def alert(self, client_secret: str, issue: str, title: str) -> Signed:
        """An issue alert: what Sentry would send to our door."""
        body = msgspec.json.encode(
            {
                "action": "triggered",
                "installation": {"uuid": "00000000-0000-4000-8000-00000000d211"},
                "actor": {"id": "sentry", "name": "Sentry", "type": "application"},
                "data": {
                    "event": {
                        "issue_id": issue,
                        "title": f"{MARK}: {title}",
                        "level": "error",
                        "web_url": f"{self.url}/issues/{issue}/",
                    },
                    "triggered_rule": MARK,
                },
            }
        )
        return Signed(
            body,
            {
                "Content-Type": "application/json",
                "Request-ID": secrets.token_hex(16),
                "Sentry-Hook-Resource": "event_alert",
                "Sentry-Hook-Timestamp": str(int(self.clock.now().timestamp())),
                "Sentry-Hook-Signature": hexadecimal(client_secret, body),
            },
        )

    def failure(self, status: int) -> Answer:
        """An error as Sentry writes it."""
        return answer_json(status, {"detail": f"{MARK}: told to answer {status}"})

    def answer(self, request: Request) -> Answer:
        """Envelopes in, and the number of errors out."""
        match (request.method, request.path.strip("/").split("/")):
            case ("POST", ["api", project, "envelope"]) if project == str(PROJECT):
                return self._envelope(request)
            case ("GET", ["api", "0", "organizations", _, "stats_v2"]):
                return self._count(request)
            case _:
                return answer_json(404, {"detail": "not found"})

    def _envelope(self, request: Request) -> Answer:
        if self._public not in request.headers.get("x-sentry-auth", "") + str(request.query):
            return answer_json(403, {"detail": "bad sentry DSN public key"})
        try:
            header, events = _opened(request.body)
        except (msgspec.MsgspecError, ValueError):
            return answer_json(400, {"detail": "invalid envelope"})
        with self.changed:
            self._seen.extend(Seen(one.event_id, _said(one), request.at) for one in events)
            self.changed.notify_all()
        return answer_json(200, {"id": header.event_id})

    def _count(self, request: Request) -> Answer:
        if request.bearer != self.token:
            return answer_json(401, {"detail": "Invalid token"})
        asked = dict(request.query)
        since, until = (_moment(asked.get(name, ""), request.at) for name in ("start", "end"))
        with self.changed:
            # Sentry counts whole intervals: the minute that has just begun is in it.
            count = sum(since <= one.at <= until + _INTERVAL for one in self._seen)
        return answer_json(200, {"groups": [{"by": {}, "totals": {"sum(quantity)": count}}]})


def _opened(body: bytes) -> tuple[_Header, list[_Event]]:
    """The header of an envelope and the events in it; other items are passed over. Raises ValueError."""
    first, _, rest = body.partition(b"\n")
    events: list[_Event] = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        item = msgspec.json.decode(line, type=_Item)
        if item.length is None:
            payload, _, rest = rest.partition(b"\n")
        else:
            payload, rest = rest[: item.length], rest[item.length :].removeprefix(b"\n")
        if item.type == "event":
            events.append(msgspec.json.decode(payload, type=_Event))
    return msgspec.json.decode(first, type=_Header), events


def _said(event: _Event) -> str:
    thrown = event.exception.values[-1] if event.exception and event.exception.values else None
    if thrown is not None:
        return f"{thrown.type}: {thrown.value}"
    return event.message or (event.logentry.message if event.logentry else None) or ""


def _moment(text: str, other: datetime) -> datetime:
    """A time without a zone is UTC, as Sentry reads it; another text is `other`."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=other.tzinfo)
    except ValueError:
        return other
