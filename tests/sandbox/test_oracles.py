"""The sandbox's own eyes, against real services: what changed is seen, what did not is the same."""

import os
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.sandbox.cookcam import HOST, CookCamRoom
from tocsin.sandbox.fault import differences
from tocsin.sandbox.oracles import files, nginx, pm2, postgres, redis, residue, tls
from tocsin.sandbox.oracles import s3 as s3_oracles
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.service import wait_until
from tocsin.sandbox.tools import Tools


@pytest.fixture(scope="module")
def cookcam(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CookCamRoom]:
    running = CookCamRoom.start(tmp_path_factory.mktemp("c"), tools)
    yield running
    running.stop()


@pytest.fixture
def cache(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrepChefRoom]:
    running = PrepChefRoom.start(tmp_path_factory.mktemp("p"), tools)
    yield running
    running.stop()


def test_a_row_that_changed_is_seen_although_the_count_is_the_same(cookcam: CookCamRoom) -> None:
    before = postgres.contents(cookcam.postgres, "cookcam")
    assert before["postgres.cookcam.public.bookings"].startswith("400 rows, ")
    cookcam.postgres.query(
        "UPDATE bookings SET amount_cents = amount_cents + 1 WHERE id = 7; UPDATE bookings SET guest = guest WHERE id = 8",
        "cookcam",
    )
    after = postgres.contents(cookcam.postgres, "cookcam")
    assert list(differences(before, after)) == ["postgres.cookcam.public.bookings"]
    cookcam.postgres.query("UPDATE bookings SET amount_cents = amount_cents - 1 WHERE id = 7", "cookcam")
    assert postgres.contents(cookcam.postgres, "cookcam") == before


def test_rows_after_a_moment_are_what_a_restore_would_lose(cookcam: CookCamRoom) -> None:
    moments = ("2020-01-01 00:00Z", "2099-01-01 00:00Z")
    found = [postgres.newer(cookcam.postgres, "cookcam", "bookings", "created_at", one) for one in moments]
    assert found == [400, 0]


def test_a_setting_that_waits_for_a_restart_is_named(cookcam: CookCamRoom) -> None:
    before = postgres.settings(cookcam.postgres)
    cookcam.postgres.query("ALTER SYSTEM SET max_connections = 50")
    written = differences(before, postgres.settings(cookcam.postgres))
    cookcam.postgres.query("ALTER SYSTEM RESET max_connections")
    assert written == {"postgres.setting.written max_connections": ("absent", "50")}
    assert postgres.settings(cookcam.postgres) == before


def test_databases_indexes_and_sessions_are_told_apart(cookcam: CookCamRoom) -> None:
    server = cookcam.postgres
    before = postgres.databases(server)
    server.query("CREATE DATABASE stray; ", "postgres")
    server.query("ALTER DATABASE stray SET statement_timeout = '3s'")
    assert differences(before, postgres.databases(server))["postgres.database.stray"][1].endswith(
        "settings all statement_timeout=3s"
    )
    server.query("DROP DATABASE stray")
    assert postgres.indexes(server, "cookcam")["postgres.cookcam.index.bookings_pkey"] == "valid"
    # The application lets go of a session that it has not needed for ten seconds.
    seen: list[frozenset[postgres.Session]] = []

    def both() -> bool:
        cookcam.health()
        seen[:] = [postgres.sessions(server)]
        return {one.application for one in seen[0]} >= {"cookcam-api", "pg_receivewal"}

    wait_until(both, "the application and the replica have a session", timedelta(seconds=180))
    (who,) = seen
    server.query(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = 'cookcam-api'"
    )
    gone = sum(one.application == "cookcam-api" for one in who)
    assert postgres.ended(who, postgres.sessions(server)) == {"client backend cookcam-api": gone}
    assert postgres.replication(server)["postgres.replication.pg_receivewal"].endswith(", streaming")
    assert postgres.waiting(server) == 0


def test_nginx_is_known_by_files_workers_and_what_clients_get(cookcam: CookCamRoom) -> None:
    front, ca = cookcam.nginx, cookcam.room.authority.certificate
    before, workers, end = nginx.configuration(front), nginx.workers(front), nginx.log_end(front)
    assert set(before) == {"nginx.blocked.conf", "nginx.nginx.conf"}
    assert len(workers) == 1
    assert nginx.errors_since(front, end) == ()
    seen = nginx.answers(HOST, "/health", port=front.front.port, ca=ca, source="127.0.0.9", requests=3)
    assert seen == {200: 3}
    assert sum(nginx.answers(HOST, "/", port=1, ca=ca).values()) == 1


