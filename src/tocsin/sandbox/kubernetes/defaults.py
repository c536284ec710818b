"""What the API server adds to what people leave out; the values are those of Kubernetes 1.20."""

import base64

from tocsin.sandbox.kubernetes.objects import Json, Object, at, child, labels_of, listed, pairs, text, uid_of


def fill(one: Object) -> None:
    """Add the defaults of its kind, in place."""
    spec = one.get("spec")
    match text(one, "kind"):
        case "Secret":
            _secret(one)
        case "Namespace":
            child(one, "spec").setdefault("finalizers", ["kubernetes"])
            child(one, "status").setdefault("phase", "Active")
        case "Service":
            _service(child(one, "spec"))
        case "Deployment" if isinstance(spec, dict):
            _deployment(spec)
        case "ReplicaSet" if isinstance(spec, dict):
            spec.setdefault("replicas", 1)
            _template(spec)
        case "StatefulSet" if isinstance(spec, dict):
            _stateful_set(spec)
        case "Job" if isinstance(spec, dict):
            _job(spec)
        case "CronJob" if isinstance(spec, dict):
            spec.setdefault("concurrencyPolicy", "Allow")
            spec.setdefault("suspend", False)
            spec.setdefault("successfulJobsHistoryLimit", 3)
            spec.setdefault("failedJobsHistoryLimit", 1)
            _template(child(spec, "jobTemplate", "spec"))
        case "Pod" if isinstance(spec, dict):
            _pod(spec)
            child(one, "status").setdefault("phase", "Pending")
            child(one, "status").setdefault("qosClass", _quality(spec))
        case _:
            pass


def own_job(one: Object) -> None:
    """A Job chooses its pods by its own uid, unless somebody wants that otherwise; in place, once it has a uid."""
    if at(one, "spec", "manualSelector") is True:
        return
    marks: Object = {"controller-uid": uid_of(one), "job-name": text(one, "metadata", "name")}
    child(one, "spec", "selector", "matchLabels").update({"controller-uid": uid_of(one)})
    child(one, "spec", "template", "metadata", "labels").update(marks)
    if not labels_of(one):
        child(one, "metadata", "labels").update(marks)


def _secret(one: Object) -> None:
    one.setdefault("type", "Opaque")
    written = pairs(one, "stringData")
    if "stringData" in one:
        del one["stringData"]
        data = child(one, "data")
        for key, value in written.items():
            data[key] = base64.b64encode(value.encode()).decode("ascii")


def _service(spec: Object) -> None:
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    for port in listed(spec, "ports"):
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))


def _deployment(spec: Object) -> None:
    spec.setdefault("replicas", 1)
    strategy = child(spec, "strategy")
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = child(strategy, "rollingUpdate")
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    _template(spec)


def _stateful_set(spec: Object) -> None:
    spec.setdefault("replicas", 1)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = child(spec, "updateStrategy")
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        child(strategy, "rollingUpdate").setdefault("partition", 0)
    _template(spec)


def _job(spec: Object) -> None:
    spec.setdefault("parallelism", 1)
    if "completions" not in spec and spec["parallelism"] == 1:
        spec["completions"] = 1
    spec.setdefault("backoffLimit", 6)
    _template(spec)


def _template(spec: Object) -> None:
    template = spec.get("template")
    if isinstance(template, dict):
        child(template, "metadata").setdefault("creationTimestamp", None)
        _pod(child(template, "spec"))


def _pod(spec: Object) -> None:
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    for container in [*listed(spec, "initContainers"), *listed(spec, "containers")]:
        _container(container)


def _container(container: Object) -> None:
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    image = text(container, "image")
    tag = image.rpartition("/")[2].partition(":")[2]
    container.setdefault("imagePullPolicy", "Always" if tag in ("", "latest") else "IfNotPresent")
    for port in listed(container, "ports"):
        port.setdefault("protocol", "TCP")
    for variable in listed(container, "env"):
        field = at(variable, "valueFrom", "fieldRef")
        if isinstance(field, dict):
            field.setdefault("apiVersion", "v1")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if isinstance(probe, dict):
            _probe(probe)


def _probe(probe: Object) -> None:
    numbers: dict[str, Json] = {
        "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3,
    }  # fmt: skip
    for name, value in numbers.items():
        probe.setdefault(name, value)
    asked = probe.get("httpGet")
    if isinstance(asked, dict):
        asked.setdefault("path", "/")
        asked.setdefault("scheme", "HTTP")


def _quality(spec: Object) -> str:
    return "Burstable" if any(at(one, "resources") for one in listed(spec, "containers")) else "BestEffort"
