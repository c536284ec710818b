"""Machine fixes, where the right text is certain: it says what the author meant and can do no more than before.

Each is a few characters of one place. A fix is offered only if the mended statement can be read as shell and is judged
no worse than the old one, and if mending twice changes nothing. What needs a decision (a namespace, a bound, an order)
has a hint and no fix. See docs/reference/lint-comments.md.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from tocsin.effects.judge import judge
from tocsin.runbook.book import Role, Runbook, Step
from tocsin.runbook.diagnostic import Diagnostic, Fix, Span
from tocsin.runbook.lint.plainly import plainly
from tocsin.runbook.lint.raw import split_lines
from tocsin.runbook.lint.shell import read

_END = re.compile("(\r\n|\n|\r)")


@dataclass
class _Text:
    """The document with what the fixers ask of it."""

    source: str
    book: Runbook

    @cached_property
    def starts(self) -> list[int]:
        """Byte offset of each line."""
        at = 3 if self.source.startswith("\ufeff") else 0
        out = []
        parts = _END.split(self.source.removeprefix("\ufeff"))
        for line, end in zip(parts[0::2], [*parts[1::2], ""], strict=True):
            out.append(at)
            at += len(end) + (len(line) if line.isascii() else len(line.encode("utf-8", "surrogatepass")))
        return out

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Each line without its end."""
        return split_lines(self.source)

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The steps by id."""
        return {step.id: step for section in self.book.sections for step in section.steps()}

    def fix(self, number: int, start: int, end: int, text: str) -> Fix:
        """A fix that replaces these characters of a line (1-based number, 0-based characters)."""
        line = self.lines[number - 1]
        at = self.starts[number - 1]
        first = at + len(line[:start].encode("utf-8", "surrogatepass"))
        last = first + len(line[start:end].encode("utf-8", "surrogatepass"))
        return Fix(Span(first, last, number, number), text)

    def command(self, number: int, column: int) -> str:
        """From this place to the end of the command's lines, continuation lines included."""
        parts = [self.lines[number - 1][column - 1 :]]
        while parts[-1].endswith("\\") and number < len(self.lines):
            number += 1
            parts.append(self.lines[number - 1])
        return "\n".join(parts)


Fixer = Callable[[_Text, Diagnostic], Fix | None]


def with_fixes(found: Iterable[Diagnostic], book: Runbook, source: str) -> tuple[Diagnostic, ...]:
    """The findings, each with its fix where one is certain."""
    text = _Text(source, book)
    return tuple(_with_fix(text, diagnostic) for diagnostic in found)


def _with_fix(text: _Text, diagnostic: Diagnostic) -> Diagnostic:
    fixer = _FIXERS.get(diagnostic.rule)
    if fixer is None or diagnostic.fix is not None or not 1 <= diagnostic.span.first_line <= len(text.lines):
        return diagnostic
    fix = fixer(text, diagnostic)
    return replace(diagnostic, fix=fix) if fix is not None else diagnostic


def apply(source: str, fixes: Iterable[Fix]) -> tuple[str, int]:
    """The text with these fixes made, and how many were: of two that overlap, the first."""
    data = source.encode("utf-8", "surrogatepass")
    out: list[bytes] = []
    at = made = 0
    for fix in sorted(set(fixes), key=lambda fix: (fix.span.start, fix.span.end)):
        if fix.span.start < at:
            continue
        out += [data[at : fix.span.start], fix.text.encode("utf-8", "surrogatepass")]
        at = fix.span.end
        made += 1
    return b"".join([*out, data[at:]]).decode("utf-8", "surrogatepass"), made


# -- one fixer per rule -----------------------------------------------------------------------------------------------


def _curl(text: _Text, found: Diagnostic) -> Fix | None:
    """`curl URL` of a verify step, as the form that fails: only where the page is to answer well."""
    step = next((text.steps[key] for key in found.steps if key in text.steps), None)
    if step is None or step.role is not Role.VERIFICATION:
        return None
    said = " ".join([step.title, step.text, *(note.text for note in step.expects)])
    if re.search(r"\b[3-5]\d\d\b|\b[3-5]xx\b", said) or any(
        each.kind == "exit_status" for each in step.expects
    ):
        return None  # an answer that -f takes for a failure is what they wait for
    words = _words_at(text, found, "curl")
    if words is None or any(_ODD_CURL.match(word) for word in words[1:]):
        return None
    short = "".join(word[1:] for word in words[1:] if re.fullmatch(r"-[A-Za-z]+", word))
    silent = "s" in short or "--silent" in words
    errors = "S" in short or "--show-error" in words
    limit = "m" in short or any(word.startswith(("--max-time", "--connect-timeout")) for word in words)
    options = f"-f{'' if silent else 's'}{'' if errors else 'S'}{'' if limit else ' -m 10'}"
    return _insert(text, found, "curl", options)


