"""Where other tools' alerts meet us: what every format has to be able to do. One format, one file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol, runtime_checkable

from tocsin.detection.alert import Alert
from tocsin.detection.change_event import ChangeEvent
from tocsin.detection.counting import Counted


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request exactly as it came; stored before it is read (wire-formats C2, C4).

    Attributes:
        path: below the mount, as the sender wrote it. query: first value of each name.
        headers: names in lower case. body: after Content-Encoding was undone; `raw` is what was sent.
        integration: whose it is: its name in the settings. received_at: by our clock (UTC).
        request: the id this request is stored under, the same when it is replayed; what a format has to make up
            (PagerDuty's dedup_key, Opsgenie's requestId) is made from it, so that a replay makes up the same.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    raw: bytes
    integration: str
    received_at: datetime
    request: str = ""


class Act(Enum):
    """What somebody did about an alert in another tool."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody acted on an alert in another tool; it holds for the open incident it is about, if there is one.

    Attributes:
        about: the fingerprint of an alert, or the dedup_key of one of our own pages ("tocsin/...").
        who: as the other tool names them, or "".
    """

    act: Act
    about: str
    who: str = ""


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
        told: what people did elsewhere.
        counted: what is an alert only if there is much of it.
        until: by fingerprint, when a firing alert is over by itself unless it is told again (Alertmanager's endsAt).
        errors: what of it could not be taken; the rest counts all the same, and the sender is told 400 and these.
    """

    alerts: tuple[Alert, ...] = ()
    changes: tuple[ChangeEvent, ...] = ()
    delivery: str | None = None
    set_aside: str | None = None
    notices: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    counted: tuple[Counted, ...] = ()
    until: Mapping[str, datetime] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether nothing comes of it."""
        return not (self.alerts or self.changes or self.told or self.counted)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the sender is told, in its own format."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Unreadable(Exception):
    """The sender is who it claims to be, but this is not what its format says; `errors` go into its answer.

    Args:
        status: what the format answers to this mistake.
    """

    def __init__(self, *errors: str, status: int = 400) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors
        self.status = status


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


@runtime_checkable
class Doubts(Protocol):
    """What a format has besides that can say why a request proves nothing."""

    def doubt(self, inbound: Inbound, secrets: tuple[str, ...]) -> str:
        """Why a request that is not proven is not, for whoever set its sender up; tells a stranger nothing new."""
        ...


@runtime_checkable
class FixedPath(Protocol):
    """What a format has besides, whose sender dictates the path and puts the credential elsewhere (PagerDuty, Opsgenie).

    Each path is also served below `/k/<key>` for senders that cannot send a credential.
    """

    @property
    def paths(self) -> tuple[tuple[str, str], ...]:
        """(method, path) as Starlette writes them: ("POST", "/v2/enqueue"), ("PUT", "/v2/alerts/{id}/message")."""
        ...

    def key(self, inbound: Inbound) -> str | None:
        """The credential in the request, or None. Looks only; whose key it is, is found out by others."""
        ...


MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """A format as the settings choose it: `kind` of an integration.

    Attributes:
        make: from the keys of its own in `[[integrations]]` (see `kit.keys.Keys`); raises ConfigError.
        soft_bytes: above it a body is taken and marked. hard_bytes: above it it is refused with 413.
        busy: what a sender is told when too much of it waits. Below 500 only where the format itself defines it:
            elsewhere such an answer loses the alert (wire-formats 2). None: it is spooled, then 503.
        signed: whether a signature proves the sender, so that `secret` is needed.
        own_routes: whether another file of `web/hooks` serves it, and `/hooks/<kind>/<key>` does not.
    """

    kind: str
    make: Callable[[str, Mapping[str, object]], AlertSource]
    soft_bytes: int = 512_000
    hard_bytes: int = 10 * MEBIBYTE
    busy: int | None = None
    signed: bool = False
    own_routes: bool = False
