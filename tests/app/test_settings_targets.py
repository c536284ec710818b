"""Where steps may run, and what must be said about it."""

from pathlib import Path

import pytest

from tocsin.app.places import Places
from tocsin.app.settings import load
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


def settings(folder: Path, text: str, **variables: str) -> Places:
    file = folder / "tocsin.toml"
    file.write_text(text, encoding="utf-8")
    found = load(file, {"PATH": "/usr/bin:/bin", "HOME": str(folder), **variables})
    return Places(found, Redactor(), SystemClock())


def test_each_bound_place_has_a_runner_and_nothing_else_has(tmp_path: Path) -> None:
    places = settings(
        tmp_path,
        f'[targets]\nname = "ops"\nhosts = ["here"]\nkubernetes = "prod"\nsecrets = ["DB"]\n[targets.ssh.web-1]\nhost_key = "{KEY}"\n',
        DB="postgresql://u@127.0.0.1/shop",
    )
    assert set(places) == {"local (ops)", "here", "web-1", "kubernetes:prod", "database:DB"}
    assert places["here"] is places["local (ops)"]
    assert "kubernetes:prod pod shop/api-0" in places
    assert not places["kubernetes:prod pod shop/api-0"].local
    assert "kubernetes:other pod shop/api-0" not in places
    with pytest.raises(KeyError):
        places["web-2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[targets.ssh.web-1]\nuser = 'x'\n", "believed by its key"),
        ("[targets.ssh.web-1]\nhost_key = 'abc'\n", "no public key"),
        (f"[targets.ssh.web-1]\nhost_key = '{KEY}'\nport = 70000\n", "no port"),
        (
            f"[targets]\nhosts = ['web-1']\n[targets.ssh.web-1]\nhost_key = '{KEY}'\n",
            "which are this machine",
        ),
        (f"[targets.ssh.web-1]\nhost_key = '{KEY}'\nhostkey = 'x'\n", "no such key"),
        ("[secrets]\nx = 'vault:y'\n", "no source of secrets"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        settings(tmp_path, text)


def test_a_secret_comes_from_a_variable_a_file_or_a_command(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n", encoding="utf-8")
    file = tmp_path / "tocsin.toml"
    file.write_text(
        f'[secrets]\na = "env:A"\nb = "file:{tmp_path}/key"\nc = "command:echo from-a-command"\n',
        encoding="utf-8",
    )
    found = load(file, {"PATH": "/usr/bin:/bin", "A": "from-a-variable"})
    assert {name: fetch() for name, fetch in found.sources.items()} == {
        "a": "from-a-variable", "b": "from-a-file", "c": "from-a-command",
    }  # fmt: skip
    assert found.targets.secrets == {"a", "b", "c"}
