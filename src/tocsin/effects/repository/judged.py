"""A text of the repository, judged as part of the command that runs it."""

from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Place, Reading, Tally, unknown
from tocsin.effects.repository.find import HELD, stays
from tocsin.effects.repository.held import Origin

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
    judge(text, inner, place if stays(text) else replace(place, repository=None))
    tally.take(inner, origin.held, *span)
    if inner.effect is Effect.UNKNOWN and origin.by_name is Effect.DESTROY:
        tally.add(_BEYOND, *span, flags)
