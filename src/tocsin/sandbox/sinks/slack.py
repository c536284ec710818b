"""A stand-in for Slack: its Web API as far as incidents need it, incoming webhooks, and signed clicks back to us.

`slack_sdk.WebClient(base_url=stand_in.api)` talks to it, `WebhookClient(stand_in.hook)` too.
"""

import secrets
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import msgspec

from tocsin.kit.clock import Clock
from tocsin.sandbox.sinks.recording import MARK, Answer, Request, StandIn, answer_json
from tocsin.sandbox.sinks.signed import Signed, hexadecimal

_LONGEST_NAME = 80
_LONGEST_TEXT = 40_000


@dataclass(frozen=True, slots=True)
class Post:
    """A message as it stands now.

    Attributes:
        channel: its id. ts: Slack's name for a message within a channel.
        thread: `ts` of the message it answers, or "".
        edits: how often it was updated.
    """

    channel: str
    ts: str
    text: str
    thread: str = ""
    edits: int = 0


@dataclass(slots=True)
class _Workspace:
    channels: dict[str, str] = field(default_factory=dict)  # id -> name
    archived: set[str] = field(default_factory=set)
    posts: dict[tuple[str, str], Post] = field(default_factory=dict)
    hooked: list[str] = field(default_factory=list)
    told: int = 0


