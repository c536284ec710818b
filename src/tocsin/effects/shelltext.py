"""A parsed shell text: its words as a program would get them, its heredocs, its simple commands.

Nothing is judged here. tree-sitter-bash gives the tree; what it gets wrong about words is put right.
Source: docs/reference/runbook-language.md, section on judging shell.
"""

from dataclasses import dataclass

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from tocsin.effects.dataflow import literal_output
from tocsin.effects.plain import plain_words
from tocsin.effects.reading import NOTHING, Stdin
from tocsin.effects.words import HOLE, Word, mask, squeeze, unescape, unescape_ansi, unescape_double

_PARSER = Parser(Language(tree_sitter_bash.language()))
_NO_WORDS = frozenset({"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect"})
_LONGEST = 200_000


_HOLLOW = frozenset(
    {"simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion"}
)


@dataclass(frozen=True, slots=True)
class ShellText:
    """A shell text with its tree.

    Attributes:
        text: as written.
        content: the same length, with placeholders made holes.
        root: the tree over it.
        span: where the text stands in the outermost one, if it is not that itself; then every word gets it.
    """

    text: str
    content: str
    root: Node
    span: tuple[int, int] | None = None

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

    def output_of(self, node: Node, given: Stdin = NOTHING) -> Stdin:
        """What arrives behind this part of a pipeline, which itself is given `given`."""
        source = self.text[node.start_byte : node.end_byte]
        if given.source:
            source = f"{given.source} | {source}"
        if node.type == "redirected_statement":
            body = node.child_by_field_name("body")
            for redirect in node.children_by_field_name("redirect"):
                given = self.stdin_of(redirect, given)
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
                given = self.stdin_of(child, given)
            elif child.type not in ("variable_assignment", "file_redirect", "heredoc_redirect"):
                words.append(self.word(child))
        literal = literal_output(words, given)
        return Stdin(literal, literal is not None, source)

    def words_that_write(self, body: Node) -> tuple[Word, ...]:
        """The words of the command whose output a redirection behind a list or pipeline takes."""
        while (
            body.type in ("list", "negated_command", "pipeline", "redirected_statement")
            and body.named_children
        ):
            body = body.named_children[0 if body.type == "redirected_statement" else -1]
        if body.type != "command":
            return (Word(HOLE, 0, 0, ""),)
        return tuple(self.word(child) for child in body.children if child.type not in _NO_WORDS)

    def stdin_of(self, redirect: Node, before: Stdin) -> Stdin:
        """What a command finds on its input behind this redirection."""
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
        # The grammar drops a backslash that begins the body (`\timing on` of psql).
        at = self.content.rfind("\n", 0, body.start_byte) + 1
        for child in body.children:
            if child.type in _HOLLOW:
                pieces += (self.content[at : child.start_byte], HOLE)
                at = child.end_byte
        pieces.append(self.content[at : body.end_byte])
        return squeeze("".join(pieces))

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


def parse_text(text: str, span: tuple[int, int] | None = None) -> ShellText | None:
    """The text parsed; None if it is too long or no text."""
    if len(text) > _LONGEST or "\0" in text:
        return None
    syntax, content = mask(text)
    return ShellText(text, content, _PARSER.parse(syntax.encode("ascii")).root_node, span)


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
    if plain := plain_words(text):
        return [Simple(plain, plain[0].start, plain[-1].end, alone=True)]
    read = parse_text(text)
    if read is None or read.root.has_error:
        return []
    root = read.root
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
                read.word(child)
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
