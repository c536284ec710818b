"""Ways back for kubectl.

Source: docs/reference/effects.md, table of captures and undos.
"""

import json
import re
import shlex

from tocsin.effects.effect import Undo, Undoable
from tocsin.effects.options import Args
from tocsin.effects.recipe import Recipe, joined_words, known, safe
from tocsin.effects.tools.table import tables
from tocsin.effects.words import Word

_WHERE = ("-n", "--namespace", "--context", "--kubeconfig", "--cluster")
_IMAGE = r"[\w.-]+(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?"


def kube_recipe(prefix: list[str], words: tuple[Word, ...]) -> Recipe | None:
    """The way back of one kubectl command, or None if no recipe knows it."""
    if not known(*words):
        return None
    found = tables()["kubectl"].ask(words[1:])
    args = found.args
    tool = joined_words(*prefix, words[0].raw)
    where = _where(args)
    target = _target(args)
    if target is None and found.path not in ("apply", "create", "set env"):
        return None
    subject = target or ""
    match found.path:
        case "scale":
            return _scale(tool, subject, where)
        case "set env":
            return _environment(tool, args, where)
        case "set image":
            return _image(tool, args, subject, where)
        case "annotate" | "label":
            return _marks(tool, found.path, args, subject, where)
        case "cordon" | "uncordon" | "drain":
            return _schedulable(tool, found.path, args.operands, where)
        case "rollout pause" | "rollout resume" | "rollout restart" | "rollout undo":
            return _rollout(tool, found.path.split()[1], subject, where)
        case "delete":
            capture = joined_words(tool, "get", subject, where, "-o yaml")
            sure = ".restorable" in found.rule
            return Recipe(Undo(Undoable.PARTLY if sure else Undoable.NO, capture, "apply the captured definition" if sure else None,
                               "identity and addresses of the object" if sure else "the content of the object"))  # fmt: skip
        case "patch" | "set resources" | "taint":
            capture = joined_words(tool, "get", subject, where, "-o yaml")
            return Recipe(Undo(Undoable.YES, capture, "set the captured fields again"))
        case "apply":
            return _apply(tool, args, where)
        case _:
            return None


def _rollout(tool: str, verb: str, subject: str, where: str) -> Recipe:
    match verb:
        case "restart":
            capture = joined_words(tool, "get", subject, where, "-o wide")
            lost = "the interruption is past; nothing needs to come back"
            return Recipe(Undo(Undoable.NO, capture, None, lost))
        case "undo":
            capture = joined_words(tool, "rollout history", subject, where)
            reverse = "set the captured image and environment again"
            return Recipe(Undo(Undoable.PARTLY, capture, reverse, "requests in progress"))
        case _:
            opposite = "resume" if verb == "pause" else "pause"
            capture = joined_words(tool, "get", subject, where, "-o jsonpath={.spec.paused}")
            reverse = joined_words(tool, "rollout", opposite, subject, where)
            return Recipe(
                Undo(Undoable.YES, capture, reverse),
                lambda captured: _flip(captured, opposite == "pause", reverse),
            )


def _apply(tool: str, args: Args, where: str) -> Recipe:
    named = args.values("-f", "--filename", "-k", "--kustomize")
    if not named or named[-1].text == "-":
        lost = "what the object held before, unless it was captured"
        return Recipe(Undo(Undoable.PARTLY, None, "apply the object of before", lost))
    option = "-k" if args.has("-k", "--kustomize") else "-f"
    capture = joined_words(tool, "diff", option, named[-1].raw, where)
    return Recipe(Undo(Undoable.YES, capture, "apply the live object of before"))


def _where(args: Args) -> str:
    parts = []
    for name in _WHERE:
        for value in args.values(name):
            parts += [name, shlex.quote(value.text)]
    return " ".join(parts)


def _target(args: Args) -> str | None:
    """The one object named by the operands, as written; None for several, a selector or a file."""
    if args.has("-l", "--selector", "--all", "-A", "--all-namespaces", "-f", "--filename"):
        return None
    named = [word for word in args.operands if "=" not in word.text and not word.text.endswith("-")]
    if len(named) == 1 and "/" in named[0].text:
        return shlex.quote(named[0].text)
    if len(named) == 2 and "/" not in named[0].text and "," not in named[0].text:
        return f"{shlex.quote(named[0].text)} {shlex.quote(named[1].text)}"
    return shlex.quote(named[0].text) if len(named) == 1 else None


