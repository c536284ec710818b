"""The senders themselves, unmodified: Prometheus, Alertmanager, amtool and PagerDuty's client open and resolve incidents here."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pagerduty
import pytest
import trustme
from tests.conftest import Deadline
from tests.intake.house import AM, API, PATIENCE, PD, House
from tests.intake.senders import Between, Sender, alertmanager, amtool, prometheus

from tocsin.store.requests import State

pytestmark = pytest.mark.xdist_group("machine")

WEBHOOK = "  webhook_configs:\n  - url: {url}/hooks/alertmanager/" + AM + "\n    send_resolved: true\n"
PAGERDUTY = (
    "  pagerduty_configs:\n  - url: {url}/v2/enqueue\n    routing_key: " + PD + "\n    send_resolved: true\n"
)
RULES = "groups:\n- name: g\n  rules:\n  - alert: Xprom\n    expr: vector({value}) > 0\n    labels: {{severity: critical}}\n    annotations: {{summary: seen by Prometheus}}\n"  # fmt: skip
Run = Callable[[Sender], Sender]


@pytest.fixture
def run(deadline: Deadline) -> Iterator[Run]:
    started: list[Sender] = []

    def go(sender: Sender) -> Sender:
        started.append(sender)
        deadline(sender.ready, what="the sender is up", within=PATIENCE)
        return sender

    yield go
    for each in started:
        each.end()


def firing(house: House) -> bool:
    rows = house.incidents()
    return bool(rows) and bool(house.incident(rows[-1].id).firing)


def quiet(house: House) -> bool:
    rows = house.incidents()
    return bool(rows) and not any(house.incident(row.id).firing for row in rows)


@pytest.mark.parametrize("receiver", [WEBHOOK, PAGERDUTY], ids=["webhook", "PagerDuty v2"])
def test_alertmanager_opens_and_resolves_one_incident(
    house: House, tmp_path: Path, run: Run, deadline: Deadline, receiver: str
) -> None:
    sender = run(alertmanager(tmp_path, receiver.format(url=house.url)))
    url = f"http://127.0.0.1:{sender.port}"
    amtool(
        url, "alert", "add", "alertname=Xam", "severity=critical", "r=a", "--annotation=summary=disk at 99 %"
    )
    deadline(lambda: firing(house), what="it is an incident", within=PATIENCE)
    amtool(url, "alert", "add", "alertname=Xam", "severity=critical", "r=a", "--end=2020-01-01T00:00:00Z", "--start=2019-01-01T00:00:00Z")  # fmt: skip
    deadline(lambda: quiet(house), what="it is over", within=PATIENCE)
    assert len(house.incidents()) == 1
    assert house.ledger().balanced


@pytest.mark.parametrize("trouble", ["503", "lose"], ids=["answered 503", "dead before the answer"])
def test_what_alertmanager_tries_again_is_still_one_incident(
    house: House, tmp_path: Path, run: Run, deadline: Deadline, trouble: str
) -> None:
    wire = Between(house.door.address, lambda number: trouble if number <= 2 else "pass")
    sender = run(alertmanager(tmp_path, WEBHOOK.format(url=f"http://127.0.0.1:{wire.port}")))
    url = f"http://127.0.0.1:{sender.port}"
    try:
        amtool(url, "alert", "add", "alertname=Xam", "severity=critical", "--annotation=summary=disk at 99 %")
        deadline(lambda: wire.count >= 3 and firing(house), what="it came through", within=PATIENCE)
        amtool(url, "alert", "add", "alertname=Xam", "severity=critical", "--end=2020-01-01T00:00:00Z", "--start=2019-01-01T00:00:00Z")  # fmt: skip
        deadline(lambda: quiet(house), what="it is over", within=PATIENCE)
    finally:
        wire.close()
    assert len(house.incidents()) == 1
    assert house.ledger().balanced


def test_prometheus_fires_and_resolves_through_us_as_its_alertmanager(
    house: House, tmp_path: Path, run: Run, deadline: Deadline
) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES.format(value=1), encoding="utf-8")
    sender = run(prometheus(tmp_path, house.door.address, f"/k/{API}"))
    deadline(lambda: firing(house), what="it is an incident", within=PATIENCE)
    told = len(house.requests())
    deadline(lambda: len(house.requests()) >= told + 3, what="it is told again and again", within=PATIENCE)
    seen = amtool(f"{house.url}/k/{API}", "alert", "query", "alertname=Xprom", "-o", "json")
    assert "seen by Prometheus" in seen
    rules.write_text(RULES.format(value=0), encoding="utf-8")
    house.http.post(f"http://127.0.0.1:{sender.port}/-/reload")
    deadline(lambda: quiet(house), what="it is over", within=PATIENCE)
    assert [row.title for row in house.incidents()] == ["seen by Prometheus"]
    assert set(house.states()) == {State.READ}
    ledger = house.ledger()
    assert ledger.balanced
    assert ledger.suppressed >= 3, "what was told again is counted, and says nothing new"


def test_amtool_works_against_us_as_against_an_alertmanager(house: House, deadline: Deadline) -> None:
    url = f"{house.url}/k/{API}"
    name = amtool(
        url, "silence", "add", "alertname=Xsil", "--comment=moving", "--author=ana", "--duration=1h"
    ).strip()
    assert name in amtool(url, "silence", "query")
    amtool(url, "alert", "add", "alertname=Xsil", "severity=critical")
    amtool(url, "alert", "add", "alertname=Xopen", "severity=critical", "--annotation=summary=open")
    deadline(
        lambda: [row.title for row in house.incidents()] == ["open"], what="only the other", within=PATIENCE
    )
    assert "Xopen" in amtool(url, "alert", "query")
    assert "Xsil" in amtool(url, "alert", "query", "--silenced")
    amtool(url, "silence", "update", "--comment=longer", "--duration=2h", name)
    amtool(url, "silence", "expire", name)
    deadline(lambda: len(house.incidents()) == 2, what="what was silenced is decided", within=PATIENCE)
    assert "prom" in amtool(url, "config", "show")
    assert "disabled" in amtool(url, "cluster", "show")


def test_pagerdutys_own_client_speaks_to_us(house: House) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    wire = Between(house.door.address, lambda number: "503" if number == 1 else "pass", context)
    client = pagerduty.EventsApiV2Client(
        PD, base_url=f"https://127.0.0.1:{wire.port}", verify=trusting, trust_env=False
    )
    try:
        key = client.trigger("disk at 99 %", "db1", severity="critical", custom_details={"free": "1%"})
        house.requests()
        assert client.acknowledge(key) == key
        assert client.resolve(key) == key
    finally:
        wire.close()
    (row,) = house.incidents()
    assert row.title == "disk at 99 %"
    assert not house.incident().firing
