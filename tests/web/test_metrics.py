"""`GET /metrics`: numbers that agree with the store, in a format Prometheus reads, for those who may look."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from tests.cli.shop import Shop
from tests.conformance.installation import KEYS, Installation
from tests.conftest import Deadline

from tocsin.app import tokens as making
from tocsin.app.tally import BUCKETS, Histogram
from tocsin.oncall.person import AccessRole
from tocsin.sandbox.tools import Tools
from tocsin.web.server import Door

TOOLS_DIR = Path(__file__).parents[2] / ".tools"


class Served(Shop):
    """The small installation with its door open."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 'listen = "127.0.0.1:0"')
        door = Door.bind(self.app.settings)
        assert door is not None
        door.open(self.app)
        self.door = door
        self.url = f"http://{door.address}/metrics"

    def numbers(self, **headers: str) -> dict[tuple[str, ...], float]:
        """Every sample by its name and the values of its labels."""
        answer = httpx2.get(self.url, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in read_text(answer.text)
            for sample in family.samples
        }

    def stop(self) -> None:
        self.door.close()
        self.app.stop()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.stop()


def test_an_incident_and_its_page_are_counted(served: Served, deadline: Deadline) -> None:
    served.alert()
    deadline(
        lambda: served.numbers().get(("tocsin_page_seconds_count",), 0) >= 1,
        what="the page is counted",
        within=timedelta(seconds=60),
    )
    numbers = served.numbers()
    opened = {key: value for key, value in numbers.items() if key[0] == "tocsin_incidents_open"}
    assert sum(opened.values()) == 1
    assert numbers["tocsin_events_total", "IncidentDeclared"] == 1
    assert numbers["tocsin_page_seconds_bucket", "+Inf"] == numbers["tocsin_page_seconds_count",]
    assert numbers["tocsin_engine_cycles_total",] > 0
    assert numbers["tocsin_engine_last_cycle_timestamp_seconds",] > 0
    assert ("tocsin_outbox_oldest_age_seconds",) in numbers
    assert any(name == "process_resident_memory_bytes" for name, *_ in numbers)


def test_whoever_asks_for_openmetrics_gets_it(served: Served) -> None:
    accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
    answer = httpx2.get(served.url, headers={"accept": accept}, timeout=60)
    assert answer.headers["content-type"].startswith(
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )
    assert answer.text.endswith("# EOF\n")
    assert {family.name for family in read_openmetrics(answer.text)} >= {
        "tocsin_engine_cycles",
        "tocsin_page_seconds",
    }
    plain = httpx2.get(served.url, timeout=60)
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_where_there_are_tokens_one_is_needed_and_a_reading_one_is_enough(served: Served) -> None:
    app = served.app
    token = making.make(
        app.database,
        app.settings.roster,
        "prometheus",
        None,
        AccessRole.VIEWER,
        "test",
        app.clock.now(),
        None,
    )[1]
    assert httpx2.get(served.url, timeout=60).status_code == 401
    assert httpx2.get(served.url, headers={"authorization": "Bearer wrong"}, timeout=60).status_code == 401
    assert served.numbers(authorization=f"Bearer {token}")["tocsin_healthy",] in (0.0, 1.0)


def test_a_page_of_a_stranger_in_the_browser_of_this_machine_reads_nothing(served: Served) -> None:
    assert httpx2.get(served.url, headers={"host": "evil.example"}, timeout=60).status_code == 401


def test_buckets_hold_those_before_them() -> None:
    counts = [0] * (len(BUCKETS) + 1)
    counts[0], counts[2], counts[-1] = 3, 2, 1
    cumulated = Histogram(BUCKETS, tuple(counts), 1000.0).cumulated
    assert cumulated[0] == ("0.1", 3.0)
    assert cumulated[2] == ("0.5", 5.0)
    assert cumulated[-1] == ("+Inf", 6.0)


def test_heartbeats_and_the_intake_are_counted(tmp_path: Path, deadline: Deadline) -> None:
    here = Installation(tmp_path, deadline)
    try:
        here.hook("json", {"title": "Backup failed"})
        here.settled()
        headers = {"authorization": f"GenieKey {KEYS['opsgenie']}"}
        assert (
            httpx2.get(f"{here.url}/v2/heartbeats/nightly/ping", headers=headers, timeout=60).status_code
            == 202
        )
        text = httpx2.get(f"{here.url}/metrics", timeout=60).text
        spooled = here.app.intake.admission.spooled  # more than nothing where the disk took half a second
    finally:
        here.stop()
    assert 'tocsin_heartbeat_pings_total{heartbeat="nightly"} 1.0' in text
    assert 'tocsin_heartbeat_status{heartbeat="nightly",status="up"} 1.0' in text
    assert 'tocsin_job_sla_missed_total{job="nightly"} 0.0' in text
    assert f"tocsin_intake_spooled_total {float(spooled)}" in text
    assert 'tocsin_intake_refused_lately{integration="github-prod"} 0.0' in text


def test_promtool_finds_nothing_to_say(served: Served) -> None:
    promtool = Tools.find(TOOLS_DIR).program("promtool")
    served.alert()
    answer = httpx2.get(served.url, timeout=60)
    checked = subprocess.run(
        [str(promtool), "check", "metrics"],
        input=answer.content,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
