"""The Markdown parser: CommonMark blocks and tables, HTML comments hidden, rules asked only where they can match.

Inline text stays verbatim. Source of the rules: docs/reference/runbook-language.md, section 4.
"""

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

NESTING_LIMIT = 64


def _hidden(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A block rule for markdown-it: an HTML comment at the start of a line, to its end."""
    start = state.bMarks[first] + state.tShift[first]
    if not state.src.startswith("<!--", start) or state.is_code_block(first):
        return False
    end = state.src.find("-->", start)
    if end < 0:
        return False  # a comment that never ends hides nothing: the reader would miss the rest
    if silent:
        return True
    line = first + 1
    while line < last and state.bMarks[line] <= end:
        line += 1
    state.line = line
    token = state.push("hidden", "", 0)
    token.map = [first, line]
    return True


# The characters a block of this kind begins with; told by one look, for most lines begin with none of them.
_FIRST = {"fence": "`~", "blockquote": ">", "hr": "*_-", "list": "*+-0123456789", "heading": "#"}
_BlockRule = Callable[[StateBlock, int, int, bool], bool]
# What a block of this kind begins with. The rules look for it as well, and for much else before.
_BEGINS = {
    "fence": re.compile(r"```|~~~"),
    "blockquote": re.compile(r">"),
    "hr": re.compile(r"([*_-])[ \t]*\1[ \t]*\1"),
    "list": re.compile(r"[*+-](?:[ \t\n]|\Z)|[0-9]{1,9}[.)]"),
    "heading": re.compile(r"#"),
}


def _begins(rule: _BlockRule, sign: re.Pattern[str], characters: frozenset[str]) -> _BlockRule:
    """The rule, asked only for lines that begin with this sign."""
    match = sign.match

    def ask(state: StateBlock, first: int, last: int, silent: bool) -> bool:
        start = state.bMarks[first] + state.tShift[first]
        if state.src[start : start + 1] not in characters or match(state.src, start) is None:
            return False
        return rule(state, first, last, silent)

    return ask


def _underlined(rule: _BlockRule) -> _BlockRule:
    """The rule for headings by underlining, asked only where a line follows."""

    def ask(state: StateBlock, first: int, last: int, silent: bool) -> bool:
        if first + 1 < last and not state.isEmpty(first + 1):
            return rule(state, first, last, silent)
        state.parentType = "paragraph"  # as the rule leaves it
        return False

    return ask


_LABEL = re.compile(r"\*\*[^*\n]{1,80}(?:[:：]\*\*|\*\*[ \t]*(?:[:：]|(?:\([^)\n]*\))?[ \t]*(?:\n|\Z)))")


def _label_below(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Ends a list at a bold label below its last item, though no blank line stands between; makes no block itself."""
    if not silent or state.sCount[first] >= state.blkIndent:
        return False
    return _LABEL.match(state.src, state.bMarks[first] + state.tShift[first]) is not None


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": NESTING_LIMIT}).enable("table")
    for rule in parser.block.ruler.__rules__:
        if rule.name in _BEGINS:
            signed = _begins(rule.fn, _BEGINS[rule.name], frozenset(_FIRST[rule.name]))
            parser.block.ruler.at(rule.name, signed, {"alt": rule.alt})
        elif rule.name == "lheading":
            parser.block.ruler.at(rule.name, _underlined(rule.fn), {"alt": rule.alt})
    # A link definition is text like any other here, and `<branch-or-sha>` is a placeholder, not a tag.
    parser.disable(["reference", "html_block"])
    parser.block.ruler.before(
        "fence", "hidden", _hidden, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.block.ruler.before("paragraph", "label_below", _label_below, {"alt": ["paragraph", "list"]})
    return parser


PARSER = _parser()
