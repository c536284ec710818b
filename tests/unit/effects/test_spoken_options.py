"""An option that no table mentions can make a look worse by its name, and never milder."""

import pytest

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.effects.tools import spoken_options


@pytest.mark.parametrize(
    "text",
    [
        "helm template shop --post-renderer ./x.sh",
        "terraform output --exec-hook=./x.sh",
        "promtool check rules --fix rules.yml",
    ],
)
def test_a_look_with_an_option_that_speaks_of_more_is_not_known_to_look(text: str) -> None:
    assert judge(text).effect is not Effect.OBSERVE


@pytest.mark.parametrize(
    "text",
    ["kubectl get pods --no-headers", "helm list --all-namespaces", "docker ps --format json", "df --output"],
)
def test_an_option_that_speaks_of_nothing_leaves_the_look_alone(text: str) -> None:
    assert judge(text).effect is Effect.OBSERVE


def test_no_option_is_both_a_start_of_a_program_and_a_file() -> None:
    assert not spoken_options._RUNS & spoken_options._WRITES
