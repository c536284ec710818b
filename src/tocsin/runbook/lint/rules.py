"""The catalogue: every rule that can be reported, by id."""

from tocsin.runbook.lint.rule import FAMILIES, Rule
from tocsin.runbook.lint.rules_age import RULES as AGE
from tocsin.runbook.lint.rules_safety import RULES as SAFETY
from tocsin.runbook.lint.rules_structure import RULES as STRUCTURE
from tocsin.runbook.lint.rules_truth import RULES as TRUTH

CATALOGUE: dict[str, Rule] = {rule.id: rule for rule in (*STRUCTURE, *SAFETY, *TRUTH, *AGE)}


def reference() -> str:
    """The page docs/reference/lint-rules.md, generated from the catalogue."""
    lines = [
        "# Lint rules",
        "",
        "Generated from the catalogue in `src/tocsin/runbook/lint/`; a test says whether this page is current.",
        "",
        "An *error* blocks the steps it names until it is fixed or waived, a *warning* is shown on the approval,",
        "a *note* is shown by `tocsin lint` only. A rule may report a milder case of its finding at a milder level.",
        "Each rule has a page with a whole runbook that it finds fault with, and the same made right.",
    ]
    family = ""
    for rule in sorted(CATALOGUE.values(), key=lambda r: r.id):
        if rule.family != family:
            family = rule.family
            lines += ["", f"## TOC{rule.id[3]}xx {family}"]
        lines += [
            "",
            f"### {rule.id}: {rule.finding}",
            "",
            f"Level: {rule.level.value}.",
            f"Why: {rule.why}.",
        ]
        if rule.bad != "–":
            lines += ["", f"- Bad: {_code(rule.bad)}", f"- Good: {_code(rule.good)}"]
        lines += [f"- Fix: {rule.hint}", f"- Page: [{rule.id}](lint-rules/{rule.id}.md)"]
    lines += ["", f"{len(CATALOGUE)} rules in {len(FAMILIES)} families.", ""]
    return "\n".join(lines)


def _code(text: str) -> str:
    looks_written = any(mark in text for mark in "$=|<;/") or (text.split()[0].islower() and "-" in text)
    shown = text.replace("\\n", " ⏎ ")
    return f"`{shown}`" if looks_written and "`" not in shown else shown
