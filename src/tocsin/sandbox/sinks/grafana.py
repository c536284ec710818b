"""A stand-in for Grafana: a door for the team's "existing Grafana webhook", and unified alerts in its name."""

from datetime import datetime

import msgspec

from tocsin.kit.clock import Clock
from tocsin.sandbox.sinks.recording import MARK, Answer, Request, StandIn, answer_json
from tocsin.sandbox.sinks.signed import Signed, hexadecimal

_NEVER = "0001-01-01T00:00:00Z"


class Grafana(StandIn):
    """Takes any JSON, and says what came."""

    def __init__(self, *, port: int = 0, clock: Clock | None = None) -> None:
        """Listen at once."""
        super().__init__(port=port, clock=clock)

    @property
    def hook(self) -> str:
        """Where a webhook may be sent; every other path takes it too."""
        return f"{self.url}/hook"

    @property
    def received(self) -> tuple[dict[str, object], ...]:
        """Every JSON object that came."""
        return tuple(body for one in self.requests if (body := _object(one)) is not None)

    def answer(self, request: Request) -> Answer:
        """200 for a JSON object, 400 for anything else."""
        if request.method not in {"POST", "PUT"}:
            return answer_json(405, {"message": "method not allowed"})
        if _object(request) is None:
            return answer_json(400, {"message": "bad request data"})
        return answer_json(200, {"message": "alert received"})

    def alert(
        self, name: str, *, firing: bool = True, secret: str | None = None, since: datetime | None = None
    ) -> Signed:
        """A notification of unified alerting about one alert.

        Args:
            secret: signs the body together with its time; None sends it unsigned.
            since: when the alert began; now by default.
        """
        status = "firing" if firing else "resolved"
        now = self.clock.now()
        labels = {"alertname": name, "drill": MARK}
        alert = {
            "status": status,
            "labels": labels,
            "annotations": {"summary": f"{MARK}: {name}"},
            "startsAt": (since or now).isoformat(),
            "endsAt": _NEVER if firing else now.isoformat(),
            "generatorURL": f"{self.url}/alerting/{name}",
            "fingerprint": hexadecimal("", name.encode())[:16],
            "values": None,
        }
        body = msgspec.json.encode(
            {
                "receiver": "tocsin",
                "status": status,
                "alerts": [alert],
                "groupLabels": {"alertname": name},
                "commonLabels": labels,
                "commonAnnotations": {"summary": f"{MARK}: {name}"},
                "externalURL": self.url,
                "version": "1",
                "groupKey": f'{{}}:{{alertname="{name}"}}',
                "truncatedAlerts": 0,
                "orgId": 1,
                "title": f"[{status.upper()}:1] {name}",
                "state": "alerting" if firing else "ok",
                "message": f"{MARK}: {name}",
            }
        )
        headers = {"Content-Type": "application/json", "User-Agent": "Grafana"}
        if secret is not None:
            at = str(int(now.timestamp()))
            headers["X-Grafana-Alerting-Timestamp"] = at
            headers["X-Grafana-Alerting-Signature"] = hexadecimal(secret, at.encode() + b":" + body)
        return Signed(body, headers)


def _object(request: Request) -> dict[str, object] | None:
    try:
        return msgspec.json.decode(request.body, type=dict[str, object])
    except msgspec.MsgspecError:
        return None
