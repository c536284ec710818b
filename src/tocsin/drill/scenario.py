"""A scenario: which section of which runbook is to fix which fault in which room, and who may say yes to what.

A team writes one as a short TOML file; `sandbox.scenarios` reads it, docs/reference/drills.md describes every key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path

UNDO = "undo"


class Fixed(Enum):
    """What became of the fault."""

    AS_WRITTEN = "as written"
    CORRECTED = "with a correction"
    PARTLY = "partly"
    NOT = "not fixed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Commands:
    """A fault in commands, as a person would type them in the room; each list in order, the first failure ends it.

    Attributes:
        inject: break it. confirm: exit status 0 says that it is broken; never one of the production checks.
        restore: bring the old state back, whatever happened in between.
        oracles: name of an observation → command whose output must be the same afterwards.
    """

    inject: tuple[str, ...]
    confirm: str
    restore: tuple[str, ...]
    oracles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Furniture:
    """One service of a room that the scenario itself describes.

    Attributes:
        kind: "files" (which starts nothing), "redis", "postgres", "nginx" or "program".
        name: how people call it. settings: what this kind takes, as text.
    """

    kind: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Approver:
    """The person of the drill: says yes to what is asked, within these bounds.

    Attributes:
        refuse: numbers of steps, or parts of their text, that get a no.
        ask_for: numbers of steps she asks for herself, in this order, when nothing is on offer.
        destroys: whether she says yes to what destroys or cannot be read. Without it such a step gets a no.
        manual: number of a step done by hand → the command that stands for the person's hands.
        steps: numbers of the steps she carries out, in this order and no other, whatever is proposed; empty: what is
            proposed decides.
    """

    refuse: tuple[str, ...] = ()
    ask_for: tuple[str, ...] = ()
    destroys: bool = False
    manual: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What the investigation has to bring to light.

    Attributes:
        pattern: regular expression, looked for in what the steps showed. step: the one that shows it, or None for any.
    """

    pattern: str
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Budgets:
    """How long each part may take; see docs/reference/drills.md for how the first default is reckoned.

    Attributes:
        detected: from the fault to the incident; None means the check's own rule and 3 s.
        mitigated: from the first yes to green. limit: of the whole drill, after which everything is stopped.
    """

    detected: timedelta | None = None
    mitigated: timedelta = timedelta(seconds=15)
    up: timedelta = timedelta(seconds=3)
    limit: timedelta = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Expected:
    """The verdict that is right for this text: of a defective section the truth is that it does not fix.

    Attributes:
        detected: whether the checks notice. fixed: how it ends.
        side_effects: oracles that differ afterwards and are known to.
        may_change: oracles, or patterns such as "redis.keys.*", that differ sometimes.
    """

    detected: bool = True
    fixed: Fixed = Fixed.AS_WRITTEN
    side_effects: tuple[str, ...] = ()
    may_change: tuple[str, ...] = ()

    def knows(self, oracle: str) -> bool:
        """Whether this oracle is known to differ, always or sometimes."""
        return oracle in self.side_effects or any(fnmatchcase(oracle, each) for each in self.may_change)


@dataclass(frozen=True, slots=True)
class Corrected:
    """The corrected text of a section, and what is different when it is drilled; see `Scenario` for each of it."""

    runbook: Path
    parameters: tuple[tuple[str, str], ...] = ()
    shows: tuple[Shown, ...] = ()
    approver: Approver = field(default_factory=Approver)
    way_back: tuple[str, ...] = (UNDO,)
    expect: Expected = field(default_factory=Expected)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One drill, before it is run.

    Attributes:
        name: of the file, without its ending. title: for people.
        file: where it is written. runbook, settings: of the team; absolute.
        section: heading or anchor of the section that has to help.
        matches: heading of the section that has to be matched, if that is another one (a general option of the process).
        waive: lint rules whose errors do not block steps here, so that it is seen what the text really does; "all" for
            every one that can be waived.
        room: name of a registered room, or the services it consists of.
        fault: name of a registered fault, or its commands.
        checks: names of the checks that have to notice; the settings' others do not run in the drill.
        more_checks: checks that stand in the scenario itself, as tables of tocsin.toml.
        parameters: what holes of the runbook are filled with.
        shows: what the investigation has to bring to light; empty asks nothing.
        targets, secrets, response: tables of tocsin.toml laid over the settings' own.
        way_back: what is exercised when it is fixed: "undo" (every change that has an exact way back), or numbers of
            steps of the runbook, asked for in this order; empty for nothing.
        corrected: a corrected runbook, tried as well and compared, with what differs there.
        seed: of whatever is left to chance; 0 leaves nothing to it.
    """

    name: str
    title: str
    file: Path
    runbook: Path
    settings: Path
    section: str
    room: str | tuple[Furniture, ...]
    fault: str | Commands
    checks: tuple[str, ...]
    more_checks: tuple[Mapping[str, object], ...] = ()
    matches: str | None = None
    waive: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    shows: tuple[Shown, ...] = ()
    approver: Approver = field(default_factory=Approver)
    targets: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, object] = field(default_factory=dict)
    response: Mapping[str, object] = field(default_factory=dict)
    way_back: tuple[str, ...] = (UNDO,)
    budgets: Budgets = field(default_factory=Budgets)
    expect: Expected = field(default_factory=Expected)
    corrected: Corrected | None = None
    seed: int = 0

    def as_corrected(self) -> "Scenario":
        """The same drill on the corrected text, in which nothing is waived. Itself if there is no such text."""
        if self.corrected is None:
            return self
        other = self.corrected
        return replace(
            self, runbook=other.runbook, parameters=other.parameters, approver=other.approver, way_back=other.way_back,
            shows=other.shows, expect=other.expect, waive=(), corrected=None,
        )  # fmt: skip
