"""Deployments: a ReplicaSet for each template there ever was, and the pace at which one replaces the others."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import DEPLOYMENTS, PODS, REPLICASETS
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    child,
    condition,
    copy,
    digest,
    ending,
    labels_of,
    mapping,
    moment,
    name_of,
    namespace_of,
    number,
    pairs,
    reference,
    stamp,
    text,
    without,
)

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_MOST = "deployment.kubernetes.io/max-replicas"
_OVER = ("Succeeded", "Failed")
_HISTORY = "deployment.kubernetes.io/revision-history"
# Not copied from the deployment to its sets.
_OWN = (REVISION, _DESIRED, _MOST, _HISTORY, "kubectl.kubernetes.io/last-applied-configuration")


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a rollout may leave the wanted number: `surge` pods more, `unavailable` pods fewer."""

    surge: int
    unavailable: int

    @classmethod
    def of(cls, deployment: Object) -> "Pace":
        """From its strategy; percentages of surge are rounded up, of unavailability down. Never both zero."""
        if text(deployment, "spec", "strategy", "type") == "Recreate":
            return cls(0, number(deployment, "spec", "replicas"))
        wanted = number(deployment, "spec", "replicas")
        rolling = mapping(deployment, "spec", "strategy", "rollingUpdate")
        surge = _share(rolling.get("maxSurge"), wanted, up=True)
        unavailable = min(_share(rolling.get("maxUnavailable"), wanted, up=False), wanted)
        return cls(surge, 1 if surge == unavailable == 0 else unavailable)


def _share(said: Json, of: int, *, up: bool) -> int:
    match said:
        case int():
            return said
        case str() if said.endswith("%") and said[:-1].isdigit():
            share = int(said[:-1]) * of / 100
            return math.ceil(share) if up else math.floor(share)
        case _:
            return 0


def reconcile(cluster: Cluster, deployment: Object) -> None:
    """One step towards what a deployment wants."""
    if ending(deployment):
        return
    sets = sorted(cluster.owned(REPLICASETS, deployment), key=_born)
    new = next((one for one in sets if _template(one) == _template(deployment)), None)
    paused = mapping(deployment, "spec").get("paused") is True
    if not paused:
        new, deployment = _newest(cluster, deployment, sets, new)
        sets = sorted(cluster.owned(REPLICASETS, deployment), key=_born)
    old = [one for one in sets if new is None or name_of(one) != name_of(new)]
    if _asked_to_scale(deployment, sets) or paused:
        _scale(cluster, deployment, new, sets)
    elif new is not None and text(deployment, "spec", "strategy", "type") == "Recreate":
        _recreate(cluster, deployment, new, old)
    elif new is not None:
        _roll(cluster, deployment, new, old)
    sets = sorted(cluster.owned(REPLICASETS, deployment), key=_born)
    _forget_old(cluster, deployment, sets, new)
    _tell(cluster, deployment, sets, name_of(new) if new is not None else "")


def _newest(
    cluster: Cluster, deployment: Object, sets: list[Object], new: Object | None
) -> tuple[Object, Object]:
    """The set of the present template, made or brought to the newest revision; and the deployment with that revision.

    A template that was there before is renumbered, not doubled.
    """
    others = [_revision(one) for one in sets if new is None or name_of(one) != name_of(new)]
    revision = max(others, default=0) + 1
    if new is None:
        new = cluster.create(REPLICASETS, _new_set(deployment, sets, revision))
    else:
        changed = copy(new)
        notes = child(changed, "metadata", "annotations")
        if _revision(new) < revision:
            history = [one for one in text(notes, _HISTORY).split(",") if one]
            notes[_HISTORY] = ",".join([*history, str(_revision(new))])
            notes[REVISION] = str(revision)
        for key, value in pairs(deployment, "metadata", "annotations").items():
            if key not in _OWN:
                notes[key] = value
        new = cluster.update(REPLICASETS, changed)
    if text(deployment, "metadata", "annotations", REVISION) != str(_revision(new)):
        changed = copy(deployment)
        child(changed, "metadata", "annotations")[REVISION] = str(_revision(new))
        deployment = cluster.update(DEPLOYMENTS, changed)
    return new, deployment


