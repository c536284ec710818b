"""kill -9 of `tocsin serve` while Debian's Alertmanager waits for its answer: it comes again, and it is one incident."""

from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Deadline
from tests.crash.test_intake import SETTINGS, WITHIN, Life, address, installation, server  # noqa: F401 -- three are fixtures
from tests.intake.senders import Between, alertmanager, amtool

AM = "amkey-0123456789abcdef0123"
MORE = f'[[integrations]]\nname = "am"\nkind = "alertmanager"\nkey = "{AM}"\n'
NAME = "alertname=Xkilled"


@pytest.mark.parametrize("dies", ["die", "lose"], ids=["before it answers", "while its answer is under way"])
def test_what_alertmanager_told_a_dying_process_is_one_incident(
    installation: Path,  # noqa: F811 -- the fixture of that name
    address: str | None,  # noqa: F811 -- the fixture of that name
    tmp_path: Path,
    deadline: Deadline,
    dies: str,
) -> None:
    (installation / "tocsin.toml").write_text(SETTINGS + MORE, encoding="utf-8")
    life = Life(installation, 0, address, deadline)
    wire = Between(
        life.url.removeprefix("http://"), lambda number: dies if number == 1 else "pass", die=life.kill
    )
    folder = tmp_path / "sender"
    folder.mkdir()
    receiver = f"  webhook_configs:\n  - url: http://127.0.0.1:{wire.port}/hooks/alertmanager/{AM}\n"
    sender = alertmanager(folder, receiver)
    url = f"http://127.0.0.1:{sender.port}"

    def incidents() -> list[dict[str, object]]:
        found: list[dict[str, object]] = httpx2.get(f"{life.url}/api/v1/incidents", timeout=60).json()[
            "incidents"
        ]
        return found

    def ledger() -> dict[str, int]:
        counted: dict[str, int] = httpx2.get(f"{life.url}/api/v1/intake/ledger", timeout=60).json()
        return counted

    try:
        deadline(sender.ready, what="the sender is up", within=WITHIN)
        amtool(url, "alert", "add", NAME, "severity=critical", "--annotation=summary=disk at 99 %")
        deadline(lambda: life.process.poll() is not None, what="it is killed", within=WITHIN)
        life = Life(installation, 1, address, deadline)
        wire.lead(life.url.removeprefix("http://"))
        deadline(
            lambda: 200 in wire.answers and incidents(), what="it came again", within=timedelta(minutes=5)
        )
        amtool(url, "alert", "add", NAME, "severity=critical", "--end=2020-01-01T00:00:00Z", "--start=2019-01-01T00:00:00Z")  # fmt: skip
        deadline(lambda: ledger()["linked"] >= 2, what="its end is linked to it", within=WITHIN)
        assert len(incidents()) == 1
        assert ledger()["balanced"]
    finally:
        life.kill()
        sender.end()
        wire.close()
