"""Label and field selectors: which objects a list, a watch or a controller means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tocsin.sandbox.kubernetes.answers import bad_request
from tocsin.sandbox.kubernetes.objects import Json, Object, at, labels_of, listed, mapping, pairs, text, texts

Matches = Callable[[Object], bool]

_SETS = re.compile(r"(?P<key>[^\s!=,()]+)\s+(?P<word>in|notin)\s*\((?P<values>[^)]*)\)")
_EQUAL = re.compile(r"(?P<key>[^\s!=,()]+)\s*(?P<word>==|=|!=)\s*(?P<value>[^\s,=]*)")
_THERE = re.compile(r"(?P<not>!)?\s*(?P<key>[^\s!=,()]+)")
_GREATER = re.compile(r"(?P<key>[^\s!=,()<>]+)\s*(?P<word>[<>])\s*(?P<value>-?\d+)")
# What the API lets one select by, besides name and namespace, and what an absent field counts as.
_FIELDS = {
    "pods": (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase",
        "status.podIP", "status.nominatedNodeName",
    ),
    "events": (
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
        "reason", "source", "type", "reportingComponent",
    ),
    "secrets": ("type",),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "jobs": ("status.successful",),
    "replicasets": ("status.replicas",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """One part of a label selector: the key is in, not in, there, not there, greater or less."""

    key: str
    word: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil it."""
        value = labels.get(self.key)
        match self.word:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "there":
                return value is not None
            case "not there":
                return value is None
            case _:
                if value is None or not re.fullmatch(r"-?\d+", value):
                    return False
                limit = int(next(iter(self.values)))
                return int(value) > limit if self.word == ">" else int(value) < limit


def label_selector(said: str) -> Matches:
    """A selector as kubectl writes it: "app=web,tier in (a,b),!old". Raises ApiError if it cannot be read."""
    requirements = tuple(_requirements(said))
    return lambda one: all(each.holds(labels_of(one)) for each in requirements)


def selector_of(value: Json) -> Callable[[Mapping[str, str]], bool]:
    """The selector in an object (`matchLabels`, `matchExpressions`); an empty one matches nothing here."""
    words = {"In": "in", "NotIn": "notin", "Exists": "there", "DoesNotExist": "not there"}
    requirements = [
        Requirement(key, "in", frozenset({one})) for key, one in pairs(value, "matchLabels").items()
    ]
    for each in listed(value, "matchExpressions"):
        word = words.get(text(each, "operator"), "in")
        requirements.append(Requirement(text(each, "key"), word, frozenset(texts(each, "values"))))
    return lambda labels: bool(requirements) and all(each.holds(labels) for each in requirements)


def field_selector(said: str, plural: str) -> Matches:
    """A field selector: "metadata.name=web,status.phase!=Running". Raises ApiError for an unknown field."""
    wanted: list[tuple[str, str, bool]] = []
    for part in filter(None, (part.strip() for part in said.split(","))):
        path, negative, value = part.partition("!=")
        if not negative:
            path, equals, value = part.partition("=")
            if not equals:
                raise bad_request(f"invalid selector: '{said}'; can't understand '{part}'")
        path = path.strip()
        if path not in ("metadata.name", "metadata.namespace", *_FIELDS.get(plural, ())):
            raise bad_request(f"field label not supported: {path}")
        wanted.append((path, value.lstrip("=").strip(), not negative))
    return lambda one: all((_at(one, path) == value) is equal for path, value, equal in wanted)


def only_name(said: str) -> str:
    """The name that a field selector holds everything to, or ""."""
    for part in said.split(","):
        path, equals, value = part.partition("=")
        if path.strip() == "metadata.name" and equals:
            return value.lstrip("=").strip()
    return ""


def _at(one: Object, path: str) -> str:
    """A field as the selector sees it: always a text."""
    if path == "source":
        return text(one, "source", "component")
    found = at(one, *path.split("."))
    match found:
        case bool():
            return "true" if found else "false"
        case None:
            return "false" if path == "spec.unschedulable" else ""
        case _:
            return str(found)


def _requirements(said: str) -> list[Requirement]:
    found = []
    rest = said.strip()
    while rest:
        for pattern in (_SETS, _GREATER, _EQUAL, _THERE):
            seen = pattern.match(rest)
            if seen is not None and re.match(r"\s*(,|$)", rest[seen.end() :]):
                break
        else:
            raise bad_request(f"unable to parse requirement: {said}")
        found.append(_requirement(seen.groupdict(), seen.re))
        rest = rest[seen.end() :].strip().removeprefix(",").strip()
    return found


def _requirement(parts: dict[str, str | None], pattern: re.Pattern[str]) -> Requirement:
    key = parts["key"] or ""
    if pattern is _SETS:
        values = frozenset(value.strip() for value in (parts["values"] or "").split(","))
        return Requirement(key, parts["word"] or "in", values)
    if pattern is _THERE:
        return Requirement(key, "not there" if parts["not"] else "there")
    word = {"!=": "notin", "=": "in", "==": "in"}.get(parts["word"] or "", parts["word"] or "in")
    return Requirement(key, word, frozenset({parts["value"] or ""}))


def same_labels(wanted: Json, labels: Mapping[str, str]) -> bool:
    """Whether labels fulfil a plain map selector (a Service's); an empty one matches nothing."""
    selector = {key: one for key, one in mapping(wanted).items() if isinstance(one, str)}
    return bool(selector) and all(labels.get(key) == one for key, one in selector.items())
