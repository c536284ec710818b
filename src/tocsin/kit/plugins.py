"""What other installed packages add to tocsin, by entry points."""

from typing import Any, Protocol

from tocsin.kit.late import late


class Plugin(Protocol):
    """An entry point: where in which package something is."""

    @property
    def value(self) -> str:
        """As the package wrote it: "package.module:name"."""
        ...

    def load(self) -> Any:  # Any: what an entry point gives is known to its reader only
        """What it names. Raises ImportError or AttributeError."""
        ...


def plugins(group: str) -> dict[str, Plugin]:
    """The entry points of a group by name.

    To be asked only for what is not our own: looking through every installed package takes longer than most starts, and
    what looks (`importlib.metadata`) brings the parsers of e-mail and ZIP along.
    """
    return {entry.name: entry for entry in late("importlib.metadata").entry_points(group=group)}
