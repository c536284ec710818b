"""CookCam, "4. Memory Leak": the restart helps for now, the limit is ignored, the dump has nobody who listens."""

from tests.sandbox.faults.cookcam import SOON, broken, corrected, healthy, run, seed

from tocsin.sandbox.cookcam import APPLICATION, CookCamRoom
from tocsin.sandbox.faults.memory_leak import HEADING, LEAK
from tocsin.sandbox.service import wait_until


def limits(room: CookCamRoom) -> list[tuple[str, int | None]]:
    return [(one.name, one.memory_limit) for one in room.pm2.applications()]


def test_the_watch_never_ends_and_the_list_does(cookcam: CookCamRoom) -> None:
    assert (
        run(cookcam, seed(HEADING, "watch"), limit=3).status != 0
    )  # 124; or there is no watch on this machine
    assert run(cookcam, corrected(HEADING, "pm2 list")).status == 0


def test_as_written_nobody_listens_and_the_limit_makes_an_outage(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        assert run(cookcam, seed(HEADING, "pm2 trigger")).status == 1
        assert list(cookcam.workdir.glob("*.heapsnapshot")) == []
        assert run(cookcam, seed(HEADING, "pm2 restart")).status == 0
        healthy(cookcam)
        assert not LEAK.confirm(cookcam)
        # The "medium term": PM2 takes the file for a program, whatever limit stands beside it.
        assert run(cookcam, seed(HEADING, "pm2 delete")).status == 0
        started = run(cookcam, seed(HEADING, "--max-memory-restart"))
        assert started.status == 0
        assert "online" in started.out
        assert cookcam.health().status == 502
        assert APPLICATION not in [name for name, _ in limits(cookcam)]
        # And beside a file that it does take, it ignores the limit.
        start = cookcam.room.scratch.path / "start.config.js"
        assert run(cookcam, f"pm2 delete all; pm2 start {start} --max-memory-restart 512M").status == 0
        assert limits(cookcam) == [(APPLICATION, None)]


def test_with_the_action_registered_the_dump_is_written(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        assert run(cookcam, "pm2 restart cookcam-api --update-env", HEAPDUMP_ACTION="1").status == 0
        healthy(cookcam)
        wait_until(
            lambda: (
                run(cookcam, seed(HEADING, "pm2 trigger")).status == 0
                and list(cookcam.workdir.glob("*.heapsnapshot")) != []
            ),
            "the dump is written",
            SOON,
        )


def test_as_corrected_the_snapshot_comes_first_and_the_limit_holds(cookcam: CookCamRoom) -> None:
    with broken(cookcam, LEAK):
        (before,) = cookcam.pm2.applications()
        written = set(cookcam.workdir.glob("*.heapsnapshot"))
        assert run(cookcam, corrected(HEADING, "heapsnapshot-signal")).status == 0
        assert run(cookcam, corrected(HEADING, "pm2 sendSignal")).status == 0
        wait_until(
            lambda: set(cookcam.workdir.glob("*.heapsnapshot")) > written, "the snapshot is written", SOON
        )
        healthy(cookcam)
        (after,) = cookcam.pm2.applications()
        assert (after.pid, after.restarts) == (before.pid, before.restarts)
        assert run(cookcam, corrected(HEADING, "pm2 reload")).status == 0
        assert run(cookcam, corrected(HEADING, "max_memory_restart")).status == 0
        assert limits(cookcam) == [(APPLICATION, 1024**3)]
        healthy(cookcam)
        assert run(cookcam, corrected(HEADING, "curl")).status == 0
        assert not LEAK.confirm(cookcam)
