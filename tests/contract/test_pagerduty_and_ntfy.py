"""PagerDuty Events v2 and ntfy, against stand-ins that hold the documented rules."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import apprise
import pytest
from tests.contract.standins import Asked, Ntfy, PagerDuty, Vendor, running

from tocsin.connectors.api import PageMessage, Settled
from tocsin.connectors.apprise_pager import ApprisePager
from tocsin.connectors.ntfy_pager import NtfyPager
from tocsin.connectors.pagerduty_pager import PagerDutyPager
from tocsin.connectors.registry import pager
from tocsin.errors import ConfigError, Permanent, Temporary
from tocsin.kit.clock import SystemClock

MESSAGE = PageMessage(
    "INC-1.p1.pd", "ana", "team", "P1 API not responding ✓", "text", "https://tocsin.example/a/1.x",
    incidents=("INC-1",), severity="P1", rank=1, token="1.x", scope="here",
)  # fmt: skip


@pytest.fixture
def service() -> PagerDuty:
    return PagerDuty()


@pytest.fixture
def duty(service: PagerDuty) -> Iterator[tuple[PagerDutyPager, Vendor]]:
    with running(Vendor(service.answer)) as vendor:
        made = PagerDutyPager(service.routing_key, SystemClock(), vendor.url)
        yield made, vendor
        made.close()


Duty = tuple[PagerDutyPager, Vendor]


def test_an_incident_is_one_alert_acknowledged_and_resolved_there_as_here(
    duty: Duty, service: PagerDuty
) -> None:
    channel, vendor = duty
    receipt = channel.page(MESSAGE)
    channel.page(replace(MESSAGE, key="INC-1.p2.pd", to="bo"))
    assert receipt.reference == "tocsin/here/INC-1"
    assert service.triggers == {"tocsin/here/INC-1": 2}
    payload = vendor.asked[0].json["payload"]
    assert (payload["severity"], payload["source"]) == ("error", "INC-1")
    channel.settle(MESSAGE, receipt.reference, Settled("acknowledged", "ana"))
    assert service.alerts == {"tocsin/here/INC-1": "acknowledged"}
    channel.settle(MESSAGE, receipt.reference, Settled("resolved", None))
    assert service.alerts == {"tocsin/here/INC-1": "resolved"}


def test_a_question_rings_by_itself_and_news_ring_nobody(duty: Duty, service: PagerDuty) -> None:
    channel, _ = duty
    assert (
        channel.page(replace(MESSAGE, key="INC-1.p3.pd", kind="ask")).reference == "tocsin/here/INC-1.p3.pd"
    )
    news = channel.page(replace(MESSAGE, key="INC-1.p4.pd", kind="inform"))
    channel.settle(MESSAGE, news.reference, Settled("resolved", None))
    assert len(service.changes) == 1
    assert list(service.alerts.values()) == ["triggered"]


def test_a_body_too_large_loses_its_details_and_never_its_summary(duty: Duty) -> None:
    channel, vendor = duty
    channel.page(replace(MESSAGE, body="x" * 600_000))
    assert len(vendor.asked[0].body) < 512_000
    assert vendor.asked[0].json["payload"]["summary"] == MESSAGE.subject


def test_too_many_events_wait_half_a_minute(duty: Duty) -> None:
    channel, vendor = duty
    vendor.forced.append((429, {}, b"{}"))
    with pytest.raises(Temporary) as caught:
        channel.page(MESSAGE)
    assert caught.value.retry_after == timedelta(seconds=30)


def test_a_key_pagerduty_does_not_know_is_permanent_with_its_reason(service: PagerDuty) -> None:
    with running(Vendor(service.answer)) as vendor:
        channel = PagerDutyPager("0" * 32, SystemClock(), vendor.url)
        with pytest.raises(Permanent, match="Invalid routing key"):
            channel.page(MESSAGE)
        channel.close()
    with pytest.raises(ConfigError, match="has 32 characters"):
        pager("pagerduty", {"routing_key": "short"})


def test_a_push_rings_loudest_opens_the_link_and_acknowledges_by_a_post() -> None:
    server = Ntfy("tk_x")
    with running(Vendor(server.answer)) as vendor:
        channel = NtfyPager(SystemClock(), vendor.url, "tk_x")
        channel.page(replace(MESSAGE, address="tocsin-ana"))
        channel.page(replace(MESSAGE, address="tocsin-ana"))
        channel.page(replace(MESSAGE, address="tocsin-ana", key="k", kind="inform", body="é" * 5000))
        channel.close()
    first, news = server.shown.values()  # the same key replaced itself
    assert first["priority"] == 5
    assert first["click"] == MESSAGE.link
    assert [(a["action"], a["method"], a["url"]) for a in first["actions"]] == [
        ("http", "POST", MESSAGE.link)
    ]
    assert news["priority"] == 3
    assert "actions" not in news
    assert len(news["message"].encode()) < 4096


def test_apprise_hands_over_to_what_its_address_names() -> None:
    got: list[Asked] = []

    def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        got.append(asked)
        return (200, {}, b"") if len(got) == 1 else (500, {}, b"")

    with running(Vendor(answer)) as vendor:
        address = vendor.url.replace("http://", "json://user:hidden-word@")
        channel = pager("apprise", {})
        assert isinstance(channel, ApprisePager)
        assert channel.page(replace(MESSAGE, address=address)).reference == "apprise json"
        assert got[0].json["title"] == MESSAGE.subject
        assert got[0].json["type"] == apprise.NotifyType.FAILURE.value
        with pytest.raises(Temporary) as caught:
            channel.page(replace(MESSAGE, address=address))
        assert "hidden-word" not in str(caught.value)
    with pytest.raises(Permanent, match="none that apprise can read"):
        channel.page(replace(MESSAGE, address="nonsense://hidden-word"))
