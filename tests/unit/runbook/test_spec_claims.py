"""The language page, claim by claim, each on a small document nobody has seen: sections 3 to 8, and the way back."""

import json
from typing import Any

import pytest

from tocsin.runbook.book import Choice, ChoiceKind, Role, Runbook, Step, StepKind
from tocsin.runbook.compile import compile
from tocsin.runbook.general import falls_back
from tocsin.runbook.plan.as_json import as_json
from tocsin.runbook.plan.outlook import plan
from tocsin.runbook.steps.ids import section_hash
from tocsin.runbook.words.instructions import is_instruction

HEAD = "# Depot\n\n## Incidents\n\n### 1. Scanner offline\n\n**When**: `ScannerOffline`\n\n"


def book(body: str) -> Runbook:
    return compile(HEAD + body.replace("´´´", "```"))


def steps(body: str) -> tuple[Step, ...]:
    return book(body).incidents()[0].steps()


def texts(found: tuple[Step, ...]) -> list[str]:
    return ["; ".join(a.text for a in step.actions) or step.title for step in found]


def choice_of(body: str) -> Choice:
    nodes = [node for section in book(body).walk() for node in section.body]
    return next(node for node in nodes if isinstance(node, Choice))


def values(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_json(plan(compile(text.replace("´´´", "```")))))
    return found


ROLES = [
    ("Possible checks", Role.INVESTIGATION), ("Fehlersuche", Role.INVESTIGATION), ("Evaluar alcance", Role.INVESTIGATION),
    ("Possible actions", Role.MITIGATION), ("Sofortmaßnahmen", Role.MITIGATION), ("Actions immédiates", Role.MITIGATION),
    ("Contención", Role.MITIGATION), ("Prüfung", Role.VERIFICATION), ("Verificación", Role.VERIFICATION),
    ("Retour arrière", Role.ROLLBACK), ("Rückgängig machen", Role.ROLLBACK), ("Eskalation", Role.ESCALATION),
    ("Rufbereitschaft", Role.CONTACTS), ("Schweregrade", Role.SEVERITY), ("Tâches planifiées", Role.JOBS),
    ("Voraussetzungen", Role.PREREQUISITES), ("Nachbereitung", Role.POST_INCIDENT), ("Alert thresholds", Role.MONITORING),
]  # fmt: skip


@pytest.mark.parametrize(("label", "role"), ROLES, ids=[label for label, _ in ROLES])
def test_a_label_names_its_role_in_five_languages(label: str, role: Role) -> None:
    found = compile(f"# D\n\n## {label}\n\ntext\n").sections[0].children[0]
    assert role in found.roles


def test_prose_that_asks_for_something_is_a_step_by_hand_and_prose_that_tells_is_not() -> None:
    found = steps(
        "**Resolution**\n\nThe scanner keeps its last reading.\n\nCall the warehouse and ask for the spare one.\n"
    )
    assert [(s.kind, s.title) for s in found] == [
        (StepKind.MANUAL, "Call the warehouse and ask for the spare one")
    ]


@pytest.mark.parametrize(
    "text",
    ["Restart the gateway.", "If the disk is full, call the storage team.", "Redémarrez le service.", "Starten Sie den Dienst neu.",
     "Reinicie el servicio.", "Verifique o painel.", "Please notify the shift lead.", "Then open the console and press Reset."],
)  # fmt: skip
def test_an_instruction_begins_with_an_imperative(text: str) -> None:
    assert is_instruction(text)


@pytest.mark.parametrize(
    "text",
    ["Restarts are harmless.", "The gateway is old.", "Gitaly is overloaded", ""],
)
def test_a_sentence_that_tells_is_no_instruction(text: str) -> None:
    assert not is_instruction(text)


def test_bullets_that_say_how_things_are_are_no_steps() -> None:
    assert texts(
        steps(
            "**Investigation**\n\n- The bus may be slow\n- The scanner is old\n\n**Resolution**\n\n- reset it\n"
        )
    ) == ["reset it"]


