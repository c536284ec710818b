"""CookCam's mitigation options A to D: each as written and as corrected, against the fault it is meant for."""

from tests.sandbox.faults.cookcam import SOON, broken, corrected, healthy, run, seed, unharmed

from tocsin.sandbox import look
from tocsin.sandbox.cookcam import APPLICATION, DATABASE, ROLE, CookCamRoom
from tocsin.sandbox.faults import (
    option_a_rollback,
    option_b_hot_fix,
    option_c_scale_up,
    option_d_database_recovery,
)
from tocsin.sandbox.faults.option_d_database_recovery import BACKUP, locked
from tocsin.sandbox.service import wait_until

A, B = option_a_rollback.ROLLBACK, option_b_hot_fix.HEADING
C, D = option_c_scale_up.HEADING, option_d_database_recovery.HEADING


# --- Option A ---------------------------------------------------------------------------------------------------


def previous(command: str) -> str:
    """The hole of the checkout, filled as tocsin fills it: with a commit of the list before."""
    assert "<previous-stable-commit>" in command
    return command.replace("<previous-stable-commit>", "HEAD~1")


def test_a_as_written_leaves_the_bad_release_in_place(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_a_rollback.BAD_RELEASE):
        assert run(cookcam, seed(A, "git checkout")).status == 2  # the hole itself is a redirection for bash
        source = cookcam.workdir / "server.js"
        released = source.read_bytes()
        source.write_bytes(released + b"// changed on the server\n")
        assert run(cookcam, previous(seed(A, "git checkout"))).status == 1  # a local change refuses it
        assert run(cookcam, corrected(A, "git status")).out.split() == [
            "M",
            "server.js",
        ]  # which is seen before
        source.write_bytes(released)
        assert run(cookcam, previous(seed(A, "git checkout"))).status == 0
        assert run(cookcam, seed(A, "npm ci")).status == 0
        assert run(cookcam, seed(A, "npm run build")).status == 0
        reloaded = run(cookcam, seed(A, "pm2 reload"))
        assert reloaded.status == 1
        assert "not found" in reloaded.out + reloaded.errors
        assert option_a_rollback.confirm(cookcam)
        checked = run(cookcam, seed(A, "curl"))
        assert (checked.status, "bookings_v2" in checked.out) == (0, True)  # 503, and status 0


def test_a_as_corrected_rolls_back_and_forward_again(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_a_rollback.BAD_RELEASE):
        assert run(cookcam, corrected(A, "git status")).out == ""
        assert option_a_rollback.RELEASE in run(cookcam, corrected(A, "git log")).out
        for command in (previous(corrected(A, "git checkout <")), "npm ci", "npm run build"):
            assert run(cookcam, command).status == 0
        assert run(cookcam, "pm2 reload ecosystem.production.config.js").status == 0
        healthy(cookcam)
        assert not option_a_rollback.confirm(cookcam)
        for command in (corrected(A, "git checkout main"), "npm ci", "npm run build"):
            assert run(cookcam, command).status == 0
        assert run(cookcam, "pm2 reload ecosystem.production.config.js").status == 0
        wait_until(lambda: option_a_rollback.confirm(cookcam), "the newer release is back", SOON)
        assert cookcam.checkout.branch == "main"


# --- Option B ---------------------------------------------------------------------------------------------------


def test_b_as_written_pushes_a_branch_without_the_fix(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_b_hot_fix.BAD_RELEASE):
        bad = cookcam.checkout.head
        assert run(cookcam, seed(B, "git checkout")).status == 0
        assert run(cookcam, option_b_hot_fix.PATCH).status == 0
        committed = run(cookcam, seed(B, "git commit"))
        assert committed.status == 1
        assert "no changes added to commit" in committed.out
        assert run(cookcam, seed(B, "git push")).status == 0
        assert cookcam.checkout.pushed()["hotfix/incident-YYYYMMDD"] == bad
        assert run(cookcam, seed(B, "npm run build")).status == 0
        assert run(cookcam, seed(B, "pm2 reload")).status == 1
        assert option_a_rollback.confirm(cookcam)


