"""The plan of a section: every step with effect, reasons, open holes and way back."""

import json

from tests.unit.runbook.builders import at, book, choice, section, step

from tocsin.effects.effect import Effect, Flag
from tocsin.runbook.book import Placeholder, Role, Runbook, StepKind
from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.plan.as_json import as_json
from tocsin.runbook.plan.as_text import as_markdown, as_text
from tocsin.runbook.plan.outlook import plan
from tocsin.runbook.policy.terms import Policy, SeverityLevel

FLUSH = step(
    "redis-cli FLUSHALL ASYNC",
    Effect.DESTROY,
    title="Flush expired keys",
    number="5.2a",
    line=12,
    flags=(Flag.WIDE,),
)
SHED = step("redis-cli DEL x", Effect.DESTROY, title="Or more conservative", number="5.2b", line=13)
LOOK = step("redis-cli INFO memory", title="Check memory usage", number="5.1", line=10)
HEALTH = step("curl -fsS https://x/health", number="5.3", line=20)
POOL = step("SELECT 1", kind=StepKind.SQL, number="5.4", line=21)
CALL = step("Call the vendor", kind=StepKind.MANUAL, number="5.5", line=22)
ROLL = step(
    "git checkout <commit>", Effect.CHANGE, number="5.6", line=23,
    placeholders=(Placeholder("commit", ("<commit>",), "commit", offered_by=(LOOK.id,)),),
)  # fmt: skip
REDIS = section(
    "Redis Memory Full", LOOK, choice(("flush", (FLUSH,)), ("shed", (SHED,))), HEALTH, POOL, CALL, ROLL,
    number="5", line=9, symptoms=("OOM",),
)  # fmt: skip
BOOK = Runbook(
    "r.md", "0" * 64, "Ops", "app-team", (REDIS, section("Toolbox", HEALTH, roles=(Role.TOOLBOX,), line=40)),
    Policy(severities=(SeverityLevel("P0", 0, "Critical", ("down",), None, at(2)),)),
    (Diagnostic("TOC204", Level.ERROR, at(12), 1, "heading and command disagree", "rename", None, (FLUSH.id,)),),
)  # fmt: skip


def test_the_json_has_exactly_the_documented_keys() -> None:
    found = json.loads(as_json(plan(BOOK, REDIS)))
    assert list(found) == ["schema", "runbook", "sections", "diagnostics"]
    assert found["schema"] == 1
    assert list(found["runbook"]) == [
        "title",
        "severities",
        "escalation",
        "contacts",
        "jobs",
        "slos",
        "review_due",
    ]
    assert found["runbook"]["severities"] == [{"name": "P0", "response_seconds": None, "criteria": ["down"]}]
    [only] = found["sections"]
    assert list(only) == ["title", "line", "roles", "steps"]
    assert list(only["steps"][0]) == [
        "id", "line", "end_line", "kind", "text", "title", "effect", "flags", "why", "target", "parameters", "choice",
        "expects", "undo",
    ]  # fmt: skip
    assert found["diagnostics"] == [
        {"doc": "r.md", "line": 12, "column": 1, "severity": "error", "rule": "TOC204",
         "message": "heading and command disagree", "fix": "rename"}
    ]  # fmt: skip


def test_kinds_fold_to_five() -> None:
    steps = json.loads(as_json(plan(BOOK, REDIS)))["sections"][0]["steps"]
    assert [s["kind"] for s in steps] == ["run", "run", "run", "http", "sql", "manual", "run"]


def test_steps_of_one_choice_share_its_id_and_others_have_none() -> None:
    steps = json.loads(as_json(plan(BOOK, REDIS)))["sections"][0]["steps"]
    groups = [s["choice"] for s in steps]
    assert groups[1] == groups[2] is not None
    assert {groups[0], *groups[3:]} == {None}


def test_the_text_shows_effect_reason_choice_holes_and_what_blocks() -> None:
    text = as_text(plan(BOOK, REDIS))
    assert "5.2a   [destroy, wide]" in text
    assert "one of these, never together:" in text
    assert "blocked: TOC204" in text
    assert "open: commit (commit, offered by an earlier step (1))" in text
    assert "5.5    [by hand]" in text
    assert "P0 at once (default)" in text
    assert "Toolbox" not in text


def test_the_whole_runbook_is_planned_when_no_section_is_named() -> None:
    assert [p.section.title for p in plan(BOOK).sections] == ["Redis Memory Full", "Toolbox"]


def test_markdown_keeps_a_pipe_inside_its_cell() -> None:
    piped = section("S", step("a | b", number="1.1"))
    assert "a \\| b" in as_markdown(plan(book(piped), piped))


def test_a_choice_says_of_what_kind_it_is() -> None:
    text = (
        "# X\n\n## Stuck\n\nSymptoms: `E1`\n\n### Fix\n\nOut of memory? Restart it:\n\n```\nsystemctl restart web\n```\n\n"
        "Disk full? Clear it:\n\n```\nrm -rf /var/cache/x\n```\n\n## Dead\n\nSymptoms: `E2`\n\n### Fix\n\n```\nsystemctl reload web\n"
        "# If that fails\nsystemctl restart web\n```\n"
    )
    told = as_text(plan(compile_text(text)))
    assert "of these the one that is the case, asked for by a person:" in told
    assert "the first of these, each further one only if those before it did not help:" in told
    assert "never together" not in told
