"""Integrations, heartbeats and listeners of tocsin.toml: what is meant is taken, every mistake names file and key and shows no secret."""

from pathlib import Path

import pytest

from tocsin.app.settings import Settings, load
from tocsin.errors import ConfigError

KEY, OTHER = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
HOME = """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
"""


def read(folder: Path, tables: str, **variables: str) -> Settings:
    (folder / "runbook.md").write_text("# Shop\n", encoding="utf-8")
    file = folder / "tocsin.toml"
    file.write_text(HOME + tables, encoding="utf-8")
    return load(file, {"PATH": "/usr/bin:/bin", "HOME": str(folder), **variables})


def refused(folder: Path, tables: str, **variables: str) -> str:
    with pytest.raises(ConfigError) as told:
        read(folder, tables, **variables)
    said = f"{told.value.message} {told.value.hint or ''}"
    assert "tocsin.toml" in said
    return said


def integration(**changed: str) -> str:
    keys = {"name": '"prod"', "kind": '"json"', "key": f'"{KEY}"', **changed}
    return "[[integrations]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items() if value) + "\n"


def test_keys_and_secrets_come_from_variables_and_are_known_as_secrets(tmp_path: Path) -> None:
    table = integration(
        kind='"stripe"', key='"${STRIPE_KEY}"', secret='"${WHSEC}"', old_secret='"older-secret"'
    )
    found = read(tmp_path, table, STRIPE_KEY=KEY, WHSEC="whsec_test")
    (it,) = found.integrations
    assert (it.name, it.kind, it.keys, it.secrets) == (
        "prod",
        "stripe",
        (KEY,),
        ("whsec_test", "older-secret"),
    )


def test_rules_that_count_are_tables_below_their_integration(tmp_path: Path) -> None:
    table = integration(kind='"stripe"', secret='"whsec_test"') + (
        '[[integrations.count]]\nname = "payments"\nevents = ["charge.failed"]\nat_least = 3\nwithin = "5 min"\n'
    )
    assert read(tmp_path, table).integrations[0].name == "prod"
    assert "within" in refused(tmp_path, table.replace('within = "5 min"', ""))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": '"Prod"'}, "name"),
        ({"name": '"check"'}, "name"),
        ({"name": ""}, "first integration"),
        ({"kind": '"jsno"'}, "json"),
        ({"key": ""}, "no key"),
        ({"key": '"short"'}, "letters and digits"),
        ({"key": '"0123456789abcdef/0123456789abcdef"'}, "letters and digits"),
        ({"kind": '"stripe"'}, "secret"),
        ({"kind": '"stripe"', "secret": '"s"', "alerton": "[]"}, "alerton"),
        ({"enabled": '"yes"'}, "enabled"),
        ({"key": '"${NOT_SET_ANYWHERE}"'}, "NOT_SET_ANYWHERE"),
    ],
)
def test_a_mistake_in_an_integration_is_named(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    told = refused(tmp_path, integration(**changed))
    assert said in told
    assert KEY not in told


def test_two_integrations_have_neither_name_nor_key_in_common(tmp_path: Path) -> None:
    assert "name of two" in refused(tmp_path, integration() + integration(key=f'"{OTHER}"'))
    told = refused(tmp_path, integration() + integration(name='"test"'))
    assert "same key" in told
    assert KEY not in told
    assert len(read(tmp_path, integration() + integration(name='"test"', key=f'"{OTHER}"')).integrations) == 2


def heartbeat(**changed: str) -> str:
    keys = {"name": '"backup"', "schedule": '"0 2 * * *"', **changed}
    return "[[heartbeats]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items() if value) + "\n"


def test_a_heartbeat_runs_by_schedule_in_its_zone_or_by_interval(tmp_path: Path) -> None:
    found = read(tmp_path, heartbeat(zone='"Europe/Berlin"', grace='"1 h"') + heartbeat(name='"queue"', schedule="", every='"5 min"'))  # fmt: skip
    specs = found.heartbeats.specs
    assert (specs["backup"].cron, specs["backup"].zone) == ("0 2 * * *", "Europe/Berlin")
    assert (specs["queue"].cron, specs["queue"].every.total_seconds()) == (None, 300)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": '"Back up"'}, "name"),
        ({"schedule": ""}, "schedule"),
        ({"every": '"1 h"'}, "one of them"),
        ({"schedule": '"61 2 * * *"'}, "schedule"),
        ({"schedule": '"0 0 30 2 *"'}, "schedule"),
        ({"zone": '"Mars/Olympus"'}, "schedule"),
        ({"schedule": "", "every": '"1 h"', "zone": '"UTC"'}, "zone"),
        ({"failures": "0"}, "failures"),
        ({"otherwise": '"explode"'}, "otherwise"),
        ({"otherwise": '"fail"'}, "otherwise"),
        ({"success_words": '["ok", ""]'}, "empty word"),
        ({"uuid": '"no uuid, and secret"'}, "uuid"),
        ({"gracee": '"1 h"'}, "gracee"),
    ],
)
def test_a_mistake_in_a_heartbeat_is_named_with_its_line(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    told = refused(tmp_path, heartbeat(**changed))
    assert said in told
    assert "tocsin.toml:10" in told, "the line of its table"
    assert "no uuid, and secret" not in told


def test_two_heartbeats_have_neither_name_nor_uuid_in_common(tmp_path: Path) -> None:
    assert "two heartbeats" in refused(tmp_path, heartbeat() + heartbeat())
    uuid = '"${BACKUP_UUID}"'
    told = refused(tmp_path, heartbeat(uuid=uuid) + heartbeat(name='"other"', uuid=uuid), BACKUP_UUID=KEY)
    assert "same one" in told
    assert KEY not in told


def listener(**changed: str) -> str:
    keys = {"name": '"crm"', "url": '"https://crm.example.org/hook"', "secret": '"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw"', **changed}  # fmt: skip
    return "[[listeners]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items() if value) + "\n"


def test_a_listener_is_another_one_as_soon_as_anything_of_it_is_set_differently(tmp_path: Path) -> None:
    (one,) = read(tmp_path, listener()).listeners
    (same,) = read(tmp_path, listener()).listeners
    (moved,) = read(tmp_path, listener(url='"https://crm.example.org/other"')).listeners
    assert one.mark == same.mark != moved.mark
    assert "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw" in one.secrets
    one.make().close()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "name"),
        ({"kind": '"webhok"'}, "webhook"),
        ({"events": '["resolvd"]'}, "never happens"),
        ({"urll": '"x"'}, "urll"),
        ({"url": ""}, "url"),
    ],
)
def test_a_mistake_in_a_listener_is_named(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    told = refused(tmp_path, listener(**changed))
    assert said in told
    assert "whsec_" not in told


def test_two_listeners_have_two_names(tmp_path: Path) -> None:
    assert "two listeners" in refused(tmp_path, listener() + listener())
