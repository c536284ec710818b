"""tocsin demo: two real incidents on real services, from the alert to the post-mortem, played on the terminal."""

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from tocsin.cli import sheet
from tocsin.cli.common import interactive
from tocsin.errors import InputError, TocsinError
from tocsin.incident import events as ev
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident
from tocsin.incident.timeline import timeline
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.sandbox.rehearse import Progress, Rehearsal, Scene
from tocsin.sandbox.scenes import SCENES
from tocsin.sandbox.tools import Tools
from tocsin.store import evidence

ANA = PersonId("ana")
WATCH = timedelta(seconds=6)
_BASELINE_WITHIN = timedelta(seconds=20)
_INCIDENT_WITHIN = timedelta(seconds=180)


@dataclass(frozen=True, slots=True)
class Choices:
    """How the demo was asked for."""

    yes: bool
    serve: bool
    folder: Path


@click.command()
@click.option("--yes", is_flag=True, help="Script the person at the terminal: acknowledge and approve.")
@click.option("--only", type=click.Choice(list(SCENES)), help="One of the two.")
@click.option("--serve", "keep", is_flag=True, help="Leave the last one running until Ctrl-C, to try the commands on.")
@click.option("--fresh", is_flag=True, help="Do not go on with a demo that was cut off; begin anew.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True, help="Where it keeps its data."
)
@click.option(
    "--tools", "tools_dir", type=click.Path(path_type=Path), envvar="TOCSIN_TOOLS", default=Path(".tools"), show_default=True,
    help="Where scripts/setup put the programs.",
)  # fmt: skip
@click.option(
    "--examples", type=click.Path(path_type=Path), default=None, help="The folder with cookcam and prepchef. Default: the checkout's."
)
def demo(
    yes: bool, only: str | None, keep: bool, fresh: bool, folder: Path, tools_dir: Path, examples: Path | None
) -> None:
    """Two real incidents on real services, from alert to post-mortem.

    \b
    tocsin demo               you are Ana, on call: you acknowledge and type what is to run
    tocsin demo --yes         watch
    tocsin demo --serve       leave it running, then: tocsin incident list

    Killed in the middle? Start it again: it goes on where it stopped, and nothing runs twice.
    """
    if not yes and not interactive():
        raise InputError("Nobody can be asked here.", hint="Add --yes to script the person at the terminal.")
    found = Tools.find(tools_dir.absolute())
    place = (examples or _examples()).absolute()
    if not (place / "cookcam" / "tocsin.toml").is_file():
        raise InputError(f"There are no examples in {place}.", hint="Run it from a checkout, or name them with --examples.")
    choices = Choices(yes, keep, folder.absolute())
    names = [only] if only else list(SCENES)
    if fresh:
        for name in names:
            shutil.rmtree(choices.folder / name, ignore_errors=True)
    rooms = _rooms()
    clock = SystemClock()
    began = clock.monotonic()
    stages = []
    for name in names:
        last = name == names[-1]
        stages.append(Stage(SCENES[name], choices, place, keep_open=keep and last))
        stages[-1].play(rooms, found)
    took = timedelta(seconds=clock.monotonic() - began)
    _farewell(stages, took)


