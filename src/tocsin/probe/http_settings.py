"""What an HTTP check asks and expects, and how values are found in JSON."""

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from tocsin.detection.check import CheckSpec
from tocsin.kit.keys import Keys
from tocsin.kit.late import late
from tocsin.probe.attempt import check_name
from tocsin.probe.limit import Limit, time_limit

_JSONPATH = "jsonpath_rfc9535"  # with its regular expressions 2 MB, which few checks need


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What an HTTP check asks and expects.

    Attributes:
        url, method, headers: the request.
        status: accepted status codes.
        contains: a text the body must hold, or None.
        json: path and expected value, as text: ("db.status", "ok") or, by RFC 9535, ("$.db[0].status", "ok").
        header: answer headers that must hold a text (case of both ignored).
        degraded_after: slower than this is degraded, or None.
        body: what is sent, or None. redirects: how many are followed; 0 means that a redirect is the answer.
        phases: limits of single phases, by the name they have among the facts ("tls_ms" is the time of TLS alone).
    """

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    status: frozenset[int]
    contains: str | None
    json: tuple[tuple[str, str], ...]
    header: tuple[tuple[str, str], ...]
    degraded_after: timedelta | None
    body: str | None
    redirects: int
    phases: tuple[Limit, ...]

    @property
    def shown(self) -> str:
        """The address without what may be secret: user, password, query."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return SplitResult(parts.scheme, host, parts.path, "", "").geturl()


def http_settings(spec: CheckSpec) -> HttpSettings:
    """Read the settings of an HTTP check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = read_request(keys)
    keys.done()
    return settings


def read_request(keys: Keys) -> HttpSettings:
    """Read the keys of one request. Raises ConfigError."""
    url = keys.text("url")
    settings = HttpSettings(
        url=url,
        method=(keys.text_or_none("method") or "GET").upper(),
        headers=keys.texts("headers"),
        status=_statuses(keys),
        contains=keys.text_or_none("contains"),
        json=keys.texts("json"),
        header=keys.texts("header"),
        degraded_after=keys.duration_or_none("degraded_after"),
        body=keys.text_or_none("body"),
        redirects=keys.whole("redirects", 0, most=10),
        phases=(
            time_limit(keys, "dns"),
            time_limit(keys, "connect"),
            time_limit(keys, "tls"),
            time_limit(keys, "first_byte"),
            time_limit(keys, "total"),
        ),
    )
    for path, _ in settings.json:
        _compiled(keys, path)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(letter <= " " for letter in url):
        raise keys.wrong("url", f"must begin with http:// or https:// and name a host, not {url!r}")
    for name, value in settings.headers:
        if "\r" in name + value or "\n" in name + value:
            raise keys.wrong("headers", f"holds a line break in {name!r}")
    if settings.redirects and (settings.headers or settings.body is not None):
        # libcurl hands own headers to whatever host it is led to, and a key among them would leak.
        raise keys.wrong("redirects", "must be 0 for a request with headers or a body of its own")
    return settings


def _statuses(keys: Keys) -> frozenset[int]:
    accepted: set[int] = set()
    for item in keys.list_of("status") or ("2xx",):
        match item:
            case bool():
                raise keys.wrong("status", f"must be codes such as 200 or '2xx', not {item!r}")
            case int(code) if 100 <= code <= 599:
                accepted.add(code)
            case str(text) if len(text) == 3 and text[0] in "12345" and text[1:].lower() == "xx":
                accepted |= set(range(int(text[0]) * 100, int(text[0]) * 100 + 100))
            case str(text) if len(text) == 3 and text.isdecimal() and 100 <= int(text) <= 599:
                accepted.add(int(text))
            case _:
                raise keys.wrong("status", f"must be codes such as 200 or '2xx', not {item!r}")
    return _shared(frozenset(accepted))


@lru_cache(maxsize=64)
def _shared(accepted: frozenset[int]) -> frozenset[int]:
    """The same set for all checks that accept the same: "2xx" alone is a hundred numbers, 5 kB in each of a thousand checks."""
    return accepted


def value_at(document: object, path: str) -> str | None:
    """The value at a path, as text; None if it is not there.

    A path that begins with "$" is a JSONPath (RFC 9535) and means its first hit. Any other is dotted:
    "db.lag.0"; a whole key with dots wins over its parts.
    """
    if path.startswith("$"):
        hit = late(_JSONPATH).find_one(path, document)
        return None if hit is None else _text(hit.value)
    value = document
    rest = path
    while rest:
        match value:
            case dict(table) if rest in table:
                value, rest = table[rest], ""
            case dict(table):
                name, _, rest = rest.partition(".")
                if name not in table:
                    return None
                value = table[name]
            case list(items):
                name, _, rest = rest.partition(".")
                if not name.isdecimal() or int(name) >= len(items):
                    return None
                value = items[int(name)]
            case _:
                return None
    return _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _compiled(keys: Keys, path: str) -> None:
    """Raises ConfigError for a JSONPath that is none."""
    if path.startswith("$"):
        jsonpath = late(_JSONPATH)
        try:
            jsonpath.compile(path)
        except jsonpath.JSONPathError as error:
            raise keys.wrong("json", f"holds {path!r}, which is not a JSONPath: {error}") from error
