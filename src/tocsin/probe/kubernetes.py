"""Kubernetes checks: a deployment's rollout, its pods' restarts, and cert-manager's certificates, by kubectl.

The context is always named, so that no check looks at whatever cluster somebody's kubeconfig points to today.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.asking import json_said_by
from tocsin.probe.attempt import Attempt, Ended, Finding, attempt, check_name
from tocsin.probe.counters import Counters, summed
from tocsin.probe.limit import Limit, Measure, count_limit, judged, seconds, time_limit, worst
from tocsin.probe.notes import Notes
from tocsin.probe.run_text import RunText

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_DAY = 86400.0
Found = TypeVar("Found")


class Condition(msgspec.Struct):
    """One condition of a resource."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""


class DeploymentSpec(msgspec.Struct):
    """What is wanted of a deployment."""

    replicas: int = 1
    paused: bool = False
    selector: dict[str, object] = {}


class DeploymentStatus(msgspec.Struct, rename="camel"):
    """What there is of it."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    conditions: list[Condition] = []


class Metadata(msgspec.Struct):
    """Name and generation of a resource."""

    name: str = ""
    generation: int = 0


class Deployment(msgspec.Struct):
    """`kubectl get deployment -o json`, as far as it is read."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    spec: DeploymentSpec = msgspec.field(default_factory=DeploymentSpec)
    status: DeploymentStatus = msgspec.field(default_factory=DeploymentStatus)


class Waiting(msgspec.Struct):
    """Why a container waits."""

    reason: str = ""


class ContainerState(msgspec.Struct):
    """What a container does now."""

    waiting: Waiting | None = None


class ContainerStatus(msgspec.Struct, rename="camel"):
    """One container of a pod."""

    name: str = ""
    restart_count: int = 0
    state: ContainerState = msgspec.field(default_factory=ContainerState)


class PodStatus(msgspec.Struct, rename="camel"):
    """The containers of a pod."""

    phase: str = ""
    container_statuses: list[ContainerStatus] = []


class Pod(msgspec.Struct):
    """One pod."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    status: PodStatus = msgspec.field(default_factory=PodStatus)


class Pods(msgspec.Struct):
    """A list of pods."""

    items: list[Pod] = []


class CertificateStatus(msgspec.Struct, rename="camel"):
    """cert-manager's word on a certificate."""

    not_after: str | None = None
    conditions: list[Condition] = []


class Certificate(msgspec.Struct):
    """`kubectl get certificate -o json`, as far as it is read."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    status: CertificateStatus = msgspec.field(default_factory=CertificateStatus)


@dataclass(frozen=True, slots=True)
class KubernetesSettings:
    """Which deployment or certificate, in which namespace of which context.

    Attributes:
        least: replicas that must be available; None: one. Fewer than the deployment wants is degraded.
        window, restarts: of the restarts of its pods' containers. left: of the time a certificate still holds.
    """

    context: str
    namespace: str
    deployment: str | None
    certificate: str | None
    least: int
    window: timedelta
    restarts: Limit
    left: Limit


def kubernetes_settings(spec: CheckSpec) -> KubernetesSettings:
    """Read the settings of a Kubernetes check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = KubernetesSettings(
        context=keys.text("context"),
        namespace=keys.text_or_none("namespace") or "default",
        deployment=keys.text_or_none("deployment"),
        certificate=keys.text_or_none("certificate"),
        least=keys.whole("least", 1),
        window=keys.duration_or_none("window") or timedelta(minutes=10),
        restarts=count_limit(keys, "restarts", degraded=3, down=10),
        left=time_limit(keys, "left", degraded=14 * _DAY, down=1 * _DAY, falling=True),
    )
    keys.done()
    if (settings.deployment is None) == (settings.certificate is None):
        raise keys.wrong("deployment", "or certificate must be there, and only one of them")
    for key in ("namespace", "deployment", "certificate"):
        value = getattr(settings, key)
        if value is not None and not _NAME.fullmatch(value):
            raise keys.wrong(key, f"must be a name of Kubernetes, not {value!r}")
    return settings