class Stage:
    """One incident as it is played: what is shown, and what the person is asked."""

    def __init__(self, scene: Scene, choices: Choices, examples: Path, keep_open: bool) -> None:
        self.scene = scene
        self.choices = choices
        self.keep_open = keep_open
        self.clock = SystemClock()
        self.out = Console(highlight=False, soft_wrap=True)
        self.rehearsal = Rehearsal(scene, choices.folder / scene.name, examples, self.clock)
        self.shown = 0
        self.config = examples / scene.name / "tocsin.toml"
        self.timeline_file = self.rehearsal.folder / "timeline.md"

    def play(self, rooms: Path, tools: Tools) -> None:
        """From setting up to the post-mortem; whatever happens, nothing is left running."""
        self._headline()
        try:
            self._set_up(rooms, tools)
            self._break()
            self._follow()
            self._close_up()
            if self.keep_open:
                self._stay()
        finally:
            self._tell("clearing away")
            self.rehearsal.close()

    def _headline(self) -> None:
        self.out.print()
        self.out.rule(Text(f"{self.scene.name}: {self.scene.heading}", style="bold"), align="left")
        if self.rehearsal.resumed:
            self.out.print(Text("An earlier run was cut off; going on where it stopped. (--fresh begins anew.)", style="yellow"))

    def _set_up(self, rooms: Path, tools: Tools) -> None:
        began = self.clock.monotonic()
        with self.out.status("starting real services on loopback …"):
            self.rehearsal.open(rooms, tools)
            self._serve()
            if self.rehearsal.progress is Progress.STARTED:
                self.rehearsal.baseline(_BASELINE_WITHIN)
        took = timedelta(seconds=self.clock.monotonic() - began)
        self._tell(f"services and tocsin are up, the check {self.scene.check} is green ({duration.spell(took)})")

    def _serve(self) -> None:
        listen = "127.0.0.1:0" if self.keep_open else "none"
        self.rehearsal.serve(
            {"TOCSIN_RESPONSE_WATCH": f"{WATCH.total_seconds():.0f} s", "TOCSIN_RESPONSE_SETTLE": "20 s", "TOCSIN_LISTEN": listen}
        )

    def _break(self) -> None:
        if self.rehearsal.progress is not Progress.STARTED:
            return
        self._tell(f"breaking it: {self.scene.fault}")
        self.rehearsal.inject()
        self._tell("confirmed by an independent look: it is broken. Now tocsin has to notice by itself.")

    def _follow(self) -> None:
        """Show the log as it grows; ask the person when tocsin does."""
        until = self.clock.monotonic() + _INCIDENT_WITHIN.total_seconds()
        asked: set[str] = set()
        while self.clock.monotonic() < until:
            if not self.rehearsal.serving():
                self._tell("the engine is gone; starting it again")
                self._serve()
            log = self.rehearsal.log()
            self._show(log)
            incident = self.rehearsal.incident()
            if incident is not None and incident.postmortem is not None and not incident.open:
                return
            if incident is not None and incident.open and self._wanted(incident, asked):
                until = self.clock.monotonic() + _INCIDENT_WITHIN.total_seconds()
                continue
            self.rehearsal.wait()
        raise TocsinError(
            f"{self.scene.name} was not resolved within {duration.spell(_INCIDENT_WITHIN)}.",
            hint=f"Look into {self.rehearsal.folder / 'serve.log'}; starting again goes on here.",
        )

    def _wanted(self, incident: Incident, asked: set[str]) -> bool:
        """Answer what waits for a person. Returns whether anything did."""
        if not incident.acknowledged and any(page.state == "sent" for page in incident.pages.values()):
            self._acknowledge(incident)
            return True
        if incident.in_doubt:
            self._settle(incident)
            return True
        waiting = incident.open_ask
        if waiting is not None and waiting.made.ask not in asked and incident.acknowledged:
            asked.add(waiting.made.ask)
            sheet.question(waiting)
            if self.choices.yes:
                self._tell(f"(--yes) Ana types: {waiting.made.text}")
                agreed = True
            else:
                agreed = sheet.typed(waiting.made.text)
            event: ev.Event = (
                ev.Approved(waiting.made.ask, ANA, waiting.made.digest) if agreed else ev.Rejected(waiting.made.ask, ANA)
            )
            self._say(incident, event)
            return True
        return False

    def _acknowledge(self, incident: Incident) -> None:
        self._pages()
        if self.choices.yes:
            self._tell("(--yes) Ana acknowledges")
        else:
            click.prompt("You are Ana. Press Enter to acknowledge", default="", show_default=False, prompt_suffix=" ")
        self._say(incident, ev.Acknowledged(ANA))

    def _settle(self, incident: Incident) -> None:
        """A change was cut off in the middle: a person looks and says."""
        run = incident.in_doubt[0]
        self.out.print(Text(f"  IN DOUBT: {run.queued.text}: tocsin stopped while it ran. It is never run again by itself.", style="bold red"))
        if self.choices.yes:
            took = not incident.firing
            self._tell(f"(--yes) Ana looks: it {'took' if took else 'did not take'} effect")
        else:
            took = click.confirm("Look. Did it take effect?")
        self._say(incident, ev.DoubtSettled(run.queued.run, ANA, took, "seen in the demo"))

    def _say(self, incident: Incident, event: ev.Event) -> None:
        answer = self.rehearsal.say(incident.id, event, ANA)
        if not answer.accepted:
            self._tell(f"refused: {answer.refusal}")

    def _pages(self) -> None:
        """Show what the sink received, as the person would see it."""
        path = self.rehearsal.folder / "pages.jsonl"
        if not path.exists():
            return
        for line in path.read_text(encoding="utf-8").splitlines()[:1]:
            self.out.print(Text(f"  ☎  {sheet.page_line(line)}", style="bold magenta"))

    def _show(self, log: tuple[Recorded, ...]) -> None:
        lines = timeline(log)
        for line in lines[self.shown :]:
            if line.loud:
                self.out.print(sheet.rendered(line))
        self.shown = len(lines)

    def _close_up(self) -> None:
        incident = self.rehearsal.incident()
        if incident is None:
            return
        with self.rehearsal.database.read() as tx:
            kept = evidence.of_incident(tx, incident.id)
        self.timeline_file.write_text(sheet.markdown(incident, self.rehearsal.log(), kept), encoding="utf-8")
        self.rehearsal.ended()

    def _stay(self) -> None:
        self._tell("left running; Ctrl-C ends it")
        self.out.print(f"    TOCSIN_DATA={self.rehearsal.folder} tocsin incident list --all --config {self.config}")
        try:
            while self.rehearsal.serving():
                self.rehearsal.wait()
        except KeyboardInterrupt:
            self._tell("stopping")

    def _tell(self, text: str) -> None:
        self.out.print(Text("  · ", style="dim").append(text, style="default"))


def _farewell(stages: list[Stage], took: timedelta) -> None:
    out = Console(highlight=False, soft_wrap=True)
    out.print()
    out.rule(Text(f"done in {duration.spell(took)}", style="bold green"), align="left")
    for stage in stages:
        folder = stage.rehearsal.folder
        drafts = sorted((folder / "postmortems").glob("*.md"))
        out.print(Text(stage.scene.name, style="bold"))
        out.print(f"  post-mortem  {drafts[-1] if drafts else 'none'}")
        out.print(f"  timeline     {stage.timeline_file}")
        out.print(f"  database     {folder / 'tocsin.db'}")
    first = stages[0]
    out.print(Text("Try next", style="bold"))
    out.print("  tocsin plan examples/cookcam/runbook.md#api-not-responding")
    out.print("  tocsin lint examples/prepchef/runbook.md")
    out.print(f"  TOCSIN_DATA={first.rehearsal.folder} tocsin audit verify --config {first.config}")
    out.print("  tocsin demo --serve")


def _examples() -> Path:
    return Path(__file__).resolve().parents[3] / "examples"


def _rooms() -> Path:
    """A short path for rooms: Unix socket names end at 107 bytes."""
    place = Path(tempfile.gettempdir()) / f"tocsin-{os.getuid()}"
    if len(str(place)) > 40:
        place = Path("/tmp") / f"tocsin-{os.getuid()}"  # noqa: S108 -- private to this user, checked by the room
    sys.stdout.flush()
    return place
