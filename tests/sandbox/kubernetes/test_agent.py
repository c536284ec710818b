"""Our node on an API that is not its own: the simulator's, over TLS, as it stands on a real control plane."""

import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Deadline
from tests.sandbox.kubernetes.conftest import IMAGES, OneLine

from tocsin.kit.clock import SystemClock
from tocsin.sandbox.authority import Authority
from tocsin.sandbox.kubernetes.answers import cannot
from tocsin.sandbox.kubernetes.api import Api
from tocsin.sandbox.kubernetes.client import Client
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.container import BackOff
from tocsin.sandbox.kubernetes.control import Control
from tocsin.sandbox.kubernetes.daemon import SERVER_NAME
from tocsin.sandbox.kubernetes.images import ImageTable
from tocsin.sandbox.kubernetes.kinds import NAMESPACES, PODS
from tocsin.sandbox.kubernetes.kubelet import NodeSettings
from tocsin.sandbox.kubernetes.objects import Object, listed, text
from tocsin.sandbox.kubernetes.plane.agent import Agent, AgentSettings
from tocsin.sandbox.kubernetes.plane.certificates import Certificates
from tocsin.sandbox.kubernetes.plane.door import Door, Progress
from tocsin.sandbox.kubernetes.plane.link import Link
from tocsin.sandbox.kubernetes.plane.mirror import Mirror
from tocsin.sandbox.kubernetes.plane.programs import LOOPBACK
from tocsin.sandbox.kubernetes.proxies import reachable
from tocsin.sandbox.kubernetes.replicasets import is_ready
from tocsin.sandbox.kubernetes.requests import Request
from tocsin.sandbox.kubernetes.server import Server
from tocsin.sandbox.kubernetes.simulator import claim_network
from tocsin.sandbox.kubernetes.storage import Storage
from tocsin.sandbox.kubernetes.users import Users
from tocsin.sandbox.kubernetes.wire import Takeover
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.tools import Tools

TOKEN = "the-token-of-everybody-here"
SOON = timedelta(seconds=120)
CORE = "/api/v1/namespaces/default"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


@dataclass
class Foreign:
    """An API and its controllers, without any node; our agent beside it."""

    cluster: Cluster
    client: Client
    agent: Agent
    door: int
    made: Certificates
    told: list[str] = field(default_factory=list)

    def node(self, token: str = TOKEN) -> Client:
        """Who asks the node's own API."""
        return Client(self.door, self.made.door.certificate, LOOPBACK, token)

    def pods(self, app: str) -> list[Object]:
        return self.client.items(f"{CORE}/pods?labelSelector=app%3D{app}")


@pytest.fixture(scope="module")
def foreign(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    scratch = Scratch.make(tmp_path_factory.mktemp("k"))
    authority = Authority(scratch, tools.openssl)
    certificate, key = authority.issue(SERVER_NAME)
    port, door = scratch.free_port(), scratch.free_port()
    clock, told = SystemClock(), []
    claim, network = claim_network()
    cluster = Cluster(clock, network)
    for name in ("default", "kube-system"):
        cluster.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    control = Control(cluster, told.append)
    client = Client(port, authority.certificate, SERVER_NAME, TOKEN)
    made = Certificates.make(scratch.path, clock.now())
    node = NodeSettings(
        ("drill-1",), network, scratch.path, scratch.base_environment(), {}, ImageTable(IMAGES), BackOff(0.2, 1.0), 2.0,
        door=door,
    )  # fmt: skip
    agent = Agent(client, AgentSettings(node, made.door, made.client.certificate, TOKEN), clock, told.append)
    server = Server(port, certificate, key)
    server.api = Api(cluster, Users(cluster, TOKEN), server.address, OneLine(), told.append)
    server.begin()
    control.start()
    agent.start()
    yield Foreign(cluster, client, agent, door, made, told)
    agent.stop()
    control.stop()
    cluster.storage.close()
    server.end()
    agent.join()
    claim.close()
    scratch.end()


def deployment(name: str, image: str, replicas: int) -> Object:
    labels: Object = {"app": name}
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": image}]},
            },
        },
    }


