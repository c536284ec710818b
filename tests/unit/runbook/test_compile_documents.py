"""Claims about runbooks of other genres: alert runbooks, other languages, sessions, choices, odd Markdown."""

from pathlib import Path

import pytest

from tocsin.effects.effect import Effect
from tocsin.runbook.book import (
    Choice,
    ChoiceKind,
    ConditionKind,
    Note,
    Role,
    Runbook,
    Step,
    StepKind,
    Wait,
    WaitKind,
)
from tocsin.runbook.compile import compile
from tocsin.runbook.markdown import read as markdown

DATA = Path(__file__).parents[2] / "data" / "runbooks"


def book(name: str) -> Runbook:
    return compile((DATA / f"{name}.md").read_bytes(), f"{name}.md")


def commands(found: Runbook) -> list[str]:
    return [action.text for step in found.sections[0].steps() for action in step.actions]


def titled(found: Runbook, title: str) -> Step:
    return next(step for step in found.sections[0].steps() if step.title == title)


def incident(name: str, text: str) -> str:
    return f"## Common Incidents\n\n### {name}\n\n**Symptoms**: it is broken\n\n{text}\n"


def read(text: str) -> list[Step]:
    return list(compile(incident("Broken", text)).sections[0].steps())


def nodes(text: str) -> list[Step | Choice | Note | Wait]:
    return list(compile(incident("Broken", text)).sections[0].nodes())


# -- alert runbooks, prompts and output ---------------------------------------------------------------


def test_an_alert_runbook_is_itself_the_incident() -> None:
    found = book("alert_ingest_lag")
    assert found.genre == "alert"
    assert [s.title for s in found.incidents()] == ["IngestLagHigh"]
    assert found.incidents()[0].alerts == ("IngestLagHigh",)
    assert dict(found.front_matter)["review_in"] == "6 months"


def test_only_prompted_lines_are_commands_and_the_rest_is_a_sample() -> None:
    found = book("alert_ingest_lag")
    assert not any("Running" in text or "LAG" in text for text in commands(found))
    first = found.sections[0].steps()[0]
    assert first.sample is not None
    assert first.sample.startswith("GROUP")


def test_a_prompt_names_the_host_its_line_is_meant_for() -> None:
    inside = [s for s in book("alert_ingest_lag").sections[0].steps() if s.context]
    assert [s.actions[0].text for s in inside] == ["systemctl status kafka", "df -h /var/lib/kafka"]
    assert all(s.context[0].name == "broker-1" and s.context[0].detail == "root" for s in inside)


def test_a_continued_prompt_line_is_one_command() -> None:
    text = next(t for t in commands(book("alert_ingest_lag")) if "scale" in t)
    assert text.split() == ["kubectl", "-n", "ingest", "scale", "deployment/ingest", "\\", "--replicas=8"]


def test_a_query_is_evidence_and_a_sentence_below_a_check_is_its_expectation() -> None:
    found = book("alert_ingest_lag")
    query = next(s for s in found.sections[0].steps() if s.kind is StepKind.QUERY)
    assert query.judgement.effect is Effect.OBSERVE
    (expected,) = found.sections[0].steps()[-1].expects
    assert (expected.kind, expected.value) == ("number", "< 1000")


def test_hash_lines_that_are_all_commands_are_root_prompts() -> None:
    assert commands(book("host_agent_down")) == [
        "systemctl status node-agent.service",
        "journalctl -u node-agent.service -n 50 --no-pager",
        "systemctl restart node-agent.service",
    ]


def test_hash_lines_that_are_sentences_stay_comments() -> None:
    steps = read("```bash\n# Check the logs\n# Restart the service if needed\n```")
    assert [s.kind for s in steps] == [StepKind.MANUAL]


# -- languages ----------------------------------------------------------------------------------------


def test_german_labels_alternatives_and_fallbacks_are_understood() -> None:
    found = book("checkliste_datenbank")
    assert [s.title for s in found.incidents()] == ["Platte voll"]
    choice = next(n for n in found.sections[0].nodes() if isinstance(n, Choice))
    assert choice.kind is ChoiceKind.FALLBACK
    assert titled(found, "Überprüfung").role is Role.VERIFICATION


