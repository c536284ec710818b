"""Asking for a yes: everything a person must see before it, and who is told that a decision is wanted. Rules MIT-03, MIT-06."""

from dataclasses import dataclass

from tocsin.comms import message
from tocsin.effects.effect import Effect, Flag, Undo
from tocsin.incident import approval
from tocsin.incident import events as ev
from tocsin.incident.commands import Page, StepText
from tocsin.incident.place import digest_of, place, read_by
from tocsin.incident.situation import Situation
from tocsin.kit.ids import RunId, StepId
from tocsin.response.turn import Turn

EXPIRY = "answer "  # the clock of an ask is named "answer INC-1.a1"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for.

    Attributes:
        texts: the final statements with their places. undo: the way back, or None.
        reasons: why this and why now. warnings: what to mind. passed_over: remedies before it that did not run.
        undoes: the run it takes back, or None for a step of the runbook.
    """

    step: StepId
    number: str
    title: str
    texts: tuple[StepText, ...]
    effect: Effect
    flags: frozenset[Flag]
    why: tuple[str, ...]
    undo: Undo | None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    undoes: RunId | None = None


def ask(turn: Turn, question: Question, proposed_by: str) -> None:
    """Ask for a yes to exactly this."""
    incident, situation = turn.incident, turn.situation
    if incident.declared is None:
        return
    texts, undo = question.texts, question.undo
    identifier = incident.next_ask()
    expires = situation.now + situation.settings.ask_expiry
    targets = tuple(dict.fromkeys(text.target for text in texts))
    identities, doubts = _identities(targets, situation)
    made = ev.AskMade(
        ask=identifier,
        step=question.step,
        number=question.number,
        title=question.title,
        text="\n".join(text.text for text in texts),
        target=", ".join(targets),
        digest=digest_of(texts),
        effect=question.effect.word,
        flags=tuple(sorted(flag.value for flag in question.flags)),
        why=question.why,
        capture=undo.capture if undo else None,
        undo=undo.reverse if undo else None,
        undoable=undo.undoable.value if undo else "no",
        lost=undo.lost if undo else None,
        warnings=(*_around(texts), *doubts, *question.warnings),
        passed_over=question.passed_over,
        expires=expires,
        approvals_needed=approval.approvals_needed(question.effect),
        proposed_by=proposed_by,
        reasons=question.reasons,
        texts=texts,
        undoes=question.undoes,
        identities=identities,
        read=read_by(texts),
    )
    turn.record(made)
    turn.start_clock(
        ev.ClockStarted(f"{EXPIRY}{identifier}", expires, "an approval is wanted before it expires")
    )
    _tell_deciders(turn, made)


def _identities(
    targets: tuple[str, ...], situation: Situation
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Who each target has to be when it runs, and what to mind about it."""
    known: list[tuple[str, str]] = []
    doubts: list[str] = []
    for target in targets:
        identity = situation.identities.get(target)
        if identity is None:
            continue
        if identity.pinned is not None:
            known.append((target, identity.pinned))
        elif identity.seen is not None:
            known.append((target, identity.seen))
            doubts.append(f"first change on {target}: your yes says that it is {identity.seen}")
        if identity.seen is None:
            doubts.append(f"who {target} is could not be asked; it will not run before it can")
    return tuple(known), tuple(doubts)


def _around(texts: tuple[StepText, ...]) -> tuple[str, ...]:
    """What a person cannot see in the text itself: the directory and the variables that earlier lines gave it."""
    found = {place(text): None for text in texts if text.cwd or text.environment}
    return tuple(f"runs on {where}" for where in found)


def _tell_deciders(turn: Turn, made: ev.AskMade) -> None:
    """Tell whoever commands, else level 1, that a decision is needed."""
    incident = turn.incident
    if incident.declared is None:
        return
    roster = turn.situation.roster
    commander = roster.person(incident.commander) if incident.commander else None
    people = (
        (commander,) if commander is not None and commander.methods else roster.at(max(incident.level, 1))
    )
    for person in people:
        key = turn.incident.next_page()
        turn.record(
            ev.PageQueued(
                key, max(incident.level, 1), person.id, f"decision needed: {made.ask}", urgent=False
            )
        )
        line, body = message.question(incident.declared, incident.severity, made)
        turn.command(
            Page(
                key,
                incident.id,
                person.id,
                max(incident.level, 1),
                "ask",
                line,
                body,
                incident.declared.drill,
            )
        )
