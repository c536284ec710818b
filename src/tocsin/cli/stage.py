"""One incident of the demo as it is played: services up, something breaks, the person is asked, it is written up."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tocsin.app.runbook_file import read_runbook
from tocsin.cli import sheet
from tocsin.cli.person import Person
from tocsin.cli.story import Story, near
from tocsin.cli.ticker import Ticker
from tocsin.cli.trying import Trying
from tocsin.errors import TocsinError
from tocsin.incident import events as ev
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident, fold
from tocsin.kit import duration
from tocsin.kit.clock import Clock
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.defaults import WATCH_FOR
from tocsin.sandbox.rehearse import Progress, Rehearsal
from tocsin.sandbox.scene import Scene
from tocsin.sandbox.tools import Tools
from tocsin.store import evidence

WATCH = timedelta(seconds=6)
_BASELINE_WITHIN = timedelta(seconds=120)
_QUIET_AT_MOST = timedelta(
    seconds=120
)  # nothing new in the log for so long: something is wrong with the demo
_COUNTED_BEFORE = timedelta(minutes=1)  # how far back samples count towards "in a row"
_RESTARTS = 5


@dataclass(frozen=True, slots=True)
class Choices:
    """How the demo was asked for."""

    yes: bool
    folder: Path
    examples: Path
    fresh: bool


class Stage:
    """One incident as it is played: what is shown, and what the person is asked."""

    def __init__(self, scene: Scene, choices: Choices, out: Console, clock: Clock) -> None:
        self.scene = scene
        self.choices = choices
        self.clock = clock
        self.out = out
        self.ticker = Ticker(out, clock)
        self.rehearsal = Rehearsal(
            scene, choices.folder / scene.name, choices.examples, clock, anew=choices.fresh
        )
        self.trying = Trying(self.rehearsal, choices.examples)
        self.timeline_file = self.rehearsal.folder / "timeline.md"
        self._listen = "none"
        self._restarts = 0
        self.person = Person(self.rehearsal, out, self.ticker, yes=choices.yes)

    # -- the course ----------------------------------------------------------------------------------

    def play(self, rooms: Path, tools: Tools, *, keep_open: bool) -> None:
        """From setting up to the post-mortem; whatever happens, nothing is left running.

        Raises:
            TocsinError: it did not come to its end; starting the demo again goes on here.
        """
        self._listen = "127.0.0.1:0" if keep_open else "none"
        self._headline()
        try:
            with self.ticker:
                self._set_up(rooms, tools)
                story = self._break()
                self._follow(story)
                self._close_up()
            if keep_open:
                self._stay()
        finally:
            self._clear_away()

    def _headline(self) -> None:
        self.out.print()
        self.out.print(
            Text(f"── {self.scene.name}: {self.scene.heading} ", style="bold").append(
                "─" * 24, style="not bold dim"
            )
        )
        if self.rehearsal.resumed:
            self.tell(
                "An earlier run was cut off; going on where it stopped. (--fresh begins anew.)", "yellow"
            )

    def _set_up(self, rooms: Path, tools: Tools) -> None:
        began = self.clock.monotonic()
        self.ticker.say(f"starting {self.scene.services} on loopback")
        before = self.rehearsal.progress if self.rehearsal.resumed else None
        self.rehearsal.open(rooms, tools)
        self.ticker.say("starting tocsin and waiting for its first look")
        self._serve()
        if self.rehearsal.progress is Progress.STARTED:
            self.rehearsal.baseline(_BASELINE_WITHIN)
        self.trying.write_environment()
        took = duration.spell(timedelta(seconds=self.clock.monotonic() - began))
        if self.rehearsal.taken_over:
            self.tell(f"{self.scene.services} still run and are taken over; tocsin serve is started again")
        elif before is Progress.BROKEN:
            self.tell(
                f"{self.scene.services} were gone; new ones are up in {took}, as the old ones were; tocsin serve too"
            )
        else:
            self.tell(
                f"up in {took}: {self.scene.services}, and tocsin serve; the check {self.scene.check} is green"
            )

    def _serve(self) -> None:
        self.rehearsal.serve(
            {
                "TOCSIN_RESPONSE_WATCH": f"{WATCH.total_seconds():.0f} s",
                "TOCSIN_RESPONSE_SETTLE": "20 s",
                "TOCSIN_LISTEN": self._listen,
            }
        )

    def _break(self) -> Story:
        known = len(self.rehearsal.log())
        story = Story(self.out, self.rehearsal.check, self.clock.now(), known, self._longer())
        if self.rehearsal.progress is Progress.STARTED:
            self.ticker.say("breaking it")
            self.rehearsal.inject()
            self.tell(f"broken on purpose: {self.scene.fault}")
            self.tell("seen to be broken by a look of our own; tocsin has not been told, it has to notice")
        return story

    def _follow(self, story: Story) -> None:
        """Show the log as it grows; ask the person when tocsin does."""
        since = self.clock.now() - _COUNTED_BEFORE
        until, seen = self._patience(), 0
        while self.clock.monotonic() < until:
            self._keep_serving()
            log = self.rehearsal.log()
            incident = _folded(log)
            story.tell(log, self.rehearsal.samples(since), incident, self._pages(), self.clock.now())
            if self.person.left or (incident is not None and _over(incident)):
                return
            # First the person: what was shown last may be a page that rings.
            acted = incident is not None and incident.open and self.person.wanted(incident, story.rang)
            if acted or len(log) > seen:
                until, seen = self._patience(), len(log)
                continue
            self.ticker.say(*self._waited_for(story, incident))
            self.rehearsal.wait()
        raise TocsinError(
            f"{self.scene.name}: nothing has happened for {duration.spell(_QUIET_AT_MOST)}; "
            f"tocsin serve said last: {self.rehearsal.last_word}",
            hint=f"Look into {near(self.rehearsal.folder / 'serve.log')}; starting the demo again goes on here.",
        )

    def _patience(self) -> float:
        return self.clock.monotonic() + _QUIET_AT_MOST.total_seconds()

    def _keep_serving(self) -> None:
        if self.rehearsal.serving():
            return
        self._restarts += 1
        log = near(self.rehearsal.folder / "serve.log")
        if self._restarts > _RESTARTS:
            raise TocsinError(f"tocsin serve has ended {self._restarts} times.", hint=f"Look into {log}.")
        self.tell("tocsin serve is gone; starting it again. What was stored is not lost.", "yellow")
        self.ticker.say("starting tocsin again")
        self._serve()

    def _waited_for(self, story: Story, incident: Incident | None) -> tuple[str, str]:
        """What the bottom line says, and under which key its time runs."""
        check = self.rehearsal.check
        if incident is None:
            return (
                f"tocsin watches {check.name}: {story.bad} of {check.failures} bad samples in a row",
                "notice",
            )
        running = [run.queued for run in incident.runs.values() if run.finished is None and run.open]
        if running:
            more = f" and {len(running) - 1} more" if len(running) > 1 else ""
            return f"running {running[0].number} {running[0].text.splitlines()[0]}{more}", "run"
        if incident.watching_until is not None:
            return f"watching until {incident.watching_until:%H:%M:%S}", "watch"
        if incident.firing and incident.changes_run:
            return f"verifying: {story.good} of {check.successes} good samples in a row", "verify"
        return "tocsin decides", "decide"

    def _longer(self) -> str:
        """What the watch window would be outside the demo."""
        runbook = self.rehearsal.settings.runbook
        policy = compile_runbook(read_runbook(runbook), str(runbook)).policy
        stated = [clock.limit for clock in policy.clocks if clock.name == "watch"]
        usual = (
            f"the runbook says {duration.spell(min(stated))}"
            if stated
            else f"else {duration.spell(WATCH_FOR)}"
        )
        return f" (shortened for the demo; {usual})"

    def _pages(self) -> dict[str, str]:
        """What the sink received, by the key of the page."""
        try:
            text = (self.rehearsal.folder / "pages.jsonl").read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        return sheet.pages_by_key(text)

    # -- the end -------------------------------------------------------------------------------------

    def _close_up(self) -> None:
        log = self.rehearsal.log()
        incident = _folded(log)
        if incident is not None:
            with self.rehearsal.database.read() as tx:
                kept = evidence.of_incident(tx, incident.id)
            self.timeline_file.write_text(sheet.markdown(incident, log, kept), encoding="utf-8")
        self.rehearsal.ended()

    def _stay(self) -> None:
        """Leave it running until Ctrl-C, which is how this is meant to end."""
        self.out.print()
        self.tell(f"left running; {self.rehearsal.address or 'it listens nowhere'}", "bold")
        self.tell("in another terminal, from here:")
        for line in self.trying.while_it_runs():
            self.out.print(Text(f"    {line}"))
        try:
            while True:
                self.ticker.say("Ctrl-C ends it", "stay")
                if not self.rehearsal.serving():
                    self._keep_serving()
                    self.tell(f"it listens on {self.rehearsal.address}")
                self.rehearsal.wait()
        except KeyboardInterrupt:
            pass
        finally:
            self.ticker.still()

    def _clear_away(self) -> None:
        with suppress(OSError, ValueError):  # the terminal may be gone; the services must go all the same
            self.ticker.say("clearing away")
        try:
            self.rehearsal.close()
        finally:
            with suppress(OSError, ValueError):
                self.ticker.still()
        with suppress(OSError, ValueError):
            self.tell("cleared away: no process, port or directory of it is left")

    def tell(self, text: str, style: str = "") -> None:
        """A line of the demo's own, between those of the incident."""
        sheet.aside(self.out, text, style)


def _folded(log: tuple[Recorded, ...]) -> Incident | None:
    """The incident these records make: what is shown and what is asked come from one look."""
    for record in log:
        if isinstance(record.event, ev.IncidentDeclared):
            return fold(record.event.id, log)
    return None


def _over(incident: Incident) -> bool:
    """Resolved, written up, and everybody who was paged has been told."""
    return (
        incident.postmortem is not None
        and not incident.open
        and all(page.state != "queued" for page in incident.pages.values())
    )
