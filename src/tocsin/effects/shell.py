"""Walking a shell text: every command that can run is found, read and joined.

tree-sitter-bash accepts broken input, so an ERROR or MISSING node makes its statement unknown; what can still
be read inside is judged too and can only make it worse.
Source: docs/reference/effects.md, section on judging shell.
"""

import re
from dataclasses import replace

from tree_sitter import Node

from tocsin.effects import missed
from tocsin.effects.commands import read_command
from tocsin.effects.dataflow import literal_output, read_redirect
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import OPENER, goes_on
from tocsin.effects.mongo import read_mongo
from tocsin.effects.openwords import open_words
from tocsin.effects.plain import plain_words
from tocsin.effects.printed import TAKERS, read_printed
from tocsin.effects.reading import NOTHING, Inside, Place, Reading, Stdin, Tally, unknown
from tocsin.effects.repository.find import by_text, stays_here
from tocsin.effects.repository.held import NOTHING_HELD
from tocsin.effects.repository.judged import judge_held
from tocsin.effects.scope import Scope
from tocsin.effects.shelltext import ShellText, parse_text
from tocsin.effects.sql import read_sql
from tocsin.effects.variables import read_assignment
from tocsin.effects.words import Word

_UNREAD = unknown("shell.syntax", "the shell could not read this")
_MISSING = unknown("shell.syntax", "the shell could not read this: something is missing")
_DEEPEST = 80  # nodes within nodes; deeper is nobody's runbook
_DEEPEST_TEXT = 8  # texts within texts, as in ssh 'sudo sh -c "…"'

_SUBSTITUTION = re.compile(r"\$\(|`|[<>]\(|\$\{")
_NO_SUM = re.compile(r"[A-Za-z_]\w*\s+-*[A-Za-z_]")


def walk(
    text: str,
    tally: Tally,
    *,
    place: Place,
    flags: frozenset[Flag] = frozenset(),
    span: tuple[int, int] | None = None,
    stdin: Stdin = NOTHING,
    depth: int = 0,
) -> None:
    """Judge a shell text into `tally`.

    Args:
        place: where it runs, and the facts known about it.
        flags: what every part also has.
        span: where the text stands in the outermost one, if it is not that itself; offsets within
            quoted texts mean nothing to a reader, so their parts all get this span.
        stdin: what its commands find on their standard input.
        depth: how many texts are around this one.
    """
    plain = plain_words(text) if depth <= _DEEPEST_TEXT else ()
    if plain:
        if span is not None:
            plain = tuple([Word(word.text, *span, word.raw, word.quoted) for word in plain])
        _read(tally, plain, stdin, plain[0].start, plain[-1].end, place, flags, depth, text)
        return
    read = parse_text(text, span) if depth <= _DEEPEST_TEXT else None
    if read is None:
        tally.add(
            unknown("shell.unreadable", "too long, too deeply nested or not text"), *(span or (0, len(text)))
        )
        return
    _Walk(read, tally, Scope(place, flags), depth).visit(read.root, stdin, 0)


