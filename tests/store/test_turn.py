"""Who may write: in the order it was asked for."""

import signal
import threading
from datetime import timedelta

import pytest
from tests.conftest import Deadline

from tocsin.store.turn import Turn

PATIENCE = timedelta(seconds=60)


def test_whoever_gives_the_turn_back_and_wants_it_again_comes_after_those_who_waited(
    deadline: Deadline,
) -> None:
    turn, order = Turn(), list[str]()
    done = threading.Event()

    def once(name: str) -> None:
        with turn:
            order.append(name)

    def first() -> None:
        turn.release()
        with turn:
            order.append("again")
        done.set()

    turn.acquire()
    for number in range(3):
        threading.Thread(target=once, args=(f"waited {number}",), daemon=True).start()
        deadline(lambda: turn.waiting == number + 1, what="it waits", within=PATIENCE)  # noqa: B023 -- asked at once
    first()
    assert done.is_set()
    assert order == ["waited 0", "waited 1", "waited 2", "again"]


def test_a_turn_that_somebody_has_is_not_taken_without_waiting() -> None:
    turn = Turn()
    assert turn.try_acquire()
    assert not turn.try_acquire()
    turn.release()
    assert turn.try_acquire()


def test_many_threads_are_inside_one_at_a_time() -> None:
    turn, inside, seen = Turn(), list[int](), list[int]()

    def work() -> None:
        for _ in range(200):
            with turn:
                inside.append(1)
                seen.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 1200
    assert turn.waiting == 0


def test_whoever_is_interrupted_while_waiting_does_not_stop_the_others(deadline: Deadline) -> None:
    """A signal's handler raises in the main thread while it waits."""
    turn, ended = Turn(), threading.Event()

    def raising(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    def other() -> None:
        deadline(lambda: turn.waiting == 1, what="the main thread waits", within=PATIENCE)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
        deadline(lambda: turn.waiting == 0, what="it has given up", within=PATIENCE)
        turn.release()
        ended.set()

    before = signal.signal(signal.SIGUSR1, raising)
    try:
        turn.acquire()
        threading.Thread(target=other, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            turn.acquire()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert ended.wait(PATIENCE.total_seconds())
    assert turn.try_acquire()
