"""Requests as senders make them, for the formats' tests; and the signature vectors of the vendors' own documents."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tocsin.connectors.alert_source import AlertSource, Inbound, Read, Unreadable

# On a busy machine an example takes what it takes; that is no finding.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)

# A body that vendors' own libraries sign the same way; see the test beside each.
STRIPE_BODY = (
    b'{"id":"evt_1","object":"event","type":"payment_intent.payment_failed","created":1700000000,'
    b'"data":{"object":{"id":"pi_1","object":"payment_intent"}}}'
)


def sent(
    body: object = None,
    headers: Mapping[str, str] | None = None,
    *,
    raw: bytes | None = None,
    at: datetime = NOW,
    integration: str = "prod",
    method: str = "POST",
    path: str = "",
) -> Inbound:
    """A request with a JSON body, or with these very bytes."""
    data = raw if raw is not None else json.dumps(body).encode()
    named = {"content-type": "application/json", **{k.lower(): v for k, v in (headers or {}).items()}}
    return Inbound(method, path, {}, named, data, data, integration, at, "01k0000000")


def hexdigest(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def one_digit_off(signature: str) -> str:
    """The same signature with its last hexadecimal digit changed."""
    return signature[:-1] + ("0" if signature[-1] != "0" else "1")


def never_raises_but_unreadable(source: AlertSource, inbound: Inbound) -> Read | None:
    """What it reads, or None if it is not understood. Whatever else is raised is a bug, and fails the test."""
    source.proven(inbound, ("secret", "older"))
    try:
        read = source.read(inbound)
    except Unreadable as problem:
        answer = source.refused(inbound, 400, problem.errors)
        assert answer.status >= 400
        return None
    assert source.accepted(inbound, read).status < 300
    for alert in read.alerts:
        assert alert.fingerprint.startswith(f"{inbound.integration}:")
        assert alert.title.strip()
        assert alert.at.tzinfo is not None
        assert all(isinstance(k, str) and isinstance(v, str) for k, v in alert.labels.items())
    for change in read.changes:
        assert change.title.strip()
        assert change.at.tzinfo is not None
    assert bool(read.alerts or read.changes or read.told) or read.set_aside or read.notices
    return read


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=6),
    max_leaves=20,
)


def spoiled(valid: dict[str, object]) -> st.SearchStrategy[object]:
    """The valid body with one value somewhere replaced by any other JSON, or left out: the nasty neighbourhood of what is right."""
    paths = tuple(_paths(valid))

    def put(path: tuple[str | int, ...], value: object) -> object:
        copy: object = json.loads(json.dumps(valid))
        here: object = copy
        for name in path[:-1]:
            here = here[name]  # type: ignore[index]  # the path was read from this very value
        here[path[-1]] = value  # type: ignore[index]
        return copy

    return st.builds(put, st.sampled_from(paths), ANY_JSON)


def _paths(value: object, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    match value:
        case dict(members):
            pairs: list[tuple[str | int, object]] = list(members.items())
        case list(items):
            pairs = list(enumerate(items))
        case _:
            return []
    return [path for name, inner in pairs for path in ((*before, name), *_paths(inner, (*before, name)))]
