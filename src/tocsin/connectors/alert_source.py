"""Where other tools' alerts meet us: what every format has to be able to do. One format, one file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tocsin.detection.alert import Alert
from tocsin.detection.change_event import ChangeEvent


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request exactly as it came; stored before it is read (wire-formats C2, C4).

    Attributes:
        path: below the mount, as the sender wrote it. query: first value of each name.
        headers: names in lower case. body: after Content-Encoding was undone; `raw` is what was sent.
        integration: whose it is: its name in the settings. received_at: by our clock (UTC).
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    raw: bytes
    integration: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """What a request says.

    Attributes:
        alerts: in the order they are to be decided; their fingerprints begin with the integration's name,
            because the scope of deduplication is (integration, the sender's key).
        changes: shown beside incidents, open nothing.
        delivery: the format's own id of this delivery, if it has one: the same again does nothing (C12).
        set_aside: why nothing came of it although it was well formed ("not_an_alert", "informational"…, C8), or None.
        notices: what we did not know and how it was read instead, for the person who keeps the integration.
    """

    alerts: tuple[Alert, ...] = ()
    changes: tuple[ChangeEvent, ...] = ()
    delivery: str | None = None
    set_aside: str | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the sender is told, in its own format."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Unreadable(Exception):
    """The sender is who it claims to be, but this is not what its format says; `errors` go into its answer."""

    def __init__(self, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


class AlertSource(Protocol):
    """One format of alerts. Pure but for the bytes it is given: no clock, no network, no store."""

    @property
    def kind(self) -> str:
        """As in the settings: "alertmanager", "sentry"."""
        ...

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """Whether one of the secrets (two while they are rotated) signs these very bytes; compared in constant time.

        A format without signatures answers True: its credential is the key in the path or a header, checked before.
        """
        ...

    def read(self, inbound: Inbound) -> Read:
        """What it says. Raises Unreadable."""
        ...

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        """The format's own success; sent only after the commit."""
        ...

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        """The format's own shape of a refusal: 400, 401, 403, 413, 429, 503."""
        ...
