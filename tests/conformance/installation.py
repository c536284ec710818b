"""A tocsin with its door open and one integration of each format, for senders on loopback."""

import json
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx2
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.kit.clock import SystemClock
from tocsin.store import alert_rows, incidents, requests
from tocsin.store.requests import State, Stored
from tocsin.web.server import Door

PATIENCE = timedelta(seconds=90)
KINDS = ("github", "stripe", "sentry", "json", "opsgenie", "pagerduty-events")
# 32 characters, as PagerDuty's senders insist on.
KEYS = {kind: f"{kind}-0123456789abcdef0123456789abcdef"[:32] for kind in KINDS}
SECRETS = {"github": "It's a Secret to Everybody", "stripe": "whsec_test_secret", "sentry": "client-secret"}
OLD_SECRETS = {"github": "an older secret", "stripe": "whsec_older", "sentry": "older-client-secret"}
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage
- **P1 (High)**: Partial service outage
- **P2 (Medium)**: Slow

### 1. Checkout Errors
**Symptoms**: errors at checkout, ReferenceError

**Investigation**:
```bash
# Who are we
hostname
```

### 2. Payment Disputes
**Symptoms**: a Stripe dispute with the reason fraudulent

**Investigation**:
```bash
# Who are we
hostname
```

### 3. Broken Deployment
**Symptoms**: deployment to production failed

**Investigation**:
```bash
# Who are we
hostname
```

### 4. Missing Backup
**Symptoms**: backup failed

**Investigation**:
```bash
# Who are we
hostname
```
"""


def settings_text() -> str:
    tables = [
        '[people.ana]\nname = "Ana"\npage = ["sink:ana"]\n[oncall]\nlevel1 = ["ana"]\n[pagers.sink]\nkind = "file"\n'
        'path = "pages.jsonl"\n[web]\nlisten = "127.0.0.1:0"\n[[heartbeats]]\nname = "nightly"\nevery = "1 day"\n'
    ]
    for kind, key in KEYS.items():
        lines = [f'[[integrations]]\nname = "{kind}-prod"\nkind = "{kind}"\nkey = "{key}"']
        if kind in SECRETS:
            lines += [
                f"secret = {json.dumps(SECRETS[kind])}",
                f"old_secret = {json.dumps(OLD_SECRETS[kind])}",
            ]
        tables.append("\n".join(lines) + "\n")
    return "\n".join(tables)


class Installation:
    """The engine and its door in this process."""

    def __init__(self, folder: Path, deadline: Deadline) -> None:
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        file = folder / "tocsin.toml"
        file.write_text(settings_text(), encoding="utf-8")
        settings = load(file, {"PATH": "/usr/bin:/bin", "HOME": str(folder)})
        door = Door.bind(settings)
        assert door is not None
        self.app = App(settings, SystemClock())
        self.app.start(threading.Event())
        door.open(self.app)
        self.door = door
        self.url = f"http://{door.address}"
        self._deadline = deadline

    def stop(self) -> None:
        self.door.close()
        self.app.stop()

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> httpx2.Response:
        named = {"content-type": "application/json", **(headers or {})}
        return httpx2.request(method, self.url + path, content=body, headers=named, timeout=60)

    def hook(self, kind: str, body: object, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.post(f"/hooks/{kind}/{KEYS[kind]}", raw, headers)

    def get(self, path: str) -> dict[str, object]:
        found: dict[str, object] = httpx2.get(self.url + path, timeout=60).json()
        return found

    def settled(self) -> list[Stored]:
        """Every stored request, the oldest first, when nothing of them waits any more."""

        found: list[Stored] = []

        def quiet() -> bool:
            # What the disk did not take within half a second was answered all the same and waits in the spool.
            if self.app.intake.admission.waiting:
                return False
            with self.app.database.read() as tx:
                waiting = requests.pending(tx, 1) or incidents.unaccounted(tx)
                # Of the same look: what comes meanwhile would be seen half in the next.
                found[:] = reversed(requests.listing(tx, 1_000))
            return not waiting and all(each.request.state is not State.PENDING for each in found)

        self._deadline(quiet, what="every request is read and every alert accounted for", within=PATIENCE)
        return found

    def incidents(self) -> list[incidents.IncidentRow]:
        """All incidents, the oldest first, when everything that came was decided."""
        self.settled()
        with self.app.database.read() as tx:
            return sorted(incidents.listing(tx), key=lambda row: row.number)

    def outcome(self, request: Stored) -> list[str]:
        """What became of each alert of a request: the incident, or why none."""
        with self.app.database.read() as tx:
            rows = alert_rows.of_request(tx, request.id)
        return [incident or suppressed or "?" for _, incident, suppressed in rows]
