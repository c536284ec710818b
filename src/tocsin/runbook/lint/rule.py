"""What a rule of the linter is."""

from dataclasses import dataclass

from tocsin.runbook.diagnostic import Level

FAMILIES = {
    "1": "Structure: can it be read and followed?",
    "2": "Safety: would it hurt?",
    "3": "Truth: does it do, and say, what it claims?",
    "4": "Age and ownership: is it still true, and whose is it?",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue.

    Attributes:
        id: "TOC204"; never reused. level: of its diagnostics, unless a milder case of it says otherwise.
        finding: what it finds. why: one line of rationale.
        bad, good: an example that it reports and the same made right.
        hint: what to do, shown with each diagnostic.
    """

    id: str
    level: Level
    finding: str
    why: str
    bad: str
    good: str
    hint: str

    @property
    def family(self) -> str:
        """The heading of its family in the reference."""
        return FAMILIES[self.id[3]]
