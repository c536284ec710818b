"""The page stays readable when tocsin was killed and its database stopped: files that need nothing but a web server."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

import feedparser
import html5lib
import httpx2
import pytest
from tests.conftest import Deadline
from tests.crash.test_intake import WITHIN, Life, server  # noqa: F401 -- server is a fixture

from tocsin.sandbox.postgres import Postgres

pytestmark = pytest.mark.xdist_group("machine")

HTML = "{http://www.w3.org/1999/xhtml}"
SETTINGS = """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:0"
[[checks]]
name = "api"
kind = "tcp"
host = "127.0.0.1"
port = PORT
every = "1 s"
[status]
url = "https://status.example.org"
name = "Shop"
directory = "page"
[[status.components]]
name = "API"
checks = ["api"]
"""


class Quiet(SimpleHTTPRequestHandler):
    """Python's own server of files, without its log."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """A web server that knows nothing of tocsin, over the folder of the page."""
    folder = tmp_path / "var" / "page"  # where it will be
    static = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=static.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{static.server_port}"
    static.shutdown()
    thread.join()
    static.server_close()


def test_with_tocsin_killed_and_its_database_stopped_every_page_and_feed_is_still_read(
    tmp_path: Path,
    elsewhere: str,
    server: Postgres,  # noqa: F811 -- the fixture of that name
    deadline: Deadline,
) -> None:
    (tmp_path / "runbook.md").write_text("# Shop\n\n### 1. Down\n**Symptoms**: 502\n", encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(
        SETTINGS.replace("PORT", elsewhere.rpartition(":")[2]), encoding="utf-8"
    )

    def read(path: str) -> httpx2.Response:
        return httpx2.get(f"{elsewhere}/{path}", timeout=60)

    def known() -> bool:
        answer = read("api/v2/components.json")
        return answer.status_code == 200 and answer.json()["components"][0]["status"] == "operational"

    life = Life(tmp_path, 0, server.url("tocsin"), deadline)
    try:
        deadline(known, what="the page says how it stands", within=WITHIN)
    finally:
        life.kill()
    server.stop()

    seen, waiting = set[str](), ["index.html"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = read(path)
        assert answer.status_code == 200, path
        if path.endswith(".html"):
            root = html5lib.HTMLParser(strict=True).parse(answer.text)
            links = [each.get("href") or "" for each in root.iter(f"{HTML}a")]
            waiting += [
                urljoin(path, link).split("#")[0]
                for link in links
                if "://" not in link and not link.startswith("#")
            ]
    assert {
        "index.html",
        "history.html",
        "history.rss",
        "history.atom",
        "feed.json",
        "api/v2/summary.json",
    } <= seen
    shown = read("index.html").text
    assert "Shop status" in shown
    assert "As of " in shown, "a reader can judge how old it is"
    assert read("api/v2/summary.json").json()["page"]["name"] == "Shop"
    assert json.loads(read("feed.json").text)["version"] == "https://jsonfeed.org/version/1.1"
    for feed in ("history.rss", "history.atom"):
        assert not feedparser.parse(read(feed).content).bozo
    assert ElementTree.fromstring(read("badges/api.svg").content).get("role") == "img"
