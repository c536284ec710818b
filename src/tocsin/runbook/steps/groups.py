"""The entries of a fence as groups: the comments that introduce statements, and these statements.

Source: docs/reference/runbook-language.md, sections 6.4 and 6.5. A comment starts a new group, unless it says
something about the command above it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tocsin.runbook.book import Condition, ConditionKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.shell.sessions import Entry
from tocsin.runbook.steps.comments import Comment, Says, understand
from tocsin.runbook.words.roles import fold


@dataclass(slots=True)
class Statement:
    """A statement with the comments that speak about it alone."""

    entry: Entry
    trailing: list[Comment] = field(default_factory=list)
    after: list[Comment] = field(default_factory=list)
    end: Span | None = None

    @property
    def span(self) -> Span:
        """From its first character to the end of what was said about it."""
        if self.end is None:
            return self.entry.span
        first, last = self.entry.span, self.end
        return Span(
            first.start, max(first.end, last.end), first.first_line, max(first.last_line, last.last_line)
        )


def covering(spans: Sequence[Span]) -> Span:
    """From the start of the first of these spans to the end of the last, in whatever order they are given."""
    first = last = spans[0]
    for span in spans:
        if span.start < first.start:
            first = span
        if span.end > last.end:
            last = span
    return Span(first.start, last.end, first.first_line, last.last_line)


@dataclass(slots=True)
class Group:
    """Comments and the statements below them. `gap`: whether a blank line stands before it."""

    comments: list[Comment] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    gap: bool = True

    @property
    def span(self) -> Span:
        """From its first comment or statement to its last."""
        return covering([*self.spans, *[statement.span for statement in self.statements]])

    def says(self, *kinds: Says) -> list[Comment]:
        """Its comments of these kinds."""
        return [comment for comment in self.comments if comment.says in kinds]


_EDITORS = re.compile(
    r"^(?:sudo\s+(?:-\S+\s+)*)?(?:nano|vim?|emacs|pico|micro|visudo|crontab\s+-e|kubectl\s+edit|oc\s+edit"
    r"|systemctl\s+edit|vipw|vigr|sudoedit|code)\b"
)
_WORDS = re.compile(r"\w")


def is_editor(text: str) -> bool:
    """Whether a command opens an editor."""
    return _EDITORS.match(text.strip()) is not None


def group(entries: Sequence[Entry]) -> list[Group]:
    """The groups of a fence, in order."""
    out: list[Group] = []
    for position, entry in enumerate(entries):
        current = out[-1] if out else None
        if not entry.comment or entry.line is None:
            if current is None:
                current = Group(gap=entry.gap)
                out.append(current)
            current.statements.append(Statement(entry))
            continue
        if not _WORDS.search(entry.text):
            if current is not None and current.says(Says.EDIT) and not entry.gap:
                current.raw.append(entry.line.text)
                current.spans.append(entry.span)
            continue  # else a line of dashes or equal signs
        comment = understand(entry.line, trailing=entry.trailing)
        if entry.trailing and current is not None and current.statements:
            current.statements[-1].trailing.append(comment)
            current.statements[-1].end = entry.span
        elif current is not None and _about_statement(current, comment, entry, entries, position):
            current.statements[-1].after.append(comment)
            current.statements[-1].end = entry.span
        else:
            if current is None or _begins(current, comment, entry):
                current = Group(gap=entry.gap or not out)
                out.append(current)
            current.comments.append(comment)
            current.raw.append(entry.line.text)
            current.spans.append(entry.span)
    _platforms(out)
    return out


_PLATFORM = re.compile(
    r"^(?:for|on|with|using|para|em|pour|sur|fur|auf|mit)\s+(?:an?\s+|the\s+)?(?:[\w.-]+[-/ ]){0,2}?(debian|ubuntu|rhel|red hat|centos|rocky|alma|fedora"
    r"|suse|alpine|arch|amazon linux|macos|mac|osx|linux|windows|freebsd|bsd|docker|podman|kubernetes|k8s|systemd|upstart|sysv|openrc|cri-o|containerd"
    r"|apple silicon|intel|arm(?:64)?|amd64|x86(?:_64)?|m1|compose|swarm|helm|aws|gcp|azure|eks|gke|aks|openshift|postgres\w*|mysql|mariadb|sqlite|bare metal|vms?|nginx|apache|haproxy|caddy)"
    r"(?:[-/ ][\w./-]+){0,3}\s*(?:\([^)]*\)\s*)?:?$"
)


def _platforms(groups: list[Group]) -> None:
    """ "For Debian" above one group and "For Alpine" above the next are cases: nobody has both."""
    if len(groups) < 2:
        return
    named = [_platform(group) for group in groups]
    for index, name in enumerate(named):
        beside = {named[at] for at in (index - 1, index + 1) if 0 <= at < len(named)} - {None, name}
        if name is None or not beside:
            continue
        comments = groups[index].comments
        at = next(i for i, comment in enumerate(comments) if comment.says is Says.TITLE)
        text = comments[at].text.rstrip(" :")
        condition = Condition(ConditionKind.CASE, text, groups[index].spans[0])
        comments[at] = replace(comments[at], says=Says.CONDITION, title="", condition=condition, scope=False)


def _platform(group: Group) -> str | None:
    if not group.statements:
        return None
    titled = next((comment for comment in group.comments if comment.says is Says.TITLE), None)
    found = _PLATFORM.match(fold(titled.text)) if titled is not None else None
    return found[1] if found else None


_SHOWS = re.compile(
    r"(?:this\s+)?(?:prints|shows|displays|outputs|returns|lists|gives|tells|reports|means|does|(?:command\s+)?will)\b",
    re.I,
)


def _about_statement(
    current: Group, comment: Comment, entry: Entry, entries: Sequence[Entry], position: int
) -> bool:
    """Whether a comment line speaks about the statement above it rather than about what follows."""
    if not current.statements:
        return False
    if comment.says is Says.HINT and entry.gap and ":" not in comment.text and position + 1 < len(entries):
        return entries[position + 1].comment  # "Look for related events" right above a command is its title
    if comment.says in (Says.EXPECTS, Says.HINT):
        return True
    if (
        _SHOWS.match(comment.text)
        and not entry.gap
        and (position + 1 >= len(entries) or entries[position + 1].gap)
    ):
        return True  # "Prints the key" below the command that prints it
    editing = is_editor(current.statements[-1].entry.text)
    if editing and not entry.gap and comment.says in (Says.EDIT, Says.DETAIL):
        return True
    if editing and not entry.gap and current.statements[-1].after:
        return comment.number is None  # further lines of the proposed content
    if comment.says is Says.WARNING and not entry.gap:
        return position + 1 >= len(entries) or entries[position + 1].gap
    return False


def _begins(current: Group, comment: Comment, entry: Entry) -> bool:
    """Whether a comment starts a new group after `current`."""
    if current.statements or entry.gap:
        return True
    previous = current.comments[-1]
    if any(known.says is Says.EDIT for known in current.comments):
        return False  # lines of the proposed content
    if previous.says is Says.WAIT or comment.says is Says.WAIT:
        return True
    if comment.says in (Says.OR, Says.FALLBACK):
        return True
    if comment.says is Says.CONDITION:
        return any(known.says not in (Says.WARNING,) for known in current.comments)
    return comment.number is not None
