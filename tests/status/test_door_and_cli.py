"""What people do with it: the form, the button and the link in a browser; the commands on a terminal."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.app.status_page import subscriber_links
from tocsin.cli.main import cli
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.store import subscribers as store
from tocsin.web.server import routes

SETTINGS = """
[people.ana]
name = "Ana"
role = "admin"
page = ["mail:ana@example.org"]
[oncall]
level1 = ["ana"]
[pagers.mail]
kind = "email"
host = "127.0.0.1"
from = "status@example.org"
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "none"
public_url = "https://ops.example"
[status]
url = "https://status.example.org/"
name = "Shop"
mail = "mail"
[[status.components]]
name = "API"
checks = ["api"]
[[checks]]
name = "api"
kind = "tcp"
host = "127.0.0.1"
port = 9
"""


def house(folder: Path, text: str = SETTINGS) -> Path:
    (folder / "runbook.md").write_text("# Shop\n\n### 1. Down\n**Symptoms**: 502\n", encoding="utf-8")
    file = folder / "tocsin.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A tocsin with its store open that does not turn: nothing here needs the engine."""
    made = App(load(house(tmp_path), {}), SystemClock())
    yield made
    made.stop()


@pytest.fixture
def browser(app: App) -> TestClient:
    return TestClient(routes(app), base_url="https://ops.example", follow_redirects=False)


def states(app: App) -> list[str]:
    with app.database.read() as tx:
        return [each.state for each, _ in store.listing(tx)]


class TestDoor:
    def test_a_form_asks_and_the_answer_does_not_tell_who_is_known(
        self, app: App, browser: TestClient
    ) -> None:
        assert 'type="email"' in browser.get("/status/subscribe").text
        first = browser.post("/status/subscribe", data={"address": "bo@example.org"})
        again = browser.post("/status/subscribe", data={"address": "bo@example.org"})
        assert (first.status_code, first.text) == (200, again.text)
        assert states(app) == [store.PENDING]

    def test_what_is_no_address_is_said_beside_the_field(self, app: App, browser: TestClient) -> None:
        answer = browser.post("/status/subscribe", data={"address": "<script>"})
        assert answer.status_code == 422
        assert 'aria-describedby="problem"' in answer.text
        assert "<script>" not in answer.text
        assert states(app) == []

    def test_a_body_of_a_megabyte_is_not_read(self, browser: TestClient) -> None:
        assert browser.post("/status/subscribe", content=b"x" * 1_000_000).status_code == 413

    def test_looking_at_a_link_changes_nothing_and_pressing_its_button_does(
        self, app: App, browser: TestClient
    ) -> None:
        links = subscriber_links(app.database, app.settings)
        assert links is not None
        browser.post("/status/subscribe", data={"address": "bo@example.org"})
        confirm, leave = (
            link.removeprefix("https://ops.example") for link in (links.confirm(1), links.leave(1))
        )
        for _ in range(3):
            assert browser.get(confirm).status_code == 200
        assert states(app) == [store.PENDING]
        assert browser.post(confirm).status_code == 200
        assert states(app) == [store.CONFIRMED]
        assert browser.get(leave).status_code == 200
        assert states(app) == [store.CONFIRMED]
        # As a mail program sends it for its own button (RFC 8058).
        one_click = browser.post(leave, data={"List-Unsubscribe": "One-Click"})
        assert one_click.status_code == 200
        assert states(app) == [store.GONE]

    @pytest.mark.parametrize("kind", ["confirm", "leave"])
    def test_a_forged_link_does_nothing(self, browser: TestClient, kind: str) -> None:
        assert browser.post(f"/status/{kind}/1.AAAA").status_code == 404

    def test_pages_of_the_form_load_nothing_and_are_kept_by_nobody(self, browser: TestClient) -> None:
        headers = browser.get("/status/subscribe").headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"

    def test_without_mail_there_is_no_such_door(self, tmp_path: Path) -> None:
        app = App(load(house(tmp_path, SETTINGS.replace('mail = "mail"\n', "")), {}), SystemClock())
        try:
            assert TestClient(routes(app)).get("/status/subscribe").status_code == 404
        finally:
            app.stop()