def test_portuguese_labels_waits_and_warnings_are_understood() -> None:
    found = book("fila_de_pagamentos")
    assert found.incidents()[0].symptoms == ("mensagens acumuladas", "clientes sem recibo")
    purge = next(s for s in found.sections[0].steps() if "purge_queue" in s.actions[0].text)
    assert purge.warned
    assert {s.role for s in found.incidents()[0].steps()} >= {
        Role.INVESTIGATION,
        Role.MITIGATION,
        Role.ROLLBACK,
    }


# -- sessions -----------------------------------------------------------------------------------------


def test_a_lone_opener_holds_for_the_next_fence_of_its_section_until_it_is_closed() -> None:
    steps = book("sessions").sections[0].steps()
    assert [hop.kind for hop in steps[0].context] == ["host"]
    assert [hop.kind for hop in steps[1].context] == ["host", "user", "database"]
    hostname = next(s for s in steps if s.actions[0].text == "hostname")
    assert hostname.context == ()


def test_lines_in_an_interpreter_are_a_script_nobody_can_read() -> None:
    script = next(s for s in book("sessions").sections[0].steps() if s.kind is StepKind.SCRIPT)
    assert script.judgement.effect is Effect.UNKNOWN
    assert [hop.kind for hop in script.context] == ["pod", "repl"]


def test_directory_and_variables_last_within_a_procedure() -> None:
    last = book("sessions").sections[0].steps()[-1]
    assert [(hop.kind, hop.name) for hop in last.context] == [("cwd", "/srv/app"), ("env", "RELEASE")]
    assert [hole.name for hole in last.placeholders] == ["colour"]


@pytest.mark.parametrize(
    "opener",
    [
        "ssh web1",
        "ssh -i key.pem deploy@web1",
        "kubectl exec -it web-0 -n shop -- bash",
        "docker exec -it web sh",
        "sudo -i",
        "oc rsh web-0",
    ],
)
def test_what_follows_an_opener_never_runs_on_the_operators_machine(opener: str) -> None:
    steps = read(f"```bash\n{opener}\nrm -rf /var/cache/app\n```")
    assert [s.actions[0].text for s in steps] == ["rm -rf /var/cache/app"]
    assert steps[0].context != ()


@pytest.mark.parametrize(
    "line",
    [
        "ssh web1 'uptime'",
        "psql -c 'SELECT 1'",
        "kubectl exec web-0 -- ls",
        "redis-cli PING",
        "mysql -e 'SHOW TABLES'",
    ],
)
def test_an_inline_command_opens_nothing(line: str) -> None:
    steps = read(f"```bash\n{line}\nuptime\n```")
    assert [a.text for s in steps for a in s.actions] == [line, "uptime"]
    assert all(a.context == () for s in steps for a in s.actions)


def test_a_session_ends_with_its_section() -> None:
    text = "```bash\nssh web1\n```\n\n#### After\n\n```bash\nuptime\n```"
    assert read(text)[-1].context == ()


# -- choices ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["or", "**or**", "or, faster", "oder", "Alternatively"])
@pytest.mark.parametrize("indent", ["", "   "])
def test_or_between_two_fences_never_makes_two_steps_in_a_row(word: str, indent: str) -> None:
    body = ["```bash", "systemctl restart web", "```", "", word, "", "```bash", "reboot", "```"]
    lead = "1. Bring it back:" if indent else "Bring it back:"
    text = "\n".join(
        ["# R", "", "## Web is down", "", "**Symptoms**: 502", "", "**Resolution**", "", lead, ""]
    )
    text += "\n" + "\n".join(f"{indent}{line}".rstrip() for line in body) + "\n"
    nodes = [node for section in compile(text, "r.md").walk() for node in section.nodes()]
    choices = {node.id: len(node.options) for node in nodes if isinstance(node, Choice)}
    assert list(choices.values()) == [2]


