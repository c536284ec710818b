"""Programs that look again and again: without a count they never end."""

import pytest

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.judge import judge


@pytest.mark.parametrize(
    "command",
    [
        "vmstat 1",
        "iostat -x 5",
        "mpstat -P ALL 1",
        "sar -n DEV 1",
        "pidstat -p 12 1",
        "ssh web-1 'iostat -x 5'",
    ],
)
def test_an_interval_without_a_count_never_ends(command: str) -> None:
    judged = judge(command, "shell")
    assert (judged.effect, Flag.UNBOUNDED in judged.flags) == (Effect.OBSERVE, True)


@pytest.mark.parametrize(
    "command", ["vmstat 1 5", "vmstat", "mpstat -P ALL 1 3", "sar -n DEV 1 3", "pidstat -p 12"]
)
def test_with_a_count_it_ends(command: str) -> None:
    judged = judge(command, "shell")
    assert (judged.effect, Flag.UNBOUNDED in judged.flags) == (Effect.OBSERVE, False)


def test_a_sampler_that_writes_its_records_is_judged_by_the_file() -> None:
    assert judge("sar -o /etc/passwd 1 2", "shell").effect is Effect.DESTROY


@pytest.mark.parametrize(
    "command",
    ["pidstat -e rm -rf /srv", "pidstat -p 1 -e sh -c 'rm x'", "pidstat -ue rm x", "sg docker 'rm -rf /srv'"],
)
def test_one_that_starts_another_program_is_never_harmless(command: str) -> None:
    assert judge(command, "shell").effect.rank >= Effect.UNKNOWN.rank


@pytest.mark.parametrize(
    ("command", "name"),
    [("brew install jq", "brew install"), ("go test ./...", "go test"), ("eb ssh", "eb ssh")],
)
def test_a_sentence_names_the_program_that_was_written(command: str, name: str) -> None:
    assert any(f"`{name}`" in reason.sentence for reason in judge(command, "shell").reasons)
