"""What the parser lets pass and no shell would run: nobody can say what was meant, so it is unknown or worse."""

import pytest

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge


@pytest.mark.parametrize(
    "text",
    [
        'sum(rate(http_requests_total{job="x"}[5m]))',
        "sum(x)",
        "sort(x)",
        "cat(notes)",
        "max(y) by (z)",
        "echo hello; sum(x)",
        "ls $(date)(x)",
    ],
)
def test_a_name_with_parentheses_is_no_command(text: str) -> None:
    assert judge(text).effect.value >= Effect.UNKNOWN.value


def test_what_stands_in_the_parentheses_is_judged_all_the_same() -> None:
    assert judge("ls(rm -rf /)").effect is Effect.DESTROY


@pytest.mark.parametrize(
    "text", ["(ls; date)", "f() { ls; }; f", "echo $(date)", "ls 'a (b)'", "[[ -f x ]] && (cat x)"]
)
def test_parentheses_of_the_shell_itself_stay_what_they_are(text: str) -> None:
    assert judge(text).effect is Effect.OBSERVE
