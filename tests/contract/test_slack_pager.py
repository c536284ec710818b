"""Slack: our client and Slack's own against one stand-in, and clicks signed by Slack's own library."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from tests.contract.standins import Slack, Vendor, running

from tocsin.connectors.api import Asked, Call, PageMessage, Pressed, Settled
from tocsin.connectors.slack_pager import SlackPager
from tocsin.connectors.slack_text import ACKNOWLEDGE
from tocsin.errors import Permanent, Temporary
from tocsin.kit.clock import SystemClock

SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
MESSAGE = PageMessage(
    "INC-1.p1.slack", "ana", "U2CERLKJA", "P1 <!channel> API down", "INC-1 a & b ```", "https://tocsin.example/a/1.x",
    incidents=("INC-1",), severity="P1", rank=1, token="1.x", scope="here",
)  # fmt: skip
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


class Fixed(SystemClock):
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def workspace() -> Slack:
    return Slack()


@pytest.fixture
def vendor(workspace: Slack) -> Iterator[Vendor]:
    with running(Vendor(workspace.answer)) as made:
        yield made


@pytest.fixture
def slack(vendor: Vendor) -> Iterator[SlackPager]:
    made = SlackPager(Slack().token, SIGNING, Fixed(), f"{vendor.url}/api", opens_rooms=True)
    yield made
    made.close()


def test_slacks_own_client_is_content_with_the_stand_in(vendor: Vendor, workspace: Slack) -> None:
    client = WebClient(token=workspace.token, base_url=f"{vendor.url}/api/")
    posted = client.chat_postMessage(
        channel="C1", text="hello", metadata={"event_type": "t", "event_payload": {}}
    )
    client.chat_update(channel="C1", ts=posted["ts"], text="hello again")
    made = client.conversations_create(name="incident-20261122-0300")
    with pytest.raises(SlackApiError, match="name_taken"):
        client.conversations_create(name="incident-20261122-0300")
    client.conversations_invite(channel=made["channel"]["id"], users="U1,U2")
    client.conversations_setPurpose(channel=made["channel"]["id"], purpose="p")
    assert (
        client.conversations_history(channel="C1", include_all_metadata=True)["messages"][0]["text"]
        == "hello again"
    )
    with pytest.raises(SlackApiError, match="invalid_auth"):
        WebClient(token="xoxb-wrong", base_url=f"{vendor.url}/api/").conversations_list()


def test_a_direct_message_with_a_button_and_nothing_from_outside_is_markup(
    slack: SlackPager, workspace: Slack
) -> None:
    receipt = slack.page(MESSAGE)
    (posted,) = workspace.messages["D2CERLKJA"]
    assert receipt.reference == f"D2CERLKJA:{posted['ts']}"
    assert posted["text"] == "P1 &lt;!channel&gt; API down"
    button = posted["blocks"][-1]["elements"][0]
    assert (button["action_id"], button["value"]) == (ACKNOWLEDGE, "1.x")
    assert posted["metadata"]["event_payload"] == {"key": MESSAGE.key}
    assert "&lt;!channel&gt;" in posted["blocks"][0]["text"]["text"]
    assert posted["blocks"][1]["text"]["text"].count("```") == 2


def test_settled_it_has_no_button_any_more_and_says_who(slack: SlackPager, workspace: Slack) -> None:
    reference = slack.page(MESSAGE).reference
    slack.settle(MESSAGE, reference, Settled("acknowledged", "ana"))
    (posted,) = workspace.messages["D2CERLKJA"]
    assert [block["type"] for block in posted["blocks"]] == ["section", "section", "context"]
    assert posted["blocks"][-1]["elements"][0]["text"] == "acknowledged by ana"
    slack.settle(MESSAGE, "D2CERLKJA:0.0", Settled("resolved", None))  # it was deleted: nothing to settle


def test_what_is_too_long_for_blocks_is_said_plainly(slack: SlackPager, workspace: Slack) -> None:
    workspace.fail["chat.postMessage"] = ["msg_blocks_too_long"]
    slack.page(MESSAGE)
    (posted,) = workspace.messages["D2CERLKJA"]
    assert "blocks" not in posted


def test_even_the_longest_page_fits(slack: SlackPager, workspace: Slack) -> None:
    slack.page(replace(MESSAGE, subject="&" * 160, body="<" * 100_000))
    assert "blocks" in workspace.messages["D2CERLKJA"][0]


@pytest.mark.parametrize(
    ("error", "kind"),
    [("channel_not_found", Permanent), ("invalid_auth", Permanent), ("token_revoked", Permanent),
     ("missing_scope", Permanent), ("is_archived", Permanent), ("ratelimited", Temporary), ("internal_error", Temporary)],
)  # fmt: skip
def test_http_200_can_be_a_failure(
    slack: SlackPager, workspace: Slack, error: str, kind: type[Exception]
) -> None:
    workspace.fail["chat.postMessage"] = [error]
    with pytest.raises(kind, match=error):
        slack.page(MESSAGE)


def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(
    slack: SlackPager, workspace: Slack, vendor: Vendor
) -> None:
    workspace._chat_post_message(
        {
            "channel": "U2CERLKJA",
            "text": "x",
            "metadata": {"event_type": "tocsin", "event_payload": {"key": MESSAGE.key}},
        }
    )
    slack.page(replace(MESSAGE, again=True))
    assert len(workspace.messages["D2CERLKJA"]) == 1
    slack.page(replace(MESSAGE, key="another", again=True))
    assert len(workspace.messages["D2CERLKJA"]) == 2


def test_an_incident_gets_its_channel_once_with_its_people_in_it(slack: SlackPager, workspace: Slack) -> None:
    room = slack.open_room("incident-20261122-0300", MESSAGE, ("U1", "C9", "U2"))
    assert room.name == "incident-20261122-0300"
    assert workspace.invited[room.reference] == ["U1", "U2"]
    assert workspace.channels[room.reference]["purpose"] == {"value": "here INC-1"}
    again = slack.open_room("incident-20261122-0300", MESSAGE, ())
    assert again == room
    assert len(workspace.messages[room.reference]) == 1
    other = slack.open_room("incident-20261122-0300", replace(MESSAGE, incidents=("INC-2",)), ())
    assert other.name == "incident-20261122-0300-2"


def test_somebody_who_cannot_be_invited_does_not_keep_the_others_out(
    slack: SlackPager, workspace: Slack
) -> None:
    workspace.fail["conversations.invite"] = ["user_not_found"]
    assert slack.open_room("incident-20261122-0301", MESSAGE, ("U1",)).reference


# -- clicks ------------------------------------------------------------------------------------------------------


def click(token: str = "1.x", user: str = "U2CERLKJA", action: str = ACKNOWLEDGE) -> bytes:
    payload = {
        "type": "block_actions", "user": {"id": user, "username": "ana", "team_id": "T1"}, "channel": {"id": "D1"},
        "message": {"ts": "1.2"}, "trigger_id": "1.2.3", "response_url": "https://hooks.slack.example/x",
        "actions": [{"action_id": action, "block_id": "b", "value": token, "action_ts": "1.3"}],
    }  # fmt: skip
    return urlencode({"payload": json.dumps(payload)}).encode()


def call(
    body: bytes, *, at: datetime = NOW, secret: str = SIGNING, kind: str = "application/x-www-form-urlencoded"
) -> Call:
    stamp = str(int(at.timestamp()))
    signed = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signed is not None
    headers = {"content-type": kind, "x-slack-request-timestamp": stamp, "x-slack-signature": signed}
    return Call("https://tocsin.example/callbacks/slack", headers, body)


def test_a_click_signed_by_slack_names_the_message_and_who_pressed(slack: SlackPager) -> None:
    reply = slack.hear(call(click()))
    assert (reply.status, reply.body) == (200, b"")
    assert reply.tidings == (Pressed("1.x", "U2CERLKJA"),)


def test_other_buttons_and_other_interactions_tell_nothing(slack: SlackPager) -> None:
    assert slack.hear(call(click(action="tocsin_open"))).tidings == ()
    assert slack.hear(call(urlencode({"payload": '{"type":"view_closed"}'}).encode())).tidings == ()
    assert slack.hear(call(b"payload=notjson")).status == 400
    assert slack.hear(call(b"")).status == 400


def test_slack_asking_whether_we_are_there_gets_its_challenge(slack: SlackPager) -> None:
    body = b'{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}'
    reply = slack.hear(call(body, kind="application/json"))
    assert (reply.status, reply.body) == (200, b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")


def without(called: Call, *names: str) -> Call:
    return replace(called, headers={key: value for key, value in called.headers.items() if key not in names})


def changed(called: Call, **headers: str) -> Call:
    return replace(called, headers={**called.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})


def test_nothing_that_slack_did_not_sign_now_is_believed(slack: SlackPager) -> None:
    good = call(click())
    signature = good.headers["x-slack-signature"]
    bad = [
        replace(good, body=good.body + b" "),
        changed(good, x_slack_signature=signature[:-1] + ("0" if signature[-1] != "0" else "1")),
        changed(good, x_slack_signature=""),
        changed(good, x_slack_signature="v1" + signature[2:]),
        changed(good, x_slack_signature="v0=zz"),
        changed(good, x_slack_request_timestamp="9" * 20),
        changed(good, x_slack_request_timestamp="soon"),
        without(good, "x-slack-signature"),
        without(good, "x-slack-request-timestamp"),
        call(click(), secret="another secret"),
        call(click(), at=NOW - timedelta(seconds=301)),
        call(click(), at=NOW + timedelta(seconds=301)),
    ]
    for each in bad:
        reply = slack.hear(each)
        assert (reply.status, reply.tidings) == (401, ())
    assert slack.hear(call(click(), at=NOW - timedelta(seconds=299))).status == 200
    assert slack.hear(changed(good, x_slack_signature="v0=" + signature[3:].upper())).status == 200


def test_the_published_vector_verifies() -> None:
    """Wire formats 7.1, from Slack's own documentation."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )

    class Then(SystemClock):
        def now(self) -> datetime:
            return datetime.fromtimestamp(1531420618, UTC)

    then = SlackPager("xoxb-x", SIGNING, Then(), "http://127.0.0.1:9/api")
    headers = {
        "content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }  # fmt: skip
    assert then.hear(Call("", headers, body)).asked == Asked("", "U2CERLKJA")
    assert then.hear(Call("", headers, body + b"x")).status == 401
