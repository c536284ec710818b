"""What an incident is beside itself: major, about security, merged, linked. Part of the fold; see `incident.incident`."""

from dataclasses import dataclass, field, replace

from tocsin.incident import events as ev
from tocsin.kit.ids import IncidentId


@dataclass(frozen=True, slots=True)
class Kin:
    """How an incident is to be treated, and what it has to do with others.

    Attributes:
        major: who declared a lesser incident major, or None.
        security: the declaration that it may be a break-in, or None.
        merged_into: the incident that goes on in its place, or None.
        absorbed: incidents that were merged into this one.
        linked: incidents a person says belong together; suggested: what may belong, with reasons.
    """

    major: ev.MajorDeclared | None = None
    security: ev.SecurityDeclared | None = None
    merged_into: IncidentId | None = None
    absorbed: tuple[IncidentId, ...] = ()
    linked: dict[IncidentId, ev.Linked] = field(default_factory=dict)
    suggested: dict[IncidentId, ev.RelationSuggested] = field(default_factory=dict)


def after(kin: Kin, event: ev.Event) -> Kin:
    """The same after one more event; the same object if it says nothing about it."""
    match event:
        case ev.MajorDeclared():
            return replace(kin, major=event)
        case ev.SecurityDeclared():
            return replace(kin, security=event)
        case ev.Merged(into):
            return replace(kin, merged_into=into)
        case ev.Absorbed(other):
            return replace(kin, absorbed=(*kin.absorbed, other))
        case ev.Linked(other):
            return replace(kin, linked={**kin.linked, other: event})
        case ev.RelationSuggested(other):
            return replace(kin, suggested={**kin.suggested, other: event})
        case ev.Reopened():
            return replace(kin, merged_into=None)
        case _:
            return kin
