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
    for _, line in view.steps_with(("kind:",)):
        texts = [line.text] if line.step.kind is StepKind.MANIFEST else []
        texts.extend(command.heredoc for _, command in line.commands if command.heredoc)
        for text in texts:
            wrong = _wrong(text) if "kind:" in text and len(text) <= _LONGEST else None
            if wrong is not None:
                action = next((a for a in line.step.actions if text.strip() in a.text), line.step.actions[0])
                yield view.at("TOC315", line, action, _where(wrong, action.text), wrong)
                break


def _where(wrong: str, text: str) -> int:
    """Where in a text the remark belongs: at the part it speaks of, else at the start."""
    for pattern, part in _PARTS:
        if (said := re.search(pattern, wrong)) is not None:
            found = re.search(part.format(*map(re.escape, said.groups())), text)
            return found.start() + len(found[0]) - len(found[0].lstrip()) if found is not None else 0
    return 0


# What a remark says, and the part of the manifest it says it of.
_PARTS = (
    (r"^The template of this .* no label (\S+?)=", r"(?m)^\s+labels:(?![\s\S]*^\s+labels:)"),
    (r"^The Service leads to port (\S+),", r"(?m)^.*[pP]ort: {0}\s*$"),
    (r"^The Service \S+ selects", r"(?m)^\s+selector:(?=[^\n]*\n(?!\s+matchLabels))"),
    (r"^The container (\S+) ", r"(?m)^.*name: {0}\s*$"),
    (r"^(\S+) is in \S+, not in (\S+);", r"(?m)^apiVersion: {1}\s*$"),
)


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


# Kinds of the server's own, by the group and version that has them today. A group of somebody else's may reuse a kind.
_HOMES = {
    "v1": "Pod Service ConfigMap Secret Namespace Node PersistentVolume PersistentVolumeClaim ServiceAccount ReplicationController Endpoints LimitRange ResourceQuota",
    "apps/v1": "Deployment StatefulSet DaemonSet ReplicaSet",
    "batch/v1": "Job CronJob",
    "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "autoscaling/v1": "HorizontalPodAutoscaler",
    "storage.k8s.io/v1": "StorageClass VolumeAttachment CSIDriver",
    "scheduling.k8s.io/v1": "PriorityClass",
    "apiextensions.k8s.io/v1": "CustomResourceDefinition",
    "admissionregistration.k8s.io/v1": "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
}
_HOME_OF = {kind: home for home, kinds in _HOMES.items() for kind in kinds.split()}
_GROUPS = frozenset(home.rpartition("/")[0] for home in _HOMES)


def _wrong_home(document: dict[Any, Any], kind: str) -> str | None:
    """A kind in a group or version of the server that does not have it."""
    said = document.get("apiVersion")
    home = _HOME_OF.get(kind)
    if not isinstance(said, str) or home is None or kind in _HOMES.get(said, "").split():
        return None
    if said.rpartition("/")[0] not in _GROUPS or re.search(r"(?:alpha|beta)\d", said):
        return None  # somebody else's kind of the same name, or an old version, which is told as such
    return f"{kind} is in {home}, not in {said}; the server rejects it."


def _in_one(document: dict[Any, Any]) -> str | None:
    kind = str(document.get("kind"))
    if (home := _wrong_home(document, kind)) is not None:
        return home
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
    templates = {
        _part(each, "metadata", "name"): _part(each, "spec", "template", "spec")
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
        if not apart and (deaf := _deaf_port(each, templates.get(name))) is not None:
            return deaf
        if apart:
            return f"The Service {name} selects {apart[0]}={wanted[apart[0]]}, which no pod of {name} has: nobody answers behind it."
    return None


def _deaf_port(service: dict[Any, Any], pod: Any) -> str | None:
    """A port of a Service that leads to none its pods declare; pods that declare none say nothing."""
    if not isinstance(pod, dict):
        return None
    ports = [port for container in _listed(pod.get("containers")) for port in _listed(container.get("ports"))]
    known = {value for port in ports for value in (port.get("containerPort"), port.get("name"))} - {None}
    if not known or any(not container.get("ports") for container in _listed(pod.get("containers"))):
        return None
    for port in _listed(_part(service, "spec", "ports")):
        leads = port.get("targetPort", port.get("port"))
        if leads is not None and leads not in known:
            told = ", ".join(str(value) for value in sorted(map(str, known)))
            return f"The Service leads to port {leads}, its pods listen on {told}: nobody answers behind it."
    return None


RULES = (inside,)
