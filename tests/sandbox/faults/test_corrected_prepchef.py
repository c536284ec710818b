"""PrepChef's corrected runbook: nothing for lint to remark, and every section ends its fault without the side effects."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import Deadline
from tests.sandbox.faults.seed import CORRECTED, RUNBOOK, Shell, commands, fences

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.fault import Fault, differences
from tocsin.sandbox.faults.database_backup_restore import DROPPED
from tocsin.sandbox.faults.disable_payments import FRAUD
from tocsin.sandbox.faults.finance_payout_reconciliation import MISSED
from tocsin.sandbox.faults.high_database_load import REPORT, REPORTS_FAULT, SEARCH, SHORT_FAULT
from tocsin.sandbox.faults.redis_memory_full import FULL
from tocsin.sandbox.faults.revoke_stripe_keys import LEAKED
from tocsin.sandbox.faults.ssl_certificate_expiration import EXPIRED
from tocsin.sandbox.faults.synthetic_monitoring import SLOW
from tocsin.sandbox.payout_job import DAY, PrepChefJobsRoom
from tocsin.sandbox.prepchef import APP_ROLE, BACKUP, PrepChefRoom
from tocsin.sandbox.prepchef_cluster import PrepChefClusterRoom
from tocsin.sandbox.prepchef_front import API, SITE
from tocsin.sandbox.tools import Tools

HOLES = {
    "<backup>": BACKUP.rpartition("/")[2],
    "<node-api-replicas>": "4",
    "<python-compliance-replicas>": "2",
    "<payments-svc-replicas>": "2",
}
PATIENCE = timedelta(seconds=60)


def steps(heading: str) -> list[str]:
    """The fences of a section of the corrected runbook, with its holes filled."""
    found = []
    for fence in fences(heading, CORRECTED):
        for hole, value in HOLES.items():
            fence = fence.replace(hole, value)
        found.append(fence)
    return found


def follow(shell: Shell, fence: str) -> None:
    """Type a fence, command by command; each has to succeed.

    Who waits for pods to go and comes too late is told that there are none. The client calls that an error, tocsin
    takes it for the end that was waited for, and whether it happens is up to the machine. Who looks too early looks
    again: nginx serves the old certificate for a moment after it was told to reload.
    """
    for command in commands(fence):
        _typed(shell, command)


def _typed(shell: Shell, command: str) -> None:
    clock = SystemClock()
    until = clock.monotonic() + PATIENCE.total_seconds()
    while True:
        done = shell.run(command, limit=600)
        gone = "--for=delete" in command and "no matching resources found" in done.errors
        if done.status == 0 or gone:
            return
        assert judge(command).effect is Effect.OBSERVE, f"{command}\n{done}"
        assert clock.monotonic() < until, f"{command}\n{done}"


def test_lint_has_nothing_to_remark() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "lint", str(CORRECTED), "--fail-on", "note"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_it_has_every_section_of_the_seed() -> None:
    headings = re.findall("^###? .*$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    corrected = CORRECTED.read_text(encoding="utf-8").splitlines()
    assert headings
    assert [line for line in headings if line not in corrected] == []


def test_database_backup_restore_brings_the_rows_back_under_the_old_name_and_owner(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    before = DROPPED.oracles(cluster) | FRAUD.oracles(cluster)
    handle = DROPPED.inject(cluster)
    assert DROPPED.confirm(cluster)
    look, load, stop, swap, start, verify, back = steps(DROPPED.heading)
    for fence in (look, load, stop, swap, start, verify):
        follow(cluster_shell, fence)
    assert not DROPPED.confirm(cluster)
    after = DROPPED.oracles(cluster) | FRAUD.oracles(cluster)
    # What was booked since the backup is lost: no runbook brings that back. The old database is kept, and closed.
    assert set(differences(before, after)) == {
        "postgres.database.prepchef_old",
        "postgres.prepchef.bookings.since the backup",
        "postgres.prepchef.public.bookings",
    }
    assert after["postgres.prepchef.public.bookings"].startswith("20000 rows")
    url = cluster.postgres.url("prepchef", APP_ROLE)
    assert cluster_shell.run(f"psql -d {url} -c 'CREATE TABLE reviews (id int)'").status == 0

    follow(cluster_shell, back)
    assert DROPPED.confirm(cluster)  # as it was before the restore: without the table
    DROPPED.restore(cluster, handle)
    assert differences(before, DROPPED.oracles(cluster) | FRAUD.oracles(cluster)) == {}


def test_a_damaged_backup_is_noticed_before_anybody_is_stopped(prepchef: PrepChefRoom, shell: Shell) -> None:
    backup = prepchef.backups.root / "prepchef-backups" / BACKUP
    backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    _, download, whole, _ = commands(steps(DROPPED.heading)[0])
    assert shell.run(download).status == 0
    assert shell.run(whole).status == 1


def test_revoke_stripe_keys_replaces_first_and_no_payment_is_refused(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    before = LEAKED.oracles(cluster)
    handle = LEAKED.inject(cluster)
    patch, restart, verify, clean = steps(LEAKED.heading)
    new = cluster.stripe.issue("rk_live_", permissions=frozenset({"balance_read", "payment_intent_write"}))
    file = cluster.room.scratch.path / "stripe-key.json"
    file.write_text(json.dumps({"stringData": {"STRIPE_SECRET_KEY": new}}))
    follow(cluster_shell, patch)
    follow(cluster_shell, restart)
    assert LEAKED.confirm(cluster)
    cluster.stripe.revoke(cluster.stripe_key)  # by hand, in the pages of Stripe
    follow(cluster_shell, verify)
    assert not LEAKED.confirm(cluster)
    follow(cluster_shell, clean)
    assert cluster.stripe_key not in (cluster.logs / "payments.log").read_text()
    changed = differences(before, LEAKED.oracles(cluster))
    secret = "kubernetes.prepchef.secrets.prepchef-secrets"
    # The pods are new ones, of the same template but for the moment of the restart; nothing else is touched.
    restarted = {
        f"kubernetes.prepchef.deployments.{name}"
        for name in ("node-api", "python-compliance", "payments-svc", "frontend")
    }
    assert set(changed) == {secret, "stripe.revoked", *restarted}
    old, now = (dict(pair.split("=") for pair in one.split()) for one in changed[secret])
    assert {name for name in old if old[name] != now[name]} == {"STRIPE_SECRET_KEY"}
    assert old.keys() == now.keys()
    LEAKED.restore(cluster, handle)
    assert differences(before, LEAKED.oracles(cluster)) == {}


def test_disable_payments_stops_them_and_re_enabling_leaves_nothing(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    before = FRAUD.oracles(cluster)
    handle = FRAUD.inject(cluster)
    flag, banner, look, enable = steps(FRAUD.heading)
    follow(cluster_shell, flag)
    assert not FRAUD.confirm(cluster)
    follow(cluster_shell, banner)
    assert "listens on" in cluster_shell.run(commands(look)[0]).out
    follow(cluster_shell, look)
    follow(cluster_shell, enable)
    assert set(differences(before, FRAUD.oracles(cluster))) == {"postgres.prepchef.public.bookings"}
    assert "temporarily" not in cluster.get(SITE, "/").body
    FRAUD.restore(cluster, handle)
    assert differences(before, FRAUD.oracles(cluster)) == {}


@pytest.mark.parametrize(("fault", "application"), [(REPORTS_FAULT, REPORT), (SHORT_FAULT, SEARCH)])
def test_high_database_load_names_the_application_and_ends_it(
    prepchef: PrepChefRoom,
    shell: Shell,
    fault: Fault[Any, Any],
    application: str,
) -> None:
    before = fault.oracles(prepchef)
    handle = fault.inject(prepchef)
    who, slow, end, gone, limit, index, back = steps(fault.heading)
    Deadline()(lambda: application in shell.sql(who).out, what="the application is seen at work")
    assert shell.sql(slow).status == 0
    ended = shell.sql(end.replace("<application>", application))
    assert ended.status == 0
    assert ended.out.count("|t") >= 2
    follow(shell, gone.replace("<application>", application))
    assert not fault.confirm(prepchef)
    assert prepchef.get(API, "/health").status == 200
    follow(shell, limit)
    follow(shell, index)
    follow(shell, back)
    assert set(differences(before, fault.oracles(prepchef))) == {
        "postgres.prepchef.index.idx_bookings_kitchen_time"
    }
    fault.restore(prepchef, handle)
    assert differences(before, fault.oracles(prepchef)) == {}


def test_redis_memory_full_sheds_pages_and_nobody_loses_a_session(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    before = FULL.oracles(prepchef)
    handle = FULL.inject(prepchef)
    look, shed, more, back = steps(FULL.heading)
    assert shell.run("redis-cli -e SET booking:lock:9999 chef-1").status == 1
    follow(shell, look)
    follow(shell, shed)
    assert not FULL.confirm(prepchef)
    assert differences(before, FULL.oracles(prepchef)) == {}
    follow(shell, more)
    assert FULL.oracles(prepchef)["redis.maxmemory"] == str(64 * 1024 * 1024)
    follow(shell, back)
    FULL.restore(prepchef, handle)


def test_ssl_certificate_expiration_is_renewed_and_served(prepchef: PrepChefRoom, shell: Shell) -> None:
    handle = EXPIRED.inject(prepchef)
    check, renew, _ = steps(EXPIRED.heading)
    assert shell.run(commands(check)[0]).status == 1
    follow(shell, renew)
    assert not EXPIRED.confirm(prepchef)
    seen = EXPIRED.oracles(prepchef)
    assert seen["tls.prepchef.com.served"] == seen["tls.prepchef.com.file"]
    EXPIRED.restore(prepchef, handle)


def test_the_secret_of_an_ingress_is_replaced_although_it_is_there(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    (made,) = [one for one in commands(fences(EXPIRED.heading)[2]) if "create secret tls" in one]
    here = cluster.letsencrypt
    refused = cluster_shell.run(made.replace("/etc/letsencrypt", str(here)))
    assert refused.status == 1
    assert "already exists" in refused.errors
    before = cluster.cluster.secret("prepchef-tls")
    create, patch, _ = commands(steps(EXPIRED.heading)[2])
    assert cluster_shell.run(create.replace("/etc/letsencrypt", str(here))).status == 0
    assert cluster_shell.run(patch).status == 0
    after = cluster.cluster.secret("prepchef-tls")
    assert before.keys() == after.keys()
    assert before["tls.crt"] != after["tls.crt"]


def test_cert_manager_is_asked_for_something_that_is_not_there(cluster_shell: Shell) -> None:
    find, annotate = commands(fences(EXPIRED.heading)[1])
    nothing = cluster_shell.run(find)
    assert nothing.status == 0
    assert "No resources found" in nothing.out + nothing.errors
    assert cluster_shell.run(annotate).status == 0


def test_synthetics_show_which_part_is_slow(prepchef: PrepChefRoom, shell: Shell) -> None:
    handle = SLOW.inject(prepchef)
    city, health = commands(steps(SLOW.heading)[0])
    late = shell.run(city)
    assert late.status == 0
    assert float(late.out.split()[-1]) >= 0.2
    assert shell.run(health).status == 0
    SLOW.restore(prepchef, handle)


@pytest.fixture
def jobs(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrepChefJobsRoom]:
    running = PrepChefJobsRoom.start(tmp_path_factory.mktemp("j"), tools)
    assert isinstance(running, PrepChefJobsRoom)
    yield running
    running.stop()


def test_finance_payout_reconciliation_is_run_by_hand(jobs: PrepChefJobsRoom) -> None:
    MISSED.inject(jobs)
    shell = Shell(jobs.environment, jobs.room.scratch.path)
    jobs.job.result.unlink()
    for fence in steps(MISSED.heading):
        follow(shell, fence.replace("<day>", DAY))
    assert jobs.job.result.exists()
