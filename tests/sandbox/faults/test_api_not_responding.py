"""CookCam, "1. API Not Responding": the restart helps a stopped application; the forced one makes a crash loop an outage."""

from tests.sandbox.faults.cookcam import SOON, broken, corrected, healthy, run, seed

from tocsin.sandbox.cookcam import APPLICATION, CookCamRoom
from tocsin.sandbox.faults.api_not_responding import CRASH_LOOP, HEADING, STOPPED
from tocsin.sandbox.service import wait_until


def test_stopped_as_written_is_fixed_by_the_restart(cookcam: CookCamRoom) -> None:
    with broken(cookcam, STOPPED):
        status = run(cookcam, seed(HEADING, "pm2 status"))
        assert (status.status, "stopped" in status.out) == (0, True)
        assert run(cookcam, seed(HEADING, "netstat")).out.count(f":{cookcam.pm2.port} ") == 0
        assert run(cookcam, seed(HEADING, "top -bn1")).status == 0
        assert run(cookcam, seed(HEADING, "pm2 restart")).status == 0
        healthy(cookcam)


def test_the_logs_of_the_runbook_never_end(cookcam: CookCamRoom) -> None:
    endless = run(cookcam, seed(HEADING, "pm2 logs"), limit=3)
    assert endless.status == 124
    bounded = run(cookcam, corrected(HEADING, "pm2 logs"))
    assert bounded.status == 0
    assert "listens on" in bounded.out


def test_a_crash_loop_as_written_ends_as_an_outage_that_says_online(cookcam: CookCamRoom) -> None:
    with broken(cookcam, CRASH_LOOP):
        deleted = run(cookcam, seed(HEADING, "pm2 delete"))
        started = run(cookcam, seed(HEADING, "pm2 start"))
        assert (deleted.status, started.status) == (0, 0)
        assert "online" in started.out
        # PM2 took the configuration for a program of that name; nothing listens any more.
        assert [one.name for one in cookcam.pm2.applications()] == ["ecosystem.config.production"]
        assert CRASH_LOOP.confirm(cookcam)


def test_a_crash_loop_as_corrected_goes_back_to_the_release_that_ran(cookcam: CookCamRoom) -> None:
    with broken(cookcam, CRASH_LOOP):
        # The restart counter moves, or the application is given up: either says that it does not stay up.
        wait_until(
            lambda: any(one.status == "errored" or one.restarts > 1 for one in cookcam.pm2.applications()),
            "PM2 has restarted it again and again",
            SOON,
        )
        local = run(cookcam, corrected(HEADING, "git status --porcelain"))
        assert local.out.split() == ["M", "server.js"]
        assert run(cookcam, corrected(HEADING, "git stash push")).status == 0
        assert run(cookcam, corrected(HEADING, "pm2 startOrReload")).status == 0
        healthy(cookcam)
        assert run(cookcam, corrected(HEADING, "curl")).status == 0
        assert [one.name for one in cookcam.pm2.applications()] == [APPLICATION]