# Options with which -f, or a limit of ten seconds, might not be what is meant.
_ODD_CURL = re.compile(
    r"--retry|--fail|--output|--remote-name|--upload|--data|--form|--request|--json|--write-out|--limit-rate"
    r"|-(?!-)[A-Za-z]*[oOTdFXwKN:#]"
)


def _xargs(text: _Text, found: Diagnostic) -> Fix | None:
    """`xargs -r` runs nothing for an empty list."""
    words = _words_at(text, found, "xargs")
    if words is None or any(word in ("-r", "--no-run-if-empty") for word in words):
        return None
    return _insert(text, found, "xargs", "-r")


def _logs(text: _Text, found: Diagnostic) -> Fix | None:
    """All lines of the logs by label, where a filter behind it looks for something in them."""
    words = _words_at(text, found, "kubectl", "oc")
    if words is None or "logs" not in words or {"-f", "--follow"} & set(words):
        return None
    reading = read(text.command(found.span.first_line, found.column)).commands
    filters = [c.name for c in reading if c.pipeline == reading[0].pipeline and c.stage > 0 and not c.inner]
    if not filters or filters[0] not in ("grep", "egrep", "rg", "awk", "jq", "wc", "sort"):
        return None
    return _insert(text, found, "logs", "--tail=-1")


def _certbot(text: _Text, found: Diagnostic) -> Fix | None:
    """A renewal that does not sleep first."""
    words = _words_at(text, found, "certbot")
    if words is None or "renew" not in words or "--no-random-sleep-on-renew" in words:
        return None
    return _insert(text, found, "renew", "--no-random-sleep-on-renew")


def _characters(text: _Text, found: Diagnostic) -> Fix | None:
    """Plain characters for typographic ones, in the one line of a command."""
    number = found.span.first_line
    step = next((text.steps[key] for key in found.steps if key in text.steps), None)
    for action in step.actions if step is not None else ():
        if not action.span.first_line <= number <= action.span.last_line:
            continue
        mended = plainly(action.text)
        if mended is None or not _no_worse(action.text, mended):
            return None
        before, after = action.text.split("\n"), mended.split("\n")
        changed = [n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        first = action.span.first_line + changed[0] if changed else 0
        if len(changed) != 1 or not 1 <= first <= len(text.lines):
            return None
        old, new = before[changed[0]], after[changed[0]]
        at = text.lines[first - 1].find(old)
        if at < 0 or text.lines[first - 1].count(old) != 1:
            return None
        return text.fix(first, at, at + len(old), new)
    return None


def _label(text: _Text, found: Diagnostic) -> Fix | None:
    """The label of a fence that holds nothing but commands."""
    if "no label" not in found.message:
        return None
    bare = re.match(r"^((?:[^`~]*))(`{3,}|~{3,})[ \t]*$", text.lines[found.span.first_line - 1])
    return text.fix(found.span.first_line, bare.start(2), bare.end(), f"{bare[2]}bash") if bare else None


_FIXERS: dict[str, Fixer] = {
    "TOC109": _label,
    "TOC117": _characters,
    "TOC206": _xargs,
    "TOC301": _curl,
    "TOC307": _logs,
    "TOC317": _certbot,
}
FIXABLE = frozenset(_FIXERS)


def _words_at(text: _Text, found: Diagnostic, *names: str) -> tuple[str, ...] | None:
    """The words of the command that stands exactly where a finding points, if it is one of these."""
    command = text.command(found.span.first_line, found.column)
    if not command.startswith(names):
        return None
    reading = read(command).commands
    return reading[0].words if reading and reading[0].words[:1] and reading[0].words[0] in names else None


def _insert(text: _Text, found: Diagnostic, word: str, options: str) -> Fix | None:
    """The options behind the first such word at or after the finding, on its line."""
    number = found.span.first_line
    line = text.lines[number - 1]
    at = re.compile(rf"(?<!\S){word}(?!\S)").search(line, found.column - 1)
    if at is None:
        return None
    before = line[found.column - 1 :]
    after = f"{line[found.column - 1 : at.end()]} {options}{line[at.end() :]}"
    if not _no_worse(before.rstrip("\\"), after.rstrip("\\")):
        return None
    return text.fix(number, at.start(), at.end(), f"{word} {options}")


@lru_cache(maxsize=1024)
def _no_worse(before: str, after: str) -> bool:
    """Whether the mended text can be read, and is judged no worse and no more dangerous to watch than before."""
    if read(after).broken and not read(before).broken:
        return False
    old, new = judge(before), judge(after)
    return new.effect.value <= old.effect.value and new.flags <= old.flags
