"""People and how they can be reached."""

from dataclasses import dataclass
from enum import Enum

from tocsin.kit.ids import PersonId


class AccessRole(Enum):
    """What an account may do in tocsin."""

    VIEWER = "viewer"
    RESPONDER = "responder"
    COMMANDER = "commander"
    ADMIN = "admin"

    @property
    def may_act(self) -> bool:
        """Whether this role may acknowledge, approve and resolve."""
        return self is not AccessRole.VIEWER

    def reaches(self, other: "AccessRole") -> bool:
        """Whether this role may do all that the other may: viewer < responder < commander < admin."""
        order = list(AccessRole)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Method:
    """One way to wake a person: the name of a pager from tocsin.toml, and the address it takes."""

    pager: str
    address: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be paged and may act.

    Attributes:
        methods: in the order they are tried.
    """

    id: PersonId
    name: str
    access: AccessRole
    methods: tuple[Method, ...]
