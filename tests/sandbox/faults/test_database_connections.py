"""CookCam, "2. Database Connection Issues": the question is refused, the kill misses the leak and hits replication."""

from tests.sandbox.faults.cookcam import SOON, broken, corrected, healthy, run, seed

from tocsin.sandbox.cookcam import DATABASE, CookCamRoom
from tocsin.sandbox.faults.database_connections import EXHAUSTED, HEADING
from tocsin.sandbox.oracles import postgres
from tocsin.sandbox.service import wait_until

LEAKED = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'cookcam-api'"


def superuser(room: CookCamRoom) -> str:
    """Another URL for the same command: of a role that the reserved slots are kept for."""
    return room.postgres.url(DATABASE)


def leaked(room: CookCamRoom) -> int:
    return int(room.postgres.query(LEAKED))


def test_as_written_the_question_is_refused_and_the_kill_misses_the_leak(cookcam: CookCamRoom) -> None:
    with broken(cookcam, EXHAUSTED):
        # With the application's own role nobody gets in: neither to look nor to kill.
        for part in ("SELECT COUNT(*)", "pg_terminate_backend"):
            refused = run(cookcam, seed(HEADING, part))
            assert refused.status == 2
            assert "remaining connection slots" in refused.errors
        # With a role that does get in, the count counts what the limit does not: of at most 20 it finds more.
        asked = run(cookcam, seed(HEADING, "SELECT COUNT(*)") + " -At", DATABASE_URL=superuser(cookcam))
        assert int(asked.out) > 20
        before = leaked(cookcam)
        assert before >= 15
        done = run(cookcam, seed(HEADING, "pg_terminate_backend"), DATABASE_URL=superuser(cookcam))
        assert done.status == 0
        assert leaked(cookcam) == before
        assert EXHAUSTED.confirm(cookcam)
        # What frees them is the restart.
        assert run(cookcam, seed(HEADING, "pm2 restart")).status == 0
        wait_until(lambda: not EXHAUSTED.confirm(cookcam), "the role is let in", SOON)
        healthy(cookcam)
        assert leaked(cookcam) == 0


def test_the_kill_hits_the_walsender_and_nothing_else(cookcam: CookCamRoom) -> None:
    # The room's replica is younger than five minutes, and no drill waits that long: only the age is shortened.
    shortened = seed(HEADING, "pg_terminate_backend").replace("5 minutes", "0 seconds")
    with broken(cookcam, EXHAUSTED, cut=True):
        before = postgres.sessions(cookcam.postgres)
        replica = cookcam.replica.stream()
        assert run(cookcam, shortened, DATABASE_URL=superuser(cookcam)).status in {
            0,
            2,
        }  # 2: it ended itself too
        wait_until(lambda: cookcam.replica.stream() != replica, "replication is cut", SOON)
        ended = postgres.ended(before, postgres.sessions(cookcam.postgres))
        assert ended == {"walsender pg_receivewal": 1}
        assert EXHAUSTED.confirm(cookcam)


def test_as_corrected_the_leaked_sessions_end_and_replication_stays(cookcam: CookCamRoom) -> None:
    with broken(cookcam, EXHAUSTED):
        replica = cookcam.replica.stream()
        counted = run(cookcam, corrected(HEADING, "GROUP BY"))
        assert (counted.status, "idle in transaction" in counted.out) == (0, True)
        listed = run(cookcam, corrected(HEADING, "AS since"))
        assert listed.status == 0
        assert "idle in transaction" in listed.out
        ends = corrected(HEADING, "pg_terminate_backend")
        # What is younger than the text's five seconds is spared, so it is asked for until none is left.
        wait_until(
            lambda: run(cookcam, ends).status == 0 and leaked(cookcam) == 0, "the sessions are ended", SOON
        )
        assert cookcam.replica.stream() == replica
        healthy(cookcam)
        assert run(cookcam, corrected(HEADING, "curl")).status == 0
