"""One pod on this machine: its containers from the first start to the last process's end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tocsin.kit.clock import Clock
from tocsin.sandbox.kubernetes import events, surroundings
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.container import BackOff, Container
from tocsin.sandbox.kubernetes.execution import Surroundings
from tocsin.sandbox.kubernetes.images import Image, ImageTable
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    condition,
    ending,
    listed,
    mapping,
    moment,
    name_of,
    namespace_of,
    number,
    stamp,
    text,
    texts,
    uid_of,
)
from tocsin.sandbox.kubernetes.probes import Probe, question


@dataclass(frozen=True, slots=True)
class Ground:
    """What every pod of a simulator stands on.

    Attributes:
        images: what may run. variables: what every process is born with; entering: over these, what is executed in a
            container. home: below it each pod has a directory.
        back_off: between restarts. grace: seconds at most between SIGTERM and SIGKILL.
        pool, wake: where probes run, and how the loop hears of their answers.
    """

    cluster: Cluster
    clock: Clock
    images: ImageTable
    variables: dict[str, str]
    entering: dict[str, str]
    home: Path
    back_off: BackOff
    grace: float
    pool: ThreadPoolExecutor
    wake: Callable[[], None]


@dataclass(slots=True)
class _Probes:
    ready: Probe | None = None
    live: Probe | None = None
    startup: Probe | None = None

    def all(self) -> list[Probe]:
        return [one for one in (self.ready, self.live, self.startup) if one is not None]


@dataclass(slots=True)
class PodRun:
    """The processes of one pod.

    Attributes:
        ip: its own loopback address. due: when it wants to be looked at again, on the monotonic clock.
    """

    ground: Ground
    pod: Object
    ip: str
    began: datetime
    first: list[Container] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)
    due: float = 0.0
    _probes: dict[str, _Probes] = field(default_factory=dict)
    _killing: dict[str, float] = field(default_factory=dict)
    _asked_to_end: float | None = None

    @classmethod
    def of(cls, ground: Ground, pod: Object, ip: str) -> "PodRun":
        """A pod that was put on this node; nothing runs yet."""

        def made(place: str) -> list[Container]:
            return [Container(text(one, "name"), text(one, "image")) for one in listed(pod, "spec", place)]

        run = cls(ground, pod, ip, ground.clock.now(), made("initContainers"), made("containers"))
        events.note(
            ground.cluster, pod, "Normal", "Scheduled",
            f"Successfully assigned {namespace_of(pod)}/{name_of(pod)} to {text(pod, 'spec', 'nodeName')}", "default-scheduler",
        )  # fmt: skip
        return run

    @property
    def everything(self) -> list[Container]:
        """Its containers, those that run first in front."""
        return [*self.first, *self.containers]

    @property
    def running(self) -> bool:
        """Whether a process of it runs."""
        return any(one.pid is not None for one in self.everything)

    def step(self, pod: Object) -> None:
        """Go on with it: collect what ended, start what is due, look at probes."""
        self.pod = pod
        now, wall = self.ground.clock.monotonic(), self.ground.clock.now()
        self.due = now + 5.0
        for one in self.everything:
            one.read(wall)
            run = one.collect(wall)
            if run is not None:
                self._ended(one, run.status, now)
        if ending(pod):
            self._end(now)
            return
        for spec, one in zip(listed(pod, "spec", "initContainers"), self.first, strict=False):
            if not (one.over and one.last is not None and one.last.status == 0):
                self._keep_running(spec, one, now)
                return
        for spec, one in zip(listed(pod, "spec", "containers"), self.containers, strict=False):
            one.image = text(spec, "image")
            self._keep_running(spec, one, now)
            if one.pid is not None:
                self._look(spec, one, now)

    def kill(self) -> None:
        """End everything of it at once."""
        for one in self.everything:
            one.kill()

    def _policy(self, one: Container) -> str:
        policy = text(self.pod, "spec", "restartPolicy") or "Always"
        return "OnFailure" if policy == "Always" and one in self.first else policy

    def _ended(self, one: Container, status: int, now: float) -> None:
        self._killing.pop(one.name, None)
        self._probes.pop(one.name, None)
        policy = self._policy(one)
        if policy == "Never" or (policy == "OnFailure" and status == 0) or ending(self.pod):
            one.over = True
            return
        pause = self.ground.back_off.after(one.restarts)
        one.resume = now + pause
        if pause:
            place = f"{name_of(self.pod)}_{namespace_of(self.pod)}({uid_of(self.pod)})"
            one.waiting = (
                "CrashLoopBackOff",
                f"back-off {pause:g}s restarting failed container={one.name} pod={place}",
            )
            self._note("Warning", "BackOff", "Back-off restarting failed container")

    def _keep_running(self, spec: Object, one: Container, now: float) -> None:
        if one.pid is not None or one.over:
            return
        if now < one.resume:
            self.due = min(self.due, one.resume)
            return
        image = self.ground.images.find(text(spec, "image"))
        if image is None:
            self._cannot_pull(spec, one, now)
            return
        if texts(spec, "command") and not image.commands:
            why = "this simulator starts only the programs of its image table, so a command is not taken"
            self._waits(one, "CreateContainerError", why, now)
            return
        try:
            variables = self._variables(spec, image)
        except surroundings.Missing as missing:
            self._waits(one, "CreateContainerConfigError", str(missing), now)
            return
        directory = self._directory(spec, image)
        try:
            one.start(self._argv(spec, image, variables), directory, variables, self.ground.clock.now())
        except OSError as wrong:
            self._waits(one, "RunContainerError", f"{wrong.strerror}: {wrong.filename}", now)
            return
        base = self.ground.variables
        own = {name: value for name, value in variables.items() if base.get(name) != value}
        one.lets_in(image.exec, Surroundings({**base, **self.ground.entering, **own}, directory))
        self._note("Normal", "Started", f"Started container {one.name}")
        self._probes[one.name] = self._probes_of(spec, image, now)
        self.due = now

    def _waits(self, one: Container, reason: str, message: str, now: float) -> None:
        one.waiting = (reason, message)
        one.resume = now + 1.0
        self.due = min(self.due, one.resume)
        self._note("Warning", "Failed", f"Error: {message}")

    def _cannot_pull(self, spec: Object, one: Container, now: float) -> None:
        name = text(spec, "image")
        if one.waiting[0] == "ErrImagePull":
            one.waiting = ("ImagePullBackOff", f'Back-off pulling image "{name}"')
        elif one.waiting[0] != "ImagePullBackOff":
            one.waiting = ("ErrImagePull", f'the image table of this simulator has no "{name}"')
        one.resume = now + 1.0
        self.due = min(self.due, one.resume)
        self._note("Warning", "Failed", f'Failed to pull image "{name}": it is not in the image table')

    def _variables(self, spec: Object, image: Image) -> dict[str, str]:
        """Raises Missing."""
        own = surroundings.environment(self.ground.cluster, self.pod, spec, self.ip)
        port = {"PORT": str(image.port)} if image.port is not None else {}
        place = {"HOSTNAME": name_of(self.pod), "HOST": self.ip, "POD_IP": self.ip, **port}
        return {**self.ground.variables, **place, **image.environment, **own}

    def _argv(self, spec: Object, image: Image, variables: dict[str, str]) -> tuple[str, ...]:
        def said(key: str) -> tuple[str, ...]:
            return tuple(surroundings.expanded(one, variables) for one in texts(spec, key))

        marks = {"{ip}": self.ip, "{port}": str(image.port or "")}

        def placed(word: str) -> str:
            for mark, value in marks.items():
                word = word.replace(mark, value)
            return word

        return (*(said("command") or map(placed, image.argv)), *(said("args") or map(placed, image.args)))

    def _directory(self, spec: Object, image: Image) -> Path:
        if image.directory is not None:
            return image.directory
        own = self.ground.home / uid_of(self.pod) / text(spec, "name")
        own.mkdir(parents=True, exist_ok=True)
        return own

    def _probes_of(self, spec: Object, image: Image, now: float) -> _Probes:
        def made(name: str) -> Probe | None:
            probe = mapping(spec, name)
            return Probe.of(probe, question(probe, spec, self.ip), now) if probe else None

        ready = made("readinessProbe")
        if ready is None and image.port is not None:
            ready = Probe.implicit(self.ip, image.port, now)
        return _Probes(ready, made("livenessProbe"), made("startupProbe"))

    def _look(self, spec: Object, one: Container, now: float) -> None:
        """Ask the probes of a running container and act on what they decided."""
        probes = self._probes.get(one.name, _Probes())
        if one.name in self._killing:
            if now >= self._killing[one.name]:
                one.kill()
            self.due = min(self.due, self._killing[one.name])
            return
        startup = probes.startup
        active = [startup] if startup is not None and startup.passed is not True else probes.all()
        for probe in active:
            changed = probe.step(now, self.ground.pool, self.ground.wake)
            if changed and probe.passed is False:
                word = {id(probes.ready): "Readiness", id(probes.live): "Liveness"}.get(id(probe), "Startup")
                self._note("Warning", "Unhealthy", f"{word} probe failed: {probe.said}")
            self.due = min(self.due, probe.due())
        one.ready = (probes.ready is None or probes.ready.passed is True) and (
            startup is None or startup.passed is True
        )
        if any(probe is not None and probe.passed is False for probe in (probes.live, startup)):
            self._note("Normal", "Killing", f"Container {one.name} failed liveness probe, will be restarted")
            one.ask_to_end()
            one.ready = False
            self._killing[one.name] = now + self._grace()
            self.due = min(self.due, self._killing[one.name])

    def _grace(self) -> float:
        wanted = number(self.pod, "metadata", "deletionGracePeriodSeconds", default=-1)
        if wanted < 0:
            wanted = number(self.pod, "spec", "terminationGracePeriodSeconds", default=30)
        return min(float(wanted), self.ground.grace)

    def _end(self, now: float) -> None:
        """SIGTERM, the grace period, SIGKILL."""
        if self._asked_to_end is None:
            self._asked_to_end = now
            for one in self.everything:
                if one.pid is not None:
                    self._note("Normal", "Killing", f"Stopping container {one.name}")
                    one.ask_to_end()
        if now >= self._asked_to_end + self._grace():
            self.kill()
        self.due = min(self.due, max(now + 0.05, self._asked_to_end + self._grace()))

    def _note(self, type_: str, reason: str, message: str) -> None:
        events.note(self.ground.cluster, self.pod, type_, reason, message)

    def status(self) -> Object:
        """What the API says of it now."""
        phase = self._phase()
        started = all(one.over and one.last is not None and one.last.status == 0 for one in self.first)
        ready = phase == "Running" and all(one.ready for one in self.containers)
        unready = [one.name for one in self.containers if not one.ready]
        why = ("ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
        if phase == "Succeeded":
            why = ("PodCompleted", "")
        conditions: list[Json] = [
            self._condition("Initialized", started, ("ContainersNotInitialized", "")),
            self._condition("Ready", ready, why),
            self._condition("ContainersReady", ready, why),
            self._condition("PodScheduled", True, ("", "")),
        ]
        found: Object = {
            "phase": phase,
            "conditions": conditions,
            "hostIP": "127.0.0.1",
            "podIP": self.ip,
            "podIPs": [{"ip": self.ip}],
            "startTime": stamp(self.began),
            "qosClass": text(self.pod, "status", "qosClass") or "BestEffort",
        }
        for key, held in (("initContainerStatuses", self.first), ("containerStatuses", self.containers)):
            if held:
                found[key] = [
                    one.status(one.image if self.ground.images.find(one.image) else "") for one in held
                ]
        return found

    def _phase(self) -> str:
        if any(one.over and one.last is not None and one.last.status != 0 for one in self.first):
            return "Failed"
        if all(one.over for one in self.containers):
            failed = any(one.last is not None and one.last.status != 0 for one in self.containers)
            return "Failed" if failed else "Succeeded"
        begun = all(one.began is not None for one in self.containers)
        return "Running" if begun else "Pending"

    def _condition(self, type_: str, holds: bool, why: tuple[str, str]) -> Object:
        before = condition(self.pod, type_)
        status = "True" if holds else "False"
        same = text(before, "status") == status and moment(before, "lastTransitionTime") is not None
        since = text(before, "lastTransitionTime") if same else stamp(self.ground.clock.now())
        found: Object = {"type": type_, "status": status, "lastProbeTime": None, "lastTransitionTime": since}
        if not holds and why[0]:
            found["reason"] = why[0]
            if why[1]:
                found["message"] = why[1]
        return found
