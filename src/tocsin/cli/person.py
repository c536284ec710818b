"""The person of the demo: what she is asked, on a terminal or scripted, and what she answers."""

from datetime import timedelta

import click
from rich.console import Console
from rich.text import Text

from tocsin.cli import sheet
from tocsin.cli.story import near
from tocsin.cli.ticker import Ticker
from tocsin.detection.check import Sample, Verdict
from tocsin.errors import TocsinError
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.preview import tried
from tocsin.incident.state import Ask, AskState
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.sandbox.rehearse import Rehearsal

ANA = PersonId("ana")
BO = PersonId("bo")
_LOOKS = 3


class Person:
    """Ana, on call; and Bo, where somebody else has to say yes.

    Attributes:
        yes: whether she is scripted: acknowledges, approves, and says of a change in doubt what the check says.
        left: whether she left the incident unresolved.
    """

    def __init__(self, rehearsal: Rehearsal, out: Console, ticker: Ticker, *, yes: bool) -> None:
        self.rehearsal = rehearsal
        self.out = out
        self.ticker = ticker
        self.yes = yes
        self.left = False
        self._asked: set[str] = set()

    def wanted(self, incident: Incident, rang: bool) -> bool:
        """Answer what waits for a person. Returns whether anything did."""
        if not incident.acknowledged and rang:
            self._acknowledge(incident)
            return True
        if incident.in_doubt:
            self._settle(incident)
            return True
        waiting = incident.open_ask
        if waiting is not None and waiting.made.ask not in self._asked and incident.acknowledged:
            self._asked.add(waiting.made.ask)
            self._answer(incident, waiting)
            return True
        spent = incident.spent == (incident.changes_run, incident.relapses)
        if (
            spent
            and incident.firing
            and waiting is None
            and incident.requested is None
            and incident.running_change is None
        ):
            self._at_the_end(incident)
            return True
        return False

    def _acknowledge(self, incident: Incident) -> None:
        if self.yes:
            self._tell("(--yes) Ana acknowledges")
        else:
            self.ticker.still()
            click.prompt(
                "  You are Ana. Press Enter to acknowledge", default="", show_default=False, prompt_suffix=" "
            )
        self._say(incident, ev.Acknowledged(ANA))

    def _answer(self, incident: Incident, waiting: Ask) -> None:
        made, by = waiting.made, ANA
        self.ticker.still()
        sheet.question(waiting, tried(incident, waiting, SystemClock().now()), self.out)
        if made.proposed_by == ANA:
            by = BO
            self._tell(
                "Ana asked for this step herself, so somebody else must say yes. You are Bo now, level 2.",
                "bold",
            )
        if self.yes:
            self._tell(f"(--yes) Ana types: {made.text}")
        agreed = self.yes or sheet.typed(made.text)
        if not self._say(
            incident, ev.Approved(made.ask, by, made.digest) if agreed else ev.Rejected(made.ask, by), by
        ):
            self._asked.discard(made.ask)  # the answer did not count, so the question still waits

    def _settle(self, incident: Incident) -> None:
        """A change was cut off in the middle: a person looks and says."""
        run = incident.in_doubt[0]
        self.out.print()
        sheet.hanging(
            self.out,
            Text("  IN DOUBT  ", style="bold red"),
            Text(f"{run.queued.number} {run.queued.text}\n", style="bold").append(
                "Nobody saw its end. It is never run again by itself: a person looks and says.",
                style="not bold",
            ),
        )
        seen = self._look()
        sheet.hanging(
            self.out,
            Text("  now       ", style="dim"),
            Text(f"{seen.check} {seen.verdict.value}: {seen.message}"),
        )
        took = seen.verdict is Verdict.UP
        if self.yes:
            self._tell(f"(--yes) Ana has looked: it {'took' if took else 'did not take'} effect")
        else:
            self.ticker.still()
            took = click.confirm("  Did it take effect?", default=None)
        self._say(
            incident,
            ev.DoubtSettled(run.queued.run, ANA, took, f"looked: {seen.check} is {seen.verdict.value}"),
        )

    def _look(self) -> Sample:
        """The check as it is now; a service that is just coming up is given a moment."""
        for _ in range(_LOOKS - 1):
            seen = self.rehearsal.look()
            if seen.verdict is Verdict.UP:
                return seen
            self.rehearsal.pause(timedelta(seconds=1))
        return self.rehearsal.look()

    def _at_the_end(self, incident: Incident) -> None:
        """The section has nothing more to offer, and it is still broken."""
        if self.yes:
            raise TocsinError(
                f"{self.rehearsal.scene.name}: tocsin has nothing more to offer, and {self.rehearsal.scene.check} is still bad.",
                hint=f"Look into {near(self.rehearsal.folder)}.",
            )
        self.ticker.still()
        left = [ask.made for ask in incident.asks.values() if ask.state is AskState.REJECTED]
        self.out.print()
        self._tell(
            "Nothing more to offer, and it is still broken. tocsin goes on paging. You left:", "bold yellow"
        )
        for made in {made.number: made for made in left}.values():
            sheet.hanging(self.out, Text(f"      {made.number}  "), Text(made.text))
        number = str(
            click.prompt(
                "  Type a step's number to have it asked for again, or press Enter to end here\n  >",
                default="", show_default=False, prompt_suffix=" ",
            )
        ).strip()  # fmt: skip
        if number:
            self._say(incident, ev.StepRequested(number, ANA))
        else:
            self.left = True
            self._tell(f"{incident.id} stays open, as you left it")

    def _say(self, incident: Incident, event: ev.Event, by: PersonId = ANA) -> bool:
        """Hand a person's word to tocsin; whether it counted."""
        self.ticker.say("tocsin decides", "decide")
        answer = self.rehearsal.say(incident.id, event, by)
        if not answer.accepted:
            if self.yes:
                raise TocsinError(
                    f"{self.rehearsal.scene.name}: tocsin refused {by}'s word: {answer.refusal}"
                )
            self._tell(f"refused: {answer.refusal}", "yellow")
        return answer.accepted

    def _tell(self, text: str, style: str = "") -> None:
        sheet.aside(self.out, text, style)