def _new_set(deployment: Object, sets: list[Object], revision: int) -> Object:
    template = copy(mapping(deployment, "spec", "template"))
    mark = digest(template)
    names = {name_of(one) for one in sets}
    count = 0
    while f"{name_of(deployment)}-{mark}" in names:
        count += 1
        mark = digest([template, count])
    child(template, "metadata", "labels")[HASH] = mark
    selector = copy(mapping(deployment, "spec", "selector"))
    child(selector, "matchLabels")[HASH] = mark
    notes = {
        key: value for key, value in pairs(deployment, "metadata", "annotations").items() if key not in _OWN
    }
    wanted = number(deployment, "spec", "replicas")
    annotations: Object = {
        **notes,
        REVISION: str(revision),
        _DESIRED: str(wanted),
        _MOST: str(wanted + Pace.of(deployment).surge),
    }
    # With nothing else there the first pods come at once; otherwise the rollout lets them in.
    first = wanted if not any(number(one, "spec", "replicas") for one in sets) else 0
    labels: Object = {**labels_of(template)}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name_of(deployment)}-{mark}",
            "namespace": namespace_of(deployment),
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [reference(deployment)],
        },
        "spec": {
            "replicas": first,
            "minReadySeconds": number(deployment, "spec", "minReadySeconds"),
            "selector": selector,
            "template": template,
        },
    }


def _roll(cluster: Cluster, deployment: Object, new: Object, old: list[Object]) -> None:
    """Let new pods in and old ones go, within the pace."""
    pace, wanted = Pace.of(deployment), number(deployment, "spec", "replicas")
    everyone = [*old, new]
    total = sum(number(one, "spec", "replicas") for one in everyone)
    have = number(new, "spec", "replicas")
    if have > wanted:
        _set(cluster, deployment, new, wanted)
    elif have < wanted and total < wanted + pace.surge:
        _set(cluster, deployment, new, have + min(wanted + pace.surge - total, wanted - have))
        return
    else:
        _set(cluster, deployment, new, have)
    least = wanted - pace.unavailable
    unavailable = have - number(new, "status", "availableReplicas")
    may_go = total - least - unavailable
    if may_go <= 0:
        return
    # Old pods that do not work are nobody's loss: they go first.
    for one in old:
        dead = number(one, "spec", "replicas") - number(one, "status", "availableReplicas")
        gone = min(dead, may_go)
        if gone > 0:
            _set(cluster, deployment, one, number(one, "spec", "replicas") - gone)
            may_go -= gone
    sets = cluster.owned(REPLICASETS, deployment)
    spare = sum(number(one, "status", "availableReplicas") for one in sets) - least
    for one in old:
        now = number(cluster.get(REPLICASETS, namespace_of(one), name_of(one)), "spec", "replicas")
        gone = min(now, spare, may_go)
        if gone > 0:
            _set(cluster, deployment, one, now - gone)
            spare, may_go = spare - gone, may_go - gone


def _recreate(cluster: Cluster, deployment: Object, new: Object, old: list[Object]) -> None:
    """All old pods go, to their last process, before the first new one comes."""
    for one in old:
        _set(cluster, deployment, one, 0)
    left = any(text(pod, "status", "phase") not in _OVER for one in old for pod in cluster.owned(PODS, one))
    if not left and not any(number(one, "spec", "replicas") for one in old):
        _set(cluster, deployment, new, number(deployment, "spec", "replicas"))


def _asked_to_scale(deployment: Object, sets: list[Object]) -> bool:
    """Whether the wanted number has changed since the sets were told."""
    wanted = str(number(deployment, "spec", "replicas"))
    return any(
        number(one, "spec", "replicas") and text(one, "metadata", "annotations", _DESIRED) not in ("", wanted)
        for one in sets
    )


def _scale(cluster: Cluster, deployment: Object, new: Object | None, sets: list[Object]) -> None:
    """Spread a changed number over the sets that have pods, each by its share; the newest takes what is left."""
    wanted = number(deployment, "spec", "replicas")
    active = [one for one in sets if number(one, "spec", "replicas")]
    if len(active) <= 1:
        only = active[0] if active else new
        if only is not None:
            _set(cluster, deployment, only, wanted)
        return
    allowed = wanted + (Pace.of(deployment).surge if wanted else 0)
    total = sum(number(one, "spec", "replicas") for one in active)
    left = allowed
    for index, one in enumerate(active):
        share = round(number(one, "spec", "replicas") * allowed / total) if index < len(active) - 1 else left
        share = max(0, min(share, left))
        left -= share
        _set(cluster, deployment, one, share)


def _set(cluster: Cluster, deployment: Object, one: Object, replicas: int) -> None:
    """Tell a set its number, and what the deployment as a whole wants."""
    wanted = number(deployment, "spec", "replicas")
    changed = copy(cluster.get(REPLICASETS, namespace_of(one), name_of(one)))
    child(changed, "spec")["replicas"] = replicas
    notes = child(changed, "metadata", "annotations")
    notes[_DESIRED] = str(wanted)
    notes[_MOST] = str(wanted + Pace.of(deployment).surge)
    cluster.update(REPLICASETS, changed)


