"""TOC306 and TOC315 for texts that a program parses: JSON in an argument, YAML, braces, crontabs, units, Compose files."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine

_LONGEST = 20_000  # characters
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What is filled in later, or left out, keeps a text from being read as what it will be.
_TEMPLATED = re.compile(r"\{\{|\{%|<%|\.\.\.|…|\$\{?\w|\$\(|<[A-Za-z][\w -]*>|%[A-Z_]{3,}%")


@dataclass(frozen=True, slots=True)
class _Fence:
    """A fence: its label, its lines as they stand in the document, and the sentence above it."""

    language: str
    lines: tuple[RawLine, ...]
    above: str

    @property
    def text(self) -> str:
        return "\n".join(raw.text for raw in self.lines)


def _fences(view: View) -> Iterator[_Fence]:
    lines: list[RawLine] = []
    above = ""
    for raw in view.raw:
        if raw.fenced:
            lines.append(raw)
            continue
        if lines:
            yield _Fence(lines[0].language, tuple(lines), above)
            lines = []
        if raw.text.strip() and not raw.text.lstrip().startswith(("```", "~~~")):
            above = raw.text
    if lines:
        yield _Fence(lines[0].language, tuple(lines), above)


_JSON_OPTIONS = frozenset(
    "-d --data --data-raw --data-binary --json -p --patch --cli-input-json --policy-document --assume-role-policy-document --change-batch --container-definitions --message-body "
    "--event-pattern --body --payload --lifecycle-configuration --overrides --item --key --expression-attribute-values --metadata --content".split()
)


def arguments(view: View) -> Iterator[Diagnostic]:
    """TOC306: JSON given to a command that nothing can parse."""
    if '{"' not in view.text and '{ "' not in view.text and '["' not in view.text and "[{" not in view.text:
        return
    for _, line, action, command in view.commands():
        for option, raw, word in _values(command):
            if word[:1] not in "{[" or option not in _JSON_OPTIONS or raw.lstrip("-=adtbinryw")[:1] != "'":
                continue
            if (
                len(word) > _LONGEST
                or _TEMPLATED.search(word)
                or any("_bulk" in arg or "_msearch" in arg for arg in command.args)
            ):
                continue
            wrong = _not_yaml(word) if command.name in ("kubectl", "oc") else _not_json(word)
            if wrong is not None:
                message = f"What is given with {option} cannot be read: {wrong}."
                yield view.at("TOC306", line, action, max(action.text.find(word[:30]), 0), message)


def _values(command: Command) -> Iterator[tuple[str, str, str]]:
    """Options with their values: the option, the value as written and as the program gets it."""
    words, raws = command.words, command.raw
    for at in range(1, min(len(words), len(raws))):
        word = words[at]
        if word.startswith("--") and "=" in word:
            option, _, value = word.partition("=")
            yield option, raws[at].partition("=")[2], value
        elif word[:1] in "{[" and words[at - 1][:1] == "-":
            yield words[at - 1], raws[at], word


def _not_json(text: str) -> str | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and "\n" in text.strip():
            return None  # one document per line
        return f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
    except RecursionError:
        return None
    return None


def _not_yaml(text: str) -> str | None:
    try:
        for _ in yaml.parse(text, _LOADER):
            pass
    except yaml.MarkedYAMLError as error:
        told = error.problem or error.context or "it is no YAML"
        at = error.problem_mark
        return f"{told} (line {at.line + 1})" if at is not None else told
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return None


_JSON, _YAML = frozenset({"json"}), frozenset({"yaml", "yml"})
_BRACED = frozenset({"nginx", "hcl", "terraform", "tf"})
_NGINX = re.compile(r"(?m)^\s*(?:server|upstream\s+\S+|http|location\s[^{]*)\s*\{")
_CRON_LABELS = frozenset({"cron", "crontab", "cronexp"})
_UNIT_LABELS = frozenset({"ini", "systemd", "unit", "conf", "service", "text", ""})


def fences(view: View) -> Iterator[Diagnostic]:
    """TOC306: a file that is shown to be taken over, and that its program refuses to read."""
    if "```" not in view.whole and "~~~" not in view.whole:
        return
    for fence in _fences(view):
        text = fence.text
        if len(text) > _LONGEST:
            continue
        wrong: tuple[int, str] | None = None
        if fence.language in _YAML:
            wrong = _yaml_fence(fence, text)
        elif fence.language in _JSON:
            wrong = _json_fence(text)
        elif fence.language in _BRACED or ("{" in text and _NGINX.search(text)):
            wrong = _braces(fence)
        elif fence.language in _CRON_LABELS or (
            fence.language in _UNIT_LABELS and _CRON_SAID.search(fence.above)
        ):
            wrong = _crontab(fence)
        if wrong is None and ("[Service]" in text or "[Timer]" in text) and fence.language in _UNIT_LABELS:
            wrong = _unit(text)
        if wrong is not None:
            raw = fence.lines[min(wrong[0], len(fence.lines) - 1)]
            level = Level.WARNING if fence.language in _JSON or (fence.language in _YAML) else None
            yield view.remark("TOC306", raw.span, wrong[1], level=level)


def given(view: View) -> Iterator[Diagnostic]:
    """TOC306: the same in a here-document, by the name of the file it goes to."""
    if "<<" not in view.text:
        return
    for _, line in view.steps_with(("<<",)):
        for action, command in line.commands:
            text = command.heredoc
            if not text or len(text) > _LONGEST:
                continue
            goes = " ".join((*command.args, *(target for _, target in command.redirects)))
            wrong: str | None = None
            at = action.text.find(text.strip()[:40])
            if "[Service]" in text or "[Timer]" in text:
                told = _unit(text)
                wrong = told[1] if told is not None else None
                at = action.text.find("[Service]")
            elif _TEMPLATED.search(text):
                continue
            elif re.search(r"\.ya?ml\b", goes) or "apiVersion:" in text:
                problem = _not_yaml(text)
                wrong = f"This is no YAML: {problem}." if problem is not None else None
            elif ".json" in goes and text.lstrip()[:1] in ("{", "["):
                problem = _not_json(text)
                wrong = f"This is no JSON: {problem}." if problem is not None else None
            if wrong is not None:
                yield view.at("TOC306", line, action, max(at, 0), wrong)


def _yaml_fence(fence: _Fence, text: str) -> tuple[int, str] | None:
    if _TEMPLATED.search(text) or not text.strip():
        return None
    first = next(raw.text for raw in fence.lines if raw.text.strip())
    deep = len(first) - len(first.lstrip())
    if any(raw.text.strip() and len(raw.text) - len(raw.text.lstrip()) < deep for raw in fence.lines):
        return None  # an excerpt
    try:
        for _ in yaml.parse("\n".join(raw.text[deep:] for raw in fence.lines), _LOADER):
            pass
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line if error.problem_mark is not None else 0
        return at, f"This is no YAML: {error.problem or error.context}; whatever reads it refuses it."
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return _compose(text)


def _json_fence(text: str) -> tuple[int, str] | None:
    bare = text.strip()
    if (
        bare[:1] not in ("{", "[")
        or _TEMPLATED.search(text)
        or re.search(r"(?m)^\s*(?://|#|/\*)|\s//\s", text)
    ):
        return None
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return None  # one document per line
        return (
            error.lineno - 1,
            f"This is no JSON: {error.msg[:1].lower()}{error.msg[1:]}; whatever reads it refuses it.",
        )
    except RecursionError:
        return None
    return None


_QUOTED = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")
_NO_BRACE = re.compile(r"\\[{}]|\$\{[^}\n]*\}|\{\d+(?:,\d*)?\}|#.*")


def _braces(fence: _Fence) -> tuple[int, str] | None:
    if "..." in fence.text or "…" in fence.text or "<<" in fence.text:
        return None
    opened: list[int] = []
    for at, raw in enumerate(fence.lines):
        for char in _NO_BRACE.sub("", _QUOTED.sub("", raw.text)):
            if char == "{":
                opened.append(at)
            elif char == "}":
                if not opened:
                    return at, "This brace closes nothing: the configuration is refused."
                opened.pop()
    if opened:
        return (
            len(fence.lines) - 1,
            f"The block of line {fence.lines[opened[-1]].number} is never closed: the configuration is refused.",
        )
    return None


_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun"
_FIELD = re.compile(rf"(?:\*|(?:\d{{1,2}}|{_NAMES})(?:-(?:\d{{1,2}}|{_NAMES}))?)(?:/\d{{1,2}})?(?:,(?:\*|(?:\d{{1,2}}|{_NAMES})(?:-(?:\d{{1,2}}|{_NAMES}))?)(?:/\d{{1,2}})?)*", re.IGNORECASE)  # fmt: skip
_CRON_SAID = re.compile(r"\bcron(?:tabs?|jobs?|\.d)?\b", re.IGNORECASE)
_BOUNDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)


def _crontab(fence: _Fence) -> tuple[int, str] | None:
    for at, raw in enumerate(fence.lines):
        wrong = cron_fields(raw.text)
        if wrong is not None:
            return at, wrong
    return None


def cron_fields(text: str) -> str | None:
    """What is wrong with the fields of time a line of a crontab begins with, or None."""
    words = text.split()
    fields = []
    for word in words:
        if not _FIELD.fullmatch(word):
            break
        fields.append(word)
    if "*" not in text or not fields or "=" in words[0]:
        return None
    if len(fields) < len(_BOUNDS) and len(fields) >= _FEWEST and len(words) > len(fields):
        return f"cron wants five fields of time, here are {len(fields)}: the line is refused or runs at another time."
    for field, (name, least, most) in zip(fields, _BOUNDS, strict=False):
        odd = next((n for n in re.findall(r"(?<![/\d])\d+", field) if not least <= int(n) <= most), None)
        if odd is not None and len(fields) >= len(_BOUNDS):
            return f"{odd} is no {name}: the line is refused."
    return None


_FEWEST = 3  # fields that show that a time is meant

_STARTS = re.compile(r"(?m)^\s*(?:ExecStart|ExecStop|SuccessAction)\s*=")
_TIMES = re.compile(r"(?m)^\s*On(?:Calendar|Boot|Startup|Active|Unit\w+|Clock\w+|Timezone\w+)\w*\s*=")


def _unit(text: str) -> tuple[int, str] | None:
    """A whole unit without what it would start; a drop-in has no [Unit] and no [Install] of its own."""
    lines = text.split("\n")
    if "[Unit]" not in text and "[Install]" not in text:
        return None
    at = next((place for place, line in enumerate(lines) if line.strip() in ("[Service]", "[Timer]")), 0)
    if "[Service]" in text and not _STARTS.search(text):
        return at, "This service has no ExecStart=: systemd refuses to load it."
    if "[Timer]" in text and not _TIMES.search(text):
        return at, "This timer has no time: systemd refuses to load it."
    return None


def _compose(text: str) -> tuple[int, str] | None:
    """A Compose file that names services or volumes it does not declare."""
    if not text.startswith("services:") and "\nservices:" not in text:
        return None
    try:
        document = next(iter(yaml.load_all(text, _LOADER)), None)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "include" in document:
        return None
    services = document.get("services")
    if not isinstance(services, dict):
        return None
    lines = text.split("\n")
    for name, service in services.items():
        if not isinstance(service, dict):
            continue
        needs = service.get("depends_on") or []
        for other in needs if len(services) > 1 and isinstance(needs, list | dict) else ():
            if other not in services:
                return _line_with(
                    lines, str(other)
                ), f"{name} depends on {other}, which is no service of this file: Compose refuses it."
        for volume in _named_volumes(service, document):
            return _line_with(
                lines, volume
            ), f"{name} mounts the volume {volume}, which is not declared: Compose refuses it."
        if not {"image", "build", "extends"} & set(service) and len(services) > 1:
            return _line_with(
                lines, f"{name}:"
            ), f"{name} has neither an image nor a build: Compose refuses it."
    return None


def _named_volumes(service: dict[Any, Any], document: dict[Any, Any]) -> Iterator[str]:
    declared = document.get("volumes")
    if not isinstance(declared, dict):
        return
    for mount in service.get("volumes") or []:
        name = str(mount).partition(":")[0]
        if (
            isinstance(mount, str)
            and ":" in mount
            and re.fullmatch(r"[a-z][\w-]*", name)
            and name not in declared
        ):
            yield name


def _line_with(lines: list[str], word: str) -> int:
    return next((at for at, line in enumerate(lines) if word in line), 0)


def schedules(view: View) -> Iterator[Diagnostic]:
    """TOC306: an expression of cron in a sentence or a manifest with too few fields, or one out of its bounds."""
    for raw in view.raw_with(("cron", "Cron", "schedule")):
        found = _EXPRESSION.search(raw.text)
        if found is None or (not raw.fenced and not _CRON_SAID.search(raw.text)):
            continue
        expression = found[1].strip()
        fields = expression.split()
        wrong = None
        if _FEWEST <= len(fields) < len(_BOUNDS) and all(map(_FIELD.fullmatch, fields)) and "*" in expression:
            wrong = f"cron wants five fields of time, here are {len(fields)}: the schedule is refused."
        elif len(fields) == len(_BOUNDS):
            wrong = cron_fields(f"{expression} x")
        if wrong is not None:
            yield view.remark("TOC306", raw.span, wrong, column=found.start(1) + 1, level=Level.ERROR)


_EXPRESSION = re.compile(
    r"[\"'`]((?:[\d*/,-]+|(?i:[a-z]{3}))(?:\s+(?:[\d*/,-]+|(?i:[a-z]{3}(?:-[a-z]{3})?))){2,4})[\"'`\s]"
)

RULES = (arguments, fences, given, schedules)
