"""Stories: plain text that says what happens (`>>`) and what tocsin asks of the world (`<<`), on a hand-moved clock.

    03:00 >> alert "502 from api.cookcam.app" impact "Complete service outage"
    03:00 << page ana (level 1)
    03:00 << look: pm2 status cookcam-api
    03:16 >> ana acknowledges
    03:17 >> every look ends
    03:17 << ask: pm2 restart cookcam-api

The hours go on beyond 24 for the days after. The first lines may set the stage: `runbook: examples/cookcam/runbook.md`,
`watch: 10 min`, `bind: DATABASE_URL`. The
`<<` lines can be regenerated and are then read in review.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tocsin.detection.alert import Alert, AlertState
from tocsin.errors import InputError
from tocsin.incident import events as ev
from tocsin.incident.commands import (
    CancelPages,
    Command,
    DraftPostmortem,
    OpenRoom,
    Page,
    RunStep,
    SendUpdate,
    SettlePages,
)
from tocsin.incident.incident import Incident
from tocsin.incident.targets import Targets
from tocsin.kit.ids import PersonId
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import AccessRole, Method, Person
from tocsin.runbook.book import Runbook
from tocsin.testing import story_after, story_doing, story_people, story_restart, story_roster
from tocsin.testing.world import World

DAY = datetime(2025, 10, 7, tzinfo=UTC)
_LINE = re.compile(r"^(?P<hour>\d{2,3}):(?P<minute>\d\d)(?::(?P<second>\d\d))? (?P<way>>>|<<) (?P<text>.+)$")
_SETTING = re.compile(r"^(?P<key>[a-z ]+): *(?P<value>.*)$")

# Ana is on call, Bo is level 2, Chen is the CTO; Dee helps.
PEOPLE = (("ana", 1), ("bo", 2), ("chen", 3), ("dee", 0))


@dataclass(frozen=True, slots=True)
class Told:
    """A story as it went: the text with the `<<` lines that really came."""

    text: str
    world: World


def roster(called: tuple[str, ...] = ("ana", "bo", "chen")) -> Roster:
    """The people of the stories; `called` stand on level 1, 2, 3, where "-" is nobody."""
    people = tuple(
        Person(PersonId(name), name.title(), _access(level), (Method("sink", name),))
        for name, level in PEOPLE
    )
    levels = story_roster.levels(", ".join(called))
    return Roster((*people, Person(PersonId("vic"), "Vic", AccessRole.VIEWER, ())), levels)


def _access(level: int) -> AccessRole:
    return AccessRole.COMMANDER if level == 3 else AccessRole.RESPONDER


def tell(
    text: str, runbook: Callable[[str], Runbook], driven: Callable[[World], World] = lambda world: world
) -> Told:
    """Play a story.

    Args:
        text: the story. runbook: from the path a story names to the compiled book.
        driven: another driver of the same core may take the world over before the first line is played.

    Raises:
        InputError: a line that is no story line; names it.
    """
    head, lines = _split(text)
    world = driven(_stage(head, runbook))
    told = [line for line in text.splitlines() if not _LINE.match(line) and line.strip()]
    out = [*told, ""] if told else []
    for moment, happening in lines:
        seen = len(world.log)
        before = len(world.asked)
        refused = len(world.refusals)
        world.until(moment)
        out.extend(_came(world, seen, before, refused))
        seen, before, refused = len(world.log), len(world.asked), len(world.refusals)
        out.append(f"{_stamp(moment)} >> {happening}")
        _play(world, happening)
        out.extend(_came(world, seen, before, refused))
    return Told("\n".join(out).rstrip() + "\n", world)


def _split(text: str) -> tuple[dict[str, str], list[tuple[datetime, str]]]:
    head: dict[str, str] = {}
    lines: list[tuple[datetime, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.match(line)
        if found is None:
            setting = _SETTING.match(line)
            if setting is None or lines:
                raise InputError(
                    f"line {number}: this is no line of a story: {line}",
                    hint='Write "HH:MM >> what happens".',
                )
            head[setting["key"]] = setting["value"]
        elif found["way"] == ">>":
            at = timedelta(
                hours=int(found["hour"]), minutes=int(found["minute"]), seconds=int(found["second"] or 0)
            )
            lines.append((DAY + at, found["text"]))
    return head, lines


def _stage(head: Mapping[str, str], runbook: Callable[[str], Runbook]) -> World:
    bound = frozenset(name.strip() for name in head.get("bind", "").split(",") if name.strip())
    hosts = frozenset(name.strip() for name in head.get("hosts", "").split(",") if name.strip())
    kinds = frozenset(name.strip() for name in head.get("targets", "").split(",") if name.strip())
    targets = Targets("local", hosts, kinds, "DATABASE_URL" if "DATABASE_URL" in bound else None, bound)
    people = (
        roster(tuple(name.strip() for name in head["levels"].split(","))) if "levels" in head else roster()
    )
    book = runbook(head.get("runbook", "examples/cookcam/runbook.md"))
    return World(
        book, people, targets, story_restart.settings(head), DAY, plan=story_roster.plan(head, people, DAY)
    )


# -- what happens -----------------------------------------------------------------------------------

_ALERT = re.compile(
    r'^(?P<drill>drill )?alert "(?P<title>[^"]*)"(?: impact "(?P<impact>[^"]*)")?(?: section "(?P<section>[^"]*)")?'
    r'(?: labels "(?P<labels>[^"]*)")?$'
)
_WELL = re.compile(r'^well again "(?P<title>[^"]*)"$')
_ENDS = re.compile(
    r"^(?P<what>.+?) (?P<how>ends with a way back|ends|fails|has no effect)(?:: (?P<said>.*))?$"
)
_FILE = re.compile(r"^the file (?P<path>\S+) reads: (?P<text>.+)$")
_PERSON = re.compile(r"^(?P<who>[a-z]+) (?P<what>.+)$")


def _play(world: World, text: str) -> None:
    alert, well = _ALERT.match(text), _WELL.match(text)
    if alert:
        given = [pair.split("=", 1) for pair in (alert["labels"] or "").split() if "=" in pair]
        labels = {pair[0]: pair[1] for pair in given}
        if alert["section"]:
            labels["section"] = alert["section"]
        firing = _alert(world, alert["title"], AlertState.FIRING, labels, alert["impact"])
        world.happen(ev.AlertReceived(replace(firing, drill=bool(alert["drill"]))), "check:test")
    elif well:
        world.happen(
            ev.AlertReceived(_alert(world, well["title"], AlertState.RESOLVED, {}, None)), "check:test"
        )
    elif text == "every look ends":
        for step in _running(world, lambda step: step.ask is None):
            world.finish(step)
    elif (written := _FILE.match(text)) is not None:
        world.files[written["path"]] = written["text"].replace(" ⏎ ", "\n") + "\n"
    elif text == "the write-up is done":
        world.write_up()
    elif (amended := story_roster.amendment(world, text)) is not None:
        world.amendments.append(amended)
    elif story_restart.again(world, text, roster(), DAY):
        pass
    elif text == "tocsin is killed and started again":
        for step in _running(world, lambda step: step.ask is not None):
            world.happen(ev.StepInterrupted(step.run, "tocsin stopped while it ran"))
    else:
        _step_or_person(world, text)


def _step_or_person(world: World, text: str) -> None:
    ended = _ENDS.match(text)
    if ended:
        steps = _running(world, lambda step: ended["what"] in "\n".join(t.text for t in step.texts))
        if steps:
            back = ended["how"] == "ends with a way back"
            outcome = {"fails": "failed", "has no effect": "no effect"}.get(ended["how"], "done")
            said = ended["said"] or ""
            world.finish(steps[0], outcome, "" if back else said, undo=said if back else None)
            return
    found = _PERSON.match(text)
    if found is None:
        raise InputError(f"nobody knows what this means: {text}")
    _person(world, PersonId(found["who"]), found["what"])


def _person(world: World, who: PersonId, what: str) -> None:
    actor = f"person:{who}"
    verb, _, rest = what.partition(" ")
    ask = world.incident.open_ask
    spoken = story_people.word(who, what, world)
    if spoken is not None:
        world.happen(spoken, actor)
        return
    match verb:
        case "acknowledges":
            world.happen(ev.Acknowledged(who), actor)
        case "approves" if ask is not None:
            confirm = rest.removeprefix("typing ") if rest.startswith("typing ") else None
            world.happen(ev.Approved(ask.made.ask, who, ask.made.digest, confirm), actor)
        case "approves-what-was-shown-before" if ask is not None:
            world.happen(ev.Approved(ask.made.ask, who, "0" * 64), actor)
        case "rejects" if ask is not None:
            world.happen(ev.Rejected(ask.made.ask, who, rest or None), actor)
        case "approves" | "rejects":
            world.refusals.append("nothing waits for a yes")
        case "wants":
            world.happen(ev.StepRequested(rest.removeprefix("step "), who), actor)
        case "notes":
            world.happen(ev.NoteAdded(who, rest), actor)
        case "raises" | "lowers":
            level, _, reason = rest.removeprefix("to ").partition(" because ")
            ranks = {known.name: known.rank for known in world.book.policy.severities}
            world.happen(ev.SeverityChanged(level, ranks[level], who, reason or None), actor)
        case "resolves":
            world.happen(
                ev.Resolved(who, "resolved by hand", rest.removeprefix("anyway because ") or None), actor
            )
        case "says":
            doubtful = world.incident.in_doubt
            world.happen(ev.DoubtSettled(doubtful[0].queued.run, who, rest == "it took effect"), actor)
        case _:
            read = story_people.reads(what, world)
            if read is not None:
                world.shown.extend(read)
                return
            event = story_after.word(who, verb, rest, world) or story_doing.word(who, verb, rest, world)
            if event is None:
                raise InputError(f"nobody knows what this means: {who} {what}")
            world.happen(event, actor)


def _alert(world: World, title: str, state: AlertState, labels: dict[str, str], impact: str | None) -> Alert:
    key = re.sub(r"[^a-z0-9]+", "-", title.casefold())[:40]
    return Alert(f"story:{key}", state, title, "check:test", world.now, labels, impact)


def _running(world: World, wanted: Callable[[RunStep], bool]) -> list[RunStep]:
    ended = {run.queued.run for run in world.incident.runs.values() if run.state.value != "running"}
    return [
        command
        for command in world.asked
        if isinstance(command, RunStep) and command.run not in ended and wanted(command)
    ]


# -- what came of it --------------------------------------------------------------------------------


def _came(world: World, seen: int, before: int, refused: int) -> list[str]:
    """The `<<` lines since a moment, each at its own time: events that people see, then commands."""
    moments: list[tuple[datetime, str]] = []
    for record in world.log[seen:]:
        line = _event_line(record.event, world.incident)
        if line is not None:
            moments.append((record.at, line))
    for at, command in zip(world.asked_at[before:], world.asked[before:], strict=True):
        said = _command_line(command)
        if said is not None:
            moments.append((at, said))
    moments.sort(key=lambda moment: moment[0])
    moments.extend((world.now, f"refused: {refusal}") for refusal in world.refusals[refused:])
    moments.extend((world.now, shown) for shown in world.shown)
    world.shown.clear()
    return [f"{_stamp(at)} << {line}" for at, line in moments]


def _stamp(at: datetime) -> str:
    hours = (at - DAY) // timedelta(hours=1)  # 27:00 is three o'clock of the next day
    return f"{hours:02}:{at:%M:%S}" if at.second else f"{hours:02}:{at:%M}"


def _event_line(event: ev.Event, incident: Incident) -> str | None:
    match event:
        case ev.IncidentDeclared() as declared:
            where = f"§ {declared.section_title}" if declared.section_title else "unlisted"
            return f"declare {declared.severity}, {where}"
        case ev.PageQueued(_, level, person, _, True):
            return f"page {person} (level {level})"
        case ev.PageQueued(_, level, person, why, False):
            return f"tell {person} (level {level}): {why}"
        case ev.PageCancelled(key):
            return f"take back the page to {incident.pages[key].queued.person}"
        case ev.RoleTaken(role, person):
            return f"{person} is {role}"
        case ev.Escalated(level, because):
            return f"escalate to level {level}: {because}"
        case ev.EscalationExhausted():
            return "nobody answered"
        case ev.StepRefused(_, number, _, text, _, reasons):
            return f"pass over {number} {_short(text)}: {'; '.join(reasons)}"
        case ev.AskMade() as made:
            return f"ask: {_short(made.text)} ({made.effect})"
        case ev.AskWithdrawn(_, because):
            return f"withdraw the ask: {because}"
        case ev.AskExpired():
            return "the ask expires"
        case ev.StepQueued(_, _, _, _, text, _, _, purpose, ask):
            return f"{'run' if ask else 'verify' if purpose == 'verify' else 'look'}: {_short(text)}"
        case ev.StepInterrupted():
            return "in doubt: a person has to look"
        case ev.OptionsExhausted():
            return "nothing more to offer"
        case ev.VerificationFailed(_, because):
            return f"did not help: {because}"
        case ev.WatchStarted(until):
            return f"watch until {until:%H:%M}"
        case ev.Relapsed(because):
            return f"relapsed: {because}"
        case ev.Reopened(because):
            return f"reopen: {because}"
        case ev.Resolved(_, because):
            return f"{'false alarm' if event.false_alarm else 'resolved'}: {because}"
        case ev.ClockStarted("post-mortem", due, _):
            return f"post-mortem due {due:%Y-%m-%d %H:%M}"
        case _:
            return story_people.line(event) or story_after.line(event) or story_doing.line(event)


def _short(text: str) -> str:
    return " ⏎ ".join(line.strip() for line in text.splitlines())


def _command_line(command: Command) -> str | None:
    match command:
        case DraftPostmortem():
            return "draft the post-mortem"
        case CancelPages():
            return "stop paging"
        case Page() | RunStep() | SendUpdate() | SettlePages() | OpenRoom():
            return None  # told by the event recorded with them
