"""TOC203 among names: one letter off, listed here and deleted there, another environment for the same thing."""

import re
from collections import Counter
from collections.abc import Iterator

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import machine
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.wording import fold

_NAME = re.compile(
    r"(?<![\w@$<{.-])[A-Za-z][\w-]*+(?:[./:][\w-]++)+|(?<![\w@$<{.-])[A-Za-z][a-z]++(?:[-_][a-z]{3,30}+)+(?![\w.-])"
)
_MOST = 400  # names of one document that are compared
_OFTEN = 2
_LONG = 8


def one_letter_off(view: View) -> Iterator[Diagnostic]:
    """A name that stands once, and is another one of the document but for a letter."""
    if not view.commands():
        return
    written: Counter[str] = Counter()
    for word, times in Counter(view.whole.split()).items():
        for name in _NAME.findall(word) if len(word) >= _LONG and not word.isalpha() else ():
            if len(name) >= _LONG:
                written[name] += times
    if len(written) > _MOST:
        return
    beginnings: dict[str, list[str]] = {}  # what stands often, by its first two letters
    for name, times in written.items():
        if times >= _OFTEN:
            beginnings.setdefault(name[:2], []).append(name)
    odd = {
        name: meant
        for name, times in written.items()
        if times == 1
        and (meant := next((each for each in beginnings.get(name[:2], ()) if _misspelt(name, each)), None))
        is not None
    }
    if not odd:
        return
    for _, line, action, command in view.commands():
        if command.inner or command.wrapper is not None:
            continue
        for found in _NAME.finditer(action.text[command.start : command.end]):
            name = found[0]
            meant = odd.get(name)
            if meant is not None:
                message = f"This is written {name}, elsewhere it is {meant}."
                yield view.at("TOC203", line, action, command.start + found.start(), message)


_LABELS = re.compile(r"[./:_-]")


def _misspelt(name: str, other: str) -> bool:
    """Whether two names are one with a slip of the pen: in one label of some length a letter more, less, other or swapped."""
    if abs(len(name) - len(other)) > 1 or name == other or name[:2] != other[:2]:
        return False
    left, right = _LABELS.split(name), _LABELS.split(other)
    if len(left) != len(right) or len(left) < 2:
        return False
    apart = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    if not apart:  # `db-host` and `db_host` below one path
        return "/" in name and re.sub(r"[-_]", "", name) == re.sub(r"[-_]", "", other)
    if len(apart) != 1:
        return False
    one, two = apart[0]
    if min(len(one), len(two)) < (4 if name.count(".") > 1 else 5) or not (one.isalpha() and two.isalpha()):
        return False
    if {one, two} in ({f"{one}", f"{one}s"}, {f"{two}", f"{two}s"}) and name.count(".") < 2:
        return False  # `order` and `orders` may well be two things; two domains hardly are
    return _one_slip(one, two)


