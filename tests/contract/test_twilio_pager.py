"""SMS and calls: what is sent, and what comes back signed as Twilio's own library signs it."""

import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.standins import Twilio, Vendor, running
from twilio.request_validator import RequestValidator

from tocsin.connectors.api import Call, Called, Delivered, PageMessage, Pressed, Replied, Settled, Undelivered
from tocsin.connectors.twilio_pager import Account, TwilioPager, short
from tocsin.errors import Permanent
from tocsin.kit.clock import SystemClock

CALLBACK = "https://tocsin.example/callbacks/phone"
MESSAGE = PageMessage(
    "INC-1.p1.phone", "ana", "+491701234567", "P1 API “down” · § 1 <API> & more · since 03:00 UTC", "the long text",
    "https://tocsin.example/a/1.x", incidents=("INC-1",), severity="P1", rank=1, token="1.x", code="1", callback=CALLBACK,
)  # fmt: skip


@pytest.fixture
def account() -> Twilio:
    return Twilio()


@pytest.fixture
def vendor(account: Twilio) -> Iterator[Vendor]:
    with running(Vendor(account.answer)) as made:
        yield made


def pager(vendor: Vendor | None, *, voice: bool = False, sender: str = "+15005550006") -> TwilioPager:
    url = vendor.url if vendor else "http://127.0.0.1:9"
    return TwilioPager(Account(Twilio().sid, Twilio().token, sender), SystemClock(), url, voice=voice)


def test_an_sms_holds_the_page_and_its_link_in_160_characters(vendor: Vendor, account: Twilio) -> None:
    receipt = pager(vendor).page(MESSAGE)
    (sent,) = account.sent
    assert receipt.reference.startswith("SM")
    assert sent["To"] == "+491701234567"
    assert sent["From"] == "+15005550006"
    assert sent["Body"].startswith('P1 API "down" - ')
    assert sent["Body"].endswith(" https://tocsin.example/a/1.x Reply ack 1")
    assert sent["StatusCallback"] == f"{CALLBACK}?d=1.x"


@given(
    st.text(max_size=400),
    st.one_of(st.none(), st.just("https://tocsin.example.org/a/zz.AbCdEfGhIjKlMnOpQrStUvWxYz0")),
)
def test_an_sms_never_grows_beyond_160_characters(subject: str, link: str | None) -> None:
    text = short(replace(MESSAGE, subject=subject, link=link))
    assert len(text) <= 160
    assert link is None or link in text


def test_a_messaging_service_is_named_as_one(vendor: Vendor, account: Twilio) -> None:
    pager(vendor, sender="MG" + "1" * 32).page(MESSAGE)
    assert account.sent[0]["MessagingServiceSid"].startswith("MG")
    assert "From" not in account.sent[0]


def test_a_wrong_number_is_permanent_with_twilios_reason(vendor: Vendor) -> None:
    with pytest.raises(Permanent, match="21211: Invalid 'To' Phone Number"):
        pager(vendor).page(replace(MESSAGE, address="12"))


def test_a_call_speaks_the_page_three_times_and_offers_the_key(vendor: Vendor, account: Twilio) -> None:
    receipt = pager(vendor, voice=True).page(MESSAGE)
    (sent,) = account.sent
    assert receipt.reference.startswith("CA")
    assert sent["MachineDetection"] == "Enable"
    gathers = Xml.fromstring(sent["Twiml"]).findall("Gather")
    assert len(gathers) == 3
    spoken = gathers[0].findtext("Say") or ""
    assert "<API> & more" in spoken
    assert "Press 4 to acknowledge" in spoken
    assert parse_qs(urlsplit(gathers[0].attrib["action"]).query)["d"] == ["1.x"]


def test_a_call_without_a_way_back_only_speaks(vendor: Vendor, account: Twilio) -> None:
    pager(vendor, voice=True).page(replace(MESSAGE, callback=None))
    assert Xml.fromstring(account.sent[0]["Twiml"]).findall("Gather") == []


def test_a_call_that_still_rings_is_ended_when_somebody_has_it(vendor: Vendor, account: Twilio) -> None:
    phone = pager(vendor, voice=True)
    reference = phone.page(MESSAGE).reference
    phone.settle(MESSAGE, reference, Settled("acknowledged", "bo"))
    assert account.sent[-1] == {"Status": "completed"}


