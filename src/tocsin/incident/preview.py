"""What a change would do, seen before the yes: its own dry run, kept like any other evidence.

Rule: ux.md R4 and 6.1 ("show before do"); a dry run only looks, and nothing depends on it but a person's eyes.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.effects.dry import dry_run
from tocsin.effects.effect import Effect
from tocsin.incident.commands import StepText
from tocsin.incident.events import AskMade
from tocsin.incident.place import by_itself, judgements
from tocsin.incident.shape import Incident
from tocsin.incident.state import Ask, Run
from tocsin.kit.ids import AskId

DRY_RUN = "dry run"
"""The purpose of a run that shows what an ask would do."""
PATIENCE = timedelta(seconds=60)
"""How long a yes waits for a dry run; one that never answers must not stand between a person and the way out (ux.md R4)."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How what is asked can be tried: the statement that tries it, or None with the reason as the end of a sentence."""

    text: StepText | None
    because: str = ""


def preview(texts: tuple[StepText, ...]) -> Preview:
    """The dry run of what these statements would do together, in the very place where they would run."""
    changing = [text for text in texts if by_itself(text).effect is not Effect.OBSERVE]
    if len(changing) != 1:
        return Preview(
            None, f"{len(changing)} statements change something, and each builds on the one before it"
        )
    change = changing[0]
    found = dry_run(change.text, change.language)
    if found.text is None:
        return Preview(None, found.because)
    text = replace(change, text=found.text, read=())
    if not all(judged.runs_by_itself for judged in judgements(text.text, text.language, text.environment)):
        return Preview(None, "in its place its dry run would do more than look")
    return Preview(text)


def preview_of(made: AskMade) -> Preview:
    """The dry run of what an ask asks for. An ask of an old log, which holds no statements, has none."""
    return preview(made.texts) if made.texts else Preview(None, "where it would run is not on record")


def dry_run_of(incident: Incident, ask: AskId) -> Run | None:
    """The run that shows what an ask would do, or None where there is none."""
    return next((run for run in incident.runs.values() if run.queued.previews == ask), None)


@dataclass(frozen=True, slots=True)
class Tried:
    """The dry run of an ask as it is shown to whoever decides.

    Attributes:
        because: why there is none, as the end of a sentence; "" if there is one.
        run: where it is, or None if there is none.
        held: whether the yes waits for its answer.
    """

    because: str
    run: Run | None
    held: bool


def tried(incident: Incident, ask: Ask, now: datetime) -> Tried:
    """What is known at this moment of what this would do."""
    run = dry_run_of(incident, ask.made.ask)
    if run is not None:
        return Tried("", run, run.open and now < run.at + PATIENCE)
    return Tried(preview_of(ask.made).because or "it was asked before dry runs were known here", None, False)
