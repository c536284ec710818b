"""An incident as it unfolds on a terminal: the log and the check's samples, each piece as short as it can be."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tocsin.cli import sheet
from tocsin.detection.alert import AlertState
from tocsin.detection.check import CheckSpec, Verdict
from tocsin.incident import events as ev
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident
from tocsin.incident.timeline import timeline
from tocsin.kit import duration
from tocsin.kit.printable import printable
from tocsin.store.checks import KeptSample

_OUTPUT_LINES = 6  # facts and output of one step together; the rest is kept as evidence
_BESIDE_FACTS = 3  # of them output, where a result adapter read the facts
_PLAIN_WIDTH = 110  # where output is cut when nobody's terminal says how wide it is
_BRIEF = 72  # characters of a command in a one-line result
_CARD = 56
# curl's progress meter tells a person nothing, and stands in every second answer.
_METER = re.compile(r"^\s*(% Total|Dload\s)|--:--:--")
_BARS = re.compile(r"\s*[│┃║]\s*")
_RINGS_WITHIN = timedelta(seconds=3)
_ANSWERS = (ev.PageSent, ev.PageFailed, ev.PageCancelled)
_UNPROVEN = "by exit status only"


class Story:
    """What has been shown of one incident, and what comes next.

    Args:
        check: the check whose samples are told.
        began: samples before it are counted and not shown.
        known: how many events were on record before this process began: they are told in brief.
        longer: said beside a watch window, e.g. what it would be outside the demo.
    """

    def __init__(self, out: Console, check: CheckSpec, began: datetime, known: int, longer: str = "") -> None:
        self._out = out
        self._check = check
        self._began = began
        self._known = known
        self._longer = longer
        self._told = 0
        self._last_sample: datetime | None = None
        self._last_message = ""
        self._declared = False
        self._over = False
        self._changed_at: datetime | None = None
        self._watch: tuple[datetime, datetime] | None = None
        self._runs: dict[str, ev.StepQueued] = {}
        self._urgent: set[str] = set()
        self._shown_ringing: set[str] = set()
        self._named: list[Recorded] = []  # what gives later lines of the timeline their names
        self._acknowledged = False
        self.bad = 0
        self.good = 0

    def tell(
        self,
        log: Sequence[Recorded],
        samples: Sequence[KeptSample],
        incident: Incident | None,
        pages: Mapping[str, str],
        now: datetime,
    ) -> None:
        """Show what is new, in the order it happened.

        Stops behind a page that nobody has answered, so that its reader is asked before more is shown.

        Args:
            pages: what the sink received, by key of the page.
        """
        waiting = [sample for sample in samples if self._last_sample is None or sample.at > self._last_sample]
        while self._told < len(log):
            record = log[self._told]
            while waiting and waiting[0].at <= record.at:
                self._sample(waiting.pop(0))
            if self._about_to_ring(record, log, pages, now):
                return
            self._told += 1
            self._acknowledged = incident is not None and incident.acknowledged
            rang = len(self._shown_ringing)
            self._record(record, pages)
            if len(self._shown_ringing) > rang and not self._acknowledged:
                return
        for sample in waiting:
            self._sample(sample)

    @property
    def rang(self) -> bool:
        """Whether somebody's phone has been shown ringing."""
        return bool(self._shown_ringing)

    def _about_to_ring(
        self, record: Recorded, log: Sequence[Recorded], pages: Mapping[str, str], now: datetime
    ) -> bool:
        """Whether to wait a moment for the phone: the page goes out first, but its receipt may be on record late."""
        match record.event:
            case ev.PageQueued(key, urgent=True):
                known = {found.event.key for found in log if isinstance(found.event, _ANSWERS)}
                late = now - record.at > _RINGS_WITHIN or record.position <= self._known
                return not (late or key in pages or key in known)
            case _:
                return False

    # -- samples -------------------------------------------------------------------------------------

    def _sample(self, sample: KeptSample) -> None:
        self._last_sample = sample.at
        match sample.verdict:
            case Verdict.UP:
                self.good, self.bad = self.good + 1, 0
            case Verdict.DOWN:
                self.good, self.bad = 0, self.bad + 1
            case _:
                self.good = 0 if sample.verdict is Verdict.DEGRADED else self.good
        before = not self._declared and sample.verdict is not Verdict.UP
        after = self._changed_at is not None and sample.at > self._changed_at
        if sample.at < self._began or self._over or not (before or after):
            return
        body = Text(f"{self._check.name} {sample.verdict.value}, {self._count(sample)}")
        if sample.message and sample.message != self._last_message:
            self._last_message = sample.message
            body.append(f": {sample.message}", style="dim")
        sheet.row(self._out, sample.at, "check", body)

    def _count(self, sample: KeptSample) -> str:
        match sample.verdict:
            case Verdict.UP if self._watch is not None:
                begun, until = self._watch
                stayed = max(sample.at - begun, timedelta(0))
                return f"stays good: {duration.spell(timedelta(seconds=round(stayed.total_seconds())))} of {duration.spell(until - begun)}"
            case Verdict.UP:
                return (
                    f"good sample {min(self.good, self._check.successes)} of {self._check.successes} in a row"
                )
            case Verdict.DOWN if not self._declared:
                return f"bad sample {min(self.bad, self._check.failures)} of {self._check.failures} in a row"
            case Verdict.DOWN:
                return "still bad"
            case _:
                return "which counts neither way"

    # -- the log -------------------------------------------------------------------------------------

    def _record(self, record: Recorded, pages: Mapping[str, str]) -> None:
        self._note(record)
        self._say(record, pages)
        if isinstance(record.event, ev.AskMade | ev.StepQueued):
            self._named.append(record)

    def _say(self, record: Recorded, pages: Mapping[str, str]) -> None:
        if record.position <= self._known:
            self._in_brief(record, pages)
            return
        match record.event:
            case ev.AlertReceived(alert):
                said = alert.title if alert.state is AlertState.FIRING else f"well again: {alert.title}"
                self._row(record, "alert", Text(said, style="bold"))
            case ev.IncidentDeclared() as declared:
                self._declaration(record, declared)
            case ev.PageQueued(key, urgent=True):
                self._plain(record)
                self._page(record, key, pages)
            case ev.PageSent(key):
                self._page(record, key, pages)
            case ev.StepRefused() as refused:
                self._refusal(record, refused)
            case ev.AskMade(_, _, number, _, text, target):
                self._row(record, "ask", Text(f"may it run {number} {_line(text)} on {target}?"))
            case ev.StepQueued(ask=ask) as queued if ask is not None:
                self._row(record, "run", Text(f"{queued.number} {_line(queued.text)}", style="bold"))
            case ev.StepFinished() as ended:
                self._result(record, ended)
            case ev.WatchStarted(until, because):
                self._row(record, "verify", Text(f"{because}, until {until:%H:%M:%S}{self._longer}"))
            case ev.PostmortemDrafted(path, _, due):
                end = f", due {due:%Y-%m-%d %H:%M} UTC" if due else ""
                self._row(
                    record, "end", Text(f"post-mortem drafted: {near(Path(path))}{end}", style="bold green")
                )
            case ev.Resolved():
                self._plain(record, "bold green")
            case _:
                self._plain(record)

    def _note(self, record: Recorded) -> None:
        """Remember what later pieces are told with."""
        match record.event:
            case ev.IncidentDeclared():
                self._declared = True
            case ev.PageQueued(key, urgent=True):
                self._urgent.add(key)
            case ev.StepQueued() as queued:
                self._runs[queued.run] = queued
            case ev.StepFinished(run=run) | ev.DoubtSettled(run=run) if self._runs[run].ask is not None:
                self._changed_at, self.good, self._last_message = record.at, 0, ""
            case ev.WatchStarted(until):
                self._watch = (record.at, until)
            case ev.Relapsed():
                self._watch = None
            case ev.Resolved():
                self._over = True
            case ev.Reopened():
                self._over, self._watch = False, None

    def _row(self, record: Recorded, mark: str, body: Text, details: Sequence[Text] = ()) -> None:
        sheet.row(self._out, record.at, mark, body, details)

    def _plain(self, record: Recorded, style: str = "") -> None:
        """As the timeline has it."""
        for line in timeline([*self._named, record])[len(self._named) :]:
            if line.loud:
                details = [Text(found, style="dim") for found in line.detail]
                self._row(record, line.mark, Text(line.text, style=style), details)

    def _in_brief(self, record: Recorded, pages: Mapping[str, str]) -> None:
        if isinstance(record.event, ev.PageSent):
            if not self._acknowledged:
                self._page(record, record.event.key, pages)
            return
        for line in timeline([*self._named, record])[len(self._named) :]:
            if line.loud:
                text = Text(line.text, style="dim")
                text.truncate(self._width, overflow="ellipsis")
                self._row(record, line.mark, text)

    def _declaration(self, record: Recorded, declared: ev.IncidentDeclared) -> None:
        where = f"§ {declared.section_title}" if declared.section_title else "no section matched (unlisted)"
        at = (
            f" ({near(Path(declared.runbook_path))}:{declared.section_line})" if declared.section_line else ""
        )
        details = [
            Text("severity  ", style="dim").append("; ".join(declared.severity_reasons), style="not dim")
        ]
        if declared.match_reasons:
            details.append(
                Text("section   ", style="dim").append("; ".join(declared.match_reasons), style="not dim")
            )
        if declared.candidates:
            details.append(
                Text("nearly    ", style="dim").append("; ".join(declared.candidates), style="not dim")
            )
        self._row(
            record,
            "alert",
            Text(f"{declared.id} {declared.severity}: {where}", style="bold").append(
                at, style="not bold dim"
            ),
            details,
        )

    def _page(self, record: Recorded, key: str, pages: Mapping[str, str]) -> None:
        """The message as the person's phone shows it; one that asks for nothing now takes a line."""
        written = pages.get(key)
        if written is None or key in self._shown_ringing:
            return
        page = json.loads(written)
        if key in self._urgent:
            self._shown_ringing.add(key)
            for line in card(f"{page['to']}'s phone", str(page["subject"])):
                self._out.print(Text(f"{'':{sheet.EDGE}}{line}", style="bold magenta"))
        else:
            self._row(record, "page", Text(f"{page['to']}: {page['subject']}"))

    def _refusal(self, record: Recorded, refused: ev.StepRefused) -> None:
        if _elsewhere(refused.number):
            self._row(
                record,
                "refuse",
                Text(f"{refused.number} {_short(refused.text)}: {'; '.join(refused.reasons)}", style="dim"),
            )
            return
        body = Text("not run: ", style="bold red").append(
            f"{refused.number} {_line(refused.text)}", style="bold"
        )
        body.append("  ").append(
            refused.effect, style=f"{sheet.EFFECT_STYLE.get(refused.effect, '')} not bold"
        )
        # The plainest reason comes last in the event and first for a person.
        self._row(record, "refuse", body, [Text(f"- {reason}") for reason in reversed(refused.reasons)])

    def _result(self, record: Recorded, ended: ev.StepFinished) -> None:
        queued = self._runs[ended.run]
        sentence = ended.sentence.strip()
        unproven = sentence.lower().strip(". ").removeprefix("done, ") == _UNPROVEN
        said = ended.outcome if unproven or not sentence else sentence
        style = "" if ended.outcome == "done" else "yellow"
        if _elsewhere(queued.number):
            body = Text(f"{queued.number} {_short(queued.text)}: ").append(said, style=style)
            self._row(record, "look", body)
            return
        body = Text(f"{queued.number} {_line(queued.text)}", style="bold")
        body.append(f"  {duration.spell(ended.took)} [{ended.evidence}]", style="not bold dim")
        details = [
            Text(
                f"{ended.outcome}: {said}" if said != ended.outcome else f"{said} ({_UNPROVEN})", style=style
            )
        ]
        details += self._output(ended)
        if ended.undo:
            details.append(Text("way back: ").append(ended.undo, style="bold"))
        self._row(record, "result", body, details)

    @property
    def _width(self) -> int:
        """How many characters of a line there is room for, beside time and mark."""
        return max((self._out.width if self._out.is_terminal else _PLAIN_WIDTH) - sheet.EDGE, 20)

    def _output(self, ended: ev.StepFinished) -> list[Text]:
        """Facts first, then the first lines of the output, cut to one line each."""
        facts = Text(" · ".join(f"{name}: {value}" for name, value in ended.facts))
        room = _OUTPUT_LINES - len(facts.wrap(self._out, self._width)) if ended.facts else _OUTPUT_LINES
        lines = [found for found in map(_squeezed, ended.summary.splitlines()) if found]
        shown = lines[: max(min(room, _BESIDE_FACTS), 0) if ended.facts else room]
        found = [facts] if ended.facts else []
        for line in shown:
            text = Text(line, style="dim")
            text.truncate(self._width, overflow="ellipsis")
            found.append(text)
        return found


