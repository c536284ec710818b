"""tocsin beat JOB -- command …: run a command and report how it went."""

import os
import re
import sys
import threading
from pathlib import Path
from uuid import uuid4

import click

from tocsin.connectors.beat_sender import BeatSender, Report
from tocsin.connectors.wrapped import Outcome, run
from tocsin.errors import ConfigError, InputError
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor

_KEEP_BYTES = 10_000
_SECRET_NAME = re.compile(r"(?i)pass|secret|token|key|credential|_pwd|auth|dsn|_url$")
_START_SECONDS = 15.0
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("job")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--url", envvar="TOCSIN_URL", help="Where tocsin is: https://tocsin.example.org.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the ping key. Without it: the variable TOCSIN_PING_KEY.",
)
@click.option(
    "--spool",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TOCSIN_SPOOL",
    help="Where reports wait that nobody took. Default: tocsin/beats in your state folder.",
)
@click.option(
    "--lines", type=click.IntRange(0, 1000), default=50, show_default=True, help="Of output to report."
)
def beat(
    job: str, command: tuple[str, ...], url: str | None, key_file: Path | None, spool: Path | None, lines: int
) -> None:
    """Run a command; report its start, its end with exit status, and its last lines without secrets.

    \b
    tocsin beat nightly-backup -- /usr/local/bin/backup --all
    tocsin beat https://tocsin.example.org/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278 -- ./job.sh
    0 2 * * *  TOCSIN_URL=http://127.0.0.1:8410 tocsin beat --key-file /etc/tocsin/ping.key payouts -- ./run

    The command runs whether tocsin can be reached or not, and its exit status is ours (128 + n for signal n). A report
    that nobody took is kept in a file and told by the next job.
    """
    if not command:
        raise InputError("Which command?", hint=f"tocsin beat {job} -- COMMAND …")
    sender = BeatSender(
        _address(job, url, key_file), spool or _spool(), SystemClock(), threading.Event().wait, _say
    )
    run_id = f"?rid={uuid4()}"
    began = threading.Thread(target=_begin, args=(sender, run_id), daemon=True)
    ended = run(command, _KEEP_BYTES, began.start)
    began.join(_START_SECONDS)  # an end must not overtake its start
    sender.surely(Report(f"/{min(ended.status, 255)}{run_id}", _shown(ended, lines)))
    sender.close()
    sys.exit(ended.status)


def _begin(sender: BeatSender, run_id: str) -> None:
    """Beside the command, which waits for nobody."""
    if sender.once(Report(f"/start{run_id}")):
        sender.drain()


def _address(job: str, url: str | None, key_file: Path | None) -> str:
    """The ping address: the one given, or made of where tocsin is, the key and the job's name."""
    if job.startswith(("http://", "https://")):
        return job
    if url is None:
        raise ConfigError("Where is tocsin?", hint="Say --url or set TOCSIN_URL.")
    if key_file is not None:
        try:
            key = key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as problem:
            why = problem.strerror if isinstance(problem, OSError) else "it is no text"
            raise ConfigError(
                f"{key_file} cannot be read: {why}.", hint="It holds the ping key."
            ) from problem
    else:
        key = os.environ.get("TOCSIN_PING_KEY", "").strip()
    if not key:
        raise ConfigError(
            "There is no ping key.",
            hint="Set TOCSIN_PING_KEY or say --key-file; tocsin heartbeat key makes one.",
        )
    # A key of one heartbeat is printed as a UUID, whose address leaves no room for a name. Without its dashes it is the
    # same key, and the job is named: a key that was mixed up reports nothing about another job.
    key = key.replace("-", "") if _UUID.fullmatch(key) else key
    return f"{url.rstrip('/')}/ping/{key}/{job}"


def _shown(ended: Outcome, lines: int) -> str:
    """The last lines, without the secrets that stand in our environment or look like some."""
    known = tuple(value for name, value in os.environ.items() if _SECRET_NAME.search(name))
    text = Redactor(known).redact(ended.tail.decode("utf-8", "replace"))
    return "".join(text.splitlines(keepends=True)[-lines:]) if lines else ""


def _spool() -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "tocsin" / "beats"


def _say(line: str) -> None:
    click.echo(f"tocsin beat: {line}", err=True)
