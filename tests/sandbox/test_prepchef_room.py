"""PrepChef's room: a Redis that is really full, and the runbook's commands against it."""

import subprocess
from collections.abc import Iterator

import pytest

from tocsin.sandbox.fault import differences
from tocsin.sandbox.faults.redis_memory_full import FULL
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.tools import Tools


@pytest.fixture
def room(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrepChefRoom]:
    running = PrepChefRoom.start(tmp_path_factory.mktemp("p"), tools)
    yield running
    running.stop()


def run(room: PrepChefRoom, text: str) -> subprocess.CompletedProcess[str]:
    """One text of the runbook with nothing but the room's environment."""
    return subprocess.run(
        ["/bin/bash", "-c", text],
        env=room.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_a_normal_day_is_not_full(room: PrepChefRoom) -> None:
    assert not FULL.confirm(room)
    assert FULL.oracles(room)["redis.keys.booking:lock"] == "20"
    assert FULL.oracles(room)["redis.queue.emails"] == "25"


def test_a_full_redis_refuses_writes_until_the_policy_evicts(room: PrepChefRoom) -> None:
    before = FULL.oracles(room)
    handle = FULL.inject(room)
    assert FULL.confirm(room)
    refused = run(room, "redis-cli SET booking:lock:9999 chef-1 PX 60000")
    assert refused.returncode == 0  # redis-cli answers 0 whatever the server says
    assert refused.stdout.startswith("OOM ")
    memory = dict(
        line.split(":", 1) for line in run(room, "redis-cli INFO memory").stdout.split() if ":" in line
    )
    assert int(memory["used_memory"]) >= int(memory["maxmemory"]) == 8 * 1024 * 1024

    assert run(room, "redis-cli CONFIG SET maxmemory-policy allkeys-lru").stdout == "OK\n"
    assert run(room, "redis-cli SET booking:lock:9999 chef-1 PX 60000").stdout == "OK\n"
    assert not FULL.confirm(room)
    changed = differences(before, FULL.oracles(room))
    assert changed["redis.policy"] == ("noeviction", "allkeys-lru")
    assert changed["redis.evicted"][0] == "0"

    run(room, "redis-cli DEL booking:lock:9999")
    FULL.restore(room, handle)
    # What was evicted cannot be counted back; everything else is as before.
    assert set(differences(before, FULL.oracles(room))) <= {"redis.evicted"}


def test_deleting_live_locks_frees_nothing(room: PrepChefRoom) -> None:
    FULL.inject(room)
    run(room, 'redis-cli --scan --pattern "booking:lock:*" | xargs redis-cli DEL')
    assert "redis.keys.booking:lock" not in FULL.oracles(room)
    assert FULL.confirm(room)


def test_flushall_takes_the_queue_of_another_database_with_it(room: PrepChefRoom) -> None:
    FULL.inject(room)
    run(room, "redis-cli FLUSHALL ASYNC")
    assert FULL.oracles(room)["redis.queue.emails"] == "0"


def test_the_way_back_works_after_everything_was_lost(room: PrepChefRoom) -> None:
    before = FULL.oracles(room)
    handle = FULL.inject(room)
    run(room, "redis-cli FLUSHALL; redis-cli CONFIG SET maxmemory 0")
    FULL.restore(room, handle)
    assert differences(before, FULL.oracles(room)) == {}


def test_the_policy_on_file_survives_only_after_a_rewrite(room: PrepChefRoom) -> None:
    run(room, "redis-cli CONFIG SET maxmemory-policy allkeys-lru")
    assert "noeviction" in FULL.oracles(room)["redis.file"]
    assert run(room, "redis-cli CONFIG REWRITE").stdout == "OK\n"
    assert "allkeys-lru" in FULL.oracles(room)["redis.file"]


@pytest.mark.parametrize(
    "text",
    [
        "redis-cli -h cache.prepchef.com INFO memory",
        "redis-cli -p 6380 PING",
        "redis-cli -u redis://cache.prepchef.com PING",
        "kubectl set env deployment/redis REDIS_MAXMEMORY=2gb -n prepchef",
    ],
)
def test_what_would_leave_the_room_is_refused_with_a_reason(room: PrepChefRoom, text: str) -> None:
    done = run(room, text)
    assert done.returncode != 0
    assert "in this sandbox" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "redis-cli -h 127.0.0.1 -p 6379 PING",
        "redis-cli -h localhost PING",
        "redis-cli -n 1 PING",
        "redis-cli PING",
    ],
)
def test_every_known_address_reaches_the_rooms_redis(room: PrepChefRoom, text: str) -> None:
    assert run(room, text).stdout == "PONG\n"


def test_words_after_the_command_belong_to_redis(room: PrepChefRoom) -> None:
    run(room, "redis-cli SET -h 'a  b'")
    assert run(room, "redis-cli GET -h").stdout == "a  b\n"