class _Walk:
    """One walk over one parsed text."""

    __slots__ = ("depth", "read", "scope", "tally")

    def __init__(self, read: ShellText, tally: Tally, scope: Scope, depth: int) -> None:
        self.read = read
        self.tally = tally
        self.scope = scope
        self.depth = depth

    def visit(self, node: Node, stdin: Stdin, level: int) -> None:
        """Judge everything that runs in this node."""
        kind = node.type
        if level > _DEEPEST:
            self.add(unknown("shell.deep", "too deeply nested to read"), node)
            return
        match kind:
            case "command":
                self._command(node, stdin, level)
            case "pipeline":
                self._pipeline(node, stdin, level)
            case "redirected_statement":
                self._redirected(node, stdin, level)
            case "comment" | "heredoc_end" | "heredoc_start":
                return
            case "ERROR":
                self.add(_UNREAD, node)
                self._inside(node, stdin, level)
            case "variable_assignment":
                self._assignment(node, level)
            case "function_definition":
                name = node.child_by_field_name("name")
                if name is not None:
                    self.scope.functions.add(self.read.content[name.start_byte : name.end_byte])
                    if missed.calls_itself(self.read, node, name):
                        self.add(unknown("shell.recursion", "a function that calls itself"), node)
                self._inside(node, NOTHING, level)
            case "while_statement":
                self._loop(node, stdin, level)
            case "declaration_command":
                self._declaration(node, level)
            case "file_redirect":
                # Without a command around it: `$(> file)` empties the file.
                self._substitutions(node, level)
                self._judge_redirect(node, ())
            case "herestring_redirect" | "heredoc_redirect":
                self._run_in_heredoc(node)
                self._inside(node, NOTHING, level)
            case "command_substitution":
                if (again := missed.within_ticks(self.read, node)) is not None:
                    self._again(again, node)
                self._inside(node, stdin, level)
            case "expansion" | "test_command" | "unset_command" | "for_statement":
                if (odd := missed.evaluated(self.read, node)) is not None:
                    self.add(odd, node)
                self._inside(node, stdin, level)
            case "word" | "regex" | "extglob_pattern":
                for text in missed.ticked(self.read, node):
                    self._again(text, node)
                self._inside(node, stdin, level)
            case "arithmetic_expansion":
                if _NO_SUM.search(missed.sum_alone(self.read, node)):
                    self.add(unknown("shell.syntax", "a sum that looks like a command"), node)
                self._inside(node, NOTHING, level)
            case _:
                if node.is_missing:
                    self.add(_MISSING, node)
                    return
                self._inside(node, stdin, level)

    def _inside(self, node: Node, stdin: Stdin, level: int) -> None:
        before = len(self.tally.parts)
        if node.type != "heredoc_body":
            self._gaps(node)
        for child in node.children:
            if child.is_named:
                before = len(self.tally.parts)
                self.visit(child, stdin, level + 1)
            elif child.type == "&":
                self._background(node, before)
            elif child.is_missing:
                self.add(_MISSING, child)

    def _again(self, text: str, node: Node) -> None:
        """A stretch of this text, judged as a text of its own."""
        span = self.read.span or (node.start_byte, node.end_byte)
        walk(
            text, self.tally, place=self.scope.place, flags=self.scope.flags, span=span, depth=self.depth + 1
        )

    def _run_in_heredoc(self, redirect: Node) -> None:
        if redirect.type == "heredoc_redirect":
            for text in missed.within_heredoc(self.read, redirect):
                self._again(text, redirect)

    def _background(self, node: Node, before: int) -> None:
        """The statement before `&` goes on after the step ends."""
        for reading in goes_on(self.tally.parts[before:]):
            self.add(reading, node)

    def add(self, reading: Reading, node: Node) -> None:
        """Count a reading for this node."""
        start, end = self.read.span or (node.start_byte, node.end_byte)
        self.tally.add(reading, start, end, self.scope.flags)

    # -- commands --------------------------------------------------------------------------------------

    def _command(
        self, node: Node, stdin: Stdin, level: int, more: list[Word] | None = None
    ) -> tuple[Word, ...]:
        """Judge a simple command; `more` are words that stand behind its heredoc. Returns its words."""
        words: list[Word] = []
        assignments: list[Node] = []
        redirects: list[Node] = []
        for child in node.children:
            match child.type:
                case "variable_assignment":
                    assignments.append(child)
                case "file_redirect" | "herestring_redirect" | "heredoc_redirect":
                    redirects.append(child)
                case "subshell":
                    # `name(…)` is no command of bash: the parser lets it pass, so nobody can say what was meant.
                    self.add(_UNREAD, child)
                    self.visit(child, NOTHING, level + 1)
                case _:
                    if child.is_missing or self.read.content.startswith("\n", child.start_byte):
                        self.add(_UNREAD, child)
                    if not child.is_missing:
                        words.append(self.read.word(child))
        if _SUBSTITUTION.search(self.read.content, node.start_byte, node.end_byte):
            self._substitutions(node, level)
        for redirect in redirects:
            stdin = self.read.stdin_of(redirect, stdin)
        for assignment in assignments:
            self._judge_assignment(assignment, before=words[0].text if words else ":")
        self._gaps(node)
        words = self.scope.resolved([*words, *(more or ())])
        if words:
            self._run(tuple(words), stdin, node)
        for redirect in redirects:
            self._judge_redirect(redirect, tuple(words))
        return tuple(words)

    def _substitutions(self, node: Node, level: int) -> None:
        """Judge what runs inside the words of this node."""
        for child in node.children:
            match child.type:
                case "command_substitution" | "process_substitution" | "arithmetic_expansion":
                    self.visit(child, NOTHING, level + 1)
                case "ERROR":
                    self.visit(child, NOTHING, level + 1)
                case "expansion" if missed.evaluated(self.read, child) is not None:
                    self.visit(child, NOTHING, level + 1)
                case "heredoc_redirect" | "file_redirect" | "herestring_redirect" | "heredoc_body":
                    self._substitutions(child, level + 1)
                case _:
                    if not child.child_count:
                        for text in missed.ticked(self.read, child):
                            self._again(text, child)
                    elif level > _DEEPEST:
                        self.add(unknown("shell.deep", "too deeply nested to read"), child)
                    else:
                        self._substitutions(child, level + 1)

    def _run(self, words: tuple[Word, ...], stdin: Stdin, node: Node) -> None:
        """Read one command with its words, and what is inside it."""
        start, end = self.read.span or (node.start_byte, node.end_byte)
        for reading in open_words(words):
            self.tally.add(reading, start, end, self.scope.flags)
        head = words[0].text
        if head in self.scope.functions:
            # Its body is judged where it is defined, whatever name it has.
            self.tally.add(Reading(Effect.OBSERVE, "shell.function"), start, end, self.scope.flags)
            return
        if head in TAKERS and (printed := read_printed(words, self.scope, self.depth)):
            self.tally.add(printed, start, end, self.scope.flags)
            return
        if head == "alias":
            for text in self.scope.add_aliases(words[1:]):
                walk(text, self.tally, place=self.scope.place, span=(start, end), depth=self.depth + 1)
        place, flags = self.scope.place, self.scope.flags
        _read(self.tally, words, stdin, start, end, place, flags, self.depth, self.read.text)

    def _assignment(self, node: Node, level: int) -> None:
        if node.has_error or _SUBSTITUTION.search(self.read.content, node.start_byte, node.end_byte):
            self._substitutions(node, level)
        self._judge_assignment(node)

    def _judge_assignment(self, node: Node, *, before: str = "") -> None:
        """What setting a variable does; `before` is the command it stands in front of, and holds for."""
        name_node = node.child_by_field_name("name")
        value_node = node.child_by_field_name("value")
        if name_node is None:
            return
        name = self.read.content[name_node.start_byte : name_node.end_byte]
        value = self.read.word(value_node) if value_node is not None else Word("", 0, 0, "")
        if not before:
            self.scope.assign(name, value)
        if name == "IFS" and before == "read" and self.scope.is_builtin("read"):
            return  # it says where `read` cuts a line, and is gone behind it
        reading = read_assignment(name, value)
        if reading is not None:
            self.add(reading, node)

    def _declaration(self, node: Node, level: int) -> None:
        self._inside(node, NOTHING, level)
        keyword = node.children[0].type if node.children else ""
        flags = frozenset({Flag.CONTEXT}) if keyword == "export" else frozenset()
        self.add(Reading(Effect.OBSERVE, "shell.declare", flags=flags), node)

    def _loop(self, node: Node, stdin: Stdin, level: int) -> None:
        if missed.endless(self.read, node):
            flags = frozenset({Flag.UNBOUNDED})
            self.add(Reading(Effect.OBSERVE, "shell.loop", flags=flags, silent=True), node)
        self._inside(node, stdin, level)

    def _pipeline(self, node: Node, stdin: Stdin, level: int) -> None:
        for child in node.children:
            if not child.is_named or child.type == "comment":
                continue
            self.visit(child, stdin, level + 1)
            stdin = self.read.output_of(child, stdin)

    def _redirected(self, node: Node, stdin: Stdin, level: int) -> None:
        body = node.child_by_field_name("body")
        redirects: list[Node] = []
        more: list[Word] = []
        behind: list[Node] = []
        self._gaps(node)
        for redirect in node.children_by_field_name("redirect"):
            redirects.append(redirect)
            if redirect.type == "heredoc_redirect":
                self._run_in_heredoc(redirect)
                line = missed.beside_heredoc(self.read, redirect)
                redirects += line.redirects
                more += line.words
                behind += line.behind
                for child, why in line.unread:
                    self.add(unknown("shell.syntax", why), child)
        for redirect in redirects:
            stdin = self.read.stdin_of(redirect, stdin)
            if _SUBSTITUTION.search(self.read.content, redirect.start_byte, redirect.end_byte):
                self._substitutions(redirect, level)
        words: tuple[Word, ...] = ()
        if body is not None and body.type == "command":
            words = self._command(body, stdin, level, more)
        elif body is not None:
            self.visit(body, stdin, level + 1)
            words = self.read.words_that_write(body)
            if more:
                self.add(_UNREAD, node)
        for redirect in redirects:
            self._judge_redirect(redirect, words)
        if behind:
            literal = literal_output(list(words), stdin)
            output = Stdin(literal, literal is not None, self.read.text[node.start_byte : node.end_byte])
            for child in behind:
                self.visit(child, output, level + 1)

    def _gaps(self, node: Node) -> None:
        """The parser may skip text without saying so; nothing that is skipped is harmless."""
        for text in missed.skipped(self.read, node):
            self.add(unknown("shell.syntax", f"the shell could not read {text[:40]}"), node)

    def _judge_redirect(self, redirect: Node, words: tuple[Word, ...]) -> None:
        if redirect.type != "file_redirect":
            return
        operator = missed.operator_of(redirect)
        for name in redirect.children_by_field_name("destination"):
            if name.type == "process_substitution":
                continue
            reading = read_redirect(
                operator, self.read.word(name), words, elsewhere=self.scope.place.elsewhere
            )
            if reading is not None:
                self.add(reading, redirect)


