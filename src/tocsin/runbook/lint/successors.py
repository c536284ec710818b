"""TOC202 by names and by copies: `api-blue` stopped before `api-green` runs, a table dropped right behind its dump.

What is removed and its successor have names of one stem: a colour, a version, a year, "old" and "new". A copy is proven by a
look at it, or by a person who is asked to look; its own exit status says that it was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.words.wording import fold

_MARKS = r"(?:blue|green|red|black|white|old|new|next|legacy|current|prev(?:ious)?|primary|secondary|a|b|v?\d{1,4})"
_MARKED = re.compile(rf"^(?P<stem>[a-z][\w.-]*?)[-_.]?(?P<mark>{_MARKS})?$", re.IGNORECASE)
_TAKES = re.compile(
    r"\b(?:kubectl|oc)\b[^\n;|&]*\bdelete (?:deploy\w*|sts|statefulset|ds|daemonset|service|svc|ing\w*|job|cronjob)[/ ](?P<k>[\w.-]+)|"
    r"\b(?:docker|podman) (?:container )?(?:stop|rm|kill)(?: -\S+)* (?P<d>[\w.-]+)|\b(?:systemctl|service)(?: --\S+)* (?:stop|disable(?: --now)?) (?P<s>[\w@.-]+)|\bnomad job stop(?: -\S+)* (?P<n>[\w.-]+)|"
    r"\bhelm uninstall (?P<h>[\w.-]+)|\bpm2 (?:stop|delete) (?P<p>[\w.-]+)|\bheroku apps:destroy[^\n]*(?:-a|--app) (?P<he>[\w-]+)|\bgcloud\b[^\n;|&]*\b(?:delete|stop) (?P<g>[a-z][\w.-]+)|\bDROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?(?P<i>\w+)|"
    r"\b(?:lxc|incus|virsh|vagrant|fly(?:ctl)?) (?:stop|delete|destroy|shutdown)(?: -\S+)* (?P<l>[\w.-]+)|\baws ecs delete-service\b[^\n;|&]*--service[ =](?P<e>[\w-]+)|\baws autoscaling delete-auto-scaling-group\b[^\n;|&]*--auto-scaling-group-name[ =](?P<as>[\w-]+)",
    re.IGNORECASE,
)
_BRINGS = re.compile(
    r"\b(?:apply|create|run|start|up|install|upgrade|deploy|launch|enable|register|restore|clone|scale|new)\b|\bCREATE\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][\w.-]*\w")
_SIGNS = (
    "delete",
    "stop",
    " rm ",
    "kill",
    "disable",
    "uninstall",
    "destroy",
    "DROP INDEX",
    "drop index",
    "shutdown",
)
# Work for which what runs has to be down: then the order is meant.
_NEEDS_IT_DOWN = re.compile(
    r"\b(?:pg_dump\w*|mysqldump|mongodump|rsync|pg_restore|restore|migrat\w*|promote|detach|umount|zfs send|dump|export|import|rename|cp -\w+|mv|SAVE|failover|switchover)\b",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"\b(?:down ?time|maintenance window|outage is (?:announced|accepted|planned)|only one (?:of them )?may run|must not (?:both )?run (?:together|at the same time|side by side)|never both|not both|same port|wartungsfenster|ausfall|corte)\b"
)


@dataclass(frozen=True, slots=True)
class _Gone:
    line: Line
    action: Action
    at: int
    name: str


def successor_comes_later(view: View) -> Iterator[Diagnostic]:
    """`docker stop api-blue`, and `api-green` is only started and tried afterwards."""
    if not any(map(view.text.__contains__, _SIGNS)):
        return
    for procedure in view.procedures:
        if (
            Role.TOOLBOX in procedure.section.roles
            or _TAKES.search("\n".join(line.text for line in procedure.lines)) is None
        ):
            continue
        yield from _handed_over(view, procedure)


def _handed_over(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    gone: list[_Gone] = []
    known: set[str] = set()  # names that were there before, or that are made
    for line in procedure.lines:
        if line.step.role is Role.ROLLBACK:
            continue
        for action in line.step.actions:
            for old in gone if _BRINGS.search(action.text) else ():
                new = next(
                    (word for word in _names(action.text) if succeeds(old.name, word) and word not in known),
                    None,
                )
                if new is None or procedure.exclusive(old.line, line):
                    continue
                if not _may_be_down(view, procedure, old, line):
                    message = f"{old.name} goes here, and {new}, which is to take its place, only comes in line {action.span.first_line}, unproven."
                    yield view.at("TOC202", old.line, old.action, old.at, message)
                gone = [other for other in gone if other is not old]
            found = _TAKES.search(action.text)
            if found is not None:
                gone.append(
                    _Gone(line, action, found.start(), next(value for value in found.groups() if value))
                )
                gone = gone[-8:]
            elif action.judgement.effect is not Effect.OBSERVE:
                known.update(_names(action.text))


def _names(text: str) -> list[str]:
    """The words of a text that may be names, files without their ending."""
    return [
        re.sub(r"\.(?:ya?ml|json|hcl|nomad|service|toml)$", "", word) for word in _WORD.findall(text)[:40]
    ]


def succeeds(old: str, new: str) -> bool:
    """Whether two names are of one stem and differ in what says which: a colour, a version, "old" and "new".

    >>> succeeds("api-blue", "api-green"), succeeds("idx_a", "idx_a_v2"), succeeds("web-1", "db-1"), succeeds("api", "api")
    (True, True, False, False)
    """
    if old.lower() == new.lower():
        return False
    one, other = _MARKED.match(old), _MARKED.match(new)
    if one is None or other is None or one["stem"].lower() != other["stem"].lower() or len(one["stem"]) < 2:
        # "idx_orders" and "idx_orders_v2": the old name may look marked itself
        return (
            re.fullmatch(rf"{re.escape(old)}[-_.]?(?:v?[2-9]|new|next|green|\d{{4}})", new, re.IGNORECASE)
            is not None
        )
    first, second = one["mark"] or "", other["mark"] or ""
    if first.isdigit() and second.isdigit() and not (len(first) == len(second) == 4):
        return False  # members of a row, no years
    return first.lower() != second.lower()


def _may_be_down(view: View, procedure: Procedure, old: _Gone, line: Line) -> bool:
    between = [other.text for other in procedure.lines[old.line.order : line.order + 1]]
    if any(map(_NEEDS_IT_DOWN.search, between)):
        return True
    first, last = procedure.section.span.first_line, line.step.span.last_line
    said = "\n".join(raw.text for raw in view.lines_of(first, last) if not raw.fenced)
    return _MEANT.search(fold(said)) is not None


_COPIED = re.compile(
    r"\b(?P<how>mysqldump|pg_dump|mongodump|mongoexport|zfs send|rsync|scp|tar|cp|aws s3 (?:cp|sync)|gsutil|rclone|btrfs send|robocopy|Copy-Item|export_table|unload|rbd export|bq extract)\b(?P<what>[^\n]*)",
    re.IGNORECASE,
)
_DESTROYED = re.compile(
    r"\bDROP (?:TABLE|DATABASE|SCHEMA|COLLECTION)(?: IF EXISTS)? [\"`\[]?(?P<t>[\w.]+)|\bTRUNCATE(?: TABLE)? [\"`]?(?P<u>[\w.]+)|\bdropdb\b(?: -\S+(?: [\w.-]+(?= ))?)* (?P<d>[\w-]+)|\brm -\w*r\w*(?: -\S+)* (?P<r>/[\w./*-]+)|"
    r"\b(?:zfs|zpool) destroy(?: -\S+)* (?P<z>[\w./@-]+)|\blvremove(?: -\S+)* (?P<l>[\w./-]+)|\bdb\.(?P<m>\w+)\.drop\(|\bRemove-Item\b[^\n;|]*?(?P<p>[A-Z]:\\[\w\\.*-]+)|\baws s3 rm (?P<s>s3://[\w./-]+)|\brbd rm (?P<b>[\w./-]+)|\b(?:docker volume rm|bq rm)(?: -\S+)* (?P<v>[\w.:-]+)|\bgsutil[^\n;|]* rm(?: -\S+)* (?P<g>gs://[\w./*-]+)",
    re.IGNORECASE,
)
_DESTROYS = ("DROP", "drop", "rm ", "destroy", "lvremove", "Remove-Item", "TRUNCATE", "truncate")
_PROOF = re.compile(
    r"\b(?:diff|cmp|sha\d*sum|md5sum|b3sum|cksum|count|wc|verify\w*|check\w*|compare\w*|list|ls|du|stat|guid|test|--list|itemize|RESTORE VERIFYONLY|-tvf|tzf|tf|-t|head|Get-FileHash|Compare-Object|Test-Path|describe|info|select|restore\w*|load)\b|(?<!\w)-n\b|--checksum|--dry-run|--compare",
    re.IGNORECASE,
)


def copy_not_proven(view: View) -> Iterator[Diagnostic]:
    """A table is dumped and dropped in the next step; the dump is read afterwards, or never."""
    if not any(map(view.text.__contains__, _DESTROYS)):
        return
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        copy: tuple[Line, str] | None = None
        for line in procedure.lines:
            if line.step.role is Role.ROLLBACK:
                continue
            if not line.step.actions or (copy is not None and line.step.judgement.effect is Effect.OBSERVE):
                copy = None  # somebody looks
                continue
            for action in line.step.actions:
                gone = _DESTROYED.search(action.text)
                if copy is not None and gone is not None and not procedure.exclusive(copy[0], line):
                    name = next(value for value in gone.groups() if value).rstrip("/*")
                    if _is_what_was_copied(name, copy[1]):
                        message = f"{name} is destroyed here, and nobody has looked whether its copy of line {copy[0].step.span.first_line} is whole."
                        hint = "Read the copy first: counts, checksums, a restore beside it."
                        yield view.at(
                            "TOC202", line, action, gone.start(), message, level=Level.WARNING, hint=hint
                        )
                copy = _copy_after(line, action, copy, gone is not None)


def _copy_after(
    line: Line, action: Action, copy: tuple[Line, str] | None, destroys: bool
) -> tuple[Line, str] | None:
    """The copy nobody has looked at yet, once a statement is done."""
    if destroys:
        return None
    copied = _COPIED.search(action.text)
    if copied is not None and action.judgement.effect is not Effect.OBSERVE:
        return line, copied["what"]
    return None if _PROOF.search(action.text) else copy


def _is_what_was_copied(name: str, text: str) -> bool:
    bare = name.rsplit(".", 1)[-1] if "/" not in name and "\\" not in name else name
    return re.search(rf"(?<![\w-]){re.escape(bare)}(?![\w-])", text) is not None


RULES = (successor_comes_later, copy_not_proven)
