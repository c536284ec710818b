"""A thread that looks when it is told, and ends when it is asked."""

import threading

from tests.conftest import Deadline

from tocsin.sandbox.kubernetes.turns import Turns


def test_what_changes_while_it_looks_is_looked_at_again(deadline: Deadline) -> None:
    looking, go_on = threading.Event(), threading.Event()
    looks: list[int] = []

    def look() -> None:
        looks.append(len(looks))
        looking.set()
        go_on.wait()

    turns = Turns("test", look)
    turns.tell()
    turns.start()
    looking.wait()
    turns.tell()
    turns.tell()
    go_on.set()
    deadline(lambda: len(looks) == 2, what="one more look for both")
    turns.stop()
    assert looks == [0, 1]
    assert turns.over


def test_it_looks_although_nothing_was_told_where_it_should(deadline: Deadline) -> None:
    looks: list[int] = []
    turns = Turns("test", lambda: looks.append(1), anyway=0.001)
    turns.start()
    deadline(lambda: len(looks) >= 3, what="looks that nobody asked for")
    turns.stop()
    seen = len(looks)
    turns.tell()
    assert len(looks) == seen, "after its end it looks no more"


def test_one_that_was_never_told_ends_without_a_look() -> None:
    looks: list[int] = []
    turns = Turns("test", lambda: looks.append(1))
    turns.start()
    turns.stop()
    assert looks == []
