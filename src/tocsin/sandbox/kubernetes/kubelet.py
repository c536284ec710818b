"""The node: one loop that turns pods into processes and processes into the status of pods."""

import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tocsin.kit.clock import Clock
from tocsin.sandbox.kubernetes import entering, logs
from tocsin.sandbox.kubernetes.answers import ApiError, bad_request
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.container import BackOff, Container
from tocsin.sandbox.kubernetes.images import ImageTable
from tocsin.sandbox.kubernetes.kinds import NODES, PODS
from tocsin.sandbox.kubernetes.objects import (
    Object,
    copy,
    ending,
    json_list,
    listed,
    name_of,
    namespace_of,
    text,
    uid_of,
)
from tocsin.sandbox.kubernetes.podrun import Ground, PodRun
from tocsin.sandbox.kubernetes.requests import Request
from tocsin.sandbox.kubernetes.wire import Takeover

_LONGEST = 0.5  # seconds between two looks; whatever happens wakes the loop at once
_END_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """How pods run.

    Attributes:
        names: of the nodes; they differ in name only. network: how pod addresses begin: "127.1".
        home: a directory for the pods' own. variables: what every process is born with; nothing is inherited.
        entering: over these, what is executed in a container.
        grace: seconds at most between SIGTERM and SIGKILL, whatever a pod says.
        version: what the nodes call themselves. door: port of their own API on 127.0.0.1; 0 for none.
    """

    names: tuple[str, ...]
    network: str
    home: Path
    variables: dict[str, str]
    entering: dict[str, str]
    images: ImageTable
    back_off: BackOff
    grace: float
    version: str = "v1.20.2+tocsin"
    door: int = 0


