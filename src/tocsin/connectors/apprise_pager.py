"""Pages through any service that apprise knows (extra `notify`). The address is an apprise URL.

apprise says only whether a message was taken: there is no key, no receipt and no reason. It is for services that
have no pager of their own here, and a fall-back beside them.
"""

import logging
from collections.abc import Mapping

import apprise

from tocsin.connectors.api import Manners, PageMessage, Receipt
from tocsin.errors import Permanent, Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys

# It writes whole addresses, with the tokens in them, at levels that somebody may have turned on.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class ApprisePager:
    """Hands pages to apprise."""

    manners = Manners("other", (), bundles=True)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def page(self, message: PageMessage) -> Receipt:
        """Send it; returns when the service has taken it. Raises Permanent for an address apprise cannot read, else Temporary."""
        sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="tocsin", async_mode=False))
        scheme = message.address.partition("://")[0]
        if not sender.add(message.address):
            raise Permanent(
                f"apprise: the address of {message.to} ({scheme}://…) is none that apprise can read.",
                hint="See https://github.com/caronc/apprise/wiki for how each service is written.",
            )
        kind = apprise.NotifyType.FAILURE if message.kind in ("page", "ask") else apprise.NotifyType.INFO
        body = f"{message.body}\n\n{message.link}" if message.link else message.body
        if not sender.notify(body=body, title=message.subject, notify_type=kind):
            raise Temporary(f"apprise: {scheme} did not take the message for {message.to}.")
        return Receipt(f"apprise {scheme}", self._clock.now())


def from_settings(what: str, settings: Mapping[str, object]) -> ApprisePager:
    """The pager; it takes no keys. Raises ConfigError."""
    Keys(what, settings).done()
    return ApprisePager(SystemClock())