def test_pm2_is_known_by_definitions_without_the_values_of_variables(cookcam: CookCamRoom) -> None:
    found = pm2.definitions(cookcam.pm2)
    assert list(found) == ["pm2.cookcam-api"]
    assert "server.js" in found["pm2.cookcam-api"]
    assert "DATABASE_URL" in found["pm2.cookcam-api"]
    assert cookcam.postgres.password not in found["pm2.cookcam-api"]
    assert pm2.states(cookcam.pm2)["cookcam-api"][0][0] == "online"


def test_what_is_served_is_compared_with_what_lies_on_disk(cookcam: CookCamRoom, tmp_path: Path) -> None:
    home = cookcam.room.authority.certificate.parent
    port = cookcam.nginx.front.port
    seen = tls.oracles(HOST, port=port, certificate=home / f"{HOST}.pem", key=home / f"{HOST}.key")
    assert seen[f"tls.{HOST}.served"] == seen[f"tls.{HOST}.file"] != "absent"
    shown = tls.served(HOST, port=port)
    assert shown is not None
    assert shown.names == (HOST,)
    assert "drill" in shown.issuer
    nothing = tls.oracles(HOST, port=1, certificate=tmp_path / "no.pem", key=tmp_path / "no.key")
    assert set(nothing.values()) == {"absent"}


def test_keys_are_counted_by_prefix_database_and_lifetime(cache: PrepChefRoom) -> None:
    before = redis.keys(cache.redis, databases=(0, 1))
    assert before["redis.0.booking:lock"] == "20 keys, 0 without a lifetime"
    assert before["redis.0.cache:menu"] == "200 keys, 200 without a lifetime"
    assert redis.values(cache.redis, ("queue:emails", "nothing"), database=1) == {
        "redis.1.value.queue:emails": "list of 25",
        "redis.1.value.nothing": "absent",
    }
    cache.redis.ask("PERSIST", "booking:lock:1000")
    changed = differences(before, redis.keys(cache.redis, databases=(0, 1)))
    assert changed == {
        "redis.0.booking:lock": ("20 keys, 0 without a lifetime", "20 keys, 1 without a lifetime")
    }
    cache.redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    assert redis.settings(cache.redis)["redis.running.maxmemory-policy"] == "allkeys-lru"
    assert redis.settings(cache.redis)["redis.file.maxmemory-policy"] == "noeviction"
    assert redis.evicted(cache.redis) == {"redis.evicted": "0"}


def test_a_file_that_was_overwritten_deleted_or_opened_is_seen(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    one = tmp_path / "bucket/a.sql.gz"
    one.write_bytes(b"one")
    one.chmod(0o600)
    before = s3_oracles.objects(tmp_path)
    assert list(before) == ["s3.bucket/a.sql.gz"]
    one.write_bytes(b"two")
    assert len(differences(before, s3_oracles.objects(tmp_path))) == 1
    one.write_bytes(b"one")
    one.chmod(0o644)
    assert len(differences(before, files.tree(tmp_path, name="s3"))) == 1
    one.unlink()
    assert s3_oracles.objects(tmp_path) == {}


def test_what_a_room_leaves_is_found_without_its_manifest(tmp_path: Path) -> None:
    scratch = tmp_path / "r-1"
    scratch.mkdir()
    with (
        subprocess.Popen(["sleep", "600"], cwd=scratch) as works_there,
        subprocess.Popen(["sleep", "600"], env={**os.environ, "TOCSIN_ROOM": "r-1"}) as born_there,
        socket.create_server(("127.0.0.1", 0)) as open_port,
    ):
        port = open_port.getsockname()[1]
        found = residue.left_behind(scratch, "r-1", (port,))
        works_there.kill()
        born_there.kill()
    assert {line.split()[1] for line in found if line.startswith("process")} == {
        str(works_there.pid),
        str(born_there.pid),
    }
    assert f"port {port}" in found
    assert f"file {scratch}" in found
    scratch.rmdir()
    assert residue.left_behind(scratch, "r-1", (port,)) == ()


def test_what_appears_on_the_machine_is_named() -> None:
    before = residue.look()
    after = residue.Machine(
        before.mounts | {"/mnt/left"}, before.shared, before.segments, before.accounts | {"drill-left-this"}
    )
    assert residue.machine_changes(before, after) == ("account drill-left-this", "mount /mnt/left")
    assert residue.machine_changes(before, before) == ()
