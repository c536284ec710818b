"""What two real kubectls sent, replayed without kubectl: the API understands each of their requests."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from tests.sandbox.kubernetes.conftest import DATA, TOKEN, Plane

from tocsin.errors import InputError
from tocsin.sandbox.kubernetes import fields, protobuf
from tocsin.sandbox.kubernetes.api import Answer
from tocsin.sandbox.kubernetes.kinds import NODES
from tocsin.sandbox.kubernetes.objects import Json, Object, mapping, text
from tocsin.sandbox.kubernetes.requests import Request

NEW, OLD = "1.33.1", "1.20.2"
# What the simulator says it cannot do, or does not serve: `create quota`, `autoscale`, `top`, and cron jobs of v1beta1.
REFUSED = ("create quota", "autoscale", "top pods")


@dataclass(frozen=True)
class Sent:
    """One command and its requests."""

    command: str
    status: int
    requests: tuple[dict[str, object], ...]


def recorded(version: str) -> Iterator[Sent]:
    for line in (DATA / f"requests-{version}.jsonl").read_text().splitlines():
        found = json.loads(line)
        yield Sent(found["command"], found["status"], tuple(found["requests"]))


def again(plane: Plane, sent: dict[str, object]) -> Answer:
    """The same request to this plane."""
    query, body = sent["query"], sent["body"]
    assert isinstance(query, dict)
    assert isinstance(body, str)
    headers = {
        "Content-Type": str(sent["type"]),
        "Accept": str(sent["accept"]),
        "Authorization": f"Bearer {TOKEN}",
    }
    target = f"{sent['path']}?{urlencode(query)}"
    return plane.api.answer(Request.of(str(sent["method"]), target, headers, base64.b64decode(body)))


@pytest.mark.parametrize("version", [NEW, OLD])
def test_every_command_gets_the_answers_that_it_needs(plane: Plane, version: str) -> None:
    plane.body("POST", "/api/v1/namespaces", {"metadata": {"name": "warm"}})
    plane.cluster.create(
        NODES, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "drill-1"}, "spec": {}}
    )
    for sent in recorded(version):
        plane.settle()
        answers = []
        for request in sent.requests:
            query = request["query"]
            assert isinstance(query, dict)
            if "watch" in query or str(request["path"]).endswith("/log"):
                continue  # names a revision or a pod of the recording; both are asked for in tests of their own
            answers.append(again(plane, request))
            plane.settle()
        good = [answer.code < HTTPStatus.BAD_REQUEST for answer in answers]
        if sent.status == 0:
            # Of what kubectl took as success, only questions may have been answered by "not found".
            codes = {answer.code for answer in answers if answer.code >= HTTPStatus.BAD_REQUEST}
            assert codes <= {HTTPStatus.NOT_FOUND}, (sent.command, codes)
            assert not good or good[-1] or sent.command.startswith("kubectl delete"), sent.command
        else:
            assert any(word in sent.command for word in REFUSED) or version == OLD, sent.command
    assert plane.told == []


def created(version: str) -> dict[str, Object]:
    """What each `kubectl create` of a version sends, as JSON."""
    found: dict[str, Object] = {}
    for sent in recorded(version):
        for request in sent.requests:
            body = base64.b64decode(str(request["body"]))
            if sent.command.startswith("kubectl create") and request["method"] == "POST":
                binary = body.startswith(protobuf.MAGIC)
                found[sent.command] = protobuf.decode(body) if binary else json.loads(body)
    return found


def plain(one: Json) -> Json:
    """Without what Go writes for nothing."""
    match one:
        case dict():
            inside = {key: plain(value) for key, value in one.items()}
            return {key: value for key, value in inside.items() if value not in (None, "", {}, [], 0, False)}
        case list():
            return [plain(each) for each in one]
        case _:
            return one


def test_protobuf_bodies_say_what_the_json_of_an_older_client_says() -> None:
    new, old = created(NEW), created(OLD)
    same = [command for command in new if "cronjob" not in command]  # of v1beta1 in the older client
    assert len(same) >= 12
    for command in same:
        for one in (new[command], old[command]):
            # The older client leaves the namespace to the path.
            mapping(one, "metadata").pop("namespace", None)
        assert plain(new[command]) == plain(old[command]), command


def test_protobuf_knows_numbers_lists_maps_and_numbers_or_names() -> None:
    made = created(NEW)
    service = next(one for command, one in made.items() if "create service" in command)
    assert mapping(service, "spec")["ports"] == [
        {"name": "80-8080", "port": 80, "targetPort": 8080, "protocol": "TCP"}
    ]
    deployment = next(one for command, one in made.items() if "create deployment" in command)
    assert mapping(deployment, "spec")["replicas"] == 2
    assert mapping(deployment, "spec", "selector", "matchLabels") == {"app": "web"}
    secret = next(one for command, one in made.items() if "create secret" in command)
    assert mapping(secret, "data") == {"a": "Yg==", "c": "ZA=="}


@pytest.mark.parametrize(
    "body",
    [b"", b"k8s", b"k8s\0\x0a", b"k8s\0\x0a\x09\x0a\x02v1\x12\x03Foo", b"k8s\0\xff\xff\xff", b"k8s\0\x0f"],
)
def test_a_broken_protobuf_body_is_refused_not_guessed(plane: Plane, body: bytes) -> None:
    with pytest.raises(InputError):
        protobuf.decode(body)
    answer = plane.ask(
        "POST", "/api/v1/namespaces/default/secrets", body, "application/vnd.kubernetes.protobuf"
    )
    assert answer.code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_every_type_in_the_table_of_fields_is_known() -> None:
    known = set(fields.types()) | fields.PLAIN | fields.OPAQUE
    missing = {
        field.type for own in fields.types().values() for field in own.values() if field.type not in known
    }
    # Types of alpha features, which no client sends.
    assert all(name.startswith("WorkloadPodGroup") for name in missing), missing


def test_no_two_fields_of_a_type_have_the_same_number() -> None:
    for name, own in fields.types().items():
        numbers = [field.number for field in own.values()]
        assert len(numbers) == len(set(numbers)), name


def test_the_recordings_are_of_both_kinds_of_clients() -> None:
    types = {text(mapping(one), "kind") for one in created(NEW).values()}
    assert {"Secret", "ConfigMap", "Namespace", "Deployment", "Job", "Service", "Ingress"} <= types
