"""From the settings to the pager."""

import sys
from pathlib import Path

import pytest

from tocsin.connectors.api import PageMessage
from tocsin.connectors.file_pager import FilePager
from tocsin.connectors.registry import pager
from tocsin.connectors.webhook_pager import WebhookPager
from tocsin.errors import ConfigError


def test_each_kind_we_have_is_made_from_its_settings(tmp_path: Path) -> None:
    assert isinstance(pager("file", {"path": str(tmp_path / "p")}), FilePager)
    hook = pager(
        "webhook", {"url": "https://example.test/page", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    )
    assert isinstance(hook, WebhookPager)
    hook.close()


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        (
            "webhok",
            {},
            r"unknown kind of pager 'webhok'\. Did you mean webhook\? Known: apprise, email, file, ntfy, pagerduty, slack, sms, voice, webhook\.",
        ),
        (
            "pigeon",
            {},
            r"unknown kind of pager 'pigeon'\. Known: apprise, email, file, ntfy, pagerduty, slack, sms, voice, webhook\.",
        ),
        ("file", {}, r"pager of kind 'file': key 'path' is missing\."),
        ("file", {"path": ""}, r"key 'path' must be a text, not ''"),
        ("file", {"path": 3}, r"key 'path' must be a text, not 3"),
        ("file", {"path": "p", "pth": "q"}, r"unknown key 'pth'\. Did you mean path\? Known: path\."),
        ("webhook", {"url": "ftp://x"}, r"key 'url' must begin with http:// or https:// and name a host"),
        ("webhook", {"url": "http://"}, r"key 'url' must begin"),
        ("webhook", {"url": "http://x:port/"}, r"key 'url' must begin"),
        ("webhook", {"url": "http://x", "secret": "???"}, r"key 'secret' is not base64"),
        ("webhook", {"url": "http://x", "secret": "whsec_MTIz"}, r"key 'secret' holds fewer than 24 bytes"),
        ("webhook", {"url": "https://x", "ca_file": "/gone.pem"}, r"key 'ca_file' cannot be used"),
    ],
)
def test_what_is_wrong_is_said_with_the_next_step(
    kind: str, settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        pager(kind, settings)


def test_another_package_adds_a_kind_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pigeon_loft.py").write_text(
        "class Loft:\n"
        "    def __init__(self, colour): self.colour = colour\n"
        "    def page(self, message): return self.colour\n"
        "def from_settings(what, settings): return Loft(settings['colour'])\n"
    )
    about = tmp_path / "pigeon_loft-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-loft\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[tocsin.pagers]\npigeon = pigeon_loft:from_settings\nbroken = pigeon_loft:gone\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    loft = pager("pigeon", {"colour": "grey"})
    assert loft.page(PageMessage("k", "ana", "", "", "", None)) == "grey"
    with pytest.raises(ConfigError, match="could not be loaded"):
        pager("broken", {})
    with pytest.raises(ConfigError, match="Did you mean pigeon"):
        pager("pigon", {})
    sys.modules.pop("pigeon_loft")
