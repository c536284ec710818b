"""How pages travel, as tocsin.toml says it: read, and refused with file, line and key."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.app.settings import Settings, load
from tocsin.errors import ConfigError

BASE = """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[people.eve]
name = "Eve"
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
"""


def read(folder: Path, more: str, **variables: str) -> Settings:
    (folder / "runbook.md").write_text("# R\n", encoding="utf-8")
    (folder / "tocsin.toml").write_text(BASE + more, encoding="utf-8")
    return load(folder / "tocsin.toml", {"PATH": "/usr/bin", **variables})


def test_without_anything_said_there_is_a_fall_back_and_no_canary(tmp_path: Path) -> None:
    found = read(tmp_path, "").paging
    assert found.paging.fallback == timedelta(seconds=30)
    assert (found.canary, found.heartbeat, found.public_url) == (None, None, None)


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    more = (
        '[paging]\nfallback = "1 min"\nbundle = "0 s"\nlink_life = "1 h"\n[canary]\nperson = "ana"\nevery = "10 min"\n'
        '[heartbeat]\nurl = "${BEAT}"\nmethod = "GET"\nevery = "30 s"\n[web]\npublic_url = "https://t.example/base/"\n'
    )
    found = read(tmp_path, more, BEAT="https://hc.example/ping/1").paging
    assert (found.paging.fallback, found.paging.bundle) == (timedelta(minutes=1), timedelta())
    assert found.canary is not None
    assert (found.canary.every, found.canary.within) == (timedelta(minutes=10), timedelta(minutes=1))
    assert found.heartbeat is not None
    assert (found.heartbeat.url, found.heartbeat.method) == ("https://hc.example/ping/1", "GET")
    assert found.public_url == "https://t.example/base"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('[canary]\nperson = "bob"\n', 'canary.person: "bob" is not among the people'),
        ('[canary]\nperson = "eve"\n', 'canary.person: "eve" has no way to be reached'),
        ('[canary]\nperson = "ana"\nevery = "10 s"\n', "canary.within: must be shorter than canary.every"),
        ('[heartbeat]\nurl = "ftp://x"\n', "heartbeat.url: must begin with http"),
        ('[heartbeat]\nurl = "http://x"\nmethod = "PUT"\n', 'heartbeat.method: "PUT" is neither GET nor POST'),
        ('[web]\npublic_url = "tocsin"\n', "web.public_url: must begin with http"),
        ('[paging]\nfallback = "soon"\n', 'paging.fallback: "soon" is not a duration'),
        ('[paging]\nfalback = "1 s"\n', "Did you mean"),
        ('[pagers.x]\nkind = "sms"\nauth_token = "${file:gone}"\n', "pagers.x.auth_token: .*gone cannot be read: No such file"),
        ('[pagers.x]\nkind = "sms"\nauth_token = "${GONE}"\n', "pagers.x.auth_token: GONE is not set"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, more: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, more)
    assert re.search(sentence, str(caught.value)), str(caught.value)


def test_a_secret_from_a_file_or_the_environment_is_redacted_everywhere(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file-1234\n", encoding="utf-8")
    more = '[pagers.x]\nkind = "ntfy"\ntoken = "${file:token}"\nbase_url = "${NTFY}"\n'
    found = read(tmp_path, more, NTFY="https://ntfy.example/secret-path")
    (pager,) = [each for each in found.pagers if each.name == "x"]
    assert pager.settings["token"] == "from-a-file-1234"
    assert {"from-a-file-1234", "https://ntfy.example/secret-path"} <= set(found.secrets)
