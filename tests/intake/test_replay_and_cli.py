"""Stored requests read again change nothing; what a person asks of the intake on the command line."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import cast

from click.testing import CliRunner
from tests.intake.house import AM, PATIENCE, PD, SIGNED_GRAFANA, House, notification, one

from tocsin.app.intake import SPOOL
from tocsin.cli.main import cli
from tocsin.engine.foreign.spool import Spool
from tocsin.errors import TocsinError
from tocsin.kit import codec
from tocsin.store import requests
from tocsin.store.requests import State


def say(house: House, *argv: str, **more: str) -> tuple[int, str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(house.folder), **more}
    done = CliRunner().invoke(cli, [*argv, "--config", str(house.file)], env=environment)
    code = done.exception.exit_code if isinstance(done.exception, TocsinError) else done.exit_code
    return code, done.output


def document(house: House, *argv: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(say(house, *argv, "--json")[1])
    return found


def storm(house: House) -> None:
    """Of everything a little."""
    house.event(dedup_key="a")
    house.event(action="acknowledge", dedup_key="a", client="ana")
    house.event()
    house.alertmanager(notification(one("A"), one("B", fingerprint="b"), groupKey="g"))
    house.alertmanager(notification(one("A", "resolved"), groupKey="g"))
    house.alertmanager(notification(one("C", "resolved", fingerprint="c")))
    house.api([{"labels": {"alertname": "P"}}, {"labels": {}}])
    house.alertmanager(b"{")
    house.http.post(f"/hooks/grafana/{SIGNED_GRAFANA}", content=b"{}")
    house.event(PD, "resolve", dedup_key="a")


def test_replaying_everything_changes_nothing(house: House) -> None:
    storm(house)

    def seen() -> tuple[object, ...]:
        heard = [sorted(house.incident(row.id).alerts) for row in house.incidents()]
        return house.requests(), heard, house.ledger(), [house.fates(number) for number in range(10)]

    before = seen()
    for dry in (("--dry-run",), ()):
        code, said = say(house, "intake", "replay", "--since", "1 d", *dry)
        assert (code, said.strip()) == (0, "10 read, 0 different, 0 handed to the engine")
    assert seen() == before


def test_a_request_that_is_read_differently_today_is_told_and_handed_in_once(house: House) -> None:
    house.alertmanager(notification(one("A")))
    (stored,) = house.requests()
    house.file.write_text(
        house.file.read_text().replace('severity = { ticket = "record" }', 'labels = { team = "shop" }')
    )
    code, said = say(house, "intake", "replay", str(stored.id), "--dry-run")
    assert code == 1
    (different,) = json.loads(say(house, "intake", "replay", str(stored.id), "--dry-run", "--json")[1])[
        "different"
    ]
    assert '"team":"shop"' in different["added"][0]
    assert "0 handed to the engine" in said
    assert len(house.requests()) == 1
    assert house.ledger().accepted == 1
    assert (
        say(house, "intake", "replay", str(stored.id))[1]
        .strip()
        .endswith("1 read, 1 different, 1 handed to the engine")
    )
    assert house.ledger().accepted == 2
    assert house.ledger().balanced
    say(house, "intake", "replay", str(stored.id))
    assert house.ledger().accepted == 2, "said again it is known"


def test_what_was_refused_is_taken_on_a_persons_word_only(house: House) -> None:
    body = json.dumps(notification(one("A"))).encode()
    assert house.http.post(f"/hooks/grafana/{SIGNED_GRAFANA}", content=body).status_code == 401
    assert house.incidents() == []
    assert say(house, "intake", "replay", "1")[0] == 0
    assert house.incidents() == []
    assert say(house, "intake", "replay", "1", "--refused")[0] == 1
    assert [row.title for row in house.incidents()] == ["A is wrong"]
    assert house.states() == [State.READ]


def test_the_intake_is_listed_shown_and_accounted_for(house: House) -> None:
    storm(house)
    house.requests()
    rows = document(house, "intake", "list")["requests"]
    assert isinstance(rows, list)
    assert len(rows) == 10
    assert "unparsed" in say(house, "intake", "list", "--state", "unparsed")[1]
    code, said = say(house, "intake", "show", "4")
    assert code == 0
    assert '"alertname": "A"' in said
    assert "INC-" in said
    assert AM not in said
    assert PD not in say(house, "intake", "show", "1")[1]
    assert say(house, "intake", "show", "4711")[0] == 3
    assert say(house, "intake", "replay")[0] == 2
    code, said = say(house, "intake", "ledger")
    assert code == 0
    assert "8 accepted = " in said
    ledger = document(house, "intake", "ledger")
    assert (ledger["accepted"], ledger["balanced"]) == (8, True)
    assert house.http.get("/api/v1/intake/ledger").json()["accepted"] == 8


def test_what_waits_in_the_spool_is_listed_with_and_without_the_database(house: House) -> None:
    house.event(dedup_key="a")
    (stored,) = house.requests()
    later = stored.request.received_at + timedelta(seconds=1)
    waiting = replace(stored.request, key="0" * 32, received_at=later, body=b"{}")
    folder = house.app.settings.data / SPOOL
    spool = Spool(folder)
    assert (Spool.look(folder), document(house, "intake", "list")["spooled"]) == ((), [])
    spool.append([stored.request, waiting])  # the first one was stored meanwhile
    assert [each.key for each in Spool.look(folder)] == [stored.request.key, waiting.key]
    code, said = say(house, "intake", "list")
    assert code == 0
    assert said.startswith("1 request waits in the spool to be stored, the oldest first:\n")
    assert "answered 202" in said
    (told,) = cast("list[dict[str, object]]", document(house, "intake", "list")["spooled"])
    assert (told["key"], told["bytes"], told["status"]) == ("0" * 32, 2, 202)
    code, said = say(house, "intake", "list", TOCSIN_DATABASE_URL="postgresql://127.0.0.1:1/away")
    assert code != 0
    assert "2 requests wait in the spool" in said
    assert spool.waiting(10) == [stored.request, waiting], "looking takes nothing"
    spool.stored(2)
    spool.close()


def test_an_alert_that_vanished_is_noticed(house: House) -> None:
    house.event()
    house.requests()
    with house.app.database.write() as tx:
        (stored,) = requests.listing(tx, 1)
        requests.settle(tx, stored.id, State.READ, stored.request.received_at, None, 2)
    code, said = say(house, "intake", "ledger")
    assert code == 1
    assert "IS NOT" in said
    house._deadline(
        lambda: any("were accepted" in title for title in house.alarms()),
        what="our own alarm",
        within=PATIENCE,
    )


def test_silences_by_command_line_and_api(house: House) -> None:
    made = document(
        house, "silence", "add", "alertname=A", "--for", "2 h", "--comment", "moving", "--as", "ana"
    )
    assert made["matchers"] == ['alertname="A"']
    assert "moving" in say(house, "silence", "list")[1]
    house.alertmanager(notification(one("A")))
    assert house.fates() == ["silenced"]
    assert say(house, "silence", "expire", str(made["id"]))[0] == 0
    assert say(house, "silence", "add", "nonsense", "--comment", "x", "--as", "ana")[0] == 2
    assert say(house, "silence", "add", "a=~.*", "--comment", "x", "--as", "ana")[0] == 2
    answer = house.http.post("/api/v1/silences", json={"matchers": ['alertname="Z"'], "comment": "x"})
    assert answer.status_code == 201
    name = answer.json()["id"]
    assert house.http.post(f"/api/v1/silences/{name}/expire", json={}).json()["state"] == "expired"
    assert [each["state"] for each in house.http.get("/api/v1/silences").json()["silences"]] == [
        "expired"
    ] * 2


def test_recent_changes_stand_beside_the_incident(house: House) -> None:
    now = house.app.clock.now().isoformat()
    change = {"routing_key": PD, "payload": {"summary": "deployed 9f3c2ab", "timestamp": now}}
    assert house.http.post("/v2/change/enqueue", json=change).status_code == 202
    house.event()
    house.requests()
    assert "deployed 9f3c2ab" in say(house, "incident", "show", "INC-1")[1]
    seen = house.http.get("/api/v1/incidents/INC-1").json()["changes"]
    assert [each["title"] for each in seen] == ["deployed 9f3c2ab"]
    assert codec.encode(seen)
