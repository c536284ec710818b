"""PrepChef's "Revoke Stripe Keys (Compromised)", typed as it stands, against a Stripe that revokes and pods that pay."""

from tests.conftest import Deadline
from tests.sandbox.faults.seed import Shell, commands, fences

from tocsin.sandbox.fault import differences
from tocsin.sandbox.faults.revoke_stripe_keys import LEAKED
from tocsin.sandbox.oracles import kubernetes
from tocsin.sandbox.prepchef_cluster import PAYMENTS, PrepChefClusterRoom
from tocsin.sandbox.prepchef_front import API

HEADING = LEAKED.heading
SECRET = "kubernetes.{}.secrets.prepchef-secrets"


def replace_and_restart() -> list[str]:
    (fence,) = fences(HEADING)
    return commands(fence)


def test_revoked_first_and_replaced_in_another_namespace_nobody_can_pay(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    before = LEAKED.oracles(cluster)
    assert not LEAKED.confirm(cluster)
    handle = LEAKED.inject(cluster)
    assert LEAKED.confirm(cluster)
    # Step 1 is done by hand in Stripe's pages, and is an outage from that moment on.
    cluster.stripe.revoke(cluster.stripe_key)
    assert cluster.get(API, PAYMENTS).status == 502
    new = cluster.stripe.issue("rk_live_", permissions=frozenset({"balance_read", "payment_intent_write"}))
    update, *restarts = replace_and_restart()
    done = cluster_shell.run(update.replace("sk_live_NEW_KEY", new))
    assert done.status == 0
    assert "secret/prepchef-secrets created" in done.out
    for restart in restarts:
        assert cluster_shell.run(restart).status == 0
    cluster.cluster.wait_ready("node-api", "payments-svc")
    assert cluster.get(API, PAYMENTS).status == 502
    assert '"stripe":401' in cluster.get(API, PAYMENTS).body
    assert LEAKED.confirm(cluster)
    after = LEAKED.oracles(cluster)
    assert SECRET.format("default") in after
    assert after[SECRET.format("prepchef")] == before[SECRET.format("prepchef")]
    # The key stands once more, in an annotation.
    assert "kubectl.kubernetes.io/last-applied-configuration" in after[SECRET.format("default")]
    LEAKED.restore(cluster, handle)
    assert differences(before, LEAKED.oracles(cluster)) == {}
    assert not LEAKED.confirm(cluster)


def test_in_the_right_namespace_the_new_key_is_paid_with(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    LEAKED.inject(cluster)
    new = cluster.stripe.issue()
    update, *restarts = replace_and_restart()
    there = update.replace("sk_live_NEW_KEY", new).replace("create secret", "create -n prepchef secret")
    assert cluster_shell.run(there.replace("apply -f -", "apply -n prepchef -f -")).status == 0
    for restart in restarts:
        assert cluster_shell.run(restart).status == 0
    cluster.cluster.wait_ready("node-api", "payments-svc")
    Deadline()(
        lambda: kubernetes.outdated(cluster.cluster.client, "prepchef") == (),
        what="no pod of an older template is left",
    )
    assert LEAKED.confirm(cluster)  # the leaked key still opens Stripe
    cluster.stripe.revoke(cluster.stripe_key)
    Deadline()(lambda: not LEAKED.confirm(cluster), what="customers pay with the new key")


def test_a_secret_that_was_applied_before_loses_its_other_keys(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    made = cluster_shell.run(
        "kubectl delete secret prepchef-secrets -n prepchef && kubectl create secret generic prepchef-secrets"
        " --from-literal=STRIPE_SECRET_KEY=old --from-literal=DATABASE_URL=kept --from-literal=STRIPE_WEBHOOK_SECRET=kept"
        " --dry-run=client -o yaml | kubectl apply -n prepchef -f -"
    )
    assert made.status == 0, made
    assert len(cluster.cluster.secret()) == 3
    update = replace_and_restart()[0].replace("create secret", "create -n prepchef secret")
    assert cluster_shell.run(update.replace("apply -f -", "apply -n prepchef -f -")).status == 0
    assert set(cluster.cluster.secret()) == {"STRIPE_SECRET_KEY"}
