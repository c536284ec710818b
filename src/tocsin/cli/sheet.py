"""How incidents look in a terminal, and as Markdown. Plain when piped or when NO_COLOR is set."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tocsin.cli import terminal, views
from tocsin.detection.suspect import Fit, Suspect
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident
from tocsin.incident.preview import Tried
from tocsin.incident.state import Ask
from tocsin.incident.timeline import timeline
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.response.warning import watched
from tocsin.store.evidence import EvidenceRow
from tocsin.store.incidents import IncidentRow

EFFECT_STYLE = {
    "observe": "green",
    "change": "yellow",
    "disrupt": "dark_orange",
    "destroy": "bold red",
    "unknown": "bold magenta",
}
MARK_STYLE = {
    "alert": "bold red", "page": "magenta", "person": "cyan", "look": "green", "result": "default", "ask": "bold yellow",
    "run": "bold yellow", "hand": "cyan", "refuse": "bold red", "check": "blue", "verify": "blue", "clock": "dim", "note": "cyan", "doubt": "bold red",
    "end": "bold green",
}  # fmt: skip


EDGE = 17  # where the text of a row begins: time and mark stand before it


console = terminal.console
hanging = terminal.hanging


def listing(rows: Sequence[IncidentRow], everything: bool) -> None:
    """The list of incidents."""
    out = console()
    if not rows:
        out.print("No incidents yet." if everything else "No open incidents.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("Incident", "Sev", "Stage", "Since", "Title", "Section"):
        table.add_column(heading, overflow="fold")
    now = SystemClock().now()
    for found in rows:
        since = duration.spell((found.resolved_at or now) - found.opened_at)
        title = f"DRILL {found.title}" if found.drill else found.title
        table.add_row(
            found.id, found.severity or "?", found.stage, since, Text(title), found.section or "unlisted"
        )
    out.print(table)


def incident(
    found: Incident, records: Sequence[Recorded], full: bool, changes: Sequence[Suspect] = ()
) -> None:
    """One incident: head, recent changes, what waits, timeline."""
    out = console()
    declared = found.declared
    if declared is None:
        return
    drill = "DRILL " if declared.drill else ""
    out.print(Text(f"{found.id}  {drill}{found.severity}  {declared.title}", style="bold"))
    section = (
        f"§ {declared.section_title} ({declared.runbook_path}:{declared.section_line})"
        if declared.section
        else "unlisted"
    )
    out.print(f"  stage      {found.stage.value}")
    _field(out, "severity", f"{found.severity}: {'; '.join(declared.severity_reasons)}")
    _field(out, "runbook", section)
    _field(out, "matched", "; ".join(declared.match_reasons) or "nothing")
    _field(out, "commander", found.commander or "nobody yet")
    for name, value in views.late_joiner(found):
        _field(out, name, value)
    running = [
        f"{name} {clock.started.due:%H:%M:%S}"
        for name, clock in found.clocks.items()
        if clock.state == "running" and watched(name) is None
    ]
    _field(out, "clocks", ", ".join(running) or "none running")
    by_hand = [f"{task.opened.number} {task.opened.title}" for task in found.doing.by_hand]
    if by_hand:
        _field(out, "by hand", "; ".join(by_hand), "cyan")
    if changes:
        out.print("  recent changes")
        for found_change in changes:
            each = found_change.change
            who = f" by {printable(each.who)}" if each.who else ""
            state = f" ({printable(each.state)})" if each.state else ""
            body = Text(
                f"    {each.at:%Y-%m-%d %H:%M} UTC  {printable(each.title)}{state}{who}  [{printable(each.source)}]"
            )
            out.print(body)
            style = "yellow" if found_change.fit is Fit.SAME else "dim"
            out.print(Text(f"      {printable('; '.join(found_change.reasons))}", style=style))
    wanted = views.decision_wanted(found)
    if wanted:
        _field(out, "WAITS", wanted, "bold yellow")
    out.print()
    for line in timeline(records):
        if full or line.loud:
            details = [Text(detail, style="dim") for detail in line.detail]
            body = Text(line.text)
            if line.evidence:
                body.append(f"  [{line.evidence}]", style="dim")
            row(out, line.at, line.mark, body, details)


def _field(out: Console, name: str, value: str, style: str = "") -> None:
    hanging(out, Text(f"  {name:<11}", style=style), Text(value, style=style))


def row(out: Console, at: datetime | None, mark: str, body: Text, details: Sequence[Text] = ()) -> None:
    """One line of a timeline: time, mark, what happened, and details below, all with one left edge.

    Args:
        at: None leaves the time away, when it is that of the line above.
    """
    head = Text(f"{at:%H:%M:%S}  " if at is not None else " " * 10, style="dim")
    head.append(f"{mark:<7}", style=MARK_STYLE.get(mark, "default"))
    head.stylize("not dim", 10)
    hanging(out, head, body)
    for detail in details:
        hanging(out, Text(" " * len(head)), detail)


def aside(out: Console, text: str, style: str = "") -> None:
    """A line of the player's own, between those of the incident."""
    hanging(out, Text("  · ", style="dim"), Text(text, style=style))


