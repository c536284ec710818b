"""Pages through Slack: a direct or channel message with a button, and one channel per incident.

Web API and interactivity as documented at https://docs.slack.dev. HTTP 200 can be a failure there: `ok` decides.
Slack knows no idempotency key, so a message with an unknown outcome is looked for by its metadata before it is
posted again.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

from tocsin.connectors.api import (
    Asked,
    Call,
    Limit,
    Manners,
    PageMessage,
    Pressed,
    Receipt,
    Reply,
    Room,
    Settled,
    Tiding,
)
from tocsin.connectors.http import Answer, Http, HttpSettings, base_url
from tocsin.connectors.slack_text import ACKNOWLEDGE, escaped, plain, told
from tocsin.errors import Permanent, Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys

BASE_URL = "https://slack.com/api"
WINDOW = timedelta(seconds=300)
_TOO_LONG = frozenset({"msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"})
_PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
     "message_limit_exceeded", "team_added_to_org"}
)  # fmt: skip
_ROOMS = 9  # how many names are tried when one is taken
_LOOKED_AT = 100


class _NotOk(Exception):
    """Slack answered, and said no."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class SlackPager:
    """Posts as one Slack app.

    Args:
        token: of the bot ("xoxb-…"). signing_secret: of the app, or None if no buttons are wanted.
        opens_rooms: whether each incident gets a channel of its own.
    """

    manners = Manners("chat", (Limit(1, timedelta(seconds=1)),), bundles=True)

    def __init__(
        self,
        token: str,
        signing_secret: str | None,
        clock: Clock,
        base: str = BASE_URL,
        *,
        opens_rooms: bool = False,
        http: HttpSettings | None = None,
    ) -> None:
        self._token = token
        self._signing_secret = signing_secret
        self._clock = clock
        self._base = base
        self.opens_rooms = opens_rooms
        secrets = (token, signing_secret) if signing_secret else (token,)
        self._http = Http("Slack", clock, http, secrets=secrets)

    def page(self, message: PageMessage) -> Receipt:
        """Post it to the person or channel of the address; `reference` is "channel:ts". Raises Temporary or Permanent."""
        try:
            if message.again:
                found = self._posted(self._conversation(message.address), message.key)
                if found is not None:
                    return Receipt(found, self._clock.now())
            answer = self._post(message.address, message)
        except _NotOk as problem:
            raise self._refused(problem, "chat.postMessage") from problem
        return Receipt(f"{_text(answer, 'channel')}:{_text(answer, 'ts')}", self._clock.now())

    def settle(self, message: PageMessage, reference: str, settled: Settled) -> None:
        """Take the button away and say who has it. Raises Temporary or Permanent."""
        channel, _, ts = reference.partition(":")
        line = settled.how if settled.by is None else f"{settled.how} by {settled.by}"
        content = {"channel": channel, "ts": ts, "text": plain(message), "blocks": told(message, line)}
        try:
            self._call("chat.update", content)
        except _NotOk as problem:
            if problem.error not in ("message_not_found", "cant_update_message", "edit_window_closed"):
                raise self._refused(problem, "chat.update") from problem

    def open_room(self, name: str, message: PageMessage, members: tuple[str, ...]) -> Room:
        """See OpensRooms; the channel's purpose names the incident, which is how it is found again."""
        about = " ".join((message.scope, *message.incidents))
        try:
            channel, called, fresh = self._room(name, about)
            if fresh:
                self._call("conversations.setPurpose", {"channel": channel, "purpose": about})
            people = [member for member in members if member[:1] in ("U", "W")]
            if people:
                self._invite(channel, people)
            if fresh or self._posted(channel, message.key) is None:
                self._post(channel, message)
        except _NotOk as problem:
            raise self._refused(problem, "a channel for the incident") from problem
        return Room(channel, called)

    def hear(self, call: Call) -> Reply:
        """A pressed button, a command, or Slack asking whether we are there. 401 for what Slack did not sign (wire format 4.11)."""
        if self._signing_secret is None:
            return Reply(404, b"no signing_secret is set for this pager")
        if not self._signed(self._signing_secret, call):
            return Reply(401, b"not signed by Slack")
        if call.headers.get("content-type", "").startswith("application/json"):
            return _challenge(call.body)
        form = _form(call.body)
        if "payload" not in form and "command" in form:
            return Reply(200, asked=Asked(form.get("text", "").strip(), form.get("user_id", "")))
        try:
            payload: object = json.loads(form["payload"])
        except (ValueError, KeyError, RecursionError):
            return Reply(400, b"no payload")
        return Reply(200, tidings=_pressed(payload))

    def say(self, text: str) -> Reply:
        """An answer to a command that only whoever asked can see."""
        content = {"response_type": "ephemeral", "text": escaped(text)}
        return Reply(200, json.dumps(content).encode("ascii"), "application/json; charset=utf-8")

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _signed(self, secret: str, call: Call) -> bool:
        stamp = call.headers.get("x-slack-request-timestamp", "")
        if not stamp.isdecimal() or len(stamp) > 12:
            return False
        if abs(self._clock.now().timestamp() - int(stamp)) > WINDOW.total_seconds():
            return False
        wanted = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + call.body, hashlib.sha256).digest()
        version, _, given = call.headers.get("x-slack-signature", "").partition("=")
        try:
            return version == "v0" and hmac.compare_digest(wanted, bytes.fromhex(given))
        except ValueError:
            return False

    def _post(self, channel: str, message: PageMessage) -> dict[str, object]:
        content: dict[str, object] = {
            "channel": channel,
            "text": plain(message),
            "blocks": told(message, None),
            "unfurl_links": False,
            "metadata": {"event_type": "tocsin", "event_payload": {"key": message.key}},
        }
        try:
            return self._call("chat.postMessage", content)
        except _NotOk as problem:
            if problem.error not in _TOO_LONG:
                raise
            del content["blocks"]
            return self._call("chat.postMessage", content)

    def _conversation(self, address: str) -> str:
        """The channel an address stands for; a person's is opened."""
        if address[:1] not in ("U", "W"):
            return address
        answer = self._call("conversations.open", {"users": address})
        match answer.get("channel"):
            case {"id": str(name)}:
                return name
            case _:
                return address

    def _posted(self, channel: str, key: str) -> str | None:
        """Our message of this key among the latest of a channel, as "channel:ts"."""
        answer = self._get(
            "conversations.history",
            {"channel": channel, "include_all_metadata": "true", "limit": str(_LOOKED_AT)},
        )
        match answer.get("messages"):
            case [*messages]:
                pass
            case _:
                return None
        for posted in messages:
            match posted:
                case {
                    "ts": str(ts),
                    "metadata": {"event_type": "tocsin", "event_payload": {"key": str(found)}},
                }:
                    if found == key:
                        return f"{channel}:{ts}"
                case _:
                    continue
        return None

    def _room(self, name: str, about: str) -> tuple[str, str, bool]:
        """Id and name of the incident's channel, and whether it is new."""
        for number in range(1, _ROOMS + 1):
            called = name if number == 1 else f"{name}-{number}"
            try:
                answer = self._call("conversations.create", {"name": called})
            except _NotOk as problem:
                if problem.error != "name_taken":
                    raise
                ours = self._named(called, about)
                if ours is not None:
                    return ours, called, False
                continue
            match answer.get("channel"):
                case {"id": str(channel)}:
                    return channel, called, True
                case _:
                    raise _NotOk("no channel in the answer")
        raise _NotOk("name_taken")

    def _named(self, name: str, about: str) -> str | None:
        """The id of the channel of this name if its purpose says that it is ours."""
        cursor = ""
        while True:
            answer = self._get(
                "conversations.list", {"exclude_archived": "true", "limit": "1000", "cursor": cursor}
            )
            match answer.get("channels"):
                case [*channels]:
                    pass
                case _:
                    return None
            for channel in channels:
                match channel:
                    case {"id": str(found), "name": str(called), "purpose": {"value": str(purpose)}} if (
                        called == name
                    ):
                        return found if purpose == about else None
                    case _:
                        continue
            match answer.get("response_metadata"):
                case {"next_cursor": str(following)} if following:
                    cursor = following
                case _:
                    return None

    def _invite(self, channel: str, people: list[str]) -> None:
        try:
            self._call("conversations.invite", {"channel": channel, "users": ",".join(people), "force": True})
        except _NotOk as problem:
            # Somebody who cannot be brought in must not keep the channel from the others.
            if problem.error not in (
                "already_in_channel",
                "cant_invite_self",
                "cant_invite",
                "user_not_found",
            ):
                raise

    def _call(self, method: str, content: Mapping[str, object]) -> dict[str, object]:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "authorization": f"Bearer {self._token}",
        }
        url = f"{self._base}/{method}"
        return self._ok(url, self._http.post(url, json.dumps(content).encode("ascii"), headers))

    def _get(self, method: str, arguments: Mapping[str, str]) -> dict[str, object]:
        """Reading methods take no JSON."""
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "authorization": f"Bearer {self._token}",
        }
        url = f"{self._base}/{method}"
        return self._ok(url, self._http.post(url, urlencode(arguments).encode("ascii"), headers))

    def _ok(self, url: str, answer: Answer) -> dict[str, object]:
        if not answer.good:
            raise self._http.refused(answer, url, hint="Check base_url and the token.")
        match answer.value():
            case {"ok": True, **rest}:
                return {str(key): value for key, value in rest.items()}
            case {"ok": False, "error": str(error)}:
                raise _NotOk(error)
            case _:
                raise Temporary("Slack: the answer is not one of Slack's; is base_url its Web API?")

    def _refused(self, problem: _NotOk, what: str) -> Temporary | Permanent:
        if problem.error in _PASSING:
            return Temporary(f"Slack: {what}: {problem.error}.")
        return Permanent(
            f"Slack: {what}: {problem.error}.",
            hint="Check the token, its scopes (docs/how-to/wake-somebody.md) and the address.",
        )


