"""Preview: what is asked for is tried at once, where its tool can say what it would do without doing it (ux.md R4).

It only looks, so it runs by itself like every look; the judge is asked again just before it begins. It decides nothing:
the person who says yes reads it.
"""

from tocsin.effects.effect import Effect
from tocsin.incident.commands import RunStep
from tocsin.incident.events import AskMade, Event, StepQueued
from tocsin.incident.place import digest_of
from tocsin.incident.preview import DRY_RUN, preview_of
from tocsin.kit.ids import StepId
from tocsin.response.turn import Turn


def react(turn: Turn, event: Event) -> None:
    """With each ask its dry run, if it has one."""
    match event:
        case AskMade() if turn.incident.open:
            _try(turn, event)


def _try(turn: Turn, made: AskMade) -> None:
    found = preview_of(made).text
    if found is None:
        return
    run = turn.incident.next_run()
    # A step of its own: a try is no attempt at the step, and none of its questions is answered by it.
    step = StepId(f"{made.step} {DRY_RUN}")
    number = f"{DRY_RUN} {made.number}"
    looks, texts = Effect.OBSERVE.word, (found,)
    turn.record(
        StepQueued(run, step, number, made.title, found.text, found.target, looks, DRY_RUN, previews=made.ask)
    )
    turn.command(RunStep(run, turn.incident.id, step, texts, looks, DRY_RUN, digest_of(texts)))
