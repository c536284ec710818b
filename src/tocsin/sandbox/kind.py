"""A kind of room: what a scenario names, and how it is furnished inside whatever walls it gets."""

from collections.abc import Callable
from dataclasses import dataclass

from tocsin.sandbox.room import OpenRoom

SIMULATED_CLUSTER = "Kubernetes is a simulator"
OUR_NODE = "the Kubernetes node is a stand-in"
"""What a drill says of its cluster; the second one where the control plane is real."""


@dataclass(frozen=True, slots=True)
class RoomKind:
    """One kind of room.

    Attributes:
        name: as scenarios write it, e.g. "cookcam".
        about: what is in it, for people: "nginx, Node under PM2 and Postgres".
        furnish: lays out and starts everything inside the walls it is given, and returns when all of it answers;
            what it returns is what faults work on. The walls are an open room or a capsule, and it must not care:
            it asks `place(host, port)` where to listen, `shims`, `set(NAME=value)` and `begin(service)`, and
            calls `furnish()` of the walls once all addresses are known. It need not clean up: whoever gave
            the walls ends them. Raises TocsinError.
        workdir: where the runbook's commands run, relative to the room's scratch directory; None for the settings' own.
        stand_ins: what in it is not the real thing, for the verdict: "Stripe is a stand-in".
    """

    name: str
    about: str
    furnish: Callable[[OpenRoom], object]
    workdir: str | None = None
    stand_ins: tuple[str, ...] = ()
