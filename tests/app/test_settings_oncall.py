"""`[oncall]` of a tocsin.toml: what it may say, and how a mistake in it is told."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tocsin.app.settings import load
from tocsin.errors import ConfigError
from tocsin.oncall.schedule import OnCall, on_call

PEOPLE = '[pagers.sink]\nkind = "file"\npath = "pages"\n' + "".join(
    f'[people.{name}]\nname = "{name.title()}"\npage = ["sink:{name}"]\n' for name in ("ana", "bo", "chen")
)
BERLIN = ZoneInfo("Europe/Berlin")
ROTATION = """
[oncall.level1]
zone = "Europe/Berlin"
[[oncall.level1.layers]]
people = ["ana", "bo"]
handover = "Mon 09:00"
start = 2026-01-07
"""


def plan(folder: Path, text: str) -> OnCall:
    (folder / "tocsin.toml").write_text(PEOPLE + text, encoding="utf-8")
    return load(folder / "tocsin.toml", {}).oncall


def at(made: OnCall, moment: str, level: int = 1) -> tuple[str, ...]:
    return on_call(made, (), level, datetime.fromisoformat(moment).replace(tzinfo=BERLIN)).people


def test_a_list_of_people_is_a_level(tmp_path: Path) -> None:
    made = plan(tmp_path, '[oncall]\nlevel1 = ["ana"]\nlevel3 = ["bo", "chen"]\n')
    assert [level.people for level in made.levels] == [("ana",), (), ("bo", "chen")]


def test_a_week_begins_on_the_weekday_of_the_hand_over_and_not_before_the_start(tmp_path: Path) -> None:
    made = plan(tmp_path, ROTATION)
    asked = (
        "2026-01-06 23:59",
        "2026-01-07 00:00",
        "2026-01-12 08:59",
        "2026-01-12 09:00",
        "2026-01-19 09:00",
    )
    assert [at(made, moment) for moment in asked] == [(), ("ana",), ("ana",), ("bo",), ("ana",)]


def test_days_and_hours_are_handed_over_at_their_time(tmp_path: Path) -> None:
    text = ROTATION.replace("Mon 09:00", "21:00") + 'every = "12 h"\nuntil = 2026-02-01\n'
    made = plan(tmp_path, text)
    asked = (
        "2026-01-07 20:59",
        "2026-01-07 21:00",
        "2026-01-08 09:00",
        "2026-01-31 20:59",
        "2026-02-01 21:00",
    )
    assert [at(made, moment) for moment in asked] == [(), ("ana",), ("bo",), ("bo",), ()]


@pytest.mark.parametrize(
    ("only", "inside", "outside"),
    [
        ("Mon-Fri 09:00-18:00", "2026-01-12 10:00", "2026-01-17 10:00"),
        ("sat,sun", "2026-01-17 03:00", "2026-01-12 03:00"),
        ("22:00-06:00", "2026-01-13 05:59", "2026-01-13 06:00"),
        ("Friday-Monday 00:00-24:00", "2026-01-19 23:59", "2026-01-20 00:00"),
    ],
)
def test_hours_are_read_as_people_write_them(tmp_path: Path, only: str, inside: str, outside: str) -> None:
    made = plan(tmp_path, ROTATION + f'only = ["{only}"]\n')
    assert at(made, inside) != ()
    assert at(made, outside) == ()


def test_a_contact_known_by_name_needs_no_cases(tmp_path: Path) -> None:
    made = plan(
        tmp_path,
        '[oncall.contacts]\nsecurity = ["ana"]\n[oncall.contacts.payments]\npeople = ["bo"]\ncases = ["stripe"]\n',
    )
    security, payments = made.contacts
    assert "breach" in security.cases
    assert (payments.name, payments.people, payments.cases, payments.major) == (
        "payments",
        ("bo",),
        ("stripe",),
        False,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[oncall]\nlevel1 = ["anna"]\n',
            ':14: oncall.level1: "anna" is not among the people. Did you mean "ana"?',
        ),
        ('[oncall]\nprimary = ["ana"]\n', "levels are called level1"),
        (ROTATION.replace("Europe/Berlin", "Europe/Berlim"), 'Did you mean "Europe/Berlin"?'),
        (ROTATION.replace('zone = "Europe/Berlin"\n', ""), "a rotation needs a time zone"),
        (ROTATION.replace("Mon 09:00", "Mun 09:00"), '"Mun 09:00" is no hand-over'),
        (ROTATION.replace("Mon 09:00", "25:00"), '"25:00" is no hand-over'),
        (ROTATION + 'every = "90 min"\n', '"90 min" is no length of a turn'),
        (ROTATION + 'every = "1 day"\n', "names a weekday, but a turn is 1 day"),
        (ROTATION + "until = 2026-01-01\n", "is not after start"),
        (ROTATION + 'only = ["weekends"]\n', '"weekends" are no hours'),
        (ROTATION + 'only = [""]\n', '"" are no hours'),
        (ROTATION.replace('["ana", "bo"]', "[]"), "nobody takes turns here"),
        (ROTATION.replace('["ana", "bo"]', '["zoe"]'), '"zoe" is not among the people'),
        (ROTATION.replace("start = 2026-01-07", ""), "missing required field `start`"),
        (ROTATION.replace("handover", "hand_over"), "oncall.level1.layers"),
        ("[oncall.level1]\nlayers = []\n", "has at least one"),
        ('[oncall.contacts]\npayments = ["ana"]\n', "nobody can tell when this contact is called"),
        ('[oncall.contacts]\nsecurity = "ana"\n', "a contact is a list of people"),
        ('[oncall.contacts.security]\nwho = ["ana"]\n', "oncall.contacts.security"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_next_step(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        plan(tmp_path, text)
    told = str(refused.value)
    assert told.startswith(str(tmp_path / "tocsin.toml"))
    assert said in told
    assert refused.value.hint is not None


def test_a_turn_is_a_week_unless_it_says_otherwise(tmp_path: Path) -> None:
    (level,) = plan(tmp_path, ROTATION).levels
    assert level.layers[0].length == timedelta(weeks=1)
