"""TOC205: what was looked at first is less than what is done next.

People look before they delete, and the procedure shows them what will go: `find A -print`, then `find A -delete`. Where
the second command reaches further than the first (a folder above, a condition fewer, a shorter prefix), what they saw and
agreed to is not what is lost. Only pairs of the same kind are compared, and only where nothing else looked at the whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.sqltext import split_sql

_NEAR = 12  # looks that are still remembered when something is removed


@dataclass(frozen=True, slots=True)
class Reach:
    """What a command looks at or removes.

    Attributes:
        kind: what can be compared with what ("files", "rows of orders", "pods in shop").
        places: folders, prefixes or keys, without a "/" or "*" at the end; empty where only conditions narrow it.
        narrowed: conditions every one of which makes it less ("-name *.csv", "tenant = 7", "app=cart").
    """

    kind: str
    places: tuple[str, ...]
    narrowed: frozenset[str]

    def within(self, other: "Reach") -> bool:
        """Whether everything in it is in the other as well."""
        return (
            all(any(_under(one, above) for above in other.places) for one in self.places)
            and other.narrowed <= self.narrowed
        )

    def wider(self, seen: "Reach") -> bool:
        """Whether it takes in what was seen and reaches further, upwards or by a condition fewer."""
        above = any(_under(one, mine) and one != mine for one in seen.places for mine in self.places)
        return seen.within(self) and (above or self.narrowed != seen.narrowed)


def less_was_seen(view: View) -> Iterator[Diagnostic]:
    """TOC205: a removal that takes in all that was looked at, and more."""
    for procedure in view.procedures:
        seen: list[tuple[Line, str, Reach]] = []
        for line in procedure.lines:
            for action, start, text, reach, removes in _reaches(line):
                if not removes:
                    seen = [*seen, (line, text, reach)][-_NEAR:]
                elif (before := _seen_of(procedure, line, seen, reach)) is not None:
                    message = (
                        f"What is removed here is more than what was looked at before ({_short(before)})."
                    )
                    hint = "Remove what the look before shows, with the same place and conditions, or look at all of it."
                    yield view.at("TOC205", line, action, start, message, level=Level.WARNING, hint=hint)


def _seen_of(
    procedure: Procedure, line: Line, seen: list[tuple[Line, str, Reach]], reach: Reach
) -> str | None:
    """The look that showed a part of what is removed; None if there is none, or if another showed it all."""
    alike = [
        (text, one) for at, text, one in seen if one.kind == reach.kind and not procedure.exclusive(at, line)
    ]
    if any(reach.within(one) for _, one in alike):
        return None
    return next((text for text, one in reversed(alike) if reach.wider(one)), None)


def _reaches(line: Line) -> Iterator[tuple[Action, int, str, Reach, bool]]:
    """Everything in a step that looks at a set of things or removes one: where, its text, how far, whether it removes."""
    for action, command in line.commands:
        if command.inner or action.judgement.effect is Effect.UNKNOWN:
            continue
        reach = _of_command(command)
        if reach is not None:
            text = action.text[command.start : command.end]
            yield action, command.start, text, reach, _removes(line, action, command)
    for statement in line.statements:
        for at, sql in split_sql(statement.text):
            if (rows := _of_rows(sql)) is not None:
                yield statement.action, statement.offset + at, sql, *rows


def _removes(line: Line, action: Action, command: Command) -> bool:
    """Whether what it selects is removed: by itself, or by what it is piped into."""
    match command.name:
        case "find":
            if command.has("-delete") or _GIVEN_TO_RM.search(" ".join(command.args)):
                return True
        case "kubectl" | "oc":
            return command.plain[:1] == ("delete",)
        case "rm" | "rmdir":
            return True
        case "aws" | "gsutil" | "gcloud" | "rclone" | "mc":
            return _cloud(command) is not None and _cloud_verb(command) in _CLOUD_REMOVES
    return any(
        _TAKES.search(" ".join((*behind.via, *behind.words)))
        for behind in line.stages(action, command)
        if behind.stage > command.stage
    )


_GIVEN_TO_RM = re.compile(r"-exec(?:dir)? (?:sudo )?(?:rm|shred|unlink)\b")
_TAKES = re.compile(r"\b(?:rm|unlink|shred)\b|\b(?:del|unlink)\b", re.I)


def _of_command(command: Command) -> Reach | None:
    match command.name:
        case "find":
            return _of_find(command)
        case "ls" | "du" | "tree" | "rm" | "rmdir":
            places = command.plain
            if command.name in ("ls", "du", "tree") and len(places) != 1:
                return None
            return _of_places("files", places)
        case "kubectl" | "oc":
            return _of_objects(command)
        case "redis-cli" | "valkey-cli":
            pattern = command.value("--pattern")
            if (
                pattern is None
                or not command.has("--scan")
                or not pattern.endswith("*")
                or "*" in pattern[:-1]
            ):
                return None
            return Reach("keys", (pattern[:-1] + "\0",), frozenset())
        case _:
            return _cloud(command)


def _of_places(kind: str, places: tuple[str, ...]) -> Reach | None:
    """Absolute paths or addresses without anything that has to be filled in."""
    if not places or any(not _WHOLE.match(place) for place in places):
        return None
    return Reach(kind, tuple(_bare(place) for place in places), frozenset())


_WHOLE = re.compile(r"(?:/|[a-z0-9]+://|[\w-]+:)[^$<>{}\[\]?]*\Z")


def _bare(place: str) -> str:
    return place.removesuffix("*").rstrip("/") or "/"


def _under(place: str, above: str) -> bool:
    """Whether a place is another one, or lies in it; a key's prefix ends with a NUL and lies in any shorter one."""
    if place.endswith("\0"):
        return above.endswith("\0") and place[:-1].startswith(above[:-1])
    return place == above or place.startswith(above.rstrip("/") + "/")


