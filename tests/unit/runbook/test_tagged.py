"""Tags and colons of wiki exports are read as what they mark: headings, code, lists, admonitions; what never closes stays text."""

from tests.unit.runbook.reading import HEAD, choices, notes, only, steps

from tocsin.runbook.compile import compile as compile_text


def test_code_in_pre_is_an_unlabelled_fence() -> None:
    assert only("<pre><code>systemctl stop web\n</code></pre>\n") == [("systemctl stop web", None)]
    assert only("<pre>\nThe web is stopped here.\n</pre>\n") == []


def test_a_session_in_pre_is_entered() -> None:
    (step,) = steps("<pre>\nkubectl -n shop exec -it deploy/api -- sh\n  curl -s localhost:8080/x\n</pre>\n")
    assert [hop.kind for hop in step.context] == ["pod"]


def test_a_list_of_tags_is_a_list_whose_code_is_verbatim() -> None:
    text = "<ol>\n<li>Restart it: <code>systemctl restart web</code></li>\n<li>Look at it: <code>systemctl status web</code></li>\n</ol>\n"
    first, second = steps(text)
    assert (first.title, second.title) == ("Restart it", "Look at it")
    span = first.actions[0].span
    assert (HEAD + text).encode()[span.start : span.end] == b"systemctl restart web"


def test_what_is_said_of_a_list_holds_for_one_of_tags() -> None:
    (choice,) = choices(
        "Pick one of these:\n\n<ul>\n<li><code>systemctl restart web</code></li>\n<li><code>systemctl reload web</code></li>\n</ul>\n"
    )
    assert len(choice.options) == 2


def test_a_heading_of_tags_is_a_heading() -> None:
    book = compile_text(
        "# X\n\n<h2>Queue is full</h2>\n\nSymptoms: `E1`\n\n```\nsystemctl restart web\n```\n", "x.md"
    )
    assert [section.title for section in book.incidents()] == ["Queue is full"]


def test_colons_up_to_their_end_are_an_admonition() -> None:
    text = ":::caution\nDo not run this on the primary.\n:::\n\n```bash\nsystemctl stop pg\n```\n"
    (step,) = steps(text)
    assert step.warned
    assert step.condition is not None
    assert step.condition.text == "Do not run this on the primary."


def test_commands_in_such_an_admonition_are_warned_of_and_those_behind_it_are_not() -> None:
    first, second = steps(
        ":::danger\n\nIt interrupts everybody.\n\n```\nsystemctl stop pg\n```\n\n:::\n\n```\nsystemctl start pg\n```\n"
    )
    assert (first.warned, second.warned) == (True, False)


def test_what_never_closes_stays_text() -> None:
    assert "</pre>" not in notes("<pre>\nGone\n\nAnd so on.\n")[0].text
    assert notes(":::caution\nMind the gap.\n")[-1].text.startswith(":::caution")


def test_a_remark_behind_an_unlabelled_command_makes_no_sentence_of_it() -> None:
    assert only("If it hangs:\n\n```\nsudo systemctl restart nginx   # drops all connections!\n```\n") == [
        ("sudo systemctl restart nginx", "If it hangs")
    ]


def test_a_fence_labelled_as_sql_is_sql_also_where_a_statement_is_rare() -> None:
    text = "```sql\nKILL 57;\n```\n\n```sql\nALTER AVAILABILITY GROUP g FAILOVER;\n```\n"
    assert [command for command, _ in only(text)] == ["KILL 57;", "ALTER AVAILABILITY GROUP g FAILOVER;"]
    assert only("```sql\nmax_connections = 200\nshared_buffers = 1GB\n```\n") == []


def test_of_a_transcript_of_powershell_only_what_was_typed_is_kept() -> None:
    text = "```powershell\nPS C:\\> Get-Service web\n\nStatus   Name\n------   ----\nRunning  web\n\nPS C:\\> Restart-Service web\n```\n"
    assert [command for command, _ in only(text)] == ["Get-Service web", "Restart-Service web"]
