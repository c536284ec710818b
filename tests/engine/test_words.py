"""Words of people through a running engine: updates reach their channel, incidents are compared and merged (DEC-06, COM-05)."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.history import load as load_incident
from tocsin.engine.intake import accept_alert
from tocsin.engine.words import accept_word
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.said import Update
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId

RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0**: Complete outage\n\n### 1. Down\n**Symptoms**: 502\n\n**Investigation**:\n```bash\nhostname\n```\n"
ANA = PersonId("ana")
FIRST, SECOND = IncidentId("INC-1"), IncidentId("INC-2")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    (tmp_path / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(
        """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[pagers.status]
kind = "file"
path = "status.jsonl"
drill = false
[updates]
public = ["status:page"]
[web]
listen = "none"
""",
        encoding="utf-8",
    )
    settings = load(tmp_path / "tocsin.toml", {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    made = App(settings, SystemClock())
    made.start(threading.Event())
    yield made
    made.stop()


def alert(app: App, fingerprint: str, host: str = "web-1", drill: bool = False) -> None:
    now = app.clock.now()
    claim = Alert(
        fingerprint,
        AlertState.FIRING,
        f"502 {fingerprint}",
        "api",
        now,
        {"host": host},
        "Complete outage",
        drill=drill,
    )
    accept_alert(app.database, claim, "{}", now)


def incident(app: App, name: IncidentId = FIRST) -> Incident:
    with app.database.read() as tx:
        return load_incident(tx, name)


def say(app: App, event: ev.Event, name: IncidentId = FIRST) -> None:
    accept_word(app.database, name, event, "person:ana", app.clock.now())


def draft(app: App, audience: str) -> Update | None:
    return incident(app).said.draft(audience)


def sent(folder: Path, name: str) -> list[dict[str, object]]:
    file = folder / "var" / name
    text = file.read_text() if file.exists() else ""
    # What is still being written is no line yet.
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def test_what_a_person_sent_reaches_the_channel_of_its_audience_once(
    app: App, tmp_path: Path, deadline: Deadline
) -> None:
    alert(app, "a")
    deadline(lambda: draft(app, "public") is not None, what="a draft for the public")
    say(app, ev.Acknowledged(ANA))
    deadline(lambda: incident(app).commander == ANA, what="ana commands")
    waiting = draft(app, "public")
    assert waiting is not None
    say(app, ev.UpdateSent(waiting.drafted.update, ANA, waiting.digest))
    say(app, ev.UpdateSent(waiting.drafted.update, ANA, waiting.digest))
    deadline(
        lambda: bool(incident(app).said.updates[waiting.drafted.update].delivered), what="the channel took it"
    )
    told = sent(tmp_path, "status.jsonl")
    assert len(told) == 1
    assert waiting.drafted.text in str(told[0]["body"])
    assert incident(app).said.ticked["status-page"].by == ANA


def test_an_audience_without_a_channel_is_said_to_be_undelivered(app: App, deadline: Deadline) -> None:
    alert(app, "a")
    deadline(lambda: draft(app, "team") is not None, what="a draft for the team")
    say(app, ev.Acknowledged(ANA))
    deadline(lambda: incident(app).commander == ANA, what="ana commands")
    waiting = draft(app, "team")
    assert waiting is not None
    say(app, ev.UpdateSent(waiting.drafted.update, ANA, waiting.digest))
    key = waiting.drafted.update
    deadline(lambda: bool(incident(app).said.updates[key].failed), what="it is said that nobody took it")
    assert "updates.team" in incident(app).said.updates[key].failed[0]


def test_a_rehearsals_update_reaches_no_status_page(app: App, tmp_path: Path, deadline: Deadline) -> None:
    """DEC-09"""
    alert(app, "a", drill=True)
    deadline(lambda: draft(app, "public") is not None, what="a draft")
    say(app, ev.Acknowledged(ANA))
    deadline(lambda: incident(app).commander == ANA, what="ana commands")
    waiting = draft(app, "public")
    assert waiting is not None
    say(app, ev.UpdateSent(waiting.drafted.update, ANA, waiting.digest))
    key = waiting.drafted.update
    deadline(lambda: bool(incident(app).said.updates[key].failed), what="it reached nobody")
    assert sent(tmp_path, "status.jsonl") == []


def test_two_incidents_on_one_host_are_suggested_with_the_reason_and_merged_by_a_person(
    app: App, deadline: Deadline
) -> None:
    alert(app, "a")
    deadline(lambda: incident(app).open, what="the first incident")
    alert(app, "b")
    deadline(lambda: FIRST in incident(app, SECOND).kin.suggested, what="the suggestion")
    assert "the same host: web-1" in incident(app, SECOND).kin.suggested[FIRST].reasons
    say(app, ev.Merged(FIRST, ANA, "one host"), SECOND)
    deadline(lambda: SECOND in incident(app).kin.absorbed, what="the second goes on in the first")
    assert not incident(app, SECOND).open
    assert {each.fingerprint for each in incident(app).firing} == {"a", "b"}


def test_a_later_alert_of_a_merged_incident_joins_the_one_that_goes_on(app: App, deadline: Deadline) -> None:
    alert(app, "a")
    deadline(lambda: incident(app).open, what="the first incident")
    alert(app, "b")
    deadline(lambda: incident(app, SECOND).open, what="the second")
    say(app, ev.Merged(FIRST, ANA), SECOND)
    deadline(lambda: SECOND in incident(app).kin.absorbed, what="merged")
    before = incident(app).position
    alert(app, "b")
    deadline(lambda: incident(app).position > before, what="the alert joined the first")
    assert not incident(app, SECOND).open


def test_incidents_on_different_hosts_are_not_suggested_unless_they_share_a_section(
    app: App, deadline: Deadline
) -> None:
    alert(app, "a", "web-1")
    deadline(lambda: incident(app).open, what="the first incident")
    alert(app, "b", "web-2")
    deadline(lambda: FIRST in incident(app, SECOND).kin.suggested, what="the suggestion")
    assert incident(app, SECOND).kin.suggested[FIRST].reasons == ("the same section of the runbook: Down",)


def test_nothing_is_merged_into_what_is_not_there(app: App, deadline: Deadline) -> None:
    alert(app, "a")
    deadline(lambda: incident(app).open, what="the incident")
    say(app, ev.Merged(IncidentId("INC-9"), ANA))
    say(app, ev.NoteAdded(ANA, "after it"))
    deadline(lambda: incident(app).team.active_at is not None, what="the note")
    assert incident(app).open
