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


@pytest.mark.parametrize(
    "text",
    [
        "HOME=/tmp/x git log",
        "export HOME=/tmp/x; git diff",
        "GIT_CONFIG_GLOBAL=./x git diff",
        "XDG_CONFIG_HOME=/tmp/x git log",
        "GIT_DIR=/tmp/x git log",
        "CURL_HOME=/tmp/x curl https://shop.example/health",
        "env HOME=/tmp/x git log",
        "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.pager GIT_CONFIG_VALUE_0=./x git log",
    ],
)
def test_other_settings_for_a_program_make_its_harmless_words_unknown(text: str) -> None:
    assert judge(text).effect.value >= Effect.UNKNOWN.value


@pytest.mark.parametrize("wrapper", ["env", "env -i", "sudo", "sudo -u app", "env A=b"])
@pytest.mark.parametrize("setting", ["LD_PRELOAD=./x", "GIT_EXTERNAL_DIFF=./x", "HOME=/tmp/x", "PATH=/tmp/x"])
def test_a_wrapper_that_sets_a_variable_does_what_the_variable_does(wrapper: str, setting: str) -> None:
    assert judge(f"{wrapper} {setting} git diff").effect.value >= Effect.UNKNOWN.value
    assert judge(f"{wrapper} {setting} rm -rf /data").effect is Effect.DESTROY


def test_an_ordinary_variable_behind_a_wrapper_changes_nothing() -> None:
    assert judge("env TZ=UTC date").effect is Effect.OBSERVE
    assert judge("sudo LANG=C df -h").effect is Effect.OBSERVE
