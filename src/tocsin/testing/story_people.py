"""What people say to each other and to others in a story, and the lines that come of it.

03:05 >> ana hands commander to bo
03:06 >> bo takes commander
03:07 >> ana gives bo 10 min for: look at the disk
03:08 >> ana sends public
"""

import re
from datetime import datetime, timedelta

from tocsin.detection.alert import Alert, AlertState
from tocsin.errors import InputError
from tocsin.incident import events as ev
from tocsin.incident.said import UpdateState
from tocsin.incident.team import role_named
from tocsin.kit import duration
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.testing.world import World

_HANDS = re.compile(r"^hands (?P<role>.+?) to (?P<to>[a-z]+)$")
_TAKES = re.compile(r"^takes (?P<role>.+)$")
_DECLINES = re.compile(r"^declines (?P<role>.+?)(?: because (?P<why>.+))?$")
_GIVES = re.compile(r"^gives (?P<to>[a-z]+)(?: (?P<box>\d+ \w+))? for: (?P<what>.*)$")
_TASK = re.compile(r"^(?P<how>does|did|gave up) k(?P<number>\d+)(?:: (?P<said>.*))?$")
_CALLS = re.compile(r"^calls (?P<to>[a-z]+) because (?P<why>.*)$")
_RELEASES = re.compile(r"^releases (?P<to>[a-z]+)$")
_CAUSE = re.compile(r"^(?P<how>names the cause|guesses): (?P<what>.*)$")
_ESCALATES = re.compile(r"^escalates(?: because (?P<why>.+))?$")
_UNTIL = re.compile(r"^(?P<what>postpones|snoozes) until (?P<at>\d\d:\d\d)(?: because (?P<why>.+))?$")
_DRAFTS = re.compile(r"^drafts for (?P<who>\w+): (?P<text>.*)$")
_SENDS = re.compile(r"^sends (?P<who>\w+)(?: anyway because (?P<why>.+))?$")
_AGREES = re.compile(r"^agrees to (?P<who>\w+)$")
_OLD = re.compile(r"^sends-what-was-shown-before (?P<who>\w+)$")
_WITHDRAWS = re.compile(r"^withdraws u(?P<number>\d+) because (?P<why>.*)$")
_TICKS = re.compile(r"^ticks (?P<item>[\w-]+)(?:: (?P<said>.*))?$")
_EVERY = re.compile(r"^tells the public every (?P<time>.+)$")
_MAJOR = re.compile(r"^declares it major because (?P<why>.*)$")
_SECURITY = re.compile(r'^declares security "(?P<code>[^"]*)" because (?P<why>.*)$')
_LINKS = re.compile(r"^links (?P<other>INC-\d+)(?: because (?P<why>.+))?$")
_MERGES = re.compile(r"^merges it into (?P<other>INC-\d+)(?: because (?P<why>.+))?$")
_ABSORBS = re.compile(r'^merges (?P<other>INC-\d+) with "(?P<title>[^"]*)" into it$')
_DROPS = re.compile(r"^drops it because (?P<why>.*)$")
_READS = re.compile(r"^reads the draft for (?P<who>\w+)$")


def word(who: PersonId, what: str, world: World) -> ev.Event | None:
    """The event a person's words mean, or None if they are none of these."""
    return (
        _role(who, what) or _task(who, what, world) or _course(who, what, world) or _update(who, what, world)
    )


def reads(what: str, world: World) -> list[str] | None:
    """The lines of a draft somebody reads, or None if these are other words."""
    found = _READS.match(what)
    if found is None:
        return None
    waiting = world.incident.said.draft(found["who"])
    if waiting is None:
        return [f"no draft for {found['who']}"]
    return [f"| {line}".rstrip() for line in waiting.drafted.text.splitlines()]


def _role(who: PersonId, what: str) -> ev.Event | None:
    hands, takes, declines = _HANDS.match(what), _TAKES.match(what), _DECLINES.match(what)
    if hands:
        return ev.RoleOffered(_named(hands["role"]), PersonId(hands["to"]), who)
    if takes:
        return ev.RoleWanted(_named(takes["role"]), who)
    if declines:
        return ev.OfferDeclined(_named(declines["role"]), who, declines["why"])
    return None


def _named(role: str) -> str:
    return role_named(role) or role


def _task(who: PersonId, what: str, world: World) -> ev.Event | None:
    gives, task = _GIVES.match(what), _TASK.match(what)
    calls, releases = _CALLS.match(what), _RELEASES.match(what)
    if gives:
        key = f"{world.incident.id}.k{len(world.incident.team.tasks) + 1}"
        box = duration.parse(gives["box"]) if gives["box"] else None
        due = world.now + box if box else None
        return ev.TaskGiven(key, gives["what"], PersonId(gives["to"]), who, due)
    if task:
        key = f"{world.incident.id}.k{task['number']}"
        if task["how"] == "does":
            return ev.TaskTaken(key, who)
        return ev.TaskClosed(key, who, task["how"] == "did", task["said"] or "")
    if calls:
        return ev.ResponderCalled(PersonId(calls["to"]), who, calls["why"])
    if releases:
        return ev.ResponderReleased(PersonId(releases["to"]), who)
    return None