def test_b_as_corrected_deploys_what_was_pushed(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_b_hot_fix.BAD_RELEASE):
        assert run(cookcam, corrected(B, "git checkout -b")).status == 0
        good = (cookcam.workdir / "server.js").read_bytes()
        (cookcam.workdir / "server.js").write_text("const = ;\n")
        assert run(cookcam, "npm run build").status != 0  # what does not compile is not deployed
        (cookcam.workdir / "server.js").write_bytes(good)
        assert run(cookcam, option_b_hot_fix.PATCH).status == 0
        for part in ("git commit", "git push", "git ls-remote"):
            assert run(cookcam, corrected(B, part)).status == 0
        assert cookcam.checkout.head in cookcam.checkout.pushed().values()
        assert run(cookcam, "npm run build && pm2 reload ecosystem.production.config.js").status == 0
        healthy(cookcam)
        assert run(cookcam, corrected(B, "git checkout main")).status == 0
        assert run(cookcam, "npm run build && pm2 reload ecosystem.production.config.js").status == 0
        wait_until(lambda: option_a_rollback.confirm(cookcam), "the release from before is back", SOON)


# --- Option C ---------------------------------------------------------------------------------------------------


def test_c_as_written_in_fork_mode_the_copies_die_again_and_again(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_c_scale_up.BUSY):
        assert run(cookcam, seed(C, "pm2 scale")).status == 0
        wait_until(
            lambda: sum(one.restarts for one in cookcam.pm2.applications()) > 5, "the copies crash-loop", SOON
        )
        assert len(cookcam.pm2.applications()) == 3
        assert option_c_scale_up.confirm(cookcam)
        # The correction asks for the mode first, and says that this option is not available.
        assert run(cookcam, corrected(C, "exec_mode")).status == 1


def test_c_as_written_delete_and_start_is_an_outage(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_c_scale_up.BUSY):
        assert run(cookcam, seed(C, "pm2 delete")).status == 0
        started = run(cookcam, seed(C, "-i max"))
        assert started.status == 0
        assert "online" in started.out
        assert cookcam.health().status == 502
        # Beside a file that PM2 does take, the number of instances is ignored, in fork mode as in cluster mode.
        (cookcam.workdir / ".busy").unlink()
        start = cookcam.room.scratch.path / "start.config.js"
        assert run(cookcam, f"pm2 delete all; pm2 start {start} -i max").status == 0
        assert len(cookcam.pm2.applications()) == 1


def test_c_as_corrected_in_cluster_mode_the_new_processes_answer(clustered: CookCamRoom) -> None:
    with broken(clustered, option_c_scale_up.BUSY):
        assert run(clustered, corrected(C, "exec_mode")).status == 0
        assert run(clustered, corrected(C, "pm2 scale cookcam-api +2")).status == 0
        healthy(clustered)
        unharmed(clustered, option_c_scale_up.BUSY)
        assert [one.mode for one in clustered.pm2.applications()] == ["cluster_mode"] * 3
        assert run(clustered, corrected(C, "pm2 describe")).status == 0
        (clustered.workdir / ".busy").unlink()
        assert run(clustered, corrected(C, "pm2 scale cookcam-api 1")).status == 0
        wait_until(lambda: len(clustered.pm2.applications()) == 1, "one process is left", SOON)
        healthy(clustered)
        start = clustered.room.scratch.path / "start.config.js"
        assert run(clustered, f"pm2 delete cookcam-api; pm2 start {start} -i max").status == 0
        assert len(clustered.pm2.applications()) == 1


# --- Option D ---------------------------------------------------------------------------------------------------


def dumped(command: str) -> str:
    """The hole of the restore, filled with the backup that is there."""
    for hole in ("backup_YYYYMMDD.dump", "<backup>"):
        command = command.replace(hole, BACKUP)
    assert BACKUP in command
    return command


def least(room: CookCamRoom) -> int:
    return int(room.postgres.query("SELECT min(amount_cents) FROM bookings", DATABASE))


