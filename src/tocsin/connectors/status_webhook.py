"""Updates of the status page as HTTP POSTs, signed as Standard Webhooks (https://www.standardwebhooks.com).

The id is the same on every try; the timestamp and the signature are of this attempt.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from tocsin.connectors.api import Receipt
from tocsin.connectors.http import Http
from tocsin.connectors.webhook_pager import signature, signing_key, webhook_id
from tocsin.errors import Permanent
from tocsin.kit.clock import Clock


class Gone(Permanent):
    """The receiver answered 410: it wants no more of this."""


class StatusWebhook:
    """Posts updates to the addresses of subscribers. Redirects are not followed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._http = Http("status webhook", clock)

    def send(
        self, url: str, secret: str, key: str, kind: str, at: datetime, data: Mapping[str, object]
    ) -> Receipt:
        """Post one message; returns when the other side has answered 2xx.

        Args:
            secret: "whsec_…". key: of the message, the same on every try. kind: dotted, "status.incident_updated".

        Raises:
            Gone: the address wants no more. Temporary: trying again makes sense. Permanent: it does not.
        """
        body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": dict(data)}).encode("ascii")
        name, stamp = webhook_id(key), str(int(self._clock.now().timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(signing_key(secret), name, stamp, body),
        }
        answer = self._http.post(url, body, headers)
        if answer.good:
            return Receipt(f"HTTP {answer.status}", answer.at)
        problem = self._http.refused(answer, url)
        if answer.status == 410:
            raise Gone(problem.message)
        raise problem

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()
