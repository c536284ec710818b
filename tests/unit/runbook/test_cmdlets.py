"""A fence of PowerShell is read statement by statement: what looks is a look, what acts is its own step, and a session is entered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Step
from tocsin.runbook.compile import compile as compile_runbook


def _steps(body: str, label: str = "powershell") -> list[Step]:
    book = compile_runbook(f"# Shop\n\n## Orders are slow\n\n```{label}\n{body}\n```\n")
    return [step for section in book.sections for step in section.steps() if step.actions]


def _read(body: str) -> list[tuple[str, str, Effect]]:
    return [
        (action.text, action.language, action.judgement.effect)
        for step in _steps(body)
        for action in step.actions
    ]


def test_each_statement_is_judged_by_itself_and_a_look_is_a_step_beside_what_acts() -> None:
    steps = _steps("Get-Service W3SVC\nGet-EventLog -LogName System -Newest 20\nRestart-Service W3SVC -Force")
    assert [[a.text for a in step.actions] for step in steps] == [
        ["Get-Service W3SVC", "Get-EventLog -LogName System -Newest 20"],
        ["Restart-Service W3SVC -Force"],
    ]
    assert [step.actions[0].judgement.effect for step in steps] == [Effect.OBSERVE, Effect.DISRUPT]


@pytest.mark.parametrize(
    "statement",
    [
        "Get-Process |\n  Sort-Object CPU |\n  Select-Object -First 5",
        "Get-Process\n| Select-Object -First 5",
        "Get-Service `\n  -Name W3SVC",
        "foreach ($s in 'a', 'b') {\n  Get-Service $s\n}",
        'if ($up) {\n  "yes"\n}\nelse {\n  "no"\n}',
        "$text = @'\nRemove-Item is only told of # here\n'@",
        "$a = @(\n  'x', # the first }\n  'y'\n)",
        "<# all of\nthis is told #>",
        "Set-Item -Path x `\n  -Value (Get-Date)",
    ],
)
def test_a_statement_goes_on_until_nothing_is_open(statement: str) -> None:
    assert [text for text, _, _ in _read(f"Get-Date\n{statement}\nGet-Host")] == [
        "Get-Date",
        statement,
        "Get-Host",
    ]


def test_a_bracket_that_is_never_closed_leaves_the_fence_whole_and_unknown() -> None:
    body = "Get-Date\nforeach ($s in 'a') {\nGet-Service $s"
    assert _read(body) == [(body, "powershell", Effect.UNKNOWN)]


def test_comments_are_titles_and_conditions_as_in_a_shell() -> None:
    steps = _steps("# look first\nGet-PSDrive C\n# then free the disk\nRemove-Item D:\\Temp\\* -Recurse")
    assert [step.title for step in steps] == ["look first", "then free the disk"]
    assert [step.actions[0].judgement.effect for step in steps] == [Effect.OBSERVE, Effect.DESTROY]


def test_what_follows_an_entered_session_is_meant_for_that_machine_until_it_is_left() -> None:
    steps = _steps(
        "Enter-PSSession -ComputerName sql-01\nRestart-Service MSSQLSERVER\nExit-PSSession\nGet-Date"
    )
    assert [[hop.name for hop in step.context if hop.kind == "host"] for step in steps] == [["sql-01"], []]


def test_a_prompt_names_the_machine_it_stands_on() -> None:
    steps = _steps("[web-2]: PS C:\\> Restart-Service W3SVC\nPS C:\\> Get-Date\n\nMonday\n")
    assert [[hop.name for hop in step.context if hop.kind == "host"] for step in steps] == [["web-2"], []]
    assert [step.actions[0].text for step in steps] == ["Restart-Service W3SVC", "Get-Date"]


def test_a_program_that_is_on_any_machine_is_a_command_and_what_only_powershell_understands_is_not() -> None:
    assert _read(
        "kubectl get pods -n shop\naz vm start --ids $(az vm list -o tsv)\ntaskkill /F /IM w3wp.exe"
    ) == [
        ("kubectl get pods -n shop", "shell", Effect.OBSERVE),
        ("az vm start --ids $(az vm list -o tsv)", "powershell", Effect.UNKNOWN),
        ("taskkill /F /IM w3wp.exe", "powershell", Effect.DISRUPT),
    ]


def test_cmdlets_need_no_label_and_words_with_a_hyphen_are_none() -> None:
    steps = _steps("# look\nGet-Service W3SVC\n$s = Get-Date\nRestart-Service W3SVC", label="")
    assert [action.text for step in steps for action in step.actions] == [
        "Get-Service W3SVC", "$s = Get-Date", "Restart-Service W3SVC",
    ]  # fmt: skip
    assert _steps("Re-Run the job\nStop-Watch is on the desk", label="") == []
    assert _steps("Get-Service is what you type\nand then you wait", label="") == []


def test_a_place_to_be_filled_is_a_parameter() -> None:
    (step,) = _steps("Restart-Service -Name <service> -ComputerName <host>")
    assert [each.name for each in step.placeholders] == ["service", "host"]


_PIECES = st.sampled_from(
    ["Get-Date", "Remove-Item x", "{", "}", "(", ")", "'", '"', "@'", "'@", '@"', '"@', "#", "<#", "#>", "`", "|", "PS C:\\> ",
     "exit", "Enter-PSSession a", "else", "\n", "\n", "\n\n", " ", "$x = 1", ";"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40))
def test_whatever_stands_in_it_no_deletion_is_called_a_look(pieces: list[str]) -> None:
    body = "".join(pieces)
    for text, _, effect in _read(body):
        if effect is Effect.OBSERVE and "Remove-Item" in text:
            # Only what is told, in a comment or a text, may stand in what looks.
            assert any(mark in text for mark in ("#", "'", '"'))


@given(st.lists(_PIECES, max_size=40))
def test_no_line_that_acts_is_lost(pieces: list[str]) -> None:
    body = "".join(pieces)
    book = compile_runbook(f"# Shop\n\n## Orders are slow\n\n```powershell\n{body}\n```\n")
    kept = "\n".join(section.text for root in book.sections for section in root.walk())
    assert all(line.strip() in kept for line in body.split("\n"))


def test_of_a_fence_for_cmd_each_line_is_a_command_unless_one_steers_another() -> None:
    steps = _steps("@echo off\nnet start\nREM now the web\nnet stop w3svc\ndel %TEMP%\\*", label="bat")
    assert [(a.text, a.language, a.judgement.effect) for step in steps for a in step.actions] == [
        ("net start", "batch", Effect.OBSERVE),
        ("net stop w3svc", "batch", Effect.DISRUPT),
        ("del %TEMP%\\*", "batch", Effect.UNKNOWN),
    ]
    body = "if exist x (\nnet stop w3svc\n)"
    assert [(a.text, a.judgement.effect) for step in _steps(body, "cmd") for a in step.actions] == [
        (body, Effect.UNKNOWN)
    ]
