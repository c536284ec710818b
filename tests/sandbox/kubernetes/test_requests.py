"""A test for each row of requests that kubectl makes, without kubectl: the verbs, their answers and refusals."""

import json
from http import HTTPStatus

import pytest
from tests.sandbox.kubernetes.conftest import Plane

from tocsin.sandbox.kubernetes.kinds import DEPLOYMENTS, PODS, REPLICASETS, SECRETS
from tocsin.sandbox.kubernetes.objects import (
    Object,
    at,
    copy,
    labels_of,
    listed,
    mapping,
    name_of,
    number,
    pairs,
    text,
)
from tocsin.sandbox.kubernetes.patches import JSON_PATCH, MERGE_PATCH, STRATEGIC
from tocsin.sandbox.kubernetes.requests import APPLY

D = "/apis/apps/v1/namespaces/prepchef/deployments"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def deployment(name: str = "web", replicas: int = 2, image: str = "web:1") -> Object:
    container: Object = {"name": name, "image": image, "env": [{"name": "A", "value": "1"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    }


@pytest.fixture
def web(plane: Plane) -> Object:
    plane.body("POST", D, deployment())
    plane.settle()
    return plane.body("GET", f"{D}/web")


def test_discovery_names_every_kind_with_its_short_names_and_subresources(plane: Plane) -> None:
    assert plane.body("GET", "/api")["versions"] == ["v1"]
    groups = {text(group, "name") for group in listed(plane.body("GET", "/apis"), "groups")}
    assert {"apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io", "policy"} <= groups
    core = {text(one, "name"): one for one in listed(plane.body("GET", "/api/v1"), "resources")}
    assert core["pods"]["shortNames"] == ["po"]
    assert {"pods/log", "pods/status", "pods/binding", "pods/eviction"} <= set(core)
    apps = {text(one, "name"): one for one in listed(plane.body("GET", "/apis/apps/v1"), "resources")}
    assert apps["deployments"]["singularName"] == "deployment"
    assert apps["deployments/scale"]["group"] == "autoscaling"
    assert text(plane.body("GET", "/version"), "gitVersion").startswith("v1.20.2")
    assert plane.ask("GET", "/apis/metrics.k8s.io/v1beta1").code == HTTPStatus.NOT_FOUND


def test_the_schema_leaves_validation_to_the_server(plane: Plane) -> None:
    index = mapping(plane.body("GET", "/openapi/v3"), "paths")
    assert "apis/apps/v1" in index
    document = plane.body("GET", "/openapi/v3/apis/apps/v1")
    patch = mapping(document, "paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch")
    assert {"fieldValidation", "dryRun"} <= {text(one, "name") for one in listed(patch, "parameters")}
    old = plane.ask("GET", "/openapi/v2")
    assert old.type == "application/octet-stream"
    assert isinstance(old.body, bytes)
    assert old.body.startswith(b"\x0a\x032.0")


def test_a_scale_is_a_merge_patch_of_the_subresource(plane: Plane, web: Object) -> None:
    assert mapping(plane.body("GET", f"{D}/web/scale"), "spec") == {"replicas": 2}
    scaled = plane.body("PATCH", f"{D}/web/scale", {"spec": {"replicas": 5}}, MERGE_PATCH)
    assert (scaled["kind"], number(scaled, "spec", "replicas")) == ("Scale", 5)
    plane.settle()
    assert len(plane.cluster.storage.all(PODS, "prepchef")) == 5
    gone = plane.body("GET", f"{D}/nope")
    assert mapping(gone, "details") == {"name": "nope", "group": "apps", "kind": "deployments"}
    assert gone["message"] == 'deployments.apps "nope" not found'


def test_a_strategic_patch_merges_containers_by_name_and_variables_by_name(plane: Plane, web: Object) -> None:
    patch: Object = {
        "spec": {
            "template": {
                "spec": {
                    "$setElementOrder/containers": [{"name": "web"}],
                    "containers": [{"name": "web", "env": [{"name": "B", "value": "2"}]}],
                }
            }
        }
    }
    after = plane.body("PATCH", f"{D}/web?fieldManager=kubectl-set", patch, STRATEGIC)
    container = listed(after, "spec", "template", "spec", "containers")[0]
    assert {text(one, "name"): text(one, "value") for one in listed(container, "env")} == {"A": "1", "B": "2"}
    assert container["image"] == "web:1"
    gone: Object = {
        "spec": {
            "template": {
                "spec": {"containers": [{"name": "web", "env": [{"name": "A", "$patch": "delete"}]}]}
            }
        }
    }
    after = plane.body("PATCH", f"{D}/web", gone, STRATEGIC)
    assert [
        text(one, "name") for one in listed(listed(after, "spec", "template", "spec", "containers")[0], "env")
    ] == ["B"]


def test_a_list_and_a_watch_from_there_miss_nothing(plane: Plane, web: Object) -> None:
    found = plane.body("GET", f"{D}?fieldSelector=metadata.name=web&limit=500&resourceVersion=0")
    revision = text(found, "metadata", "resourceVersion")
    plane.body("PATCH", f"{D}/web/scale", {"spec": {"replicas": 3}}, MERGE_PATCH)
    plane.body("POST", D, deployment("other"))
    plane.ask("DELETE", f"{D}/web")
    watch = f"{D}?watch=true&fieldSelector=metadata.name=web&resourceVersion={revision}&timeoutSeconds=0&allowWatchBookmarks=true"
    stream = plane.ask("GET", watch.replace("timeoutSeconds=0", "timeoutSeconds=600")).stream
    assert stream is not None
    told = []
    for line in stream:
        told += [json.loads(line)] if line else []
        if told and told[-1]["type"] == "DELETED":
            break
    assert [one["type"] for one in told] == ["MODIFIED", "DELETED"]
    assert {name_of(one["object"]) for one in told} == {"web"}


def test_a_watch_tells_when_an_object_enters_or_leaves_the_selection(plane: Plane, web: Object) -> None:
    revision = plane.cluster.storage.revision
    for labels in ({"tier": "front"}, {"tier": None}):
        plane.body("PATCH", f"{D}/web", {"metadata": {"labels": labels}}, MERGE_PATCH)
    stream = plane.ask(
        "GET", f"{D}?watch=1&labelSelector=tier%3Dfront&resourceVersion={revision}&timeoutSeconds=600"
    ).stream
    assert stream is not None
    words = []
    for line in stream:
        words += [json.loads(line)["type"]] if line else []
        if len(words) == 2:
            break
    assert words == ["ADDED", "DELETED"]


def test_a_watch_from_too_far_back_is_gone(plane: Plane, web: Object) -> None:
    for turn in range(5100):
        plane.cluster.storage.put(
            SECRETS, {"metadata": {"name": "s", "namespace": "default", "labels": {"n": str(turn)}}}
        )
    answer = plane.ask("GET", f"{D}?watch=true&resourceVersion=2")
    assert answer.code == HTTPStatus.GONE


def test_an_undo_is_a_json_patch_of_the_template_and_renumbers_the_old_one(plane: Plane, web: Object) -> None:
    plane.body(
        "PATCH",
        f"{D}/web",
        {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}},
        STRATEGIC,
    )
    plane.settle()
    sets = {
        text(one, "metadata", "annotations", "deployment.kubernetes.io/revision"): one
        for one in plane.cluster.storage.all(REPLICASETS)
    }
    assert set(sets) == {"1", "2"}
    template = copy(mapping(sets["1"], "spec", "template"))
    labels = mapping(template, "metadata", "labels")
    labels.pop("pod-template-hash")
    plane.body(
        "PATCH", f"{D}/web", [{"op": "replace", "path": "/spec/template", "value": template}], JSON_PATCH
    )
    plane.settle()
    revisions = sorted(
        text(one, "metadata", "annotations", "deployment.kubernetes.io/revision")
        for one in plane.cluster.storage.all(REPLICASETS)
    )
    assert revisions == ["2", "3"]
    now = plane.body("GET", f"{D}/web")
    assert text(now, "metadata", "annotations", "deployment.kubernetes.io/revision") == "3"
    assert text(listed(now, "spec", "template", "spec", "containers")[0], "image") == "web:1"


def test_a_write_that_changes_nothing_keeps_revision_and_generation(plane: Plane, web: Object) -> None:
    same = {"spec": {"replicas": 2}}
    after = plane.body("PATCH", f"{D}/web", same, MERGE_PATCH)
    assert mapping(after, "metadata")["resourceVersion"] == mapping(web, "metadata")["resourceVersion"]
    assert mapping(after, "metadata")["generation"] == mapping(web, "metadata")["generation"]
    changed = plane.body("PATCH", f"{D}/web", {"spec": {"replicas": 3}}, MERGE_PATCH)
    assert number(changed, "metadata", "generation") == number(web, "metadata", "generation") + 1
    noted = plane.body("PATCH", f"{D}/web", {"metadata": {"annotations": {"a": "b"}}}, MERGE_PATCH)
    assert number(noted, "metadata", "generation") == number(changed, "metadata", "generation")


def test_an_update_with_an_old_revision_is_a_conflict(plane: Plane, web: Object) -> None:
    plane.body("PATCH", f"{D}/web", {"spec": {"replicas": 3}}, MERGE_PATCH)
    answer = plane.ask("PUT", f"{D}/web", web)
    assert answer.code == HTTPStatus.CONFLICT
    assert "the object has been modified" in text(mapping(answer.body), "message")


def test_a_dry_run_judges_and_keeps_nothing(plane: Plane, web: Object) -> None:
    revision = plane.cluster.storage.revision
    assert name_of(plane.body("POST", f"{D}?dryRun=All", deployment("dry"))) == "dry"
    tried = plane.body("PATCH", f"{D}/web?dryRun=All", {"spec": {"replicas": 9}}, MERGE_PATCH)
    assert number(tried, "spec", "replicas") == 9
    plane.ask("DELETE", f"{D}/web", {"dryRun": ["All"]})
    bad = deployment("dry")
    mapping(bad, "spec")["selector"] = {"matchLabels": {"app": "else"}}
    assert plane.ask("POST", f"{D}?dryRun=All", bad).code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert plane.cluster.storage.revision == revision


def test_strict_validation_names_the_field_and_otherwise_it_is_dropped(plane: Plane) -> None:
    wrong = deployment()
    mapping(wrong, "spec")["replica"] = 3
    strict = plane.ask("POST", f"{D}?fieldValidation=Strict", wrong)
    assert strict.code == HTTPStatus.BAD_REQUEST
    assert 'unknown field "spec.replica"' in text(mapping(strict.body), "message")
    kept = plane.body("POST", D, wrong)
    assert "replica" not in mapping(kept, "spec")


def test_a_missing_namespace_is_what_is_not_found(plane: Plane) -> None:
    answer = plane.body("POST", "/api/v1/namespaces/nope/secrets", {"metadata": {"name": "x"}})
    assert (answer["message"], answer["code"]) == ('namespaces "nope" not found', 404)
    assert listed(plane.body("GET", "/api/v1/namespaces/nope/pods"), "items") == []


def test_a_secret_folds_its_texts_into_its_data(plane: Plane) -> None:
    made = plane.body(
        "POST", "/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}, "stringData": {"a": "b"}}
    )
    assert "stringData" not in made
    assert pairs(made, "data") == {"a": "Yg=="}
    again = plane.body("POST", "/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}})
    assert again["reason"] == "AlreadyExists"


def test_an_ingress_without_rules_is_refused_in_the_words_of_the_server(plane: Plane) -> None:
    where = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
    answer = plane.body("POST", where, {"metadata": {"name": "i"}})
    assert answer["code"] == 422
    causes = listed(answer, "details", "causes")
    assert causes == [
        {
            "reason": "FieldValueInvalid",
            "message": "Invalid value: []networking.IngressRule(nil): either `defaultBackend` or `rules` must be specified",
            "field": "spec",
        }
    ]


def test_deleting_an_owner_takes_what_it_owns_and_orphaning_leaves_it(plane: Plane, web: Object) -> None:
    plane.ask("DELETE", f"{D}/web", {"propagationPolicy": "Orphan"})
    plane.settle()
    assert len(plane.cluster.storage.all(REPLICASETS)) == 1
    plane.body("POST", D, deployment("second"))
    plane.settle()
    done = plane.body("DELETE", f"{D}/second", {"propagationPolicy": "Background"})
    assert (done["status"], mapping(done, "details")["name"]) == ("Success", "second")
    plane.settle()
    assert {labels_of(pod)["app"] for pod in plane.cluster.storage.all(PODS)} == {"web"}


def test_deleting_in_the_foreground_ends_the_owner_last(plane: Plane, web: Object) -> None:
    after = plane.body("DELETE", f"{D}/web", {"propagationPolicy": "Foreground"})
    assert mapping(after, "metadata")["finalizers"] == ["foregroundDeletion"]
    plane.settle()
    assert plane.cluster.storage.all(DEPLOYMENTS) == []
    assert plane.cluster.storage.all(PODS) == []


def test_a_namespace_takes_everything_in_it_along(plane: Plane, web: Object) -> None:
    plane.body("POST", "/api/v1/namespaces/prepchef/secrets", {"metadata": {"name": "s"}})
    going = plane.body("DELETE", "/api/v1/namespaces/prepchef")
    assert text(going, "status", "phase") == "Terminating"
    refused = plane.ask("POST", "/api/v1/namespaces/prepchef/secrets", {"metadata": {"name": "late"}})
    assert refused.code == HTTPStatus.FORBIDDEN
    plane.settle()
    assert plane.ask("GET", "/api/v1/namespaces/prepchef").code == HTTPStatus.NOT_FOUND
    assert listed(plane.body("GET", "/api/v1/namespaces/prepchef/secrets"), "items") == []


def test_a_deleted_pod_is_there_until_its_processes_are_gone_unless_forced(plane: Plane, web: Object) -> None:
    where = "/api/v1/namespaces/prepchef/pods"
    first, second = (name_of(pod) for pod in plane.cluster.storage.all(PODS))
    going = plane.body("DELETE", f"{where}/{first}", {"gracePeriodSeconds": 7})
    assert number(going, "metadata", "deletionGracePeriodSeconds") == 7
    table = plane.ask("GET", f"{where}/{first}", accept=TABLE).body
    assert isinstance(table, dict)
    assert listed(table, "rows")[0]["cells"][2] == "Terminating"  # type: ignore[index]
    plane.ask("DELETE", f"{where}/{second}", {"gracePeriodSeconds": 0})
    assert plane.ask("GET", f"{where}/{second}").code == HTTPStatus.NOT_FOUND
    assert plane.ask("GET", f"{where}/{first}").code == HTTPStatus.OK
    plane.settle()
    names = {name_of(pod) for pod in plane.cluster.storage.all(PODS)}
    assert len(names) == 2
    assert not names & {first, second}


def test_a_paused_deployment_changes_nothing_but_its_size(plane: Plane, web: Object) -> None:
    plane.body("PATCH", f"{D}/web", {"spec": {"paused": True}}, STRATEGIC)
    plane.body("PATCH", f"{D}/web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}}, STRATEGIC)
    plane.body("PATCH", f"{D}/web/scale", {"spec": {"replicas": 3}}, MERGE_PATCH)
    plane.settle()
    pods = plane.cluster.storage.all(PODS)
    assert [labels_of(pod).get("v") for pod in pods] == [None, None, None]
    plane.body("PATCH", f"{D}/web", {"spec": {"paused": False}}, STRATEGIC)
    plane.settle()
    assert [labels_of(pod).get("v") for pod in plane.cluster.storage.all(PODS)] == ["2", "2", "2"]


def test_a_recreated_deployment_never_has_old_and_new_pods_together(plane: Plane) -> None:
    one = deployment()
    mapping(one, "spec")["strategy"] = {"type": "Recreate"}
    plane.body("POST", D, one)
    plane.settle()
    revision = plane.cluster.storage.revision
    plane.body("PATCH", f"{D}/web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}}, STRATEGIC)
    plane.settle()
    changes, _ = plane.cluster.storage.since(revision, PODS)
    alive = dict.fromkeys(("a", "b"), "old")
    for change in changes:
        if change.after is None:
            alive.popitem()
        elif change.before is None:
            assert not alive, "a new pod was made while an old one was there"
    assert [labels_of(pod).get("v") for pod in plane.cluster.storage.all(PODS)] == ["2", "2"]


def test_a_rollout_keeps_within_its_pace_at_every_moment(plane: Plane) -> None:
    plane.body("POST", D, deployment(replicas=4))
    plane.settle()
    revision = plane.cluster.storage.revision
    plane.body("PATCH", f"{D}/web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}}, STRATEGIC)
    plane.settle()
    changes, _ = plane.cluster.storage.since(revision, PODS)
    there = {f"old-{count}" for count in range(4)}
    old = sorted(there)
    for change in changes:
        name = name_of(change.last)
        if change.before is None:
            there.add(name)
        elif (
            change.after is not None
            and text(change.after, "metadata", "deletionTimestamp")
            and not text(change.before, "metadata", "deletionTimestamp")
        ):
            there.discard(name if name in there else old.pop())
        assert 3 <= len(there) <= 5  # 25 % of four, both ways
    assert len(there) == 4


def test_many_are_deleted_by_selector(plane: Plane) -> None:
    where = "/api/v1/namespaces/default/configmaps"
    for name, tier in (("a", "x"), ("b", "x"), ("c", "y")):
        plane.body("POST", where, {"metadata": {"name": name, "labels": {"tier": tier}}})
    gone = plane.body("DELETE", f"{where}?labelSelector=tier%3Dx")
    assert [name_of(one) for one in listed(gone, "items")] == ["a", "b"]
    assert [name_of(one) for one in listed(plane.body("GET", where), "items")] == ["c"]


def test_a_table_has_the_columns_that_people_know(plane: Plane, web: Object) -> None:
    answer = plane.ask("GET", D, accept=TABLE)
    table = mapping(answer.body)
    shown = [text(one, "name") for one in listed(table, "columnDefinitions") if one["priority"] == 0]
    assert shown == ["Name", "Ready", "Up-to-date", "Available", "Age"]
    row = listed(table, "rows")[0]["cells"]
    assert isinstance(row, list)
    assert row[:4] == ["web", "2/2", 2, 2]


def test_logs_are_text(plane: Plane, web: Object) -> None:
    pod = name_of(plane.cluster.storage.all(PODS)[0])
    answer = plane.ask("GET", f"/api/v1/namespaces/prepchef/pods/{pod}/log?tailLines=10")
    assert (answer.type, answer.body) == ("text/plain", b"printed\n")


def test_a_drained_node_keeps_nothing_and_takes_nothing(plane: Plane, web: Object) -> None:
    plane.body("PATCH", "/api/v1/nodes/n1", {"spec": {"unschedulable": True}}, STRATEGIC)
    for pod in plane.cluster.storage.all(PODS):
        answer = plane.ask(
            "POST",
            f"/api/v1/namespaces/prepchef/pods/{name_of(pod)}/eviction",
            {"apiVersion": "policy/v1", "kind": "Eviction"},
        )
        assert answer.code == HTTPStatus.CREATED
    plane.settle()
    pods = plane.cluster.storage.all(PODS)
    assert [text(pod, "spec", "nodeName") for pod in pods] == ["", ""]
    assert listed(pods[0], "status", "conditions")[0]["reason"] == "Unschedulable"
    plane.body("PATCH", "/api/v1/nodes/n1", {"spec": {"unschedulable": None}}, STRATEGIC)
    plane.settle()
    assert {text(pod, "spec", "nodeName") for pod in plane.cluster.storage.all(PODS)} == {"n1"}


def test_a_custom_kind_exists_as_long_as_its_definition(plane: Plane) -> None:
    spec: Object = {
        "group": "cert-manager.io",
        "scope": "Namespaced",
        "names": {
            "kind": "Certificate",
            "plural": "certificates",
            "singular": "certificate",
            "shortNames": ["cert"],
        },
        "versions": [{"name": "v1", "served": True, "storage": True}],
    }
    where = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    plane.body("POST", where, {"metadata": {"name": "certificates.cert-manager.io"}, "spec": spec})
    ours = "/apis/cert-manager.io/v1/namespaces/default/certificates"
    made = plane.body(
        "POST",
        ours,
        {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": {"name": "c"},
            "spec": {"any": 1},
        },
    )
    assert at(made, "spec", "any") == 1
    strategic = plane.ask("PATCH", f"{ours}/c", {"spec": {"any": 2}}, STRATEGIC)
    assert strategic.code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert at(plane.body("PATCH", f"{ours}/c", {"spec": {"any": 2}}, MERGE_PATCH), "spec", "any") == 2
    plane.ask("DELETE", f"{where}/certificates.cert-manager.io")
    assert plane.ask("GET", ours).code == HTTPStatus.NOT_FOUND


def test_server_side_apply_owns_merges_conflicts_and_prunes(plane: Plane) -> None:
    where = "/api/v1/namespaces/default/configmaps/c"

    def apply(manager: str, data: dict[str, str], *, force: bool = False) -> tuple[int, Object]:
        one: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {**data}}
        answer = plane.ask("PATCH", f"{where}?fieldManager={manager}&force={str(force).lower()}", one, APPLY)
        return int(answer.code), mapping(answer.body)

    assert apply("ana", {"a": "1", "b": "1"})[0] == 201
    code, refused = apply("bo", {"a": "2"})
    assert (code, refused["message"]) == (409, 'Apply failed with 1 conflict: conflict with "ana": .data.a')
    assert apply("bo", {"a": "1", "c": "1"})[0] == 200
    code, after = apply("ana", {"b": "1"})  # gives up a, which bo owns too
    assert pairs(after, "data") == {"a": "1", "b": "1", "c": "1"}
    code, after = apply("bo", {"c": "1"})  # now nobody owns a
    assert pairs(after, "data") == {"b": "1", "c": "1"}
    code, after = apply("bo", {"b": "9"}, force=True)
    assert pairs(after, "data") == {"b": "9"}
    assert apply("ana", {"b": "1"})[0] == 409


def test_server_side_apply_keeps_what_others_put_into_the_same_list(plane: Plane, web: Object) -> None:
    wanted: Object = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "template": {"spec": {"containers": [{"name": "web", "env": [{"name": "B", "value": "2"}]}]}}
        },
    }
    after = plane.body("PATCH", f"{D}/web?fieldManager=ana", wanted, APPLY)
    container = listed(after, "spec", "template", "spec", "containers")[0]
    assert [text(one, "name") for one in listed(container, "env")] == ["A", "B"]
    assert container["image"] == "web:1"


@pytest.mark.parametrize(
    ("method", "target", "body", "words"),
    [
        ("POST", "/api/v1/namespaces/default/resourcequotas", {"metadata": {"name": "q"}}, "quotas are not enforced"),
        ("POST", "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", {"metadata": {"name": "h"}}, "measures no load"),
        ("POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets", {"metadata": {"name": "p"}}, "budgets are not enforced"),
        ("POST", "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", {"metadata": {"name": "p"}}, "policies are not enforced"),
        ("POST", "/apis/apps/v1/namespaces/default/daemonsets", {"metadata": {"name": "d"}}, "daemon sets are not run"),
    ],
)  # fmt: skip
def test_what_it_cannot_do_it_says(plane: Plane, method: str, target: str, body: Object, words: str) -> None:
    answer = plane.ask(method, target, body)
    assert answer.code == HTTPStatus.NOT_IMPLEMENTED
    assert words in text(mapping(answer.body), "message")


@pytest.mark.parametrize("part", ["attach", "proxy"])
def test_nobody_attaches_to_a_pod_or_goes_through_one(plane: Plane, web: Object, part: str) -> None:
    pod = name_of(plane.cluster.storage.all(PODS)[0])
    answer = plane.ask("POST", f"/api/v1/namespaces/prepchef/pods/{pod}/{part}?command=ls")
    assert answer.code == HTTPStatus.NOT_IMPLEMENTED
    assert "not simulated" in text(mapping(answer.body), "message")


@pytest.mark.parametrize(
    ("method", "target", "body", "code"),
    [
        ("GET", "/api/v1/namespaces/default/pods?labelSelector=a%20in", None, 400),
        ("GET", "/api/v1/namespaces/default/pods?fieldSelector=spec.nonsense%3D1", None, 400),
        ("GET", "/api/v1/namespaces/default/pods?watch=true&resourceVersion=soon", None, 400),
        ("POST", "/api/v1/namespaces/default/pods", [1], 400),
        ("POST", "/api/v1/namespaces/default/pods", {"kind": "Secret", "apiVersion": "v1"}, 400),
        ("POST", "/api/v1/namespaces/default/pods", {"metadata": {"name": "p", "namespace": "other"}}, 400),
        ("POST", "/api/v1/namespaces/default/pods", {"metadata": {"name": "UPPER"}}, 422),
        ("POST", "/api/v1/namespaces/default/services", {"metadata": {"name": "s"}}, 422),
        ("DELETE", "/api/v1/pods", None, 405),
        ("PUT", "/api/v1/namespaces/default/pods", {}, 405),
        ("GET", "/api/v1/namespaces/default/nonsense", None, 404),
        ("GET", "/nonsense", None, 404),
        ("POST", "/api/v1/namespaces/default/secrets?dryRun=Some", {"metadata": {"name": "p"}}, 400),
    ],
)  # fmt: skip
def test_nonsense_is_answered_with_a_sentence(
    plane: Plane, method: str, target: str, body: Object, code: int
) -> None:
    answer = plane.ask(method, target, body)
    assert answer.code == code
    assert text(mapping(answer.body), "message")
    assert plane.told == []
