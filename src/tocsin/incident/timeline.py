"""The events of an incident as lines a tired person can read, in the words of the glossary."""

from collections.abc import Iterable
from datetime import datetime

from tocsin.detection.alert import AlertState
from tocsin.incident import events as ev
from tocsin.incident.line import Line
from tocsin.incident.timeline_doing import doing, expected
from tocsin.incident.timeline_team import said, team
from tocsin.kit import duration
from tocsin.kit.printable import printable

__all__ = ["Line", "timeline"]


def timeline(records: Iterable[ev.Recorded]) -> tuple[Line, ...]:
    """The lines of an incident, in the order of its log. Every event has a line or is named in `quiet`."""
    names: dict[str, str] = {}
    lines: list[Line] = []
    for record in records:
        match record.event:
            case ev.StepQueued(run, _, number, _, text):
                names[run] = f"{number} {text}".replace("\n", " ⏎ ")
            case ev.AskMade() as made:
                names[made.ask] = f"{made.number} {made.text}".replace("\n", " ⏎ ")
        line = (
            _people(record)
            or _steps(record, names)
            or _course(record)
            or doing(record, names)
            or team(record)
            or said(record)
        )
        if line is not None:
            detail = tuple(printable(each) for text in line.detail for each in text.splitlines())
            shown = printable(_one(line.text))
            # Not `replace`, which costs as much as everything else of a line of a long night.
            lines.append(Line(line.at, line.mark, shown, detail, line.evidence, line.loud, record.position))
    return tuple(lines)


def _people(record: ev.Recorded) -> Line | None:
    at = record.at
    match record.event:
        case ev.PageQueued(_, level, person, why, urgent):
            verb = "page" if urgent else "tell"
            return Line(at, "page", f"{verb} {person} (level {level}): {why}", loud=urgent)
        case ev.PageSent(key, channel, _):
            return Line(at, "page", f"{key} taken by {channel}", loud=False)
        case ev.PageResent(key, channel, _):
            return Line(at, "page", f"{key} unanswered: also by {channel}", loud=False)
        case ev.PageDelivered(key, channel, detail):
            return Line(at, "page", f"{key} arrived by {channel}: {detail}", loud=False)
        case ev.PageUndelivered(key, channel, because):
            return Line(at, "page", f"{key} did NOT arrive by {channel}: {because}")
        case ev.RoomOpened(_, name, _):
            return Line(at, "page", f"channel #{name} opened", loud=False)
        case ev.PageFailed(key, _, error, final):
            return Line(
                at, "page", f"{key} {'FAILED for good' if final else 'failed, trying again'}: {error}"
            )
        case ev.PageCancelled(key, because):
            return Line(at, "page", f"{key} taken back: {because}", loud=False)
        case ev.Acknowledged(by):
            return Line(at, "person", f"{by} acknowledged")
        case ev.RoleTaken(role, person):
            return Line(at, "person", f"{person} is {role}", loud=False)
        case ev.Escalated(level, because):
            return Line(at, "page", f"escalated to level {level}: {because}")
        case ev.EscalationExhausted(rounds):
            return Line(at, "page", f"NOBODY ANSWERED: the last level was paged {rounds} times")
        case ev.NoteAdded(by, text):
            return Line(at, "note", f"{by}: {text}")
        case _:
            return None


def _steps(record: ev.Recorded, names: dict[str, str]) -> Line | None:
    at = record.at
    match record.event:
        case ev.StepRefused() as refused:
            return Line(
                at,
                "refuse",
                f"passed over {refused.number} {_one(refused.text)} ({refused.effect})",
                refused.reasons,
            )
        case ev.AskMade() as made:
            undo = f"way back: {made.undo}" if made.undo else f"way back: {made.undoable}"
            return Line(
                at,
                "ask",
                f"asked for a yes: {names[made.ask]} ({made.effect}) on {made.target}",
                (*made.reasons, *made.why, *_read(made), undo),
            )
        case ev.Approved(ask, by, _, _, glass):
            how = f"BROKE THE GLASS ({glass}) and approved" if glass else "approved"
            return Line(at, "ask", f"{by} {how} {names.get(ask, ask)}")
        case ev.Rejected(ask, by, reason):
            return Line(at, "ask", f"{by} rejected {names.get(ask, ask)}" + (f": {reason}" if reason else ""))
        case ev.AskExpired(ask):
            return Line(at, "ask", f"nobody answered {ask} in time: {names.get(ask, '')}")
        case ev.AskWithdrawn(ask, because):
            return Line(at, "ask", f"{ask} withdrawn: {because}")
        case ev.StepRequested(number, by):
            return Line(at, "ask", f"{by} wants step {number} asked for")
        case ev.StepQueued() as queued:
            return Line(
                at,
                "run" if queued.ask else "look",
                f"{queued.purpose}: {names[queued.run]}",
                loud=queued.ask is not None,
            )
        case ev.StepFinished() as ended:
            return _ended(at, ended, names)
        case ev.StepInterrupted(run, because):
            return Line(at, "doubt", f"IN DOUBT: {names.get(run, run)}: {because}")
        case ev.DoubtSettled(run, by, took_effect, note):
            said = "it took effect" if took_effect else "it did not take effect"
            return Line(
                at, "doubt", f"{by} looked at {names.get(run, run)}: {said}" + (f" ({note})" if note else "")
            )
        case ev.OptionsExhausted(section):
            return Line(
                at,
                "ask",
                "the section has nothing more to offer" if section else "no section speaks about this",
            )
        case _:
            return None