class KubernetesProber:
    """Takes samples of Kubernetes checks."""

    def __init__(self, clock: Clock, run: RunText, notes: Notes | None = None) -> None:
        self._clock = clock
        self._run = run
        self._counters = Counters(clock, notes)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        kubernetes_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One `kubectl get`, and a second one for the pods of a deployment."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = kubernetes_settings(trying.spec)
        facts = {"context": settings.context, "namespace": settings.namespace}
        if settings.certificate is not None:
            found = self._get(settings, f"certificate {settings.certificate}", Certificate, trying, facts)
            return _certificate(settings, found, trying.at, facts | {"certificate": settings.certificate})
        name = settings.deployment or ""
        facts["deployment"] = name
        deployment = self._get(settings, f"deployment {name}", Deployment, trying, facts)
        finding = _rollout(settings, deployment, facts)
        labels = deployment.spec.selector.get("matchLabels")
        if finding.verdict is Verdict.DOWN or not isinstance(labels, dict) or not labels:
            return finding
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        pods = self._get(settings, f"pods --selector={shlex.quote(selector)}", Pods, trying, facts)
        return self._restarts(settings, pods, finding, trying)

    def _get(
        self,
        settings: KubernetesSettings,
        what: str,
        kind: type[Found],
        trying: Attempt,
        facts: dict[str, str],
    ) -> Found:
        """What kubectl says of a resource. Raises Ended: down if the cluster says that it is gone, else unknown."""
        where = f"--context={shlex.quote(settings.context)} --namespace={settings.namespace}"
        text = f"kubectl {where} get {what} --output=json"
        try:
            return msgspec.convert(json_said_by(self._run, text, trying, facts), kind)
        except Ended as end:
            if "(NotFound)" in end.finding.message and "namespaces" not in end.finding.message:
                gone = f"there is no {what} in {settings.namespace} of {settings.context}"
                raise Ended(Finding(Verdict.DOWN, gone, {**facts, "error": "missing"})) from end
            raise
        except msgspec.ValidationError as error:
            said = f"{text}: what it prints cannot be read: {error}"
            raise Ended(Finding(Verdict.UNKNOWN, said, {**facts, "error": "own"})) from error

    def _restarts(
        self, settings: KubernetesSettings, pods: Pods, finding: Finding, trying: Attempt
    ) -> Finding:
        """The finding with what the pods' containers add to it."""
        totals: dict[str, float] = {}
        stuck = set()
        for pod in pods.items:
            for container in pod.status.container_statuses:
                totals[f"{pod.metadata.name}/{container.name}"] = container.restart_count
                reason = container.state.waiting.reason if container.state.waiting else ""
                if reason not in ("", "ContainerCreating", "PodInitializing"):
                    stuck.add(reason)
        facts = {**finding.facts, "pods": str(len(pods.items))}
        measures = []
        place = f"{settings.context} {settings.namespace}"
        grown = summed(self._counters.growth(trying.spec, place, totals, settings.window))
        if grown is not None:
            facts |= grown.told("restarts")
            measures.append(Measure(settings.restarts, grown.by))
        told = judged(finding.message, facts, measures)
        if stuck:
            facts = {**told.facts, "waiting": ",".join(sorted(stuck))}
            told = Finding(
                worst((told.verdict, Verdict.DEGRADED)), f"{told.message}, {', '.join(sorted(stuck))}", facts
            )
        return Finding(worst((told.verdict, finding.verdict)), told.message, told.facts)


def _rollout(settings: KubernetesSettings, found: Deployment, facts: Mapping[str, str]) -> Finding:
    """What `kubectl rollout status` asks, and whether enough is available meanwhile."""
    spec, status = found.spec, found.status
    facts = {
        **facts,
        "wanted": str(spec.replicas),
        "available": str(status.available_replicas),
        "ready": str(status.ready_replicas),
        "updated": str(status.updated_replicas),
    }
    said = f"{found.metadata.name}: {status.available_replicas} of {spec.replicas} available"
    if status.available_replicas < settings.least:
        return Finding(Verdict.DOWN, f"{said}, {settings.least} needed", {**facts, "error": "replicas"})
    failed = [each for each in status.conditions if each.type == "Progressing" and each.status == "False"]
    if failed:
        why = f"{said}, its rollout is stuck: {failed[0].reason}"
        return Finding(Verdict.DEGRADED, why, {**facts, "error": "rollout"})
    if spec.paused:
        return Finding(Verdict.DEGRADED, f"{said}, its rollout is paused", {**facts, "error": "paused"})
    if status.observed_generation < found.metadata.generation or status.updated_replicas < spec.replicas:
        why = f"{said}, {status.updated_replicas} of the new kind"
        return Finding(Verdict.DEGRADED, why, {**facts, "error": "rollout"})
    if status.available_replicas < spec.replicas:
        return Finding(Verdict.DEGRADED, said, {**facts, "error": "replicas"})
    return Finding(Verdict.UP, said, facts)


def _certificate(
    settings: KubernetesSettings, found: Certificate, now: datetime, facts: Mapping[str, str]
) -> Finding:
    name = found.metadata.name
    ready = next((each for each in found.status.conditions if each.type == "Ready"), None)
    facts = {**facts, "ready": ready.status if ready is not None else "Unknown"}
    try:
        end = datetime.fromisoformat((found.status.not_after or "").replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        end = None
    if end is None:
        why = f"{name}: {ready.message if ready is not None and ready.message else 'nothing was issued yet'}"
        return Finding(Verdict.DOWN, why, {**facts, "error": "certificate"})
    left = (end - now).total_seconds()
    facts |= {"not_after": end.isoformat(), "days_left": f"{left / _DAY:.1f}"}
    finding = judged(f"{name} holds for {seconds(max(0.0, left))}", facts, [Measure(settings.left, left)])
    if ready is not None and ready.status == "False" and finding.verdict is Verdict.UP:
        why = f"{finding.message}, but is not ready: {ready.message or ready.reason}"
        return Finding(Verdict.DEGRADED, why, {**finding.facts, "error": "certificate"})
    return finding
