"""Lines of the timeline about people and words: roles, tasks, warnings, updates, kin."""

from tocsin.incident import events as ev
from tocsin.incident.line import Line
from tocsin.kit import duration


def team(record: ev.Recorded) -> Line | None:
    """The line of an event about who does what, or None if it is about something else."""
    at = record.at
    match record.event:
        case ev.RoleOffered(role, to, by):
            return Line(at, "person", f"{by} offers {to} the role of {role}")
        case ev.RoleWanted(role, by):
            return Line(at, "person", f"{by} wants the role of {role}")
        case ev.OfferDeclined(role, by, reason):
            return Line(
                at, "person", f"{by} does not take the role of {role}" + (f": {reason}" if reason else "")
            )
        case ev.OfferLapsed(role, to):
            return Line(at, "person", f"{to} did not take the role of {role} in time; it stays where it was")
        case ev.TaskGiven(task, what, to, by, due):
            until = f" until {due:%H:%M}" if due else ""
            return Line(at, "task", f"{task} for {to}{until}: {what} (from {by})")
        case ev.TaskTaken(task, by):
            return Line(at, "task", f"{by} does {task}")
        case ev.TaskClosed(task, by, done, said_):
            return Line(at, "task", f"{by} {'did' if done else 'gave up'} {task}: {said_}")
        case ev.ResponderReleased(person, by):
            return Line(at, "person", f"{by} released {person}: not paged for this any more")
        case ev.ResponderCalled(person, by, why):
            return Line(at, "person", f"{by} calls {person}: {why}")
        case ev.WarningGiven(rule, text, _):
            return Line(at, "mind", f"{text} ({rule})")
        case ev.CauseNamed(by, cause, certain):
            return Line(at, "note", f"{by} names the {'cause' if certain else 'best guess'}: {cause}")
        case ev.EscalationWanted(by, because):
            return Line(at, "page", f"{by} escalates: {because}")
        case ev.EscalationPostponed(by, until, reason):
            return Line(at, "clock", f"{by} puts the escalation off until {until:%H:%M}: {reason}")
        case ev.Snoozed(by, until):
            return Line(at, "person", f"{by} heard it; paging goes on at {until:%H:%M:%S}")
        case ev.AcknowledgementLapsed(by, because):
            return Line(at, "page", f"{by} does not answer any more: {because}")
        case ev.ClockNearing(name, due):
            return Line(at, "clock", f"{name} is due at {due:%H:%M:%S}", loud=False)
        case _:
            return None


def said(record: ev.Recorded) -> Line | None:
    """The line of an event about updates and kin, or None if it is about something else."""
    at = record.at
    match record.event:
        case ev.UpdateDrafted(audience, _, update, _, by):
            who = f" by {by}" if by else ""
            return Line(at, "update", f"drafted{who} for {audience}: {update}".rstrip(": "), loud=False)
        case ev.UpdateApproved(update, by):
            return Line(at, "update", f"{by} says yes to {update}")
        case ev.UpdateSent(update, by, _, anyway):
            return Line(
                at,
                "update",
                f"{by} sent {update}" + (f", although it was flagged: {anyway}" if anyway else ""),
            )
        case ev.UpdateWithdrawn(update, by, because):
            return Line(at, "update", f"{by} withdrew {update}: {because}")
        case ev.UpdateDelivered(update, channel, _):
            return Line(at, "update", f"{update} taken by {channel}", loud=False)
        case ev.UpdateUndelivered(update, channel, error, final):
            return Line(
                at,
                "update",
                f"{update} {'NOT DELIVERED' if final else 'not delivered yet'} by {channel}: {error}",
            )
        case ev.UpdateOverdue(due, reminded):
            return Line(
                at,
                "clock",
                f"the public update of {due:%H:%M} is overdue; {reminded or 'nobody'} is reminded",
            )
        case ev.ChecklistTicked(item, by, text):
            return Line(at, "note", f"{by or 'tocsin'} ticked {item}" + (f": {text}" if text else ""))
        case ev.CadenceSet(by, every):
            return Line(at, "note", f"{by}: the public hears every {duration.spell(every)} from now on")
        case _:
            return _kin(record)


def _kin(record: ev.Recorded) -> Line | None:
    at = record.at
    match record.event:
        case ev.MajorDeclared(by, because):
            return Line(at, "person", f"{by} declares it major: {because}")
        case ev.SecurityDeclared(by, because, codename):
            return Line(at, "person", f'{by} declares a security incident, codename "{codename}": {because}')
        case ev.RelationSuggested(other, reasons):
            return Line(at, "note", f"{other} may have the same cause", reasons)
        case ev.Linked(other, by, because):
            return Line(at, "note", f"{by} links it with {other}" + (f": {because}" if because else ""))
        case ev.Merged(into, by, because):
            return Line(
                at, "end", f"{by} says it is the same as {into}" + (f": {because}" if because else "")
            )
        case ev.Absorbed(other, alerts, by):
            return Line(
                at, "alert", f"{by} merged {other} into this one", tuple(alert.title for alert in alerts)
            )
        case _:
            return None
