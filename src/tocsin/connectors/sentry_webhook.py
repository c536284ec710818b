"""Sentry's webhooks: those of the integration platform, which are signed, and of the older "WebHooks" plugin, which are not.

https://docs.sentry.io/organization/integrations/integration-platform/webhooks/. An issue alert and what becomes of its
issue share a key, so that resolving the issue in Sentry ends what the alert opened. Sentry waits one second.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.connectors.alert_source import Answered, Format, Inbound, Read, Unreadable
from tocsin.connectors.wire import NO_MATCH, Fields, doubted, json_object, moment_or, signed
from tocsin.detection.alert import Alert, AlertState
from tocsin.kit.keys import Keys

KIND = "sentry"
_RESOURCE, _SIGNATURE, _APP_SIGNATURE = (
    "sentry-hook-resource",
    "sentry-hook-signature",
    "sentry-app-signature",
)
_NO_ALERTS = ("installation", "comment", "error", "seer", "preprod_artifact")
_METRIC = {"critical": AlertState.FIRING, "warning": AlertState.FIRING, "resolved": AlertState.RESOLVED}


@dataclass(frozen=True, slots=True)
class SentryWebhook:
    """Reads the deliveries of one integration.

    Attributes:
        new_issues: whether a new issue is an alert by itself; else Sentry's own alert rules decide that.
    """

    new_issues: bool = False

    @property
    def kind(self) -> str:
        """As in the settings."""
        return KIND

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """The signature over the body as sent, empty or not.

        Where no secret is set, only the older plugin is believed: it signs nothing, its path is its credential.
        """
        given = inbound.headers.get(_SIGNATURE) or inbound.headers.get(_APP_SIGNATURE)
        if not secrets:
            return given is None and _RESOURCE not in inbound.headers
        return signed(secrets, inbound.raw, (given,) if given else ())

    def doubt(self, inbound: Inbound, secrets: tuple[str, ...]) -> str:
        """That our secret is missing, the header, or the signature another."""
        if not secrets:
            return "it is signed, and no secret is set for this integration"
        if _APP_SIGNATURE in inbound.headers:
            return NO_MATCH
        return doubted(inbound.headers, "Sentry-Hook-Signature")

    def read(self, inbound: Inbound) -> Read:
        """What it says. Raises Unreadable if the resource, action, data or installation is missing."""
        delivery = inbound.headers.get("request-id") or None
        resource = inbound.headers.get(_RESOURCE)
        if resource is None and _APP_SIGNATURE in inbound.headers:
            # A component of Sentry's own pages asks us something; it may have no body at all.
            return Read(delivery=delivery, set_aside="not_an_alert")
        body = json_object(inbound.body)
        if resource is None:
            return _of_plugin(inbound, body)
        missing = [
            name
            for name, there in (
                ("Sentry-Hook-Resource", bool(resource)),
                ("action", bool(body.text("action"))),
                ("data", isinstance(body.find("data"), dict)),
                ("installation.uuid", bool(body.text("installation", "uuid"))),
            )
            if not there
        ]
        if missing:
            raise Unreadable(*(f"{name} is missing" for name in missing))
        notices: list[str] = []
        read = self._platform(inbound, resource, body, notices)
        return Read(read.alerts, (), delivery, read.set_aside, tuple(notices))

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        """200 without a body."""
        return Answered(200)

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        """401 for a signature that proves nothing, 400 for a body that lacks something."""
        return Answered(status, json.dumps({"detail": "; ".join(errors)}).encode())

    def _platform(self, inbound: Inbound, resource: str, body: Fields, notices: list[str]) -> Read:
        action = body.text("action")
        match resource, action:
            case ("event_alert", "triggered"):
                return _issue_alert(inbound, body.at("data"), notices)
            case ("metric_alert", _) if action in _METRIC:
                return _metric_alert(inbound, action, body.at("data"), notices)
            case ("issue", "resolved"):
                return _issue(inbound, body.at("data", "issue"), AlertState.RESOLVED, notices)
            case ("issue", "unresolved"):
                return _issue(inbound, body.at("data", "issue"), AlertState.FIRING, notices)
            case ("issue", "created") if self.new_issues:
                return _issue(inbound, body.at("data", "issue"), AlertState.FIRING, notices)
            case ("issue", "created" | "assigned" | "unassigned"):
                return Read(set_aside="informational")
            case ("issue", "ignored" | "archived"):
                # Somebody said that it is to wake nobody; for us that ends the alert as a resolve does.
                return _issue(inbound, body.at("data", "issue"), AlertState.RESOLVED, notices)
            case _ if resource in _NO_ALERTS:
                return Read(set_aside="not_an_alert")
            case _:
                notices.append(
                    f'"{resource[:40]}" with the action "{action[:40]}" is unknown and opens nothing'
                )
                return Read(set_aside="not_an_alert")


def _issue_alert(inbound: Inbound, data: Fields, notices: list[str]) -> Read:
    event = data.at("event")
    issue = event.text("issue_id")
    if not issue:
        raise Unreadable("data.event.issue_id is missing")
    tags = _tags(event)
    labels = {
        "severity": _level(event.text("level"), notices),
        "rule": data.text("issue_alert", "title") or data.text("triggered_rule"),
        "culprit": event.text("culprit"),
        "project": event.first("project_slug", "project_name", "project"),
        "environment": tags.get("environment", "") or event.text("environment"),
        "release": tags.get("release", "") or event.text("release"),
        "server_name": tags.get("server_name", ""),
        "url": event.text("web_url"),
    }
    title = event.first("title", "message") or f"issue {issue}"
    return _one(inbound, f"issue:{issue}", AlertState.FIRING, title, _sent(inbound, notices), labels)


def _metric_alert(inbound: Inbound, action: str, data: Fields, notices: list[str]) -> Read:
    alert = data.at("metric_alert")
    number = alert.text("id")
    if not number:
        raise Unreadable("data.metric_alert.id is missing")
    title = data.text("description_title") or alert.text("title") or f"metric alert {number}"
    labels = {
        "severity": action if action != "resolved" else "",
        "rule": alert.text("alert_rule", "name") or alert.text("title"),
        "environment": alert.text("alert_rule", "environment"),
        "projects": ", ".join(_names(alert.find("projects"))),
        "description": data.text("description_text"),
        "url": data.text("web_url"),
    }
    return _one(inbound, f"metric:{number}", _METRIC[action], title, _sent(inbound, notices), labels)


def _issue(inbound: Inbound, issue: Fields, state: AlertState, notices: list[str]) -> Read:
    number = issue.text("id")
    if not number:
        raise Unreadable("data.issue.id is missing")
    labels = {
        "severity": _level(issue.text("level"), notices) if state is AlertState.FIRING else "",
        "culprit": issue.text("culprit"),
        "project": issue.text("project", "slug") or issue.text("project", "name"),
        "issue": issue.text("shortId"),
        "status": issue.text("status"),
        "url": issue.first("web_url", "permalink"),
    }
    title = issue.text("title") or f"issue {number}"
    return _one(inbound, f"issue:{number}", state, title, _sent(inbound, notices), labels)


def _of_plugin(inbound: Inbound, body: Fields) -> Read:
    """The older plugin: one body for every alert, and nothing that resolves."""
    number = body.text("id")
    if not number:
        raise Unreadable("neither the header Sentry-Hook-Resource nor an id of an issue is there")
    notices: list[str] = []
    rules = body.find("triggering_rules")
    labels = {
        "severity": _level(body.text("level"), notices),
        "rule": ", ".join(_names(rules)),
        "culprit": body.text("culprit"),
        "project": body.first("project_slug", "project", "project_name"),
        "url": body.text("url"),
    }
    title = body.text("message") or body.text("event", "title") or body.text("culprit") or f"issue {number}"
    found = _one(inbound, f"issue:{number}", AlertState.FIRING, title, inbound.received_at, labels)
    return Read(found.alerts, notices=tuple(notices))


def _sent(inbound: Inbound, notices: list[str]) -> datetime:
    """When Sentry sent it: one clock for everything it says of an issue.

    The times in the body are none for this: that of an event is told by the device it happened on, that of a metric
    alert is the beginning of the whole episode.
    """
    stamp = inbound.headers.get("sentry-hook-timestamp", "")
    if stamp.isascii() and stamp.isdecimal() and len(stamp) <= 15:
        return moment_or(int(stamp), inbound.received_at, notices)
    return moment_or(stamp, inbound.received_at, notices)


def _one(
    inbound: Inbound, key: str, state: AlertState, title: str, at: datetime, labels: dict[str, str]
) -> Read:
    alert = Alert(
        fingerprint=f"{inbound.integration}:{key}",
        state=state,
        title=title,
        source=inbound.integration,
        at=at,
        labels={name: value for name, value in labels.items() if value},
    )
    return Read((alert,))


def _level(level: str, notices: list[str]) -> str:
    """Sentry's levels are names of severities already, but for "sample" and "debug"."""
    if level not in ("fatal", "error", "warning", "info", "debug", "sample", ""):
        notices.append(f'the level "{level[:40]}" is unknown')
    return {"debug": "info", "sample": "info"}.get(level, level)


def _tags(event: Fields) -> dict[str, str]:
    """Tags are pairs: [["environment", "production"], …]."""
    match event.find("tags"):
        case list(pairs):
            return {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, list) and len(pair) == 2}
        case _:
            return {}


def _names(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _make(what: str, settings: Mapping[str, object]) -> SentryWebhook:
    keys = Keys(what, settings)
    new_issues = keys.flag("new_issues")
    keys.done()
    return SentryWebhook(new_issues)


# Not `signed`: the older plugin signs nothing, and without a secret only it is let in.
FORMAT = Format(KIND, _make)
