"""kubectl of one context and no other: texts see a kubeconfig that holds nothing else, and pods are entered by exec.

Whatever a text does (pipes, xargs, a script that calls kubectl), it cannot reach another cluster: there is none in its
file. Who the cluster is: the address of its API and the uid of the namespace kube-system, which is made once with it.
"""

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.process import LocalRunner
from tocsin.errors import Temporary
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor

ANSWER_WITHIN = timedelta(seconds=10)
_WHO = (
    "kubectl", "get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}",
    f"--request-timeout={ANSWER_WITHIN.total_seconds():.0f}s",
)  # fmt: skip
_SERVER = ("kubectl", "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")


class KubernetesRunner:
    """A cluster as a place where kubectl commands run, from this machine.

    Args:
        target: the name shown on approvals, "kubernetes:prod". context: its name in the kubeconfig.
        environment: what texts may see; KUBECONFIG or HOME in it says where the kubeconfig is.
        folder: a private one for the kubeconfig of each run.
        pod: "NAMESPACE/NAME" to run texts inside a pod, by `sh`; None runs them beside kubectl.
    """

    def __init__(
        self,
        target: str,
        context: str,
        environment: Mapping[str, str],
        folder: Path,
        redactor: Redactor,
        clock: Clock,
        pod: str | None = None,
    ) -> None:
        self._target = target
        self._context = context
        self._environment = dict(environment)
        self._folder = folder
        self._redactor = redactor
        self._clock = clock
        self._pod = pod
        self._here = LocalRunner(target, environment, redactor, clock)

    @property
    def target(self) -> str:
        """The name given."""
        return self._target

    @property
    def local(self) -> bool:
        """Its directories are ours, unless it is inside a pod."""
        return self._pod is None

    def identity(self) -> str:
        """The address of the API and the uid of kube-system.

        Raises:
            Temporary: the context is not there, or its cluster does not answer.
        """
        try:
            with self._only_this_context() as file:
                server, uid = (self._ask(words, file) for words in (_SERVER, _WHO))
        except (OSError, subprocess.SubprocessError) as problem:
            raise Temporary(
                self._redactor.redact(f"{self._target} does not say who it is: {problem}.")
            ) from problem
        return f"cluster {uid} at {server}"

    def run(self, request: RunRequest) -> RunResult:
        """Run the text with this context only. Never raises for anything the text does."""
        started_at = self._clock.now()
        try:
            with self._only_this_context() as file:
                inside = request if self._pod is None else _into(request, self._pod)
                environment = (*inside.environment, ("KUBECONFIG", str(file)))
                return self._here.run(replace(inside, environment=environment))
        except (OSError, Temporary, subprocess.SubprocessError) as problem:
            told = self._redactor.redact(f"the context {self._context} cannot be used: {problem}")
            return RunResult(None, (), "", "", 0, started_at, timedelta(0), error=told)

    @contextmanager
    def _only_this_context(self) -> Iterator[Path]:
        """A kubeconfig that holds this context and nothing else, for as long as it is needed."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        words = ("kubectl", "config", "view", "--minify", "--flatten", "--raw", f"--context={self._context}")
        text = self._ask(words, None)
        # Made with mode 0600, in a folder that is ours alone.
        with NamedTemporaryFile("w", dir=self._folder, prefix="kube-", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            yield Path(file.name)

    def _ask(self, words: tuple[str, ...], kubeconfig: Path | None) -> str:
        program = shutil.which("kubectl", path=self._environment.get("PATH"))
        if program is None:
            raise Temporary("kubectl is not installed here, or not in PATH.")
        environment = dict(self._environment)
        if kubeconfig is not None:
            environment["KUBECONFIG"] = str(kubeconfig)
        ran = subprocess.run(
            (program, *words[1:]), env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=2 * ANSWER_WITHIN.total_seconds(), text=True, errors="replace",
        )  # fmt: skip
        if ran.returncode != 0 or not ran.stdout.strip():
            told = " ".join(ran.stderr.split()) or f"status {ran.returncode}"
            raise Temporary(f"kubectl: {self._redactor.redact(told)}")
        return ran.stdout


def _into(request: RunRequest, pod: str) -> RunRequest:
    """The same text inside a pod, by its `sh`; directory and variables go with it."""
    namespace, _, name = pod.partition("/")
    lines = [f"export {name}={shlex.quote(value)}" for name, value in request.environment]
    if request.cwd is not None:
        lines.append(f"cd -- {shlex.quote(request.cwd)} || exit 1")
    script = "\n".join([*lines, request.text])
    words = ("kubectl", "exec", "-n", namespace, name, "--", "sh", "-c", script)
    return replace(request, text=shlex.join(words), cwd=None, environment=())
