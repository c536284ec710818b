"""CookCam, "5. Rate Limit Triggered": the wrong column, the directive nginx refuses, the whitelist without effect."""

from tests.sandbox.faults.cookcam import SEED, SOON, broken, corrected, run, seed

from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.fail2ban import Fail2ban, Rule
from tocsin.sandbox.faults.rate_limit_triggered import (
    ATTACK,
    ATTACKER,
    BURST,
    CUSTOMERS,
    HEADING,
    SPIKE,
    Before,
    others_fare,
    restore,
    spike,
)
from tocsin.sandbox.oracles import nginx
from tocsin.sandbox.service import wait_until

RELOAD = "sudo nginx -t && sudo systemctl reload nginx"


def config(room: CookCamRoom) -> str:
    return room.nginx.config.read_text()


def reloaded(room: CookCamRoom) -> None:
    """Test and reload, and a new worker serves: only that says that the configuration was taken."""
    before = nginx.workers(room.nginx)
    assert run(room, RELOAD).status == 0
    wait_until(lambda: bool(nginx.workers(room.nginx) - before), "nginx has a new worker", SOON)


# After a reload the old worker closes its connections, and may still answer one of them: so these are waited for.


def still_refused(room: CookCamRoom) -> None:
    wait_until(lambda: SPIKE.confirm(room), "customers are refused, as before", SOON)


def passes(room: CookCamRoom, handle: Before) -> None:
    wait_until(
        lambda: not SPIKE.confirm(room) and handle.visitors.rounds()[-1] == {200: BURST},
        "every customer is served",
        SOON,
    )


def unharmed(room: CookCamRoom) -> None:
    wait_until(lambda: others_fare(room, 1) == {200: 1}, "another address is served", SOON)


def test_as_written_the_column_is_wrong_and_the_directive_is_refused(cookcam: CookCamRoom) -> None:
    directive = "limit_req zone=api_limit:10m rate=20r/s;"
    assert f"# Change: {directive}\n" in SEED.read_text(encoding="utf-8")
    with broken(cookcam, SPIKE) as handle:
        # The text says 429, and 503 elsewhere, for an API that does not respond.
        seen: list[dict[int, int]] = []

        def refused() -> bool:
            seen[:] = handle.visitors.rounds()
            return seen[-1].get(503, 0) > 0

        wait_until(refused, "somebody is refused", SOON)
        assert not any(429 in one for one in seen)
        assert cookcam.health().status == 200
        assert "limiting requests" in run(cookcam, seed(HEADING, "tail -20")).out
        written = run(cookcam, seed(HEADING, "awk")).out
        assert '"api.cookcam.app"' in written
        assert CUSTOMERS not in written
        assert (
            run(cookcam, corrected(HEADING, "client:")).out.split()[1] == CUSTOMERS
        )  # the first of the list
        good = config(cookcam)
        for mark in ("server_tokens off;", "limit_req zone=api_limit burst=5 nodelay;"):
            cookcam.nginx.config.write_text(good.replace(mark, f"{mark}\n{directive}"))
            tested = run(cookcam, seed(HEADING, "nginx -t"))
            assert tested.status == 1
            assert 'invalid parameter "rate=20r/s"' in tested.errors
        still_refused(cookcam)


def test_the_whitelist_as_written_whitelists_nothing_and_as_corrected_it_does(cookcam: CookCamRoom) -> None:
    with broken(cookcam, SPIKE) as handle:
        good = config(cookcam)
        cookcam.nginx.config.write_text(
            good.replace(
                "server_tokens off;", "server_tokens off;\n  geo $limit { default 1; 127.0.0.0/8 0; }"
            )
        )
        reloaded(cookcam)
        still_refused(cookcam)
        # Another key for the same zone: the test says yes, the reload says yes, and nothing changes.
        before, end = nginx.workers(cookcam.nginx), nginx.log_end(cookcam.nginx)
        cookcam.nginx.config.write_text(whitelisted(good, "api_limit"))
        assert run(cookcam, RELOAD).status == 0
        wait_until(
            lambda: any(
                "while previously it used" in line for line in nginx.errors_since(cookcam.nginx, end)
            ),
            "nginx has said no in its log",
            SOON,
        )
        assert before >= nginx.workers(cookcam.nginx)  # no new one; an older one may have ended meanwhile
        still_refused(cookcam)
        text = whitelisted(good, "api_limit_by_key")
        cookcam.nginx.config.write_text(text.replace("zone=api_limit burst", "zone=api_limit_by_key burst"))
        reloaded(cookcam)
        passes(cookcam, handle)


def whitelisted(text: str, zone: str) -> str:
    """The configuration with a key that is empty for the room's customers."""
    keyed = (
        "geo $limit { default 1; 127.0.0.0/8 0; }\n"
        '  map $limit $limit_key { 0 ""; 1 $binary_remote_addr; }\n'
        f"  limit_req_zone $limit_key zone={zone}:10m rate=10r/s;"
    )
    return text.replace("limit_req_zone $binary_remote_addr zone=api_limit:10m rate=10r/s;", keyed)


def test_as_corrected_the_customers_pass_and_far_more_are_still_limited(cookcam: CookCamRoom) -> None:
    with broken(cookcam, SPIKE) as handle:
        assert run(cookcam, corrected(HEADING, "cp /etc/nginx/nginx.conf /etc")).status == 0
        assert run(cookcam, corrected(HEADING, "sed -i")).status == 0
        reloaded(cookcam)
        passes(cookcam, handle)
        assert run(cookcam, corrected(HEADING, "chefs")).status == 0
        # A machine that is too busy to send them at once gets another try.
        wait_until(
            lambda: others_fare(cookcam, BURST * 4, "127.0.0.9")[503] > 0, "an abuser is still limited", SOON
        )
        # The way back: the rules from before.
        assert run(cookcam, corrected(HEADING, "cp /etc/nginx/nginx.conf.before")).status == 0
        reloaded(cookcam)
        still_refused(cookcam)


def test_a_person_blocks_the_attacker_and_nobody_else(cookcam: CookCamRoom) -> None:
    with broken(cookcam, ATTACK):
        listed = run(cookcam, corrected(HEADING, "client:")).out.split()
        assert ATTACKER in listed
        assert run(cookcam, corrected(HEADING, " banip").replace("<address>", ATTACKER)).status == 0
        wait_until(lambda: not ATTACK.confirm(cookcam), "the attacker is forbidden", SOON)
        assert ATTACKER in run(cookcam, corrected(HEADING, "status")).out
        unharmed(cookcam)
        assert run(cookcam, corrected(HEADING, "unbanip").replace("<address>", ATTACKER)).status == 0
        wait_until(lambda: ATTACK.confirm(cookcam), "the attacker gets in again", SOON)


def test_fail2ban_blocks_by_itself_and_ends_the_ban_on_time(cookcam: CookCamRoom) -> None:
    guard = Fail2ban(cookcam.room, cookcam.nginx, Rule(attempts=50, ban=2))
    cookcam.room.begin(guard)
    handle = spike(cookcam)
    try:
        wait_until(lambda: CUSTOMERS in cookcam.nginx.blocked.read_text(), "the address is blocked", SOON)
        unharmed(cookcam)
        handle.visitors.stop()
        wait_until(lambda: cookcam.nginx.blocked.read_text() == "", "the ban has ended", SOON)
    finally:
        guard.stop()
        restore(cookcam, handle)
