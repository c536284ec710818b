"""What every channel that speaks HTTP must keep, whoever the vendor is."""

import base64
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contract.standins import Answered, Ntfy, PagerDuty, Slack, Twilio, Vendor, running

from tocsin.connectors.api import PageMessage, Pager
from tocsin.connectors.registry import pager
from tocsin.errors import Permanent, Temporary

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
MESSAGE = PageMessage(
    "INC-1.p1.x", "ana", "", "P1 API not responding ✓", "text\nwith lines", "https://tocsin.example/a/1.x",
    incidents=("INC-1",), severity="P1", rank=1, token="1.x", scope="here",
)  # fmt: skip
ADDRESSES = {"webhook": "ana", "pagerduty": "team", "slack": "U2CERLKJA", "sms": "+491701234567",
             "voice": "+491701234567", "ntfy": "tocsin-ana-7f3a"}  # fmt: skip
KINDS = tuple(ADDRESSES)


def settings(kind: str, url: str) -> dict[str, object]:
    twilio = {
        "account_sid": Twilio().sid,
        "auth_token": Twilio().token,
        "from": "+15005550006",
        "base_url": url,
    }
    known: dict[str, dict[str, object]] = {
        "webhook": {"url": f"{url}/hook?key=hidden-in-the-url", "secret": SECRET},
        "pagerduty": {"routing_key": PagerDuty().routing_key, "base_url": url},
        "slack": {
            "token": Slack().token,
            "signing_secret": "8f742231b10e8888abcd99yyyzzz85a5",
            "base_url": f"{url}/api",
        },
        "sms": dict(twilio),
        "voice": dict(twilio),
        "ntfy": {"base_url": url, "token": "tk_not_a_real_token_at_all"},
    }
    return known[kind]


def secrets(kind: str) -> tuple[str, ...]:
    return {
        "webhook": (SECRET, "hidden-in-the-url"), "pagerduty": (PagerDuty().routing_key,),
        "slack": (Slack().token, "8f742231b10e8888abcd99yyyzzz85a5"), "sms": (Twilio().token,),
        "voice": (Twilio().token,), "ntfy": ("tk_not_a_real_token_at_all",),
    }[kind]  # fmt: skip


def stand_in(kind: str) -> Callable[..., Answered]:
    match kind:
        case "pagerduty":
            return PagerDuty().answer
        case "slack":
            return Slack().answer
        case "sms" | "voice":
            return Twilio().answer
        case "ntfy":
            return Ntfy("tk_not_a_real_token_at_all").answer
        case _:
            return lambda asked: (202, {}, b"")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def vendor(kind: str) -> Iterator[Vendor]:
    with running(Vendor(stand_in(kind))) as made:
        yield made


@pytest.fixture
def make(kind: str) -> Iterator[Callable[..., Pager]]:
    made: list[Pager] = []

    def of(url: str, **more: object) -> Pager:
        made.append(pager(kind, {**settings(kind, url), **more}))
        return made[-1]

    yield of
    for each in made:
        each.close()  # type: ignore[attr-defined]  # every HTTP pager can be closed


def message(kind: str) -> PageMessage:
    return replace(MESSAGE, address=ADDRESSES[kind])


Make = Callable[..., Pager]


def test_a_page_that_was_taken_has_a_receipt(kind: str, vendor: Vendor, make: Make) -> None:
    receipt = make(vendor.url).page(message(kind))
    assert receipt.reference
    assert receipt.at.tzinfo is not None
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 302])
def test_a_refusal_is_permanent_and_says_the_next_step(
    kind: str, vendor: Vendor, make: Make, status: int
) -> None:
    vendor.forced.append((status, {"location": vendor.url}, b"{}"))
    with pytest.raises(Permanent, match=str(status)) as caught:
        make(vendor.url).page(message(kind))
    assert caught.value.hint
    assert len(vendor.asked) == 1, "redirects are not followed and refusals not repeated"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_trouble_over_there_is_temporary_and_its_wait_is_honoured(
    kind: str, vendor: Vendor, make: Make, status: int
) -> None:
    vendor.forced.append((status, {"retry-after": "7"}, b"trouble"))
    with pytest.raises(Temporary, match=str(status)) as caught:
        make(vendor.url).page(message(kind))
    assert caught.value.retry_after == timedelta(seconds=7)


def test_no_answer_in_time_is_temporary(kind: str, vendor: Vendor, make: Make) -> None:
    vendor.forced.append(vendor.hang)
    with pytest.raises(Temporary, match="in time"):
        make(vendor.url, timeout="300 ms").page(message(kind))


def test_half_an_answer_is_temporary_because_nobody_knows(kind: str, vendor: Vendor, make: Make) -> None:
    vendor.forced.append(vendor.tear)
    with pytest.raises(Temporary, match="no whole answer"):
        make(vendor.url).page(message(kind))


def test_nobody_there_is_temporary(kind: str, make: Make) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # it does not listen, and nobody else can
        channel = make(f"http://127.0.0.1:{held.getsockname()[1]}")
        with pytest.raises(Temporary, match="no whole answer"):
            channel.page(message(kind))


def test_an_answer_of_somebody_else_is_no_receipt(kind: str, vendor: Vendor, make: Make) -> None:
    """A captive portal or a wrong base_url answers 200 to anything."""
    if kind == "webhook":
        return  # whatever answers 2xx is a webhook's receiver
    vendor.forced.append((200, {"content-type": "text/html"}, b"<html>Welcome to the Wi-Fi</html>"))
    with pytest.raises(Temporary):
        make(vendor.url).page(message(kind))


@pytest.mark.parametrize("status", [400, 500])
def test_no_secret_stands_in_an_error_even_if_the_other_side_echoes_it(
    kind: str, vendor: Vendor, make: Make, status: int
) -> None:
    said = " ".join(secrets(kind))
    echo = f'{{"ok": false, "code": 1, "errors": ["{said}"], "error": "{said}", "message": "{said}"}}'
    vendor.forced.append((status, {}, echo.encode()))
    with pytest.raises((Permanent, Temporary)) as caught:
        make(vendor.url).page(message(kind))
    for secret in secrets(kind):
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value)


def test_the_same_key_twice_names_itself_where_the_vendor_can_see_it(
    kind: str, vendor: Vendor, make: Make
) -> None:
    """webhook-id, dedup_key, sequence_id; Slack is looked through. Twilio has nothing of the kind."""
    if kind in ("sms", "voice"):
        return
    channel = make(vendor.url)
    first = channel.page(message(kind)).reference
    again = channel.page(replace(message(kind), again=True)).reference
    match kind:
        case "webhook":
            assert len({asked.headers["webhook-id"] for asked in vendor.asked}) == 1
        case "pagerduty":
            assert len({asked.json["dedup_key"] for asked in vendor.asked}) == 1
        case "ntfy":
            assert len({asked.json["sequence_id"] for asked in vendor.asked}) == 1
        case "slack":
            assert first == again
            assert sum(asked.path.endswith("chat.postMessage") for asked in vendor.asked) == 1
