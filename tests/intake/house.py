"""A tocsin on loopback with integrations of the formats of PagerDuty, Alertmanager and Grafana, for the tests of the intake."""

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx2
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import Settings, load
from tocsin.engine.history import load as load_incident
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId
from tocsin.store import alert_rows, incidents, requests, signals
from tocsin.store.incidents import IncidentRow
from tocsin.store.requests import Ledger, State, Stored
from tocsin.web.server import Door

PATIENCE = timedelta(seconds=90)
OWN = "tocsin:intake:"
PD = "e93facc04764012d7bfb002500d5d1a6"
OTHER_PD = "0000000004764012d7bfb002500d5d1a"
V1 = "aaaafacc04764012d7bfb002500d5d1a"
AM, AM_OLD = "amkey-0123456789abcdef0123", "amold-0123456789abcdef0123"
API, OTHER_API = "apikey-0123456789abcdef012", "other-0123456789abcdef0123"
GRAFANA, SIGNED_GRAFANA, STAMPED = (
    "grafana-0123456789abcdef01",
    "signed-0123456789abcdef012",
    "stamped-0123456789abcdef01",
)
HOOK, SECRET, OLD_SECRET = "hook-0123456789abcdef01234", "shared-secret", "older-secret"
DISABLED = "disabled-0123456789abcdef0"
RUNBOOK = """# Shop

## Severity Levels
- **P0**: Complete outage
- **P1**: Partial outage
- **P2**: Slow
- **P3**: Cosmetic

### 1. Disk Full
**Symptoms**: disk at 99 %

**Investigation**:
```bash
hostname
```

### 2. API Not Responding
**Symptoms**: 502

**Investigation**:
```bash
hostname
```
"""
SETTINGS = f"""
[people.ana]
name = "Ana Smith"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:0"
[[integrations]]
name = "pd"
kind = "pagerduty-events"
key = "{PD}"
[[integrations]]
name = "pd-other"
kind = "pagerduty-events"
key = "{OTHER_PD}"
[[integrations]]
name = "v1"
kind = "pagerduty-events-v1"
key = "{V1}"
[[integrations]]
name = "am"
kind = "alertmanager"
key = "{AM}"
old_key = "{AM_OLD}"
severity = {{ ticket = "record" }}
[[integrations]]
name = "off"
kind = "alertmanager"
key = "{DISABLED}"
enabled = false
[[integrations]]
name = "prom"
kind = "alertmanager-api"
key = "{API}"
[[integrations]]
name = "prom-other"
kind = "alertmanager-api"
key = "{OTHER_API}"
[[integrations]]
name = "grafana"
kind = "grafana"
key = "{GRAFANA}"
group_by = ["service"]
[[integrations]]
name = "grafana-signed"
kind = "grafana"
key = "{SIGNED_GRAFANA}"
secret = "secret"
[[integrations]]
name = "grafana-stamped"
kind = "grafana"
key = "{STAMPED}"
secret = "secret"
timestamp_header = "X-Stamp"
[[integrations]]
name = "pd-hook"
kind = "pagerduty"
key = "{HOOK}"
secret = "{SECRET}"
old_secret = "{OLD_SECRET}"
own = "OURS"
"""