def test_bold_options_paragraphs_items_and_comments_make_choices() -> None:
    found = [n for n in book("choices").sections[0].nodes() if isinstance(n, Choice)]
    assert [c.kind for c in found] == [
        ChoiceKind.ALTERNATIVES,
        ChoiceKind.FALLBACK,
        ChoiceKind.CASES,
        ChoiceKind.FALLBACK,
    ]
    assert found[0].options[0].recommended
    assert len(found[3].options) == 3
    assert [s.actions[0].text for o in found[3].options for s in o.body if isinstance(s, Step)] == [
        "systemctl restart worker@1", "systemctl status worker@1", "systemctl restart 'worker@*'", "reboot",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "word", ["Or restart", "Alternatively, restart", "Ou reiniciar", "Oder neu starten", "Or:"]
)
def test_alternatives_never_run_together(word: str) -> None:
    found = nodes(
        f"**Resolution**:\n```bash\n# Reload\nsystemctl reload web\n# {word}\nsystemctl restart web\n```"
    )
    choice = next(n for n in found if isinstance(n, Choice))
    assert choice.kind is ChoiceKind.ALTERNATIVES
    assert len(choice.options) == 2


def test_a_trailing_or_is_an_alternative() -> None:
    found = nodes(
        "```bash\nsystemctl restart web   # on Debian\nservice web restart   # or on the old hosts\n```"
    )
    assert any(isinstance(n, Choice) for n in found)


def test_or_in_the_next_fence_belongs_to_the_one_above() -> None:
    found = nodes("```bash\nsystemctl reload web\n```\n\nOr:\n\n```bash\nsystemctl restart web\n```")
    choice = next(n for n in found if isinstance(n, Choice))
    assert [n.actions[0].text for o in choice.options for n in o.body if isinstance(n, Step)] == [
        "systemctl reload web", "systemctl restart web",
    ]  # fmt: skip


# -- comments -----------------------------------------------------------------------------------------


def test_comments_split_a_fence_and_name_its_steps() -> None:
    steps = read("```bash\n# Look\ndf -h\n\n# Step 2: Make room\nrm -rf /var/cache/app\n```")
    assert [s.title for s in steps] == ["Look", "Make room"]


@pytest.mark.parametrize(
    ("comment", "kind", "value"),
    [
        ("Should return 200", "http_status", "200"),
        ("should be empty", "empty", ""),
        ('Expected: {"status":"ok"}', "json", '{"status":"ok"}'),
        ("Should show *running*", "contains", "running"),
        ("you should see `active`", "contains", "active"),
        ("should be 0", "number", "== 0"),
        ("should be at least 3 replicas", "number", ">= 3"),
        ("should be less than 80 %", "number", "< 80"),
        ("Should return to baseline", "baseline", ""),
        ("should not be empty", "not_empty", ""),
    ],
)
def test_an_expectation_in_a_comment_is_attached_to_its_command(comment: str, kind: str, value: str) -> None:
    for text in (
        f"```bash\ncurl -s http://x/health\n# {comment}\n```",
        f"```bash\ncurl -s http://x/health  # {comment}\n```",
    ):
        (step,) = read(text)
        assert [(e.kind, e.value) for e in step.expects] == [(kind, value)]


def test_echo_of_the_status_expects_an_exit_status() -> None:
    (step,) = read("```bash\necho $?  # should be 0\n```")
    assert [(e.kind, e.value) for e in step.expects] == [("exit_status", "0")]


@pytest.mark.parametrize(
    "comment",
    [
        "WARNING: deletes everything",
        "Caution: clears all data",
        "⚠️ careful",
        "Do not run on the primary",
        "destructive!",
    ],
)
def test_a_warning_in_a_comment_keeps_the_step_from_running_by_itself(comment: str) -> None:
    for text in (f"```bash\n# {comment}\nuptime\n```", f"```bash\nuptime  # {comment}\n```"):
        (step,) = read(text)
        assert step.warned
        assert not step.judgement.runs_by_itself


def test_a_wait_in_a_comment_stands_between_the_steps() -> None:
    found = [
        n
        for n in nodes(
            "**Steps:**\n```bash\nsystemctl restart web\n# Wait 2 minutes\nsystemctl status web\n```"
        )
        if isinstance(n, Step | Wait)
    ]
    assert isinstance(found[1], Wait)
    assert found[1].kind is WaitKind.DELAY


# -- lines that belong together -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "for h in a b; do\n  uptime\n\n  # inside\n  df -h\ndone",
        "cat <<EOF > /tmp/x\nline one\n\n# no comment\nEOF",
        'psql -c "\nSELECT 1;\n\nSELECT 2;\n"',
        "kubectl get pods \\\n  -n shop \\\n  -o wide",
        "if true; then\n  uptime\nfi",
        "check() {\n  uptime\n}",
    ],
)
def test_a_statement_is_never_split_at_newlines(text: str) -> None:
    steps = read(f"```bash\n{text}\n```")
    assert [a.text for s in steps for a in s.actions] == [text]


