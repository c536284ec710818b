"""Small forms of a room: escalate, severity, resolve, roles, call, tick off, undo, another step, what is in doubt.

Each is a page without a script and a sheet with one; each posts to the operation of the API that does it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from tocsin.app.choices import options as options_of
from tocsin.errors import NotFound
from tocsin.incident.incident import Incident
from tocsin.incident.team import ROLES
from tocsin.kit.ids import IncidentId, RunId
from tocsin.oncall.person import AccessRole
from tocsin.response.options import Standing
from tocsin.runbook.defaults import default_levels
from tocsin.web.pages import act
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import page

_OPTIONS_MAX = 12


@dataclass(frozen=True, slots=True)
class Field:
    """One field. kind: text, long, choice or hidden. choices: (value, word)."""

    name: str
    label: str = ""
    kind: str = "text"
    value: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Its name where dots mean something else."""
        return self.name.replace(".", "-")


@dataclass(frozen=True, slots=True)
class Part:
    """One form with one button. command: what would run; lines: what to know before pressing it; points: the same, in a list."""

    action: str
    button: str
    fields: tuple[Field, ...] = ()
    title: str = ""
    tone: str = "primary"
    lines: tuple[str, ...] = ()
    command: str = ""
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A sheet of one or more forms. careful: the focus is on "Not now"."""

    title: str
    parts: tuple[Part, ...]
    about: str = ""
    careful: bool = False


def _to(incident: Incident, operation: str) -> str:
    return f"/incidents/{incident.id}/do/{operation}"


def _people(visit: Visit) -> tuple[tuple[str, str], ...]:
    return tuple((each.id, each.name) for each in visit.app.settings.roster.people)


def _escalate(visit: Visit, incident: Incident) -> Form:
    because = Field("because", "What the next level has to know", "long", required=True)
    part = Part(_to(incident, "escalate"), "Call the next level", (because,))
    return Form("Escalate", (part,), f"Level {incident.level + 1} is called now, whatever the clock says.")


def _severity(visit: Visit, incident: Incident) -> Form:
    policy = visit.app.library.current.policy
    known = [(each.name, f"{each.name} {each.label or ''}".strip()) for each in policy.severities]
    choices = tuple(known or ((each, each) for each in default_levels()))
    fields = (
        Field("severity", "How bad it is", "choice", incident.severity, choices=choices),
        Field("reason", "Why; lowering needs a reason", "long"),
    )
    return Form("Severity", (Part(_to(incident, "set_severity"), "Set it", fields),), "The clocks follow.")


def _resolve(visit: Visit, incident: Incident) -> Form:
    fields = (
        Field("because", "What ended it", "long", required=True),
        Field(
            "anyway", "If a check is not good: why it is over nevertheless (else leave this empty)", "long"
        ),
    )
    false = (Field("because", "Why it was none", required=True),)
    parts = (
        Part(_to(incident, "resolve"), "Resolve", fields),
        Part(_to(incident, "false_alarm"), "It was a false alarm", false, "Nothing was wrong?", ""),
    )
    return Form(
        "Resolve", parts, "It is refused while a check is not good, unless you say why.", careful=True
    )


def _role(visit: Visit, incident: Incident) -> Form:
    roles = tuple((each, each.capitalize()) for each in ROLES)
    to = Field("to", "To", "choice", choices=_people(visit))
    role = Field("role", "Role", "choice", "commander", choices=roles)
    held = (
        ", ".join(f"{name}: {visit.name(person)}" for name, person in incident.roles.items())
        or "nobody has one yet"
    )
    parts = [
        Part(_to(incident, "take_role"), "I take it", (role,), "Take a role"),
        Part(
            _to(incident, "hand_over"),
            "Offer it",
            (role, to),
            "Hand over",
            "",
            ("It moves when they take it.",),
        ),
    ]
    for name, offer in incident.team.offers.items():
        if offer.to == visit.me.person:
            hidden = Field("role", kind="hidden", value=name)
            parts.append(
                Part(
                    _to(incident, "decline_role"),
                    "Not me",
                    (hidden,),
                    f"{name.capitalize()} is offered to you",
                    "",
                )
            )
    return Form("Roles", tuple(parts), f"Now: {held}.")


def _call(visit: Visit, incident: Incident) -> Form:
    fields = (
        Field("person", "Who", "choice", choices=_people(visit)),
        Field("why", "What for", "long", required=True),
    )
    task = (
        Field("to", "Who", "choice", choices=_people(visit)),
        Field("what", "What", "long", required=True),
        Field("minutes", "Within how many minutes, if it matters"),
    )
    parts = (
        Part(_to(incident, "call_responder"), "Page them", fields),
        Part(_to(incident, "give_task"), "Give the task", task, "Give somebody a task", ""),
    )
    return Form("Page someone", parts, "They are woken now, by all their methods in order.")


def _hand(visit: Visit, incident: Incident) -> Form:
    wanted = visit.query.get("step", "")
    found = incident.doing.manual.get(wanted)
    if found is None or found.done is not None:
        raise NotFound(f"No step {wanted[:20]} waits for a person's hands.")
    fields = (Field("number", kind="hidden", value=wanted), Field("note", "What you saw", "long"))
    part = Part(_to(incident, "manual_done"), "It is done", fields)
    return Form(f"{wanted} {found.opened.title}", (part,), found.opened.text)


def _undo(visit: Visit, incident: Incident) -> Form:
    run = incident.runs.get(RunId(visit.query.get("run", "")))
    if run is None or run.finished is None or run.finished.undo is None:
        raise NotFound("There is no way back on record for that run.")
    hidden = Field("path.run", kind="hidden", value=run.queued.run)
    parts = [
        Part(
            _to(incident, "undo"),
            "Ask for the way back",
            (hidden,),
            command=run.finished.undo,
        )
    ]
    if run.queued.run in incident.doing.undo_due:
        because = Field("because", "Why the change stays", "long", required=True)
        parts.append(
            Part(
                _to(incident, "keep"),
                "Keep the change",
                (hidden, because),
                "Its way back is asked for soon",
                "",
            )
        )
    about = "A way back changes things too: somebody says yes to it like to any step."
    return Form(f"Undo step {run.queued.number}", tuple(parts), about, careful=True)


def _step(visit: Visit, incident: Incident) -> Form:
    parts = []
    for each in options_of(visit.app.database, visit.app.settings, incident, visit.app.clock)[:_OPTIONS_MAX]:
        if each.standing is Standing.ASKED or each.step is None:
            continue
        command = "\n".join(action.text for step in each.remedy.steps for action in step.actions)
        hidden = Field("step", kind="hidden", value=each.step.number)
        title = f"{each.remedy.number} {each.remedy.title} ({each.standing.value})"
        parts.append(
            Part(
                _to(incident, "want_step"),
                f"Ask for {each.step.number}",
                (hidden,),
                title,
                "",
                command=command,
                points=(*each.reasons, *each.against),
            )
        )
    return Form(
        "Ask for another step",
        tuple(parts),
        "Nothing runs by this: it is asked for next, and waits for a yes.",
    )


_FORMS: dict[str, Callable[[Visit, Incident], Form]] = {
    "escalate": _escalate,
    "severity": _severity,
    "resolve": _resolve,
    "role": _role,
    "call": _call,
    "hand": _hand,
    "undo": _undo,
    "step": _step,
}


def _incident(visit: Visit) -> Incident:
    identifier = IncidentId(act.incident_of(visit))
    with visit.app.database.read() as tx:
        return visit.live.rooms.room(tx, identifier).incident


def _shown(visit: Visit, incident: Incident | None, form: Form, here: str) -> Response:
    return page(visit, "ask.html", "incidents", incident=incident, form=form, here=here)


def _ask(visit: Visit) -> Response:
    incident = _incident(visit)
    make = _FORMS.get(visit.path["what"])
    if make is None:
        raise NotFound("There is no such form.")
    return _shown(visit, incident, make(visit, incident), f"/incidents/{incident.id}")


def _doubt(visit: Visit) -> Response:
    incident = _incident(visit)
    run = next((each for each in incident.in_doubt if each.queued.run == visit.path["run"]), None)
    if run is None:
        raise NotFound("Nothing of that name is in doubt.")
    note = Field("note", "What you saw", "long")
    parts = tuple(
        Part(
            _to(incident, "settle"), button,
            (Field("path.run", kind="hidden", value=run.queued.run), Field("took_effect", kind="hidden", value=value), note),
            tone=tone, title=title,
        )
        for value, button, tone, title in (
            ("true", "It did", "", "It took effect"), ("false", "It did not", "", "It did not take effect"),
        )
    )  # fmt: skip
    about = f"tocsin stopped while this ran on {run.queued.target}: {run.queued.text} Look there first; it is never run again by itself."
    form = Form(f"Did step {run.queued.number} take effect?", parts, about, careful=True)
    return _shown(visit, incident, form, f"/incidents/{incident.id}")


def _declare(visit: Visit) -> Response:
    policy = visit.app.library.current.policy
    impacts = [(rule, f"{each.name}: {rule}") for each in policy.severities for rule in each.criteria]
    fields = (
        Field("title", "What is wrong, in one sentence", required=True),
        Field("impact", "What it means for users", "choice", choices=(("", "Not known yet"), *impacts)),
    )
    part = Part("/declare", "Declare", fields, lines=("Whoever is on call is paged now.",))
    return _shown(visit, None, Form("Declare an incident", (part,)), "/incidents")


PAGES = (
    Page("GET", "/incidents/{incident}/ask/{what}", AccessRole.RESPONDER, _ask),
    Page("GET", "/incidents/{incident}/runs/{run}/doubt", AccessRole.RESPONDER, _doubt),
    Page("GET", "/declare", AccessRole.RESPONDER, _declare),
)
