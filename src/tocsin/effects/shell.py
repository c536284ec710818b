"""Walking a shell text: every command that can run is found, read and joined.

tree-sitter-bash accepts broken input, so an ERROR or MISSING node makes its statement unknown; what can still
be read inside is judged too and can only make it worse.
Source: docs/reference/effects.md, section on judging shell.
"""

import re
from dataclasses import dataclass, field, replace

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from tocsin.effects.commands import read_assignment, read_command
from tocsin.effects.dataflow import literal_output, read_redirect
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.mongo import read_mongo
from tocsin.effects.reading import NOTHING, Inside, Place, Reading, Stdin, Tally, unknown
from tocsin.effects.sql import read_sql
from tocsin.effects.words import (
    HOLE,
    Word,
    mask,
    squeeze,
    unescape,
    unescape_ansi,
    unescape_double,
)

_PARSER = Parser(Language(tree_sitter_bash.language()))
_NO_WORDS = frozenset({"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect"})
_DEEPEST = 80  # nodes within nodes; deeper is nobody's runbook
_DEEPEST_TEXT = 8  # texts within texts, as in ssh 'sudo sh -c "…"'
_LONGEST = 200_000

_HOLLOW = frozenset(
    {"simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion"}
)
# A lone `-` is an operand the grammar drops in front of a heredoc; it names standard input.
_BLANK = " \t\r\n\\-"
_SUBSTITUTION = re.compile(r"\$\(|`|[<>]\(|\$\{")
_NO_SUM = re.compile(r"[A-Za-z_]\w*\s+-*[A-Za-z_]")
_OPEN_MANY = re.compile(r"\$(?:\{?(?:@|\*|[A-Z_]*(?:ARGS|OPTS|OPTIONS|FLAGS|PARAMS)\b)|\{\w+\[[@*]\])", re.I)


@dataclass(slots=True)
class _Scope:
    """What later commands of the same text see."""

    place: Place
    flags: frozenset[Flag]
    values: dict[str, str | None] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)


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
    if len(text) > _LONGEST or "\0" in text or depth > _DEEPEST_TEXT:
        tally.add(
            unknown("shell.unreadable", "too long, too deeply nested or not text"), *(span or (0, len(text)))
        )
        return
    syntax, content = mask(text)
    tree = _PARSER.parse(syntax.encode("ascii"))
    _Walk(text, content, tally, _Scope(place, flags), span, depth).visit(tree.root_node, stdin, 0)


