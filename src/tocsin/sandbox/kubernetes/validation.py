"""What the API server refuses, with its words: those that the seeds' commands meet, and those that would break us."""

import re
from collections.abc import Iterator

from tocsin.sandbox.kubernetes.answers import Cause
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    at,
    labels_of,
    listed,
    mapping,
    name_of,
    namespace_of,
    number,
    pairs,
    text,
)
from tocsin.sandbox.kubernetes.selectors import selector_of

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_MOST = 253
_SAYS_SUBDOMAIN = (
    "a DNS-1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_SAYS_LABEL = (
    "a DNS-1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
    "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_IMMUTABLE = "field is immutable"
_RBAC = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def faults(one: Object, before: Object | None) -> list[Cause]:
    """What is wrong with an object that is to be kept, in the order the server says it.

    Args:
        before: as it was, or None if it is new.
    """
    return [*_metadata(one, before), *_by_kind(one, before)]


def _by_kind(one: Object, before: Object | None) -> Iterator[Cause]:
    match text(one, "kind"):
        case "Deployment" | "ReplicaSet" | "StatefulSet":
            yield from _workload(one, before)
        case "Job":
            yield from _job(one, before)
        case "CronJob":
            if not text(one, "spec", "schedule"):
                yield _required("spec.schedule")
            yield from _pod_spec(
                at(one, "spec", "jobTemplate", "spec", "template", "spec"),
                "spec.jobTemplate.spec.template.spec",
            )
        case "Pod":
            yield from _pod_spec(at(one, "spec"), "spec")
            if before is not None:
                yield from _pod_change(one, before)
        case "Ingress":
            yield from _ingress(mapping(one, "spec"))
        case "Service":
            yield from _service(mapping(one, "spec"))
        case "Secret" | "ConfigMap":
            yield from _data(one, before)
        case _:
            pass


def _metadata(one: Object, before: Object | None) -> Iterator[Cause]:
    name = name_of(one)
    kind = text(one, "kind")
    if not name:
        yield Cause("metadata.name", "FieldValueRequired", "Required value: name or generateName is required")
    elif kind in ("Namespace", "Service") and not (_LABEL.fullmatch(name) and len(name) <= 63):
        yield _wrong("metadata.name", _quoted(name), _SAYS_LABEL)
    elif kind not in _RBAC and not (_SUBDOMAIN.fullmatch(name) and len(name) <= _MOST):
        yield _wrong("metadata.name", _quoted(name), _SAYS_SUBDOMAIN)
    if before is not None and namespace_of(one) != namespace_of(before):
        yield _wrong("metadata.namespace", _quoted(namespace_of(one)), _IMMUTABLE)


def _workload(one: Object, before: Object | None) -> Iterator[Cause]:
    spec = mapping(one, "spec")
    if number(spec, "replicas") < 0:
        yield _wrong("spec.replicas", str(number(spec, "replicas")), "must be greater than or equal to 0")
    labels = labels_of(mapping(spec, "template"))
    selector = mapping(spec, "selector")
    if not selector:
        yield _required("spec.selector")
    elif not selector_of(selector)(labels):
        yield _wrong(
            "spec.template.metadata.labels", _go_map(labels), "`selector` does not match template `labels`"
        )
    if before is not None and mapping(before, "spec", "selector") != selector:
        yield _wrong("spec.selector", _go_selector(selector), _IMMUTABLE)
    yield from _pod_spec(at(spec, "template", "spec"), "spec.template.spec")
    policy = text(spec, "template", "spec", "restartPolicy")
    if policy != "Always":
        yield Cause(
            "spec.template.spec.restartPolicy",
            "FieldValueNotSupported",
            f'Unsupported value: "{policy}": supported values: "Always"',
        )


def _job(one: Object, before: Object | None) -> Iterator[Cause]:
    yield from _pod_spec(at(one, "spec", "template", "spec"), "spec.template.spec")
    policy = text(one, "spec", "template", "spec", "restartPolicy")
    if policy not in ("OnFailure", "Never"):
        yield Cause(
            "spec.template.spec.restartPolicy",
            "FieldValueNotSupported",
            f'Unsupported value: "{policy}": supported values: "OnFailure", "Never"',
        )
    if before is not None and at(before, "spec", "template") != at(one, "spec", "template"):
        yield _wrong("spec.template", "core.PodTemplateSpec{…}", _IMMUTABLE)


def _pod_spec(spec: Json, where: str) -> Iterator[Cause]:
    containers = listed(spec, "containers")
    if not containers:
        yield _required(f"{where}.containers")
    seen: set[str] = set()
    for place in ("initContainers", "containers"):
        for index, container in enumerate(listed(spec, place)):
            here = f"{where}.{place}[{index}]"
            name = text(container, "name")
            if not name:
                yield _required(f"{here}.name")
            elif not _LABEL.fullmatch(name):
                yield _wrong(f"{here}.name", _quoted(name), _SAYS_LABEL)
            elif name in seen:
                yield Cause(f"{here}.name", "FieldValueDuplicate", f"Duplicate value: {_quoted(name)}")
            seen.add(name)
            if not text(container, "image").strip():
                yield _required(f"{here}.image")
            yield from _environment(container, here)


def _environment(container: Object, where: str) -> Iterator[Cause]:
    for index, variable in enumerate(listed(container, "env")):
        name = text(variable, "name")
        if not name:
            yield _required(f"{where}.env[{index}].name")
        elif not _VARIABLE.fullmatch(name):
            yield _wrong(
                f"{where}.env[{index}].name",
                _quoted(name),
                "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')",
            )
        if text(variable, "value") and mapping(variable, "valueFrom"):
            yield _wrong(
                f"{where}.env[{index}].valueFrom", '""', "may not be specified when `value` is not empty"
            )


def _pod_change(one: Object, before: Object) -> Iterator[Cause]:
    """Of a pod that is there only the images, a deadline and tolerations may change."""

    def fixed(pod: Object) -> Json:
        spec = dict(mapping(pod, "spec"))
        for key in ("activeDeadlineSeconds", "tolerations", "nodeName", "terminationGracePeriodSeconds"):
            spec.pop(key, None)
        for place in ("initContainers", "containers"):
            spec[place] = [{**each, "image": ""} for each in listed(spec, place)]
        return spec

    if fixed(one) != fixed(before):
        yield Cause(
            "spec",
            "FieldValueForbidden",
            "Forbidden: pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing tolerations)",
        )


def _ingress(spec: Object) -> Iterator[Cause]:
    rules = listed(spec, "rules")
    if not rules and not mapping(spec, "defaultBackend"):
        yield _wrong(
            "spec", "[]networking.IngressRule(nil)", "either `defaultBackend` or `rules` must be specified"
        )
    for index, rule in enumerate(rules):
        for number_, path in enumerate(listed(rule, "http", "paths")):
            here = f"spec.rules[{index}].http.paths[{number_}]"
            if text(path, "pathType") not in ("Exact", "Prefix", "ImplementationSpecific"):
                yield _required(f"{here}.pathType", "pathType must be specified")
            elif (
                not text(path, "path").startswith("/") and text(path, "pathType") != "ImplementationSpecific"
            ):
                yield _wrong(f"{here}.path", _quoted(text(path, "path")), "must be an absolute path")
            service = mapping(path, "backend", "service")
            if not service and not mapping(path, "backend", "resource"):
                yield _required(f"{here}.backend")
            elif service and not text(service, "name"):
                yield _required(f"{here}.backend.service.name")


def _service(spec: Object) -> Iterator[Cause]:
    if (
        text(spec, "type") != "ExternalName"
        and text(spec, "clusterIP") != "None"
        and not listed(spec, "ports")
    ):
        yield _required("spec.ports")
    for index, port in enumerate(listed(spec, "ports")):
        if not 1 <= number(port, "port") <= 65535:
            yield _wrong(
                f"spec.ports[{index}].port",
                str(number(port, "port")),
                "must be between 1 and 65535, inclusive",
            )
        if len(listed(spec, "ports")) > 1 and not text(port, "name"):
            yield _required(f"spec.ports[{index}].name")


def _data(one: Object, before: Object | None) -> Iterator[Cause]:
    for key in mapping(one, "data"):
        if not _DATA_KEY.fullmatch(key):
            yield _wrong(
                f"data[{key}]",
                _quoted(key),
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
            )
    if text(one, "type") == "kubernetes.io/tls":
        for key in ("tls.crt", "tls.key"):
            if key not in mapping(one, "data"):
                yield _required(f"data[{key}]")
    if before is None:
        return
    if text(one, "type") != text(before, "type"):
        yield _wrong("type", _quoted(text(one, "type")), _IMMUTABLE)
    if before.get("immutable") is True:
        if one.get("immutable") is not True:
            yield Cause(
                "immutable", "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set"
            )
        if one.get("data") != before.get("data"):
            yield Cause(
                "data", "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set"
            )


def _required(field: str, why: str = "") -> Cause:
    return Cause(field, "FieldValueRequired", "Required value" + (f": {why}" if why else ""))


def _wrong(field: str, value: str, why: str) -> Cause:
    return Cause(field, "FieldValueInvalid", f"Invalid value: {value}: {why}")


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _go_map(found: dict[str, str]) -> str:
    inside = ", ".join(f"{_quoted(key)}:{_quoted(found[key])}" for key in sorted(found))
    return f"map[string]string{{{inside}}}"


def _go_selector(selector: Object) -> str:
    inside = _go_map(pairs(selector, "matchLabels"))
    return f"v1.LabelSelector{{MatchLabels:{inside}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}}"
