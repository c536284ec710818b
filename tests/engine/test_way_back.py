"""The way back belongs to the statement that changes something, not to the first line of its step."""

from datetime import timedelta

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.engine.run_step import Workshop, run_step
from tocsin.incident.commands import RunStep, StepText
from tocsin.incident.place import digest_of
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, IncidentId, RunId, StepId
from tocsin.kit.redact import Redactor

LOOK, CHANGE = "redis-cli INFO memory", "redis-cli CONFIG SET maxmemory-policy allkeys-lru"
CAPTURE = "redis-cli CONFIG GET maxmemory-policy"


class Redis:
    """Answers as redis-cli does; remembers in which directory it was asked for the old state."""

    target = "local"
    local = True

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.captured_in: list[str | None] = []

    def identity(self) -> str:
        return "the one Redis"

    def run(self, request: RunRequest) -> RunResult:
        if request.text == CAPTURE:
            self.captured_in.append(request.cwd)
        out = {CAPTURE: "maxmemory-policy\nnoeviction\n", CHANGE: "OK\n"}.get(request.text, "used_memory:1\n")
        return RunResult(0, (0,), out, "", 0, self.clock.now(), timedelta(milliseconds=1))


def test_the_way_back_is_that_of_the_statement_that_changes() -> None:
    redis = Redis()
    workshop = Workshop({"local": redis}, Redactor(), redis.clock, timedelta(seconds=5))
    texts = (StepText(LOOK, "shell", "local"), StepText(CHANGE, "shell", "local", "/srv/redis"))
    command = RunStep(
        RunId("INC-1.r1"), IncidentId("INC-1"), StepId("0123456789ab"), texts, "change", "mitigate", digest_of(texts),
        AskId("INC-1.a1"), CAPTURE, identities=(("local", "the one Redis"),),
    )  # fmt: skip
    assert run_step(command, workshop).finished.undo == "redis-cli CONFIG SET maxmemory-policy noeviction"
    assert set(redis.captured_in) == {"/srv/redis"}