def ready(foreign: Foreign, deadline: Deadline, app: str, count: int) -> list[Object]:
    def seen() -> list[Object] | None:
        pods = foreign.pods(app)
        return pods if len(pods) == count and all(map(is_ready, pods)) else None

    return deadline(seen, what=f"{count} pods of {app} are ready", within=SOON)  # type: ignore[return-value]  # as in test_pods


def answered(ip: str, port: int) -> int | None:
    connection = http.client.HTTPConnection(ip, port, timeout=60)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def test_pods_of_a_foreign_api_are_processes_behind_their_service_until_they_are_deleted(
    foreign: Foreign, deadline: Deadline
) -> None:
    foreign.client.create(DEPLOYMENTS, deployment("shop", "test/shop:1", 2))
    spec: Object = {"selector": {"app": "shop"}, "ports": [{"port": 80, "targetPort": 8080}]}
    service = foreign.client.create(f"{CORE}/services", {"metadata": {"name": "shop"}, "spec": spec})
    ip, port = text(service, "spec", "clusterIP"), reachable(80)
    pods = ready(foreign, deadline, "shop", 2)
    assert {text(pod, "spec", "nodeName") for pod in pods} == {"drill-1"}
    # What the API was told is no address of loopback, which a real one would refuse.
    assert all(text(pod, "status", "podIP").startswith("198.18.") for pod in pods)
    deadline(lambda: answered(ip, port) == 200, what="the service answers", within=SOON)
    foreign.client.merge(f"{DEPLOYMENTS}/shop", {"spec": {"replicas": 0}})
    deadline(lambda: foreign.pods("shop") == [], what="the pods have gone", within=SOON)
    deadline(lambda: answered(ip, port) is None, what="nobody listens", within=SOON)


def test_a_program_that_crashes_is_told_to_the_foreign_api(foreign: Foreign, deadline: Deadline) -> None:
    foreign.client.create(DEPLOYMENTS, deployment("crashes", "test/crashes:1", 1))

    def waiting() -> set[str]:
        statuses = [
            one for pod in foreign.pods("crashes") for one in listed(pod, "status", "containerStatuses")
        ]
        return {text(one, "state", "waiting", "reason") for one in statuses}

    deadline(lambda: "CrashLoopBackOff" in waiting(), what="it backs off", within=SOON)

    def noted() -> set[str]:
        return {text(one, "reason") for one in foreign.client.items(f"{CORE}/events")}

    deadline(lambda: {"Scheduled", "Started", "BackOff"} <= noted(), what="events are told", within=SOON)
    foreign.client.delete(f"{DEPLOYMENTS}/crashes")
    deadline(lambda: foreign.pods("crashes") == [], what="it is gone", within=SOON)


def test_logs_are_read_from_the_node_by_who_may_ask(foreign: Foreign, deadline: Deadline) -> None:
    foreign.client.create(DEPLOYMENTS, deployment("done", "registry.local/done:1", 1))
    (pod,) = ready(foreign, deadline, "done", 1)
    path = f"/containerLogs/default/{text(pod, 'metadata', 'name')}/done?tailLines=2"
    deadline(
        lambda: foreign.node().ask("GET", path).raw == b"line 99 INFO ok\nline 100 ERROR payment declined\n",
        what="the last lines are there",
        within=SOON,
    )
    assert foreign.node("wrong").ask("GET", path).code == 401
    gone = foreign.node().ask("GET", "/containerLogs/default/nobody/done")
    assert (gone.code, gone.raw) == (404, b'pod "nobody" does not exist')
    foreign.client.delete(f"{DEPLOYMENTS}/done")


def test_the_api_server_is_known_by_its_certificate_and_a_stranger_by_none(
    foreign: Foreign, tmp_path: Path
) -> None:
    def status(certificate: Path, key: Path) -> int:
        context = ssl.create_default_context(cafile=str(foreign.made.door.certificate))
        context.load_cert_chain(certificate, key)
        connection = http.client.HTTPSConnection(LOOPBACK, foreign.door, timeout=60, context=context)
        connection.request("GET", "/healthz")
        return connection.getresponse().status

    own = foreign.made.client
    assert status(own.certificate, own.key) == 200
    other = Certificates.make(tmp_path, SystemClock().now()).client
    with pytest.raises(OSError):  # noqa: PT011 -- the handshake ends in whichever error comes first
        status(other.certificate, other.key)


