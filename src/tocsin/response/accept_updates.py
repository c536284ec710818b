"""Whether an update, a yes to it, or a tick is accepted. A refusal is one sentence.

Rules COM-02, COM-05, COM-07, COM-08, COM-14, SEC-04.
"""

from tocsin.comms import cadence
from tocsin.comms.checklist import checklist
from tocsin.comms.review import review
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.said import AUDIENCES, LOG, OUTSIDE, Update, UpdateState
from tocsin.incident.situation import Situation
from tocsin.kit.ids import PersonId

Word = (
    ev.UpdateDrafted | ev.UpdateApproved | ev.UpdateSent | ev.UpdateWithdrawn | ev.ChecklistTicked | ev.CadenceSet
)  # fmt: skip


def objection(incident: Incident, event: Word, situation: Situation) -> str | None:
    """Why this word is refused, or None if it is accepted. The caller has checked who may act at all."""
    match event:
        case ev.UpdateDrafted():
            return _drafted(incident, event)
        case ev.ChecklistTicked():
            known = [item.key for item in checklist(situation.book, incident)]
            return None if event.item in known else f'"{event.item}" is not on the list: {", ".join(known)}.'
        case ev.CadenceSet():
            if not incident.open:
                return f"{incident.id} is resolved."
            if event.by != incident.commander:
                return f"The commander chooses the interval; that is {incident.commander or 'nobody yet'}."
            return cadence.objection(incident, event.every, situation.now)
        case ev.UpdateApproved() | ev.UpdateSent() | ev.UpdateWithdrawn():
            update = incident.said.updates.get(event.update)
            if update is None:
                return f"There is no update {event.update}."
            return _answer(incident, update, event, situation)


def _drafted(incident: Incident, event: ev.UpdateDrafted) -> str | None:
    if event.by is None:
        return "A draft of a person names the person."
    if event.audience not in AUDIENCES:
        return f'"{event.audience}" is no audience; they are {", ".join(AUDIENCES)}.'
    if not event.text.strip():
        return "An empty update says nothing."
    if event.update in incident.said.updates:
        return f"There is an update {event.update} already."
    return None


def _answer(
    incident: Incident,
    update: Update,
    event: ev.UpdateApproved | ev.UpdateSent | ev.UpdateWithdrawn,
    situation: Situation,
) -> str | None:
    match event:
        case ev.UpdateWithdrawn():
            if update.state is UpdateState.WITHDRAWN:
                return f"{event.update} is withdrawn already."
            return None if event.because.strip() else "Withdrawing an update needs a reason."
        case _ if update.state is not UpdateState.DRAFT:
            return f"{event.update} is {update.state.value} already."
        case _ if event.digest != update.digest:
            return f"{event.update} was shown with another text: look at it again."
        case ev.UpdateApproved():
            return f"{event.by} said yes to {event.update} already." if event.by in update.approvals else None
        case ev.UpdateSent():
            return _sent(incident, update, event, situation)


def _sent(incident: Incident, update: Update, event: ev.UpdateSent, situation: Situation) -> str | None:
    audience = update.drafted.audience
    if audience == LOG:
        return "The entry of the incident log is not sent to anybody."
    newest = incident.said.draft(audience)
    if newest is not None and newest is not update:
        return f"{newest.drafted.update} is newer for {audience}: look at that one."
    if audience in OUTSIDE:
        refused = _yes_of_commander(incident, update, event.by) or _yes_of_management(
            incident, update, event.by, situation
        )
        if refused:
            return refused
    flags = review(update.drafted.text, audience, update.drafted.state, incident, situation)
    stops = [flag for flag in flags if flag.absolute or not (event.anyway or "").strip()]
    if not stops:
        return None
    told = " ".join(flag.sentence for flag in stops)
    return told if any(flag.absolute for flag in stops) else f"{told} To send it all the same, give a reason."


def _yes_of_commander(incident: Incident, update: Update, by: PersonId) -> str | None:
    """An update for outsiders leaves after the commander's yes to exactly that text (COM-05)."""
    if incident.commander is None:
        return "Nobody commands yet: acknowledge it, then the commander sends or says yes."
    if incident.commander in (by, *update.approvals):
        return None
    return f"{update.drafted.update} needs {incident.commander}'s yes first: {incident.commander} commands."


def _yes_of_management(incident: Incident, update: Update, by: PersonId, situation: Situation) -> str | None:
    """About a break-in nothing leaves without the management (SEC-04)."""
    if incident.security is None:
        return None
    management = {person.id for person in situation.roster.at(3)}
    if management and not management & {by, *update.approvals}:
        return f"This is a security incident: {' or '.join(sorted(management))} has to say yes first."
    return None
