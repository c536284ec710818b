"""What is decided while a sender floods: the others' alerts are not behind the flood."""

from dataclasses import replace

from tests.intake.house import House

from tocsin.app.database import open_database
from tocsin.store import requests
from tocsin.store.requests import State

FLOOD = 400


def test_an_alert_that_came_after_another_senders_flood_is_decided_long_before_its_end(house: House) -> None:
    assert house.event(dedup_key="flood-0").status_code == 202
    assert house.api([{"labels": {"alertname": "Quiet"}}]).status_code == 200
    flood, quiet = (each.request for each in house.requests())
    house.end()
    new = [
        replace(flood, key=f"flood-{n}", body=flood.body.replace(b"flood-0", f"flood-{n}".encode()), state=State.PENDING)
        for n in range(1, FLOOD + 1)
    ]  # fmt: skip
    late = replace(quiet, key="late", body=quiet.body.replace(b"Quiet", b"Late"), state=State.PENDING)
    with open_database(house.settings) as database, database.write() as tx:
        requests.put_all(tx, [*new, late])
    house.begin()
    rows = house.incidents()
    assert len(rows) == FLOOD + 3  # and the two of before
    (number,) = [place for place, row in enumerate(rows) if "Late" in row.title]
    assert number < FLOOD / 4
