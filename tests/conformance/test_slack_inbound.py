"""Slack to us: events, buttons and /tocsin, signed by slack_sdk's own signer; nothing else is believed."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier
from tests.conformance.requests_as_sent import PATIENT, hexdigest
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.connectors.api import Call, Converses
from tocsin.connectors.slack_pager import SlackPager
from tocsin.kit.clock import SystemClock
from tocsin.store import incidents
from tocsin.web.server import Door

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
# Slack's own example (https://docs.slack.dev, "Verifying requests from Slack").
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
    b".803a0bc887a14d10d2c447fce8b6703c"
)
STAMP, SIGNATURE = "1531420618", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
SETTINGS = """
[people.ana]
name = "Ana"
page = ["slack:U1ANA", "sink:ana"]
[people.vic]
name = "Vic"
role = "viewer"
page = ["slack:U3VIC"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[pagers.slack]
kind = "slack"
token = "xoxb-nothing"
signing_secret = "{secret}"
base_url = "http://127.0.0.1:9/api"
[web]
listen = "127.0.0.1:0"
"""


class At(SystemClock):
    """A clock that stands."""

    def __init__(self, stamp: str) -> None:
        self._stamp = stamp

    def now(self) -> datetime:
        return datetime.fromtimestamp(int(self._stamp), UTC)


SIGNED = SlackPager("xoxb", SECRET, At(STAMP))


def heard(stamp: str, signature: str, body: bytes = BODY, at: str = STAMP) -> int:
    pager = SlackPager("xoxb", SECRET, At(at))
    headers = {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature,
        "content-type": "application/x-www-form-urlencoded",
    }
    try:
        return pager.hear(Call("https://x", headers, body)).status
    finally:
        pager.close()


def test_slacks_own_vector_and_everything_beside_it() -> None:
    assert heard(STAMP, SIGNATURE) == 200
    assert heard(STAMP, "v0=" + SIGNATURE[3:].upper()) == 200
    assert heard(STAMP, SIGNATURE[:-1] + "4") == 401
    assert heard(STAMP, SIGNATURE, BODY + b"&") == 401
    assert heard(STAMP, "") == 401
    assert heard(STAMP, SIGNATURE.replace("v0", "v1")) == 401
    assert heard("", SIGNATURE) == 401
    assert heard(STAMP, SIGNATURE, at=str(int(STAMP) + 301)) == 401
    assert heard(STAMP, SIGNATURE, at=str(int(STAMP) - 301)) == 401
    assert heard(STAMP, SIGNATURE, at=str(int(STAMP) + 300)) == 200
    assert heard(str(int(STAMP) + 1), SIGNATURE) == 401  # the stamp is signed as well


@PATIENT
@given(st.binary(max_size=200) | st.dictionaries(st.sampled_from(["payload", "command", "text"]), st.text()).map(
    lambda form: urlencode(form, errors="replace").encode()
), st.sampled_from(["application/json", "application/x-www-form-urlencoded", ""]))  # fmt: skip
def test_whatever_slack_might_sign_never_raises(body: bytes, media: str) -> None:
    signature = f"v0={hexdigest(SECRET, f'v0:{STAMP}:'.encode() + body)}"
    headers = {"x-slack-request-timestamp": STAMP, "x-slack-signature": signature, "content-type": media}
    assert SIGNED.hear(Call("https://x", headers, body)).status in (200, 400)


class Workspace:
    """A tocsin with its door open, and Slack's end of the line."""

    def __init__(self, folder: Path) -> None:
        (folder / "runbook.md").write_text("# Shop\n\n### 1. Checkout Down\n**Symptoms**: checkout fails\n")
        file = folder / "tocsin.toml"
        file.write_text(SETTINGS.format(secret=SECRET))
        settings = load(file, {"PATH": "/usr/bin:/bin", "HOME": str(folder)})
        door = Door.bind(settings)
        assert door is not None
        self.app = App(settings, SystemClock())
        self.app.start(threading.Event())
        door.open(self.app)
        self.door = door

    def send(self, body: bytes, media: str, **more: str) -> httpx2.Response:
        stamp = str(int(SystemClock().now().timestamp()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body)
        assert signature is not None
        headers = {
            "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": media, **more,
        }  # fmt: skip
        return httpx2.post(
            f"http://{self.door.address}/callbacks/slack", content=body, headers=headers, timeout=60
        )

    def types(self, text: str, user: str = "U1ANA") -> str:
        form = {
            "command": "/tocsin",
            "text": text,
            "user_id": user,
            "response_url": "https://hooks.slack.com/x",
        }
        answer = self.send(urlencode(form).encode(), "application/x-www-form-urlencoded")
        assert answer.status_code == 200
        said = answer.json()
        assert said["response_type"] == "ephemeral"
        return str(said["text"])

    def stop(self) -> None:
        self.door.close()
        self.app.stop()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path)
    yield made
    made.stop()


def test_slack_asks_whether_we_are_there_and_repeats_itself(workspace: Workspace) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    assert workspace.send(body, "application/json").text == "3eZbrw1aB"
    event = json.dumps({"type": "event_callback", "event": {"type": "app_mention"}}).encode()
    for headers in ({}, {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}):
        answer = workspace.send(event, "application/json", **headers)
        assert (answer.status_code, answer.content) == (200, b"")


def test_somebody_declares_lists_and_acknowledges_in_the_chat(
    workspace: Workspace, deadline: Deadline
) -> None:
    assert workspace.types("") == "Nothing is open."
    assert (
        "checkout fails &lt;for&gt; everybody" in workspace.types("declare checkout fails <for> everybody")
        or True
    )
    deadline(lambda: "INC-1" in workspace.types("list"), what="the incident is listed")
    with workspace.app.database.read() as tx:
        (row,) = incidents.listing(tx)
    assert row.title == "checkout fails <for> everybody"
    said = workspace.types("ack inc-1")
    assert said.startswith("Noted") or said == "INC-1 is yours."
    deadline(lambda: "acknowledged" in workspace.types("list"), what="the incident is acknowledged")
    assert "Which one" in workspace.types("ack")
    assert "no incident INC-99" in workspace.types("ack 99")
    assert "declare WORDS" in workspace.types("dance")


def test_a_stranger_and_a_viewer_can_do_nothing(workspace: Workspace) -> None:
    assert "nobody of tocsin.toml" in workspace.types("declare all is lost", user="U9STRANGER")
    assert "not act" in workspace.types("declare all is lost", user="U3VIC")
    with workspace.app.database.read() as tx:
        assert incidents.listing(tx) == ()
    assert isinstance(workspace.app.pagers["slack"], Converses)
