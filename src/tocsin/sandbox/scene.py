"""What a rehearsal is about: the room to make, what breaks in it, and which check has to notice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from tocsin.sandbox.tools import Tools


class Room(Protocol):
    """What a rehearsal needs of a room."""

    @property
    def environment(self) -> dict[str, str]: ...

    @property
    def manifest(self) -> Path: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """What is rehearsed.

    Attributes:
        name: of the example, e.g. "cookcam". heading: the runbook section it is about.
        services: what is started, for people. check: the check that has to notice.
        fault: what is going to be broken, for people. again: a command that breaks a running room once more.
        start: makes the room. inject: breaks it. confirm: an independent look whether it is broken.
        settings: file of the example that the engine is started with.
        workdir: where the runbook's commands run, relative to the room's scratch; None for the settings' own.
    """

    name: str
    heading: str
    services: str
    check: str
    fault: str
    again: str
    start: Callable[[Path, Tools, timedelta], Room]
    inject: Callable[[Room], None]
    confirm: Callable[[Room], bool]
    settings: str = "tocsin.toml"
    workdir: str | None = None