def card(head: str, text: str) -> list[str]:
    """A message in a frame, the way a locked phone shows it."""
    words, lines, line = printable(text).split(), [], ""
    for word in words:
        if line and len(line) + len(word) + 1 > _CARD - 4:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    lines.append(line)
    width = max(_CARD - 4, *(len(found) for found in lines))
    top = f"┌─ {head} ".ljust(width + 3, "─") + "┐"
    return [top, *(f"│ {found:<{width}} │" for found in lines), "└" + "─" * (width + 2) + "┘"]


def near(path: Path) -> str:
    """A path as a person here would write it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _elsewhere(number: str) -> bool:
    """Whether a step's number says that it comes from another section, as "IRP 2.2" does."""
    return " " in number


def _line(text: str) -> str:
    return text.replace("\n", " ⏎ ")


def _short(text: str) -> str:
    line = _line(text)
    return line if len(line) <= _BRIEF else line[: _BRIEF - 1] + "…"


def _squeezed(line: str) -> str:
    """A line of output without the frame of a table and without what says nothing."""
    if _METER.search(line) or not any(character.isalnum() for character in line):
        return ""
    line = printable(line).expandtabs(4)
    if _BARS.search(line):
        line = "  ".join(filter(None, _BARS.split(line)))
    return line.rstrip()
