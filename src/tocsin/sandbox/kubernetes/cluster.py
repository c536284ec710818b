"""The cluster: its objects, and the rules by which every writer, person or controller, changes them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.kit.clock import Clock
from tocsin.sandbox.kubernetes import defaults, validation
from tocsin.sandbox.kubernetes.answers import (
    Cause,
    already_exists,
    bad_request,
    conflict,
    forbidden,
    invalid,
    not_found,
)
from tocsin.sandbox.kubernetes.kinds import (
    BUILT_IN,
    DEFINITIONS,
    NAMESPACES,
    PODS,
    SERVICES,
    Kind,
    custom_kinds,
)
from tocsin.sandbox.kubernetes.objects import (
    Object,
    at,
    child,
    copy,
    ending,
    listed,
    mapping,
    name_of,
    namespace_of,
    new_uid,
    number,
    stamp,
    suffix,
    text,
    texts,
    uid_of,
    without,
)
from tocsin.sandbox.kubernetes.storage import Storage

_DELETES_BELOW = "foregroundDeletion"
_NAME_ROOM = 58  # of 63 letters of a generated name; five are chance


@dataclass(frozen=True, slots=True)
class Deletion:
    """How something is to be deleted.

    Attributes:
        propagation: "Background", "Foreground" or "Orphan": what becomes of what it owns.
        grace: seconds that a pod's processes get; None: as the pod says.
        uid: delete only this very object.
    """

    propagation: str = "Background"
    grace: int | None = None
    uid: str = ""


class Cluster:
    """All objects, with the rules of the API server.

    Attributes:
        storage: where they are. clock: for their times.
        services: how addresses of services begin; the rest is counted.
    """

    def __init__(self, clock: Clock, services: str = "127.1") -> None:
        self.clock = clock
        self.storage = Storage()
        self.services = services
        self.lock: threading.RLock = self.storage.lock
        self._kinds: tuple[Kind, ...] | None = None

    def kinds(self) -> Sequence[Kind]:
        """Every kind there is now, the custom ones among them."""
        if self._kinds is None:
            self._kinds = (*BUILT_IN, *custom_kinds(self.storage.all(DEFINITIONS)))
        return self._kinds

    def kind(self, group: str, version: str, plural: str) -> Kind | None:
        """The kind under a path, or None."""
        wanted = (group, version, plural)
        return next((one for one in self.kinds() if (one.group, one.version, one.plural) == wanted), None)

    def stored_kind(self, group: str, plural: str) -> Kind | None:
        """A kind whatever its version."""
        return next((one for one in self.kinds() if (one.group, one.plural) == (group, plural)), None)

    def kind_of(self, one: Object) -> Kind | None:
        """The kind that an object says it is."""
        wanted = (text(one, "apiVersion"), text(one, "kind"))
        return next((kind for kind in self.kinds() if (kind.api_version, kind.kind) == wanted), None)

    def stamp(self) -> str:
        """Now, as objects say it."""
        return stamp(self.clock.now())

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """One object. Raises ApiError if it is not there."""
        found = self.storage.get(kind, namespace, name)
        if found is None:
            raise not_found(kind, name)
        return found

    def create(self, kind: Kind, one: Object, *, dry: bool = False) -> Object:
        """Keep a new object, with everything the server adds to it. Raises ApiError.

        Args:
            dry: judge it and say what it would be, but keep nothing.
        """
        with self.lock:
            one = copy(one)
            metadata = child(one, "metadata")
            namespace, start = namespace_of(one), text(one, "metadata", "generateName")
            if not name_of(one) and start:
                metadata["name"] = start[:_NAME_ROOM] + suffix()
            if kind.namespaced:
                home = self.get(NAMESPACES, "", namespace)
                if ending(home):
                    why = f"unable to create new content in namespace {namespace} because it is being terminated"
                    raise forbidden(kind, name_of(one), why)
            for key in ("deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink"):
                metadata.pop(key, None)
            metadata["uid"] = new_uid()
            metadata["creationTimestamp"] = self.stamp()
            if _has_generation(one):
                metadata["generation"] = 1
            defaults.fill(one)
            if kind.kind == "Job":
                defaults.own_job(one)
            if kind is SERVICES:
                self._give_address(one)
            self._judge(kind, one, None)
            if self.storage.get(kind, namespace, name_of(one)) is not None:
                raise already_exists(kind, name_of(one))
            return one if dry else self._put(kind, one)

    def update(self, kind: Kind, one: Object, *, part: str = "", dry: bool = False) -> Object:
        """Keep a changed object; a change that changes nothing keeps the old one, revision and all.

        Args:
            one: as it is to be. A resourceVersion in it must be the present one.
            part: "status" to take only the status of it, "" to take everything else.

        Raises:
            ApiError: it is gone, was changed meanwhile, or would be wrong.
        """
        with self.lock:
            before = self.get(kind, namespace_of(one), name_of(one))
            said, known = (
                text(one, "metadata", "resourceVersion"),
                text(before, "metadata", "resourceVersion"),
            )
            if (said and said != known) or uid_of(one) not in ("", uid_of(before)):
                raise conflict(kind, name_of(one))
            after = self._combined(kind, copy(one), before, part)
            if part != "status":
                defaults.fill(after)
                self._judge(kind, after, before)
                if _wanted(after) != _wanted(before) and _has_generation(before):
                    child(after, "metadata")["generation"] = number(before, "metadata", "generation") + 1
            if _same(after, before):
                return before
            if dry:
                return after
            kept = self._put(kind, after)
            self._finish(kind, kept)
            return kept

    def _combined(self, kind: Kind, after: Object, before: Object, part: str) -> Object:
        """The new object with what writers may not change taken from the old one."""
        if part == "status":
            kept = copy(before)
            if "status" in after:
                kept["status"] = after["status"]
            return kept
        metadata = child(after, "metadata")
        old = mapping(before, "metadata")
        for key in (
            "uid", "creationTimestamp", "resourceVersion", "generation", "deletionTimestamp",
            "deletionGracePeriodSeconds", "generateName",
        ):  # fmt: skip
            metadata.pop(key, None)
            if key in old:
                metadata[key] = old[key]
        after["apiVersion"], after["kind"] = before["apiVersion"], before["kind"]
        if not kind.custom or "status" in kind.subresources:
            after.pop("status", None)
            if "status" in before:
                after["status"] = before["status"]
        if kind is SERVICES:
            for key in ("clusterIP", "clusterIPs"):
                if key in mapping(before, "spec"):
                    child(after, "spec").setdefault(key, mapping(before, "spec")[key])
        return after

    def delete(self, kind: Kind, one: Object, how: Deletion | None = None, *, dry: bool = False) -> Object:
        """Delete an object, or begin to: pods, namespaces and what has finalizers take their time.

        Returns:
            The object as it is after the request.
        """
        how = how or Deletion()
        with self.lock:
            one = self.get(kind, namespace_of(one), name_of(one))
            if how.uid and how.uid != uid_of(one):
                why = f"the UID in the precondition ({how.uid}) does not match the UID in record ({uid_of(one)})"
                raise conflict(kind, name_of(one), why)
            if dry:
                return one
            if how.propagation == "Orphan":
                self._let_go(one)
            changed = copy(one)
            metadata = child(changed, "metadata")
            finalizers = [name for name in texts(metadata, "finalizers") if name != _DELETES_BELOW]
            if how.propagation == "Foreground" and kind is not PODS:
                finalizers.append(_DELETES_BELOW)
            metadata["finalizers"] = list(finalizers)
            if not finalizers:
                del metadata["finalizers"]
            waits = bool(finalizers) or kind is NAMESPACES or (kind is PODS and self._has_processes(one, how))
            if not waits:
                self.storage.remove(kind, namespace_of(one), name_of(one))
                self._forget_kinds(kind)
                return one
            first = not ending(one)
            metadata["deletionTimestamp"] = text(one, "metadata", "deletionTimestamp") or self.stamp()
            if kind is NAMESPACES:
                child(changed, "status")["phase"] = "Terminating"
            if kind is PODS:
                grace = number(one, "spec", "terminationGracePeriodSeconds", default=30)
                metadata["deletionGracePeriodSeconds"] = grace if how.grace is None else how.grace
            if first and _has_generation(one):
                metadata["generation"] = number(one, "metadata", "generation") + 1
            return one if _same(changed, one) else self._put(kind, changed)

    def bind(self, pod: Object, node: str) -> None:
        """Put a pod on a node. Raises ApiError."""
        changed = copy(pod)
        child(changed, "spec")["nodeName"] = node
        self.update(PODS, changed)

    def forget(self, kind: Kind, one: Object) -> None:
        """Remove an object for good: its processes have ended, its contents are gone."""
        self.storage.remove(kind, namespace_of(one), name_of(one))

    def owned(self, kind: Kind, owner: Object) -> list[Object]:
        """The objects of a kind that this one manages."""
        uid = uid_of(owner)
        return [
            one
            for one in self.storage.all(kind, namespace_of(owner))
            if any(
                text(each, "uid") == uid and each.get("controller") is True
                for each in listed(one, "metadata", "ownerReferences")
            )
        ]

    def _has_processes(self, pod: Object, how: Deletion) -> bool:
        """Whether the pod waits for the end of something: not if it was never placed, nor if it goes by force."""
        return text(pod, "spec", "nodeName") != "" and how.grace != 0

    def _let_go(self, owner: Object) -> None:
        """What it owns belongs to nobody from now on."""
        for group, plural in self.storage.kinds():
            kind = self.stored_kind(group, plural)
            if kind is None:
                continue
            for one in self.storage.all(kind, namespace_of(owner)):
                references = listed(one, "metadata", "ownerReferences")
                left = [each for each in references if text(each, "uid") != uid_of(owner)]
                if len(left) != len(references):
                    changed = copy(one)
                    child(changed, "metadata")["ownerReferences"] = list(left)
                    self._put(kind, changed)

    def _finish(self, kind: Kind, one: Object) -> None:
        """An object that only waited for its finalizers goes once they are gone."""
        if ending(one) and not texts(one, "metadata", "finalizers") and kind not in (PODS, NAMESPACES):
            self.storage.remove(kind, namespace_of(one), name_of(one))
            self._forget_kinds(kind)

    def _judge(self, kind: Kind, one: Object, before: Object | None) -> None:
        found = validation.faults(one, before)
        if found:
            raise invalid(kind, name_of(one), found)

    def _put(self, kind: Kind, one: Object) -> Object:
        kept = self.storage.put(kind, one)
        self._forget_kinds(kind)
        return kept

    def _forget_kinds(self, kind: Kind) -> None:
        if kind is DEFINITIONS:
            self._kinds = None

    def _give_address(self, service: Object) -> None:
        """An address of its own for a service that wants one."""
        spec = child(service, "spec")
        taken = {text(one, "spec", "clusterIP") for one in self.storage.all(SERVICES)}
        asked = text(spec, "clusterIP")
        if text(spec, "type") == "ExternalName" or asked == "None":
            return
        if asked and asked in taken:
            why = f'Invalid value: "{asked}": provided IP is already allocated'
            raise invalid(SERVICES, name_of(service), [Cause("spec.clusterIP", "FieldValueInvalid", why)])
        if asked and not asked.startswith(f"{self.services}."):
            why = f'Invalid value: "{asked}": provided IP is not in the valid range: {self.services}.200.0/18'
            raise invalid(SERVICES, name_of(service), [Cause("spec.clusterIP", "FieldValueInvalid", why)])
        free = (f"{self.services}.{high}.{low}" for high in range(200, 250) for low in range(1, 255))
        address = asked or next((one for one in free if one not in taken), "")
        if not address:
            raise bad_request("every address for services is taken")
        spec["clusterIP"] = address
        spec["clusterIPs"] = [address]


def _has_generation(one: Object) -> bool:
    return "spec" in one


def _wanted(one: Object) -> Object:
    """What people want of an object: everything but its metadata and its state."""
    return without(one, "metadata", "status")


def _same(one: Object, other: Object) -> bool:
    """Whether nothing differs but when who wrote which field."""

    def plain(each: Object) -> Object:
        metadata = without(mapping(each, "metadata"), "resourceVersion", "managedFields")
        return {**each, "metadata": metadata}

    return plain(one) == plain(other) and at(one, "metadata", "managedFields") == at(
        other, "metadata", "managedFields"
    )
