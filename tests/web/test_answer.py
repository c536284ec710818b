"""A page from the alert to the answer: real door, real channels' protocols, stand-ins for the vendors."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from click.testing import CliRunner
from slack_sdk.signature import SignatureVerifier
from tests.conftest import Deadline
from tests.contract.standins import Asked, Slack, Twilio, Vendor, running
from twilio.request_validator import RequestValidator

from tocsin.app.build import App
from tocsin.app.health import health
from tocsin.app.settings import load
from tocsin.cli.main import cli
from tocsin.connectors.heartbeat import HeartbeatSender
from tocsin.connectors.slack_text import ACKNOWLEDGE
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.heartbeat import beat
from tocsin.engine.history import load as load_incident
from tocsin.engine.intake import accept_alert
from tocsin.engine.words import accept_word
from tocsin.incident.events import Acknowledged
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.store import incidents, log
from tocsin.web.server import Door

SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0**: Complete outage\n- **P1**: Partial outage\n\n### 1. Down\n**Symptoms**: 502\n\n**Investigation**:\n```bash\nhostname\n```\n"
NOTE = "not ready to be woken"
SETTINGS = """
[people.ana]
name = "Ana"
page = ["slack:U1", "phone:+491701234567"]
[people.bo]
name = "Bo"
page = ["slack:U2"]
[people.canary]
name = "Canary"
page = ["sink:canary"]
[oncall]
level1 = ["ana"]
level2 = ["bo"]
[pagers.slack]
kind = "slack"
token = "${{SLACK_TOKEN}}"
signing_secret = "${{file:signing}}"
base_url = "{slack}/api"
channels = true
[pagers.phone]
kind = "sms"
account_sid = "{sid}"
auth_token = "${{TWILIO_TOKEN}}"
from = "+15005550006"
base_url = "{twilio}"
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:0"
public_url = "https://tocsin.example"
[paging]
fallback = "{fallback}"
{more}
"""


class Running:
    """An installation on loopback, with Slack and Twilio behind it."""

    def __init__(self, folder: Path, fallback: str = "10 min", more: str = "") -> None:
        self.slack, self.twilio = Slack(), Twilio()
        self.vendors = [Vendor(self.slack.answer), Vendor(self.twilio.answer)]
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        (folder / "signing").write_text(SIGNING + "\n", encoding="utf-8")
        self.file = folder / "tocsin.toml"
        self.file.write_text(
            SETTINGS.format(
                slack=self.vendors[0].url,
                twilio=self.vendors[1].url,
                sid=self.twilio.sid,
                fallback=fallback,
                more=more,
            ),
            encoding="utf-8",
        )
        self.variables = {
            "PATH": "/usr/bin:/bin", "HOME": str(folder), "SLACK_TOKEN": self.slack.token,
            "TWILIO_TOKEN": self.twilio.token,
        }  # fmt: skip
        settings = load(self.file, self.variables)
        door = Door.bind(settings)
        assert door is not None
        self.door = door
        self.app = App(settings, SystemClock())
        self.app.start(threading.Event())
        door.open(self.app)
        self.http = httpx2.Client(base_url=f"http://{door.address}", trust_env=False, timeout=60)

    def alert(self, name: str = "x") -> None:
        now = self.app.clock.now()
        alert = Alert(name, AlertState.FIRING, f"502 {name}", "api", now, {}, "Complete outage", None, False)
        accept_alert(self.app.database, alert, "{}", now)

    def incident(self, number: int = 1) -> Incident:
        with self.app.database.read() as tx:
            return load_incident(tx, IncidentId(f"INC-{number}"))

    def page_state(self) -> str:
        page = self.incident().pages.get("INC-1.p1")
        return "none yet" if page is None else page.state

    def open_count(self) -> int:
        with self.app.database.read() as tx:
            return len(incidents.listing(tx, open_only=True))

    def dm(self, user: str = "U1") -> list[dict[str, object]]:
        """What somebody was paged by Slack; that nobody stands in for them may be told at any time beside it."""
        told = self.slack.messages.get(f"D{user[1:]}", [])
        return [each for each in told if not str(each["text"]).startswith(NOTE)]

    def sms(self) -> list[dict[str, str]]:
        """Every SMS that pages somebody."""
        return [each for each in self.twilio.sent if not each["Body"].startswith(NOTE)]

    def button(self, message: dict[str, object]) -> str:
        found = re.search(rf'"action_id": "{ACKNOWLEDGE}".*?"value": "([^"]+)"', json.dumps(message))
        assert found is not None
        return found[1]

    def click(self, token: str, user: str = "U1", secret: str = SIGNING) -> httpx2.Response:
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "actions": [{"action_id": ACKNOWLEDGE, "value": token}],
        }
        body = urlencode({"payload": json.dumps(payload)})
        stamp = str(int(self.app.clock.now().timestamp()))
        headers = {
            "content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": stamp,
            "x-slack-signature": SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body) or "",
        }  # fmt: skip
        return self.http.post("/callbacks/slack", content=body, headers=headers)

    def report(self, url: str, form: dict[str, str]) -> httpx2.Response:
        """A status callback, as Twilio calls the address it was given."""
        signed = RequestValidator(self.twilio.token).compute_signature(url, form)
        path = url.removeprefix("https://tocsin.example")
        return self.http.post(path, data=form, headers={"x-twilio-signature": signed})

    def close(self) -> None:
        self.http.close()
        self.door.close()
        self.app.stop()
        for vendor in self.vendors:
            vendor.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def of(**more: str) -> Running:
        made.append(Running(tmp_path, **more))
        return made[-1]

    yield of
    for each in made:
        each.close()


Start = Callable[..., Running]


def test_a_button_acknowledges_once_as_whoever_pressed_and_everybody_sees_it(
    start: Start, deadline: Deadline
) -> None:
    run = start()
    run.alert()
    (message,) = deadline(run.dm, what="the message to Ana")
    token = run.button(message)
    assert run.click(token, secret="wrong").status_code == 401
    assert run.click("1.made-up").status_code == 200
    assert run.click(token, user="U9").status_code == 200  # nobody we know
    assert not run.incident().acknowledged
    assert run.click(token, user="U2").status_code == 200
    deadline(lambda: run.incident().acknowledged_by == "bo", what="Bo, who pressed, has it")
    deadline(lambda: "acknowledged by bo" in json.dumps(message), what="the message says who has it")
    assert ACKNOWLEDGE not in json.dumps(message)


def test_an_incident_has_its_channel_with_everybody_in_it(start: Start, deadline: Deadline) -> None:
    run = start()
    run.alert()
    (room,) = deadline(lambda: list(run.slack.channels.values()), what="the channel")
    assert re.fullmatch(r"incident-\d{8}-\d{4}", room["name"])
    deadline(lambda: run.slack.messages.get(room["id"]), what="what has happened, said in it")
    assert run.slack.invited[room["id"]] == ["U1", "U2"]


def test_a_link_shows_by_get_and_acknowledges_by_post_once(start: Start, deadline: Deadline) -> None:
    run = start()
    run.alert()
    (message,) = deadline(run.dm, what="the message to Ana")
    path = f"/a/{run.button(message)}"
    for _ in range(3):  # a mail scanner, a preview, a person
        shown = run.http.get(path)
        assert shown.status_code == 200
        assert "Acknowledge as ana" in shown.text
        assert shown.headers["cache-control"] == "no-store"
    assert not run.incident().acknowledged, "no GET changes anything (PAG-23)"
    assert run.http.get(path + "x").status_code == 404
    name, _, signed = path.partition(".")
    forged = f"{name}.{'b' if signed[0] != 'b' else 'c'}{signed[1:]}"
    assert run.http.post(forged).status_code == 404
    assert run.http.post(f"{name}1.{signed}").status_code == 404
    done = run.http.post(path)
    assert (done.status_code, "Acknowledged" in done.text) == (200, True)
    deadline(lambda: run.incident().acknowledged_by == "ana", what="Ana has it")
    assert "has been used" in run.http.post(path).text
    assert "has been used" in run.http.get(path).text
    with run.app.database.read() as tx:
        said = [line.kind for line in log.events(tx, IncidentId("INC-1"))]
    assert said.count("Acknowledged") == 1


def test_a_page_nobody_answers_goes_by_sms_and_its_receipts_are_events(
    start: Start, deadline: Deadline
) -> None:
    run = start(fallback="300 ms")
    run.alert()
    (sent,) = deadline(run.sms, what="the SMS")
    assert sent["Body"].startswith("P0 502 x")
    assert len(sent["Body"]) <= 160
    assert run.report(sent["StatusCallback"], {"MessageStatus": "delivered"}).status_code == 204
    deadline(
        lambda: run.page_state() == "delivered",
        what="the receipt is on the log",
    )
    assert run.http.post("/callbacks/phone?d=x", data={"MessageStatus": "failed"}).status_code == 403
    assert run.http.post("/callbacks/nobody").status_code == 404


def test_an_sms_is_answered_by_its_code_from_its_own_number_only(start: Start, deadline: Deadline) -> None:
    run = start(fallback="300 ms")
    run.alert()
    (sent,) = deadline(run.sms, what="the SMS")
    code = sent["Body"].rpartition(" ")[2]
    inbound = "https://tocsin.example/callbacks/phone"
    assert run.report(inbound, {"From": "+4915550000", "Body": f"ack {code}"}).status_code == 200
    assert run.report(inbound, {"From": sent["To"], "Body": "ack zzzz"}).status_code == 200
    assert not run.incident().acknowledged
    assert run.report(inbound, {"From": sent["To"], "Body": f"ack {code}"}).status_code == 200
    deadline(lambda: run.incident().acknowledged_by == "ana", what="Ana has it")


def test_what_could_not_be_brought_sends_the_next_method_at_once(start: Start, deadline: Deadline) -> None:
    run = start(more='[people.chen]\nname = "Chen"\npage = ["phone:+491700000000", "slack:U3"]\n')
    run.file.write_text(run.file.read_text().replace('level1 = ["ana"]', 'level1 = ["chen"]'))
    run.app.stop()
    run.door.close()
    settings = load(run.file, run.variables)
    run.door = Door.bind(settings) or run.door
    run.app = App(settings, SystemClock())
    run.app.start(threading.Event())
    run.door.open(run.app)
    run.http = httpx2.Client(base_url=f"http://{run.door.address}", trust_env=False, timeout=60)
    run.alert()
    (sent,) = deadline(run.sms, what="the SMS to Chen")
    assert run.dm("U3") == []
    run.report(sent["StatusCallback"], {"MessageStatus": "undelivered", "ErrorCode": "30003"})
    deadline(lambda: run.dm("U3"), what="Slack, long before ten minutes are over")


def test_a_receipt_that_overtakes_our_own_note_is_recorded_after_it(start: Start, deadline: Deadline) -> None:
    run = start(fallback="300 ms")
    answer = run.twilio.answer

    def fast(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        run.report(asked.form["StatusCallback"], {"MessageStatus": "delivered"})  # before we even answered
        return answer(asked)

    run.vendors[1].answer = fast
    run.alert()
    deadline(
        lambda: run.page_state() == "delivered",
        what="the receipt",
    )
    with run.app.database.read() as tx:
        kinds = [each.kind for each in log.events(tx, IncidentId("INC-1"))]
    assert kinds.index("PageResent") < kinds.index("PageDelivered")


def test_acknowledging_elsewhere_takes_the_button_away(start: Start, deadline: Deadline) -> None:
    run = start()
    run.alert()
    (message,) = deadline(run.dm, what="the message to Ana")
    accept_word(
        run.app.database,
        IncidentId("INC-1"),
        Acknowledged(PersonId("ana")),
        "person:ana",
        run.app.clock.now(),
    )
    deadline(lambda: "acknowledged by ana" in json.dumps(message), what="the message says so")


# -- proving that it works ---------------------------------------------------------------------------------------


def test_a_test_page_proves_every_method_and_says_which_fails(
    start: Start, deadline: Deadline, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Chen stands on no level, so that nothing but a test page is ever sent to her.
    run = start(more='[people.chen]\nname = "Chen"\npage = ["slack:U3"]\n')
    for name, value in run.variables.items():
        monkeypatch.setenv(name, value)
    # More than once: Slack may also be asked to tell Ana that nobody stands in for her.
    run.slack.fail["chat.postMessage"] = ["channel_not_found"] * 100
    ran = CliRunner().invoke(cli, ["page", "test", "ana", "--json", "--config", str(run.file)])
    states = {each["pager"]: each["state"] for each in json.loads(ran.stdout)["methods"]}
    assert (ran.exit_code, states) == (1, {"slack": "failed", "phone": "sent"})
    assert run.open_count() == 0
    run.slack.fail["chat.postMessage"] = []
    again = CliRunner().invoke(cli, ["page", "test", "ana", "--config", str(run.file)])
    assert again.exit_code == 0, again.output
    listed = json.loads(CliRunner().invoke(cli, ["page", "log", "--json", "--config", str(run.file)]).stdout)
    tests = [row["state"] for row in listed["pages"] if row["page"].startswith("test.")]
    assert set(tests) == {"sent", "failed"}
    assert "+4917" not in json.dumps(listed), "addresses are not kept"
    status = CliRunner().invoke(cli, ["page", "status", "--json", "--config", str(run.file)])
    proofs = {(m["person"], m["pager"]): m["state"] for m in json.loads(status.stdout)["methods"]}
    assert proofs[("ana", "slack")] == "proven"
    assert proofs[("chen", "slack")] == "unproven"
    assert status.exit_code == 1
    nobody = CliRunner().invoke(cli, ["page", "test", "eve", "--config", str(run.file)])
    assert "Known: ana, bo, canary, chen" in str(nobody.exception.hint)  # type: ignore[union-attr]  # NotFound carries one


def test_a_canary_that_comes_through_alarms_nobody(start: Start, deadline: Deadline, tmp_path: Path) -> None:
    start(more='[canary]\nperson = "canary"\nevery = "1 s"\nwithin = "900 ms"\n')
    sink = tmp_path / "var" / "pages.jsonl"
    deadline(lambda: sink.exists() and sink.read_text().count("TEST of sink") >= 2, what="two canaries")


def test_a_canary_that_is_lost_opens_an_incident_and_the_next_that_comes_ends_the_alert(
    start: Start, deadline: Deadline
) -> None:
    run = start(
        more='[people.bird]\nname = "Bird"\npage = ["phone:+490"]\n[canary]\nperson = "bird"\nevery = "2 s"\nwithin = "1 s"\n'
    )
    deadline(
        lambda: any("canary" in alert.title for alert in run.incident().alerts.values()),
        what="an incident about the canary", within=timedelta(minutes=2),
    )  # fmt: skip
    deadline(run.dm, what="Ana is paged about it")


def test_the_heartbeat_beats_while_the_engine_turns_and_stops_with_it(
    start: Start, deadline: Deadline
) -> None:
    beats: list[Asked] = []

    def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        beats.append(asked)
        return 200, {}, b"OK"

    with running(Vendor(answer)) as watcher:
        run = start(more=f'[heartbeat]\nurl = "{watcher.url}/ping/0e3b"\nevery = "50 ms"\n')
        deadline(lambda: len(beats) >= 2, what="two signs of life")
        assert beats[0].path == "/ping/0e3b"
        run.app.failed = RuntimeError("the loop is gone")
        well, why = health(run.app, timedelta(seconds=5))
        assert (well, why) == (False, "the engine stopped: the loop is gone")
        run.app.failed = None


def test_no_sign_of_life_is_sent_by_an_engine_that_is_not_well() -> None:
    beats: list[Asked] = []

    def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        beats.append(asked)
        return 200, {}, b"OK"

    with running(Vendor(answer)) as watcher:
        sender = HeartbeatSender(f"{watcher.url}/ping/another", "POST", SystemClock())
        assert not beat(sender, lambda: (False, "the engine has not turned lately"))
        assert [each for each in beats if each.path == "/ping/another"] == []
        assert beat(sender, lambda: (True, "12 turns"))
        watcher.forced.append((500, {}, b""))
        assert not beat(sender, lambda: (True, "13 turns"))
        sender.close()
