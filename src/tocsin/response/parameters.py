"""The holes of a step and who fills them: a person, the alert, what an earlier step showed, the settings, the incident.

Source: runbook-language, sections 8.3 and 8.4. A hole that nobody can fill stays open, and then the step does not run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.effects.judge import judge
from tocsin.effects.repository.held import NOTHING_HELD, Repository
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.incident.targets import Targets
from tocsin.response import where
from tocsin.runbook.book import Placeholder, Step
from tocsin.runbook.fill import Reference, fill

SECRET = "secret:"  # noqa: S105 -- how a person names a secret of the store, no secret
_MOST_OFFERED = 10


@dataclass(frozen=True, slots=True)
class Value:
    """What a hole is filled with.

    Attributes:
        text: the value, or a reference to a secret. source: where it comes from, for people.
    """

    text: str | Reference
    source: str


def filled(step: Step, incident: Incident, situation: Situation) -> Step:
    """The step with its holes filled; as it was, if one of them cannot be filled or its value does not fit.

    A value never ends the quotation it stands in and never adds a word; the filled text is judged again, and one that
    would do something else than the template is not taken.
    """
    holes = tuple(hole for hole in step.placeholders if not bound(hole, step, situation.targets))
    if not holes or not step.actions:
        return step
    values: dict[str, str | Reference] = {}
    for hole in holes:
        value = value_of(hole, step, incident, situation)
        if value is not None:
            values[hole.name] = value.text
    held = _held(step, situation)
    done = fill(
        replace(step, placeholders=holes),
        values,
        lambda text, language: judge(text, language, repository=held),
    )
    if done.reasons:
        return step
    actions = tuple(
        replace(action, text=text, judgement=judged)
        for action, text, judged in zip(step.actions, done.texts, done.judgements, strict=True)
    )
    kept = tuple(hole for hole in step.placeholders if hole not in holes)
    return replace(step, actions=actions, placeholders=kept)


def _held(step: Step, situation: Situation) -> Repository:
    """What the statements of a step may run of the repository: what is read of it, if that is so for all of them."""
    folders = {"/".join(hop.name for hop in action.context if hop.kind == "cwd") for action in step.actions}
    if len(folders) != 1 or not all(action.judgement.read for action in step.actions):
        return NOTHING_HELD
    return situation.held.at(folders.pop() or ".") or NOTHING_HELD


def bound(hole: Placeholder, step: Step, targets: Targets) -> bool:
    """Whether the shell fills this hole by itself, where the step runs."""
    if hole.default is not None and all(spelling.startswith("${") for spelling in hole.spellings):
        return True  # ${NAME:-default}
    names = {
        spelling.lstrip("$").strip("{}").partition(":")[0]
        for spelling in hole.spellings
        if spelling.startswith("$")
    }
    host = where.host_of(step.context, targets)
    known = targets.remote[host] if host is not None else targets.variables
    return bool(names) and names <= known


def value_of(hole: Placeholder, step: Step, incident: Incident, situation: Situation) -> Value | None:
    """What this hole would be filled with, or None. A person's word counts first, a guess never."""
    said = incident.doing.parameters.get(hole.name)
    targets = situation.targets
    if said is not None:
        return _said(said.value, f"{said.by} said so")
    if hole.type == "secret":
        return _said(f"{SECRET}{hole.name}", "the secret store") if hole.name in targets.secrets else None
    for alert in incident.alerts.values():
        label = _label(hole, alert.labels)
        if label is not None:
            return Value(label, f"label of the alert {alert.title}")
    seen = offered(hole, incident)
    if len(seen) == 1:
        return Value(seen[0], "what an earlier step showed")
    if hole.name in targets.parameters:
        return Value(targets.parameters[hole.name], "tocsin.toml")
    if hole.name == "incident_date" and incident.begun_at is not None:
        return _dated(hole, incident.begun_at)
    return Value(hole.default, "the runbook's own default") if hole.default is not None else None


def offered(hole: Placeholder, incident: Incident) -> tuple[str, ...]:
    """Values that earlier steps showed for this hole, for a person to pick from; newest run first."""
    found: dict[str, None] = {}
    for run in reversed(incident.runs.values()):
        if run.finished is None or run.queued.step not in hole.offered_by:
            continue
        for name, value in run.finished.facts:
            if _alike(name, hole.name) or _alike(name, hole.type):
                found[value] = None
    return tuple(found)[:_MOST_OFFERED]


def objection(name: str, value: str, incident: Incident, situation: Situation) -> str | None:
    """Why this value cannot be given to this hole, or None."""
    steps = [step for section in situation.book.walk() for step in section.steps()]
    having = [step for step in steps if any(hole.name == name for hole in step.placeholders)]
    if not having:
        known = sorted(
            {hole.name for step in steps for hole in step.placeholders if not hole.name.startswith("$")}
        )
        return f"The runbook has no hole {name}. It has: {', '.join(known) or 'none'}."
    hole = next(hole for hole in having[0].placeholders if hole.name == name)
    if hole.type == "secret" and not value.startswith(SECRET):
        return f"{name} is a secret: name one of the secret store ({SECRET}NAME), never its value."
    if value.startswith(SECRET) and value.removeprefix(SECRET) not in situation.targets.secrets:
        stored = ", ".join(sorted(situation.targets.secrets)) or "it is empty"
        return f"The secret store has no {value.removeprefix(SECRET)} ({stored})."
    chosen = _said(value, "").text
    problems = {_misfit(step, name, chosen, situation) for step in having}
    if None in problems:
        return None  # it fits somewhere; where it does not, that step stays open and says so
    return f"{min(problem for problem in problems if problem is not None)}."


def _misfit(step: Step, name: str, value: str | Reference, situation: Situation) -> str | None:
    """Why this value does not fit this step, other holes aside."""
    alone = replace(step, placeholders=tuple(hole for hole in step.placeholders if hole.name == name))
    held = _held(step, situation)
    reasons = fill(
        alone, {name: value}, lambda text, language: judge(text, language, repository=held)
    ).reasons
    return reasons[0] if reasons else None


def _said(value: str, source: str) -> Value:
    if value.startswith(SECRET):
        return Value(Reference(value.removeprefix(SECRET)), source)
    return Value(value, source)


def _label(hole: Placeholder, labels: Mapping[str, str]) -> str | None:
    """The label of this very name; of the type only where the type is a kind of object ("namespace", "pod")."""
    for name, value in labels.items():
        if _alike(name, hole.name):
            return value
    if hole.type in ("namespace", "pod", "deployment", "node", "host", "volume"):
        return next((value for name, value in labels.items() if _alike(name, hole.type)), None)
    return None


def _alike(one: str, other: str) -> bool:
    return re.sub(r"[^a-z0-9]", "", one.casefold()) == re.sub(r"[^a-z0-9]", "", other.casefold())


def _dated(hole: Placeholder, at: datetime) -> Value | None:
    """The start of the incident, written as the hole is spelled: only in names that we create."""
    forms = {_form(at, spelling) for spelling in hole.spellings}
    if len(forms) != 1 or None in forms:
        return None
    text = next(iter(forms))
    return Value(text, "when the incident began") if text is not None else None


def _form(at: datetime, spelling: str) -> str | None:
    parts = {"YYYY": f"{at:%Y}", "MM": f"{at:%m}", "DD": f"{at:%d}", "HH": f"{at:%H}", "mm": f"{at:%M}"}
    if not re.fullmatch(r"(?:YYYY|MM|DD|HH|mm|[-_:.])+", spelling):
        return None
    return re.sub(r"YYYY|MM|DD|HH|mm", lambda found: parts[found[0]], spelling)
