"""`tocsin watch` beside `tocsin serve`, as processes: it measures alone, and whatever happens to it somebody goes on."""

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.conftest import Deadline
from tests.engine.serving import Serving

Soon = Callable[..., Any]
HERE = "tocsin_checks_measured_here"
LIT = 'tocsin_check_verdict{check="lamp",verdict="up"}'


@pytest.fixture
def soon(deadline: Deadline) -> Soon:
    """As `deadline`, with the patience that a program on a busy machine needs."""
    return partial(deadline, within=timedelta(seconds=120))


@pytest.fixture
def serving(tmp_path: Path, soon: Soon) -> Iterator[Serving]:
    made = Serving(tmp_path)
    try:
        soon(made.leads, what="it leads")
        yield made
    finally:
        made.kill()


@pytest.fixture
def watching(serving: Serving, soon: Soon) -> Iterator[Serving]:
    made = Serving(serving.folder, "watch", "watch")
    try:
        soon(lambda: serving.metric(HERE) == 0, what="it measures in place of the engine")
        yield made
    finally:
        made.kill()


def test_what_it_sees_opens_and_closes_an_incident_of_the_engine(
    serving: Serving, watching: Serving, soon: Soon
) -> None:
    (serving.folder / "lamp").unlink()
    soon(lambda: serving.paged("ana", "lamp"), what="ana is paged of what the watcher saw")
    (serving.folder / "lamp").write_text("lit\n", encoding="utf-8")
    soon(lambda: serving.metric('tocsin_check_firing{check="lamp"}') == 0, what="it ended by itself")
    assert serving.metric(HERE) == 0
    assert (
        serving.metric('tocsin_check_samples_total{check="lamp",verdict="down"}') == 0
    )  # not seen by the engine


def test_killed_it_is_missed_by_nobody(serving: Serving, watching: Serving, soon: Soon) -> None:
    watching.kill()
    soon(lambda: serving.metric(HERE) == 1, what="the engine measures")
    (serving.folder / "lamp").unlink()
    soon(lambda: serving.paged("ana", "lamp"), what="ana is paged of what the engine saw")


def test_the_engine_may_go_and_come_back_while_it_measures(
    serving: Serving, watching: Serving, soon: Soon
) -> None:
    serving.kill()
    (serving.folder / "lamp").unlink()
    again = Serving(serving.folder, "again")
    try:
        soon(again.leads, what="another engine leads")
        # `Serving` lights the lamp: whether it fired before or not, it does not stay so, and the watcher measures on.
        (serving.folder / "lamp").unlink()
        soon(lambda: again.paged("ana", "lamp"), what="ana is paged by the new engine")
        assert again.metric(HERE) == 0
    finally:
        again.kill()


def test_a_changed_file_is_taken_up_by_starting_anew_without_a_gap_for_the_engine(
    serving: Serving, watching: Serving, soon: Soon
) -> None:
    before = psutil.Process(watching.process.pid).create_time()
    bell = '[[checks]]\nname = "bell"\nkind = "command"\ncommand = "cat lamp"\nevery = "200 ms"\n[targets]'
    serving.say("[targets]", bell)
    soon(
        lambda: serving.metric('tocsin_check_verdict{check="bell",verdict="up"}') == 1,
        what="the new check is measured",
    )
    assert serving.metric(HERE) == 0
    assert watching.process.poll() is None
    assert psutil.Process(watching.process.pid).create_time() == before
    assert watching.log.read_text(encoding="utf-8").count("tocsin measures") == 2


@pytest.mark.parametrize("how", ["noticed", "asked"])
def test_a_file_that_cannot_be_used_changes_nothing(
    serving: Serving, watching: Serving, soon: Soon, how: str
) -> None:
    if how == "asked":
        serving.say('every = "200 ms"\n[people', "by_itself = false\n[people")
        soon(lambda: watching.log.read_text(encoding="utf-8").count("tocsin measures") == 2, what="anew")
    serving.say('kind = "command"', 'kind = "comand"')
    if how == "asked":
        watching.process.send_signal(signal.SIGHUP)
    soon(lambda: "comand" in watching.log.read_text(encoding="utf-8"), what="it is refused")
    assert watching.process.poll() is None
    assert serving.metric(HERE) == 0
    assert serving.metric(LIT) == 1


def test_told_to_stop_it_gives_back_at_once(serving: Serving, watching: Serving, soon: Soon) -> None:
    watching.process.send_signal(signal.SIGTERM)
    assert watching.process.wait(120) == 0
    soon(lambda: serving.metric(HERE) == 1, what="the engine measures")


def test_a_second_one_says_that_it_waits(serving: Serving, watching: Serving, soon: Soon) -> None:
    second = Serving(serving.folder, "second", "watch")
    try:
        soon(lambda: "waits for it to end" in second.log.read_text(encoding="utf-8"), what="it waits")
        watching.kill()
        soon(lambda: "measures now" in second.log.read_text(encoding="utf-8"), what="it measures")
        assert serving.metric(HERE) == 0 or soon(lambda: serving.metric(HERE) == 0, what="not the engine")
    finally:
        second.kill()
