"""The stand-ins of vendors, asked by the vendors' own client libraries or by our own senders; and how they misbehave."""

import gzip
import http.client
import json
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
import sentry_sdk
from sentry_sdk.utils import event_from_exception
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from tocsin.connectors.api import PageMessage
from tocsin.connectors.http import HttpSettings
from tocsin.connectors.pagerduty_pager import PagerDutyPager
from tocsin.detection.check import CheckSpec, Verdict
from tocsin.errors import Permanent
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.sentry import SentryProber
from tocsin.sandbox.sinks.cloudflare import Cloudflare
from tocsin.sandbox.sinks.grafana import Grafana
from tocsin.sandbox.sinks.pagerduty import PagerDuty
from tocsin.sandbox.sinks.recording import Manner, Mood, StandIn
from tocsin.sandbox.sinks.sentry import PROJECT, Sentry
from tocsin.sandbox.sinks.signed import hexadecimal
from tocsin.sandbox.sinks.slack import Slack

CLOCK = SystemClock()
PAGE = PageMessage(
    key="k-1",
    to="ana",
    address="drill",
    subject="P0 API Not Responding",
    body="since 14:02",
    link="http://127.0.0.1/i/1",
    drill=True,
)


def ask(url: str, body: object = None, method: str = "GET", **headers: str) -> tuple[int, dict[str, object]]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


# --- Slack ------------------------------------------------------------------------------------------------------


def test_slacks_own_library_opens_a_channel_posts_and_updates() -> None:
    with Slack() as slack:
        client = WebClient(slack.token, base_url=slack.api)
        channel = client.conversations_create(name="incident-20261122-0300")["channel"]["id"]
        root = client.chat_postMessage(channel=channel, text="DRILL: API Not Responding")["ts"]
        client.chat_postMessage(channel=channel, text="restarted", thread_ts=root)
        client.chat_update(channel=channel, ts=root, text="DRILL: resolved")
        history = client.conversations_history(channel=channel)["messages"]
        assert [one["text"] for one in history] == ["restarted", "DRILL: resolved"]
        assert [(one.text, one.thread, one.edits) for one in slack.posts] == [
            ("DRILL: resolved", "", 1),
            ("restarted", root, 0),
        ]


@pytest.mark.parametrize(
    ("error", "method", "given"),
    [
        ("name_taken", "conversations.create", {"name": "general"}),
        ("channel_not_found", "chat.postMessage", {"channel": "C404", "text": "x"}),
        ("no_text", "chat.postMessage", {"channel": "#general"}),
        ("message_not_found", "chat.update", {"channel": "C0GENERAL", "ts": "1.0", "text": "x"}),
    ],
)
def test_slack_refuses_with_status_200(error: str, method: str, given: dict[str, str]) -> None:
    with Slack() as slack:
        with pytest.raises(SlackApiError) as refused:
            WebClient(slack.token, base_url=slack.api).api_call(method, json=given)
        assert refused.value.response["error"] == error
        assert refused.value.response.status_code == 200


def test_slack_knows_its_token_and_its_limit() -> None:
    with Slack() as slack:
        with pytest.raises(SlackApiError) as refused:
            WebClient("xoxb-other", base_url=slack.api).auth_test()
        assert refused.value.response["error"] == "invalid_auth"
        slack.behave(Mood(Manner.ERROR, 429, retry_after=7, times=1))
        with pytest.raises(SlackApiError) as limited:
            WebClient(slack.token, base_url=slack.api).auth_test()
        assert limited.value.response["error"] == "ratelimited"
        assert limited.value.response.headers["Retry-After"] == "7"
        assert WebClient(slack.token, base_url=slack.api).auth_test()["ok"]


def test_slacks_webhook_and_a_click_that_its_own_verifier_accepts() -> None:
    with Slack() as slack:
        assert WebhookClient(slack.hook).send(text="DRILL: hello").body == "ok"
        assert slack.hooked == ("DRILL: hello",)
        click = slack.click("signing-secret", "approve", "opaque")
        headers = {name.lower(): value for name, value in click.headers.items()}
        assert SignatureVerifier("signing-secret").is_valid_request(click.body, headers)
        assert not SignatureVerifier("another").is_valid_request(click.body, headers)


# --- PagerDuty --------------------------------------------------------------------------------------------------


def test_our_own_pager_triggers_and_resolves_one_alert() -> None:
    with PagerDuty() as vendor:
        ours = PagerDutyPager(vendor.routing_key, CLOCK, vendor.url)
        first, second = ours.page(PAGE), ours.page(PAGE)
        assert first.reference == second.reference
        (alert,) = vendor.alerts
        assert (alert.key, alert.state, alert.times) == (first.reference, "triggered", 2)
        status, _ = ask(
            f"{vendor.url}/v2/enqueue",
            {"routing_key": vendor.routing_key, "event_action": "resolve", "dedup_key": alert.key},
            "POST",
        )
        assert (status, vendor.alerts[0].state) == (202, "resolved")
        ours.close()


def test_pagerduty_refuses_a_key_that_is_not_its_own() -> None:
    with PagerDuty() as vendor:
        ours = PagerDutyPager("0" * 32, CLOCK, vendor.url, HttpSettings())
        with pytest.raises(Permanent, match="Invalid routing key"):
            ours.page(PAGE)
        assert vendor.alerts == ()
        ours.close()