def _scale(tool: str, subject: str, where: str) -> Recipe:
    def back(captured: str) -> str | None:
        number = re.fullmatch(r"\s*'?(\d{1,6})'?\s*", captured)
        return joined_words(tool, "scale", subject, f"--replicas={int(number[1])}", where) if number else None

    capture = joined_words(tool, "get", subject, where, "-o jsonpath={.spec.replicas}")
    return Recipe(
        Undo(
            Undoable.YES,
            capture,
            joined_words(tool, "scale", subject, "--replicas={captured}", where),
            "work in progress of pods that were taken away",
        ),
        back,
    )


def _environment(tool: str, args: Args, where: str) -> Recipe | None:
    named = [word for word in args.operands if "=" not in word.text and not word.text.endswith("-")]
    keys = [word.text.partition("=")[0].rstrip("-") for word in args.operands if word not in named]
    if not named or not keys or args.has("--from", "--all", "-e", "-f", "-l", "--selector"):
        return None
    subject = " ".join(shlex.quote(word.text) for word in named)
    container = args.value("-c", "--containers")
    chosen = f"-c {shlex.quote(container)}" if container else ""

    def back(captured: str) -> str | None:
        old: dict[str, str] = {}
        for line in captured.splitlines():
            key, equals, value = line.partition("=")
            if line.startswith("#"):
                if any(re.match(rf"#\s*{re.escape(key)}\b", line) for key in keys):
                    return None  # the value came from elsewhere; only the manifest knows
                continue
            if equals and old.setdefault(key, value) != value:
                return None  # containers differ
        parts = []
        for key in keys:
            word = safe(f"{key}={old[key]}") if key in old else shlex.quote(f"{key}-")
            if word is None:
                return None
            parts.append(word)
        return joined_words(tool, "set env", subject, chosen, *parts, where)

    capture = joined_words(tool, "set env", subject, chosen, "--list", where)
    return Recipe(
        Undo(Undoable.YES, capture, "set the old values again; remove keys that were not there"), back
    )


def _image(tool: str, args: Args, subject: str, where: str) -> Recipe:
    containers = [word.text.partition("=")[0] for word in args.operands if "=" in word.text]

    def back(captured: str) -> str | None:
        old = dict(line.partition("=")[::2] for line in captured.split() if "=" in line)
        wanted = list(old) if containers == ["*"] else containers
        parts = [
            safe(f"{name}={old[name]}", rf"[\w.-]+={_IMAGE}") if name in old else None for name in wanted
        ]
        if not parts or None in parts:
            return None
        return joined_words(tool, "set image", subject, *(part for part in parts if part), where)

    listing = "-o jsonpath='{range .spec.template.spec.containers[*]}{.name}={.image}{\"\\n\"}{end}'"
    return Recipe(
        Undo(Undoable.YES, joined_words(tool, "get", subject, where, listing), "set the old image again"),
        back,
    )


def _marks(tool: str, verb: str, args: Args, subject: str, where: str) -> Recipe:
    keys = [
        re.split(r"=", word.text)[0].rstrip("-")
        for word in args.operands
        if "=" in word.text or word.text.endswith("-")
    ]

    def back(captured: str) -> str | None:
        try:
            old = json.loads(captured) if captured.strip() else {}
        except ValueError:
            return None
        if not isinstance(old, dict):
            return None
        parts = []
        for key in keys:
            value = old.get(key)
            word = safe(f"{key}={value}") if isinstance(value, str) else shlex.quote(f"{key}-")
            if word is None:
                return None
            parts.append(word)
        return joined_words(tool, verb, subject, "--overwrite", *parts, where)

    field = "annotations" if verb == "annotate" else "labels"
    capture = joined_words(tool, "get", subject, where, f"-o jsonpath={{.metadata.{field}}}")
    return Recipe(
        Undo(Undoable.YES, capture, "set the old values again; remove keys that were not there"), back
    )


def _schedulable(tool: str, verb: str, operands: list[Word], where: str) -> Recipe | None:
    if len(operands) != 1:
        return None
    node = shlex.quote(operands[0].text)
    reverse = joined_words(tool, "cordon" if verb == "uncordon" else "uncordon", node, where)
    capture = joined_words(
        tool, "get", "node", node.removeprefix("node/"), where, "-o jsonpath={.spec.unschedulable}"
    )
    lost = "the pods that were moved stay where they are" if verb == "drain" else None
    return Recipe(
        Undo(Undoable.PARTLY if lost else Undoable.YES, capture, reverse, lost),
        lambda captured: _flip(captured, verb == "uncordon", reverse),
    )


def _flip(captured: str, was: bool, reverse: str) -> str | None:
    """The reverse command, unless things were already as the change wants them."""
    state = captured.strip().strip("'")
    if state not in ("", "true", "false"):
        return None
    return reverse if (state == "true") == was else None
