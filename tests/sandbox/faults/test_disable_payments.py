"""PrepChef's "Disable Payments (Emergency Stop)" and its re-enabling, typed as they stand, against pods that take payments."""

from tests.conftest import Deadline
from tests.sandbox.faults.seed import Shell, commands, fences

from tocsin.sandbox.fault import differences
from tocsin.sandbox.faults.disable_payments import FRAUD
from tocsin.sandbox.oracles import kubernetes
from tocsin.sandbox.prepchef_cluster import PAYMENTS, PrepChefClusterRoom
from tocsin.sandbox.prepchef_front import API, SITE

FLAG, BANNER, INGRESS, ENABLE = range(4)
HEADING = FRAUD.heading


def test_the_flag_stops_payments_and_re_enabling_starts_them_again(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    before = FRAUD.oracles(cluster)
    assert not FRAUD.confirm(cluster)
    handle = FRAUD.inject(cluster)
    assert FRAUD.confirm(cluster)
    (flag,), (banner,) = (commands(fences(HEADING)[n]) for n in (FLAG, BANNER))
    assert cluster_shell.run(flag).status == 0
    Deadline()(lambda: cluster.get(API, PAYMENTS).status == 503, what="no pod takes payments")
    cluster.cluster.wait_ready("payments-svc")
    # 503 is also what the front door itself says as long as no pod is ready.
    Deadline()(
        lambda: "Payments temporarily disabled" in cluster.get(API, PAYMENTS).body, what="the pods say why"
    )
    assert not FRAUD.confirm(cluster)
    assert cluster_shell.run(banner).status == 0
    Deadline()(
        lambda: "Payments temporarily unavailable" in cluster.get(SITE, "/").body, what="the banner is shown"
    )

    enable, delete = commands(fences(HEADING)[ENABLE])
    assert cluster_shell.run(enable).status == 0
    cluster.cluster.wait_ready("payments-svc")
    Deadline()(cluster.pays, what="payments are taken again")
    # The Ingress never was there; and nobody takes the banner away.
    gone = cluster_shell.run(delete)
    assert gone.status == 1
    assert "not found" in gone.errors
    left = differences(before, FRAUD.oracles(cluster))
    assert set(left) == {
        "kubernetes.prepchef.deployments.frontend",
        "postgres.prepchef.public.bookings",
    }
    assert "Payments temporarily unavailable" in cluster.get(SITE, "/").body
    FRAUD.restore(cluster, handle)
    assert differences(before, FRAUD.oracles(cluster)) == {}
    FRAUD.restore(cluster, handle)
    assert differences(before, FRAUD.oracles(cluster)) == {}


def test_the_emergency_ingress_is_refused_by_the_server_and_accepted_by_the_clients_dry_run(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    manifest = fences(HEADING)[INGRESS]
    (cluster_shell.tmp / "ingress.yaml").write_text(manifest)
    looks_fine = cluster_shell.run("kubectl apply --dry-run=client -f /tmp/ingress.yaml")
    assert looks_fine.status == 0
    assert "created (dry run)" in looks_fine.out
    refused = cluster_shell.run("kubectl apply -f /tmp/ingress.yaml")
    assert refused.status == 1
    assert "either `defaultBackend` or `rules` must be specified" in refused.errors
    # Made complete, it lands in another namespace than the one the way back deletes it from.
    whole = (
        manifest
        + "spec:\n  defaultBackend:\n    service:\n      name: payments-svc\n      port:\n        number: 80\n"
    )
    (cluster_shell.tmp / "ingress.yaml").write_text(whole)
    assert cluster_shell.run("kubectl apply -f /tmp/ingress.yaml").status == 0
    assert cluster_shell.run(commands(fences(HEADING)[ENABLE])[1]).status == 1
    assert "kubernetes.default.ingresses.payments-maintenance" in kubernetes.objects(cluster.cluster.client)


def test_the_logs_of_the_investigation_are_those_of_an_empty_namespace(cluster_shell: Shell) -> None:
    asked = cluster_shell.run("kubectl logs -l app=payments-svc --since=1h")
    assert asked.status == 0
    assert asked.out == ""
    # Debian's client says nothing at all; newer ones say at least this.
    assert asked.errors in ("", "No resources found in default namespace.\n")


def test_rolling_back_after_the_stop_switches_payments_on_again(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    cluster_shell.run(commands(fences(HEADING)[FLAG])[0])
    Deadline()(lambda: not cluster.pays(), what="no pod takes payments")
    assert cluster_shell.run("kubectl rollout undo deployment/payments-svc -n prepchef").status == 0
    Deadline()(cluster.pays, what="payments are taken again, although nobody wanted that")