def _one_slip(one: str, two: str) -> bool:
    if len(one) == len(two):
        places = [at for at in range(len(one)) if one[at] != two[at]]
        swapped = len(places) == 2 and one[places[0]] == two[places[1]] and one[places[1]] == two[places[0]]
        return len(places) == 1 or (swapped and places[1] - places[0] == 1)
    short, long = sorted((one, two), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


_LISTS = frozenset("ls list du stat tree describe show get".split())
_GOES = frozenset("rm delete remove unlink del rb purge rmdir".split())
_PLACED = re.compile(r"^(?:[a-z][\w+.-]*://|/)\S{3,}$")


def listed_there_deleted_here(view: View) -> Iterator[Diagnostic]:
    """What is looked at right before a deletion lies elsewhere: the same name below another bucket or folder."""
    for procedure in view.procedures:
        seen: list[tuple[str, str, str, Line]] = []  # tool or "", place, last part, where
        for line in procedure.lines:
            for action, command in line.commands:
                path = next((word for word in command.plain if _PLACED.match(word)), None)
                if path is None or command.name in ("ssh", "sudo"):
                    continue
                verbs = {command.name, *command.plain[:3]}
                bare = path.rstrip("/*")
                where = machine(command)
                if verbs & _LISTS:
                    seen = [*seen[-5:], (where, bare, bare.rpartition("/")[2], line)]
                elif verbs & _GOES and seen and not any(_under(bare, s[1]) for s in seen if s[0] == where):
                    last = bare.rpartition("/")[2]
                    other = next((s for s in seen if s[0] == where and s[2] == last and len(last) > 2), None)
                    if other is not None and alike_places(bare, other[1]):
                        message = (
                            f"Line {other[3].step.span.first_line} looked at {other[1]}, this deletes {bare}."
                        )
                        yield view.at("TOC203", line, action, command.start, message)


def _under(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/")


def alike_places(one: str, other: str) -> bool:
    """Whether two paths differ in one part only."""
    left, right = one.split("/"), other.split("/")
    return len(left) == len(right) and sum(a != b for a, b in zip(left, right, strict=True)) == 1


# Options and places that say which environment, namespace or database is meant, whatever the tool.
_WHERE = {
    "-n": "namespace", "--namespace": "namespace", "-g": "group", "--resource-group": "group", "--project": "project", "--profile": "profile",
    "-d": "database", "--dbname": "database", "--database": "database", "--db": "database", "--cluster": "cluster", "--context": "context",
    "--kube-context": "context", "--workspace": "workspace", "--account": "account", "--subscription": "subscription",
    "--bootstrap-server": "broker", "--broker-list": "broker",
}  # fmt: skip
_NO_PLACE = frozenset(
    "sudo doas env timeout nohup grep tail head sort journalctl sed awk xargs cut echo sysctl lsof ssh curl tar watch nc date base64 openssl dig psub".split()
)
_NAMES_ITS_DATABASE = frozenset({"createdb", "dropdb"})
_STAGE = re.compile(
    r"(?:^|[-_.])(?:stag(?:e|ing)|dev(?:elopment)?|test(?:ing)?|qa|uat|sandbox|preprod|demo|old|legacy|dr)(?:[-_.]|\d|$)",
    re.IGNORECASE,
)


_STAGES = ("stag", "dev", "test", "qa", "uat", "sandbox", "preprod", "demo", "old", "legacy", "dr")


def other_environment(view: View) -> Iterator[Diagnostic]:
    """Of the commands of one procedure, whatever their tools, one names the same place with `-test` or `-staging` to it."""
    if not any(map(view.text.__contains__, _STAGES)):
        return
    everywhere = Counter(use[:2] for _, line in view.lines() for use in _places(line))
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        named = [use for line in procedure.lines for use in _places(line)]
        told = fold(procedure.section.title)
        for kind, value, line, action, command in named:
            if not _STAGE.search(value) or any(
                v == value and c is not command for k, v, _, _, c in named if k == kind
            ):
                continue
            usual = next(
                (
                    v
                    for k, v, *_ in named
                    if k == kind and v != value and not _STAGE.search(v) and _variant(value, v)
                ),
                None,
            ) or _usual_elsewhere(everywhere, kind, value)
            if (
                usual is None
                or _spoken_of(view, line, value)
                or _STAGE.search(told.replace(" ", "-"))
                or _made(procedure, value)
            ):
                continue
            message = f"This goes to the {kind} {value}, its siblings to {usual}."
            yield view.at("TOC203", line, action, command.start, message)


_USUAL = 2  # times that a place is named in other procedures


def _usual_elsewhere(everywhere: Counter[tuple[str, str]], kind: str, value: str) -> str | None:
    """The place that the commands of other procedures name, where this one stands once in the document."""
    if everywhere[(kind, value)] > 1 or len(everywhere) > _MOST:
        return None
    return next(
        (
            v
            for (k, v), times in everywhere.items()
            if k == kind and times >= _USUAL and not _STAGE.search(v) and _variant(value, v)
        ),
        None,
    )


def _places(line: Line) -> Iterator[tuple[str, str, Line, Action, Command]]:
    for action, command in line.commands:
        if command.inner or command.name in _NO_PLACE:
            continue
        for at in command.dashed:
            option = command.args[at].partition("=")[0]
            kind = _WHERE.get(option)
            if kind is None or (command.name == "az" and option == "-n"):
                continue
            value = command.value(option)
            if value is not None and value[:1] not in "-$<{[" and len(value) < 60:
                yield kind, value, line, action, command
        if command.name in _NAMES_ITS_DATABASE and command.plain:
            yield "database", command.plain[-1], line, action, command


def _variant(value: str, usual: str) -> bool:
    """Whether one is the other with an environment to it, or another environment of the same."""
    bare = _STAGE.sub("", value).strip("-_.")
    return bool(bare) and bare in (usual, re.sub(r"[-_.]?(?:prod(?:uction)?|live)[-_.]?", "", usual))


def _spoken_of(view: View, line: Line, value: str) -> bool:
    """Whether the sentence beside the command speaks of the other place."""
    told = fold(f"{above(view, line)} {line.step.title}")
    return value.lower() in told or _STAGE.search(re.sub(r"[^a-z]+", "-", told)) is not None


def _made(procedure: Procedure, value: str) -> bool:
    """Whether the procedure makes it, as a restore beside the old one does."""
    return any(
        re.search(rf"\b(?:createdb|create|clone|restore)\b[^\n]*\s{re.escape(value)}\b", line.text)
        for line in procedure.lines
    )


_SELECTS = re.compile(
    r"\b(?P<tool>terraform workspace select|tofu workspace select|pulumi stack select|kubectl config use-context|kubectx|gcloud config set project|az account set (?:-s|--subscription)|oc project|argocd context|docker context use|nomad namespace use) (?P<value>[\w./@:-]{2,60})"
)


# One of these is in every text the pattern finds.
_SELECTING = ("space select", "stack select", "use-context", "kubectx", "set project", "account set", "oc project", "context use", "argocd context", "namespace use")  # fmt: skip


def switched_over(view: View) -> Iterator[Diagnostic]:
    """One environment is chosen, then another, and no sentence says so."""
    if not any(map(view.text.__contains__, _SELECTING)) or not _SELECTS.search(view.text):
        return
    everywhere = {
        f["tool"]: f["value"] for f in _SELECTS.finditer(view.text) if not _STAGE.search(f["value"])
    }
    for procedure in view.procedures:
        chosen: dict[str, str] = {}
        # First the one and then the other, in one procedure, is a rollout by stages.
        here = {f["value"] for line in procedure.lines for f in _SELECTS.finditer(line.text)}
        elsewhere = {tool: value for tool, value in everywhere.items() if value not in here}
        for line in procedure.lines:
            for action in line.step.actions:
                for found in _SELECTS.finditer(action.text):
                    value = found["value"]
                    usual = chosen.get(found["tool"]) or elsewhere.get(found["tool"])
                    chosen[found["tool"]] = value
                    if usual in (None, value) or not _STAGE.search(value) or _spoken_of(view, line, value):
                        continue
                    message = f"Everything else here is done in {usual}; from here on it is {value}."
                    yield view.at("TOC203", line, action, found.start(), message)


RULES = (one_letter_off, listed_there_deleted_here, other_environment, switched_over)