class Slack(StandIn):
    """One workspace, with one token."""

    def __init__(self, *, port: int = 0, clock: Clock | None = None) -> None:
        """Listen at once, with the channel #general."""
        self.token = f"xoxb-{MARK}-{secrets.token_hex(8)}"
        self._space = _Workspace(channels={"C0GENERAL": "general"})
        super().__init__(port=port, clock=clock)

    @property
    def api(self) -> str:
        """Base of the Web API."""
        return f"{self.url}/api/"

    @property
    def hook(self) -> str:
        """An incoming webhook."""
        return f"{self.url}/services/T0{MARK}/B0{MARK}/hook"

    @property
    def posts(self) -> tuple[Post, ...]:
        """Every message as it stands now, in the order it was first posted."""
        with self.changed:
            return tuple(self._space.posts.values())

    @property
    def channels(self) -> dict[str, str]:
        """Id and name of every channel."""
        with self.changed:
            return dict(self._space.channels)

    @property
    def hooked(self) -> tuple[str, ...]:
        """Texts that came through the incoming webhook."""
        with self.changed:
            return tuple(self._space.hooked)

    def click(self, signing_secret: str, action_id: str, value: str, user: str = "U0DRILL") -> Signed:
        """A person presses a button: what Slack would send to our interactivity URL."""
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": MARK.lower()},
            "actions": [{"type": "button", "action_id": action_id, "value": value}],
            "token": MARK,
        }
        body = urlencode({"payload": msgspec.json.encode(payload).decode()}).encode()
        at = str(int(self.clock.now().timestamp()))
        return Signed(
            body,
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Slack-Request-Timestamp": at,
                "X-Slack-Signature": "v0=" + hexadecimal(signing_secret, b"v0:" + at.encode() + b":" + body),
            },
        )

    def failure(self, status: int) -> Answer:
        """429 as Slack says it; anything else as its gateway would."""
        return answer_json(
            status, {"ok": False, "error": "ratelimited" if status == 429 else "internal_error"}
        )

    def answer(self, request: Request) -> Answer:
        """The incoming webhook, or one method of the Web API; status 200 also for what Slack refuses."""
        if request.path.startswith("/services/"):
            return self._hooked(request)
        if not request.path.startswith("/api/"):
            return answer_json(404, {"ok": False, "error": "not_found"})
        given = _arguments(request)
        if (request.bearer or str(given.get("token", ""))) != self.token:
            return _no("invalid_auth")
        with self.changed:
            return self._method(request.path.removeprefix("/api/"), given)

    def _hooked(self, request: Request) -> Answer:
        try:
            text = str(msgspec.json.decode(request.body, type=dict[str, object]).get("text", ""))
        except msgspec.MsgspecError:
            return Answer(400, b"invalid_payload", kind="text/html")
        with self.changed:
            self._space.hooked.append(text)
        return Answer(200, b"ok", kind="text/html")

    def _method(self, name: str, given: dict[str, object]) -> Answer:
        channel, ts = str(given.get("channel", "")), str(given.get("ts", ""))
        match name:
            case "api.test" | "auth.test":
                return _yes(team=MARK, user=MARK.lower(), user_id="U0DRILL", team_id="T0DRILL")
            case "conversations.create":
                return self._create(str(given.get("name", "")))
            case "conversations.list":
                return _yes(channels=[self._channel(one) for one in self._space.channels])
            case _ if self._find(channel) is None:
                return _no("channel_not_found")
            case "conversations.archive":
                self._space.archived.add(self._find(channel) or "")
                return _yes()
            case "conversations.invite" | "conversations.setTopic" | "conversations.join":
                return _yes(channel=self._channel(self._find(channel) or ""))
            case "conversations.history":
                found = self._find(channel)
                mine = [_message(one) for one in self._space.posts.values() if one.channel == found]
                return _yes(messages=mine[::-1], has_more=False)
            case "chat.postMessage":
                return self._post(self._find(channel) or "", given)
            case "chat.update":
                return self._update(self._find(channel) or "", ts, str(given.get("text", "")))
            case "chat.getPermalink":
                return _yes(
                    channel=channel, permalink=f"{self.url}/archives/{channel}/p{ts.replace('.', '')}"
                )
            case _:
                return _no("unknown_method")

    def _create(self, name: str) -> Answer:
        if not name or len(name) > _LONGEST_NAME or name != name.lower() or " " in name:
            return _no("invalid_name_specials" if name else "invalid_name_required")
        if name in self._space.channels.values():
            return _no("name_taken")
        found = f"C0{MARK}{len(self._space.channels):03}"
        self._space.channels[found] = name
        return _yes(channel=self._channel(found))

    def _post(self, channel: str, given: dict[str, object]) -> Answer:
        text = str(given.get("text", ""))
        if channel in self._space.archived:
            return _no("is_archived")
        if not text and not given.get("blocks"):
            return _no("no_text")
        if len(text) > _LONGEST_TEXT:
            return _no("msg_too_long")
        self._space.told += 1
        ts = f"{int(self.clock.now().timestamp())}.{self._space.told:06}"
        post = Post(channel, ts, text, thread=str(given.get("thread_ts", "")))
        self._space.posts[channel, ts] = post
        return _yes(channel=channel, ts=ts, message=_message(post))

    def _update(self, channel: str, ts: str, text: str) -> Answer:
        post = self._space.posts.get((channel, ts))
        if post is None:
            return _no("message_not_found")
        self._space.posts[channel, ts] = replace(post, text=text, edits=post.edits + 1)
        return _yes(channel=channel, ts=ts, text=text)

    def _find(self, channel: str) -> str | None:
        """The id of a channel that is given by id, or by name as `chat.postMessage` allows."""
        if channel in self._space.channels:
            return channel
        names = {name: found for found, name in self._space.channels.items()}
        return names.get(channel.removeprefix("#"))

    def _channel(self, found: str) -> dict[str, object]:
        return {
            "id": found,
            "name": self._space.channels.get(found, ""),
            "is_channel": True,
            "is_archived": found in self._space.archived,
        }


def _arguments(request: Request) -> dict[str, object]:
    """A call's arguments: JSON, a form, or the query."""
    if "json" in request.headers.get("content-type", ""):
        try:
            return msgspec.json.decode(request.body or b"{}", type=dict[str, object])
        except msgspec.MsgspecError:
            return {}
    return {**dict(request.query), **request.form}


def _message(post: Post) -> dict[str, object]:
    return {
        "type": "message",
        "ts": post.ts,
        "text": post.text,
        **({"thread_ts": post.thread} if post.thread else {}),
    }


def _yes(**more: object) -> Answer:
    return answer_json(200, {"ok": True, **more})


def _no(error: str) -> Answer:
    return answer_json(200, {"ok": False, "error": error})
