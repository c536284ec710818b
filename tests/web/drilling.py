"""Drills that people start from the pages, for tests of the pages: a programme that remembers instead of a sandbox."""

from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.app.drilling import Attempt, Entered, Offer
from tocsin.errors import NotFound, Refused
from tocsin.kit.clock import SystemClock


class Rehearsed:
    """Does what it is told, in order; nothing is broken by it."""

    def __init__(self, *scenarios: str, why_not: str = "", hint: str = "", note: str = "") -> None:
        self.offered = Offer(tuple(scenarios), why_not, hint, note)
        self.attempt: Attempt | None = None
        self.changes = 0

    def offer(self) -> Offer:
        return self.offered

    def current(self) -> Attempt | None:
        return self.attempt

    def heard(self) -> int:
        return self.changes

    def start(self, scenario: str, by: str) -> Attempt:
        if scenario not in self.offered.scenarios:
            raise NotFound(f'There is no scenario "{scenario}".')
        if self.attempt is not None and self.attempt.running:
            raise Refused(f"{self.attempt.scenario} is being drilled already.")
        return self._put(Attempt(scenario, by, self._now()))

    def stop(self, by: str) -> Attempt:
        if self.attempt is None or not self.attempt.running:
            raise NotFound("No drill runs.")
        return self._put(replace(self.attempt, stopped_by=by))

    def enter(self, state: str, what: str) -> None:
        """The drill goes on."""
        assert self.attempt is not None
        entered = Entered("trial", state, what, timedelta(seconds=len(self.attempt.entered)))
        self._put(replace(self.attempt, entered=(*self.attempt.entered, entered)))

    def end(self, said: str, *, proven: bool | None, drill: int | None = None) -> None:
        """The drill is over."""
        assert self.attempt is not None
        self._put(replace(self.attempt, said=said, proven=proven, drill=drill, ended=self._now()))

    def _put(self, attempt: Attempt) -> Attempt:
        self.attempt = attempt
        self.changes += 1
        return attempt

    def _now(self) -> datetime:
        return SystemClock().now()