def test_a_line_the_grammar_cannot_read_spoils_only_itself() -> None:
    steps = read("```bash\nuptime\necho 'open\n```\n\n```bash\ndf -h\n```")
    assert [a.text for s in steps for a in s.actions] == ["uptime", "echo 'open", "df -h"]


def test_sql_is_split_at_semicolons_outside_quotes() -> None:
    steps = read("```sql\nSELECT ';' AS a;\n-- then\nDELETE FROM t WHERE x = 'a;b';\n```")
    assert [a.text for s in steps for a in s.actions] == [
        "SELECT ';' AS a;",
        "DELETE FROM t WHERE x = 'a;b';",
    ]


# -- what is not a command ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "NAME   READY   STATUS\nweb-0  1/1     Running",
        "2026-01-01T00:00:00Z ERROR rm failed",
        '{"status": "ok"}',
        "The service restarts by itself.\nNothing has to be done here.",
        "+---+     +---+\n| a | --> | b | --> c",
        "**Impact**: [what users see]\n**Next update**: [time]",
        "something --unclear here",
    ],
)
def test_an_unlabelled_fence_that_is_no_command_runs_nothing(body: str) -> None:
    assert [a.text for s in read(f"```\n{body}\n```") for a in s.actions] == []


def test_text_hidden_from_readers_runs_nothing() -> None:
    found = book("odd_markdown")
    assert not any("/srv/never" in text for text in commands(found))


def test_a_warning_above_a_fence_warns_of_it() -> None:
    steps = {s.actions[0].text: s for s in book("odd_markdown").sections[0].steps() if s.actions}
    assert steps["systemctl restart sessions"].warned
    assert steps["dropdb sessions"].warned


def test_a_forgotten_fence_end_costs_one_section_at_most() -> None:
    found = book("odd_markdown")
    assert "free -m" in commands(found)
    assert any(d.rule == "TOC120" for d in found.diagnostics)


def test_code_in_a_sentence_runs_only_if_it_is_the_whole_instruction() -> None:
    assert commands(book("prose_commands")) == [
        "uptime -p",
        "kubectl top pods -n web",
        "nginx -t && systemctl reload nginx",
    ]


def test_a_fence_indented_too_little_still_belongs_to_its_item() -> None:
    found = book("nested_lists")
    assert titled(found, "Fence under-indented").actions[0].text == "systemctl stop broker"
    assert titled(found, "Start again").sample == "broker started"


# -- placeholders -------------------------------------------------------------------------------------


def test_spellings_of_a_name_are_one_placeholder() -> None:
    steps = book("placeholders").sections[0].steps()
    namespace = next(h for s in steps for h in s.placeholders if h.name == "namespace")
    assert namespace.spellings == ("<namespace>", "$NAMESPACE", "your-namespace")
    assert namespace.type == "namespace"


def test_what_only_looks_like_a_hole_is_none() -> None:
    assert titled(book("placeholders"), "Not holes").placeholders == ()


def test_earlier_listings_offer_values() -> None:
    found = book("placeholders")
    holes = {h.name: h for s in found.sections[0].steps() for h in s.placeholders}
    assert holes["good_commit"].offered_by == (titled(found, "What was deployed").id,)
    assert holes["pod_name"].offered_by == (titled(found, "Which pods").id,)
    assert holes["api_token"].type == "secret"
    assert holes["..."].type == "omitted"


# -- size ---------------------------------------------------------------------------------------------


def test_a_document_beyond_the_limit_keeps_its_rest_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "SIZE_LIMIT", 10_000)
    text = (
        incident("Broken", "```bash\nuptime\n```")
        + "x" * 80
        + "\n"
        + ("lorem ipsum dolor\n" * 600)
        + "```bash\nreboot\n```\n"
    )
    found = compile(text)
    assert any(d.rule == "TOC120" for d in found.diagnostics)
    assert "reboot" not in commands(found)


def test_a_label_that_says_or_or_if_that_fails_makes_a_choice_with_what_stands_above() -> None:
    text = (
        "**Resolution:**\n\n```bash\nsystemctl reload a\n```\n\n**Alternatively:**\n\n```bash\nsystemctl restart a\n```\n\n"
        "**If that fails:**\n\n```bash\nreboot\n```"
    )
    (choice,) = [n for n in nodes(text) if isinstance(n, Choice)]
    assert choice.kind is ChoiceKind.FALLBACK
    assert isinstance(choice.options[0].body[0], Choice)


