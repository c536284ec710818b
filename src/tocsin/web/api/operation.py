"""What one call of the API is: its path, who may make it, what it takes and gives. Served and documented from this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tocsin.app.build import App
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    Attributes:
        person: in whose name, or None for a machine or for loopback without any token.
        scope: the most this call may do. via: the token's name, or "loopback".
    """

    person: PersonId | None
    scope: AccessRole
    via: str

    def may(self, needs: AccessRole) -> bool:
        """Whether the scope reaches."""
        return self.scope.reaches(needs)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as its handler sees it: `path` and `query` as texts that were checked, `body` decoded."""

    app: App
    caller: Caller
    now: datetime
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: object | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter behind the question mark.

    Attributes:
        kind: "text", "count" (1 to `most`), "place" (0 to `most`) or "flag" (true or false).
    """

    name: str
    about: str
    kind: str = "text"
    default: str = ""
    most: int = 1_000


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the API.

    Attributes:
        name: unique; the operationId. about: one sentence.
        needs: the scope below which it is forbidden. takes: the type of the body, or None.
        gives: the type of the answer. status: of success. refuses: further statuses it may answer.
        handle: runs in a thread; raises TocsinError for what it refuses.
        shows_secret: its answer holds what is shown once and kept nowhere.
    """

    method: str
    path: str
    name: str
    about: str
    needs: AccessRole
    gives: type[msgspec.Struct]
    handle: Callable[[Call], msgspec.Struct]
    takes: type[msgspec.Struct] | None = None
    query: tuple[Query, ...] = ()
    status: int = 200
    refuses: tuple[int, ...] = ()
    tag: str = field(default="incidents")
    shows_secret: bool = False


class Problem(msgspec.Struct):
    """Why a call was not carried out (RFC 9457, `application/problem+json`); nothing was changed by it."""

    title: str
    status: int
    detail: str
    hint: str | None = None
