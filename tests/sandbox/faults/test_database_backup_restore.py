"""PrepChef's "Database Backup Restore", typed as it stands, against a database whose bookings are gone."""

import gzip

from tests.conftest import Deadline
from tests.sandbox.faults.seed import Shell, commands, fences, only

from tocsin.sandbox.fault import differences
from tocsin.sandbox.faults.database_backup_restore import DROPPED
from tocsin.sandbox.oracles import kubernetes, postgres
from tocsin.sandbox.prepchef import API, APP_ROLE, BACKUP, BUCKET, PrepChefRoom
from tocsin.sandbox.prepchef_cluster import PrepChefClusterRoom

LOOK, STOP, RESTORE, START, VERIFY = range(5)
HEADING = DROPPED.heading


def test_a_dropped_table_is_an_outage_and_the_way_back_brings_every_row(prepchef: PrepChefRoom) -> None:
    before = DROPPED.oracles(prepchef)
    assert not DROPPED.confirm(prepchef)
    assert before["postgres.prepchef.bookings.since the backup"] == "120 rows"
    handle = DROPPED.inject(prepchef)
    assert DROPPED.confirm(prepchef)
    answer = prepchef.get(API, "/health")
    assert answer.status == 503
    assert 'relation \\"bookings\\" does not exist' in answer.body
    DROPPED.restore(prepchef, handle)
    assert differences(before, DROPPED.oracles(prepchef)) == {}
    assert prepchef.get(API, "/health").status == 200
    DROPPED.restore(prepchef, handle)
    assert differences(before, DROPPED.oracles(prepchef)) == {}


def test_the_backup_is_listed_and_looked_into_and_a_missing_one_looks_the_same(shell: Shell) -> None:
    listing, peek = commands(fences(HEADING)[LOOK])
    assert "backup-2025-01-20.sql.gz" in shell.run(listing).out
    seen = shell.run(peek)
    assert "PostgreSQL database dump" in seen.out
    # Under pipefail the good case fails, without it the missing backup succeeds (defect 45).
    assert seen.status == 0
    missing = shell.run(peek.replace("2025-01-20", "2025-01-21"))
    assert (missing.status, missing.out) == (0, "")


