"""Waivers: a team's decision to live with a defect of its runbook for a while. They live in tocsin.toml and expire."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from tocsin.runbook.book import Runbook
from tocsin.runbook.diagnostic import Diagnostic, Level


@dataclass(frozen=True, slots=True)
class Waiver:
    """One defect at one step.

    Attributes:
        rule: "TOC202". step: number or id of the step. reason: shown on every approval. until: last day it holds.
    """

    rule: str
    step: str
    reason: str
    until: date


def waive(book: Runbook, waivers: tuple[Waiver, ...], today: date) -> Runbook:
    """The runbook with each waived error turned into a warning that carries the reason.

    An error about several steps is turned only if every one of them is waived. An expired waiver does nothing.
    """
    holding = {
        (waiver.rule, _step_id(book, waiver.step)): waiver for waiver in waivers if today <= waiver.until
    }
    if not holding:
        return book
    return replace(book, diagnostics=tuple(_waived(found, holding) for found in book.diagnostics))


def _step_id(book: Runbook, name: str) -> str:
    step = book.step(name)
    return step.id if step is not None else name


def _waived(found: Diagnostic, holding: Mapping[tuple[str, str], Waiver]) -> Diagnostic:
    waivers = [holding.get((found.rule, step)) for step in found.steps]
    if found.level is not Level.ERROR or not waivers or None in waivers:
        return found
    first = next(waiver for waiver in waivers if waiver is not None)
    said = f"{found.message} (waived until {first.until:%Y-%m-%d}: {first.reason})"
    return replace(found, level=Level.WARNING, message=said)
