"""Ways back for what has an opposite, or a value that can be read before and set again.

A value: `zfs set quota=1G tank/x` reads the old quota and sets it. An opposite: `az webapp stop` is taken back by `start`,
if the thing was running before.
Source: docs/reference/effects.md, table of captures and undos.
"""

import re
import shlex
from collections.abc import Callable

from tocsin.effects.effect import Undo, Undoable
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.recipe import Recipe, joined_words, known, safe
from tocsin.effects.tools.table import tables
from tocsin.effects.words import Word

_NUMBER = r"\d{1,9}"
_NAME = r"[\w.@:/-]{1,200}"
_LINE = r"[^\x00-\x1f]{1,2000}"


def opposite_recipe(name: str, prefix: list[str], words: tuple[Word, ...]) -> Recipe | None:
    """The way back of one command by its opposite; `name` is one of `OPPOSITES`. None if there is none for this call."""
    tool = f"{' '.join(prefix)} {words[0].raw}" if prefix else words[0].raw
    recipe = OPPOSITES[name](tool, words[1:])
    return recipe if recipe is not None and known(*words) else None


def _value(capture: str, reverse: str, pattern: str, lost: str | None = None) -> Recipe:
    """What is set again to what the capture printed; `{captured}` in `reverse` is where it goes."""

    def back(captured: str) -> str | None:
        lines = captured.strip().splitlines()
        value = safe(lines[0].strip(), pattern) if len(lines) == 1 else None
        return reverse.replace("{captured}", value) if value else None

    return Recipe(Undo(Undoable.PARTLY if lost else Undoable.YES, capture, reverse, lost), back)


def _switch(capture: str, reverse: str, before: str) -> Recipe:
    """What is switched back, if every word the capture printed matches `before`."""

    def back(captured: str) -> str | None:
        words = captured.split()
        return reverse if words and all(re.fullmatch(before, word) for word in words) else None

    return Recipe(Undo(Undoable.YES, capture, reverse), back)


def _plain(words: tuple[Word, ...], count: int) -> list[str] | None:
    """The words, if there are so many and none is an option or a pattern."""
    if len(words) != count or any(
        word.text.startswith("-") or re.search(r"[*?\[]", word.text) for word in words
    ):
        return None
    return [shlex.quote(word.text) for word in words]


def _option(args: Args, *names: str) -> str | None:
    """An option that was given once, as it is written: `--zone z`."""
    given = [(name, value) for name in names for value in args.options.get(name, ())]
    if len(given) != 1 or given[0][1] is None:
        return None
    return f"{given[0][0]} {shlex.quote(given[0][1].text)}"


def _all_but(words: tuple[Word, ...], verb: str, new: str) -> str:
    """The words as they stand, with one verb changed."""
    return " ".join(new if word.text == verb else word.raw for word in words)


