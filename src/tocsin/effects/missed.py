"""What the grammar of the shell misses: texts it takes for letters and the shell runs, stretches it skips.

Source: docs/reference/effects.md, section on judging shell.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Reading, unknown
from tocsin.effects.shelltext import ShellText
from tocsin.effects.variables import read_assignment
from tocsin.effects.words import HOLE, Word

# A lone `-` is an operand the grammar drops in front of a heredoc; it names standard input.
_BLANK = " \t\r\n\\-"

_ESCAPED = re.compile(r"\\.", re.S)
_TICKED = re.compile(r"`([^`]*)(`?)")
# What a quoted subscript says is evaluated once more: `[[ -v 'a[$(cmd)]' ]]`, `unset 'a[$(cmd)]'`.
_SUBSCRIPT = re.compile(r"\[(?:[^\]'\\]|\\[^$`])*\\[$`]|'\w*\[[^'\]$`]*(?:\$\(|`)")


# `for i in $(seq 100000)`, `for i in {1..5000}`: what is nothing once costs something a thousand times.
_COUNTS_FAR = re.compile(
    r"\bin\s+(?:\$\(\s*seq\s+(?:-w\s+)?(?:\d{1,9}\s+){0,2}\d{4,9}\s*\)|\{\d{1,9}\.\.\d{4,9}\})"
)
_MANY_ROUNDS = Reading(Effect.OBSERVE, "shell.rounds", flags=frozenset({Flag.HEAVY}), silent=True)


def evaluated(read: ShellText, node: Node) -> Reading | None:
    """What an expansion, a test, `unset` or a loop does by its own words; None if nothing."""
    start, end = node.start_byte, node.end_byte
    match node.type:
        case "expansion" if read.content.endswith("@P}", start, end):
            return unknown("shell.prompt", "`@P` runs what stands in the variable")
        case "test_command" | "unset_command" if _SUBSCRIPT.search(read.content, start, end):
            return unknown("shell.evaluated", "the shell would run what stands in a subscript")
        case "for_statement" if (name := node.child_by_field_name("variable")) is not None:
            # `for PATH in …` sets a variable like any assignment.
            text = read.content[name.start_byte : name.end_byte]
            set_here = read_assignment(text, Word(HOLE, name.start_byte, name.end_byte, ""))
            return set_here or (_MANY_ROUNDS if _COUNTS_FAR.search(read.content, start, end) else None)
    return None


def within_ticks(read: ShellText, node: Node) -> str | None:
    r"""The text of `` `echo \`cmd\`` `` as its shell gets it, if backticks stand in backticks; else None."""
    written = read.content[node.start_byte : node.end_byte]
    if "\\`" not in written:
        return None
    inner = written[1:-1] if written.startswith("`") else written[2:-1]
    return inner.replace("\\`", "`")


def calls_itself(read: ShellText, function: Node, name: Node) -> bool:
    """Whether a function starts itself again, as `:(){ :|:& };:` does."""
    called = read.content[name.start_byte : name.end_byte]
    todo = list(function.children)
    while todo:
        node = todo.pop()
        todo += node.children
        if node.type == "command_name" and read.content[node.start_byte : node.end_byte] == called:
            return True
    return False


def endless(read: ShellText, loop: Node) -> bool:
    """Whether nothing in a loop's condition says when it ends."""
    condition = loop.child_by_field_name("condition")
    written = read.content[condition.start_byte : condition.end_byte].strip() if condition else ""
    until = read.content.startswith("until", loop.start_byte)
    return until or written in ("true", ":", "[ 1 ]", "[ true ]", "((1))", "(( 1 ))", "[[ true ]]")


def sum_alone(read: ShellText, node: Node) -> str:
    """The text of `$((…))` without the commands whose output it takes; those are judged by themselves."""
    written = read.content[node.start_byte : node.end_byte]
    if "$(" not in written[3:] and "`" not in written:
        return written
    pieces, at = [], node.start_byte
    todo = list(reversed(node.children))
    while todo:
        child = todo.pop()
        if child.type == "command_substitution":
            pieces += [read.content[at : child.start_byte], "0"]
            at = child.end_byte
        else:
            todo += reversed(child.children)
    return "".join([*pieces, read.content[at : node.end_byte]])


def operator_of(redirect: Node) -> str:
    """The operator of a redirection; `<>`, which the grammar does not know, among them."""
    operator = next((child.type for child in redirect.children if not child.is_named), ">")
    return "<>" if operator == "<" and any(child.type == "ERROR" for child in redirect.children) else operator


_LETTERS_ONLY = frozenset({"raw_string", "ansi_c_string", "comment", "heredoc_body"})


def ticked(read: ShellText, leaf: Node) -> list[str]:
    """The commands between backticks in what the grammar takes for letters: ``${X:=`cmd`}``."""
    if leaf.type in _LETTERS_ONLY or leaf.end_byte - leaf.start_byte < 2:
        return []
    written = read.text[leaf.start_byte : leaf.end_byte]
    if "`" not in written:
        return []
    return [match[1] for match in _TICKED.finditer(_ESCAPED.sub("  ", written))]


def within_heredoc(read: ShellText, heredoc: Node) -> list[str]:
    """The commands that the body of an unquoted here-document runs and the grammar does not show.

    Backticks are never shown, and `$(…)` not where it stands first behind the tabs of `<<-`.
    """
    children = heredoc.children
    start = next((child for child in children if child.type == "heredoc_start"), None)
    if start is None or re.search(r"[\"'\\]", read.text[start.start_byte : start.end_byte]):
        return []
    body = read.text[start.end_byte : heredoc.end_byte]
    if "`" not in body and "$(" not in body:
        return []
    plain = _ESCAPED.sub("  ", body)
    found = [match[1] if match[2] else f"{match[1]} `" for match in _TICKED.finditer(plain)]
    shown = any(
        child.type == "command_substitution"
        for part in children
        if part.type == "heredoc_body"
        for child in part.children
    )
    if "$(" in plain and not shown:
        found.append(': "' + re.sub(r"[\"`]", "", plain) + '"')
    return found


def skipped(read: ShellText, node: Node) -> Iterator[str]:
    """The stretches between the children of a node that are no blanks."""
    at = node.start_byte
    for child in node.children:
        between = read.content[at : child.start_byte].strip(_BLANK)
        if between:
            yield between
        at = child.end_byte


class Line(NamedTuple):
    """What stands behind `<<EOF` on its line; `unread` are nodes nobody can say the meaning of, and why."""

    redirects: list[Node]
    words: list[Word]
    behind: list[Node]
    unread: list[tuple[Node, str]]


def beside_heredoc(read: ShellText, heredoc: Node) -> Line:
    """Redirections, words of the command, and what follows it, sorted."""
    line = Line([], [], [], [])
    for child in heredoc.children:
        match child.type:
            case "heredoc_start" | "heredoc_body" | "heredoc_end" | "file_descriptor" | "comment":
                continue
            case "file_redirect" | "herestring_redirect" | "heredoc_redirect":
                line.redirects.append(child)
            case "pipeline" | "command" | "redirected_statement" | "list" | "ERROR":
                line.behind.append(child)
            case kind if not child.is_named:
                if kind not in ("<<", "<<-", "|", "|&", "&&", "||", ";", "&"):
                    line.unread.append((child, "the shell could not read this"))
            case _:
                if read.content.startswith("\n", child.start_byte):
                    # The grammar takes a body that begins with a backslash for more words.
                    line.unread.append((child, "the text behind << could not be told apart"))
                line.words.append(read.word(child))
    return line