def test_headings_that_say_alternative_make_a_choice_with_the_heading_above() -> None:
    text = "#### Restart\n\n```bash\nsystemctl restart b\n```\n\n#### Alternative: by hand\n\n```bash\nkill -9 1234\n```"
    (choice,) = [n for n in nodes(text) if isinstance(n, Choice)]
    assert [o.label for o in choice.options] == ["Restart", "Alternative: by hand"]


def test_a_heading_that_is_a_condition_is_asked_of_its_steps() -> None:
    text = "```bash\nsystemctl restart c\n```\n\n#### If that fails\n\n```bash\nreboot\n```"
    assert [s.condition is not None for s in read(text)] == [False, True]


def test_prompts_that_name_a_host_belong_to_the_session_opened_there() -> None:
    steps = read("```console\n$ ssh deploy@web1\ndeploy@web1:~$ uptime\ndeploy@web1:~$ exit\n$ df -h\n```")
    assert [(s.actions[0].text, [hop.name for hop in s.context]) for s in steps] == [
        ("uptime", ["web1"]),
        ("df -h", []),
    ]


def test_printed_lines_between_commands_are_samples() -> None:
    steps = read(
        '```bash\ncurl -s localhost/health\n{"status":"ok"}\nsystemctl status d\n● d.service\n   Active: active\n```'
    )
    assert [a.text for s in steps for a in s.actions] == ["curl -s localhost/health", "systemctl status d"]


def test_a_template_mark_is_a_hole_nobody_fills() -> None:
    (step,) = read("```bash\nsystemctl restart <%= service %>\n```")
    assert [h.type for h in step.placeholders] == ["omitted"]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20000, "[" * 20000, "*a " * 20000, "`a " * 20000, "<a " * 20000, "_a " * 20000, " " * 20000 + "x", "<!-- " * 8000,
        "1. a\n\npara\n\n" * 2000, "## a\n\n" * 4000, "**a**\n\n" * 4000, "```bash\n" * 8000,
        "```bash\n" + "echo 'a\n" * 3000 + "```", "```bash\n" + "if true; then\n" * 2000 + "```", "```sql\n" + "/* \n" * 5000 + "```",
        "```bash\n" + "# Or x\nuptime\n" * 1500 + "```", "```bash\n" + "cd a\nls\n" * 1500 + "```", "```bash\n" + "ssh a\n" * 1500 + "uptime\n```",
    ],
)  # fmt: skip
def test_hostile_text_compiles_like_any_other(text: str) -> None:
    found = compile(text)
    assert not [d for d in found.diagnostics if d.rule == "TOC199"]


@pytest.mark.parametrize(
    "words", ["Connect with `ssh web1`:", "SSH into the host: `ssh web1`.", "1. `ssh web1`\n2. Then:"]
)
def test_a_sentence_that_opens_a_session_is_followed(words: str) -> None:
    steps = read(f"**Resolution:**\n\n{words}\n\n```bash\nrm -rf /var/cache/app\n```")
    last = steps[-1]
    assert last.actions[0].text == "rm -rf /var/cache/app"
    assert [hop.name for hop in last.context] == ["web1"]


def test_another_database_of_the_same_session_is_another_place() -> None:
    steps = read("```sql\n\\c shop\nSELECT 1;\n```")
    assert [(s.actions[0].text, s.context[-1].name) for s in steps] == [("SELECT 1;", "shop")]


# -- what bullets, trailing conditions and platforms say ----------------------------------------------


def test_bullets_that_only_name_things_are_read_and_not_ticked() -> None:
    assert read("**Steps**:\n\n- [Help](https://a.example/help)\n- [Chat](https://a.example/chat)\n") == []
    terms = "- `cpu_seconds_total`: time spent\n- `memory_bytes`: what is held\n"
    assert read(f"**Diagnosis**:\n\nLook for:\n\n{terms}") != []
    assert read(f"**Diagnosis**:\n\nThe metrics are:\n\n{terms}") == []
    assert [s.kind for s in read("**Steps**:\n\n- `df -h`\n- `free -m`\n")] == [StepKind.SHELL] * 2