def _course(who: PersonId, what: str, world: World) -> ev.Event | None:
    for pattern, make in (
        (_CAUSE, lambda m: ev.CauseNamed(who, m["what"], m["how"] != "guesses")),
        (_ESCALATES, lambda m: ev.EscalationWanted(who, m["why"] or "more people are needed")),
        (_MAJOR, lambda m: ev.MajorDeclared(who, m["why"])),
        (_SECURITY, lambda m: ev.SecurityDeclared(who, m["why"], m["code"])),
        (_LINKS, lambda m: ev.Linked(IncidentId(m["other"]), who, m["why"] or "")),
        (_MERGES, lambda m: ev.Merged(IncidentId(m["other"]), who, m["why"] or "")),
        (_ABSORBS, lambda m: ev.Absorbed(IncidentId(m["other"]), (_other(world, m["title"]),), who)),
        (_DROPS, lambda m: ev.Resolved(who, m["why"], m["why"], false_alarm=True)),
    ):
        found = pattern.match(what)
        if found:
            event: ev.Event = make(found)
            return event
    until = _UNTIL.match(what)
    if until is None:
        return None
    at = _at(world.now, until["at"])
    if until["what"] == "snoozes":
        return ev.Snoozed(who, at)
    return ev.EscalationPostponed(who, at, until["why"] or "")


def _at(now: datetime, clock: str) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return now.replace(hour=hour, minute=minute, second=0)


def _other(world: World, title: str) -> Alert:
    key = re.sub(r"[^a-z0-9]+", "-", title.casefold())[:40]
    return Alert(f"story:{key}", AlertState.FIRING, title, "check:test", world.now)


def _update(who: PersonId, what: str, world: World) -> ev.Event | None:
    drafts, sends, agrees, old = (
        _DRAFTS.match(what),
        _SENDS.match(what),
        _AGREES.match(what),
        _OLD.match(what),
    )
    said = world.incident.said
    if drafts:
        key = f"{world.incident.id}.u{len(said.updates) + 1}"
        return ev.UpdateDrafted(drafts["who"], drafts["text"].replace(" ⏎ ", "\n"), key, "", who)
    if sends:
        key, digest = _waiting(world, sends["who"])
        return ev.UpdateSent(key, who, digest, sends["why"])
    if old:
        return ev.UpdateSent(_waiting(world, old["who"])[0], who, "0" * 64)
    if agrees:
        return ev.UpdateApproved(_waiting(world, agrees["who"])[0], who, _waiting(world, agrees["who"])[1])
    withdraws, ticks, every = _WITHDRAWS.match(what), _TICKS.match(what), _EVERY.match(what)
    if withdraws:
        return ev.UpdateWithdrawn(f"{world.incident.id}.u{withdraws['number']}", who, withdraws["why"])
    if ticks:
        return ev.ChecklistTicked(ticks["item"], who, ticks["said"] or "")
    if every:
        return ev.CadenceSet(who, duration.parse(every["time"]) or timedelta(0))
    return None


def _waiting(world: World, audience: str) -> tuple[str, str]:
    known = [u for u in world.incident.said.for_audience(audience) if u.state is not UpdateState.WITHDRAWN]
    if not known:
        raise InputError(f"there is no draft for {audience}")
    return known[-1].drafted.update, known[-1].digest


# -- what came of it --------------------------------------------------------------------------------


def line(event: ev.Event) -> str | None:
    """The `<<` line of an event about people and words, or None if it has none."""
    match event:
        case ev.OfferLapsed(role, to):
            return f"{to} did not take {role}; it stays"
        case ev.WarningGiven(rule, text, _):
            return f"warn: {text} ({rule})"
        case ev.AcknowledgementLapsed(_, because):
            return f"page again: {because}"
        case ev.TaskGiven(task, what, to, "tocsin", _):
            return f"task {task.rpartition('.')[2]} for {to}: {what}"
        case ev.UpdateDrafted("public" | "customers" | "log" as audience, _, update, state, None):
            return f"draft {update.rpartition('.')[2]} for {audience}: {state}"
        case ev.UpdateSent(update):
            return f"send {update.rpartition('.')[2]}"
        case ev.UpdateOverdue(due, who):
            return f"the public update of {due:%H:%M} is overdue, {who or 'nobody'} is reminded"
        case ev.ChecklistTicked(item, by, _):
            return f"tick {item} ({by or 'tocsin'})"
        case ev.ClockStarted("public update", due, _):
            return f"next public update by {due:%H:%M}"
        case ev.RelationSuggested(other, reasons):
            return f"{other} may have the same cause: {'; '.join(reasons)}"
        case ev.Merged(into):
            return f"goes on as {into}"
        case ev.Absorbed(other):
            return f"{other} goes on here"
        case _:
            return None