class TestCommands:
    @pytest.fixture
    def folder(self, tmp_path: Path, app: App) -> Path:
        app.stop()  # the store is there now
        return tmp_path

    def run(self, folder: Path, *words: str) -> Result:
        return CliRunner().invoke(
            cli, ["status", *words, "--config", str(folder / "tocsin.toml")], env={"TOCSIN_AS": "ana"}
        )

    def test_build_writes_the_page_where_it_is_told_to(self, folder: Path) -> None:
        done = self.run(folder, "build", str(folder / "out"))
        assert done.exit_code == 0, done.output
        assert "There is no fresh data" in done.output
        assert (folder / "out" / "api" / "v2" / "summary.json").exists()
        assert json.loads((folder / "var" / "status-internal.json").read_text())["page"]["name"] == "Shop"
        again = self.run(folder, "build", str(folder / "out"), "--json")
        assert json.loads(again.output)["directory"] == str(folder / "out")

    def test_work_is_planned_shown_and_over(self, folder: Path) -> None:
        words = ["work", "plan", "Upgrade", "--from", "now", "--until", "+1 h", "--component", "API"]
        assert self.run(folder, *words).exit_code == 0
        assert "Maintenance     API" in self.run(folder, "show").output
        assert "Upgrade" in self.run(folder, "work", "list").output
        assert self.run(folder, "work", "over", "1").exit_code == 0
        assert "No data         API" in self.run(folder, "show").output
        assert self.run(folder, "work", "over", "1").exit_code != 0

    def test_work_of_a_component_nobody_knows_is_refused(self, folder: Path) -> None:
        words = ["work", "plan", "X", "--from", "now", "--until", "+1 h", "--component", "Api"]
        refused = self.run(folder, *words)
        assert "Known: API" in str(refused.exception)

    def test_a_webhook_is_added_shown_in_part_and_removed(self, folder: Path) -> None:
        added = self.run(folder, "subscribe", "https://hooks.example/secret/path")
        assert re.match(r"whsec_\S{40,}\n", added.output)
        shown = self.run(folder, "subscribers").output
        assert "https://hooks.example " in shown
        assert "secret" not in shown
        assert self.run(folder, "unsubscribe", "1").exit_code == 0
        assert "removed by ana" in self.run(folder, "subscribers").output


class TestSettings:
    @pytest.mark.parametrize(
        ("change", "to", "expected"),
        [
            ('url = "https://status', 'url = "status', "status.url: must begin with http"),
            ('checks = ["api"]', 'checks = ["apj"]', '"API": there is no check "apj"'),
            ('checks = ["api"]', "checks = []", '"API" has no check'),
            ('name = "API"', 'name = "Status"', "would share the badge status.svg"),
            ('mail = "mail"', 'mail = "sink"', '"sink" is not a pager of kind "email"'),
            ('mail = "mail"', 'every = "0 s"', "status.every"),
            ('mail = "mail"', 'mial = "mail"', 'Did you mean "mail"?'),
            (
                'mail = "mail"',
                'remediations = "public"',
                "needs an address where readers can read the runbook",
            ),
            ('mail = "mail"', 'remediations = "all"', "remediations"),
            ('mail = "mail"', 'runbook_url = "https://u:p@wiki.example/x"', "no user and no password"),
            ('checks = ["api"]', 'check = ["api"]', "status.components"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_key(
        self, tmp_path: Path, change: str, to: str, expected: str
    ) -> None:
        assert change in SETTINGS
        with pytest.raises(ConfigError) as caught:
            load(house(tmp_path, SETTINGS.replace(change, to)), {})
        assert expected in str(caught.value)
        assert "tocsin.toml:" in str(caught.value)