def book(room: CookCamRoom) -> int | None:
    return look.ask(room.pm2.port, "/api/v1/bookings", "POST").status


def test_d_as_written_locks_the_database_out(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_d_database_recovery.SPOILED):
        assert run(cookcam, seed(D, "= on")).status == 0
        restored = run(cookcam, dumped(seed(D, "pg_restore")))
        assert restored.status == 1
        assert "cannot execute DROP TABLE in a read-only transaction" in restored.errors
        ended = run(cookcam, seed(D, "= off"))
        assert ended.status == 1
        assert "cannot execute ALTER DATABASE in a read-only transaction" in ended.errors
        # Nothing was restored, and from now on nobody can write: also not the superuser, in that database.
        assert least(cookcam) == 1
        assert locked(cookcam)
        assert run(cookcam, seed(D, "= off"), DATABASE_URL=cookcam.postgres.url(DATABASE)).status == 1
        assert run(cookcam, "pm2 restart cookcam-api").status == 0
        healthy(cookcam)
        assert book(cookcam) == 503


def test_d_read_only_mode_does_not_bind_a_session_that_is_open(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_d_database_recovery.SPOILED):
        assert run(cookcam, "pm2 restart cookcam-api").status == 0
        healthy(cookcam)
        # One session of the application does all of this: it is the only one, and waits for its next request.
        open_sessions = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}'"
        wait_until(lambda: int(cookcam.postgres.query(open_sessions)) >= 1, "the pool has a session", SOON)
        held = f"""
        psql "$DATABASE_URL" -Atq <<'SQL'
        SELECT 1;
        \\! psql "$DATABASE_URL" -qc "ALTER DATABASE {DATABASE} SET default_transaction_read_only = on;"
        UPDATE bookings SET status = 'written' WHERE id = 1 RETURNING status;
        SQL
        """
        assert "written" in run(cookcam, held.replace("\n        ", "\n")).out
        assert locked(cookcam)


WAYS_OUT = (
    "PGOPTIONS='-c default_transaction_read_only=off' psql $DATABASE_URL -c 'ALTER DATABASE cookcam RESET default_transaction_read_only'",
    "psql ${DATABASE_URL%/*}/postgres -c 'ALTER DATABASE cookcam RESET default_transaction_read_only'",
    "psql $DATABASE_URL -c 'SET default_transaction_read_only = off' -c 'ALTER DATABASE cookcam RESET default_transaction_read_only'",
)


def test_d_three_ways_out_that_no_text_names(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_d_database_recovery.SPOILED):
        for out in WAYS_OUT:
            assert run(cookcam, seed(D, "= on")).status == 0
            assert locked(cookcam)
            assert run(cookcam, out).status == 0
            assert not locked(cookcam)


def test_d_as_corrected_restores_and_goes_back(cookcam: CookCamRoom) -> None:
    with broken(cookcam, option_d_database_recovery.SPOILED):
        for part in ("pm2 stop", "pg_dump", "pg_terminate_backend"):
            assert run(cookcam, corrected(D, part)).status == 0
        assert BACKUP in run(cookcam, corrected(D, "ls -l")).out
        looked = corrected(D, "grep -x 0")
        assert run(cookcam, looked).status == 1
        restored = run(cookcam, dumped(corrected(D, "<backup>")))
        assert (restored.status, restored.errors) == (0, "")
        assert run(cookcam, looked).out == "0\n"
        assert run(cookcam, "pm2 restart cookcam-api").status == 0
        healthy(cookcam)
        assert least(cookcam) > 1
        assert not locked(cookcam)
        # The way back: what was there before, spoiled as it was.
        assert run(cookcam, corrected(D, "pm2 stop")).status == 0
        assert run(cookcam, corrected(D, '-d "${DATABASE_URL:?}" before-restore.dump')).status == 0
        assert run(cookcam, "pm2 restart cookcam-api").status == 0
        healthy(cookcam)
        assert least(cookcam) == 1
        assert [one.name for one in cookcam.pm2.applications()] == [APPLICATION]
