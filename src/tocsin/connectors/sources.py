"""From the kind written in `[[integrations]]` to the format that reads its requests. One line per format.

Others add one by an entry point of the group `tocsin.sources`: a `Format` (see `connectors.alert_source`).
"""

from tocsin.connectors.alert_source import Format
from tocsin.errors import ConfigError
from tocsin.kit.keys import did_you_mean
from tocsin.kit.late import late
from tocsin.kit.plugins import plugins

GROUP = "tocsin.sources"
# Kind -> module of this package. Loaded when it is asked for: some bring 2 MB along, and most installations take two or three.
_OURS = {
    "alertmanager": "alertmanager_webhook",
    "alertmanager-api": "alertmanager_api",
    "github": "github_webhook",
    "grafana": "grafana_webhook",
    "json": "generic_json",
    "opsgenie": "opsgenie_api",
    "pagerduty": "pagerduty_webhooks",
    "pagerduty-events": "pagerduty_events",
    "pagerduty-events-v1": "pagerduty_events_v1",
    "sentry": "sentry_webhook",
    "stripe": "stripe_webhook",
}


def find(kind: str) -> Format:
    """The format of this kind. Raises ConfigError for one nobody knows, naming those known, and for a broken plug-in."""
    if kind in _OURS:
        ours: Format = late(f"tocsin.connectors.{_OURS[kind]}").FORMAT
        return ours
    others = plugins(GROUP)
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
