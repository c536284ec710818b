"""`kubectl exec`, `cp` and `port-forward`: what runs in a pod runs with its environment, and ends with it."""

import base64
import http.client
import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.conftest import Deadline
from tests.sandbox.kubernetes.conftest import Running

from tocsin.sandbox import processes
from tocsin.sandbox.kubernetes.daemon import SERVER_NAME
from tocsin.sandbox.kubernetes.objects import Object
from tocsin.sandbox.kubernetes.replicasets import is_ready
from tocsin.sandbox.kubernetes.websocket import accept

SOON = timedelta(seconds=120)
PODS = "/api/v1/namespaces/default/pods"


def pod(running: Running, deadline: Deadline, name: str, image: str, **container: object) -> None:
    """A ready pod of this image."""
    one: Object = {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "main", "image": image, **container}]},  # type: ignore[dict-item]
    }
    running.simulator.client.create(PODS, one)
    deadline(
        lambda: is_ready(running.simulator.client.get(f"{PODS}/{name}")), what=f"{name} is ready", within=SOON
    )


def running_with(variable: str) -> list[int]:
    """The processes that were born with this variable."""
    found = []
    for one in processes.everything():
        try:
            environment = Path(f"/proc/{one.identity.pid}/environ").read_bytes()
        except OSError:
            continue
        if variable.encode() in environment.split(b"\0"):
            found.append(one.identity.pid)
    return found


def test_a_program_in_a_pod_has_its_environment_its_directory_and_both_outputs(
    running: Running, deadline: Deadline
) -> None:
    pod(running, deadline, "worker", "test/inside:1", env=[{"name": "QUEUE", "value": "payouts"}])
    done = running.kubectl(
        "exec", "worker", "--", "sh", "-c", "echo $ROLE $QUEUE $HOSTNAME; pwd; echo careful >&2"
    )
    assert done.returncode == 0, done.stderr
    said, where = done.stdout.splitlines()
    assert said == "inside payouts worker"
    assert where.endswith("/main")
    assert Path(where).is_relative_to(running.scratch.path)
    assert done.stderr == "careful\n"


def test_its_exit_status_is_that_of_kubectl(running: Running, deadline: Deadline) -> None:
    pod(running, deadline, "status", "test/inside:1")
    done = running.kubectl("exec", "status", "--", "sh", "-c", "exit 7")
    assert (done.returncode, done.stderr) == (7, "command terminated with exit code 7\n")
    killed = running.kubectl("exec", "status", "--", "sh", "-c", "kill -KILL $$")
    assert (killed.returncode, killed.stderr) == (137, "command terminated with exit code 137\n")


def test_a_program_that_is_not_there_is_refused_in_the_words_of_a_container_runtime(
    running: Running, deadline: Deadline
) -> None:
    pod(running, deadline, "bare", "test/inside:1")
    for program, why in (
        ("nowhere", 'exec: "nowhere": executable file not found in $PATH: unknown'),
        ("/no/where", 'exec: "/no/where": stat /no/where: no such file or directory: unknown'),
    ):
        for switches in ((), ("-i", "-t")):
            done = running.kubectl("exec", *switches, "bare", "--", program)
            assert done.returncode == 1
            assert "OCI runtime exec failed" in done.stderr, done.stderr
            assert why in done.stderr


def test_input_goes_in_and_comes_out_unchanged_however_long(running: Running, deadline: Deadline) -> None:
    pod(running, deadline, "echo", "test/inside:1")
    sent = os.urandom(3_000_000)
    done = subprocess.run(
        (running.kubectl_program, "exec", "-i", "echo", "--", "cat"),
        env=running.environment, input=sent, capture_output=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.stdout == sent, done.stderr


def test_files_are_copied_both_ways(running: Running, deadline: Deadline, tmp_path: Path) -> None:
    pod(running, deadline, "files", "test/inside:1")
    (tmp_path / "there").write_bytes(os.urandom(200_000))
    there = running.kubectl("cp", str(tmp_path / "there"), "files:dump")
    assert there.returncode == 0, there.stderr
    back = running.kubectl("cp", "files:dump", str(tmp_path / "back"))
    assert back.returncode == 0, back.stderr
    assert (tmp_path / "back").read_bytes() == (tmp_path / "there").read_bytes()


def test_a_deployment_is_entered_by_one_of_its_pods(running: Running, deadline: Deadline) -> None:
    labels: Object = {"app": "api"}
    template: Object = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "api", "image": "test/inside:1"}]},
    }
    running.simulator.client.create(
        "/apis/apps/v1/namespaces/default/deployments",
        {
            "metadata": {"name": "api"},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        },
    )
    rolled = running.kubectl("rollout", "status", "deploy/api", "--timeout=500s")
    assert rolled.returncode == 0, rolled.stderr
    done = running.kubectl("exec", "deploy/api", "--", "printenv", "ROLE")
    assert done.stdout == "inside\n", done.stderr


