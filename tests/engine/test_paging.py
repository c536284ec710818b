"""Pages leave once, fail loudly, and a rehearsal rings nobody's phone."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.history import load as load_incident
from tocsin.engine.intake import accept_alert
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId

RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0**: Complete outage\n\n### 1. Down\n**Symptoms**: 502\n\n**Investigation**:\n```bash\nhostname\n```\n"


class Phone:
    """A real listener that answers with a status and remembers what it was sent."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.got: list[dict[str, object]] = []
        phone = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                phone.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(phone.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def phone(request: pytest.FixtureRequest) -> Iterator[Phone]:
    made = Phone(request.param)
    yield made
    made.server.shutdown()
    made.server.server_close()


def installation(folder: Path, phone: Phone, extra: str = "") -> App:
    (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    (folder / "tocsin.toml").write_text(
        f"""
[people.ana]
name = "Ana"
page = ["phone:ana"]
[people.bo]
name = "Bo"
page = ["sink:bo"]
[oncall]
level1 = ["ana"]
level2 = ["bo"]
[pagers.phone]
kind = "webhook"
url = "http://127.0.0.1:{phone.port}/"
{extra}
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "none"
""",
        encoding="utf-8",
    )
    app = App(load(folder / "tocsin.toml", {"PATH": "/usr/bin:/bin", "HOME": str(folder)}), SystemClock())
    app.start(threading.Event())
    return app


def alert(app: App, drill: bool = False) -> None:
    now = app.clock.now()
    accept_alert(
        app.database,
        Alert("x", AlertState.FIRING, "502", "api", now, {}, "Complete outage", None, drill),
        "{}",
        now,
    )


def incident(app: App) -> Incident:
    with app.database.read() as tx:
        return load_incident(tx, IncidentId("INC-1"))


def states(app: App) -> dict[str, str]:
    return {page.queued.person: page.state for page in incident(app).pages.values() if page.queued.urgent}


@pytest.mark.parametrize("phone", [200], indirect=True)
def test_a_page_is_sent_once_and_said_to_be_sent(phone: Phone, tmp_path: Path, deadline: Deadline) -> None:
    app = installation(tmp_path, phone)
    try:
        alert(app)
        deadline(lambda: states(app).get("ana") == "sent", what="ana's page is sent")
        assert len([page for page in phone.got if "502" in str(page)]) == 1
    finally:
        app.stop()


@pytest.mark.parametrize("phone", [400], indirect=True)
def test_a_channel_that_will_never_take_it_calls_the_next_level_at_once(
    phone: Phone, tmp_path: Path, deadline: Deadline
) -> None:
    app = installation(tmp_path, phone)
    try:
        alert(app)
        deadline(lambda: states(app).get("bo") == "sent", what="bo is paged instead")
        deadline(lambda: states(app).get("ana") == "failed", what="ana's page is given up")
        # A note of readiness may come to the same phone at any time.
        assert len([page for page in phone.got if "502" in str(page)]) == 1, (
            "a refusal for good is not tried again"
        )
    finally:
        app.stop()


@pytest.mark.parametrize("phone", [200], indirect=True)
def test_a_rehearsal_reaches_no_real_phone(phone: Phone, tmp_path: Path, deadline: Deadline) -> None:
    app = installation(tmp_path, phone)
    try:
        alert(app, drill=True)
        deadline(lambda: states(app).get("bo") == "sent", what="the sink of level 2 has it")
        # A note of readiness, which is no rehearsal, may come to the same phone at any time.
        assert [page for page in phone.got if "502" in str(page) or "DRILL" in str(page)] == []
        assert "DRILL" in (tmp_path / "var" / "pages.jsonl").read_text()
    finally:
        app.stop()


@pytest.mark.parametrize("phone", [200], indirect=True)
def test_a_rehearsal_reaches_a_phone_that_is_meant_for_it(
    phone: Phone, tmp_path: Path, deadline: Deadline
) -> None:
    app = installation(tmp_path, phone, "drill = true")
    try:
        alert(app, drill=True)
        deadline(lambda: states(app).get("ana") == "sent", what="ana's drill page")
        assert any("DRILL" in str(page) for page in phone.got)
    finally:
        app.stop()
