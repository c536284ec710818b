"""JSON, feeds and badges, read by those who know the formats."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import feedparser
import jsonschema
import pytest
from tests.unit.status.boards import EMPTY, FULL, NASTY, NOW, OPEN, OVER

from tocsin.status import badges, feeds, site, v2
from tocsin.status.board import Board, PublicUpdate, State

NULL = {"type": "null"}
TEXT = {"type": "string"}
RFC3339 = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}


def whole(properties: dict[str, object]) -> dict[str, object]:
    """Every key always there."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def or_null(schema: dict[str, object]) -> dict[str, object]:
    return {"anyOf": [schema, NULL]}


PAGE = whole({"id": TEXT, "name": TEXT, "url": TEXT, "time_zone": TEXT, "updated_at": TIME})
STATUS = whole({"indicator": {"enum": ["none", "minor", "major", "critical"]}, "description": TEXT})
COMPONENT = whole(
    {
        "id": TEXT, "name": TEXT, "created_at": TIME, "updated_at": TIME, "position": {"type": "integer"},
        "status": {"enum": ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"]},
        "description": or_null(TEXT), "showcase": {"type": "boolean"}, "start_date": or_null(TEXT),
        "group_id": or_null(TEXT), "page_id": TEXT, "group": {"type": "boolean"},
        "only_show_if_degraded": {"type": "boolean"},
    }
)  # fmt: skip
UPDATE = whole(
    {
        "id": TEXT, "incident_id": TEXT, "status": TEXT, "body": TEXT, "created_at": TIME, "updated_at": TIME,
        "display_at": TIME, "affected_components": NULL, "deliver_notifications": {"type": "boolean"},
        "custom_tweet": NULL, "tweet_id": NULL,
    }
)  # fmt: skip
_INCIDENT: dict[str, object] = {
    "id": TEXT, "name": TEXT, "impact": {"enum": ["none", "minor", "major", "critical"]}, "created_at": TIME,
    "status": {"enum": ["investigating", "identified", "monitoring", "resolved", "postmortem"]},
    "updated_at": TIME, "monitoring_at": or_null(TIME), "resolved_at": or_null(TIME), "started_at": TIME,
    "shortlink": TEXT, "page_id": TEXT, "components": {"type": "array", "items": COMPONENT},
    "incident_updates": {"type": "array", "items": UPDATE, "minItems": 1},
}  # fmt: skip
INCIDENT = whole(_INCIDENT)
WORK = whole(
    {
        **_INCIDENT, "status": {"enum": ["scheduled", "in_progress", "verifying", "completed"]},
        "impact": {"enum": ["maintenance"]}, "scheduled_for": TIME, "scheduled_until": TIME,
    }
)  # fmt: skip


def rows(schema: dict[str, object]) -> dict[str, object]:
    return {"type": "array", "items": schema}


FILES: dict[str, dict[str, object]] = {
    "summary.json": {"components": rows(COMPONENT), "incidents": rows(INCIDENT), "scheduled_maintenances": rows(WORK), "status": STATUS},
    "status.json": {"status": STATUS},
    "components.json": {"components": rows(COMPONENT)},
    "incidents.json": {"incidents": rows(INCIDENT)},
    "incidents/unresolved.json": {"incidents": rows(INCIDENT)},
    "scheduled-maintenances.json": {"scheduled_maintenances": rows(WORK)},
    "scheduled-maintenances/upcoming.json": {"scheduled_maintenances": rows(WORK)},
    "scheduled-maintenances/active.json": {"scheduled_maintenances": rows(WORK)},
}  # fmt: skip


ATOM = "{http://www.w3.org/2005/Atom}"
# https://www.jsonfeed.org/version/1.1/: what must be there, and what it is where it is there.
FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"}, "title": {"type": "string", "minLength": 1},
        "home_page_url": {"type": "string", "pattern": "^https://"}, "feed_url": {"type": "string", "pattern": "/feed.json$"},
        "items": {
            "type": "array", "uniqueItems": True,
            "items": {
                "type": "object", "required": ["id", "content_html"],
                "properties": {
                    "id": {"type": "string", "minLength": 1}, "url": {"type": "string", "pattern": "^https://"},
                    "title": {"type": "string"}, "content_html": {"type": "string"},
                    "date_published": {"type": "string", "pattern": RFC3339}, "date_modified": {"type": "string", "pattern": RFC3339},
                },
            },
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("board", [FULL, EMPTY], ids=["full", "empty"])
@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_api_has_the_shape_of_statuspage(name: str, board: Board) -> None:
    found = json.loads(site.files(board)[f"api/v2/{name}"])
    jsonschema.validate(found, whole({"page": PAGE, **FILES[name]}))
    assert found["stale_after_s"] == 300
    assert found["generated_at"] == "2026-11-21T03:00:00.000Z"


def test_states_and_severities_are_those_of_the_format() -> None:
    found = json.loads(site.files(FULL)["api/v2/incidents.json"])["incidents"]
    assert [(each["status"], each["impact"]) for each in found] == [
        ("identified", "major"),
        ("postmortem", "minor"),
    ]
    assert found[1]["monitoring_at"] == "2026-11-18T02:00:00.000Z"
    assert found[1]["resolved_at"] == "2026-11-18T03:00:00.000Z"
    assert [each["body"] for each in found[0]["incident_updates"]][1] == "This update was withdrawn."
    summary = json.loads(site.files(FULL)["api/v2/summary.json"])
    assert summary["status"] == {"indicator": "critical", "description": "Major Service Outage"}
    assert [each["status"] for each in summary["scheduled_maintenances"]] == ["in_progress", "scheduled"]


def test_a_component_without_data_is_never_operational() -> None:
    found = json.loads(site.files(FULL)["api/v2/components.json"])["components"]
    assert found[3]["status"] == "degraded_performance"
    (group,) = [each for each in found if each["group"]]
    assert (group["name"], group["status"]) == ("Front", "degraded_performance")
    assert group["components"] == ["c3", "c4", "c5"]
    assert {each["group_id"] for each in found if each["id"] in group["components"]} == {group["id"]}


def test_only_the_internal_file_leads_to_the_runbook() -> None:
    found = json.loads(v2.internal(FULL))["incidents"][0]
    assert (found["incident"], found["remediations"]) == (
        "INC-12",
        ["https://wiki.example/secret-runbook#redis"],
    )


OPENED = replace(FULL, remediations_public=True, incidents=(replace(OPEN, section="Redis <full>"), OVER))
RUNBOOK = "https://wiki.example/secret-runbook#redis"


def test_where_a_team_says_so_incidents_lead_readers_to_their_section() -> None:
    files = site.files(OPENED)
    for name in ("summary", "incidents", "incidents/unresolved"):
        found = json.loads(files[f"api/v2/{name}.json"])["incidents"][0]
        assert found["remediations"] == [RUNBOOK]
        assert found["remediation_details"] == [{"url": RUNBOOK, "title": "Redis <full>"}]
    assert json.loads(files["api/v2/status.json"])["remediations"] == [RUNBOOK]
    latest = json.loads(files["latest.json"])
    assert (latest["status"], latest["incidents"][0]["remediations"]) == ("major_outage", [RUNBOOK])
    link = f'<a href="{RUNBOOK}">Redis &lt;full&gt;</a>'
    assert link in files["index.html"]
    assert link in files["incidents/a1.html"]


def test_a_restricted_incident_leads_nobody_to_the_section_that_would_tell_what_it_is() -> None:
    hidden = replace(OPENED, incidents=(replace(OPENED.incidents[0], restricted=True),))
    assert not [path for path, text in site.files(hidden).items() if "secret-runbook" in text]
    assert json.loads(v2.internal(hidden))["incidents"][0]["remediations"] == [RUNBOOK]


@pytest.mark.parametrize(("name", "version"), [("history.rss", "rss20"), ("history.atom", "atom10")])
def test_feeds_are_read_without_complaint(name: str, version: str) -> None:
    text = site.files(FULL)[name]
    assert ElementTree.fromstring(text.encode()) is not None
    found = feedparser.parse(text)
    assert (found.bozo, found.version) == (False, version)
    first, second = found.entries
    assert first.id == "tag:status.prepchef.app,2026:incident/a1"
    assert first.link == "https://status.prepchef.app/incidents/a1.html"
    assert first.title.startswith("Identified: Some bookings fail")
    assert second.title == "Resolved: Slow search"
    said = first.summary if name.endswith("rss") else first.content[0].value
    assert said.index("02:58") < said.index("02:51")
    assert "<script" not in said


@pytest.mark.parametrize("board", [FULL, EMPTY], ids=["full", "empty"])
def test_feeds_have_all_that_their_standards_want(board: Board) -> None:
    files = site.files(board)
    channel = ElementTree.fromstring(files["history.rss"].encode()).find("channel")
    assert channel is not None
    for name in ("title", "link", "description", "lastBuildDate"):
        assert channel.findtext(name), name
    for item in channel.findall("item"):
        assert all(item.findtext(name) for name in ("title", "link", "guid", "description"))
        assert parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo is not None
    atom = ElementTree.fromstring(files["history.atom"].encode())
    entries = atom.findall(f"{ATOM}entry")
    assert atom.findtext(f"{ATOM}author/{ATOM}name")
    assert len({each.findtext(f"{ATOM}id") for each in (atom, *entries)}) == 1 + len(board.incidents)
    for each in (atom, *entries):
        assert all(each.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        assert datetime.fromisoformat(each.findtext(f"{ATOM}updated") or "").tzinfo is not None
    own = [link.get("href") for link in atom.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == [f"{board.url}/history.atom"]
    assert all(entry.find(f"{ATOM}content") is not None for entry in entries)
    jsonschema.validate(json.loads(files["feed.json"]), FEED)


def test_the_id_of_an_entry_stays_while_its_time_moves() -> None:
    more = replace(OPEN, updates=(PublicUpdate("u3", NOW, "monitoring", "more"), *OPEN.updates))
    before, after = (
        feedparser.parse(feeds.atom(FULL)),
        feedparser.parse(feeds.atom(replace(FULL, incidents=(more, OVER)))),
    )
    assert before.entries[0].id == after.entries[0].id
    assert before.entries[0].updated < after.entries[0].updated
    assert before.entries[0].published == after.entries[0].published


def test_the_json_feed_is_one() -> None:
    found = json.loads(feeds.json_feed(FULL))
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in found["items"]] == [feeds.entry_id(FULL, OPEN), feeds.entry_id(FULL, OVER)]
    assert found["items"][0]["date_modified"] == "2026-11-21T02:58:00Z"


def test_feeds_change_only_when_something_is_said() -> None:
    later = replace(FULL, at=NOW + timedelta(minutes=1))
    assert feeds.files(FULL) == feeds.files(later)


@pytest.mark.parametrize("state", State)
def test_a_badge_says_its_text_to_everybody_and_obeys_none(state: State) -> None:
    root = ElementTree.fromstring(badges.svg("a & <b>", NASTY.replace("\x00", "").replace("\x07", ""), state))
    said = root.get("aria-label")
    assert root.get("role") == "img"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == said
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


def test_badges_of_what_is_unknown_are_grey() -> None:
    found = json.loads(site.files(FULL)["badges/part-4.json"])
    assert (found["schemaVersion"], found["message"], found["color"]) == (1, "no data", "lightgrey")
    assert json.loads(site.files(FULL)["badges/part-3.json"])["color"] == "success"
