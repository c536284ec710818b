"""Alertmanager's webhook receiver, version 4: groups of alerts, each with a state of its own.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from collections.abc import Mapping
from typing import TypeGuard

from tocsin.connectors.alert_source import Answered, Format, Inbound, Read
from tocsin.connectors.generic_json import GenericJson
from tocsin.connectors.prometheus_alert import Posted, alert, fingerprint
from tocsin.connectors.wire import Fields, json_value, moment_or
from tocsin.detection.alert import Alert
from tocsin.kit.keys import Keys

KIND = "alertmanager"
GROUP = "alertgroup"  # the label that carries the sender's own group
_STATES = ("firing", "resolved")


class AlertmanagerWebhook:
    """Reads notifications. A body templated into another shape is read as generic JSON."""

    kind = KIND

    def __init__(self) -> None:
        self._other = GenericJson()

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """There is no signature: the key in the path, or Basic or Bearer, is the proof."""
        return True

    def read(self, inbound: Inbound) -> Read:
        body = json_value(inbound.body)
        if not looks_like_it(body):
            return self._other.read(inbound)
        notices: list[str] = []
        alerts = notified(Fields(body), inbound, notices)
        return Read(alerts=alerts, set_aside=None if alerts else "not_an_alert", notices=tuple(notices))

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        return Answered(200, b"{}\n")

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        return Answered(status, "; ".join(errors).encode("utf-8", "replace"), "text/plain; charset=utf-8")


def looks_like_it(body: object) -> TypeGuard[dict[str, object]]:
    """Whether a JSON value has the shape of a notification: a list of alerts that are objects with labels."""
    match body:
        case {"alerts": list(items)}:
            return all(isinstance(item, dict) and isinstance(item.get("labels"), dict) for item in items)
        case _:
            return False


def notified(body: Fields, inbound: Inbound, notices: list[str]) -> tuple[Alert, ...]:
    """The alerts of a notification. What a cut one leaves out is left as it is: absence is no resolution (C15)."""
    cut = body.find("truncatedAlerts")
    if isinstance(cut, int) and cut > 0:
        notices.append(f"the sender cut {cut} alerts off; they are taken as unchanged")
    group = body.text("groupKey")
    return tuple(_one(each, group, inbound, notices) for each in body.objects("alerts"))


def _one(given: Fields, group: str, inbound: Inbound, notices: list[str]) -> Alert:
    labels = given.texts("labels")
    state = given.text("status")
    if state not in _STATES:
        notices.append(f'the status "{state[:40]}" is unknown; taken as firing')
    links = {
        name: found
        for name in ("generatorURL", "silenceURL", "dashboardURL", "panelURL")
        if (found := given.text(name))
    }
    if group:
        links[GROUP] = group
    values = given.text("valueString")
    if values:
        links["values"] = values
    starts = given.find("startsAt")
    posted = Posted(
        key=given.text("fingerprint") or fingerprint(labels),
        firing=state != "resolved",
        labels=labels,
        annotations=given.texts("annotations"),
        begun=moment_or(starts, inbound.received_at, notices),
        links=links,
    )
    return alert(posted, inbound.integration, inbound.received_at)


def _make(what: str, settings: Mapping[str, object]) -> AlertmanagerWebhook:
    Keys(what, settings).done()
    return AlertmanagerWebhook()


FORMAT = Format(KIND, _make)