def test_progress_is_of_what_the_api_says_now(foreign: Foreign) -> None:
    secret: Object = {"metadata": {"name": "fresh"}, "stringData": {"a": "b"}}
    foreign.client.create(f"{CORE}/secrets", secret)
    progress = foreign.agent.progress()
    assert progress.served >= progress.revision
    kinds = foreign.agent.mirror.kinds()
    secrets = next(kind for kind in kinds if kind.plural == "secrets")
    assert foreign.agent.mirror.storage.get(secrets, "default", "fresh") is not None


class Written:
    """A node that writes down what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Request]] = []

    def logs(self, pod: Object, request: Request) -> bytes:
        self.requests.append(("log", request))
        return b""

    def enter(self, pod: Object, part: str, request: Request) -> Takeover:
        self.requests.append((part, request))
        raise cannot("nobody enters: really")


def test_what_an_api_server_asks_reaches_the_node_in_the_words_of_clients() -> None:
    pods, node = Storage(), Written()
    pods.put(PODS, {"metadata": {"name": "p", "namespace": "n"}})
    door = Door(pods, node, TOKEN, lambda: Progress(1, 1))
    asked = "/exec/n/p/c?command=sh&command=-c&input=1&output=1&error=1&tty=1"
    answer = door.answer(Request.of("POST", asked, {}, proven=True))
    ((part, request),) = node.requests
    assert part == "exec"
    assert request.every["command"] == ("sh", "-c")
    assert request.query["container"] == "c"
    assert all(request.switched_on(word) for word in ("stdin", "stdout", "stderr", "tty"))
    # kubectl would read a text with a colon as YAML and show nothing of it.
    assert isinstance(answer.body, dict)
    assert "nobody enters: really" in text(answer.body, "message")
    assert door.answer(Request.of("GET", asked, {})).code == HTTPStatus.UNAUTHORIZED
    assert door.answer(Request.of("GET", "/run/n/p/c", {}, proven=True)).code == HTTPStatus.NOT_FOUND
    assert len(node.requests) == 1


names = st.sampled_from(["a", "b"])
histories = st.lists(st.tuples(names, st.sampled_from(["made", "changed", "removed"])), max_size=12)


def story(history: list[tuple[str, str]]) -> tuple[list[tuple[str, Object]], dict[str, Object]]:
    """What a watch would tell of a history, and what is there in the end."""
    told: list[tuple[str, Object]] = []
    there: dict[str, Object] = {}
    for revision, (name, what) in enumerate(history, start=1):
        before = there.get(name)
        if (what == "made") != (before is None):
            continue
        uid = f"uid-{name}-{revision}" if before is None else text(before, "metadata", "uid")
        one: Object = {
            "metadata": {"name": name, "namespace": "n", "uid": uid, "resourceVersion": str(revision)}
        }
        if what == "removed":
            del there[name]
            told.append(("DELETED", one))
        else:
            there[name] = one
            told.append(("MODIFIED", one))
    return told, there


@given(histories, st.data())
def test_in_whatever_order_states_arrive_the_newest_of_each_object_is_kept(
    history: list[tuple[str, str]], data: st.DataObject
) -> None:
    told, there = story(history)
    mirror = Mirror(Link(Client(1, Path("none"), "none", TOKEN)), SystemClock(), "127.9", lambda _: None)
    for type_, one in [*data.draw(st.permutations(told)), *data.draw(st.permutations(told))]:
        if type_ == "DELETED":
            mirror.release(PODS, one)
        else:
            mirror.absorb(PODS, one)
    kept = {text(one, "metadata", "uid") for one in mirror.storage.all(PODS)}
    assert kept == {text(one, "metadata", "uid") for one in there.values()}