def test_cases_in_paragraphs_are_one_choice_also_where_one_of_them_is_prose() -> None:
    found = choice_of(
        "**Resolution**\n\nIf the battery is flat:\n\n´´´bash\nscannerctl charge\n´´´\n\nIf the radio is off, call the network team.\n\nOtherwise swap the scanner.\n\n"
        "´´´bash\nscannerctl swap\n´´´\n"
    )
    assert found.kind is ChoiceKind.CASES
    assert [option.label.split(",")[0] for option in found.options] == [
        "If the battery is flat", "If the radio is off", "Otherwise swap the scanner.",
    ]  # fmt: skip


def test_cases_with_lists_are_one_choice() -> None:
    found = choice_of(
        "**Resolution**\n\nIf it blinks red:\n\n- pull the plug\n- wait 1 minute\n\nIf it is dark:\n\n- call the vendor\n"
    )
    assert found.kind is ChoiceKind.CASES
    assert len(found.options) == 2


def test_a_heading_that_says_if_that_fails_in_parentheses_falls_back_to_the_one_before() -> None:
    found = choice_of(
        "#### Step 1: Soft reset\n\n´´´bash\nscannerctl reset\n´´´\n\n#### Step 2: Hard reset (if the soft reset does not help)\n\n´´´bash\nscannerctl reset --hard\n´´´\n"
    )
    assert found.kind is ChoiceKind.FALLBACK
    assert [s.actions[0].text for o in found.options for s in o.body if isinstance(s, Step)] == [
        "scannerctl reset",
        "scannerctl reset --hard",
    ]


def test_what_stands_before_the_ways_keeps_its_place() -> None:
    found = steps(
        "#### Step 1: Look\n\n´´´bash\nuptime\n´´´\n\n#### Option A: reset\n\n´´´bash\nscannerctl reset\n´´´\n\n#### Option B: swap\n\n´´´bash\nscannerctl swap\n´´´\n"
    )
    assert texts(found) == ["uptime", "scannerctl reset", "scannerctl swap"]


@pytest.mark.parametrize(
    "condition", ["If the disk is failed", "If there is a failed job", "Si hay una migración fallida"]
)
def test_a_state_that_is_seen_is_a_case_and_no_failure_of_the_step_above(condition: str) -> None:
    found = book(
        f"**Resolution**\n\n´´´bash\n# Restart\nscannerctl restart\n\n# {condition}\nscannerctl drop\n´´´\n"
    )
    assert not [
        n for s in found.walk() for n in s.body if isinstance(n, Choice) and n.kind is ChoiceKind.FALLBACK
    ]


def test_a_table_of_symptoms_and_actions_is_one_case_per_row() -> None:
    found = choice_of(
        "**Resolution**\n\n| Symptom | Cause | Action |\n|---|---|---|\n| dark | battery | `docker restart scanner` |\n| red | radio | call the network team |\n"
    )
    assert [(o.label, type(o.body[0]).__name__, getattr(o.body[0], "kind", None)) for o in found.options] == [
        ("dark", "Step", StepKind.SHELL), ("red", "Step", StepKind.MANUAL),
    ]  # fmt: skip


def test_a_table_of_commands_is_one_step_per_row_with_what_to_expect() -> None:
    (found,) = steps(
        "**Investigation**\n\n| Check | Command | Expected |\n|---|---|---|\n| Broker | `curl -s http://broker/health` | 200 |\n"
    )
    assert (found.title, found.actions[0].text, found.expects[0].value) == (
        "Broker",
        "curl -s http://broker/health",
        "200",
    )


def test_a_severity_or_contact_table_holds_no_steps() -> None:
    assert (
        not compile("# D\n\n## Escalation\n\n| When | Action |\n|---|---|\n| dark | call Kim |\n")
        .sections[0]
        .steps()
    )


def test_a_list_of_causes_and_remedies_is_cases() -> None:
    found = choice_of(
        "**Resolution**\n\n- battery flat → `docker restart scanner`\n- radio off → call the network team\n"
    )
    assert [option.label for option in found.options] == ["battery flat", "radio off"]


