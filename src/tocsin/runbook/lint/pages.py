"""One page of documentation per rule, made from the catalogue, in the folder docs/reference/lint-rules."""

from tocsin.runbook.lint.examples import EXAMPLES
from tocsin.runbook.lint.fixes import FIXABLE
from tocsin.runbook.lint.rule import Rule
from tocsin.runbook.lint.rules import CATALOGUE

# What shows a finding for certain, where reading alone only warns of the pattern.
_AROUND = {
    "TOC404": "files: of the repository the document is in",
    "TOC405": "of the repository the document is in",
    "TOC406": "asking this machine, with `--facts`",
    "TOC407": "a record of drills, or what the document says of itself",
    "TOC408": "the checks of the tocsin.toml that names the document",
    "TOC410": "comparing the documents of one run",
    "TOC415": "a record of drills, or the versions that the repository's files pin",
}
_PREFLIGHT = frozenset("TOC115 TOC201 TOC203 TOC211 TOC303 TOC315 TOC320 TOC404 TOC411".split())
_DRILL = frozenset("TOC205 TOC214 TOC304 TOC306 TOC308 TOC310 TOC311 TOC313 TOC314 TOC317 TOC319".split())
_LEVELS = {
    "error": "error: the steps it names are blocked until it is mended or waived",
    "warning": "warning: shown with the step when a yes is asked for",
    "note": "note: shown by the linter only",
}


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {f"{rule.id}.md": page(rule) for rule in CATALOGUE.values()}


def page(rule: Rule) -> str:
    """The page of one rule."""
    found_by = "reading the text"
    if rule.id in _PREFLIGHT:
        found_by += "; asking the target says more"
    if rule.id in _AROUND:
        found_by += f"; {_AROUND[rule.id]}"
    if rule.id in _DRILL:
        found_by += "; only a drill shows it for certain"
    out = [
        f"# {rule.id}: {rule.finding}",
        "",
        "Generated from the catalogue in `src/tocsin/runbook/lint/`.",
        "",
        "| | |",
        "|---|---|",
        f"| Level | {_LEVELS[rule.level.value]} |",
        f"| Found by | {found_by} |",
        f"| Family | {rule.family} |",
        f"| `--fix` | {'where the right text is certain' if rule.id in FIXABLE else 'no: it needs a decision'} |",
        "",
        f"Why: {rule.why}.",
        "",
    ]
    example = EXAMPLES.get(rule.id)
    if example is not None:
        if example.around:
            out += [f"Here: {example.around}", ""]
        out += ["## Bad", "", *_shown(example.bad), "", "## Good", "", *_shown(example.good), ""]
    out += ["## What to do", "", rule.hint, "", *_silence(rule), "", "[All rules](../lint-rules.md)", ""]
    return "\n".join(out)


def _shown(document: str) -> list[str]:
    return ["````markdown", *document.rstrip("\n").split("\n"), "````"]


def _silence(rule: Rule) -> list[str]:
    out = ["## When it is meant so", ""]
    if rule.id in ("TOC123", "TOC124"):
        return [*out, "Mend or remove the comment; this finding is not silenced by another comment."]
    out += [
        f"Write `<!-- tocsin: ignore {rule.id} because … -->` on the line above, or at the end of the line, with the reason.",
        "Above a fence it holds for the whole fence.",
    ]
    if rule.level.value == "error":
        out += [
            "An error stays as a warning then, and still blocks its step.",
            "Only a waiver lets the step be asked for: `[[waive]]` in [tocsin.toml](../settings.md#waive), with a last day.",
        ]
    out += ["For a whole folder or every document: `[lint]` in [tocsin.toml](../settings.md#lint)."]
    return [*out, "See [Silencing and mending](../lint-comments.md)."]
