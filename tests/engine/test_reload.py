"""A running `tocsin serve` goes on with a changed tocsin.toml and runbook: all of it or nothing, and nobody is disturbed."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Deadline
from tests.engine.serving import RUNBOOK, SETTINGS, Serving

from tocsin.kit.ids import sha256
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.tools import Tools

Soon = Callable[..., Any]
ROOT = Path(__file__).parents[2]
SAMPLES = 'tocsin_check_samples_total{check="%s",verdict="up"}'


@pytest.fixture
def soon(deadline: Deadline) -> Soon:
    """As `deadline`, with the patience that a program on a busy machine needs."""
    return partial(deadline, within=timedelta(seconds=120))


@pytest.fixture
def serving(tmp_path: Path, soon: Soon) -> Iterator[Serving]:
    made = Serving(tmp_path)
    try:
        soon(made.leads, what="it leads")
        yield made
    finally:
        made.kill()


def taken(serving: Serving) -> bool:
    """Whether what stands in both files now is what holds."""
    held = serving.get("/api/v1/settings")
    texts = (serving.toml.read_text(encoding="utf-8"), serving.runbook.read_text(encoding="utf-8"))
    return (held["settings"], held["runbook"]) == (sha256(texts[0]), sha256(texts[1]))


def incident_of(serving: Serving, fingerprint: str) -> str | None:
    rows = serving.get("/api/v1/incidents")["incidents"]
    return next((row["id"] for row in rows if fingerprint in row["title"]), None)


def declared(serving: Serving, incident: str) -> str:
    """The hash of the runbook an incident is pinned to."""
    events = serving.get("/api/v1/events?limit=1000")["events"]
    body = next(e["body"] for e in events if e["incident"] == incident and e["kind"] == "IncidentDeclared")
    return str(body["runbook_sha256"])


def test_a_saved_runbook_holds_for_new_incidents_and_open_ones_keep_theirs(
    serving: Serving, soon: Soon
) -> None:
    serving.alert("first")
    first = soon(lambda: incident_of(serving, "first"), what="an incident")
    serving.write(serving.runbook, RUNBOOK.replace("uptime", "uptime -p"))
    soon(lambda: taken(serving), what="the new runbook holds")
    serving.alert("second")
    second = soon(lambda: incident_of(serving, "second"), what="another incident")
    pinned = [declared(serving, each) for each in (first, second)]
    assert pinned == [sha256(RUNBOOK), sha256(RUNBOOK.replace("uptime", "uptime -p"))]
    soon(lambda: "uptime -p" in str(serving.get(f"/api/v1/incidents/{second}")), what="the new step")
    assert "uptime -p" not in str(serving.get(f"/api/v1/incidents/{first}"))


def test_a_rotation_that_is_saved_decides_the_next_page(serving: Serving, soon: Soon) -> None:
    serving.alert("first")
    soon(lambda: serving.paged("ana", "of first"), what="ana is paged")
    serving.say('level1 = ["ana"]', 'level1 = ["bo"]')
    soon(lambda: taken(serving), what="the new rotation holds")
    serving.alert("second")
    soon(lambda: serving.paged("bo", "of second"), what="bo is paged")
    assert not serving.paged("ana", "of second")


def test_what_cannot_be_used_is_refused_whole_and_told_until_it_is_mended(
    serving: Serving, soon: Soon
) -> None:
    serving.say('level1 = ["ana"]', 'level1 = ["bo"]\nlevel2 = ["nobody-of-us"]')
    soon(lambda: serving.metric("tocsin_config_last_reload_successful") == 0, what="the metric tells of it")
    refused = serving.get("/api/v1/settings")["refused"]
    line = 1 + serving.toml.read_text().splitlines().index('level2 = ["nobody-of-us"]')
    assert f"tocsin.toml:{line}: oncall.level2" in refused["message"], refused
    assert refused["by"] == "the file"
    assert f"tocsin.toml:{line}: oncall.level2" in serving.log.read_text(encoding="utf-8")
    asked = serving.post("/api/v1/settings/reload", {})
    assert (asked.status_code, "nobody-of-us" in asked.json()["detail"]) == (409, True)
    serving.alert("meanwhile")
    soon(lambda: serving.paged("ana", "of meanwhile"), what="what held before holds")
    assert not serving.paged("bo", "of meanwhile")
    serving.say('level2 = ["nobody-of-us"]\n', "")
    soon(lambda: taken(serving), what="the mended text holds")
    assert serving.metric("tocsin_config_last_reload_successful") == 1


@pytest.mark.parametrize(
    "written",
    ['runbook = "a\\u0000b.md"', "x = " + "[" * 20_000, "runbook = 7", 'runbook = "."', "\udcff"],
    ids=["a name no file can have", "without a bottom", "a number", "a folder", "no text"],
)
def test_whatever_is_written_is_refused_and_the_next_good_text_is_taken(
    serving: Serving, soon: Soon, written: str
) -> None:
    raw = f"[tocsin]\n{written}\n{SETTINGS}".encode("utf-8", "surrogateescape")
    new = serving.toml.with_suffix(".new")
    new.write_bytes(raw)
    new.replace(serving.toml)
    soon(lambda: serving.get("/api/v1/settings")["refused"], what="refused")
    serving.write(serving.toml, SETTINGS.replace('"Ana"', '"Anna"'))
    soon(lambda: taken(serving), what="the good one holds")
    assert serving.get("/api/v1/settings")["refused"] is None


def test_a_refusal_is_over_when_the_old_text_is_put_back(serving: Serving, soon: Soon) -> None:
    serving.say("[reload]", "[reload")
    soon(lambda: serving.get("/api/v1/settings")["refused"], what="refused")
    serving.write(serving.toml, SETTINGS)
    soon(lambda: serving.get("/api/v1/settings")["refused"] is None, what="no longer refused")
    assert serving.get("/api/v1/settings/changes")["changes"] == []


def test_an_empty_or_missing_runbook_is_refused(serving: Serving, soon: Soon) -> None:
    serving.write(serving.runbook, "\n")
    soon(
        lambda: "is empty" in str(serving.get("/api/v1/settings")["refused"]), what="the empty one is refused"
    )
    serving.runbook.unlink()
    soon(
        lambda: "There is no runbook" in str(serving.get("/api/v1/settings")["refused"]),
        what="the missing one",
    )
    assert serving.get("/api/v1/settings")["runbook"] == sha256(RUNBOOK)


def test_unchanged_checks_go_on_new_ones_begin_and_those_that_are_gone_end(
    serving: Serving, soon: Soon
) -> None:
    soon(lambda: (serving.metric(SAMPLES % "lamp") or 0) >= 3, what="three samples of the lamp")
    before = serving.metric(SAMPLES % "lamp")
    assert before is not None
    bell = f'[[checks]]\nname = "bell"\nkind = "file"\npath = "{serving.folder}/lamp"\nevery = "200 ms"\n'
    serving.say("[targets]", f'{bell}age_down = "1 d"\n[targets]')
    soon(lambda: (serving.metric(SAMPLES % "bell") or 0) >= 2, what="the new one is measured")
    after = serving.metric(SAMPLES % "lamp")
    assert after is not None
    assert after >= before  # its count begins anew with its process only
    serving.say('name = "lamp"', 'name = "lantern"')
    soon(lambda: (serving.metric(SAMPLES % "lantern") or 0) >= 2, what="the renamed one is measured")
    assert serving.metric(SAMPLES % "lamp") is None
    assert "lamp" not in [each["check"] for each in serving.get("/api/v1/checks")["checks"]]


def test_a_check_that_is_gone_while_its_alert_is_open_is_named(serving: Serving, soon: Soon) -> None:
    (serving.folder / "lamp").unlink()
    soon(lambda: serving.metric('tocsin_check_firing{check="lamp"}') == 1, what="the lamp's alert is open")
    serving.say('name = "lamp"', 'name = "lantern"')
    soon(
        lambda: "the check lamp is gone while its alert is open" in serving.log.read_text(encoding="utf-8"),
        what="the log says so",
    )


def test_sighup_and_tocsin_reload_take_up_what_nothing_takes_up_by_itself(
    serving: Serving, soon: Soon
) -> None:
    serving.say('every = "200 ms"\n[people.ana]', "by_itself = false\n[people.ana]")
    soon(lambda: taken(serving), what="from now on only when asked")
    serving.say('name = "Ana"', 'name = "Ana A."')
    os.kill(serving.process.pid, signal.SIGHUP)
    soon(lambda: taken(serving), what="taken up by SIGHUP")
    serving.say('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:1"')
    serving.say('name = "Ana A."', 'name = "Ana"')
    assert serving.url is not None
    said = serving.tocsin("reload", "--url", serving.url)
    assert said.returncode == 0, said.stderr
    assert said.stdout == "Taken up: people, web.\n  from the next start on only: web.listen\n"
    assert taken(serving)
    assert serving.metric("tocsin_config_restart_needed") == 1
    assert serving.tocsin("reload", "--url", serving.url).stdout == "Nothing has changed.\n"
    serving.say("[reload]", "[reload]\nfrequently = true")
    refused = serving.tocsin("reload", "--url", serving.url)
    assert refused.returncode != 0
    assert re.search(r"tocsin\.toml:\d+: reload\.frequently: there is no such key", refused.stderr)
    who = [each["by"] for each in serving.get("/api/v1/settings/changes")["changes"]]
    assert who == ["loopback", "SIGHUP", "the file"]


def test_every_change_is_a_line_of_the_log_that_verifies(serving: Serving, soon: Soon) -> None:
    before = sha256(serving.toml.read_text(encoding="utf-8"))
    serving.say('name = "Bo"', 'name = "Bo B."')
    soon(lambda: taken(serving), what="taken up")
    found = serving.get("/api/v1/settings/changes")["changes"]
    assert [(each["settings_before"], each["settings"]) for each in found] == [
        (before, sha256(serving.toml.read_text(encoding="utf-8")))
    ]
    assert (found[0]["changed"], found[0]["by"], found[0]["runbook"]) == (
        ["people"],
        "the file",
        sha256(RUNBOOK),
    )
    assert serving.get("/api/v1/audit")["ok"] is True


def test_an_integration_that_is_set_up_now_is_let_in_now(serving: Serving, soon: Soon) -> None:
    path = "/hooks/json/0123456789abcdef0123456789abcdef"
    assert serving.post(path, {"title": "x"}).status_code == 404
    table = (
        '[[integrations]]\nname = "own"\nkind = "alertmanager"\nkey = "0123456789abcdef0123456789abcdef"\n'
    )
    serving.say("[targets]", f"{table}[targets]")
    soon(lambda: taken(serving), what="taken up")
    assert serving.post(path.replace("json", "alertmanager"), {"alerts": []}).status_code != 404


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The variables that choose a database two processes share."""
    if request.param == "sqlite":
        yield {}
        return
    tools = Tools.find(Path(os.environ.get("TOCSIN_TOOLS", ROOT / ".tools")))
    scratch = Scratch.make(Path("/tmp") / f"tocsin-reload-{os.getuid()}")
    made = Postgres(scratch, tools.postgres_bin, port=scratch.free_port())
    try:
        made.start()
        wait_until_ready(made)
        made.create_database("tocsin")
        yield {"TOCSIN_DATABASE_URL": made.url("tocsin")}
    finally:
        scratch.end()