def test_a_label_right_below_a_list_ends_it() -> None:
    found = book("**Short-term**:\n- add an alert\n**Long-term**:\n- buy better scanners\n")
    assert [s.horizon for s in found.sections[0].steps()] == ["short", "long"]


@pytest.mark.parametrize(
    ("item", "command"),
    [
        ("Stop the sender: `systemctl stop sender`", "systemctl stop sender"),
        ("Stop the sender `systemctl stop sender`", "systemctl stop sender"),
        ("`systemctl is-active sender` should print `active`", "systemctl is-active sender"),
        ("Run `systemctl restart sender` to start it again", "systemctl restart sender"),
        ("Verify that `curl -fsS http://sender/ping` returns 200", "curl -fsS http://sender/ping"),
    ],
)
def test_a_command_that_is_the_only_instruction_of_its_item_is_a_step(item: str, command: str) -> None:
    (found,) = steps(f"**Resolution**\n\n1. {item}\n")
    assert [a.text for a in found.actions] == [command]


@pytest.mark.parametrize(
    "item",
    ["Never run `redis-cli flushall` here", "Look at the output of `systemctl status sender` and call Kim", "Check `sender` and `queue`",
     "Run `vault token renew` and check the log"],
)  # fmt: skip
def test_a_command_that_is_only_spoken_of_is_no_step(item: str) -> None:
    assert not [s for s in steps(f"**Resolution**\n\n1. {item}\n2. wait and see\n") if s.actions]


def test_sql_among_commands_is_sql() -> None:
    found = steps("**Investigation**\n\n´´´bash\nuptime\nSELECT count(*) FROM scans;\n´´´\n")
    assert [s.kind for s in found] == [StepKind.SHELL, StepKind.SQL]


def test_settings_in_a_sql_fence_are_no_statement() -> None:
    assert not steps(
        "**Resolution**\n\n´´´sql\nwal_level = replica\narchive_mode = on\n´´´\n\n1. restart it\n"
    )[0].actions


def test_a_command_cut_short_is_done_by_hand_and_keeps_its_judgement() -> None:
    (found,) = steps("**Resolution**\n\n´´´bash\nkubectl delete pvc ...\n´´´\n")
    assert found.kind is StepKind.MANUAL
    assert found.judgement.effect.word == "destroy"


@pytest.mark.parametrize("command", ["go test ./...", "git diff main...dev", "echo 'working ...'"])
def test_dots_that_programs_read_leave_nothing_out(command: str) -> None:
    (found,) = steps(f"**Investigation**\n\n´´´bash\n{command}\n´´´\n")
    assert found.kind is StepKind.SHELL


def test_a_fence_ends_every_session_it_opened() -> None:
    found = steps(
        "**Investigation**\n\n´´´bash\nssh db-7\nsudo -iu postgres\npsql\nSELECT 1;\n\\q\nexit\ndf -h\n´´´\n\n´´´bash\nuptime\n´´´\n"
    )
    assert [[hop.kind for hop in s.context] for s in found] == [["host", "user", "database"], ["host"], []]


BACK = "**Resolution**\n\n´´´bash\nscannerctl maintenance on\n´´´\n\n**Rollback**\n\n´´´bash\nscannerctl maintenance off\n´´´\n\n"


def test_a_rollback_is_bound_to_the_changes_before_it() -> None:
    change, back = steps(BACK)
    assert change.undone_by == (back.id,)
    assert not back.undone_by


def test_a_rollback_inside_a_way_speaks_for_that_way_only() -> None:
    found = steps(
        "#### Option A: mode\n\n´´´bash\nscannerctl maintenance on\n´´´\n\n**Rollback:** `scannerctl maintenance off`\n\n#### Option B: swap\n\n´´´bash\nscannerctl swap\n´´´\n"
    )
    by_text = dict(zip(texts(found), found, strict=True))
    assert by_text["scannerctl maintenance on"].undone_by == (by_text["scannerctl maintenance off"].id,)
    assert by_text["scannerctl swap"].undone_by == ()


