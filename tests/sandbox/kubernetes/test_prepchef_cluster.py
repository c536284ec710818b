"""PrepChef's cluster: the runbook's commands change what people are answered at the front door."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.sandbox.conftest import find_residue
from tests.sandbox.kubernetes.conftest import DATA

from tocsin.sandbox.kube_room import API, BAD_RELEASE, DEPLOYMENTS, NAMESPACE, SITE, PrepChefCluster
from tocsin.sandbox.kubernetes.objects import name_of, text
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.tools import Tools

SOON = timedelta(seconds=120)


@pytest.fixture(scope="module")
def cluster(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrepChefCluster]:
    room = OpenRoom(tmp_path_factory.mktemp("c"), tools)
    with room.ended_on_failure():
        made = PrepChefCluster(room)
        room.furnish()
        made.begin()
    yield made
    room.stop()
    assert (
        find_residue(room.scratch.path, (made.simulator.plan.port, made.ingress_tls_port, made.ingress_port))
        == []
    )


def run(cluster: PrepChefCluster, text_: str) -> subprocess.CompletedProcess[str]:
    """One text of the runbook with nothing but the room's environment."""
    return subprocess.run(
        ["/bin/bash", "-c", text_],
        env=cluster.room.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_normal_day(cluster: PrepChefCluster) -> None:
    cluster.rebuild()
    assert cluster.get(API, "/health").status == 200
    assert cluster.get(SITE, "/").status == 200
    assert cluster.get(API, "/api/payments").status == 200
    assert {name: len(cluster.pods(name)) for name in DEPLOYMENTS} == dict(DEPLOYMENTS)


def test_the_runbooks_curl_reaches_the_pods_through_the_ingress(cluster: PrepChefCluster) -> None:
    cluster.rebuild()
    assert '"service": "node-api"' in run(cluster, "curl -s https://api.prepchef.com/health").stdout
    assert '"service": "frontend"' in run(cluster, "curl -s https://prepchef.com").stdout


def test_what_is_executed_in_a_pod_meets_the_room_and_nothing_else(cluster: PrepChefCluster) -> None:
    cluster.rebuild()
    inside = run(
        cluster, "kubectl exec -n prepchef deploy/payments-svc -- printenv STRIPE_SECRET_KEY PAYMENTS_ENABLED"
    )
    assert inside.stdout == "sk_live_OLD\ntrue\n", inside.stderr
    own = run(
        cluster, "kubectl exec -n prepchef deploy/node-api -- sh -c 'curl -s http://$HOST:$PORT/health'"
    )
    assert '"service": "node-api"' in own.stdout, own.stderr
    front = run(
        cluster, "kubectl exec -n prepchef deploy/node-api -- curl -s https://api.prepchef.com/health"
    )
    assert '"service": "node-api"' in front.stdout, front.stderr
    outside = run(cluster, "kubectl exec -n prepchef deploy/node-api -- curl -s -m 60 http://192.0.2.1/")
    assert outside.returncode != 0
    assert "KUBECONFIG" not in run(cluster, "kubectl exec -n prepchef deploy/node-api -- env").stdout


def test_who_only_looks_sees_the_cluster_and_changes_nothing(cluster: PrepChefCluster) -> None:
    cluster.rebuild()
    reading = f"KUBECONFIG={cluster.reader()}"
    seen = run(cluster, f"{reading} kubectl get deployments -n prepchef -o name")
    assert len(seen.stdout.splitlines()) == len(DEPLOYMENTS), seen.stderr
    refused = run(
        cluster, f"{reading} kubectl set env deployment/payments-svc PAYMENTS_ENABLED=false -n prepchef"
    )
    assert refused.returncode == 1
    assert (
        'cannot patch resource "deployments" in API group "apps" in the namespace "prepchef"'
        in refused.stderr
    )
    assert cluster.variables_of("payments-svc")["PAYMENTS_ENABLED"] == "true"


def test_the_emergency_stop_stops_payments_and_the_way_back_brings_them_back(
    cluster: PrepChefCluster, deadline: Deadline
) -> None:
    cluster.rebuild()
    run(cluster, "kubectl set env deployment/payments-svc PAYMENTS_ENABLED=false -n prepchef")
    cluster.wait_ready("payments-svc")
    deadline(
        lambda: cluster.get(API, "/api/payments").status == 503, what="payments are refused", within=SOON
    )
    assert cluster.get(API, "/health").status == 200
    message = 'kubectl set env deployment/frontend MAINTENANCE_MESSAGE="Payments temporarily unavailable" -n prepchef'
    run(cluster, message)
    deadline(
        lambda: "Payments temporarily unavailable" in cluster.get(SITE, "/").body,
        what="the banner is up",
        within=SOON,
    )
    assert cluster.variables_of("payments-svc") == {"PAYMENTS_ENABLED": "false"}
    run(cluster, "kubectl set env deployment/payments-svc PAYMENTS_ENABLED=true -n prepchef")
    deadline(lambda: cluster.get(API, "/api/payments").status == 200, what="payments are taken", within=SOON)


def test_applications_scaled_to_nothing_answer_nothing_until_they_are_back(
    cluster: PrepChefCluster, deadline: Deadline
) -> None:
    cluster.rebuild()
    run(cluster, "kubectl scale deployment node-api --replicas=0 -n prepchef")
    deadline(lambda: cluster.get(API, "/health").status == 503, what="the front door says 503", within=SOON)
    deadline(lambda: cluster.pods("node-api") == [], what="the pods are gone", within=SOON)
    run(cluster, "kubectl scale deployment node-api --replicas=2 -n prepchef")
    deadline(lambda: cluster.get(API, "/health").status == 200, what="it answers again", within=SOON)


def test_the_runbooks_rotation_changes_the_secret_of_another_namespace(cluster: PrepChefCluster) -> None:
    cluster.rebuild()
    before = cluster.secret()
    done = run(
        cluster,
        "kubectl create secret generic prepchef-secrets --from-literal=STRIPE_SECRET_KEY='sk_live_NEW_KEY' "
        "--dry-run=client -o yaml | kubectl apply -f -",
    )
    assert done.stdout == "secret/prepchef-secrets created\n"
    assert cluster.secret() == before
    assert set(cluster.secret(namespace="default")) == {"STRIPE_SECRET_KEY"}


def test_an_emergency_ingress_with_a_snippet_is_seen_by_a_client(
    cluster: PrepChefCluster, deadline: Deadline
) -> None:
    cluster.rebuild()
    manifest = (DATA / "ing2.yaml").read_text()
    # A snippet of a host that nothing else serves: on a shared host the more exact location of the other Ingress wins.
    manifest = manifest.replace("api.prepchef.com", "payments.example").replace(
        "path: /api/payments", "path: /"
    )
    done = subprocess.run(
        ["kubectl", "apply", "-n", NAMESPACE, "-f", "-"],
        env=cluster.room.environment, input=manifest, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    def answered() -> str:
        told = ("--resolve", f"payments.example:{cluster.ingress_port}:127.0.0.1")
        where = f"http://payments.example:{cluster.ingress_port}/api/payments"
        found = subprocess.run(
            [cluster.room.tools.curl, "-q", "-s", *told, where],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return found.stdout

    deadline(lambda: answered() == "Payments temporarily disabled", what="the rule is seen", within=SOON)
    run(cluster, f"kubectl delete ingress payments-maintenance -n {NAMESPACE}")
    deadline(lambda: "Payments" not in answered(), what="the rule is gone", within=SOON)


def test_a_rule_that_nginx_refuses_leaves_the_others_as_they_are(
    cluster: PrepChefCluster, deadline: Deadline
) -> None:
    cluster.rebuild()
    rule = (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: broken\n  annotations:\n"
        "    nginx.ingress.kubernetes.io/server-snippet: 'nonsense here;'\n"
        "spec:\n  rules: [{host: broken.example}]\n"
    )
    subprocess.run(
        ["kubectl", "apply", "-n", NAMESPACE, "-f", "-"],
        env=cluster.room.environment, input=rule, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip

    def refused() -> list[str]:
        events = cluster.client.items(f"/api/v1/namespaces/{NAMESPACE}/events")
        return [text(one, "message") for one in events if text(one, "reason") == "Rejected"]

    said = deadline(refused, what="an event says so", within=SOON)
    assert 'unknown directive "nonsense"' in said[0]
    assert cluster.get(API, "/health").status == 200


def test_a_new_certificate_in_the_secret_is_served(cluster: PrepChefCluster, deadline: Deadline) -> None:
    cluster.rebuild()
    before = presented(cluster)
    certificate, key = cluster.room.authority.issue("prepchef.example", SITE, API)
    refused = run(
        cluster, f"kubectl create secret tls prepchef-tls --cert={certificate} --key={key} -n prepchef"
    )
    assert "already exists" in refused.stderr
    assert presented(cluster) == before
    made = f"kubectl create secret tls prepchef-tls --cert={certificate} --key={key} -n prepchef --dry-run=client -o yaml"
    assert run(cluster, f"{made} | kubectl apply -f -").returncode == 0
    wanted = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    deadline(lambda: presented(cluster) == wanted, what="the new certificate is served", within=SOON)


def presented(cluster: PrepChefCluster) -> bytes:
    """What a client that names prepchef.com is presented."""
    trust = ssl.create_default_context(cafile=str(cluster.room.authority.certificate))
    with (
        socket.create_connection(("127.0.0.1", cluster.ingress_tls_port), timeout=60) as plain,
        trust.wrap_socket(plain, server_hostname=SITE) as secure,
    ):
        return secure.getpeercert(binary_form=True) or b""


def test_an_undo_after_a_restart_keeps_the_bad_release(cluster: PrepChefCluster, deadline: Deadline) -> None:
    cluster.rebuild()
    image = (
        f"kubectl set image deployment/frontend frontend=registry.local/frontend:{BAD_RELEASE} -n prepchef"
    )
    run(cluster, image)
    run(cluster, "kubectl rollout restart deployment/frontend -n prepchef")
    deadline(lambda: len(_images(cluster)) == 2, what="the bad release is being rolled out", within=SOON)
    run(cluster, "kubectl rollout undo deployment/frontend -n prepchef")
    container = cluster.kubectl("get", "deploy", "frontend", "-n", NAMESPACE, "-o", "jsonpath={..image}")
    assert BAD_RELEASE in container
    assert cluster.get(SITE, "/").status == 200  # the old pod stays while the new one is not ready
    run(cluster, "kubectl rollout undo deployment/frontend -n prepchef --to-revision=1")
    cluster.wait_ready("frontend")
    # The pod of the bad release takes its time to end, and is listed until it has.
    deadline(lambda: _tags(cluster) == {"1.4.0"}, what="the bad release is gone", within=SOON)


def _tags(cluster: PrepChefCluster) -> set[str]:
    return {name.rpartition(":")[2] for name in _images(cluster)}


def _images(cluster: PrepChefCluster) -> set[str]:
    found = set()
    for pod in cluster.pods("frontend"):
        assert name_of(pod).startswith("frontend-")
        found.add(
            cluster.kubectl(
                "get",
                "pod",
                name_of(pod),
                "-n",
                NAMESPACE,
                "-o",
                "jsonpath={.spec.containers[0].image}",
                "--ignore-not-found",
            )
        )
    return found - {""}


def test_a_normal_day_comes_back_whatever_was_done(cluster: PrepChefCluster) -> None:
    run(
        cluster, "kubectl delete deployment,service,ingress,secret --all -n prepchef; kubectl create ns other"
    )
    cluster.rebuild()
    assert cluster.get(API, "/api/payments").status == 200
    assert set(cluster.secret()) == {"STRIPE_SECRET_KEY", "DATABASE_URL", "STRIPE_WEBHOOK_SECRET"}


def test_the_cluster_names_itself_to_tocsin(cluster: PrepChefCluster, tmp_path: Path) -> None:
    uid = cluster.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
    assert len(uid) == 36
    server = cluster.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
    assert server.startswith("https://127.0.0.1:")
