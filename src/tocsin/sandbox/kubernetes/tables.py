"""What `kubectl get` prints: the rows and columns that the server makes of each kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.sandbox.kubernetes.kinds import Kind
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    age,
    condition,
    ending,
    labels_of,
    listed,
    mapping,
    moment,
    name_of,
    number,
    pairs,
    text,
    texts,
)

_NONE = "<none>"
_UNKNOWN = "<unknown>"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: its heading. cell: what it shows of an object at a moment.
        wide: shown only by `-o wide`. type: "string" or "integer".
    """

    title: str
    cell: Callable[[Object, datetime], Json]
    wide: bool = False
    type: str = "string"


def table(kind: Kind, objects: Sequence[Object], now: datetime, include: str, revision: str) -> Object:
    """The table of some objects of one kind.

    Args:
        include: "Object", "Metadata" or "None": what of each object goes with its row.
        revision: of the list.
    """
    columns = _COLUMNS.get(kind.plural, _DEFAULT)
    if not any(column.title == "Name" for column in columns):
        columns = (Column("Name", lambda one, _: name_of(one)), *columns)
    definitions: list[Json] = [
        {
            "name": column.title,
            "type": column.type,
            "format": "name" if column.title == "Name" else "",
            "description": "",
            "priority": int(column.wide),
        }
        for column in columns
    ]
    rows: list[Json] = []
    for one in objects:
        row: Object = {"cells": [column.cell(one, now) for column in columns]}
        if include == "Object":
            row["object"] = one
        elif include != "None":
            row["object"] = {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": mapping(one, "metadata"),
            }
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": revision},
        "columnDefinitions": definitions,
        "rows": rows,
    }