def test_the_body_hash_knows_a_step_that_moved_and_the_id_does_not() -> None:
    first = compile("## A\n\n### Fix\n\n```bash\nscannerctl reset\n```\n").sections[0]
    moved = compile("## B\n\n### Fix\n\n```bash\nscannerctl reset  # again\n```\n").sections[0]
    assert first.steps()[0].id != moved.steps()[0].id
    assert first.steps()[0].body_hash == moved.steps()[0].body_hash
    assert section_hash(first) == section_hash(moved)


def test_front_matter_gives_values_but_never_a_secret() -> None:
    text = "---\nparameters:\n  namespace: depot\n  api_token: s3cret\n---\n" + HEAD
    found = compile(
        text
        + "**Resolution**\n\n```bash\nkubectl -n <namespace> get pods\ncurl -H 'X: <api-token>' http://x\n```\n"
    )
    defaults = {
        hole.name: hole.default for step in found.incidents()[0].steps() for hole in step.placeholders
    }
    assert defaults == {"namespace": "depot", "api_token": None}


def test_an_incident_can_fall_back_on_the_general_ways_of_the_process() -> None:
    found = compile(
        "# D\n\n## Incident response process\n\n### Resolution\n\n#### Option A: roll back\n\n```bash\nhelm rollback depot\n```\n\n#### Option B: scale\n\n"
        "```bash\nkubectl scale deploy/depot --replicas=4\n```\n\n## Incidents\n\n### 1. Dark\n\n**When**: x\n\n```bash\nscannerctl reset\n```\n"
    )
    (incident,) = found.incidents()
    assert [[option.label for option in way.options] for way in falls_back(found, incident)] == [
        ["Option A: roll back", "Option B: scale"]
    ]


def test_every_heading_is_a_section_of_the_plan_and_a_step_stands_under_the_nearest() -> None:
    found = values(
        "# HighLag\n\n## Meaning\n\nSlow.\n\n## Diagnosis\n\n```bash\nuptime\n```\n\n## Mitigation\n\n```bash\nreboot\n```\n"
    )
    assert [(s["title"], s["roles"], len(s["steps"])) for s in found["sections"]] == [
        ("HighLag", ["incident"], 0), ("Meaning", ["overview"], 0), ("Diagnosis", ["investigation"], 1), ("Mitigation", ["mitigation"], 1),
    ]  # fmt: skip


def test_the_labels_of_a_heading_give_it_their_roles_in_the_plan() -> None:
    (incident,) = [s for s in values(HEAD + BACK)["sections"] if s["title"] == "Scanner offline"]
    assert incident["roles"] == ["incident", "mitigation", "rollback"]
    assert next(step["undo"]["steps"] for step in incident["steps"]) == [incident["steps"][1]["id"]]


def test_waits_are_in_the_plan_with_value_and_unit() -> None:
    (incident,) = [
        s
        for s in values(HEAD + "**Verification**\n\n- [ ] lag below 10 % within 5 minutes\n")["sections"]
        if s["steps"]
    ]
    assert [(e["kind"], e["value"], e["unit"], e["within_seconds"]) for e in incident["steps"][0]["expects"]] == [
        ("number", "< 10", "%", 300), ("deadline", 300, "s", None),
    ]  # fmt: skip


def test_a_remark_between_two_marked_options_belongs_to_the_first() -> None:
    found = choice_of(
        "**Resolution**\n\n´´´bash\n# Option 1: by tool\nscannerctl swap\n# The tool keeps a log\n\n# Option 2: by hand\nscannerctl unplug\n´´´\n"
    )
    assert found.kind is ChoiceKind.ALTERNATIVES
    assert [[a.text for s in o.body if isinstance(s, Step) for a in s.actions] for o in found.options] == [
        ["scannerctl swap"],
        ["scannerctl unplug"],
    ]


def test_a_phase_of_the_process_is_no_symptom() -> None:
    found = compile(
        "# D\n\n## Incident response process\n\n### Phase 1: Detection\n\n1. Acknowledge the alert\n2. Open the room\n"
    )
    assert {step.role for step in found.sections[0].steps()} == {Role.PROCESS}