class House:
    """The engine and its door in this process. Killed and begun again by `again`."""

    def __init__(
        self, folder: Path, deadline: Deadline, variables: Mapping[str, str] | None = None, more: str = ""
    ) -> None:
        self.folder, self._deadline = folder, deadline
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        self.file = folder / "tocsin.toml"
        self.file.write_text(SETTINGS + more, encoding="utf-8")
        self._variables = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **(variables or {})}
        self.begin()

    def begin(self) -> None:
        self.settings: Settings = load(self.file, self._variables)
        door = Door.bind(self.settings)
        assert door is not None
        self.app = App(self.settings, SystemClock())
        self.app.start(threading.Event())
        door.open(self.app)
        self.door = door
        self.url = f"http://{door.address}"
        self.http = httpx2.Client(base_url=self.url, trust_env=False, timeout=60)

    def end(self) -> None:
        self.http.close()
        self.door.close()
        self.app.stop()

    def event(self, key: str = PD, action: str = "trigger", **more: object) -> httpx2.Response:
        """A PagerDuty event."""
        body: dict[str, object] = {"routing_key": key, "event_action": action, **more}
        if action == "trigger" and "payload" not in more:
            body["payload"] = {"summary": "disk at 99 %", "source": "db1", "severity": "critical"}
        return self.http.post("/v2/enqueue", json=body)

    def alertmanager(self, body: object, key: str = AM, **headers: str) -> httpx2.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post(
            f"/hooks/alertmanager/{key}", content=raw, headers={"content-type": "application/json", **headers}
        )

    def api(
        self, body: object, key: str = API, content_type: str | None = "application/json"
    ) -> httpx2.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if content_type is None else {"content-type": content_type}
        return self.http.post(f"/k/{key}/api/v2/alerts", content=raw, headers=headers)

    def hook(self, event: object, secret: str = SECRET, signature: str | None = None) -> httpx2.Response:
        raw = json.dumps(event).encode()
        signed = (
            f"v1={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}"
            if signature is None
            else signature
        )
        headers = {
            "content-type": "application/json",
            **({"x-pagerduty-signature": signed} if signed else {}),
        }
        return self.http.post(f"/hooks/pagerduty/{HOOK}", content=raw, headers=headers)

    def requests(self) -> list[Stored]:
        """Every request, the oldest first, when all of them are read and decided."""
        found: list[Stored] = []

        def quiet() -> bool:
            with self.app.database.read() as tx:
                if (
                    self.app.intake.admission.waiting
                    or requests.pending(tx, 1)
                    or signals.waiting(tx)
                    or incidents.unaccounted(tx)
                ):
                    return False
                # Within the same look: a sender that goes on by itself would be seen half in the next.
                found[:] = reversed(requests.listing(tx, 10_000))
            return True

        self._deadline(quiet, what="all is read and decided", within=PATIENCE)
        return found

    def states(self) -> list[State]:
        return [each.request.state for each in self.requests()]

    def incidents(self) -> list[IncidentRow]:
        """All incidents of senders, the oldest first, when all is decided."""
        return [row for row in self._rows() if not all(name.startswith(OWN) for name in row.fingerprints)]

    def alarms(self) -> list[str]:
        """What tocsin says of its own intake."""
        self.app.intake.keeper.recount()
        return [row.title for row in self._rows() if all(name.startswith(OWN) for name in row.fingerprints)]

    def _rows(self) -> list[IncidentRow]:
        self.requests()
        with self.app.database.read() as tx:
            return sorted(incidents.listing(tx, limit=10_000), key=lambda row: row.number)

    def incident(self, name: str = "INC-1") -> Incident:
        self.requests()
        with self.app.database.read() as tx:
            return load_incident(tx, IncidentId(name))

    def fates(self, number: int = -1) -> list[str]:
        """What became of each alert of a request: the incident, or the reason it is suppressed."""
        stored = self.requests()[number]
        with self.app.database.read() as tx:
            rows = alert_rows.of_request(tx, stored.id)
        return [incident or (why or "?").partition(":")[0] for _, incident, why in rows]

    def ledger(self) -> Ledger:
        self.requests()
        with self.app.database.read() as tx:
            return requests.ledger(tx)

    def pages(self) -> int:
        """How many pages went out."""
        file = self.settings.data / "pages.jsonl"
        return len(file.read_text().splitlines()) if file.exists() else 0


def notification(*alerts: Mapping[str, object], **more: object) -> dict[str, object]:
    """What Alertmanager 0.25 posts."""
    firing = any(each["status"] == "firing" for each in alerts)
    return {
        "receiver": "ok", "status": "firing" if firing else "resolved", "alerts": list(alerts), "groupLabels": {},
        "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://am:9093", "version": "4",
        "groupKey": "", "truncatedAlerts": 0, **more,
    }  # fmt: skip


def one(
    name: str = "A", status: str = "firing", fingerprint: str = "8a5aefcebcf99816", **more: object
) -> dict[str, object]:
    """One alert of a notification."""
    return {
        "status": status, "labels": {"alertname": name, "severity": "critical"}, "annotations": {"summary": f"{name} is wrong"},
        "startsAt": "2026-11-21T18:34:26.949488339Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
        "fingerprint": fingerprint, **more,
    }  # fmt: skip
