"""What every format of pings speaks about: what was asked, what it means, what is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tocsin.engine.jobs.heartbeats import Call, Outcome

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        path: decoded. query: the last of each name. headers: names in lower case.
        body: decoded if it was compressed; its beginning if the format keeps no more.
        source: address of the sender.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    source: str = ""

    @property
    def agent(self) -> str:
        """What the sender calls itself."""
        return self.headers.get("user-agent", "")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    media: str | None = TEXT
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What a request means, and how its outcome is answered. No calls: nothing is kept, and it is answered at once."""

    calls: tuple[Call, ...]
    answer: Callable[[tuple[Outcome, ...]], Reply]


@dataclass(frozen=True, slots=True)
class Format:
    """One format of pings.

    Attributes:
        name: kept with each ping. mine: whether a path is of this format. read: what a request means.
        methods: those it knows; empty: any. limit: bytes of a body that are read; more is cut off or refused.
        cuts: whether a longer body is cut off (its beginning counts) instead of refused.
        busy: the answer while nothing can be stored.
        vague: the answer to a method or a body that cannot be taken.
    """

    name: str
    mine: Callable[[str], bool]
    read: Callable[[Asked], Read | Reply]
    methods: frozenset[str]
    limit: int
    cuts: bool
    busy: Reply
    refused: Callable[[int, str], Reply]


RETRY = ("Retry-After", "5")
