"""tocsin incident …: who does what. Roles, hand-over, tasks, calling and releasing people, time."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option
from tocsin.cli.word import find, open_store, say
from tocsin.errors import InputError
from tocsin.incident import events as ev
from tocsin.incident.team import ROLES, role_named
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId


def _role(word: str) -> str:
    found = role_named(word)
    if found is None:
        raise InputError(f'"{word}" is no role.', hint=f"They are {', '.join(ROLES)}.")
    return found


def _time(text: str) -> timedelta:
    found = duration.parse(text)
    if found is None or found <= timedelta(0):
        raise InputError(f'"{text}" is not a duration.', hint='Write it like "20 min".')
    return found


def _in(text: str) -> datetime:
    return SystemClock().now() + _time(text)


@click.command()
@click.argument("name", metavar="INC")
@click.argument("role", metavar="ROLE")
@click.option("--decline", is_flag=True, help="Do not take what was offered.")
@click.option("--reason", help="Why not.")
@as_option
@config_option
@json_option
def role(
    name: str,
    role: str,
    decline: bool,
    reason: str | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Take a role: commander, deputy, scribe, communications. Accepts an offer, or asks whoever holds it."""
    found = settings(config)
    by, wanted = who(person, found), _role(role)
    if decline:
        say(found, name, ev.OfferDeclined(wanted, by, reason), by, as_json, f"{by} does not take it.")
    else:
        done = f"{by} takes the role of {wanted}, or its holder has been asked."
        say(found, name, ev.RoleWanted(wanted, by), by, as_json, done)


@click.command()
@click.argument("name", metavar="INC")
@click.argument("to", metavar="PERSON")
@click.option("--role", "what", default="commander", show_default=True, help="Which role.")
@as_option
@config_option
@json_option
def handover(name: str, to: str, what: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """Hand a role over. It stays yours until the other person takes it; after 2 min it stays for good."""
    found = settings(config)
    by = who(person, found)
    event = ev.RoleOffered(_role(what), PersonId(to), by)
    say(
        found,
        name,
        event,
        by,
        as_json,
        f"Offered to {to}: tocsin incident role {name} {event.role} --as {to}",
    )


@click.command()
@click.argument("name", metavar="INC")
@click.argument("to", metavar="PERSON")
@click.argument("what", metavar="TEXT")
@click.option("--within", help='The time box, like "10 min"; it comes back when it ends.')
@as_option
@config_option
@json_option
def task(
    name: str, to: str, what: str, within: str | None, person: str | None, config: Path | None, as_json: bool
) -> None:
    """Give one named person one thing to do."""
    found = settings(config)
    by = who(person, found)
    with open_store(found) as database:
        incident = find(database, name)[0]
    key = f"{incident.id}.k{len(incident.team.tasks) + 1}"
    due = _in(within) if within else None
    say(found, name, ev.TaskGiven(key, what, PersonId(to), by, due), by, as_json, f"{key} is {to}'s.")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("task", metavar="TASK")
@click.argument("said", metavar="TEXT", required=False)
@click.option("--gave-up", is_flag=True, help="It was not done.")
@as_option
@config_option
@json_option
def done(
    name: str,
    task: str,
    said: str | None,
    gave_up: bool,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say that a task, or a step only a person can do (2.1.3), is done and what was seen; a task without a text: that you are doing it."""
    found = settings(config)
    by = who(person, found)
    if not task.removeprefix(f"{name.upper()}.").startswith("t"):
        # A step of the runbook that only a person can do: "2.1.3".
        event = ev.ManualStepDone(task, by, said)
        say(found, name, event, by, as_json, f"{task} is done.")
        return
    key = task if "." in task else f"{name.upper()}.{task}"
    if said is None:
        say(found, name, ev.TaskTaken(key, by), by, as_json, f"{by} does {key}.")
    else:
        say(found, name, ev.TaskClosed(key, by, not gave_up, said), by, as_json, f"{key} is closed.")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("wanted", metavar="PERSON")
@click.argument("why", metavar="TEXT")
@as_option
@config_option
@json_option
def call(name: str, wanted: str, why: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """Page one person by name, also one who was released."""
    found = settings(config)
    by = who(person, found)
    say(found, name, ev.ResponderCalled(PersonId(wanted), by, why), by, as_json, f"{wanted} is paged.")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("released", metavar="PERSON")
@as_option
@config_option
@json_option
def release(name: str, released: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """Somebody is no longer needed and is not paged for this incident any more."""
    found = settings(config)
    by = who(person, found)
    say(found, name, ev.ResponderReleased(PersonId(released), by), by, as_json, f"{released} is released.")


@click.command()
@click.argument("name", metavar="INC")
@click.option("--because", default="more people are needed", show_default=True, help="Why.")
@click.option(
    "--later", help='Put the next escalation off instead, by this long ("20 min"); the commander, once.'
)
@as_option
@config_option
@json_option
def escalate(
    name: str, because: str, later: str | None, person: str | None, config: Path | None, as_json: bool
) -> None:
    """Call the next level now, whatever the severity."""
    found = settings(config)
    by = who(person, found)
    if later is None:
        say(found, name, ev.EscalationWanted(by, because), by, as_json, "The next level is called.")
    else:
        event = ev.EscalationPostponed(by, _in(later), because)
        say(found, name, event, by, as_json, f"Put off until {event.until:%H:%M} UTC.")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("time", metavar="DURATION")
@as_option
@config_option
@json_option
def snooze(name: str, time: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """You heard it and cannot take it yet: paging goes on after this time, where it stood."""
    found = settings(config)
    by = who(person, found)
    event = ev.Snoozed(by, _in(time))
    say(found, name, event, by, as_json, f"Paging goes on at {event.until:%H:%M:%S} UTC.")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("text")
@click.option("--guess", is_flag=True, help="It is the best guess, not known.")
@as_option
@config_option
@json_option
def cause(name: str, text: str, guess: bool, person: str | None, config: Path | None, as_json: bool) -> None:
    """Name the cause, or the best guess: the answer to the question of the investigation clock."""
    found = settings(config)
    by = who(person, found)
    say(found, name, ev.CauseNamed(by, text, not guess), by, as_json, "Noted; the clock is stopped.")


COMMANDS = (role, handover, task, done, call, release, escalate, snooze, cause)
