"""`[[heartbeats]]`: a mistake is told with file, line, key and what to write; a UUID is never shown."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.pings.conftest import BACKUP_UUID, write

from tocsin.app.settings import Settings, load
from tocsin.detection.heartbeat import Kind
from tocsin.errors import ConfigError


def read(folder: Path, more: str = "", **variables: str) -> Settings:
    return load(write(folder, more), {"BACKUP_UUID": BACKUP_UUID, **variables})


def test_what_was_written_is_what_is_expected(tmp_path: Path) -> None:
    more = """
[[heartbeats]]
name = "payouts"
schedule = "0 2 * * *"
zone = "Europe/Berlin"
grace = "45 min"
limit = "2 h"
fail_words = "ERROR"
otherwise = "success"
manual_resume = true
slow_factor = 0
"""
    found = read(tmp_path, more).heartbeats
    spec = found.specs["payouts"]
    assert (spec.schedule, spec.rules.wall) == ("0 2 * * * Europe/Berlin", True)
    assert (spec.rules.grace, spec.rules.limit) == (timedelta(minutes=45), timedelta(hours=2))
    assert spec.words is not None
    assert spec.words.kind("an ERROR") is Kind.FAIL
    assert spec.words.kind("fine") is Kind.SUCCESS
    assert spec.rules.manual_resume
    assert found.specs["backup"].rules.limit == timedelta(hours=1)  # as its grace
    assert list(found.keys.values()) == ["backup"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('every = "1 h"', "key 'name' is missing"),
        ('name = "Big"\nevery = "1 h"', "key 'name' holds \"Big\""),
        ('name = "a"', "key 'schedule' says when it runs"),
        ('name = "a"\nevery = "1 h"\nschedule = "0 2 * * *"', "key 'schedule' says when it runs"),
        ('name = "a"\nevery = "soon"', "key 'every' must be a duration"),
        ('name = "a"\nschedule = "0 26 * * *"', "key 'schedule' cannot be used"),
        ('name = "a"\nschedule = "0 0 31 2 *"', "Bad day-of-month"),
        ('name = "a"\nschedule = "0 2 * * *"\nzone = "Mars"', "not a time zone"),
        ('name = "a"\nevery = "1 h"\nzone = "UTC"', "key 'zone' belongs to a schedule"),
        ('name = "a"\nevery = "1 h"\ngarce = "1 h"', "unknown key 'garce'. Did you mean grace?"),
        ('name = "a"\nevery = "1 h"\notherwise = "fail"', "key 'otherwise' needs"),
        ('name = "a"\nevery = "1 h"\nfail_words = [""]', "hold no empty word"),
        ('name = "a"\nevery = "1 h"\nuuid = "hunter2"', "key 'uuid' is no UUID"),
        ('name = "a"\nevery = "1 h"\nuuid = "${NOBODY}"', "NOBODY is not set"),
        ('name = "backup"\nevery = "1 h"', 'there are two heartbeats "backup"'),
        ('name = "a"\nevery = "1 h"\nuuid = "${BACKUP_UUID}"', "backup has the same one"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        read(tmp_path, f"\n[[heartbeats]]\n{table}\n")
    text = str(wrong.value)
    assert said in text
    assert "tocsin.toml" in text
    assert "hunter2" not in text
    assert BACKUP_UUID not in text
    if "NOBODY" not in said:
        lines = (tmp_path / "tocsin.toml").read_text().splitlines()
        last = max(number for number, line in enumerate(lines, 1) if line == "[[heartbeats]]")
        assert f"tocsin.toml:{last}:" in text
