"""A foreign cluster as our node sees it: its objects mirrored here, every change of ours made over there.

The simulator's node, proxies and ingress work on a `Cluster`; this is one whose objects belong to a real API. What is
kept here comes from watches, from answers to our own writes and from lists, in whatever order these arrive: of each
object the newest state counts, and one that was seen to go never comes back.
"""

import queue
import threading
from collections.abc import Callable, Iterable

from tocsin.kit.clock import Clock
from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import EVENTS, PODS, Kind
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    listed,
    mapping,
    name_of,
    namespace_of,
    number,
    text,
    uid_of,
)
from tocsin.sandbox.kubernetes.plane.addresses import inward, outward
from tocsin.sandbox.kubernetes.plane.link import MERGE, Link, collection

_GONE, _OTHER = 404, 409
Note = tuple[str, str, Object]
"""Method, path and body of something to be told without waiting."""


class Mirror(Cluster):
    """What our node knows of a cluster.

    Args:
        network: how addresses of pods begin on this machine: "127.1".
        told: called with the text of what went wrong.
    """

    def __init__(self, link: Link, clock: Clock, network: str, told: Callable[[str], None]) -> None:
        super().__init__(clock, network)
        self.link = link
        self._told = told
        # resourceVersion of each object that is here, by uid. They are numbers that grow, as etcd counts them.
        self._known: dict[str, int] = {}
        self._went: set[str] = set()
        self._notes: queue.SimpleQueue[Note | None] = queue.SimpleQueue()
        self._teller = threading.Thread(target=self._tell, name="events", daemon=True)

    def start(self) -> None:
        """Begin to tell events."""
        self._teller.start()

    def stop(self) -> None:
        """Tell no more."""
        self._notes.put(None)
        self._teller.join()

    # What arrives.

    def absorb(self, kind: Kind, one: Object) -> None:
        """A state of an object, from wherever; an older one than we have changes nothing."""
        uid, revision = uid_of(one), _revision(one)
        with self.lock:
            if uid in self._went or revision <= self._known.get(uid, -1):
                return
            before = self.storage.get(kind, namespace_of(one), name_of(one))
            if before is not None and uid_of(before) != uid:
                # Another object of the same name: the one we had must have gone, unless this is the older one.
                if self._known.get(uid_of(before), -1) > revision:
                    return
                self._lose(uid_of(before))
            self._known[uid] = revision
            self.storage.put(
                kind, inward(kind, {"apiVersion": kind.api_version, "kind": kind.kind, **one}, self.services)
            )

    def release(self, kind: Kind, one: Object) -> None:
        """An object has gone."""
        with self.lock:
            self._lose(uid_of(one))
            here = self.storage.get(kind, namespace_of(one), name_of(one))
            if here is not None and uid_of(here) == uid_of(one):
                self.storage.remove(kind, namespace_of(one), name_of(one))

    def relist(self, kind: Kind) -> str:
        """Ask for all objects of a kind, and be at least as new as the answer; its revision. Raises ApiError."""
        answer = self.link.ask("GET", collection(kind))
        revision = _revision(answer)
        there = listed(answer, "items")
        uids = {uid_of(one) for one in there}
        with self.lock:
            for here in self.storage.all(kind):
                if uid_of(here) not in uids and self._known.get(uid_of(here), -1) <= revision:
                    self.release(kind, here)
            for one in there:
                self.absorb(kind, one)
        return str(revision)

    def catch_up(self, kinds: Iterable[Kind]) -> int:
        """Be at least as new as the API is now; our own count of changes after that. Raises ApiError."""
        for kind in kinds:
            self.relist(kind)
        return self.storage.revision

    def _lose(self, uid: str) -> None:
        self._went.add(uid)
        self._known.pop(uid, None)

    # What is done.

    def create(self, kind: Kind, one: Object, *, dry: bool = False) -> Object:
        """Make an object over there. Events are told later and may get lost. Raises ApiError."""
        if kind is EVENTS:
            self._notes.put(("POST", collection(EVENTS, namespace_of(one)), one))
            return self.storage.put(kind, one)
        made = self.link.ask("POST", collection(kind, namespace_of(one)), one)
        self.absorb(kind, made)
        return made

    def update(self, kind: Kind, one: Object, *, part: str = "", dry: bool = False) -> Object:
        """Change the status of an object, or count an event again: nothing else is a node's to change. Raises ApiError."""
        path = f"{collection(kind, namespace_of(one))}/{name_of(one)}"
        if kind is EVENTS:
            again: Object = {"count": number(one, "count"), "lastTimestamp": one.get("lastTimestamp")}
            self._notes.put(("PATCH", path, again))
            return self.storage.put(kind, one)
        assert part == "status", f"a node does not change {kind.plural}"
        status = mapping(one, "status")
        said = outward(status, self.services) if kind is PODS else status
        # Of this very object: one of the same name may have come in its place.
        patch: Object = {"metadata": {"uid": uid_of(one)}, "status": said}
        changed = self.link.ask("PATCH", f"{path}/status", patch, MERGE)
        self.absorb(kind, changed)
        return self.storage.get(kind, namespace_of(one), name_of(one)) or changed

    def bind(self, pod: Object, node: str) -> None:
        """Put a pod on a node; nothing happens if somebody else did, or if it has gone. Raises ApiError."""
        target: Object = {"apiVersion": "v1", "kind": "Node", "name": node}
        binding: Object = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {
                "name": name_of(pod),
                "namespace": namespace_of(pod),
                "uid": uid_of(pod),
            },
            "target": target,
        }
        path = f"{collection(PODS, namespace_of(pod))}/{name_of(pod)}"
        try:
            self.link.ask("POST", f"{path}/binding", binding)
        except ApiError as wrong:
            if wrong.code not in (_GONE, _OTHER):
                raise
            return
        self.absorb(PODS, self.link.ask("GET", path))

    def forget(self, kind: Kind, one: Object) -> None:
        """Say that nothing of an object is left here, so that it goes over there too; later again if nobody answers."""
        if kind is EVENTS:
            self.storage.remove(kind, namespace_of(one), name_of(one))
            return
        options: Object = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "gracePeriodSeconds": 0,
            "preconditions": {"uid": uid_of(one)},
        }
        try:
            self.link.ask("DELETE", f"{collection(kind, namespace_of(one))}/{name_of(one)}", options)
        except ApiError as wrong:
            if wrong.code not in (_GONE, _OTHER):
                self._told(f"{kind.plural} {namespace_of(one)}/{name_of(one)}: {wrong.message}")
                return
        self.release(kind, one)

    def _tell(self) -> None:
        while (note := self._notes.get()) is not None:
            method, path, body = note
            try:
                self.link.ask(method, path, body, MERGE if method == "PATCH" else "application/json")
            except ApiError:
                continue  # it has expired, or its namespace is going: nobody will read it


def _revision(one: Json) -> int:
    said = text(one, "metadata", "resourceVersion")
    return int(said) if said.isdigit() else 0
