"""What only a person can do: opened as a task with the incident, ticked off by name, never skipped silently. Rule MIT-14."""

from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.response import permit
from tocsin.response.turn import Turn
from tocsin.runbook.book import Step
from tocsin.runbook.procedure import by_hand


def react(turn: Turn, event: ev.Event) -> None:
    """Open the tasks of the section when the incident begins."""
    match event:
        case ev.IncidentDeclared():
            for step in of_section(turn.incident, turn.situation):
                turn.record(
                    ev.ManualStepOpened(step.id, step.number, step.title, step.text.strip(), step.links)
                )


def of_section(incident: Incident, situation: Situation) -> tuple[Step, ...]:
    """The steps of the section that only a person can do, in the order of the text, those inside choices included."""
    section = permit.section_of(incident, situation)
    return tuple(step for step in section.steps() if by_hand(step)) if section is not None else ()


def before(incident: Incident, situation: Situation, step: Step) -> tuple[str, ...]:
    """Tasks that stand before this step in the text and are not ticked off, for the person who is asked."""
    section = permit.section_of(incident, situation)
    steps = section.steps() if section is not None else ()
    found: list[str] = []
    for each in steps:
        if each.id == step.id:
            return tuple(found)
        task = incident.doing.manual.get(each.number)
        if task is not None and task.done is None:
            found.append(f"by hand before this, and not ticked off: {each.number} {each.title}")
    return ()
