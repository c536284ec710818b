"""Every object of the cluster, and the last changes, so that a watch can go on where it stopped."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tocsin.sandbox.kubernetes.answers import gone
from tocsin.sandbox.kubernetes.kinds import Kind
from tocsin.sandbox.kubernetes.objects import Object, copy, name_of, namespace_of

_REMEMBERED = 5000  # changes; whoever watches from further back lists again


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one object.

    Attributes:
        revision: of the whole store, by which changes are ordered.
        group, plural: which kind. before: None if it was added. after: None if it was removed.
        last: what is told of it: `after`, or for a removed one its last state with this revision.
    """

    revision: int
    group: str
    plural: str
    before: Object | None
    after: Object | None
    last: Object

    @property
    def name(self) -> tuple[str, str, str, str]:
        """Which object."""
        return (self.group, self.plural, namespace_of(self.last), name_of(self.last))


class Storage:
    """All objects by kind, namespace and name; safe for threads.

    What is handed out is never changed here and must not be changed by whoever gets it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._objects: dict[tuple[str, str], dict[tuple[str, str], Object]] = {}
        self._changes: deque[Change] = deque(maxlen=_REMEMBERED)
        self._listeners: list[Callable[[], None]] = []
        self._revision = 1
        self._closed = False

    @property
    def revision(self) -> int:
        """Of the last change."""
        return self._revision

    @property
    def closed(self) -> bool:
        """Whether the cluster is being ended; every watch ends then."""
        return self._closed

    def tell(self, listener: Callable[[], None]) -> None:
        """Have this called after every change, under the lock: it must be short and must not write."""
        self._listeners.append(listener)

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """One object, or None."""
        with self.lock:
            return self._objects.get((kind.group, kind.plural), {}).get((namespace, name))

    def all(self, kind: Kind, namespace: str = "") -> list[Object]:
        """The objects of a kind, of one namespace or of all, by namespace and name."""
        with self.lock:
            held = self._objects.get((kind.group, kind.plural), {})
            return [held[key] for key in sorted(held) if not namespace or key[0] == namespace]

    def kinds(self) -> list[tuple[str, str]]:
        """Group and plural of every kind of which there is or was an object."""
        with self.lock:
            return list(self._objects)

    def put(self, kind: Kind, one: Object) -> Object:
        """Keep an object, new or changed; what is kept has the new revision."""
        with self.lock:
            held = self._objects.setdefault((kind.group, kind.plural), {})
            key = (namespace_of(one), name_of(one))
            kept = copy(one)
            before = held.get(key)
            self._note(kind, kept, before, kept)
            held[key] = kept
            return kept

    def remove(self, kind: Kind, namespace: str, name: str) -> None:
        """Forget an object; nothing happens if it is not there."""
        with self.lock:
            before = self._objects.get((kind.group, kind.plural), {}).pop((namespace, name), None)
            if before is not None:
                self._note(kind, copy(before), before, None)

    def _note(self, kind: Kind, told: Object, before: Object | None, after: Object | None) -> None:
        self._revision += 1
        metadata = told["metadata"]
        if isinstance(metadata, dict):
            metadata["resourceVersion"] = str(self._revision)
        self._changes.append(Change(self._revision, kind.group, kind.plural, before, after, told))
        self._changed.notify_all()
        for listener in self._listeners:
            listener()

    def since(self, revision: int, kind: Kind) -> tuple[list[Change], int]:
        """The changes of a kind after a revision, and the revision up to which they reach.

        Raises:
            ApiError: that far back nothing is remembered.
        """
        with self.lock:
            if self._changes and revision + 1 < self._changes[0].revision:
                raise gone(revision)
            name = (kind.group, kind.plural)
            found = []
            for change in reversed(self._changes):
                if change.revision <= revision:
                    break
                if (change.group, change.plural) == name:
                    found.append(change)
            return found[::-1], self._revision

    def wait(self, revision: int, seconds: float) -> None:
        """Wait until something has changed since a revision, the cluster ends, or the time is over."""
        with self.lock:
            self._changed.wait_for(lambda: self._revision > revision or self._closed, timeout=seconds)

    def close(self) -> None:
        """End every watch."""
        with self.lock:
            self._closed = True
            self._changed.notify_all()
