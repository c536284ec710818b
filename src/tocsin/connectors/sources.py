"""From the kind written in `[[integrations]]` to the format that reads its requests. One line per format.

Others add one by an entry point of the group `tocsin.sources`: a `Format` (see `connectors.alert_source`).
"""

from importlib.metadata import entry_points

from tocsin.connectors import (
    alertmanager_api,
    alertmanager_webhook,
    generic_json,
    github_webhook,
    grafana_webhook,
    opsgenie_api,
    pagerduty_events,
    pagerduty_events_v1,
    pagerduty_webhooks,
    sentry_webhook,
    stripe_webhook,
)
from tocsin.connectors.alert_source import Format
from tocsin.errors import ConfigError
from tocsin.kit.keys import did_you_mean

GROUP = "tocsin.sources"
_OURS = {
    each.kind: each
    for each in (
        alertmanager_api.FORMAT,
        alertmanager_webhook.FORMAT,
        generic_json.FORMAT,
        github_webhook.FORMAT,
        grafana_webhook.FORMAT,
        opsgenie_api.FORMAT,
        pagerduty_events.FORMAT,
        pagerduty_events_v1.FORMAT,
        pagerduty_webhooks.FORMAT,
        sentry_webhook.FORMAT,
        stripe_webhook.FORMAT,
    )
}


def find(kind: str) -> Format:
    """The format of this kind. Raises ConfigError for one nobody knows, naming those known, and for a broken plug-in."""
    if kind in _OURS:
        return _OURS[kind]
    # Only now: looking through every installed package takes longer than everything else here.
    others = {entry.name: entry for entry in entry_points(group=GROUP)}
    if kind not in others:
        raise ConfigError(
            f"unknown kind of integration {kind!r}.", hint=did_you_mean(kind, {*_OURS, *others})
        )
    try:
        found = others[kind].load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"integration of kind {kind!r}: its package could not be loaded: {error}.",
            hint=f"Install what provides {others[kind].value}.",
        ) from error
    if not isinstance(found, Format):
        raise ConfigError(
            f"integration of kind {kind!r}: {others[kind].value} is no Format.",
            hint="See tocsin.connectors.alert_source.",
        )
    return found


def kinds() -> tuple[str, ...]:
    """The kinds that come with tocsin."""
    return tuple(sorted(_OURS))
