"""tocsin account: invite, list, close."""

import json
import re
from pathlib import Path

import pyotp
from click.testing import CliRunner

from tocsin.app import accounts
from tocsin.app.database import open_database
from tocsin.app.settings import load
from tocsin.cli.main import cli
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.kit.sealing import Sealer

SETTINGS = """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:8410"
public_url = "https://tocsin.example/"
"""


def test_somebody_is_invited_listed_and_closed(tmp_path: Path) -> None:
    (tmp_path / "runbook.md").write_text("# Book\n", encoding="utf-8")
    file = tmp_path / "tocsin.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    settings = load(file, {})
    now = SystemClock().now()

    def run(*arguments: str, ok: bool = True) -> str:
        done = CliRunner().invoke(cli, ["account", *arguments, "--config", str(file)])
        assert (done.exit_code == 0) is ok, done.output
        return done.output

    with open_database(settings):
        pass
    assert "Nobody can log in yet" in run("list")
    said = run("invite", "ana", "--for", "ana", "--role", "admin", "--as", "ana")
    link = re.search(r"https://tocsin\.example/welcome/(\S+)", said)
    assert link is not None
    with open_database(settings) as database:
        totp = accounts.new_totp()
        code = pyotp.TOTP(totp).at(now)
        made = accounts.accept(
            database,
            settings.roster,
            link[1],
            "",
            None,
            "a long sentence for ana",
            totp,
            code,
            now,
            sealer=Sealer(()),
        )
        accounts.open_session(database, made, "", "", now)
    assert made.person == PersonId("ana")
    listed = json.loads(run("list", "--json"))["accounts"]
    assert [(each["login"], each["role"], each["sessions"], each["closed_at"]) for each in listed] == [
        ("ana", "admin", 1, None)
    ]
    assert "ana" in run("list")
    run("close", "ana", "--as", "ana", ok=False)  # the last admin
    run("close", "nobody", "--as", "ana", ok=False)
    run("invite", "eve", "--for", "eve", "--as", "ana", ok=False)