class _Walk:
    """One walk over one parsed text."""

    __slots__ = ("content", "depth", "scope", "span", "tally", "text")

    def __init__(
        self, text: str, content: str, tally: Tally, scope: _Scope, span: tuple[int, int] | None, depth: int
    ) -> None:
        self.text = text
        self.content = content
        self.tally = tally
        self.scope = scope
        self.span = span
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
                self.add(unknown("shell.syntax", "the shell could not read this"), node)
                self._inside(node, stdin, level)
            case "variable_assignment":
                self._assignment(node, level)
            case "function_definition":
                name = node.child_by_field_name("name")
                if name is not None:
                    self.scope.functions.add(self.content[name.start_byte : name.end_byte])
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
                self._inside(node, NOTHING, level)
            case "arithmetic_expansion":
                if _NO_SUM.search(self.content, node.start_byte, node.end_byte):
                    self.add(unknown("shell.syntax", "a sum that looks like a command"), node)
                self._inside(node, NOTHING, level)
            case _:
                if node.is_missing:
                    self.add(
                        unknown("shell.syntax", "the shell could not read this: something is missing"), node
                    )
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
                self.add(
                    unknown("shell.syntax", "the shell could not read this: something is missing"), child
                )

    def _background(self, node: Node, before: int) -> None:
        """The statement before `&` goes on after the step ends."""
        parts = self.tally.parts[before:]
        worst = Effect.join(part.effect for part in parts)
        flags = frozenset({Flag.BACKGROUND})
        rule = "shell.background"
        if parts:
            self.add(Reading(Effect.OBSERVE, rule, flags=flags, silent=True), node)
            if worst is Effect.CHANGE:
                self.add(Reading(Effect.DISRUPT, rule, "goes on after the step ends", flags=flags), node)

    def add(self, reading: Reading, node: Node) -> None:
        """Count a reading for this node."""
        start, end = self.span or (node.start_byte, node.end_byte)
        self.tally.add(reading, start, end, self.scope.flags)

    # -- words -----------------------------------------------------------------------------------------

    def word(self, node: Node) -> Word:
        """The word this node writes, quotes taken away and unknown values made holes."""
        start, end = node.start_byte, node.end_byte
        raw = self.text[start:end]
        text = squeeze(self._value(node))
        if not text.isprintable() and "\r" in text:
            text = text.rstrip("\r")
        if raw in ("...", "…"):
            text = HOLE  # arguments left out by the writer
        quoted = node.type in ("string", "raw_string", "ansi_c_string", "translated_string")
        if self.span is not None:
            start, end = self.span
        return Word(text, start, end, raw, quoted)

    def _value(self, node: Node) -> str:
        written = self.content[node.start_byte : node.end_byte]
        match node.type:
            case "word" | "number" | "test_operator" | "regex" | "extglob_pattern":
                if node.child_count and any(child.type in _HOLLOW for child in node.children):
                    return HOLE
                return unescape(written)
            case "raw_string":
                return written[1:-1]
            case "ansi_c_string":
                return unescape_ansi(written[2:-1])
            case "string" | "translated_string":
                return self._double_quoted(node)
            case "concatenation":
                return self._joined(node)
            case "command_name":
                children = node.children
                return self._value(children[0]) if len(children) == 1 else self._joined(node)
            case kind if kind in _HOLLOW:
                return HOLE
            case "heredoc_body" | "array" | "string_content":
                return written
            case "brace_expression":
                return written
            case _:
                return unescape(written) if node.is_named is False else HOLE

    def _joined(self, node: Node) -> str:
        pieces: list[str] = []
        at = node.start_byte
        for child in node.children:
            if child.start_byte > at:
                pieces.append(unescape(self.content[at : child.start_byte]))
            pieces.append(self._value(child))
            at = child.end_byte
        return "".join(pieces)

    def _double_quoted(self, node: Node) -> str:
        """The inside of a double-quoted string. Read by gaps, because the grammar drops some blanks."""
        start, end = node.start_byte, node.end_byte
        written = self.content[start:end]
        start += 2 if written.startswith("$") else 1
        end -= 1
        pieces: list[str] = []
        at = start
        for child in node.children:
            if child.type in _HOLLOW:
                pieces += (unescape_double(self.content[at : child.start_byte]), HOLE)
                at = child.end_byte
        pieces.append(unescape_double(self.content[at : max(at, end)]))
        return "".join(pieces)

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
                case _:
                    if child.is_missing or self.content.startswith("\n", child.start_byte):
                        self.add(unknown("shell.syntax", "the shell could not read this"), child)
                    if not child.is_missing:
                        words.append(self.word(child))
        if _SUBSTITUTION.search(self.content, node.start_byte, node.end_byte):
            self._substitutions(node, level)
        for redirect in redirects:
            stdin = self._stdin_of(redirect, stdin)
        for assignment in assignments:
            self._judge_assignment(assignment, in_front=True)
        self._gaps(node)
        words = self._resolved([*words, *(more or ())])
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
                case "heredoc_redirect" | "file_redirect" | "herestring_redirect" | "heredoc_body":
                    self._substitutions(child, level + 1)
                case _:
                    if child.child_count:
                        if level > _DEEPEST:
                            self.add(unknown("shell.deep", "too deeply nested to read"), child)
                        else:
                            self._substitutions(child, level + 1)

    def _resolved(self, words: list[Word]) -> list[Word]:
        """The words with an alias or a constant variable in command position replaced by what it stands for."""
        if not words:
            return words
        head = words[0]
        name = re.fullmatch(r'"?\$\{?(\w+)\}?"?', head.raw)
        value = self.scope.values.get(name[1]) if name else self.scope.aliases.get(head.text)
        if not value:
            return words
        return [Word(part, head.start, head.end, head.raw) for part in value.split()] + words[1:]

    def _run(self, words: tuple[Word, ...], stdin: Stdin, node: Node) -> None:
        """Read one command with its words, and what is inside it."""
        start, end = self.span or (node.start_byte, node.end_byte)
        for given in words[1:]:
            if not given.quoted and given.text == HOLE and _OPEN_MANY.match(given.raw):
                printer = words[0].text in ("echo", "printf", "cd", "[", "test")
                if not printer:
                    sentence = f"{given.raw} may hold options that change what the command does"
                    self.tally.add(unknown("shell.open_words", sentence), start, end, self.scope.flags)
        head = words[0].text
        if head in self.scope.functions:
            # Its body is judged where it is defined, whatever name it has.
            self.tally.add(Reading(Effect.OBSERVE, "shell.function"), start, end, self.scope.flags)
            return
        if head == "alias":
            self._aliases(words[1:])
        self._read(words, stdin, start, end, self.scope.place, self.scope.flags, self.depth)

    def _read(
        self,
        words: tuple[Word, ...],
        stdin: Stdin,
        start: int,
        end: int,
        place: Place,
        flags: frozenset[Flag],
        depth: int,
    ) -> None:
        if depth > _DEEPEST_TEXT * 2:
            self.tally.add(unknown("shell.deep", "too many commands within commands"), start, end, flags)
            return
        reading = read_command(words, stdin, place)
        self.tally.add(reading, start, end, flags)
        for inside in reading.inside:
            self._open(inside, start, end, place, flags, depth + 1)

    def _open(
        self, inside: Inside, start: int, end: int, place: Place, flags: frozenset[Flag], depth: int
    ) -> None:
        """Judge what a command hides."""
        flags = flags | inside.flags
        if inside.elsewhere and not place.elsewhere:
            place = replace(place, elsewhere=True)
        if inside.words is not None:
            self._read(inside.words, inside.stdin, start, end, place, flags, depth)
            return
        text = inside.text or ""
        match inside.language:
            case "shell":
                walk(
                    text,
                    self.tally,
                    place=place,
                    flags=flags,
                    span=(start, end),
                    stdin=inside.stdin,
                    depth=depth,
                )
            case "mongo":
                self.tally.add(read_mongo(text), start, end, flags)
            case language:
                dialect = language.partition(":")[2] or "postgres"
                for reading in read_sql(text, dialect):
                    self.tally.add(reading, start, end, flags)

    def _aliases(self, words: tuple[Word, ...]) -> None:
        for given in words:
            name, equals, value = given.text.partition("=")
            if equals:
                self.scope.aliases[name] = value

    # -- assignments -----------------------------------------------------------------------------------

    def _assignment(self, node: Node, level: int) -> None:
        if _SUBSTITUTION.search(self.content, node.start_byte, node.end_byte):
            self._substitutions(node, level)
        self._judge_assignment(node, in_front=False)

    def _judge_assignment(self, node: Node, *, in_front: bool) -> None:
        name_node = node.child_by_field_name("name")
        value_node = node.child_by_field_name("value")
        if name_node is None:
            return
        name = self.content[name_node.start_byte : name_node.end_byte]
        value = self.word(value_node) if value_node is not None else Word("", 0, 0, "")
        if not in_front:
            first = name not in self.scope.values
            self.scope.values[name] = value.text if first and value.known else None
        reading = read_assignment(name, value)
        if reading is not None:
            self.add(reading, node)

    def _declaration(self, node: Node, level: int) -> None:
        self._inside(node, NOTHING, level)
        keyword = node.children[0].type if node.children else ""
        flags = frozenset({Flag.CONTEXT}) if keyword == "export" else frozenset()
        self.add(Reading(Effect.OBSERVE, "shell.declare", flags=flags), node)

    # -- structure -------------------------------------------------------------------------------------

    def _loop(self, node: Node, stdin: Stdin, level: int) -> None:
        condition = node.child_by_field_name("condition")
        written = self.content[condition.start_byte : condition.end_byte].strip() if condition else ""
        until = self.content.startswith("until", node.start_byte)
        if until or written in ("true", ":", "[ 1 ]", "[ true ]", "((1))", "(( 1 ))", "[[ true ]]"):
            flags = frozenset({Flag.UNBOUNDED})
            self.add(Reading(Effect.OBSERVE, "shell.loop", flags=flags, silent=True), node)
        self._inside(node, stdin, level)

    def _pipeline(self, node: Node, stdin: Stdin, level: int) -> None:
        for child in node.children:
            if not child.is_named or child.type == "comment":
                continue
            self.visit(child, stdin, level + 1)
            stdin = self._output_of(child)

    def _output_of(self, node: Node) -> Stdin:
        """What arrives behind this part of a pipeline."""
        source = self.text[node.start_byte : node.end_byte]
        given = NOTHING
        if node.type == "redirected_statement":
            body = node.child_by_field_name("body")
            for redirect in node.children_by_field_name("redirect"):
                given = self._stdin_of(redirect, given)
            if body is None:
                return Stdin(None, False, source)
            if any(child.type == "heredoc_redirect" and len(child.children) > 4 for child in node.children):
                return Stdin(None, False, source)
            node = body
        if node.type == "negated_command" and node.named_children:
            node = node.named_children[0]
        if node.type != "command":
            return Stdin(None, False, source)
        words = []
        for child in node.children:
            if child.type == "herestring_redirect":
                given = self._stdin_of(child, given)
            elif child.type not in ("variable_assignment", "file_redirect", "heredoc_redirect"):
                words.append(self.word(child))
        literal = literal_output(words, given)
        return Stdin(literal, literal is not None, source)

    # -- redirections ----------------------------------------------------------------------------------

    def _redirected(self, node: Node, stdin: Stdin, level: int) -> None:
        body = node.child_by_field_name("body")
        redirects: list[Node] = []
        more: list[Word] = []
        behind: list[Node] = []
        self._gaps(node)
        for redirect in node.children_by_field_name("redirect"):
            redirects.append(redirect)
            if redirect.type == "heredoc_redirect":
                self._first_line(redirect, redirects, more, behind)
        for redirect in redirects:
            stdin = self._stdin_of(redirect, stdin)
            if _SUBSTITUTION.search(self.content, redirect.start_byte, redirect.end_byte):
                self._substitutions(redirect, level)
        words: tuple[Word, ...] = ()
        if body is not None and body.type == "command":
            words = self._command(body, stdin, level, more)
        elif body is not None:
            self.visit(body, stdin, level + 1)
            words = self._words_that_write(body)
            if more:
                self.add(unknown("shell.syntax", "the shell could not read this"), node)
        for redirect in redirects:
            self._judge_redirect(redirect, words)
        if behind:
            literal = literal_output(list(words), stdin)
            output = Stdin(literal, literal is not None, self.text[node.start_byte : node.end_byte])
            for child in behind:
                self.visit(child, output, level + 1)

    def _words_that_write(self, body: Node) -> tuple[Word, ...]:
        """The words of the command whose output a redirection behind a list or pipeline takes."""
        while (
            body.type in ("list", "negated_command", "pipeline", "redirected_statement")
            and body.named_children
        ):
            body = body.named_children[0 if body.type == "redirected_statement" else -1]
        if body.type != "command":
            return (Word(HOLE, 0, 0, ""),)
        return tuple(self.word(child) for child in body.children if child.type not in _NO_WORDS)

    def _first_line(self, heredoc: Node, redirects: list[Node], more: list[Word], behind: list[Node]) -> None:
        """Sort what stands behind `<<EOF` on its line: redirections, words of the command, what follows it."""
        for child in heredoc.children:
            match child.type:
                case "heredoc_start" | "heredoc_body" | "heredoc_end" | "file_descriptor" | "comment":
                    continue
                case "file_redirect" | "herestring_redirect" | "heredoc_redirect":
                    redirects.append(child)
                case "pipeline" | "command" | "redirected_statement" | "list" | "ERROR":
                    behind.append(child)
                case kind if not child.is_named:
                    if kind not in ("<<", "<<-", "|", "|&", "&&", "||", ";", "&"):
                        self.add(unknown("shell.syntax", "the shell could not read this"), child)
                case _:
                    given = self.word(child)
                    if self.content[child.start_byte : child.end_byte].startswith("\n"):
                        # The grammar takes a body that begins with a backslash for more words.
                        self.add(unknown("shell.syntax", "the text behind << could not be told apart"), child)
                    more.append(given)

    def _gaps(self, node: Node) -> None:
        """The parser may skip text without saying so; nothing that is skipped is harmless."""
        at = node.start_byte
        for child in node.children:
            skipped = self.content[at : child.start_byte]
            if skipped and skipped.strip(_BLANK):
                self.add(unknown("shell.syntax", f"the shell could not read {skipped.strip()[:40]}"), node)
            at = child.end_byte

    def _stdin_of(self, redirect: Node, before: Stdin) -> Stdin:
        match redirect.type:
            case "heredoc_redirect":
                return Stdin(self._heredoc(redirect))
            case "herestring_redirect":
                given = redirect.children[-1]
                text = self.word(given).text
                return Stdin(text) if text != HOLE else Stdin(None, False, self.word(given).raw)
            case "file_redirect":
                if any(child.type == "<" for child in redirect.children):
                    name = redirect.child_by_field_name("destination")
                    path = self.word(name).text if name is not None else HOLE
                    return NOTHING if path == "/dev/null" else Stdin(None, False, path)
        return before

    def _heredoc(self, redirect: Node) -> str:
        end = next(
            (child.start_byte for child in redirect.children if child.type == "heredoc_end"),
            redirect.end_byte,
        )
        body = next((child for child in redirect.children if child.type == "heredoc_body"), None)
        if body is None:
            return ""
        misread = any(
            child.type == "word" and self.content.startswith("\n", child.start_byte)
            for child in redirect.children
        )
        if misread:
            line = self.content.find("\n", redirect.start_byte)
            return squeeze(self.content[line + 1 : end])
        pieces: list[str] = []
        at = body.start_byte
        for child in body.children:
            if child.type in _HOLLOW:
                pieces += (self.content[at : child.start_byte], HOLE)
                at = child.end_byte
        pieces.append(self.content[at : body.end_byte])
        return squeeze("".join(pieces))

    def _judge_redirect(self, redirect: Node, words: tuple[Word, ...]) -> None:
        if redirect.type != "file_redirect":
            return
        operator = next((child.type for child in redirect.children if not child.is_named), ">")
        for name in redirect.children_by_field_name("destination"):
            if name.type == "process_substitution":
                continue
            reading = read_redirect(operator, self.word(name), words, elsewhere=self.scope.place.elsewhere)
            if reading is not None:
                self.add(reading, redirect)


