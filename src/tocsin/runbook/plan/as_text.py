"""The plan for people: plain text for terminals and Markdown for a pull request."""

from tocsin.effects.effect import Effect
from tocsin.kit.duration import spell
from tocsin.kit.ids import StepId
from tocsin.runbook.book import Choice, ChoiceKind
from tocsin.runbook.defaults import effective_response
from tocsin.runbook.general import falls_back
from tocsin.runbook.plan.as_json import step_text
from tocsin.runbook.plan.outlook import Plan, PlannedSection, PlannedStep, undo_text
from tocsin.runbook.policy.terms import Policy


def as_text(plan: Plan) -> str:
    """The plan as text of at most the width its commands need; no colour, so that it can be piped and compared."""
    lines = [plan.book.title, *_policy_lines(plan.book.policy)]
    numbers = {p.step.id: p.step.number for section in plan.sections for p in section.steps}
    kinds = {
        node.id: node.kind
        for section in plan.book.walk()
        for node in section.body
        if isinstance(node, Choice)
    }
    for section in plan.sections:
        if section.steps or section.waits:
            lines += ["", *_section_lines(section, numbers, kinds)]
            general = [
                f"{way.number} ({' / '.join(option.label for option in way.options)})"
                for way in falls_back(plan.book, section.section)
                if way.id not in {step.choice for step in section.steps}
            ]
            lines += [f"  if none of this helps: {', '.join(general)}"] if general else []
    if plan.diagnostics:
        counted = {
            level: sum(d.level.value == level for d in plan.diagnostics)
            for level in ("error", "warning", "note")
        }
        told = ", ".join(f"{n} {level}{'s' if n != 1 else ''}" for level, n in counted.items() if n)
        lines += ["", f"{told} (tocsin lint shows them)"]
    return "\n".join(lines) + "\n"


def _policy_lines(policy: Policy) -> list[str]:
    lines = []
    if policy.severities:
        told = [f"{s.name} {spell(effective_response(s, policy)) if effective_response(s, policy) else 'at once'}"
                f"{'' if s.response is not None else ' (default)'}" for s in policy.severities]  # fmt: skip
        lines.append("respond: " + ", ".join(told))
    for level in policy.escalation:
        if level.after is not None:
            bound = f" for {', '.join(level.severities)}" if level.severities else ""
            lines.append(f"escalate beyond {level.who} after {spell(level.after)}{bound}")
    return lines


def badge(planned: PlannedStep) -> str:
    """The effect in brackets with what to know beside it: "[destroy, wide]"; "[by hand]" for a person's step."""
    if planned.kind == "manual":
        return "[by hand]"
    flags = sorted(flag.value for flag in planned.step.judgement.flags)
    return f"[{', '.join([planned.step.judgement.effect.word, *flags])}]"


_ONLY_ONE = "one of these, never together:"
_TOLD = {
    ChoiceKind.ALTERNATIVES: _ONLY_ONE,
    ChoiceKind.FALLBACK: "the first of these, each further one only if those before it did not help:",
    ChoiceKind.CASES: "of these the one that is the case, asked for by a person:",
}


def _section_lines(
    planned: PlannedSection, numbers: dict[StepId, str], kinds: dict[StepId, ChoiceKind]
) -> list[str]:
    section = planned.section
    number = f"{section.number}. " if section.number else ""
    lines = [f"{number}{section.title}  (line {section.heading_line})"]
    choice = None
    for step in planned.steps:
        if step.choice is not None and step.choice != choice:
            lines.append("  " + (_TOLD[kinds[step.choice]] if step.choice in kinds else _ONLY_ONE))
        choice = step.choice
        lines += ["  " + line for line in _step_lines(step, numbers)]
    lines += [f"  wait: {wait.text}" for wait in planned.waits]
    return lines


def _step_lines(planned: PlannedStep, numbers: dict[StepId, str]) -> list[str]:
    step = planned.step
    option = planned.option or ""
    title = step.title
    if option and not title.startswith(option):
        # "If that fails, restart it" says the title already.
        title = option if title.rstrip(".") in option else f"{option}: {title}"
    lines = [f"{step.number:<6} {badge(planned)} {title}"]
    if step.actions:
        lines += [
            f"         $ {line}" if i == 0 else f"           {line}"
            for i, line in enumerate(step_text(step).splitlines())
        ]
    if step.judgement.bounded:
        lines.append(f"         runs as: {step.judgement.bounded}")
    if planned.target:
        lines.append(f"         where: {planned.target}")
    if step.judgement.effect is not Effect.OBSERVE:
        lines += [f"         why: {why}" for why in dict.fromkeys(r.sentence for r in step.judgement.reasons)]
        lines.append(f"         undo: {undo_text(step.judgement.undo) or 'not known'}")
        back = [numbers.get(key, key) for key in step.undone_by]
        lines += [f"         undo: the runbook's own steps {', '.join(back)}"] if back else []
    lines += [
        f"         read: {file}, sha256 {sha256[:12]}; in an incident it counts as unread, like any script"
        for file, _, sha256 in dict.fromkeys((file, 0, sha256) for file, _, sha256 in step.judgement.read)
    ]
    if step.condition is not None:
        lines.append(f"         only: {step.condition.text}")
    for hole in step.placeholders:
        source = f", offered by an earlier step ({len(hole.offered_by)})" if hole.offered_by else ""
        default = f", default {hole.default}" if hole.default else ""
        lines.append(f"         open: {hole.name} ({hole.type}{default}{source})")
    lines += [f"         expect: {expected.text}" for expected in step.expects]
    lines += [f"         blocked: {d.rule} {d.message}" for d in planned.blocked]
    return lines


def as_markdown(plan: Plan) -> str:
    """The plan as Markdown, one table row per step."""
    lines = [f"# Plan: {plan.book.title}", ""]
    lines += [f"- {line}" for line in _policy_lines(plan.book.policy)]
    for planned in plan.sections:
        if not planned.steps:
            continue
        lines += [
            "",
            f"## {planned.section.title}",
            "",
            "| Step | Effect | What | Way back | Open |",
            "|---|---|---|---|---|",
        ]
        for step in planned.steps:
            what = _cell(step.step.title)
            if step.step.actions:
                what += "<br>" + "<br>".join(
                    f"`{_cell(line)}`" for line in step_text(step.step).splitlines() if line.strip()
                )
            one_of = f" (one of {step.option})" if step.choice and step.option else ""
            holes = ", ".join(f"`{p.name}`" for p in step.step.placeholders)
            blocked = "".join(f"<br>blocked: {d.rule}" for d in step.blocked)
            effect = badge(step).strip("[]")
            undo = _cell(undo_text(step.step.judgement.undo) or "")
            lines.append(f"| {step.step.number}{one_of} | {effect}{blocked} | {what} | {undo} | {holes} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
