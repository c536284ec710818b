"""Who asks: the drill's own administrator, service accounts by their tokens, and whoever those may pose as."""

import base64
import binascii
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.sandbox.kubernetes.answers import bad_request, not_found
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import SECRETS, SERVICEACCOUNTS
from tocsin.sandbox.kubernetes.objects import (
    Object,
    child,
    mapping,
    name_of,
    namespace_of,
    number,
    pairs,
    stamp,
    text,
    uid_of,
)
from tocsin.sandbox.kubernetes.requests import Request

_ACCOUNT = "system:serviceaccount:"
_AUTHENTICATED = "system:authenticated"
_TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 - a type of objects
_FOR = "kubernetes.io/service-account.name"
_SHORTEST, _USUAL = 600, 3600  # seconds that a token is good for


@dataclass(frozen=True, slots=True)
class User:
    """Who somebody is for the API.

    Attributes:
        name: "system:serviceaccount:prepchef:reader". groups: by which roles are bound, too.
    """

    name: str
    groups: tuple[str, ...]


ADMINISTRATOR = User("tocsin-drill", ("system:masters", _AUTHENTICATED))
"""Whom the kubeconfig of the room belongs to; may do everything."""


def named(name: str, groups: tuple[str, ...] = ()) -> User:
    """The user of this name with the groups that every cluster gives to such a one."""
    if not name.startswith(_ACCOUNT):
        return User(name, (*groups, _AUTHENTICATED))
    namespace = name.removeprefix(_ACCOUNT).partition(":")[0]
    return User(
        name, (*groups, "system:serviceaccounts", f"system:serviceaccounts:{namespace}", _AUTHENTICATED)
    )


@dataclass(frozen=True, slots=True)
class _Issued:
    namespace: str
    name: str
    uid: str
    until: datetime


class Users:
    """Knows people by their tokens.

    Args:
        token: of the administrator.
    """

    def __init__(self, cluster: Cluster, token: str) -> None:
        self._cluster = cluster
        self._token = token
        self._issued: dict[str, _Issued] = {}
        self._lock = threading.Lock()

    def who(self, request: Request) -> User | None:
        """Whose token a request carries; None for a missing, wrong, expired or orphaned one."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            return None
        if hmac.compare_digest(token.encode(), self._token.encode()):
            return ADMINISTRATOR
        with self._lock:
            issued = self._issued.get(token)
        if issued is not None:
            good = self._cluster.clock.now() < issued.until
            return self._account(issued.namespace, issued.name, issued.uid) if good else None
        return self._by_secret(token)

    def issue(self, account: Object, request: Request) -> Object:
        """A token for a service account: `kubectl create token`. Raises ApiError."""
        asked = request.object()
        seconds = number(asked, "spec", "expirationSeconds", default=_USUAL) or _USUAL
        if seconds < _SHORTEST:
            raise bad_request(
                f"spec.expirationSeconds: may not specify a duration less than {_SHORTEST // 60} minutes"
            )
        token = secrets.token_urlsafe(32)
        until = self._cluster.clock.now() + timedelta(seconds=seconds)
        with self._lock:
            self._issued[token] = _Issued(namespace_of(account), name_of(account), uid_of(account), until)
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": name_of(account), "namespace": namespace_of(account)},
            "spec": {**mapping(asked, "spec"), "expirationSeconds": seconds},
            "status": {"token": token, "expirationTimestamp": stamp(until)},
        }

    def furnish(self, secret: Object) -> None:
        """Put a token into a new secret that asks for the one of a service account. Raises ApiError if there is none."""
        if text(secret, "type") != _TOKEN_SECRET or "token" in mapping(secret, "data"):
            return
        name = pairs(secret, "metadata", "annotations").get(_FOR, "")
        account = self._cluster.storage.get(SERVICEACCOUNTS, namespace_of(secret), name)
        if account is None:
            raise not_found(SERVICEACCOUNTS, name)
        child(secret, "metadata", "annotations")["kubernetes.io/service-account.uid"] = uid_of(account)
        values = {"token": secrets.token_urlsafe(32), "namespace": namespace_of(secret)}
        child(secret, "data").update(
            {key: base64.b64encode(one.encode()).decode() for key, one in values.items()}
        )

    def _by_secret(self, token: str) -> User | None:
        for secret in self._cluster.storage.all(SECRETS):
            if text(secret, "type") != _TOKEN_SECRET:
                continue
            try:
                held = base64.b64decode(text(secret, "data", "token"), validate=True)
            except binascii.Error:
                continue
            if held and hmac.compare_digest(held, token.encode()):
                notes = pairs(secret, "metadata", "annotations")
                uid = notes.get("kubernetes.io/service-account.uid", "")
                return self._account(namespace_of(secret), notes.get(_FOR, ""), uid)
        return None

    def _account(self, namespace: str, name: str, uid: str) -> User | None:
        """The account if it is still the same one."""
        account = self._cluster.storage.get(SERVICEACCOUNTS, namespace, name)
        return (
            named(f"{_ACCOUNT}{namespace}:{name}") if account is not None and uid_of(account) == uid else None
        )
