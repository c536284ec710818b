"""Tells of incidents as HTTP POSTs, signed as Standard Webhooks (https://www.standardwebhooks.com).

The id is the same on every try; the timestamp and the signature are of this attempt. Redirects are not followed.
"""

import json
from collections.abc import Mapping

from tocsin.connectors.http import Http, HttpSettings, base_url
from tocsin.connectors.listener import Gone, News
from tocsin.connectors.webhook_pager import signature, signing_key, webhook_id
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys


class WebhookListener:
    """Posts to one address.

    Args:
        secrets: "whsec_…"; two while the secret is replaced. Raises ConfigError for one that is none.
    """

    def __init__(
        self, url: str, secrets: tuple[str, ...], clock: Clock, http: HttpSettings | None = None
    ) -> None:
        self._url = url
        self._keys = tuple(signing_key(each) for each in secrets)
        self._clock = clock
        self._http = Http("listener", clock, http, secrets=(url, *secrets))

    def tell(self, news: News) -> None:
        """Post it; returns when the other side has answered 2xx. Raises Temporary, Permanent or Gone (410)."""
        data = {
            "incident": news.incident,
            "title": news.title,
            "severity": news.severity,
            "stage": news.stage,
            "drill": news.drill,
            "line": news.line,
            "url": news.url,
            **news.facts,
        }
        body = json.dumps({"type": news.kind, "timestamp": news.at.isoformat(), "data": data}).encode("ascii")
        name, stamp = webhook_id(news.key), str(int(self._clock.now().timestamp()))
        headers = {"content-type": "application/json", "webhook-id": name, "webhook-timestamp": stamp}
        if self._keys:
            headers["webhook-signature"] = " ".join(signature(key, name, stamp, body) for key in self._keys)
        answer = self._http.post(self._url, body, headers)
        if answer.good:
            return
        problem = self._http.refused(answer, self._url, hint="Check the url, the secret and what it expects.")
        if answer.status == 410:
            raise Gone(problem.message)
        raise problem

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


def from_settings(what: str, settings: Mapping[str, object]) -> WebhookListener:
    """Of a table with `url` and `secret`, and `old_secret`, `ca_file`, `timeout`. Raises ConfigError."""
    keys = Keys(what, settings)
    url = keys.text("url")
    base_url(keys, url, "url")
    secrets = []
    for name, value in (("secret", keys.text("secret")), ("old_secret", keys.text_or_none("old_secret"))):
        if value is None:
            continue
        try:
            signing_key(value)
        except ConfigError as error:
            raise keys.wrong(name, error.message) from error
        secrets.append(value)
    http = HttpSettings.read(keys)
    keys.done()
    return WebhookListener(url, tuple(secrets), SystemClock(), http)