# -- what comes back ---------------------------------------------------------------------------------------------


def called(url: str, form: dict[str, str], token: str = Twilio().token) -> Call:
    signed = RequestValidator(token).compute_signature(url, form)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signed}
    return Call(url, headers, "&".join(f"{_q(k)}={_q(v)}" for k, v in form.items()).encode())


def _q(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26").replace("+", "%2B").replace(" ", "+")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"MessageSid": "SM1", "MessageStatus": "sent"}, ()),
        (
            {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+49 1 & 2"},
            (Delivered("1.x", "delivered"),),
        ),
        (
            {"MessageStatus": "undelivered", "ErrorCode": "30003"},
            (Undelivered("1.x", "undelivered (error 30003)"),),
        ),
        ({"MessageStatus": "failed"}, (Undelivered("1.x", "failed"),)),
        ({"CallStatus": "completed"}, (Delivered("1.x", "the call was answered"),)),
        (
            {"CallStatus": "completed", "AnsweredBy": "machine_start"},
            (Undelivered("1.x", "a mailbox answered"),),
        ),
        ({"CallStatus": "no-answer"}, (Undelivered("1.x", "no-answer"),)),
        ({"CallStatus": "busy"}, (Undelivered("1.x", "busy"),)),
        ({"CallStatus": "ringing"}, ()),
    ],
)
def test_a_status_callback_is_a_receipt(form: dict[str, str], told: tuple[object, ...]) -> None:
    reply = pager(None).hear(called(f"{CALLBACK}?d=1.x", form))
    assert (reply.status, reply.tidings) == (204, told)


def test_the_key_acknowledges_and_any_other_says_it_again() -> None:
    url = f"{CALLBACK}?d=1.x&at=key&say=P1+API+down&kind=page"
    phone = pager(None, voice=True)
    reply = phone.hear(called(url, {"CallSid": "CA1", "Digits": "4"}))
    assert reply.tidings == (Pressed("1.x", None),)
    assert b"Acknowledged" in reply.body
    again = phone.hear(called(url, {"CallSid": "CA1", "Digits": "7"}))
    assert again.tidings == ()
    gather = Xml.fromstring(again.body.decode()).find("Gather")
    assert gather is not None
    assert gather.attrib["action"] == url
    assert "P1 API down" in (gather.findtext("Say") or "")


def test_another_key_calls_the_next_level() -> None:
    url = f"{CALLBACK}?d=1.x&at=key&say=P1+API+down&kind=page"
    assert pager(None, voice=True).hear(called(url, {"Digits": "6"})).tidings == (Called("1.x"),)


@pytest.mark.parametrize(
    ("body", "told"),
    [("ack 1f", (Replied("1f", "+491"),)), ("1F", (Replied("1f", "+491"),)), ("OK  1f", (Replied("1f", "+491"),)),
     ("thank you", ()), ("", ())],
)  # fmt: skip
def test_an_sms_that_comes_back_names_the_message_by_its_code(body: str, told: tuple[object, ...]) -> None:
    reply = pager(None).hear(called(CALLBACK, {"From": "+491", "Body": body, "MessageSid": "SM9"}))
    assert (reply.status, reply.tidings) == (200, told)
    assert Xml.fromstring(reply.body.decode()).tag == "Response"


def test_a_test_call_cannot_acknowledge_anything() -> None:
    url = f"{CALLBACK}?d=1.x&at=key&say=test&kind=test"
    assert pager(None, voice=True).hear(called(url, {"Digits": "4"})).tidings == ()


def test_nothing_that_twilio_did_not_sign_is_believed() -> None:
    phone = pager(None)
    good = called(f"{CALLBACK}?d=1.x", {"MessageStatus": "delivered"})
    bad = [
        replace(good, body=good.body + b"&x=1"),
        replace(good, url=good.url.replace("1.x", "2.x")),
        replace(good, headers={}),
        called(f"{CALLBACK}?d=1.x", {"MessageStatus": "delivered"}, token="another"),
    ]
    for each in bad:
        reply = phone.hear(each)
        assert (reply.status, reply.tidings) == (403, ())