def _link(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    options = [word for word in words if word.text.startswith("-")]
    named = _plain(tuple(word for word in words if not word.text.startswith("-")), 2)
    letters = "".join(word.text for word in options)
    if named is None or "s" not in letters or "f" not in letters or "--" in letters or named[1].endswith("/"):
        return None
    given = " ".join(word.raw for word in options)
    return _value(f"readlink {named[1]}", f"{tool} {given} {{captured}} {named[1]}", _LINE)


def _mode(asks: str, pattern: str) -> Callable[[str, tuple[Word, ...]], Recipe | None]:
    def build(tool: str, words: tuple[Word, ...]) -> Recipe | None:
        named = _plain(words, 2)
        return (
            _value(f"stat -c {asks} {named[1]}", f"{tool} {{captured}} {named[1]}", pattern)
            if named
            else None
        )

    return build


def _zfs(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    if len(words) != 3 or words[0].text != "set":
        return None
    key, _, _ = words[1].text.partition("=")
    if not re.fullmatch(r"[\w:.-]+", key) or words[2].text.startswith("-"):
        return None
    place = shlex.quote(words[2].text)
    return _value(f"{tool} get -H -o value {key} {place}", f"{tool} set {key}={{captured}} {place}", _NAME)


def _named(verb: str, capture: str) -> Callable[[str, tuple[Word, ...]], Recipe | None]:
    """`hostnamectl set-hostname x`: one word is set again."""

    def build(tool: str, words: tuple[Word, ...]) -> Recipe | None:
        if len(words) != 2 or words[0].text != verb or words[1].text.startswith("-"):
            return None
        return _value(capture, f"{tool} {verb} {{captured}}", _NAME)

    return build


def _stored(put: tuple[str, ...], get: str) -> Callable[[str, tuple[Word, ...]], Recipe | None]:
    """`consul kv put key value`: the old value is put again; a key that was not there has none."""

    def build(tool: str, words: tuple[Word, ...]) -> Recipe | None:
        named = _plain(words, len(put) + 2)
        if named is None or tuple(word.text for word in words[: len(put)]) != put:
            return None
        key = named[len(put)]
        return _value(f"{tool} {get.format(key)}", f"{tool} {' '.join(put)} {key} {{captured}}", _LINE,
                      "a key that was not there before, or a value of several lines")  # fmt: skip

    return build


def _workspace(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    chdir = [word.raw for word in words if word.text.startswith("-chdir=")]
    rest = _plain(tuple(word for word in words if not word.text.startswith("-chdir=")), 3)
    if rest is None or rest[:2] != ["workspace", "select"]:
        return None
    place = joined_words(tool, *chdir)
    return _value(f"{place} workspace show", f"{place} workspace select {{captured}}", _NAME)


def _kubectl(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    if [word.text for word in words[:2]] != ["config", "use-context"] or len(words) != 3:
        return None
    return _value(f"{tool} config current-context", f"{tool} config use-context {{captured}}", _NAME)


def _supervisor(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    named = _plain(words, 2)
    if named is None or named[0] not in ("stop", "start") or named[1] == "all":
        return None
    other, state = {"stop": ("start", "RUNNING"), "start": ("stop", "STOPPED|EXITED|FATAL")}[named[0]]
    reverse = f"{tool} {other} {named[1]}"

    def back(captured: str) -> str | None:
        lines = captured.strip().splitlines()
        return reverse if lines and all(re.match(rf"\S+\s+(?:{state})\b", line) for line in lines) else None

    return Recipe(Undo(Undoable.YES, f"{tool} status {named[1]}", reverse), back)


def _mysql(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    at = next((place for place, word in enumerate(words[:-1]) if word.text in ("-e", "--execute")), None)
    if at is None:
        return None
    said = re.fullmatch(r"\s*SET\s+GLOBAL\s+(\w+)\s*=\s*'?[\w.]+'?\s*;?\s*", words[at + 1].text, re.I)
    if said is None:
        return None
    where = joined_words(tool, *(word.raw for place, word in enumerate(words) if place not in (at, at + 1)))
    return _value(f"{where} -N -e 'SELECT @@GLOBAL.{said[1]}'", f"{where} -e 'SET GLOBAL {said[1]} = {{captured}}'", r"\w+",
                  "a restart forgets both values")  # fmt: skip


def _ip(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    texts = [word.text for word in words]
    if texts[:2] == ["route", "add"] and not any(text.startswith("-") for text in texts):
        reverse = f"{tool} {_all_but(words, 'add', 'del')}"
        return Recipe(Undo(Undoable.YES, f"{tool} route show", reverse), lambda _: reverse)
    if len(texts) == 4 and texts[:2] == ["link", "set"] and texts[3] in ("down", "up"):
        device = shlex.quote(texts[2])
        other, state = ("up", "UP") if texts[3] == "down" else ("down", "DOWN")
        reverse = f"{tool} link set {device} {other}"
        return Recipe(
            Undo(
                Undoable.PARTLY,
                f"{tool} -br link show {device}",
                reverse,
                "addresses and routes that went with it",
            ),
            lambda captured: reverse if captured.split()[1:2] == [state] else None,
        )
    return None


def _docker_service(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    if [word.text for word in words[:2]] != ["service", "scale"] or len(words) != 3:
        return None
    name = safe(words[2].text.partition("=")[0], _NAME)
    if name is None or "=" not in words[2].text:
        return None
    capture = f"{tool} service inspect -f '{{{{.Spec.Mode.Replicated.Replicas}}}}' {name}"
    return _value(capture, f"{tool} service scale {name}={{captured}}", _NUMBER)


_AWS_TAKEN_BACK = frozenset(
    {"set-desired-capacity", "update-service", "put-function-concurrency", "stop-instances", "start-instances",
     "disable-alarm-actions", "enable-alarm-actions"}
)  # fmt: skip
_AWS_ELSEWHERE = ("--region", "--profile", "--endpoint-url")


def _aws(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    if _AWS_TAKEN_BACK.isdisjoint([word.text for word in words]):
        return None
    found = tables()["aws"].ask(words)
    args = found.args
    place = joined_words(tool, *(given for name in _AWS_ELSEWHERE if (given := _option(args, name))))
    asked = set(args.options) - set(_AWS_ELSEWHERE)

    def only(*names: str) -> list[str] | None:
        """These options and no others, each given once."""
        given = [_option(args, name) for name in names]
        return (
            [one for one in given if one]
            if asked == set(names) and None not in given and not args.operands
            else None
        )

    match found.path:
        case "autoscaling set-desired-capacity" if group := only(
            "--auto-scaling-group-name", "--desired-capacity"
        ):
            named = group[0].replace("-name ", "-names ", 1)
            query = "--query 'AutoScalingGroups[0].DesiredCapacity' --output text"
            return _value(f"{place} autoscaling describe-auto-scaling-groups {named} {query}",
                          f"{place} autoscaling set-desired-capacity {group[0]} --desired-capacity {{captured}}", _NUMBER)  # fmt: skip
        case "ecs update-service" if service := only("--cluster", "--service", "--desired-count"):
            named = f"{service[0]} {service[1].replace('--service ', '--services ', 1)}"
            return _value(f"{place} ecs describe-services {named} --query 'services[0].desiredCount' --output text",
                          f"{place} ecs update-service {service[0]} {service[1]} --desired-count {{captured}}", _NUMBER)  # fmt: skip
        case "lambda put-function-concurrency" if name := only(
            "--function-name", "--reserved-concurrent-executions"
        ):
            query = "--query ReservedConcurrentExecutions --output text"
            return _value(f"{place} lambda get-function-concurrency {name[0]} {query}",
                          f"{place} lambda put-function-concurrency {name[0]} --reserved-concurrent-executions {{captured}}", _NUMBER,
                          "if nothing was reserved: delete-function-concurrency")  # fmt: skip
        case "ec2 stop-instances" | "ec2 start-instances" if ids := only("--instance-ids"):
            verb, before = ("start", "running") if "stop" in found.path else ("stop", "stopped")
            query = "--query 'Reservations[].Instances[].State.Name' --output text"
            return _switch(
                f"{place} ec2 describe-instances {ids[0]} {query}",
                f"{place} ec2 {verb}-instances {ids[0]}",
                before,
            )
        case "cloudwatch disable-alarm-actions" | "cloudwatch enable-alarm-actions" if names := only(
            "--alarm-names"
        ):
            verb, before = ("enable", "True") if "disable" in found.path else ("disable", "False")
            query = "--query 'MetricAlarms[].ActionsEnabled' --output text"
            return _switch(f"{place} cloudwatch describe-alarms {names[0]} {query}",
                           f"{place} cloudwatch {verb}-alarm-actions {names[0]}", before)  # fmt: skip
        case _:
            return None


def _az(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    args = parse(
        words, Grammar(values=frozenset({"-g", "--resource-group", "-n", "--name", "--subscription"}))
    )
    verbs = [word.text for word in args.operands]
    where = [
        given for pair in (("-g", "--resource-group"), ("-n", "--name")) if (given := _option(args, *pair))
    ]
    if (
        len(verbs) != 2
        or verbs[0] not in ("webapp", "functionapp")
        or len(where) != 2
        or len(args.options) != 2
    ):
        return None
    if verbs[1] not in ("stop", "start"):
        return None
    other, before = ("start", "Running") if verbs[1] == "stop" else ("stop", "Stopped")
    named = " ".join(where)
    return _switch(
        f"{tool} {verbs[0]} show {named} --query state -o tsv", f"{tool} {verbs[0]} {other} {named}", before
    )


def _gcloud(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    if {"stop", "start"}.isdisjoint([word.text for word in words]):
        return None
    found = tables()["gcloud"].ask(words)
    names = found.args.operands
    if found.path not in ("compute instances stop", "compute instances start") or len(names) != 1:
        return None
    if set(found.args.options) - {"--zone", "--project"}:
        return None
    other, before = ("start", "RUNNING") if found.path.endswith("stop") else ("stop", "TERMINATED")
    named = joined_words(
        shlex.quote(names[0].text),
        *(given for name in ("--zone", "--project") if (given := _option(found.args, name))),
    )
    return _switch(f"{tool} compute instances describe {named} --format='value(status)'",
                   f"{tool} compute instances {other} {named}", before)  # fmt: skip


# The commands that may have one.
OPPOSITES: dict[str, Callable[[str, tuple[Word, ...]], Recipe | None]] = {
    "ln": _link,
    "chmod": _mode("%a", r"[0-7]{1,4}"),
    "chown": _mode("%U:%G", r"(?!.*UNKNOWN)[\w.-]+:[\w.-]+"),
    "zfs": _zfs,
    "hostnamectl": _named("set-hostname", "hostname"),
    "timedatectl": _named("set-timezone", "timedatectl show -p Timezone --value"),
    "consul": _stored(("kv", "put"), "kv get {}"),
    "etcdctl": _stored(("put",), "get {} --print-value-only"),
    "terraform": _workspace,
    "tofu": _workspace,
    "kubectl": _kubectl,
    "oc": _kubectl,
    "supervisorctl": _supervisor,
    "mysql": _mysql,
    "mariadb": _mysql,
    "ip": _ip,
    "docker": _docker_service,
    "aws": _aws,
    "az": _az,
    "gcloud": _gcloud,
}