def test_the_restore_as_written_brings_the_rows_and_the_swap_fails_beside_a_live_application(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    DROPPED.inject(prepchef)
    assert prepchef.get(API, "/health").status == 503  # and its pool keeps the session
    download, create, load, count, first, second = commands(fences(HEADING)[RESTORE])
    assert shell.run(download).status == 0
    assert shell.run(create).status == 0
    assert shell.run(load).status == 0
    assert "20000" in shell.run(count).out
    refused = shell.run(first)
    assert refused.status == 1
    assert "is being accessed by other users" in refused.errors
    refused = shell.run(second)
    assert refused.status == 1
    assert "already exists" in refused.errors
    assert DROPPED.confirm(prepchef)
    assert prepchef.get(API, "/health").status == 503
    assert "postgres.database.prepchef_restore" in DROPPED.oracles(prepchef)


def test_a_session_in_the_restored_database_leaves_no_database_at_all(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    handle = DROPPED.inject(prepchef)
    prepchef.application.stop()
    _, create, _, _, first, second = commands(fences(HEADING)[RESTORE])
    shell.run(create)
    # Somebody looks into the copy, as step "Verify restore" asks for, and stays.
    looks = "psql -d prepchef_restore -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 & until psql -X -A -t -c \"SELECT count(*) FROM"
    looks += " pg_stat_activity WHERE datname = 'prepchef_restore'\" | grep -qx 1; do :; done; "
    done = shell.run(f"{looks} {first}; echo first $?; {second}; echo second $?")
    assert "first 0" in done.out
    assert "second 1" in done.out
    assert "postgres.database.prepchef" not in postgres.databases(prepchef.postgres)
    assert DROPPED.confirm(prepchef)
    DROPPED.restore(prepchef, handle)
    assert not DROPPED.confirm(prepchef)


def test_the_database_that_was_swapped_in_is_a_stranger(prepchef: PrepChefRoom, shell: Shell) -> None:
    DROPPED.inject(prepchef)
    prepchef.application.stop()
    for command in commands(fences(HEADING)[RESTORE]):
        assert shell.run(command).status == 0, command
    found = postgres.databases(prepchef.postgres)
    assert found["postgres.database.prepchef"].startswith("owner postgres,")
    assert found["postgres.database.prepchef"].endswith("settings none")
    assert found["postgres.database.prepchef_old"].endswith("settings all statement_timeout=60s")
    url = prepchef.postgres.url("prepchef", APP_ROLE)
    denied = shell.run(f"psql -d {url} -c 'CREATE TABLE reviews (id int)'")
    assert "permission denied for schema public" in denied.errors
    lost = DROPPED.oracles(prepchef)
    assert lost["postgres.prepchef.bookings.since the backup"] == "0 rows"


def test_a_backup_that_was_cut_is_restored_without_a_word(prepchef: PrepChefRoom, shell: Shell) -> None:
    backup = prepchef.backups.root / BUCKET / BACKUP
    text = gzip.decompress(backup.read_bytes())
    whole = gzip.compress(text, compresslevel=1)
    backup.write_bytes(whole[: len(whole) // 2])
    handle = DROPPED.inject(prepchef)
    download, create, load, _, _, _ = commands(fences(HEADING)[RESTORE])
    shell.run(download)
    shell.run(create)
    assert (
        shell.run(load).status == 0
    )  # the status of psql, which takes the end of its input for the end of the data
    assert shell.run("gzip -t /tmp/backup-2025-01-20.sql.gz").status == 1
    DROPPED.restore(prepchef, handle)


def test_health_as_written_succeeds_while_the_application_is_down(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    DROPPED.inject(prepchef)
    done = shell.run(only(fences(HEADING)[VERIFY], "/health"))
    assert done.status == 0
    assert "unavailable" in done.out


def test_without_a_cluster_the_servers_cannot_be_stopped_and_the_room_says_so(shell: Shell) -> None:
    for command in commands(fences(HEADING)[STOP]):
        assert "not simulated in this sandbox" in shell.run(command).errors


def test_two_of_three_writers_are_stopped_and_half_of_the_pods_come_back(
    cluster: PrepChefClusterRoom, cluster_shell: Shell
) -> None:
    before = kubernetes.objects(cluster.cluster.client)
    handle = DROPPED.inject(cluster)
    for command in commands(fences(HEADING)[STOP]):
        done = cluster_shell.run(command)
        assert (done.status, done.out.strip().endswith("scaled")) == (0, True)
    Deadline()(
        lambda: not cluster.cluster.pods("node-api") and not cluster.cluster.pods("python-compliance"),
        what="the pods are gone, a moment after the commands have succeeded",
    )
    # payments-svc, which the document names elsewhere, keeps its sessions.
    Deadline()(
        lambda: {one.application for one in postgres.sessions(cluster.postgres)} == {"payments-svc"},
        what="the server has noticed who went",
    )
    download, create, load, count, first, _ = commands(fences(HEADING)[RESTORE])
    for command in (download, create, load, count):
        assert cluster_shell.run(command).status == 0
    refused = cluster_shell.run(first)
    assert refused.status == 1
    assert "is being accessed by other users" in refused.errors
    for command in commands(fences(HEADING)[START]):
        assert cluster_shell.run(command).status == 0
    cluster.cluster.wait_ready("python-compliance")
    changed = differences(before, kubernetes.objects(cluster.cluster.client))
    assert list(changed) == ["kubernetes.prepchef.deployments.node-api"]
    assert [one.split()[0] for one in changed["kubernetes.prepchef.deployments.node-api"]] == ["4", "2"]
    assert DROPPED.confirm(cluster)
    DROPPED.restore(cluster, handle)
    assert not DROPPED.confirm(cluster)
    assert kubernetes.objects(cluster.cluster.client) == before