def from_settings(what: str, settings: Mapping[str, object]) -> SlackPager:
    """The pager of a table with `token`, and `signing_secret`, `channels`, `base_url`. Raises ConfigError."""
    keys = Keys(what, settings)
    token = keys.text("token")
    signing_secret = keys.text_or_none("signing_secret")
    rooms = keys.flag("channels")
    base = base_url(keys, BASE_URL)
    http = HttpSettings.read(keys)
    keys.done()
    return SlackPager(token, signing_secret, SystemClock(), base, opens_rooms=rooms, http=http)


def _text(answer: Mapping[str, object], key: str) -> str:
    match answer.get(key):
        case str(value):
            return value
        case _:
            raise Temporary(f"Slack: the answer names no {key}.")


def _challenge(body: bytes) -> Reply:
    try:
        event: object = json.loads(body)
    except (ValueError, RecursionError):
        return Reply(400, b"not JSON")
    match event:
        case {"type": "url_verification", "challenge": str(challenge)}:
            return Reply(200, challenge.encode())
        case _:
            return Reply(200)


def _form(body: bytes) -> dict[str, str]:
    """The first value of each field; empty for what is no form."""
    try:
        pairs = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=64)
    except ValueError:
        return {}
    return {name: values[0] for name, values in pairs.items()}


def _pressed(payload: object) -> tuple[Tiding, ...]:
    match payload:
        case {"type": "block_actions", "user": {"id": str(user)}, "actions": [*actions]}:
            pass
        case _:
            return ()
    found: list[Tiding] = []
    for action in actions:
        match action:
            case {"action_id": str(name), "value": str(token)} if name == ACKNOWLEDGE:
                found.append(Pressed(token, user))
            case _:
                continue
    return tuple(found)
