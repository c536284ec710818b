"""tocsin demo: two real incidents on real services, from the alert to the post-mortem, played on the terminal."""

import fcntl
import io
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.text import Text

from tocsin.cli import sheet
from tocsin.cli.options import interactive
from tocsin.cli.stage import Choices, Stage
from tocsin.cli.story import near
from tocsin.cli.trying import program
from tocsin.errors import InputError
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.scenes import SCENES
from tocsin.sandbox.tools import Tools

_PROGRAMME = "demo.json"
_MEGABYTE = 1_000_000
# Measured: a room takes 45 MB (Postgres), the store and the logs of a run less than 1 MB.
_ROOM_NEEDS = 150 * _MEGABYTE
_FOLDER_NEEDS = 20 * _MEGABYTE


@click.command()
@click.option("--yes", is_flag=True, help="Script the person at the terminal: acknowledge and approve.")
@click.option("--only", type=click.Choice(list(SCENES)), help="One of the two.")
@click.option(
    "--serve", "keep", is_flag=True, help="Leave the last one running until Ctrl-C, to try the commands on."
)
@click.option("--fresh", is_flag=True, help="Do not go on with a demo that was cut off; begin anew.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where it keeps its data.",
)
@click.option(
    "--tools", "tools_dir", type=click.Path(path_type=Path), envvar="TOCSIN_TOOLS", default=Path(".tools"), show_default=True,
    help="Where scripts/setup put the programs.",
)  # fmt: skip
@click.option(
    "--examples",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder with cookcam and prepchef. Default: the checkout's.",
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
    names = [only] if only else list(SCENES)
    place = (examples or _examples()).absolute()
    _look_for_examples(place, names)
    tools = Tools.find(tools_dir.absolute())
    folder = folder.absolute()
    rooms = _rooms()
    try:
        with _alone_in(folder), _ended_politely():
            _room_on_disk(folder, _FOLDER_NEEDS)
            _room_on_disk(rooms, _ROOM_NEEDS)
            _play(Choices(yes, folder, place, fresh), names, rooms, tools, keep)
    except OSError as wrong:
        where = wrong.filename or folder
        raise InputError(
            f"{where}: {wrong.strerror or wrong}.",
            hint="Look for space and permissions there; starting again goes on.",
        ) from wrong
    finally:
        with suppress(OSError):
            rooms.rmdir()  # only when no room is in it


def _play(choices: Choices, names: Sequence[str], rooms: Path, tools: Tools, keep: bool) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a character shows a question mark; that is no reason to stop an incident.
        sys.stdout.reconfigure(errors="replace")
    out = sheet.console()
    clock = SystemClock()
    began = clock.monotonic()
    ended = set() if choices.fresh else _ended_before(choices.folder, names)
    stages = [Stage(SCENES[name], choices, out, clock) for name in names]
    for stage in stages:
        name = stage.scene.name
        if name in ended:
            stage.tell(
                f"{name} was played to its end before the demo was cut off (--fresh begins anew)", "yellow"
            )
            continue
        _remember(choices.folder, names, ended)
        try:
            stage.play(rooms, tools, keep_open=keep and name == names[-1])
        except (KeyboardInterrupt, click.Abort):
            stage.tell("interrupted; started again it goes on here, with --fresh it begins anew", "yellow")
            raise
        ended.add(name)
    (choices.folder / _PROGRAMME).unlink(missing_ok=True)
    _farewell(out, stages, choices.examples, timedelta(seconds=clock.monotonic() - began))


def _farewell(out: Console, stages: Sequence[Stage], examples: Path, took: timedelta) -> None:
    out.print()
    out.print(
        Text(f"── done in {duration.spell(took)} ", style="bold green").append("─" * 24, style="not bold dim")
    )
    for stage in stages:
        folder = stage.rehearsal.folder
        drafts = sorted((folder / "postmortems").glob("*.md"))
        out.print(Text(stage.scene.name, style="bold"))
        for what, path in (
            ("post-mortem", near(drafts[-1]) if drafts else "none: it was left unresolved"),
            ("timeline", near(stage.timeline_file)),
            ("database", near(folder / "tocsin.db")),
        ):
            out.print(Text(f"  {what:<13}", style="dim").append(path, style="not dim"))
    script = Path("scripts/demo")
    again = str(script) if script.is_file() and examples == _examples() else f"{program()} demo"
    out.print(Text("Try next", style="bold"))
    for line in (
        f"{program()} plan {near(examples / 'cookcam' / 'runbook.md')}#api-not-responding",
        f"{program()} lint {near(examples / 'prepchef' / 'runbook.md')}",
        *stages[-1].trying.afterwards(),
        f"{again} --serve",
    ):
        out.print(Text(f"  {line}"))


# -- what must be so before anything is started -------------------------------------------------------


def _look_for_examples(place: Path, names: Sequence[str]) -> None:
    for name in names:
        for file in (place / name / SCENES[name].settings, place / name / "runbook.md"):
            if not file.is_file():
                raise InputError(
                    f"{file} is missing.",
                    hint="Run it from a checkout, or name the examples with --examples.",
                )


def _room_on_disk(folder: Path, wanted: int) -> None:
    """Whether there is space for what will be written. Raises InputError: later it would be half-done."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise InputError(
            f"{folder}: {free // _MEGABYTE} MB are free, the demo needs {wanted // _MEGABYTE}.",
            hint="Make room, or name another place with --folder (for services: TMPDIR).",
        )
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if largest != resource.RLIM_INFINITY and largest < wanted:
        raise InputError(
            f"Files may have {largest // _MEGABYTE} MB here (ulimit -f), the demo needs {wanted // _MEGABYTE}.",
            hint="Raise the limit: ulimit -f unlimited.",
        )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep the folder to ourselves: two demos in one store would answer each other's questions.

    Raises:
        InputError: the folder cannot be made or written, or another demo runs in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as wrong:
        raise InputError(
            f"{folder}: cannot be used: {wrong.strerror or wrong}.",
            hint="Name a folder that you may write to: --folder.",
        ) from wrong
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as wrong:
            raise InputError(
                f"{folder}: a demo runs here already.", hint="End that one, or name another folder: --folder."
            ) from wrong
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _ended_politely() -> Iterator[None]:
    """A request to end, or a terminal that is closed, clears away as Ctrl-C does."""

    def asked(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _examples() -> Path:
    return Path(__file__).resolve().parents[3] / "examples"


def _rooms() -> Path:
    """A short path for rooms: Unix socket names end at 107 bytes. Ours alone, for its records are believed."""
    place = Path(tempfile.gettempdir()) / f"tocsin-{os.getuid()}"
    if len(str(place)) > 40:
        place = Path("/tmp") / f"tocsin-{os.getuid()}"  # noqa: S108 -- looked at below
    try:
        place.mkdir(mode=0o711, exist_ok=True)
        found = place.lstat()
    except OSError as wrong:
        raise InputError(
            f"{place}: {wrong.strerror or wrong}.", hint="Set TMPDIR to a directory that you may write to."
        ) from wrong
    if found.st_uid != os.getuid() or place.is_symlink():
        raise InputError(
            f"{place} belongs to somebody else.", hint="Remove it, or set TMPDIR to a directory of yours."
        )
    return place


# -- which of the incidents are over, should we be killed --------------------------------------------


def _ended_before(folder: Path, names: Sequence[str]) -> set[str]:
    """Those that a demo which was cut off had played to the end."""
    try:
        kept = json.loads((folder / _PROGRAMME).read_text(encoding="utf-8"))
        return set(kept["ended"]) if kept["playing"] == list(names) else set()
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return set()


def _remember(folder: Path, names: Sequence[str], ended: set[str]) -> None:
    partial = folder / (_PROGRAMME + ".partial")
    partial.write_text(json.dumps({"playing": list(names), "ended": sorted(ended)}), encoding="utf-8")
    partial.replace(folder / _PROGRAMME)
