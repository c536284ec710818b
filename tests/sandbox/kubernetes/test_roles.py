"""Who may do what: roles decide as in a real cluster, and a refusal has the real one's words."""

import base64
from datetime import timedelta

import pytest
from tests.conftest import Deadline
from tests.sandbox.kubernetes.conftest import Plane, Running

from tocsin.sandbox.kubernetes import roles
from tocsin.sandbox.kubernetes.authorizer import Act, act_of
from tocsin.sandbox.kubernetes.objects import Object, listed, mapping, text
from tocsin.sandbox.kubernetes.requests import Request

READER = "system:serviceaccount:prepchef:reader"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
SECRETS = "/api/v1/namespaces/prepchef/secrets"
ACCOUNTS = "/api/v1/namespaces/prepchef/serviceaccounts"
D = "/apis/apps/v1/namespaces/prepchef/deployments"
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@pytest.fixture
def cluster(plane: Plane) -> Plane:
    """With the roles of every cluster, and a service account that may look into one namespace."""
    roles.establish(plane.cluster)
    plane.body("POST", ACCOUNTS, {"metadata": {"name": "reader"}})
    bind(plane, "readers", "view", {"kind": "ServiceAccount", "name": "reader", "namespace": "prepchef"})
    return plane


def bind(plane: Plane, name: str, role: str, subject: Object, kind: str = "ClusterRole") -> None:
    reference: Object = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role}
    made = plane.ask(
        "POST",
        f"{RBAC}/namespaces/prepchef/rolebindings",
        {"metadata": {"name": name}, "roleRef": reference, "subjects": [subject]},
    )
    assert made.code == 201, made


def token(plane: Plane) -> str:
    """Of the reader, from a secret that asks for it."""
    one: Object = {
        "metadata": {"name": "reader-token", "annotations": {"kubernetes.io/service-account.name": "reader"}},
        "type": "kubernetes.io/service-account-token",
    }
    made = plane.body("POST", SECRETS, one)
    return base64.b64decode(text(made, "data", "token")).decode()


def as_user(
    plane: Plane, user: str, method: str, path: str, body: Object | None = None, group: str = ""
) -> tuple[int, str]:
    """What somebody is answered: the code, and the words of a refusal."""
    more = {"Impersonate-User": user, **({"Impersonate-Group": group} if group else {})}
    answer = plane.ask(method, path, body, more=more)
    return int(answer.code), text(mapping(answer.body), "message")  # type: ignore[arg-type]  # JSON of an error


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/api/v1/namespaces/prepchef/pods", ""),
        ("GET", "/api/v1/namespaces/prepchef/pods?watch=true&timeoutSeconds=0", ""),
        ("GET", "/api/v1/namespaces/prepchef", ""),
        ("GET", "/version", ""),
        ("GET", SECRETS, 'secrets is forbidden: User "{}" cannot list resource "secrets" in API group "" in the namespace "prepchef"'),
        ("GET", f"{SECRETS}/a", 'secrets "a" is forbidden: User "{}" cannot get resource "secrets" in API group "" in the namespace "prepchef"'),
        ("GET", f"{SECRETS}?fieldSelector=metadata.name%3Da", 'secrets "a" is forbidden: User "{}" cannot list resource "secrets" in API group "" in the namespace "prepchef"'),
        ("GET", "/api/v1/nodes", 'nodes is forbidden: User "{}" cannot list resource "nodes" in API group "" at the cluster scope'),
        ("GET", "/api/v1/namespaces/default/pods", 'pods is forbidden: User "{}" cannot list resource "pods" in API group "" in the namespace "default"'),
        ("DELETE", f"{D}/web", 'deployments.apps "web" is forbidden: User "{}" cannot delete resource "deployments" in API group "apps" in the namespace "prepchef"'),
        ("DELETE", D, 'deployments.apps is forbidden: User "{}" cannot deletecollection resource "deployments" in API group "apps" in the namespace "prepchef"'),
        ("PATCH", f"{D}/web/scale", 'deployments.apps "web" is forbidden: User "{}" cannot patch resource "deployments/scale" in API group "apps" in the namespace "prepchef"'),
        ("POST", D, 'deployments.apps is forbidden: User "{}" cannot create resource "deployments" in API group "apps" in the namespace "prepchef"'),
        ("POST", "/api/v1/namespaces/prepchef/pods/web/exec", 'pods "web" is forbidden: User "{}" cannot create resource "pods/exec" in API group "" in the namespace "prepchef"'),
        ("GET", "/metrics", 'forbidden: User "{}" cannot get path "/metrics"'),
    ],
)  # fmt: skip
def test_who_may_look_may_not_change_and_is_told_so(
    cluster: Plane, method: str, path: str, refusal: str
) -> None:
    assert as_user(cluster, READER, method, path) == ((403, refusal.format(READER)) if refusal else (200, ""))