def test_what_an_impact_looks_like_in_the_long_run_is_nothing_to_do() -> None:
    found = compile("# A\n\n## Impact\n\n### Long term: critical\n\n- Nodes stop.\n- Nobody can log in.\n")
    assert found.sections[0].steps() == ()


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Delete stuck attachments if necessary", ConditionKind.IF_NEEDED),
        ("Force delete the machine if it is safe to do so", ConditionKind.IF_SAFE),
        ("Pods löschen, falls nötig", ConditionKind.IF_NEEDED),
    ],
)
def test_a_condition_at_the_end_of_a_title_is_asked(title: str, kind: ConditionKind) -> None:
    for text in (
        f"```bash\n# {title}\nkubectl delete pod web-0\n```",
        f"1. {title}:\n\n   ```bash\n   kubectl delete pod web-0\n   ```",
    ):
        (step,) = read(text)
        assert step.condition is not None
        assert step.condition.kind is kind


def test_platforms_are_cases_and_never_run_one_after_the_other() -> None:
    text = "```bash\n# For Debian/Ubuntu\napt-get install -y jq\n\n# For RHEL:\nyum install -y jq\n\n# Look at it\njq --version\n```"
    choice, step = (node for node in nodes(text) if isinstance(node, Choice | Step) and node.kind)
    assert isinstance(choice, Choice)
    assert choice.kind is ChoiceKind.CASES
    assert [option.label for option in choice.options] == ["For Debian/Ubuntu", "For RHEL"]
    assert isinstance(step, Step)
    assert [s.kind for s in read("```bash\n# For Docker\ndocker ps\n\n# Restart\nsystemctl restart x\n```")]


def test_comment_lines_above_a_prompt_are_one_title() -> None:
    (step,) = read("```bash\n# Check the node (may need\n# more rights)\n$ kubectl describe node web-1\n```")
    assert step.title.startswith("Check the node")


def test_look_for_above_a_command_of_its_own_is_its_title() -> None:
    text = "```bash\n# Show the pod\nkubectl describe pod web-0\n\n# Look for related events\nkubectl get events\n```"
    assert [step.title for step in read(text)] == ["Show the pod", "Look for related events"]


def test_a_title_over_two_lines_is_one_line() -> None:
    (step,) = read("Ask the cluster\nwhat it knows:\n\n```bash\nkubectl get pods\n```")
    assert step.title == "Ask the cluster what it knows"


def test_a_shell_asked_for_with_a_slip_still_opens_the_container() -> None:
    text = (
        "```bash\nkubectl exec -it web-0 -c app --bash\n```\n\nand then run:\n\n```bash\nacme-ctl status\n```"
    )
    (step,) = read(text)
    assert [(hop.kind, hop.name) for hop in step.context] == [("pod", "web-0"), ("container", "app")]


def test_a_numbered_list_in_prose_is_a_procedure() -> None:
    text = (
        "# Process\n\n## Steps for the deputy\n\nYou help.\n\n1. Watch the call.\n1. Page the next person.\n"
    )
    assert [step.title for step in compile(text).sections[0].steps()] == [
        "Watch the call.",
        "Page the next person.",
    ]
    silent = "# Process\n\n## Overview\n\n1. The queue fills.\n2. The worker stops.\n"
    assert compile(silent).sections[0].steps() == ()


def test_a_comment_that_says_what_a_command_prints_is_no_step() -> None:
    (step,) = read("```bash\ngpg --list-keys\n# Prints one line per key\n```")
    assert step.actions[0].text == "gpg --list-keys"


@pytest.mark.parametrize("value", ["a" * 60, "$(x)" * 40, "A=b" * 40, '"x"' * 40])
def test_a_long_value_is_read_at_once(value: str) -> None:
    (step,) = read(f"```bash\nA={value} ; systemctl restart web\n```")
    assert any(action.text == "systemctl restart web" for action in step.actions)


def test_a_document_we_fail_to_read_is_kept_whole_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("tocsin.runbook.compile.number_all", broken)
    found = compile("# Shop\n\n```bash\nreboot\n```\n", "shop.md")
    assert [d.rule for d in found.diagnostics] == ["TOC199"]
    assert found.sections[0].steps() == ()
    assert "reboot" in found.sections[0].text