def _forget_old(cluster: Cluster, deployment: Object, sets: list[Object], new: Object | None) -> None:
    """Keep only as many old templates as the deployment wants to remember."""
    limit = number(deployment, "spec", "revisionHistoryLimit", default=10)
    idle = [
        one
        for one in sets
        if (new is None or name_of(one) != name_of(new))
        and not number(one, "spec", "replicas")
        and not number(one, "status", "replicas")
    ]
    idle.sort(key=_revision)
    for one in idle[: max(0, len(idle) - limit)]:
        cluster.delete(REPLICASETS, one)


def _tell(cluster: Cluster, deployment: Object, sets: list[Object], newest: str) -> None:
    """The status of the deployment."""
    now = cluster.clock.now()
    counts = {
        key: sum(number(one, "status", key) for one in sets)
        for key in ("replicas", "readyReplicas", "availableReplicas")
    }
    counts["updatedReplicas"] = sum(
        number(one, "status", "replicas") for one in sets if name_of(one) == newest
    )
    asked = sum(number(one, "spec", "replicas") for one in sets)
    counts["unavailableReplicas"] = max(0, asked - counts["availableReplicas"])
    status: Object = {key: value for key, value in counts.items() if value}
    status["observedGeneration"] = number(deployment, "metadata", "generation")
    wanted = number(deployment, "spec", "replicas")
    enough = counts["availableReplicas"] >= wanted - Pace.of(deployment).unavailable
    available = (
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        if enough
        else ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    )
    conditions: list[Json] = [
        _condition(deployment, "Available", available, now, fresh=False),
        _progress(deployment, counts, newest, now),
    ]
    status["conditions"] = conditions
    changed = copy(deployment)
    changed["status"] = status
    cluster.update(DEPLOYMENTS, changed, part="status")


def _progress(deployment: Object, counts: dict[str, int], newest: str, now: datetime) -> Object:
    """The condition Progressing: complete, under way, paused, or past its deadline."""
    wanted = number(deployment, "spec", "replicas")
    done = counts["updatedReplicas"] == counts["replicas"] == counts["availableReplicas"] == wanted
    before = mapping(deployment, "status")
    moved = any(number(before, key) != value for key, value in counts.items())
    told = condition(deployment, "Progressing")
    if mapping(deployment, "spec").get("paused") is True:
        said = ("Unknown", "DeploymentPaused", "Deployment is paused")
        return _condition(deployment, "Progressing", said, now, fresh=False)
    if done:
        said = ("True", "NewReplicaSetAvailable", f'ReplicaSet "{newest}" has successfully progressed.')
        return _condition(deployment, "Progressing", said, now, fresh=False)
    since = moment(told, "lastUpdateTime") or now
    deadline = timedelta(seconds=number(deployment, "spec", "progressDeadlineSeconds", default=600))
    generation = number(deployment, "metadata", "generation") == number(before, "observedGeneration")
    late = (
        generation
        and not moved
        and now - since > deadline
        and text(told, "reason") != "NewReplicaSetAvailable"
    )
    if late or (text(told, "reason") == "ProgressDeadlineExceeded" and not moved and generation):
        said = ("False", "ProgressDeadlineExceeded", f'ReplicaSet "{newest}" has timed out progressing.')
        return _condition(deployment, "Progressing", said, now, fresh=False)
    said = ("True", "ReplicaSetUpdated", f'ReplicaSet "{newest}" is progressing.')
    return _condition(deployment, "Progressing", said, now, fresh=moved or not generation)


def _condition(
    deployment: Object, type_: str, said: tuple[str, str, str], now: datetime, *, fresh: bool
) -> Object:
    status, reason, message = said
    before = condition(deployment, type_)
    same = text(before, "status") == status
    told = same and text(before, "reason") == reason and not fresh
    return {
        "type": type_,
        "status": status,
        "lastUpdateTime": text(before, "lastUpdateTime") if told else stamp(now),
        "lastTransitionTime": text(before, "lastTransitionTime") if same else stamp(now),
        "reason": reason,
        "message": message,
    }


def _template(one: Object) -> Object:
    """The template of a deployment or of one of its sets, without the mark of the set."""
    template = copy(mapping(one, "spec", "template"))
    metadata = child(template, "metadata")
    metadata["labels"] = without(mapping(metadata, "labels"), HASH)
    metadata.pop("creationTimestamp", None)
    return template


def _revision(one: Object) -> int:
    said = text(one, "metadata", "annotations", REVISION)
    return int(said) if said.isdigit() else 0


def _born(one: Object) -> tuple[str, int]:
    return (text(one, "metadata", "creationTimestamp"), _revision(one))
