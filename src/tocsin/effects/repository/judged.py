"""A text of the repository, judged as part of the command that runs it."""

from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Place, Reading, Tally, unknown
from tocsin.effects.repository.find import HELD, replaces, stays, touches
from tocsin.effects.repository.held import NOTHING_HELD, Origin

_MOST_OPENED = 40  # texts of the repository that one command may run
_BEYOND = Reading(
    Effect.DESTROY, HELD, "its name speaks of destroying, and not all of its text could be read"
)


def judge_held(
    origin: Origin, tally: Tally, place: Place, flags: frozenset[Flag], span: tuple[int, int], judge: Callable[[str, Tally, Place], None]
) -> None:  # fmt: skip
    """Count what a text of the repository does into `tally`.

    Args:
        span: where the command stands that runs it. judge: walks a text at a place into a tally.
    """
    if tally.opened >= _MOST_OPENED:
        tally.add(unknown("shell.deep", "runs too many texts of the repository"), *span, flags)
        return
    inner = Tally()
    inner.opened = tally.opened + 1
    text = origin.held.text
    judge(text, inner, place if stays(text) else replace(place, repository=NOTHING_HELD))
    tally.take(inner, origin.held, *span)
    if inner.effect is Effect.UNKNOWN and origin.by_name is Effect.DESTROY:
        tally.add(_BEYOND, *span, flags)


def distrust(tally: Tally, span: tuple[int, int]) -> None:
    """Count as unknown what runs several texts of the repository, one of which may put another in the place of the rest."""
    texts = {held.file: held for held in tally.read}
    for held in tally.read:
        others = [file for file in texts if file != held.file]
        if others and (replaces(held.text) or any(touches(held.text, file) for file in others)):
            told = f"{held.file} may replace what is run after it"
            tally.add(unknown("repository.replaced", told), *span)
            return
