"""The compiled form of the seeds and of runbooks of other genres, as text to be read by eye.

Regenerate with TOCSIN_UPDATE_GOLDEN=1, then read the difference: it is what changed for people on call.
"""

import os
from pathlib import Path

import pytest

from tocsin.runbook.book import Choice, Node, Note, Runbook, Step, Wait
from tocsin.runbook.compile import compile

ROOT = Path(__file__).parents[2]
SOURCES = {
    "cookcam": ROOT / "examples" / "cookcam" / "runbook.md",
    "prepchef": ROOT / "examples" / "prepchef" / "runbook.md",
    **{path.stem: path for path in sorted((ROOT / "tests" / "data" / "runbooks").glob("*.md"))},
}


def render(book: Runbook) -> str:
    """A compiled runbook as lines: sections, steps, what they would do, where, on which condition."""
    out = [f"{book.title} ({book.genre})"]
    for section in book.walk():
        roles = " ".join(sorted(role.value for role in section.roles))
        number = f"{section.number}. " if section.number else ""
        out.append("")
        out.append(
            f"{'#' * max(1, section.level)} {number}{section.title} [{roles}] #{section.anchor} line {section.heading_line}"
        )
        out.extend(f"    symptom: {symptom}" for symptom in section.symptoms)
        out.extend(f"    alert: {alert}" for alert in section.alerts)
        for node in section.body:
            out.extend(lines_of(node, "  "))
    out.append("")
    for remark in book.diagnostics:
        steps = ", ".join(step.number for key in remark.steps if (step := book.step(key)) is not None)
        out.append(
            f"{remark.span.first_line}: {remark.rule} {remark.level.value} {remark.message}"
            + (f" ({steps})" if steps else "")
        )
    return "\n".join(out) + "\n"


def lines_of(node: Node, indent: str) -> list[str]:
    match node:
        case Step():
            return step_lines(node, indent)
        case Choice():
            out = [f"{indent}{node.number} choice of {node.kind.value}"]
            for option in node.options:
                marks = "".join(
                    (" recommended" if option.recommended else "", " warned" if option.warned else "")
                )
                when = f" when: {option.condition.text}" if option.condition else ""
                out.append(f"{indent}  - {option.label}{marks}{when}")
                for inner in option.body:
                    out.extend(lines_of(inner, indent + "    "))
            return out
        case Wait():
            return [
                f"{indent}wait: {node.kind.value} {node.duration or ''} {node.until or ''}".rstrip()
                + f" ({node.text})"
            ]
        case Note():
            first = node.text.strip().split("\n")[0]
            return [f"{indent}{node.kind}: {first[:90]}"]


def step_lines(step: Step, indent: str) -> list[str]:
    effect = f" {step.judgement.effect.word}" if step.actions else ""
    marks = "".join((" warned" if step.warned else "", f" {step.horizon}-term" if step.horizon else ""))
    out = [
        f"{indent}{step.number} {step.kind.value} [{step.role.value}]{effect}{marks}: {step.title} (lines {step.span.first_line}-{step.span.last_line})"
    ]
    if step.context:
        out.append(f"{indent}    at {' > '.join(f'{hop.kind}({hop.name})' for hop in step.context)}")
    if step.condition:
        out.append(f"{indent}    {step.condition.kind.value}: {step.condition.text}")
    for action in step.actions:
        text = action.text.replace("\n", f"\n{indent}      ")
        out.append(f"{indent}    $ {text}")
    for hole in step.placeholders:
        out.append(
            f"{indent}    hole {hole.name}: {hole.type} {' '.join(hole.spellings)}"
            + (f", offered by {len(hole.offered_by)}" if hole.offered_by else "")
        )
    for expected in step.expects:
        out.append(f"{indent}    expects {expected.kind} {expected.value}".rstrip())
    for wait in step.waits:
        out.append(f"{indent}    {wait.kind.value} {wait.duration or ''} {wait.until or ''}".rstrip())
    out.extend(f"{indent}    link {link}" for link in step.links)
    if step.sample:
        out.append(f"{indent}    sample: {step.sample.split(chr(10))[0][:80]}")
    return out


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_the_compiled_runbook_is_what_people_read_and_agreed_to(name: str) -> None:
    golden = Path(__file__).parent / f"{name}.plan.txt"
    text = render(compile(SOURCES[name].read_bytes(), f"{name}.md"))
    if os.environ.get("TOCSIN_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert golden.exists(), "no golden file: run with TOCSIN_UPDATE_GOLDEN=1 and read what it wrote"
    assert text == golden.read_text(encoding="utf-8")
