"""Break-glass: a yes without the second person. It needs a reason, and everybody above hears of it at once (MIT-06)."""

from tocsin.incident import events as ev
from tocsin.incident.commands import Page
from tocsin.response.turn import Turn

_FIRST_LEVEL_TOLD = 2
_SUBJECT_CHARS = 160


def react(turn: Turn, event: ev.Event) -> None:
    """Tell every level above the first who broke the glass, for what, and why."""
    match event:
        case ev.Approved(ask, by, _, _, reason) if reason is not None:
            made = turn.incident.asks[ask].made
            _tell(turn, f"{by} broke the glass: {made.number} {made.text}", reason, made.target)


def _tell(turn: Turn, what: str, reason: str, target: str) -> None:
    incident, roster = turn.incident, turn.situation.roster
    drill = incident.declared is not None and incident.declared.drill
    for level in range(_FIRST_LEVEL_TOLD, roster.last_level + 1):
        for person in roster.at(level):
            key = turn.incident.next_page()
            turn.record(ev.PageQueued(key, level, person.id, f"glass broken: {reason}", urgent=False))
            subject = f"{'DRILL ' if drill else ''}{incident.id} {incident.severity}: {what}".replace(
                "\n", " "
            )
            body = f"{what}\non {target}\nReason: {reason}\nApproved without the second person it needs."
            turn.command(
                Page(key, incident.id, person.id, level, "inform", subject[:_SUBJECT_CHARS], body, drill)
            )