def brief(passed: timedelta) -> str:
    """A duration as kubectl shows it: "45s", "3m20s", "5h", "2d3h".

    >>> brief(timedelta(seconds=200)), brief(timedelta(hours=30)), brief(timedelta(days=9))
    ('3m20s', '30h', '9d')
    """
    seconds = int(passed.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{max(seconds, 0)}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y"


def pod_state(pod: Object) -> str:
    """The word in the column STATUS of a pod."""
    state = text(pod, "status", "reason") or text(pod, "status", "phase")
    for one in listed(pod, "status", "initContainerStatuses"):
        if number(one, "state", "terminated", "exitCode") or mapping(one, "state", "waiting"):
            reason = text(one, "state", "waiting", "reason") or text(one, "state", "terminated", "reason")
            return f"Init:{reason}" if reason and reason != "PodInitializing" else "Init:0/1"
    running = False
    for one in reversed(listed(pod, "status", "containerStatuses")):
        waiting, over = text(one, "state", "waiting", "reason"), mapping(one, "state", "terminated")
        if waiting:
            state = waiting
        elif over:
            state = text(over, "reason") or f"ExitCode:{number(over, 'exitCode')}"
        elif one.get("ready") is True and mapping(one, "state", "running"):
            running = True
    if state == "Completed" and running:
        state = "Running"
    return "Terminating" if ending(pod) else state


def _age(one: Object, now: datetime) -> Json:
    return brief(age(one, now)) if moment(one, "metadata", "creationTimestamp") else _UNKNOWN


def _images(one: Object, _: datetime) -> Json:
    return ",".join(text(each, "image") for each in listed(one, "spec", "template", "spec", "containers"))


def _containers(one: Object, _: datetime) -> Json:
    return ",".join(text(each, "name") for each in listed(one, "spec", "template", "spec", "containers"))


def _selector(one: Object, _: datetime) -> Json:
    found = mapping(one, "spec", "selector")
    chosen = pairs(found, "matchLabels") if "matchLabels" in found else pairs(found)
    return ",".join(f"{key}={chosen[key]}" for key in sorted(chosen)) or _NONE


def _ready(one: Object, _: datetime) -> Json:
    return f"{number(one, 'status', 'readyReplicas')}/{number(one, 'spec', 'replicas')}"


def _count(*path: str) -> Callable[[Object, datetime], Json]:
    return lambda one, _: number(one, *path)


def _said(*path: str, otherwise: str = _NONE) -> Callable[[Object, datetime], Json]:
    return lambda one, _: text(one, *path) or otherwise


def _pod_ready(one: Object, _: datetime) -> Json:
    states = listed(one, "status", "containerStatuses")
    ready = sum(each.get("ready") is True for each in states)
    return f"{ready}/{len(listed(one, 'spec', 'containers'))}"


def _pod_restarts(one: Object, _: datetime) -> Json:
    return sum(number(each, "restartCount") for each in listed(one, "status", "containerStatuses"))


def _ports(one: Object, _: datetime) -> Json:
    found = []
    for port in listed(one, "spec", "ports"):
        node = number(port, "nodePort")
        outside = f":{node}" if node else ""
        found.append(f"{number(port, 'port')}{outside}/{text(port, 'protocol') or 'TCP'}")
    return ",".join(found) or _NONE


def _outside(one: Object, _: datetime) -> Json:
    pending = "<pending>" if text(one, "spec", "type") == "LoadBalancer" else _NONE
    return text(one, "spec", "externalName") or pending


def _hosts(one: Object, _: datetime) -> Json:
    return ",".join(text(rule, "host") or "*" for rule in listed(one, "spec", "rules")) or "*"


def _addresses(one: Object, _: datetime) -> Json:
    found = [
        text(each, "ip") or text(each, "hostname")
        for each in listed(one, "status", "loadBalancer", "ingress")
    ]
    return ",".join(found)


def _duration(one: Object, now: datetime) -> Json:
    began, ended = moment(one, "status", "startTime"), moment(one, "status", "completionTime")
    return brief((ended or now) - began) if began is not None else ""


def _completions(one: Object, _: datetime) -> Json:
    wanted = number(one, "spec", "completions", default=0)
    done = number(one, "status", "succeeded")
    return f"{done}/{wanted}" if wanted else f"{done}/1 of {number(one, 'spec', 'parallelism', default=1)}"


def _node_state(one: Object, _: datetime) -> Json:
    ready = text(condition(one, "Ready"), "status") == "True"
    away = mapping(one, "spec").get("unschedulable") is True
    return ("Ready" if ready else "NotReady") + (",SchedulingDisabled" if away else "")


def _endpoints(one: Object, _: datetime) -> Json:
    found = [
        f"{text(address, 'ip')}:{number(port, 'port')}"
        for subset in listed(one, "subsets")
        for address in listed(subset, "addresses")
        for port in listed(subset, "ports")
    ]
    more = f" + {len(found) - 3} more..." if len(found) > 3 else ""
    return ",".join(found[:3]) + more or _NONE


def _seen(one: Object, now: datetime) -> Json:
    last = moment(one, "lastTimestamp")
    return brief(now - last) if last is not None else _UNKNOWN


def _about(one: Object, _: datetime) -> Json:
    return f"{text(one, 'involvedObject', 'kind').lower()}/{text(one, 'involvedObject', 'name')}"


def _owner(one: Object, _: datetime) -> Json:
    owner = next(iter(listed(one, "metadata", "ownerReferences")), {})
    kind, _slash, _version = text(owner, "apiVersion").partition("/")
    full = f"{text(owner, 'kind').lower()}.{kind}" if _slash else text(owner, "kind").lower()
    return f"{full}/{text(owner, 'name')}" if owner else _NONE


_AGE = Column("Age", _age)
_DEFAULT = (_AGE,)
_TEMPLATE = (
    Column("Containers", _containers, wide=True),
    Column("Images", _images, wide=True),
)
_CHOOSES = Column("Selector", _selector, wide=True)
_DATA = Column(
    "Data", lambda one, _: len(mapping(one, "data")) + len(mapping(one, "binaryData")), type="integer"
)


def _subjects(binding: Object, kind: str) -> str:
    """Who is bound: names, of accounts with their namespace."""
    found = [one for one in listed(binding, "subjects") if text(one, "kind") == kind]
    return ", ".join("/".join(filter(None, (text(one, "namespace"), text(one, "name")))) for one in found)


_CREATED = Column("Created At", lambda one, _: text(one, "metadata", "creationTimestamp"))
_BINDING = (
    Column("Role", lambda one, _: f"{text(one, 'roleRef', 'kind')}/{text(one, 'roleRef', 'name')}"),
    _AGE,
    Column("Users", lambda one, _: _subjects(one, "User"), wide=True),
    Column("Groups", lambda one, _: _subjects(one, "Group"), wide=True),
    Column("ServiceAccounts", lambda one, _: _subjects(one, "ServiceAccount"), wide=True),
)
_COLUMNS: dict[str, tuple[Column, ...]] = {
    "pods": (
        Column("Ready", _pod_ready),
        Column("Status", lambda one, _: pod_state(one)),
        Column("Restarts", _pod_restarts, type="integer"),
        _AGE,
        Column("IP", _said("status", "podIP"), wide=True),
        Column("Node", _said("spec", "nodeName"), wide=True),
        Column("Nominated Node", _said("status", "nominatedNodeName"), wide=True),
        Column("Readiness Gates", lambda *_: _NONE, wide=True),
    ),
    "deployments": (
        Column("Ready", _ready),
        Column("Up-to-date", _count("status", "updatedReplicas"), type="integer"),
        Column("Available", _count("status", "availableReplicas"), type="integer"),
        _AGE, *_TEMPLATE, _CHOOSES,
    ),
    "replicasets": (
        Column("Desired", _count("spec", "replicas"), type="integer"),
        Column("Current", _count("status", "replicas"), type="integer"),
        Column("Ready", _count("status", "readyReplicas"), type="integer"),
        _AGE, *_TEMPLATE, _CHOOSES,
    ),
    "statefulsets": (Column("Ready", _ready), _AGE, *_TEMPLATE),
    "jobs": (
        Column("Completions", _completions), Column("Duration", _duration), _AGE, *_TEMPLATE, _CHOOSES,
    ),
    "cronjobs": (
        Column("Schedule", _said("spec", "schedule")),
        Column("Suspend", lambda one, _: "True" if mapping(one, "spec").get("suspend") is True else "False"),
        Column("Active", lambda one, _: len(listed(one, "status", "active")), type="integer"),
        Column("Last Schedule", lambda *_: _NONE),
        _AGE,
    ),
    "services": (
        Column("Type", _said("spec", "type")),
        Column("Cluster-IP", _said("spec", "clusterIP")),
        Column("External-IP", _outside),
        Column("Port(s)", _ports),
        _AGE,
        _CHOOSES,
    ),
    "ingresses": (
        Column("Class", _said("spec", "ingressClassName")),
        Column("Hosts", _hosts),
        Column("Address", _addresses),
        Column("Ports", lambda one, _: "80, 443" if listed(one, "spec", "tls") else "80"),
        _AGE,
    ),
    "endpoints": (Column("Endpoints", _endpoints), _AGE),
    "secrets": (Column("Type", _said("type")), _DATA, _AGE),
    "configmaps": (_DATA, _AGE),
    "namespaces": (Column("Status", _said("status", "phase")), _AGE),
    "roles": (_CREATED,),
    "clusterroles": (_CREATED,),
    "rolebindings": _BINDING,
    "clusterrolebindings": _BINDING,
    "serviceaccounts": (Column("Secrets", lambda one, _: len(listed(one, "secrets")), type="integer"), _AGE),
    "nodes": (
        Column("Status", _node_state),
        Column("Roles", lambda one, _: ",".join(
            key.removeprefix("node-role.kubernetes.io/") for key in labels_of(one) if key.startswith("node-role.")
        ) or _NONE),
        _AGE,
        Column("Version", _said("status", "nodeInfo", "kubeletVersion")),
    ),
    "events": (
        Column("Last Seen", _seen),
        Column("Type", _said("type")),
        Column("Reason", _said("reason")),
        Column("Object", _about),
        Column("Message", lambda one, _: text(one, "message").strip()),
        Column("Count", _count("count"), wide=True, type="integer"),
        Column("Name", lambda one, _: name_of(one), wide=True),
    ),
    "controllerrevisions": (
        Column("Controller", _owner), Column("Revision", _count("revision"), type="integer"), _AGE,
    ),
    "customresourcedefinitions": (
        Column("Created At", lambda one, _: text(one, "metadata", "creationTimestamp")),
    ),
    "persistentvolumeclaims": (
        Column("Status", _said("status", "phase")),
        Column("Volume", _said("spec", "volumeName", otherwise="")),
        Column("Capacity", _said("status", "capacity", "storage", otherwise="")),
        Column("Access Modes", lambda one, _: ",".join(texts(one, "spec", "accessModes"))),
        Column("StorageClass", _said("spec", "storageClassName", otherwise="")),
        _AGE,
    ),
}  # fmt: skip