def question(waiting: Ask, dry: Tried, out: Console | None = None) -> None:
    """Everything a person must see before a yes: nothing is cut."""
    out = out or console()
    made = waiting.made
    style = EFFECT_STYLE.get(made.effect, "default")
    out.print()
    out.print(Text(f"  May we?   {made.number}  {made.title}", style="bold yellow"))
    for line in made.text.splitlines():
        _answer(out, "", Text(line, style="bold"))
    _answer(out, "on", Text(made.target))
    _answer(out, "effect", Text(made.effect, style=style).append(f"  {'; '.join(made.why)}", style="default"))
    if made.flags:
        _answer(out, "flags", Text(", ".join(made.flags)))
    _dry_run(out, dry)
    if made.capture:
        _answer(out, "captures", Text(made.capture))
    _answer(out, "way back", Text(made.undo or ("none" if made.undoable == "no" else made.undoable)))
    if made.lost:
        _answer(
            out,
            "",
            Text(f"{made.undoable}; stays lost: {made.lost}" if made.undo else f"stays lost: {made.lost}"),
        )
    for reason in made.reasons:
        _answer(out, "because", Text(reason))
    for target, identity in made.identities:
        _answer(out, "who", Text(f"{target} is {identity}; anybody else is left alone"))
    for file, at, sha256 in made.read:
        _answer(
            out,
            "runs",
            Text(f"{file}:{at} (SHA-256 {sha256[:12]}), which was read; changed, it will not run"),
        )
    for warning in made.warnings:
        _answer(out, "mind", Text(warning, style="yellow"))
    if made.passed_over:
        _answer(
            out, "before", Text(f"{', '.join(made.passed_over)} did not run (tocsin incident show says why)")
        )
    _answer(out, "expires", Text(f"{made.expires:%H:%M:%S} UTC"))
    if made.approvals_needed > 1:
        needed = f"{made.approvals_needed} people, and the target's name typed"
        _answer(out, "needs", Text(needed, style="bold red"))
    out.print()


def _dry_run(out: Console, dry: Tried) -> None:
    """What it would do, as its own dry run said; or why nobody knows."""
    if dry.run is None:
        _answer(out, "dry run", Text(f"no preview is possible: {dry.because}", style="dim"))
        return
    done = dry.run.finished
    if done is None:
        said = Text("has not answered yet; leave the line empty and come back to see it", style="yellow")
    elif done.outcome == "failed":
        said = Text(f"failed. {done.sentence}", style="yellow")
    else:
        said = Text("answered; nothing was changed")
    _answer(out, "dry run", said.append(f"  {dry.run.queued.text}", style="dim"))
    for line in (done.summary if done is not None else "").splitlines():
        _answer(out, "", Text(printable(line)))


def _answer(out: Console, name: str, value: Text) -> None:
    hanging(out, Text(f"  {name:<10}", style="dim"), value)


def typed(text: str) -> bool:
    """Whether the person types the first line of the command as it stands; an empty answer is no, any other is asked again."""
    first = text.splitlines()[0]
    ask = "  Type the command to approve it, or press Enter to leave it\n  >"
    while True:
        answer = " ".join(str(click.prompt(ask, default="", show_default=False, prompt_suffix=" ")).split())
        if not answer:
            return False
        if answer == " ".join(first.split()):
            return True
        click.echo(
            f"  That is something else, and nothing ran. To approve, it must read:\n      {printable(first)}"
        )


def markdown(found: Incident, records: Sequence[Recorded], kept: Sequence[EvidenceRow]) -> str:
    """The whole incident as a document that needs no tocsin to be read."""
    declared = found.declared
    title = declared.title if declared else ""
    parts = [f"# {found.id}: {title}\n\n{found.severity} · {found.stage.value}"]
    rows = ["## Timeline\n"]
    for line in timeline(records):
        rows.append(
            f"- `{line.at:%Y-%m-%d %H:%M:%S}` **{line.mark}** {line.text}"
            + (f" [{line.evidence}]" if line.evidence else "")
        )
        rows.extend(f"  - {detail}" for detail in line.detail)
    parts.append("\n".join(rows))
    shown = ["## Evidence"]
    for row in kept:
        output = (
            printable("\n".join(part for part in (row.stdout.rstrip(), row.stderr.rstrip()) if part))
            or "(no output)"
        )
        fence = "`" * max(3, _longest_run(output) + 1)
        shown.append(f"### {row.id}\n\nSHA-256 `{row.sha256}`\n\n{fence}text\n{output}\n{fence}")
    parts.append("\n\n".join(shown))
    return "\n\n".join(parts) + "\n"


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def pages_by_key(text: str) -> dict[str, str]:
    """The lines of a file pager by the key of their page; of several pagers the first."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        try:
            key = str(json.loads(line)["key"]).rpartition(".")[0]
        except (ValueError, KeyError, TypeError):
            continue  # half written, or somebody else's
        found.setdefault(key, line)
    return found


def error(text: str) -> None:
    """Talk, not data."""
    click.echo(text, err=True)
    sys.stderr.flush()
