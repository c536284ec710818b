"""What every test may use: a helper that waits for a claim, and the rule that CI skips nothing."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest

CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
POLL = timedelta(milliseconds=10)
# A limit only says how long a failure takes, and every machine may be busy with others.
SHORTEST = timedelta(seconds=120)

# Whoever measures real processes, ports or crashes must not be disturbed by another such test: pytest-xdist gives one
# group to one worker. A drill stands in a cell of its own and disturbs nobody. What stands in a room of its file goes
# with its file, so that there is one room of it.
ALONE = {"crash": "machine", "demo": "machine", "sandbox": "rooms", "browser": "browser"}
BY_FILE = Path("sandbox/faults")

# No example has a time limit: a busy machine is no defect, and what must be fast is measured in benchmarks/.
hypothesis.settings.register_profile(
    "tocsin", deadline=None, suppress_health_check=(hypothesis.HealthCheck.too_slow,)
)
hypothesis.settings.load_profile("tocsin")

T = TypeVar("T")


class Deadline:
    """Waits until something is true, and fails with its name when it does not become true.

    Tests never sleep: a sleep is either too long or too short. Prefer an event or a condition of
    the thing itself; this is for what can only be asked again and again (a port, a file, a process).

    >>> until = Deadline()
    >>> until(lambda: 3, what="three")
    3
    """

    def __call__(self, claim: Callable[[], T], *, what: str, within: timedelta = timedelta(seconds=10)) -> T:
        """The first truthy answer of `claim`; pytest's failure naming `what` if none came in time."""
        pause = threading.Event()
        end = time.monotonic() + max(within, SHORTEST).total_seconds()
        while True:
            answer = claim()
            if answer:
                return answer
            if time.monotonic() > end:
                pytest.fail(
                    f"not within {max(within, SHORTEST).total_seconds():g} s: {what} (last answer: {answer!r})"
                )
            pause.wait(POLL.total_seconds())

    async def reached(
        self, claim: Callable[[], T], *, what: str, within: timedelta = timedelta(seconds=10)
    ) -> T:
        """The same inside an event loop, which keeps turning meanwhile."""
        loop = asyncio.get_running_loop()
        end = loop.time() + max(within, SHORTEST).total_seconds()
        never = asyncio.Event()
        while True:
            answer = claim()
            if answer:
                return answer
            if loop.time() > end:
                pytest.fail(
                    f"not within {max(within, SHORTEST).total_seconds():g} s: {what} (last answer: {answer!r})"
                )
            try:
                await asyncio.wait_for(never.wait(), POLL.total_seconds())
            except TimeoutError:
                continue


@pytest.fixture
def deadline() -> Deadline:
    """`deadline(lambda: port_open(p), what="the port")`, or `await deadline.reached(…)`."""
    return Deadline()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout these tests belong to."""
    return Path(__file__).resolve().parent.parent


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests about real processes on one worker, one after the other."""
    here = Path(__file__).resolve().parent
    for item in items:
        if not item.path.is_relative_to(here) or item.get_closest_marker("xdist_group") is not None:
            continue
        place = item.path.relative_to(here)
        group = place.stem if place.is_relative_to(BY_FILE) else ALONE.get(place.parts[0])
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))


def _not_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """A test that did not run proves nothing, so in CI it is a failure and says why."""
    if CI and (report.skipped or hasattr(report, "wasxfail")):
        reason = getattr(report, "wasxfail", None) or report.longrepr
        if isinstance(reason, tuple):
            reason = f"{reason[0]}:{reason[1]}: {reason[2]}"
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: skipped or expected to fail, which CI does not accept: {reason}"
        if hasattr(report, "wasxfail"):
            del report.wasxfail


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped or expectedly failing test into a failure when CI runs it."""
    report = yield
    _not_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that is skipped while it is being collected."""
    report = yield
    _not_in_ci(report)
    return report
