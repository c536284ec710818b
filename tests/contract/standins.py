"""Vendors on loopback that answer as documented, for our pagers and for the vendors' own libraries alike."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl

Headers = dict[str, str]
Answered = tuple[int, Headers, bytes]


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Vendor:
    """A listener that remembers what it was asked. `forced` answers come first, whatever is asked."""

    def __init__(self, answer: Callable[[Asked], Answered]) -> None:
        self.asked: list[Asked] = []
        self.forced: list[Answered | Callable[[BaseHTTPRequestHandler], None]] = []
        self.release = threading.Event()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, body)
                vendor.asked.append(asked)
                forced = vendor.forced.pop(0) if vendor.forced else None
                if callable(forced):
                    forced(self)
                    return
                status, more, answer = forced if forced is not None else vendor.answer(asked)
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST  # noqa: N815 -- the name http.server looks for

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.answer = answer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer nothing until released."""
        self.release.wait(600)
        handler.close_connection = True

    @staticmethod
    def tear(handler: BaseHTTPRequestHandler) -> None:
        """Half an answer."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        handler.close_connection = True

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def running(vendor: Vendor) -> Iterator[Vendor]:
    """A vendor for the length of a block."""
    try:
        yield vendor
    finally:
        vendor.close()


def _json(status: int, value: object, headers: Headers | None = None) -> Answered:
    return status, {"content-type": "application/json", **(headers or {})}, json.dumps(value).encode()


# -- PagerDuty ---------------------------------------------------------------------------------------------------


@dataclass
class PagerDuty:
    """Events API v2: the rules of its documentation, and the state of each alert by `dedup_key`."""

    routing_key: str = "e93facc04764012d7bfb002500d5d1a6"
    alerts: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, int] = field(default_factory=dict)
    changes: list[Any] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answered:
        event = asked.json
        errors = self._errors(event, asked.path)
        if errors:
            return _json(
                400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
            )
        if asked.path == "/v2/change/enqueue":
            self.changes.append(event)
            return _json(202, {"status": "success", "message": "Change event processed"})
        key = event["dedup_key"]
        match event["event_action"]:
            case "trigger":
                self.triggers[key] = self.triggers.get(key, 0) + 1
                self.alerts.setdefault(key, "triggered")
            case "acknowledge" if key in self.alerts:
                self.alerts[key] = "acknowledged"
            case "resolve" if key in self.alerts:
                self.alerts[key] = "resolved"
        return _json(202, {"status": "success", "message": "Event processed", "dedup_key": key})

    def _errors(self, event: Any, path: str) -> list[str]:
        errors = []
        if len(event.get("routing_key", "")) != 32:
            errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
        elif event["routing_key"] != self.routing_key:
            errors.append("Invalid routing key")
        payload = event.get("payload", {})
        if path == "/v2/change/enqueue":
            return errors + ([] if payload.get("summary") else ["'payload.summary' is missing or blank"])
        if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            errors.append("'event_action' is invalid")
        if not 0 < len(event.get("dedup_key", "")) <= 255:
            errors.append("'dedup_key' is invalid")
        if event.get("event_action") == "trigger":
            if not 0 < len(payload.get("summary", "")) <= 1024:
                errors.append("'payload.summary' is missing, blank or too long")
            if not payload.get("source"):
                errors.append("'payload.source' is missing or blank")
            if payload.get("severity") not in ("critical", "error", "warning", "info"):
                errors.append("'payload.severity' is invalid (must be one of: critical error warning info)")
            errors += ["'links' is invalid" for link in event.get("links", []) if not link.get("href")]
        return errors


# -- Slack -------------------------------------------------------------------------------------------------------


@dataclass
class Slack:
    """The Web API methods we use; `slack_sdk.WebClient` is content with it."""

    token: str = "xoxb-not-a-real-token"
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    invited: dict[str, list[str]] = field(default_factory=dict)
    fail: dict[str, list[str]] = field(default_factory=dict)
    _clock: int = 1503435956

    def answer(self, asked: Asked) -> Answered:
        method = asked.path.partition("?")[0].rpartition("/")[2]
        given = self._arguments(asked)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return _json(200, {"ok": False, "error": "invalid_auth"})
        if self.fail.get(method):
            return _json(200, {"ok": False, "error": self.fail[method].pop(0)})
        snake = re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), method.replace(".", "_"))
        found = getattr(self, f"_{snake}", None)
        if found is None:
            return _json(200, {"ok": False, "error": "unknown_method"})
        answer = found(given)
        return _json(
            200, {"ok": True, **answer} if isinstance(answer, dict) else {"ok": False, "error": answer}
        )

    @staticmethod
    def _arguments(asked: Asked) -> dict[str, Any]:
        if asked.body and asked.headers.get("content-type", "").startswith("application/json"):
            return dict(asked.json)
        given = asked.body.decode() or asked.path.partition("?")[2]
        return {name: values[0] for name, values in parse_qs(given).items()}

    def _room(self, address: str) -> str | None:
        if address.startswith("U"):
            return f"D{address[1:]}"
        return address if address[:1] in "CD" or address in self.channels else None

    def _chat_post_message(self, given: dict[str, Any]) -> dict[str, Any] | str:
        room = self._room(given["channel"])
        if room is None:
            return "channel_not_found"
        if not given.get("text"):
            return "no_text"
        if len(json.dumps(given.get("blocks", []))) > 13_000:
            return "msg_blocks_too_long"
        for block in given.get("blocks", []):
            if block["type"] == "section" and len(block["text"]["text"]) > 3000:
                return "invalid_blocks"
        self._clock += 1
        message = {**given, "ts": f"{self._clock}.000100"}
        self.messages.setdefault(room, []).append(message)
        return {"channel": room, "ts": message["ts"], "message": message}

    def _chat_update(self, given: dict[str, Any]) -> dict[str, Any] | str:
        for message in self.messages.get(given["channel"], []):
            if message["ts"] == given["ts"]:
                message.update(given)
                return {"channel": given["channel"], "ts": given["ts"]}
        return "message_not_found"

    def _conversations_open(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": f"D{given['users'][1:]}"}}

    def _conversations_history(self, given: dict[str, Any]) -> dict[str, Any]:
        newest = list(reversed(self.messages.get(given["channel"], [])))
        if given.get("include_all_metadata") not in ("true", "1", True):
            newest = [
                {key: value for key, value in message.items() if key != "metadata"} for message in newest
            ]
        return {"messages": newest}

    def _conversations_create(self, given: dict[str, Any]) -> dict[str, Any] | str:
        name = given["name"]
        if not re.fullmatch(r"[a-z0-9_-]{1,80}", name):
            return "invalid_name_specials"
        if any(channel["name"] == name for channel in self.channels.values()):
            return "name_taken"
        made = {"id": f"C{len(self.channels) + 1:03}", "name": name, "purpose": {"value": ""}}
        self.channels[made["id"]] = made
        return {"channel": made}

    def _conversations_set_purpose(self, given: dict[str, Any]) -> dict[str, Any]:
        self.channels[given["channel"]]["purpose"] = {"value": given["purpose"]}
        return {}

    def _conversations_list(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"channels": list(self.channels.values()), "response_metadata": {"next_cursor": ""}}

    def _conversations_invite(self, given: dict[str, Any]) -> dict[str, Any]:
        self.invited.setdefault(given["channel"], []).extend(given["users"].split(","))
        return {"channel": self.channels[given["channel"]]}


# -- Twilio ------------------------------------------------------------------------------------------------------


@dataclass
class Twilio:
    """Messages and calls of the 2010-04-15 API; refuses what the real one refuses."""

    sid: str = "AC" + "0" * 32
    token: str = "0123456789abcdef0123456789abcdef"
    sent: list[dict[str, str]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answered:
        wanted = "Basic " + base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if asked.headers.get("authorization") != wanted:
            return self._no(401, 20003, "Authenticate")
        form = asked.form
        if re.fullmatch(rf"/2010-04-15/Accounts/{self.sid}/Calls/CA\w+\.json", asked.path):
            self.sent.append(form)
            return _json(200, {"sid": asked.path.rpartition("/")[2][:-5], "status": form["Status"]})
        kind = {"Messages.json": "SM", "Calls.json": "CA"}.get(asked.path.rpartition("/")[2])
        if kind is None or f"/Accounts/{self.sid}/" not in asked.path:
            return self._no(404, 20404, "The requested resource was not found")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", form.get("To", "")):
            return self._no(400, 21211, f"Invalid 'To' Phone Number: {form.get('To', '')}")
        if kind == "SM" and not form.get("Body"):
            return self._no(400, 21602, "Message body is required.")
        if kind == "SM" and not (form.get("From") or form.get("MessagingServiceSid")):
            return self._no(400, 21603, "A 'From' or 'MessagingServiceSid' is required.")
        if kind == "CA" and not (form.get("Twiml") and form.get("From")):
            return self._no(400, 21205, "Url parameter is required.")
        self.sent.append(form)
        return _json(201, {"sid": f"{kind}{len(self.sent):032}", "status": "queued"})

    @staticmethod
    def _no(status: int, code: int, message: str) -> Answered:
        return _json(status, {"code": code, "message": message, "status": status})


# -- ntfy --------------------------------------------------------------------------------------------------------


@dataclass
class Ntfy:
    """Publishing as JSON to the root; messages of one sequence replace each other."""

    token: str | None = None
    shown: dict[str, Any] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answered:
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            return _json(401, {"code": 40101, "http": 401, "error": "unauthorized"})
        note = asked.json
        if asked.path != "/" or not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", note.get("topic", "")):
            return _json(400, {"code": 40009, "http": 400, "error": "invalid request: topic invalid"})
        if note.get("priority") not in (1, 2, 3, 4, 5):
            return _json(400, {"code": 40007, "http": 400, "error": "invalid request: priority invalid"})
        if len(note.get("actions", [])) > 3:
            return _json(400, {"code": 40018, "http": 400, "error": "invalid request: actions invalid"})
        sequence = note.get("sequence_id", "")
        if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", sequence):
            return _json(400, {"code": 40049, "http": 400, "error": "invalid request: sequence ID invalid"})
        self.shown[sequence] = note
        return _json(200, {"id": f"n{len(self.shown)}", "event": "message", **note})