def test_only_what_the_image_table_names_is_executed(running: Running, deadline: Deadline) -> None:
    pod(running, deadline, "some", "test/some:1")
    assert running.kubectl("exec", "some", "--", "echo", "yes").stdout == "yes\n"
    refused = running.kubectl("exec", "some", "--", "sh", "-c", "echo no")
    assert refused.returncode == 1
    assert 'the image table lets nobody execute "sh" in test/some:1' in refused.stderr
    assert refused.stdout == ""


def test_a_container_that_does_not_run_cannot_be_entered(running: Running, deadline: Deadline) -> None:
    running.simulator.client.create(
        PODS,
        {"metadata": {"name": "unpulled"}, "spec": {"containers": [{"name": "main", "image": "no/where:1"}]}},
    )
    deadline(
        lambda: running.simulator.client.get(f"{PODS}/unpulled").get("status"),
        what="it is tried",
        within=SOON,
    )
    refused = running.kubectl("exec", "unpulled", "--", "true")
    assert refused.returncode == 1
    assert 'container not found ("main")' in refused.stderr


def test_what_is_executed_ends_with_its_pod(running: Running, deadline: Deadline) -> None:
    pod(running, deadline, "short", "test/inside:1", env=[{"name": "MARK", "value": "ends-with-its-pod"}])
    words = (running.kubectl_program, "exec", "short", "--", "sh", "-c", "echo here; sleep 100001 & wait")
    with subprocess.Popen(
        words, env=running.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"here\n"
        deadline(
            lambda: len(running_with("MARK=ends-with-its-pod")) == 3,
            what="pod, shell and its child run",
            within=SOON,
        )
        running.kubectl("delete", "pod", "short")
        assert client.wait(600) == 137
    deadline(lambda: not running_with("MARK=ends-with-its-pod"), what="nothing of it runs", within=SOON)


def test_what_is_executed_ends_with_its_client(running: Running, deadline: Deadline) -> None:
    pod(running, deadline, "left", "test/inside:1", env=[{"name": "MARK", "value": "ends-with-its-client"}])
    words = (running.kubectl_program, "exec", "left", "--", "sh", "-c", "echo here; exec sleep 100002")
    with subprocess.Popen(words, env=running.environment, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"here\n"
        client.kill()
    deadline(
        lambda: len(running_with("MARK=ends-with-its-client")) == 1, what="only the pod runs", within=SOON
    )


def test_a_terminal_is_one_and_has_the_size_of_the_client(running: Running, deadline: Deadline) -> None:
    pod(running, deadline, "screen", "test/inside:1")
    with talk(
        running,
        "screen",
        "sh",
        "-c",
        "test -t 0 && test -t 1 && echo a terminal; read x; stty size",
        tty=True,
    ) as one:
        one.say(4, json.dumps({"Width": 91, "Height": 17}).encode())
        assert one.hear_until(1, b"a terminal\r\n")
        one.say(0, b"go\n")
        assert b"17 91\r\n" in one.rest(1)
        assert one.status() == {"metadata": {}, "status": "Success"}


def test_newer_clients_are_talked_to_by_websocket_and_can_end_the_input(
    running: Running, deadline: Deadline
) -> None:
    pod(running, deadline, "newer", "test/inside:1")
    for protocol in ("v5.channel.k8s.io", "v4.channel.k8s.io"):
        with talk(
            running, "newer", "sh", "-c", "read x; echo got $x; echo bad >&2; exit 4", protocol=protocol
        ) as one:
            one.say(0, b"this\n")
            assert one.rest(1) == b"got this\n"
            assert one.heard[2] == b"bad\n"
            assert one.status()["reason"] == "NonZeroExitCode"
    with talk(running, "newer", "cat", protocol="v5.channel.k8s.io") as one:
        one.say(0, b"all there is")
        one.say(255, b"\x00")
        assert one.rest(1) == b"all there is"


def test_a_port_of_a_pod_is_forwarded_for_as_long_as_kubectl_runs(
    running: Running, deadline: Deadline
) -> None:
    pod(running, deadline, "served", "test/shop:1")
    words = (running.kubectl_program, "port-forward", "pod/served", ":8080", "--address=127.0.0.1")
    with subprocess.Popen(
        words, env=running.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        port = int(client.stdout.readline().split("127.0.0.1:")[1].split()[0])
        for _ in range(3):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
            connection.request("GET", "/health")
            assert json.loads(connection.getresponse().read())["pod"] == "served"
            connection.close()
        client.kill()


def test_a_port_on_which_nobody_listens_is_said_to_be_refused(running: Running, deadline: Deadline) -> None:
    pod(running, deadline, "closed", "test/shop:1")
    words = (running.kubectl_program, "port-forward", "pod/closed", ":9", "--address=127.0.0.1")
    with subprocess.Popen(
        words, env=running.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        assert client.stderr is not None
        port = int(client.stdout.readline().split("127.0.0.1:")[1].split()[0])
        with socket.create_connection(("127.0.0.1", port), timeout=600) as one:
            assert one.recv(10) == b""
        assert "connect: connection refused" in client.stderr.readline()
        client.kill()


def test_what_cannot_be_done_is_said(running: Running, deadline: Deadline) -> None:
    pod(running, deadline, "plain", "test/inside:1")
    client = running.simulator.client
    attached = client.ask("POST", f"{PODS}/plain/attach?stdout=true")
    assert (attached.code, attached.body["reason"]) == (501, "NotImplemented")
    for query, why in (
        ("stdout=true", "you must specify at least 1 command"),
        ("command=ls", "at least 1 of stdin, stdout, stderr"),
        ("command=ls&stdout=true", "Upgrade request required"),
    ):
        answered = client.ask("POST", f"{PODS}/plain/exec?{query}")
        assert answered.code == 400
        assert why in str(answered.body["message"])


@pytest.mark.parametrize("what", ["junk", "a frame without end"])
def test_a_client_that_talks_nonsense_loses_its_connection_and_nothing_else(
    running: Running, deadline: Deadline, what: str
) -> None:
    name = f"calm-{len(what)}"
    pod(running, deadline, name, "test/inside:1")
    with talk(running, name, "sleep", "100003") as one:
        one.secure.sendall(b"\x00" * 40 if what == "junk" else b"\x82\xff" + b"\xff" * 8)
        assert one.secure.recv(100) == b""
    assert running.kubectl("exec", name, "--", "echo", "still here").stdout == "still here\n"


class Talk:
    """A client of exec by WebSocket, as kubectl 1.30 is one.

    Attributes:
        heard: what was said on each channel so far.
    """

    def __init__(self, secure: ssl.SSLSocket) -> None:
        self.secure = secure
        self.heard: dict[int, bytes] = {}
        self._unread = b""
        self._over = False

    def say(self, channel: int, data: bytes) -> None:
        body = bytes([channel]) + data
        assert len(body) < 126
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(body))
        self.secure.sendall(bytes([0x82, 0x80 | len(body)]) + mask + masked)

    def hear_until(self, channel: int, words: bytes) -> bool:
        while words not in self.heard.get(channel, b"") and not self._over:
            self._hear()
        return words in self.heard.get(channel, b"")

    def rest(self, channel: int) -> bytes:
        while not self._over:
            self._hear()
        return self.heard.get(channel, b"")

    def status(self) -> Object:
        found: Object = json.loads(self.rest(3))
        return found

    def _hear(self) -> None:
        code, length = self._take(2)
        if length == 126:
            length = int.from_bytes(self._take(2), "big")
        body = self._take(length)
        if code & 0x0F == 8:
            self._over = True
        elif body:
            self.heard[body[0]] = self.heard.get(body[0], b"") + body[1:]

    def _take(self, count: int) -> bytes:
        while len(self._unread) < count:
            piece = self.secure.recv(65536)
            assert piece, self.heard
            self._unread += piece
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken


@contextmanager
def talk(
    running: Running, name: str, *argv: str, protocol: str = "v5.channel.k8s.io", tty: bool = False
) -> Iterator[Talk]:
    client = running.simulator.client
    words = urlencode([("command", word) for word in argv])
    wanted = "stdin=true&stdout=true&" + ("tty=true" if tty else "stderr=true")
    key = base64.b64encode(os.urandom(16)).decode()
    trust = ssl.create_default_context(cafile=str(client.authority))
    with (
        socket.create_connection(("127.0.0.1", client.port), timeout=600) as raw,
        trust.wrap_socket(raw, server_hostname=SERVER_NAME) as secure,
    ):
        secure.sendall(
            (
                f"GET {PODS}/{name}/exec?{words}&{wanted} HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer {client.token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n"
            ).encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = secure.recv(1)
            assert piece, head
            head += piece
        assert head.startswith(b"HTTP/1.1 101"), head
        assert accept(key).encode() in head
        assert f"Sec-WebSocket-Protocol: {protocol}".encode() in head
        yield Talk(secure)
