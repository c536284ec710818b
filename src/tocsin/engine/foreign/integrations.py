"""Who may hand in alerts: the integrations of the settings, found by their keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from tocsin.connectors.alert_source import AlertSource, Format
from tocsin.kit.ids import sha256


@dataclass(frozen=True, slots=True)
class Integration:
    """One sender, as the settings have it.

    Attributes:
        keys: what it shows to be let in; two while they are rotated. secrets: what it signs with; two likewise.
        severities: what its words for severity mean here, over the defaults.
        labels: added to each of its alerts. group_by: labels whose alerts belong to one incident while it is open.
        enabled: a disabled one is refused like an unknown one.
        drill: whether everything it says is a rehearsal.
        acts_as: who acts where its people are not ours, or None.
    """

    name: str
    format: Format
    source: AlertSource
    keys: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    severities: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    enabled: bool = True
    drill: bool = False
    acts_as: str | None = None

    @property
    def kind(self) -> str:
        return self.format.kind


class Integrations:
    """All of them. A key is looked up by its digest, so that how long it takes tells nothing of the key (C21)."""

    def __init__(self, every: Iterable[Integration]) -> None:
        self.take_up(every)

    def take_up(self, every: Iterable[Integration]) -> None:
        """From the next request on these are they."""
        self._by_name = {each.name: each for each in every}
        self._sources: dict[str, AlertSource] = {
            each.kind: each.source for each in reversed(self._by_name.values())
        }
        self._by_key = {
            (each.kind, sha256(key)): each for each in self._by_name.values() for key in each.keys
        }

    @classmethod
    def none(cls) -> Self:
        """No sender at all."""
        return cls(())

    def named(self, name: str) -> Integration | None:
        """The integration of this name, enabled or not."""
        return self._by_name.get(name)

    def holder(self, kinds: Iterable[str], key: str) -> Integration | None:
        """Whose key this is, among those of some kinds; None for an unknown key. It may be disabled."""
        digest = sha256(key)
        return next((found for kind in kinds if (found := self._by_key.get((kind, digest)))), None)

    def source(self, kind: str) -> AlertSource | None:
        """What reads this kind, as its first integration has it; None if there is none."""
        return self._sources.get(kind)

    def kinds(self) -> frozenset[str]:
        """The kinds that are in use."""
        return frozenset(each.kind for each in self._by_name.values())

    def every(self) -> tuple[Integration, ...]:
        """All of them, in the order of the settings."""
        return tuple(self._by_name.values())
