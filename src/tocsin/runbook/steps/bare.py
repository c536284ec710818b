"""Commands that stand in the text without a fence: lines with a prompt, and lone lines that can be nothing else.

A line with a prompt (`$ systemctl status web`, `mysql> SHOW PROCESSLIST;`) is typed wherever it stands. A line without one is
typed only in a part that says what to do, if all lines of its paragraph are commands that the judge knows; in doubt it stays
text. Source: docs/reference/runbook-language.md, section 6.1.
"""

import re
from collections.abc import Iterable, Sequence

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.runbook.markdown.blocks import Block, Fence, Line, Paragraph, span_of, text_of
from tocsin.runbook.shell.openers import opener
from tocsin.runbook.shell.prompts import prompt_of
from tocsin.runbook.words.programs import reads_like_command, starts_command

_SIGNS = frozenset("$#>%❯➜")
_SETS = re.compile(
    r"(?:export\s+)?[A-Z][A-Z0-9_]+=(?:[^\s;&|()]*|\"[^\"]*\"|'[^']*'|\{\{[^{}]*\}\})(?:\s+#.*)?$"
)
_FORM = re.compile(r"(?:^|\s)-{1,2}[A-Za-z]|[|=/]|\.\w|\d")
# Names that are no words of a sentence, with a verb behind them: "systemctl restart web".
_NOTHING_ELSE = frozenset(
    "systemctl kubectl oc journalctl rabbitmqctl supervisorctl launchctl pm2 podman docker-compose service initctl kubectx kubens".split()
)
_ENDS = (".", ":", "?", "!", ",", ";")


def with_bare(blocks: Sequence[Block], *, stepping: bool) -> Sequence[Block]:
    """The blocks, with what is typed in their paragraphs as fences of their own."""
    if not any(isinstance(block, Paragraph) and _maybe(block) for block in blocks):
        return blocks
    out: list[Block] = []
    for block in blocks:
        above = out[-1] if out else None
        other = isinstance(above, Paragraph) and above.text.startswith(
            ".. "
        )  # code of reStructuredText is told, not read
        match block:
            case Paragraph() if not other:
                out.extend(_pieces(block, stepping=stepping))
            case _:
                out.append(block)
    return out


_MAYBE = re.compile(
    r"^[ \t]*(?:[$./~(a-z\[➜❯]|%[ ]|(?:export[ ]+)?[A-Z][A-Z0-9_]+=|(?:MariaDB|PS|SQL|In)\b|[\w.-]{1,40}[=*'\"(-]?[#>])",
    re.MULTILINE,
)


def _maybe(block: Paragraph) -> bool:
    return _MAYBE.search(block.text) is not None


def _pieces(block: Paragraph, *, stepping: bool) -> Iterable[Block]:
    first = next((i for i, line in enumerate(block.lines) if _typed(line)), None)
    if first is not None:
        if first:
            yield _paragraph(block.lines[:first])
        yield _fence(block.lines[first:], "console")
    elif stepping and (last := _last_sure(block.lines)):
        yield _paragraph(block.lines[:last])
        yield _fence(block.lines[last:], "bash")
    elif all(_SETS.match(line.text.strip()) for line in block.lines) or (
        stepping and all(map(_sure, block.lines))
    ):
        yield _fence(block.lines, "bash")
    else:
        yield block


def _last_sure(lines: tuple[Line, ...]) -> int:
    """The line from which on all are commands, below a short line of words: "Check ⏎ df -h"; 0 if there is none."""
    first = len(lines)
    while first > 0 and _sure(lines[first - 1]):
        first -= 1
    return first if 0 < first <= 2 and first < len(lines) and len(lines[first - 1].text) < 80 else 0


def _typed(line: Line) -> bool:
    """Whether a line begins with a prompt, and behind it stands what can be typed there."""
    if not _SIGNS & set(line.text[:80]):
        return False
    found = prompt_of(line)
    if found is None:
        return False
    language, rest = found
    return language != "shell" or starts_command(rest) or rest.startswith(("./", "/"))


def _sure(line: Line) -> bool:
    text = line.text.strip()
    if (
        text.endswith(_ENDS)
        or "`" in text
        or not (reads_like_command(text) or (text.startswith(("./", "sudo ")) and starts_command(text)))
    ):
        return False
    if opener(text):
        return True
    words = text.removeprefix("sudo ").split()
    formed = _FORM.search(text) is not None or (len(words) > 2 and words[0] in _NOTHING_ELSE)
    return len(words) > 1 and formed and judge(text, "shell").effect is not Effect.UNKNOWN


def _paragraph(lines: tuple[Line, ...]) -> Paragraph:
    return Paragraph(span_of(lines), text_of(lines), lines)


def _fence(lines: tuple[Line, ...], language: str) -> Fence:
    shown = tuple([line.stripped() for line in lines])
    return Fence(language, "", span_of(lines), text_of(shown), shown, indented=True)
