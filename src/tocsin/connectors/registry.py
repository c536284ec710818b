"""From the kind written in the settings to the connector that carries it out.

Others add a pager by an entry point of the group `tocsin.pagers`: a function like `from_settings` here.
"""

from collections.abc import Callable, Mapping

from tocsin.connectors import (
    email_pager,
    file_pager,
    ntfy_pager,
    pagerduty_pager,
    slack_pager,
    twilio_pager,
    webhook_pager,
)
from tocsin.connectors.api import Pager
from tocsin.errors import ConfigError
from tocsin.kit.keys import did_you_mean
from tocsin.kit.plugins import plugins

PagerFactory = Callable[[str, Mapping[str, object]], Pager]

GROUP = "tocsin.pagers"
_OURS: Mapping[str, PagerFactory] = {
    "email": email_pager.from_settings,
    "file": file_pager.from_settings,
    "ntfy": ntfy_pager.from_settings,
    "pagerduty": pagerduty_pager.from_settings,
    "slack": slack_pager.from_settings,
    "sms": twilio_pager.sms,
    "voice": twilio_pager.voice,
    "webhook": webhook_pager.from_settings,
}


def pager(kind: str, settings: Mapping[str, object]) -> Pager:
    """The pager of this kind with these settings (without the key that named the kind).

    Raises ConfigError for an unknown kind or key, naming those known, and for a plug-in that cannot be loaded.
    """
    what = f"pager of kind {kind!r}"
    if kind in _OURS:
        return _OURS[kind](what, settings)
    others = plugins(GROUP)
    if kind not in others:
        raise ConfigError(f"unknown kind of pager {kind!r}.", hint=did_you_mean(kind, {*_OURS, *others}))
    try:
        factory: PagerFactory = others[kind].load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"{what}: its package could not be loaded: {error}.",
            hint='Install it: tocsin[notify] for "apprise", else what provides ' + others[kind].value + ".",
        ) from error
    return factory(what, settings)