def test_a_refusal_says_what_it_is_about(cluster: Plane) -> None:
    answer = cluster.ask("DELETE", f"{D}/web", token=token(cluster))
    assert isinstance(answer.body, dict)
    assert answer.body["reason"] == "Forbidden"
    assert answer.body["details"] == {"name": "web", "group": "apps", "kind": "deployments"}


def test_a_role_can_name_single_objects_and_a_group_can_be_bound(cluster: Plane) -> None:
    rule: Object = {
        "apiGroups": ["apps"],
        "resources": ["deployments", "deployments/scale"],
        "verbs": ["get", "patch"],
        "resourceNames": ["web"],
    }
    cluster.body(
        "POST", f"{RBAC}/namespaces/prepchef/roles", {"metadata": {"name": "deployer"}, "rules": [rule]}
    )
    bind(cluster, "deployers", "deployer", {"kind": "Group", "name": "oncall"}, kind="Role")
    assert as_user(cluster, "bo", "GET", f"{D}/web", group="oncall")[0] == 404
    assert as_user(cluster, "bo", "PATCH", f"{D}/web/scale", {}, group="oncall")[0] == 404
    assert as_user(cluster, "bo", "GET", f"{D}/other", group="oncall")[0] == 403
    assert as_user(cluster, "bo", "GET", f"{D}/web")[0] == 403


def test_a_binding_to_a_role_that_is_not_there_is_named_in_the_refusal(cluster: Plane) -> None:
    bind(cluster, "dangling", "nope", {"kind": "User", "name": "chen"})
    code, said = as_user(cluster, "chen", "GET", "/api/v1/namespaces/prepchef/pods")
    assert code == 403
    assert said.endswith(': RBAC: clusterrole.rbac.authorization.k8s.io "nope" not found')


def test_only_who_may_impersonate_can_pass_for_somebody(cluster: Plane) -> None:
    held = token(cluster)
    answer = cluster.ask("GET", "/api/v1/nodes", token=held, more={"Impersonate-User": "ana"})
    assert answer.code == 403
    assert text(mapping(answer.body), "message") == (  # type: ignore[arg-type]  # JSON of an error
        f'users "ana" is forbidden: User "{READER}" cannot impersonate resource "users" in API group "" at the cluster scope'
    )
    master = cluster.ask(
        "GET",
        "/api/v1/nodes",
        token=held,
        more={"Impersonate-User": READER, "Impersonate-Group": "system:masters"},
    )
    assert master.code == 403


def test_an_access_review_answers_what_the_request_itself_would_be_answered(cluster: Plane) -> None:
    held = token(cluster)

    def may(**asked: str) -> object:
        return cluster_says(cluster, held, {"resourceAttributes": {"namespace": "prepchef", **asked}})

    def cluster_says(plane: Plane, token_: str, spec: Object) -> object:
        answer = plane.ask("POST", REVIEW, {"spec": spec}, token=token_)
        assert isinstance(answer.body, dict)
        return mapping(answer.body, "status")["allowed"]

    assert may(verb="list", resource="pods") is True
    assert may(verb="get", resource="pods", subresource="log") is True
    assert may(verb="create", resource="pods", subresource="exec") is False
    assert may(verb="patch", resource="deployments", group="apps") is False
    assert may(verb="*", resource="*", group="*") is False
    assert cluster_says(cluster, held, {"nonResourceAttributes": {"verb": "get", "path": "/version"}}) is True
    assert cluster_says(cluster, held, {"nonResourceAttributes": {"verb": "get", "path": "/logs"}}) is False