def _ended(at: datetime, ended: ev.StepFinished, names: dict[str, str]) -> Line:
    facts = tuple(f"{name}: {value}" for name, value in ended.facts)
    undo = (f"way back: {ended.undo}",) if ended.undo else ()
    text = f"{names.get(ended.run, ended.run)}: {ended.outcome}"
    if ended.sentence:
        text += f", {ended.sentence}"
    detail = (*ended.summary.splitlines(), *facts, *expected(ended), *undo)
    return Line(at, "result", f"{text} ({duration.spell(ended.took)})", detail, ended.evidence)


def _course(record: ev.Recorded) -> Line | None:
    at = record.at
    match record.event:
        case ev.AlertReceived(alert):
            said = alert.title if alert.state is AlertState.FIRING else f"well again: {alert.title}"
            return Line(at, "alert", said, (f"from {alert.source}",))
        case ev.IncidentDeclared() as declared:
            where = (
                f"§ {declared.section_title}" if declared.section_title else "no section matched (unlisted)"
            )
            return Line(
                at,
                "alert",
                f"declared {declared.severity}, {where}",
                (*declared.severity_reasons, *declared.match_reasons),
            )
        case ev.SeverityChanged(severity, _, by, reason):
            return Line(
                at, "person", f"{by} set the severity to {severity}" + (f": {reason}" if reason else "")
            )
        case ev.Reopened(because):
            return Line(at, "alert", f"reopened: {because}")
        case ev.ClockStarted(name, due, why):
            return Line(at, "clock", f"{name} by {due:%H:%M:%S}: {why}", loud=False)
        case ev.ClockStopped(name, because):
            return Line(at, "clock", f"{name} stopped: {because}", loud=False)
        case ev.ClockPassed(name, due):
            return Line(
                at, "clock", f"{name} passed (due {due:%H:%M:%S})", loud=name not in ("look", "watch")
            )
        case ev.VerificationFailed(_, because):
            return Line(at, "verify", f"did not help: {because}")
        case ev.WatchStarted(until, because):
            return Line(at, "verify", f"watching until {until:%H:%M:%S}: {because}")
        case ev.Relapsed(because):
            return Line(at, "verify", f"relapsed: {because}")
        case ev.Resolved(by, because, anyway):
            word = "false alarm" if record.event.false_alarm else "resolved"
            text = (
                f"{word}: {because}"
                + (f" (by {by})" if by else "")
                + (f", anyway: {anyway}" if anyway else "")
            )
            return Line(at, "end", text)
        case ev.PostmortemDrafted(path):
            return Line(at, "end", f"post-mortem drafted: {path}")
        case _:
            return _after(record)


def _after(record: ev.Recorded) -> Line | None:
    at = record.at
    match record.event:
        case ev.PostmortemWanted(by):
            return Line(at, "end", f"{by} asked for a fresh draft of the post-mortem", loud=False)
        case ev.PostmortemOwned(owner, by):
            return Line(
                at, "end", f"{owner} writes the post-mortem" + (f" (named by {by})" if by != owner else "")
            )
        case ev.PostmortemMoved(state, by, _, _, note):
            return Line(at, "end", f"post-mortem {state}, by {by}" + (f": {note}" if note else ""))
        case ev.ActionOpened(item, what, owner, due, priority):
            return Line(at, "end", f"{item} ({priority}), {owner} by {due:%Y-%m-%d}: {what}")
        case ev.ActionClosed(item, by, done, note):
            return Line(
                at,
                "end",
                f"{item} {'done' if done else 'dropped'}, says {by}" + (f": {note}" if note else ""),
            )
        case _:
            return None


def _read(made: ev.AskMade) -> tuple[str, ...]:
    return tuple(f"judged by {file}:{line} (SHA-256 {sha256[:12]})" for file, line, sha256 in made.read)


def _one(text: str) -> str:
    return " ⏎ ".join(text.splitlines())
