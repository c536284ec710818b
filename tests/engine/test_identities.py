"""Who a target is: asked, pinned by the first yes or a person's word, compared."""

from pathlib import Path

import pytest

from tocsin.engine import identities
from tocsin.incident.situation import Identity
from tocsin.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(str(tmp_path / "tocsin.db"))


def test_what_was_seen_is_not_yet_what_has_to_be(database: Database) -> None:
    with database.write() as tx:
        identities.saw(tx, "web-1", "host a")
    with database.read() as tx:
        assert identities.known(tx, {}) == {"web-1": Identity(None, "host a")}


def test_another_machine_under_the_same_name_is_noticed(database: Database) -> None:
    with database.write() as tx:
        identities.saw(tx, "web-1", "host a")
        identities.pin(tx, "web-1", "host a")
        identities.saw(tx, "web-1", "host b")
        assert identities.known(tx, {})["web-1"].differs
        identities.saw(tx, "web-1", None)
        assert not identities.known(tx, {})["web-1"].differs, (
            "silence is no other identity; it fails at the run"
        )


def test_the_settings_count_before_what_the_store_has(database: Database) -> None:
    with database.write() as tx:
        identities.pin(tx, "web-1", "host a")
        assert identities.known(tx, {"web-1": "host c"})["web-1"].pinned == "host c"
        identities.pin(tx, "web-1", None)
        assert identities.known(tx, {})["web-1"].pinned is None