_AGES = ("-mtime", "-mmin", "-ctime", "-cmin", "-atime", "-amin", "-size")
_TESTS = (
    "-name", "-iname", "-path", "-ipath", "-regex", "-user", "-group", "-newer", "-perm", "-maxdepth", *_AGES,
)  # fmt: skip


def _of_find(command: Command) -> Reach | None:
    """Its folders and tests; an age or a size is two conditions, that it is asked for and how much."""
    words = command.args
    if any(word in ("-o", "-or", "!", "-not", "(", "\\(", "-prune") for word in words):
        return None
    first = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    whole = _of_places("files", words[:first])
    if whole is None:
        return None
    narrowed: set[str] = set()
    for index, word in enumerate(words[:-1]):
        if word in _TESTS:
            value = words[index + 1]
            if "$" in value or "<" in value:
                return None
            narrowed |= {f"{word} {value}", *_weaker(word, value)}
    return Reach("files", whole.places, frozenset(narrowed))


def _weaker(test: str, value: str) -> Iterator[str]:
    """What follows from "-mtime +30": "-mtime +29", … so that +30 is less than +7. Only whole numbers up to a year."""
    number = _MORE_THAN.fullmatch(value)
    if test in _AGES and number is not None and int(number[1]) <= _DAYS:
        yield from (f"{test} +{less}{number[2]}" for less in range(int(number[1])))


_MORE_THAN = re.compile(r"\+(\d{1,4})([cwbkMG]?)")
_DAYS = 400


def _of_objects(command: Command) -> Reach | None:
    """Objects by label in one namespace: `kubectl get pods -l a=b`, `kubectl delete pods -l a=b`."""
    verb, kind = (*command.plain[:2], "", "")[:2]
    selector = command.value("-l", "--selector")
    if (
        verb not in ("get", "describe", "delete", "top")
        or not kind
        or not selector
        or "$" in selector
        or "<" in selector
    ):
        return None
    where = command.value("-n", "--namespace") or ""
    return Reach(f"{_SINGULAR.sub('', kind)} in {where}", (), frozenset(selector.split(",")))


_SINGULAR = re.compile(r"s\Z")
_CLOUD_LOOKS = frozenset({"ls", "du", "list", "lsf", "lsl", "size", "tree"})
_CLOUD_REMOVES = frozenset({"rm", "delete", "purge", "rb"})
_CLOUD_WORDS = {"aws": 1, "gcloud": 1, "gsutil": 0, "rclone": 0, "mc": 0}


def _cloud_verb(command: Command) -> str:
    at = _CLOUD_WORDS[command.name]
    return command.plain[at] if len(command.plain) > at else ""


def _cloud(command: Command) -> Reach | None:
    """A prefix in a bucket: `aws s3 ls s3://b/p/`, `gsutil rm -r gs://b/p/`, `rclone purge r:p`."""
    if command.name not in _CLOUD_WORDS:
        return None
    if command.name in ("aws", "gcloud") and command.plain[:1] not in (("s3",), ("storage",)):
        return None
    verb = _cloud_verb(command)
    if verb not in _CLOUD_LOOKS | _CLOUD_REMOVES or command.has("--include", "--exclude"):
        return None
    return _of_places("objects", command.plain[_CLOUD_WORDS[command.name] + 1 :][:1])


_VERB = re.compile(r"(SELECT|DELETE|UPDATE)\b", re.I)
_TABLE = re.compile(r"(?:\bFROM|\AUPDATE)\s+([\w.\"`]+)", re.I)
_WHERE = re.compile(r"\bWHERE\b", re.I)
_BEHIND = re.compile(r"\b(?:GROUP|ORDER|LIMIT|RETURNING|HAVING)\b", re.I)
_NOT_PLAIN = re.compile(
    r"\b(?:OR|BETWEEN|JOIN|UNION|USING|SELECT\b.*\bSELECT)\b|[$<]\{|<\w+>|(?<!\w):\w|\$\d", re.I | re.S
)


def _of_rows(sql: str) -> tuple[Reach, bool] | None:
    """The rows of one table that meet every condition of a WHERE without OR, and whether they are changed."""
    verb, table, where = _VERB.match(sql), _TABLE.search(sql), _WHERE.search(sql)
    if verb is None or table is None or where is None or _NOT_PLAIN.search(sql):
        return None
    behind = _BEHIND.search(sql, where.end())
    asked = sql[where.end() : behind.start() if behind else len(sql)]
    conditions = frozenset(" ".join(part.split()).casefold() for part in _AND.split(asked))
    return Reach(f"rows of {table[1].casefold()}", (), conditions), verb[1].upper() != "SELECT"


_AND = re.compile(r"\bAND\b", re.I)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"


RULES = (less_was_seen,)