class Kubelet:
    """Runs the pods of all nodes in a thread of its own.

    Args:
        told: called with the text of what went wrong.
    """

    def __init__(
        self, cluster: Cluster, settings: NodeSettings, clock: Clock, told: Callable[[str], None]
    ) -> None:
        self._cluster = cluster
        self._settings = settings
        self._told = told
        self._clock = clock
        self._runs: dict[str, PodRun] = {}
        self._addresses = _addresses(settings.network)
        self._inside, self._outside = socket.socketpair()
        for end in (self._inside, self._outside):
            end.setblocking(False)
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="probe")
        self._ground = Ground(
            cluster, clock, settings.images, settings.variables, settings.entering, settings.home,
            settings.back_off, settings.grace, self._pool, self.wake,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._run, name="kubelet", daemon=True)
        cluster.storage.tell(self.wake)

    def start(self) -> None:
        """Make the nodes, and begin."""
        for name in self._settings.names:
            self._cluster.create(NODES, self._node(name))
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        with suppress(OSError):
            self._outside.send(b"!")

    def stop(self) -> None:
        """End every process of every pod; when this returns none runs."""
        self._over.set()
        self.wake()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def logs(self, pod: Object, request: Request) -> bytes | Iterator[bytes]:
        """What a container of a pod has printed; a stream if the request follows it. Raises ApiError."""
        wanted, container = self._container(pod, request)
        if container is None or container.began is None:
            reason = container.waiting[0] if container is not None else "ContainerCreating"
            raise bad_request(f'container "{wanted}" in pod "{name_of(pod)}" is waiting to start: {reason}')
        log = container.log
        if request.switched_on("previous"):
            if container.previous is None:
                raise bad_request(
                    f'previous terminated container "{wanted}" in pod "{name_of(pod)}" not found'
                )
            log = container.previous
        if request.switched_on("follow") and not log.finished:
            return logs.follow(log, request.query, self._clock.now(), self._is_over)
        return logs.read(log, request.query, self._clock.now())

    def enter(self, pod: Object, part: str, request: Request) -> Takeover:
        """Into a pod by "exec" or "portforward". Raises ApiError."""
        if not text(pod, "spec", "nodeName"):
            raise bad_request(f"pod {name_of(pod)} does not have a host assigned")
        if part == "exec":
            name, container = self._container(pod, request)
            return entering.execute(container, name, request, self._clock, self._is_over)
        run = self._runs.get(uid_of(pod))
        if run is None or not run.running:
            raise bad_request(f"pod {name_of(pod)} is not running")
        return entering.forward(run.ip, name_of(pod), request, self._is_over)

    def _is_over(self) -> bool:
        return self._cluster.storage.closed

    def _container(self, pod: Object, request: Request) -> tuple[str, Container | None]:
        """The container that a request means, None if it was never started here. Raises ApiError."""
        names = [
            text(one, "name")
            for one in [*listed(pod, "spec", "initContainers"), *listed(pod, "spec", "containers")]
        ]
        wanted = request.query.get("container", "")
        if not wanted:
            if len(listed(pod, "spec", "containers")) > 1:
                own = " ".join(text(one, "name") for one in listed(pod, "spec", "containers"))
                raise bad_request(
                    f"a container name must be specified for pod {name_of(pod)}, choose one of: [{own}]"
                )
            wanted = names[-1]
        if wanted not in names:
            raise bad_request(f"container {wanted} is not valid for pod {name_of(pod)}")
        run = self._runs.get(uid_of(pod))
        if run is None:
            return wanted, None
        return wanted, next((one for one in run.everything if one.name == wanted), None)

    def _run(self) -> None:
        while not self._over.is_set():
            self._look()
            self._wait()
        self._end_all()

    def _look(self) -> None:
        pods = {uid_of(pod): pod for pod in self._cluster.storage.all(PODS) if text(pod, "spec", "nodeName")}
        for uid, pod in pods.items():
            if uid not in self._runs and text(pod, "status", "phase") not in ("Succeeded", "Failed"):
                self._runs[uid] = PodRun.of(self._ground, pod, next(self._addresses))
        for uid, run in list(self._runs.items()):
            try:
                self._step(uid, run, pods.get(uid))
            except ApiError as wrong:
                self._told(f"pod {namespace_of(run.pod)}/{name_of(run.pod)}: {wrong.message}")
        for uid, pod in pods.items():
            if uid not in self._runs and ending(pod):
                self._cluster.forget(PODS, pod)

    def _step(self, uid: str, run: PodRun, pod: Object | None) -> None:
        if pod is None:
            # Deleted by force: the object is gone, the processes follow.
            run.kill()
            run.step(run.pod if ending(run.pod) else _as_ending(run.pod, self._cluster.stamp()))
            if not run.running:
                del self._runs[uid]
            return
        run.step(pod)
        with self._cluster.lock:
            now = self._cluster.storage.get(PODS, namespace_of(pod), name_of(pod))
            if now is None or uid_of(now) != uid:
                return
            if ending(now) and not run.running:
                del self._runs[uid]
                self._cluster.forget(PODS, now)
                return
            run.pod = now
            status = run.status()
            if now.get("status") != status:  # every probe of every pod wakes the loop; mostly nothing is new
                changed = copy(now)
                changed["status"] = status
                self._cluster.update(PODS, changed, part="status")

    def _wait(self) -> None:
        """Until something was printed, a process ended, an object changed, or something is due."""
        now = self._clock.monotonic()
        due = min([run.due for run in self._runs.values()], default=now + _LONGEST)
        handles: list[int] = []
        with selectors.DefaultSelector() as selector:
            selector.register(self._inside, selectors.EVENT_READ)
            for container in self._containers():
                if container.output is not None and container.pid is not None:
                    selector.register(container.output, selectors.EVENT_READ)
                    with suppress(OSError):
                        handle = os.pidfd_open(container.pid)
                        handles.append(handle)
                        selector.register(handle, selectors.EVENT_READ)
            selector.select(max(0.0, min(_LONGEST, due - now)))
        for handle in handles:
            os.close(handle)
        with suppress(OSError):
            while self._inside.recv(4096):
                pass

    def _containers(self) -> Iterator[Container]:
        for run in self._runs.values():
            yield from run.everything

    def _end_all(self) -> None:
        for container in self._containers():
            container.ask_to_end()
        end = self._clock.monotonic() + min(_END_WITHIN, self._settings.grace)
        while any(container.pid is not None for container in self._containers()):
            if self._clock.monotonic() > end:
                for container in self._containers():
                    container.kill()
            for container in self._containers():
                container.collect(self._clock.now())
            time.sleep(0.01)

    def _node(self, name: str) -> Object:
        now = self._cluster.stamp()
        condition: Object = {
            "type": "Ready",
            "status": "True",
            "reason": "KubeletReady",
            "message": "pods are processes of this machine",
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        port = self._settings.door
        door: Object = {"daemonEndpoints": {"kubeletEndpoint": {"Port": port}}} if port else {}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
            "spec": {},
            "status": {
                "conditions": [condition],
                "addresses": json_list([{"type": "InternalIP", "address": "127.0.0.1"}]),
                "nodeInfo": {"kubeletVersion": self._settings.version},
                **door,
            },
        }


def _as_ending(pod: Object, now: str) -> Object:
    changed = copy(pod)
    metadata = changed["metadata"]
    if isinstance(metadata, dict):
        metadata["deletionTimestamp"] = now
    return changed


def _addresses(network: str) -> Iterator[str]:
    """One loopback address after the other; after fifty thousand pods they begin again."""
    while True:
        for high in range(200):
            for low in range(1, 255):
                yield f"{network}.{high}.{low}"