@pytest.mark.xdist_group("machine")
def test_who_waits_to_lead_begins_with_the_newest_settings(
    database: dict[str, str], tmp_path: Path, soon: Soon
) -> None:
    nodes = [Serving(tmp_path, "first", **database)]
    try:
        soon(nodes[0].leads, what="the first leads")
        nodes.append(Serving(tmp_path, "second", **database))
        soon(lambda: "waiting" in nodes[1].log.read_text(encoding="utf-8"), what="the second waits")
        nodes[0].alert("early")
        soon(lambda: nodes[0].paged("ana", "of early"), what="ana is paged")
        nodes[0].say('level1 = ["ana"]', 'level1 = ["bo"]')
        soon(lambda: taken(nodes[0]), what="the leader takes it up")
        soon(
            lambda: "taken up, asked by the file" in nodes[1].log.read_text(encoding="utf-8"),
            what="so does who waits",
        )
        nodes[0].kill()
        soon(nodes[1].leads, what="the second leads")
        assert taken(nodes[1])
        nodes[1].alert("late")
        soon(lambda: nodes[1].paged("bo", "of late"), what="bo is paged by the second")
        changes = nodes[1].get("/api/v1/settings/changes")["changes"]
        assert [each["by"] for each in changes] == ["the file"]  # written once, by who led
        nodes[1].kill(signal.SIGTERM)
        nodes[1].say('level1 = ["bo"]', 'level1 = ["ana", "bo"]')
        nodes.append(Serving(tmp_path, "third", **database))
        soon(nodes[2].leads, what="the third leads")
        changes = nodes[2].get("/api/v1/settings/changes")["changes"]
        assert [each["by"] for each in changes] == ["start", "the file"]
        assert nodes[2].get("/api/v1/audit")["ok"] is True
    finally:
        for node in nodes:
            node.kill()
