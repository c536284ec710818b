"""TOC315 inside a manifest: labels nobody selects, volumes nobody declares, containers without an image, a request above its limit."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from tocsin.runbook.book import StepKind
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View

_LONGEST = 20_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KINDS = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Pod",
    "Job",
    "Service",
    "HorizontalPodAutoscaler",
)
_SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(m|[kKMGT]i?)?")
_TIMES = {"m": 0.001, "": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}  # fmt: skip


def inside(view: View) -> Iterator[Diagnostic]:
    """Each manifest, shown or given to a command, against itself."""
    for _, line in view.steps_with(_KINDS):
        texts = [line.text] if line.step.kind is StepKind.MANIFEST else []
        texts.extend(command.heredoc for _, command in line.commands if command.heredoc)
        for text in texts:
            wrong = _wrong(text) if "kind:" in text and len(text) <= _LONGEST else None
            if wrong is not None:
                yield view.on("TOC315", line, wrong)
                break


def _wrong(text: str) -> str | None:
    """What is wrong inside the documents of a text; None if nothing is, or if it cannot be read."""
    try:
        documents = [d for d in yaml.load_all(text, _LOADER) if isinstance(d, dict)]
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    found = next((told for each in documents if (told := _in_one(each)) is not None), None)
    return found or _between(documents)


def _part(value: Any, *keys: str) -> Any:
    """What lies below these keys; an empty mapping where something else than mappings is on the way."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return {} if value is None else value


def _in_one(document: dict[Any, Any]) -> str | None:
    kind = str(document.get("kind"))
    spec = _part(document, "spec")
    if kind in _SELECTING:
        wanted, labels = _part(spec, "selector", "matchLabels"), _part(spec, "template", "metadata", "labels")
        if (
            isinstance(wanted, dict)
            and isinstance(labels, dict)
            and isinstance(_part(spec, "template"), dict)
        ):
            apart = [key for key, value in wanted.items() if labels.get(key) != value]
            if apart and "template" in spec:
                return f"The template of this {kind} has no label {apart[0]}={wanted[apart[0]]}, which its selector wants; the server rejects it."
    if kind == "HorizontalPodAutoscaler":
        least, most = spec.get("minReplicas") if isinstance(spec, dict) else None, _part(spec, "maxReplicas")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            return f"minReplicas is {least}, maxReplicas {most}; the server rejects it."
    pod = spec if kind == "Pod" else _part(spec, "template", "spec")
    return _in_pod(pod) if isinstance(pod, dict) and kind in _KINDS else None


def _in_pod(pod: dict[Any, Any]) -> str | None:
    containers = [c for key in ("containers", "initContainers") for c in _listed(pod.get(key))]
    volumes = {volume.get("name") for volume in _listed(pod.get("volumes"))}
    for container in containers:
        name = container.get("name", "without a name")
        if "image" not in container:
            return f"The container {name} has no image; the server rejects it."
        for mount in _listed(container.get("volumeMounts")):
            if "name" in mount and mount["name"] not in volumes:
                return f"The container {name} mounts the volume {mount['name']}, which is not declared; the server rejects it."
        wanted, limits = _part(container, "resources", "requests"), _part(container, "resources", "limits")
        for key in wanted if isinstance(wanted, dict) and isinstance(limits, dict) else ():
            asked, most = _size(wanted[key]), _size(limits.get(key))
            if asked is not None and most is not None and asked > most:
                return f"The container {name} requests more {key} than its limit; the server rejects it."
    return None


def _listed(value: Any) -> list[dict[Any, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _size(value: Any) -> float | None:
    found = _SIZE.fullmatch(str(value)) if value is not None else None
    return float(found[1]) * _TIMES[found[2] or ""] if found is not None else None


def _between(documents: list[dict[Any, Any]]) -> str | None:
    """A Service beside the one workload of its name, whose pods it does not select: nobody answers behind it."""
    pods = {
        _part(each, "metadata", "name"): _part(each, "spec", "template", "metadata", "labels")
        for each in documents
        if each.get("kind") in _SELECTING and isinstance(_part(each, "metadata", "name"), str)
    }
    for each in documents:
        name = _part(each, "metadata", "name")
        wanted = _part(each, "spec", "selector")
        labels = pods.get(name) if isinstance(name, str) else None
        if (
            each.get("kind") != "Service"
            or not isinstance(wanted, dict)
            or not isinstance(labels, dict)
            or not labels
        ):
            continue
        apart = [key for key, value in wanted.items() if labels.get(key) != value]
        if apart:
            return f"The Service {name} selects {apart[0]}={wanted[apart[0]]}, which no pod of {name} has: nobody answers behind it."
    return None


RULES = (inside,)