# --- Sentry -----------------------------------------------------------------------------------------------------


def test_sentrys_own_library_is_heard_and_its_count_is_what_our_check_sees() -> None:
    with Sentry() as vendor:
        client = sentry_sdk.Client(dsn=vendor.dsn, default_integrations=False)
        client.capture_event({"message": "checkout failed", "level": "error"})
        event, hint = event_from_exception(ValueError("amount"), client_options=client.options)
        client.capture_event(event, hint=hint)
        client.close(timeout=60)
        assert [one.message for one in vendor.events] == ["checkout failed", "ValueError: amount"]
        settings = {
            "url": vendor.url, "organization": "cookcam", "project": PROJECT, "token": vendor.token,
            "window": "5 min", "rate_down": 0.2,
        }  # fmt: skip
        prober = SentryProber(CLOCK)
        spec = CheckSpec(CheckName("errors"), "sentry", settings, timeout=timedelta(seconds=60))
        assert prober.probe(spec).verdict is Verdict.DOWN
        other = CheckSpec(CheckName("errors"), "sentry", {**settings, "token": "x"}, timeout=spec.timeout)
        assert prober.probe(other).verdict is Verdict.UNKNOWN


def test_sentry_alerts_in_its_own_name_with_a_signature() -> None:
    with Sentry() as vendor:
        alert = vendor.alert("client-secret", "789", "checkout failed")
        assert alert.headers["Sentry-Hook-Signature"] == hexadecimal("client-secret", alert.body)
        assert json.loads(alert.body)["data"]["event"]["title"] == "DRILL: checkout failed"


# --- Grafana and Cloudflare -------------------------------------------------------------------------------------


def test_grafana_takes_what_the_team_sends_and_signs_what_it_sends() -> None:
    with Grafana() as grafana:
        assert ask(grafana.hook, {"status": "fail", "p95": 316}, "POST")[0] == 200
        assert grafana.received == ({"status": "fail", "p95": 316},)
        fired = grafana.alert("slow", secret="s3cret")
        at = fired.headers["X-Grafana-Alerting-Timestamp"].encode()
        assert fired.headers["X-Grafana-Alerting-Signature"] == hexadecimal("s3cret", at + b":" + fired.body)
        ended = json.loads(grafana.alert("slow", firing=False).body)
        assert (ended["status"], ended["alerts"][0]["fingerprint"]) == (
            "resolved",
            json.loads(fired.body)["alerts"][0]["fingerprint"],
        )


def test_cloudflare_goes_under_attack_and_back() -> None:
    with Cloudflare() as vendor:
        where = f"{vendor.api}/zones/{vendor.zone}/settings/security_level"
        allowed = {"Authorization": f"Bearer {vendor.token}"}
        status, answer = ask(where, {"value": "under_attack"}, "PATCH", **allowed)
        assert (status, answer["success"], vendor.level) == (200, True, "under_attack")
        assert ask(where, {"value": "full"}, "PATCH", **allowed)[0] == 400
        assert ask(where, {"value": "off"}, "PATCH", Authorization="Bearer x")[0] == 403
        assert ask(where, {"value": "medium"}, "PATCH", **allowed)[0] == 200
        assert vendor.levels == ("medium", "under_attack", "medium")


# --- all of them ------------------------------------------------------------------------------------------------


def test_every_request_is_kept_whole_and_every_answer_says_drill() -> None:
    with Grafana() as grafana:
        sent = gzip.compress(b'{"a": 1}')
        connection = http.client.HTTPConnection("127.0.0.1", grafana.port, timeout=60)
        connection.request(
            "POST", "/x?y=1", iter([sent[:5], sent[5:]]), {"Content-Encoding": "gzip"}, encode_chunked=True
        )
        answer = connection.getresponse()
        assert (answer.status, answer.headers["X-Tocsin"]) == (200, "DRILL")
        (kept,) = grafana.requests
        assert (kept.method, kept.path, kept.query) == ("POST", "/x", (("y", "1"),))
        assert (kept.raw, kept.body) == (sent, b'{"a": 1}')
        connection.close()


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("vendor", [Slack, PagerDuty, Sentry, Grafana, Cloudflare])
def test_every_vendor_fails_on_demand_and_recovers(vendor: type[StandIn], status: int) -> None:
    with vendor() as running:
        running.behave(Mood(Manner.ERROR, status, times=1))
        assert ask(running.url)[0] == status
        assert ask(f"{running.url}/nothing")[0] in {403, 404, 405}
        assert len(running.requests) == 2


def test_an_answer_can_be_cut_off_or_never_come() -> None:
    with Grafana() as grafana:
        grafana.behave(Mood(Manner.CUT_OFF, times=1))
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            ask(grafana.hook, {}, "POST")
        grafana.behave(Mood(Manner.SILENT))
        connection = http.client.HTTPConnection("127.0.0.1", grafana.port, timeout=0.2)
        connection.request("POST", "/hook", "{}", {"Content-Type": "application/json"})
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()


def test_a_slow_answer_comes_after_all() -> None:
    with Grafana() as grafana:
        grafana.behave(Mood(delay=timedelta(milliseconds=100)))
        began = CLOCK.monotonic()
        assert ask(grafana.hook, {}, "POST")[0] == 200
        assert CLOCK.monotonic() - began >= 0.1
