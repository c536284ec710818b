"""Runbooks, checks, on-call, post-mortems: what they show, and what is written through them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.web.house import House

from tocsin.detection.check import Verdict
from tocsin.engine.history import load as load_incident
from tocsin.incident.incident import Incident
from tocsin.kit.ids import CheckName, IncidentId, sha256
from tocsin.oncall.person import AccessRole
from tocsin.runbook.document import Text, read
from tocsin.store import amendments
from tocsin.store.checks import KeptSample
from tocsin.web.pages.charts import graph, spark
from tocsin.web.pages.room_view import measure
from tocsin.web.pages.runbooks import side_by_side

_LONG = timedelta(seconds=60)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTILE = """# Book

### 1. Bad <script>alert(1)</script>
**Symptoms**: <img src=x onerror=alert(2)>

![picture](https://evil.example/pixel.png) [press](javascript:alert(3)) [fine](https://example.org)

<iframe src="https://evil.example"></iframe>

```bash
# Look <b>here</b>
hostname
```
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    made.alert("the flag is gone", impact="Partial service outage", fingerprint="flag")
    yield made
    made.stop()


@pytest.fixture
def over(house: House, deadline: Deadline) -> Incident:
    """The incident after its end, with its draft."""
    guest = house.guests[AccessRole.COMMANDER]
    deadline(lambda: guest.get("/incidents/INC-1").status_code == 200, what="it is there", within=_LONG)
    guest.post("/incidents/INC-1/do/resolve", because="the flag is back", anyway="it was an alert by hand")
    return deadline(lambda: _drafted(house), what="it is over and written up", within=_LONG)


def _drafted(house: House) -> Incident | None:
    with house.app.database.read() as tx:
        found = load_incident(tx, IncidentId("INC-1"))
    return found if found.postmortem is not None and Path(found.postmortem.path).exists() else None


# --- runbooks ---


def test_a_section_stands_beside_what_was_compiled_from_its_lines(house: House) -> None:
    shown = house.guests[AccessRole.VIEWER].get("/runbooks/1-cache-full").text
    assert "rm -rf cache" in shown
    assert "Destructive" in shown
    assert "Why “Destructive”?" in shown
    assert house.guests[AccessRole.VIEWER].get("/runbooks/none").status_code == 404
    assert "What to do" in house.guests[AccessRole.VIEWER].get("/runbooks/rules/TOC202").text


def test_a_runbook_cannot_bring_markup_pictures_or_scripts() -> None:
    book = read(Text(Path("book.md"), HOSTILE), NOON.date())
    rows = side_by_side(book, book.incidents()[0], HOSTILE)
    html = "".join(row.html for row in rows)
    assert "<script" not in html
    assert "<img" not in html
    assert "<iframe" not in html
    assert 'href="javascript' not in html
    assert 'href="https://example.org"' in html


def test_every_step_and_remark_of_a_section_has_its_line(house: House) -> None:
    book, text = house.app.library.current, house.app.library.text
    for section in book.incidents():
        rows = side_by_side(book, section, text)
        assert [row.line for row in rows] == sorted(row.line for row in rows)
        shown = [each.step.step.id for row in rows for each in row.planned]
        assert sorted(shown) == sorted(step.id for step in section.steps())


# --- pictures ---


def test_a_time_without_samples_is_a_gap_and_no_line() -> None:
    def at(second: int) -> datetime:
        return NOON + timedelta(seconds=second)

    took = timedelta(milliseconds=5)
    samples = [(at(second), took, "up") for second in (*range(0, 100, 10), *range(900, 1_000, 10))]
    found = graph(samples, NOON, at(1_000))
    assert found is not None
    assert len(found.lines) == 2
    assert graph([], NOON, at(10)) is None


def test_what_was_bad_is_never_thinned_out() -> None:
    samples = [
        (NOON + timedelta(seconds=second), timedelta(milliseconds=1), "down" if second == 4_321 else "up")
        for second in range(5_000)
    ]
    found = graph(samples, NOON, NOON + timedelta(seconds=5_000), timedelta(milliseconds=100))
    assert found is not None
    assert [mark.kind for mark in found.marks] == ["down"]
    assert found.limit_y is not None
    assert "1 of them bad" in found.label


def test_a_check_without_data_is_never_green() -> None:
    kept = [KeptSample(CheckName("c"), NOON, Verdict.UNKNOWN, None, None)]
    assert measure("c", kept).tone == ""
    assert spark([1.0]) is None


# --- on-call ---


def test_the_pager_is_taken_and_given_back_on_the_page(house: House) -> None:
    guest = house.guests[AccessRole.RESPONDER]
    start = house.now.replace(tzinfo=None, microsecond=0)
    fields = {
        "kind": "override", "person": "bo", "level": "1", "other": "", "reason": "Ana sleeps",
        "start": start.isoformat(timespec="minutes"), "end": (start + timedelta(hours=2)).isoformat(timespec="minutes"),
    }  # fmt: skip
    assert guest.post("/oncall/amend", **fields).headers["location"] == "/oncall"
    shown = guest.get("/oncall").text
    assert "Override: Bo" in shown
    assert "Ana sleeps" in shown
    with house.app.database.read() as tx:
        (held,) = amendments.holding(tx, house.now)
    assert held.start == start.replace(second=0, tzinfo=UTC)
    assert guest.post("/do/withdraw_amendment", **{"path.amendment": str(held.id)}).status_code == 303
    with house.app.database.read() as tx:
        assert amendments.holding(tx, house.now) == ()
    wrong = guest.post("/oncall/amend", **{**fields, "end": fields["start"]})
    assert wrong.status_code in (400, 409)


# --- post-mortems ---


def test_a_text_is_written_and_two_editors_do_not_overwrite_each_other(house: House, over: Incident) -> None:
    assert over.postmortem is not None
    path = Path(over.postmortem.path)
    ana, chen = house.guests[AccessRole.COMMANDER], house.guests[AccessRole.ADMIN]
    before = path.read_text(encoding="utf-8")
    assert "What it lacks" in ana.get("/postmortems/INC-1").text
    text = before + "\n<script>alert(1)</script>\n"
    assert ana.post("/postmortems/INC-1/text", text=text, sha256=sha256(before)).status_code == 303
    assert path.read_text(encoding="utf-8") == text
    late = chen.post("/postmortems/INC-1/text", text="mine", sha256=sha256(before))
    assert late.status_code == 409
    assert "Somebody else changed the text" in late.text
    assert path.read_text(encoding="utf-8") == text
    for page in ("/postmortems/INC-1", "/postmortems/INC-1?show=read"):
        assert "<script>alert" not in chen.get(page).text
    assert (
        house.guests[AccessRole.VIEWER]
        .post("/postmortems/INC-1/text", text="x", sha256=sha256(text))
        .status_code
        == 403
    )
    assert "INC-1" in ana.get("/postmortems").text
