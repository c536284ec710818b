"""How incidents look in a terminal, and as Markdown. Plain when piped or when NO_COLOR is set."""

import json
import sys
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tocsin.cli import views
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Ask, Incident
from tocsin.incident.timeline import Line, timeline
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.store.evidence import EvidenceRow
from tocsin.store.incidents import IncidentRow

EFFECT_STYLE = {
    "observe": "green",
    "change": "yellow",
    "disrupt": "dark_orange",
    "destroy": "bold red",
    "unknown": "bold magenta",
}
_MARK_STYLE = {
    "alert": "bold red", "page": "magenta", "person": "cyan", "look": "green", "result": "default", "ask": "bold yellow",
    "run": "bold yellow", "refuse": "red", "verify": "blue", "clock": "dim", "note": "cyan", "doubt": "bold red",
    "end": "bold green",
}  # fmt: skip


def console() -> Console:
    """Where talk goes: stdout, in colour only where that is wanted."""
    return Console(highlight=False, soft_wrap=True)


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
        table.add_row(found.id, found.severity or "?", found.stage, since, title, found.section or "unlisted")
    out.print(table)


def incident(found: Incident, records: Sequence[Recorded], full: bool) -> None:
    """One incident: head, what waits, timeline."""
    out = console()
    declared = found.declared
    if declared is None:
        return
    drill = "DRILL " if declared.drill else ""
    out.print(Text(f"{found.id}  {drill}{found.severity}  {declared.title}", style="bold"))
    section = f"§ {declared.section_title} ({declared.runbook_path}:{declared.section_line})" if declared.section else "unlisted"
    out.print(f"  stage      {found.stage.value}")
    out.print(Text(f"  severity   {found.severity}: {'; '.join(declared.severity_reasons)}"))
    out.print(Text(f"  runbook    {section}"))
    out.print(Text(f"  matched    {'; '.join(declared.match_reasons) or 'nothing'}"))
    out.print(f"  commander  {found.commander or 'nobody yet'}")
    running = [f"{name} {clock.started.due:%H:%M:%S}" for name, clock in found.clocks.items() if clock.state == "running"]
    out.print(Text(f"  clocks     {', '.join(running) or 'none running'}"))
    wanted = views.decision_wanted(found)
    if wanted:
        out.print(Text(f"  WAITS      {wanted}", style="bold yellow"))
    out.print()
    for line in timeline(records):
        if full or line.loud:
            out.print(rendered(line))


def rendered(line: Line) -> Text:
    """One line of the timeline with its details below."""
    text = Text(f"{line.at:%H:%M:%S}  ", style="dim")
    text.append(f"{line.mark:<7}", style=_MARK_STYLE.get(line.mark, "default"))
    text.append(printable(line.text), style="default")
    if line.evidence:
        text.append(f"  [{line.evidence}]", style="dim")
    for detail in line.detail:
        text.append(f"\n{'':17}{printable(detail)}", style="dim")
    return text


def question(waiting: Ask) -> None:
    """Everything a person must see before a yes: nothing is cut."""
    out = console()
    made = waiting.made
    style = EFFECT_STYLE.get(made.effect, "default")
    out.print()
    out.print(Text(f"  {made.number}  {made.title}", style="bold"))
    for line in made.text.splitlines():
        out.print(Text(f"      {line}", style="bold"))
    out.print(Text(f"  on        {made.target}"))
    out.print(Text("  effect    ").append(made.effect, style=style).append(f"  {'; '.join(made.why)}", style="default"))
    if made.flags:
        out.print(Text(f"  flags     {', '.join(made.flags)}"))
    if made.capture:
        out.print(Text(f"  captures  {made.capture}"))
    undo = made.undo or ("none" if made.undoable == "no" else made.undoable)
    out.print(Text(f"  way back  {undo}" + (f" ({made.undoable}; stays lost: {made.lost})" if made.lost else "")))
    for warning in made.warnings:
        out.print(Text(f"  mind      {warning}", style="yellow"))
    if made.passed_over:
        out.print(Text(f"  before    {', '.join(made.passed_over)} did not run (tocsin incident show says why)"))
    out.print(Text(f"  expires   {made.expires:%H:%M:%S} UTC"))
    if made.approvals_needed > 1:
        out.print(Text(f"  needs     {made.approvals_needed} people, and the target's name typed", style="bold red"))
    out.print()


def typed(text: str) -> bool:
    """Whether the person types the first line of the command as it stands; an empty answer is no."""
    first = text.splitlines()[0]
    answer = click.prompt(f"Type the command to approve it, or press Enter to leave it\n  {first}\n", default="", show_default=False)
    return " ".join(str(answer).split()) == " ".join(first.split())


def markdown(found: Incident, records: Sequence[Recorded], kept: Sequence[EvidenceRow]) -> str:
    """The whole incident as a document that needs no tocsin to be read."""
    declared = found.declared
    title = declared.title if declared else ""
    parts = [f"# {found.id}: {title}\n\n{found.severity} · {found.stage.value}"]
    rows = ["## Timeline\n"]
    for line in timeline(records):
        rows.append(f"- `{line.at:%Y-%m-%d %H:%M:%S}` **{line.mark}** {line.text}" + (f" [{line.evidence}]" if line.evidence else ""))
        rows.extend(f"  - {detail}" for detail in line.detail)
    parts.append("\n".join(rows))
    shown = ["## Evidence"]
    for row in kept:
        output = printable("\n".join(part for part in (row.stdout.rstrip(), row.stderr.rstrip()) if part)) or "(no output)"
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


def page_line(line: str) -> str:
    """A line of the file pager as a person would see it on a phone."""
    found = json.loads(line)
    return f"{found.get('to')}: {found.get('subject')}"


def error(text: str) -> None:
    """Talk, not data."""
    click.echo(text, err=True)
    sys.stderr.flush()
