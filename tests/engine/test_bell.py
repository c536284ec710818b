"""Sleeping workers: none misses its bell, one looks up by itself, the others are left alone."""

import threading
from collections.abc import Callable

from tests.conftest import Deadline

from tocsin.engine.bell import Bell

AGES = 86_400.0


def workers(bell: Bell, count: int, seconds: float, woke: Callable[[], None]) -> list[threading.Thread]:
    """So many that sleep once."""

    def sleep() -> None:
        bell.wait(seconds)
        woke()

    made = [threading.Thread(target=sleep, daemon=True) for _ in range(count)]
    for each in made:
        each.start()
    return made


def asleep(bell: Bell) -> int:
    with bell._condition:
        return len(bell._condition._waiters)  # type: ignore[attr-defined]  # there is no other way to know that they sleep


def test_each_ring_wakes_one(deadline: Deadline) -> None:
    bell, woken = Bell(), list[int]()
    threads = workers(bell, 5, AGES, lambda: woken.append(1))
    for number in range(1, 6):
        deadline(lambda left=6 - number: asleep(bell) == left, what="they sleep")  # type: ignore[misc]
        bell.ring()
        deadline(lambda wanted=number: len(woken) == wanted, what="one more is awake")  # type: ignore[misc]
    for thread in threads:
        thread.join(60)
    assert len(woken) == 5


def test_a_ring_that_nobody_heard_wakes_the_next_that_comes_to_sleep() -> None:
    bell = Bell()
    bell.ring()
    bell.wait(AGES)


def test_without_a_bell_they_look_up_one_after_the_other(deadline: Deadline) -> None:
    bell, woken = Bell(), list[int]()
    workers(bell, 3, 0.01, lambda: woken.append(1))
    deadline(lambda: len(woken) == 3, what="each has watched in its turn")


def test_who_watches_leaves_the_watch_to_another_when_it_is_rung_for(deadline: Deadline) -> None:
    bell, woken = Bell(), list[int]()
    workers(bell, 2, AGES, lambda: woken.append(1))
    deadline(lambda: asleep(bell) == 2, what="they sleep")
    bell.ring()
    deadline(lambda: len(woken) == 1, what="one is awake")
    deadline(lambda: asleep(bell) == 1 and bell._watched, what="the other watches")
    bell.ring_out()
    deadline(lambda: len(woken) == 2, what="all are awake")


def test_after_the_end_nobody_sleeps() -> None:
    bell = Bell()
    bell.ring_out()
    bell.wait(AGES)
    bell.wait(AGES)