def _read(tally: Tally, words: tuple[Word, ...], stdin: Stdin, start: int, end: int, place: Place,
          flags: frozenset[Flag], depth: int, written: str) -> None:  # fmt: skip
    """Judge one command by its words, and what is inside it; `written` is the text it stands in."""
    if depth > _DEEPEST_TEXT * 2:
        tally.add(unknown("shell.deep", "too many commands within commands"), start, end, flags)
        return
    reading = by_text(words, read_command(words, stdin, place), place, written)
    before = 0 if stdin is NOTHING else len(tally.parts)
    tally.add(reading, start, end, flags)
    if place.repository is not None and not stays_here(words, reading):
        place = replace(place, repository=NOTHING_HELD)
    for inside in reading.inside:
        _open(tally, inside, start, end, place, flags, depth + 1, written)
    if stdin != NOTHING and any(part.flags >= OPENER for part in tally.parts[before:]):
        typed = unknown("shell.session", f"`{words[0].raw}` does what arrives on its input")
        tally.add(typed, start, end, flags)


def _open(tally: Tally, inside: Inside, start: int, end: int, place: Place, flags: frozenset[Flag], depth: int,
          written: str) -> None:  # fmt: skip
    """Judge what a command hides."""
    flags = flags | inside.flags
    if inside.elsewhere and not place.elsewhere:
        place = replace(place, elsewhere=True)
    if inside.origin is not None:
        judge_held(
            inside.origin, tally, place, flags, (start, end),
            lambda text, tally, here: walk(text, tally, place=here, flags=flags, depth=depth),
        )  # fmt: skip
        return
    if inside.words is not None:
        _read(tally, inside.words, inside.stdin, start, end, place, flags, depth, written)
        return
    text = inside.text or ""
    match inside.language:
        case "shell":
            walk(text, tally, place=place, flags=flags, span=(start, end), stdin=inside.stdin, depth=depth)
        case "mongo":
            tally.add(read_mongo(text), start, end, flags)
        case language:
            dialect = language.partition(":")[2] or "postgres"
            for reading in read_sql(text, dialect):
                tally.add(reading, start, end, flags)
