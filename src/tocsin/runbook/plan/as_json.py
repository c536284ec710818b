"""The plan as JSON, schema version 1. Documented in docs/reference/plan-json.md.

The keys are a promise to other programs: a change of their names or meaning raises `plan.SCHEMA`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from tocsin.effects.effect import Judgement
from tocsin.runbook.book import Expectation, Placeholder, Step, Wait
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.plan.outlook import SCHEMA, Plan, PlannedSection, PlannedStep
from tocsin.runbook.policy.terms import Policy

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def as_json(plan: Plan) -> str:
    """The plan as JSON text, indented, keys in the documented order."""
    return json.dumps(document(plan), ensure_ascii=False, indent=2)


def document(plan: Plan) -> dict[str, Json]:
    """The plan as plain values for JSON."""
    book = plan.book
    return {
        "schema": SCHEMA,
        "runbook": {"title": book.title, **policy_values(book.policy)},
        "sections": [_section(section) for section in plan.sections],
        "diagnostics": [diagnostic_values(d, book.path) for d in plan.diagnostics],
    }


def _seconds(value: timedelta | None) -> Json:
    if value is None:
        return None
    seconds = value.total_seconds()
    return int(seconds) if seconds == int(seconds) else seconds


def _called(policy: Policy) -> list[Json]:
    """How long after the beginning each level is called; None from the first on that no time leads to."""
    out: list[Json] = []
    total: timedelta | None = timedelta(0)
    for level in policy.escalation:
        out.append(_seconds(total))
        total = total + level.after if total is not None and level.after is not None else None
    return out


def policy_values(policy: Policy) -> dict[str, Json]:
    """The policy in the shape of the plan's "runbook" object, without the title."""
    called = _called(policy)
    return {
        "severities": [
            {"name": s.name, "response_seconds": _seconds(s.response), "criteria": list(s.criteria)}
            for s in policy.severities
        ],
        "escalation": [
            {"level": e.level, "who": e.who, "duties": list(e.duties), "after_seconds": _seconds(e.after),
             "called_after_seconds": called[at], "severities": list(e.severities), "line": e.span.first_line}
            for at, e in enumerate(policy.escalation)
        ],
        "contacts": [
            {"role": c.role, "value": c.value, "kind": c.kind, "vendor": c.vendor, "line": c.span.first_line}
            for c in policy.contacts
        ],
        "jobs": [
            {"name": j.name, "cron": j.cron, "zone": j.zone, "cadence": j.cadence, "purpose": j.purpose,
             "due": j.due, "on_miss": j.on_miss, "line": j.span.first_line}
            for j in policy.jobs
        ],
        "slos": [
            {"statistic": s.statistic, "metric": s.metric, "comparison": s.comparison, "value": s.value, "unit": s.unit,
             "samples": s.samples, "per": s.per, "setting": s.setting, "line": s.span.first_line}
            for s in policy.slos
        ],
        "review_due": policy.review.next_review.isoformat() if policy.review.next_review else None,
    }  # fmt: skip


def _section(planned: PlannedSection) -> Json:
    section = planned.section
    return {
        "title": section.title,
        "line": section.heading_line,
        "roles": sorted(role.value for role in planned.roles),
        "steps": [step_values(step) for step in planned.steps],
    }


def step_values(planned: PlannedStep) -> dict[str, Json]:
    """One step in the shape of the plan's "steps"."""
    step = planned.step
    judgement = step.judgement
    return {
        "id": step.id,
        "line": min(span.first_line for span in step.spans),
        "end_line": max(span.last_line for span in step.spans),
        "kind": planned.kind,
        "text": step_text(step),
        "title": step.title,
        "effect": judgement.effect.word,
        "flags": sorted(flag.value for flag in judgement.flags),
        "why": list(dict.fromkeys(reason.sentence for reason in judgement.reasons)),
        "target": planned.target,
        "parameters": [_parameter(p) for p in step.placeholders if p.spellings[0] not in ("...", "…")],
        "choice": planned.choice,
        "expects": [*(_expectation(e) for e in step.expects), *(_wait(w) for w in step.waits)] or None,
        "undo": _undo(step),
        **_read(judgement),
    }


def _read(judgement: Judgement) -> dict[str, Json]:
    """The files of the repository that were read to judge a step; no key for a step that runs none."""
    read: list[Json] = [
        {"file": file, "line": line, "sha256": sha256} for file, line, sha256 in judgement.read
    ]
    return {"read": read} if read else {}


def _undo(step: Step) -> Json:
    undo = step.judgement.undo
    if undo is None and not step.undone_by:
        return None
    return {
        "undoable": undo.undoable.value if undo is not None else "partly",
        "capture": undo.capture if undo is not None else None,
        "reverse": undo.reverse if undo is not None else None,
        "lost": undo.lost if undo is not None else None,
        "steps": list(step.undone_by),
    }


def _expectation(expected: Expectation) -> Json:
    return {
        "kind": expected.kind,
        "value": expected.value,
        "unit": expected.unit,
        "within_seconds": _seconds(expected.within),
        "text": expected.text,
    }


def _wait(wait: Wait) -> Json:
    """A wait among the expectations: how long before, until when, or how long what is expected must hold."""
    return {
        "kind": wait.kind.value,
        "value": wait.until if wait.duration is None else _seconds(wait.duration),
        "unit": None if wait.duration is None else "s",
        "within_seconds": None,
        "text": wait.text,
    }


def step_text(step: Step) -> str:
    """The statements of a step, or its own words when a person carries it out."""
    return "\n".join(action.text for action in step.actions) or step.text or step.title


def _parameter(placeholder: Placeholder) -> Json:
    return {
        "name": placeholder.name,
        "type": placeholder.type,
        "spellings": list(placeholder.spellings),
        "default": placeholder.default,
        "offered_by": list(placeholder.offered_by),
        "filled_by": _fillers(placeholder),
    }


# What an alert usually says about itself, in its labels.
_LABELS = frozenset(
    {
        "namespace",
        "pod",
        "node",
        "host",
        "deployment",
        "container",
        "database",
        "volume",
        "bucket",
        "port",
        "ip",
    }
)


def _fillers(placeholder: Placeholder) -> Json:
    """Who can fill a hole, in the order they are asked."""
    if placeholder.type == "secret":
        return ["secret"]
    out = ["alert"] if placeholder.type in _LABELS else []
    out += ["earlier-step"] if placeholder.offered_by else []
    out += ["default"] if placeholder.default is not None else []
    return [*out, "person"]


def diagnostic_values(diagnostic: Diagnostic, path: str) -> dict[str, Json]:
    """A diagnostic as lint prints it too."""
    fix: Json = None
    if diagnostic.fix is not None:
        fix = diagnostic.fix.text
    elif diagnostic.hint:
        fix = diagnostic.hint
    return {
        "doc": path,
        "line": diagnostic.span.first_line,
        "column": diagnostic.column,
        "severity": diagnostic.level.value,
        "rule": diagnostic.rule,
        "message": diagnostic.message,
        "fix": fix,
    }
