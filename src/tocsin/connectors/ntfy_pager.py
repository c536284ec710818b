"""Pages as push notifications through ntfy (https://docs.ntfy.sh/publish/#publish-as-json).

The address is the topic, which is as good as a password: choose one that nobody guesses.
"""

import hashlib
import json
from collections.abc import Mapping

from tocsin.connectors.api import Manners, PageMessage, Receipt
from tocsin.connectors.http import Http, HttpSettings, base_url
from tocsin.errors import Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys

BASE_URL = "https://ntfy.sh"
_PRIORITY = {"page": 5, "ask": 5, "test": 4, "inform": 3}
_MESSAGE_BYTES = 4096  # longer ones become an attachment that nobody opens at night


class NtfyPager:
    """Publishes pages to topics of one server.

    Args:
        token: access token of the server, or None for open topics.
    """

    manners = Manners("push", (), bundles=True)

    def __init__(
        self, clock: Clock, base: str = BASE_URL, token: str | None = None, http: HttpSettings | None = None
    ) -> None:
        self._base = base
        self._headers = {"content-type": "application/json"}
        if token is not None:
            self._headers["authorization"] = f"Bearer {token}"
        self._http = Http("ntfy", clock, http, secrets=(token,) if token else ())

    def page(self, message: PageMessage) -> Receipt:
        """Publish it; the same key replaces itself on servers that know sequence ids. Raises Temporary or Permanent."""
        note: dict[str, object] = {
            "topic": message.address,
            "title": message.subject,
            "message": _cut(message.body),
            "priority": _PRIORITY.get(message.kind, 3),
            "tags": ["rotating_light"] if message.kind == "page" else [],
            "sequence_id": hashlib.sha256(f"{message.scope}/{message.key}".encode()).hexdigest()[:32],
        }
        if message.link:
            note["click"] = message.link
            if message.kind == "page":
                # The tap on the button is a person's POST; nothing follows the link by itself (PAG-23).
                note["actions"] = [
                    {
                        "action": "http",
                        "label": "Acknowledge",
                        "url": message.link,
                        "method": "POST",
                        "clear": True,
                    }
                ]
        answer = self._http.post(self._base, json.dumps(note).encode("ascii"), self._headers)
        if not answer.good:
            match answer.value():
                case {"error": str(error)}:
                    said = error
                case _:
                    said = ""
            raise self._http.refused(answer, self._base, said, hint="Check the topic and the token.")
        match answer.value():
            case {"id": str(name)}:
                return Receipt(name, answer.at)
            case _:
                raise Temporary("ntfy: the answer names no message id; is base_url an ntfy server?")

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


def from_settings(what: str, settings: Mapping[str, object]) -> NtfyPager:
    """The pager of a table with the keys `base_url` and `token`, both optional. Raises ConfigError."""
    keys = Keys(what, settings)
    base = base_url(keys, BASE_URL)
    token = keys.text_or_none("token")
    http = HttpSettings.read(keys)
    keys.done()
    return NtfyPager(SystemClock(), base, token, http)


def _cut(text: str) -> str:
    return text.encode()[: _MESSAGE_BYTES - 8].decode("utf-8", "ignore")