def test_a_rules_review_lists_what_one_may(cluster: Plane) -> None:
    answer = cluster.ask(
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        {"spec": {"namespace": "prepchef"}},
        token=token(cluster),
    )
    assert isinstance(answer.body, dict)
    found = listed(answer.body, "status", "resourceRules")
    assert any("deployments" in str(rule["resources"]) for rule in found)
    assert not any("secrets" in str(rule["resources"]) for rule in found)
    assert mapping(answer.body, "status")["incomplete"] is False


def test_a_token_is_good_as_long_as_its_account_is_the_same(cluster: Plane) -> None:
    held = token(cluster)
    asked = cluster.body("POST", f"{ACCOUNTS}/reader/token", {"spec": {"expirationSeconds": 600}})
    for one in (held, text(asked, "status", "token")):
        assert cluster.ask("GET", "/api/v1/namespaces/prepchef/pods", token=one).code == 200
    cluster.body("DELETE", f"{ACCOUNTS}/reader")
    cluster.body("POST", ACCOUNTS, {"metadata": {"name": "reader"}})
    for one in (held, text(asked, "status", "token"), "guessed", ""):
        assert cluster.ask("GET", "/api/v1/namespaces/prepchef/pods", token=one).code == 401


def test_a_token_for_nobody_is_not_made(cluster: Plane) -> None:
    one: Object = {
        "metadata": {"name": "t", "annotations": {"kubernetes.io/service-account.name": "nobody"}},
        "type": "kubernetes.io/service-account-token",
    }
    assert cluster.ask("POST", SECRETS, one).code == 404
    assert cluster.ask("POST", f"{ACCOUNTS}/reader/token", {"spec": {"expirationSeconds": 5}}).code == 400


@pytest.mark.parametrize(
    ("method", "path", "act"),
    [
        ("GET", "/apis", Act("get", path="/apis")),
        ("GET", "/apis/apps/v1", Act("get", path="/apis/apps/v1")),
        ("GET", "/api/v1/watch/pods", Act("watch", resource="pods")),
        ("PUT", "/api/v1/namespaces/a/finalize", Act("update", resource="namespaces", part="finalize", namespace="a", name="a")),
        ("GET", "/api/v1/namespaces/a/pods/b/log", Act("get", resource="pods", part="log", namespace="a", name="b")),
        ("HEAD", "/api/v1/nodes/n", Act("get", resource="nodes", name="n")),
        ("DELETE", "/api/v1/namespaces/a", Act("delete", resource="namespaces", namespace="a", name="a")),
    ],
)  # fmt: skip
def test_what_a_request_wants_is_read_as_a_real_server_reads_it(method: str, path: str, act: Act) -> None:
    assert act_of(Request.of(method, path, {})) == act


def test_kubectl_is_told_what_an_account_may_and_is_refused_the_rest(
    running: Running, deadline: Deadline
) -> None:
    for words in (
        ("create", "namespace", "shop"),
        ("create", "serviceaccount", "reader", "-n", "shop"),
        (
            "create",
            "rolebinding",
            "readers",
            "--clusterrole=view",
            "--serviceaccount=shop:reader",
            "-n",
            "shop",
        ),
        ("create", "deployment", "web", "--image=test/inside:1", "-n", "shop"),
    ):
        done = running.kubectl(*words)
        assert done.returncode == 0, done.stderr
    who = "--as=system:serviceaccount:shop:reader"
    assert running.kubectl("auth", "can-i", "list", "pods", "-n", "shop", who).stdout == "yes\n"
    no = running.kubectl("auth", "can-i", "delete", "pods", "-n", "shop", who)
    assert (no.returncode, no.stdout) == (1, "no\n")
    assert "deployments.apps" in running.kubectl("auth", "can-i", "--list", "-n", "shop", who).stdout
    deadline(
        lambda: "web-" in running.kubectl("get", "pods", "-n", "shop", who).stdout,
        what="a reader sees the pod", within=timedelta(seconds=120),
    )  # fmt: skip
    refused = running.kubectl("scale", "deployment", "web", "--replicas=3", "-n", "shop", who)
    assert (refused.returncode, refused.stderr) == (
        1,
        'Error from server (Forbidden): deployments.apps "web" is forbidden: User '
        '"system:serviceaccount:shop:reader" cannot patch resource "deployments/scale" in API group "apps" in the '
        'namespace "shop"\n',
    )
    inside = running.kubectl("exec", "deploy/web", "-n", "shop", who, "--", "true")
    assert 'resource "pods/exec" in API group "" in the namespace "shop"' in inside.stderr
