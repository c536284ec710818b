"""What a team may set about how pages travel. Values only, so that reading the settings loads nothing that pages."""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.kit.ids import PersonId


@dataclass(frozen=True, slots=True)
class Paging:
    """What a team may set about paging.

    Attributes:
        fallback: a page nobody answered is also sent by the person's next method after this (PAG-04).
        bundle: pages to one contact within this time of the last message leave as one.
        link_life: how long the link in a page may be used.
    """

    fallback: timedelta = timedelta(seconds=30)
    bundle: timedelta = timedelta(seconds=5)
    link_life: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CanarySettings:
    """Who gets it, how often, and how long it may take. `person` has methods that wake nobody, such as a file."""

    person: PersonId
    every: timedelta = timedelta(minutes=5)
    within: timedelta = timedelta(seconds=60)
