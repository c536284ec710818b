"""A command of plain words is read without the grammar, and read as the grammar reads it: for the judge, the linter and
the splitter of fences."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.effects.plain import plain_words
from tocsin.effects.shelltext import parse_text
from tocsin.effects.words import Word
from tocsin.runbook.lint.shell import Reading, _group, _unwrap, read
from tocsin.runbook.lint.tokens import tokens
from tocsin.runbook.markdown.blocks import Line
from tocsin.runbook.shell.statements import _PARSER, _plain_ranges, _ranges, _Text, mask

PIECES = st.sampled_from(
    ["kubectl", "get pods", "-n", "--x=", "a=b", "==", "=", "'x y'", '"a b"', '""', "''", "'", '"', "[", "test", "export", "time", "if", "in",
     "1", "00", "2", "-", "--", "...", "~", "!", "*", "?", "^", "{", "}", "#", "|", "&&", ">", "<", "<name>", "$x", "`", "\\", "\t", "/etc",
     ".", ":", "@", "%", "+", ",", "é", "\u00a0", "\r"]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.one_of(PIECES, st.just(" ")), max_size=9).map("".join),
    st.lists(PIECES, max_size=6).map(" ".join),
    st.text(st.sampled_from("ab0 -=./'\"*:"), max_size=14),
)


def _by_grammar(text: str) -> tuple[list[Word], int, int] | None:
    """The words and place of the only thing in a text if that is a simple command of words; None for all else."""
    read = parse_text(text)
    if read is None or read.root.has_error or [node.type for node in read.root.children] != ["command"]:
        return None
    command = read.root.children[0]
    kinds = {child.type for child in command.children}
    if any(child.is_missing for child in command.children) or kinds & {
        "variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect", "subshell",
    }:  # fmt: skip
        return None
    return [read.word(child) for child in command.children], command.start_byte, command.end_byte


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example(" ls -la 'a b' --x=\"y z\" ")
def test_plain_words_are_those_of_the_grammar(text: str) -> None:
    words = plain_words(text)
    if words:
        assert _by_grammar(text) == (list(words), words[0].start, words[-1].end)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_the_linter_reads_a_plain_command_as_its_tokens_say(text: str) -> None:
    if not plain_words(text):
        return
    found, nested, heredocs, broken = tokens(text)
    assert not nested
    commands = [inner for command in _group(found, heredocs) for inner in _unwrap(command, 0)]
    assert read(text) == Reading(tuple(commands), broken)


def _lines(texts: list[str]) -> list[Line]:
    out: list[Line] = []
    start = 0
    for number, text in enumerate(texts, 1):
        end = start + len(text.encode())
        out.append(Line(text, number, start, end))
        start = end + 1
    return out


LINES = st.sampled_from(
    ["kubectl get pods", "  psql -c 'select 1'", "# comment", "   # c  ", "#!/bin/bash", "", "   ", "ls -la ", "# é “x” <a b>", "#", "\tx",
     "# a \\", "{", "a | b", "# `x", "exit", "done", "echo \"a b\"", "make"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=7))
def test_plain_lines_are_the_statements_of_the_grammar(texts: list[str]) -> None:
    whole = _Text(_lines(texts))
    ranges = _plain_ranges(whole.lines, whole.starts)
    if ranges is not None:
        root = _PARSER.parse(mask(whole.text).encode("ascii", "replace")).root_node
        assert not root.has_error
        assert ranges == _ranges(root.children, whole.text, 0)
