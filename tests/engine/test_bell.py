"""Who is woken when something new waits in the outbox: one worker for one ring, and nobody sleeps through it."""

import queue
import threading

from tocsin.engine.perform import _Bell

LONG = 30.0


def sleepers(bell: _Bell, count: int) -> tuple[queue.Queue[str], list[threading.Thread]]:
    woken: queue.Queue[str] = queue.Queue()

    def sleep(name: str) -> None:
        bell.wait(LONG)
        woken.put(name)

    threads = [threading.Thread(target=sleep, args=(str(number),), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    return woken, threads


def test_a_ring_before_anybody_sleeps_is_heard() -> None:
    bell = _Bell()
    bell.ring()
    woken, (only,) = sleepers(bell, 1)
    only.join(LONG / 2)
    assert woken.get_nowait() == "0"


def test_each_ring_wakes_another_worker() -> None:
    bell = _Bell()
    woken, _ = sleepers(bell, 3)
    seen = set()
    for _ in range(3):
        bell.ring()
        seen.add(woken.get(timeout=LONG / 2))
    assert seen == {"0", "1", "2"}
