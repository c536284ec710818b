"""Grafana's webhook contact point: unified alerting (version 1), and the body of Grafana 8 and older.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from collections.abc import Mapping
from datetime import timedelta

from tocsin.connectors.alert_source import Answered, Format, Inbound, Read
from tocsin.connectors.alertmanager_webhook import looks_like_it, notified
from tocsin.connectors.generic_json import GenericJson
from tocsin.connectors.wire import Fields, doubted, fresh, json_value, out_of_time, signed
from tocsin.detection.alert import Alert, AlertState
from tocsin.kit.keys import Keys

KIND = "grafana"
_HEADER = "X-Grafana-Alerting-Signature"
_WITHIN = timedelta(seconds=300)


class GrafanaWebhook:
    """Reads notifications.

    Args:
        header: where the signature stands. stamp: where its time stands, if Grafana is set to sign one.
    """

    kind = KIND

    def __init__(self, header: str = _HEADER, stamp: str | None = None) -> None:
        self._header, self._stamp = header.lower(), stamp.lower() if stamp else None
        self._other = GenericJson()

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """With a secret every request is signed; without one the key in the path is the proof."""
        if not secrets:
            return True
        stamp = self._signed_at(inbound)
        if stamp is not None and not fresh(stamp, inbound.received_at, _WITHIN):
            return False
        return self._signed(inbound, secrets)

    def doubt(self, inbound: Inbound, secrets: tuple[str, ...]) -> str:
        """That a header is missing, the time too far off, or the signature another."""
        stamp = self._signed_at(inbound)
        if stamp is not None and self._signed(inbound, secrets):
            return out_of_time(stamp, inbound.received_at, _WITHIN)
        if stamp == "" and self._stamp is not None:
            return f"the header {self._stamp} is missing"
        return doubted(inbound.headers, self._header)

    def _signed_at(self, inbound: Inbound) -> str | None:
        return None if self._stamp is None else inbound.headers.get(self._stamp, "")

    def _signed(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        stamp = self._signed_at(inbound)
        text = inbound.raw if stamp is None else stamp.encode("utf-8", "replace") + b":" + inbound.raw
        return signed(secrets, text, (inbound.headers.get(self._header, ""),))

    def read(self, inbound: Inbound) -> Read:
        body, notices = json_value(inbound.body), list[str]()
        if looks_like_it(body):
            alerts = notified(Fields(body), inbound, notices)
        elif (old := _old(body)) is not None:
            alerts = _legacy(old, inbound)
        else:
            return self._other.read(inbound)
        return Read(alerts=alerts, set_aside=None if alerts else "not_an_alert", notices=tuple(notices))

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        return Answered(200, b"{}\n")

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        return Answered(status, "; ".join(errors).encode("utf-8", "replace"), "text/plain; charset=utf-8")


def _old(body: object) -> Fields | None:
    """The body of Grafana 8 and older, or None."""
    match body:
        case {"ruleId": _, "state": str(), **_rest} if isinstance(body, dict):
            return Fields(body)
        case _:
            return None


def _legacy(body: Fields, inbound: Inbound) -> tuple[Alert, ...]:
    state, name = body.text("state"), body.text("ruleName")
    if state in ("paused", "pending"):
        return ()
    labels = {"alertname": name, "ruleId": body.text("ruleId"), **body.texts("tags")}
    if state == "no_data":
        labels.setdefault("severity", "warning")
    for match_ in body.objects("evalMatches"):
        labels.setdefault(match_.text("metric") or "value", match_.text("value"))
    if body.text("message"):
        labels["description"] = body.text("message")
    if body.text("ruleUrl"):
        labels["ruleUrl"] = body.text("ruleUrl")
    alert = Alert(
        f"{inbound.integration}:{body.text('ruleId')}",
        AlertState.RESOLVED if state == "ok" else AlertState.FIRING,
        body.text("title") or name or "an alert without a name",
        inbound.integration,
        inbound.received_at,
        labels,
    )
    return (alert,)


def _make(what: str, settings: Mapping[str, object]) -> GrafanaWebhook:
    keys = Keys(what, settings)
    header, stamp = keys.text_or_none("signature_header"), keys.text_or_none("timestamp_header")
    keys.done()
    return GrafanaWebhook(header or _HEADER, stamp)


FORMAT = Format(KIND, _make)
