"""From the draft to publication on the command line: nothing incomplete goes out, and promises are kept in sight."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.shop import Shop
from tests.conftest import Deadline

from tocsin.kit.clock import SystemClock
from tocsin.postmortem import prompts


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.app.stop()


@pytest.fixture
def over(shop: Shop, deadline: Deadline) -> Shop:
    """An incident that has ended and is drafted."""
    shop.alert()
    deadline(
        lambda: "INC-1" in shop.tocsin("incident", "list", "--json").stdout, what="the incident is listed"
    )
    assert shop.tocsin("incident", "ack", "INC-1", "--as", "ana").returncode == 0
    assert shop.tocsin("incident", "resolve", "INC-1", "--anyway", "daylight", "--as", "ana").returncode == 0
    deadline(lambda: shop.json("incident", "show", "INC-1")["postmortem"], what="drafted")
    return shop


def draft(shop: Shop) -> Path:
    return shop.folder / "var" / "postmortems" / "INC-1.md"


def complete(shop: Shop) -> None:
    """What people write: answers, factors, an action item with owner and day."""
    text = draft(shop).read_text()
    due = f"{SystemClock().now() + timedelta(days=30):%Y-%m-%d}"
    for question in prompts.LINES:
        text = text.replace(question, "- The bulb was old.\n- Nobody saw it age.")
    head, found, rest = text.partition("| What | Owner | Deadline | Priority |\n|---|---|---|---|\n")
    assert found
    after = rest.partition("\n\n")[2]
    row = f"| A second bulb | Bo | {due} | high |\n\n"
    text = head + found + row + after.replace(prompts.NAME, "Bo").replace(prompts.SET, due)
    draft(shop).write_text(text)


def test_a_draft_says_what_it_lacks_and_is_not_reviewed_before(over: Shop) -> None:
    linted = over.tocsin("postmortem", "lint", "INC-1", "--json")
    assert linted.returncode == 1
    rules = {finding["rule"] for finding in json.loads(linted.stdout)}
    assert {"PML02", "PML03", "PML04"} <= rules
    assert over.tocsin("postmortem", "move", "INC-1", "in review", "--as", "bo").returncode == 0
    refused = over.tocsin("postmortem", "move", "INC-1", "reviewed", "--as", "dana")
    assert refused.returncode == 5
    assert "is not complete" in refused.stderr


def test_reviewed_by_a_commander_published_and_its_items_kept_in_sight(over: Shop) -> None:
    complete(over)
    assert over.tocsin("postmortem", "lint", str(draft(over))).returncode == 0
    assert over.tocsin("postmortem", "own", "INC-1", "bo", "--as", "ana").returncode == 0
    assert over.tocsin("postmortem", "move", "INC-1", "in review", "--as", "bo").returncode == 0
    assert (
        "approved by a commander"
        in over.tocsin("postmortem", "move", "INC-1", "reviewed", "--as", "bo").stderr
    )
    assert over.tocsin("postmortem", "move", "INC-1", "reviewed", "--as", "dana").returncode == 0
    published = over.tocsin("postmortem", "publish", "INC-1", "--as", "bo")
    assert published.returncode == 0, published.stderr
    page = draft(over).with_suffix(".html").read_text()
    assert "A second bulb" in page
    shown = over.json("postmortem", "actions")["actions"]
    assert isinstance(shown, list)
    assert [(item["item"], item["owner"], item["overdue"]) for item in shown] == [("INC-1.t1", "bo", False)]
    clocks = over.json("incident", "show", "INC-1")["clocks"]
    assert isinstance(clocks, list)
    states = {clock["name"]: clock["state"] for clock in clocks}
    assert states["post-mortem"] == "stopped"
    assert states["action INC-1.t1"] == "running"
    assert over.tocsin("postmortem", "done", "INC-1.t1", "--as", "bo").returncode == 0
    assert over.json("postmortem", "actions")["actions"] == []
    assert "published" in over.tocsin("postmortem", "list").stdout


def test_a_fresh_draft_leaves_what_people_wrote(over: Shop, deadline: Deadline) -> None:
    complete(over)
    written = draft(over).read_text()
    assert over.tocsin("postmortem", "new", "INC-1", "--as", "ana").returncode == 0
    deadline((draft(over).parent / "INC-1.2.md").is_file, what="the second draft")
    assert draft(over).read_text() == written


def test_the_text_of_another_incident_is_refused(over: Shop) -> None:
    other = over.folder / "other.md"
    other.write_text("# Post-mortem INC-9: something else\n")
    done = over.tocsin("postmortem", "move", "INC-1", "in review", "--file", str(other), "--as", "bo")
    assert done.returncode == 5
    assert "is about INC-9" in done.stderr