@dataclass(frozen=True, slots=True)
class Simple:
    """One simple command as it stands in a text: its words, and whether anything surrounds it.

    Attributes:
        words: the command, quotes taken away.
        start, end: where it stands.
        alone: nothing else is in the text: no pipe, list, loop, redirection, assignment or substitution.
    """

    words: tuple[Word, ...]
    start: int
    end: int
    alone: bool


def simple_commands(text: str) -> list[Simple]:
    """The simple commands of a text outside quotes and substitutions, in reading order.

    Empty if the text cannot be read as a whole.
    """
    if len(text) > _LONGEST or "\0" in text:
        return []
    syntax, content = mask(text)
    root = _PARSER.parse(syntax.encode("ascii")).root_node
    if root.has_error:
        return []
    walk_ = _Walk(text, content, Tally(), _Scope(Place(), frozenset()), None, 0)
    found: list[Simple] = []
    statements = [child for child in root.children if child.is_named and child.type != "comment"]
    single = (
        len(statements) == 1
        and statements[0].type == "command"
        and "&" not in [c.type for c in root.children]
    )
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "command":
            words = [
                walk_.word(child)
                for child in node.children
                if child.type
                not in ("variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect")
            ]
            bare = len(words) == len(node.children)
            if words:
                found.append(Simple(tuple(words), node.start_byte, node.end_byte, single and bare))
        elif node.type not in (
            "command_substitution",
            "process_substitution",
            "string",
            "function_definition",
        ):
            stack += reversed(node.children)
    return found
