"""Settings are read key by key, and what nobody reads is refused."""

from datetime import timedelta

import pytest

from tocsin.errors import ConfigError
from tocsin.kit.keys import Keys, did_you_mean


def test_a_near_miss_is_guessed() -> None:
    assert did_you_mean("timout", ["timeout", "url"]) == "Did you mean timeout? Known: timeout, url."
    assert did_you_mean("zzz", ["url"]) == "Known: url."
    assert did_you_mean("zzz", []) == "Known: none."


def test_every_kind_of_value_is_read() -> None:
    keys = Keys(
        "it",
        {
            "t": "x",
            "f": True,
            "n": 7,
            "s": 0.5,
            "d": "1h 30m",
            "one": 200,
            "many": [1, "a"],
            "table": {"a": 1, "b": True},
        },
    )
    assert keys.text("t") == "x"
    assert keys.flag("f")
    assert keys.whole("n") == 7
    assert keys.share("s", 0.9) == 0.5
    assert keys.duration_or_none("d") == timedelta(minutes=90)
    assert keys.list_of("one") == (200,)
    assert keys.list_of("many") == (1, "a")
    assert keys.texts("table") == (("a", "1"), ("b", "true"))
    keys.done()


def test_what_is_left_out_has_its_default() -> None:
    keys = Keys("it", {})
    assert keys.text_or_none("t") is None
    assert not keys.flag("f")
    assert keys.whole("n", 3) == 3
    assert keys.share("s", 0.9) == 0.9
    assert keys.duration_or_none("d") is None
    assert keys.list_of("l") == ()
    assert keys.texts("table") == ()
    keys.done()


def test_a_key_nobody_reads_is_refused() -> None:
    keys = Keys('check "it"', {"timeout": "5 s", "url": "x"})
    keys.text("url")
    keys.text_or_none("timeot")
    with pytest.raises(ConfigError, match=r'check "it": unknown key \'timeout\'\. Did you mean timeot\?'):
        keys.done()


@pytest.mark.parametrize("value", [True, "7", 7.0, -1, None, []])
def test_a_whole_number_is_nothing_else(value: object) -> None:
    with pytest.raises(ConfigError, match=r"it: key 'n' (must be a whole number|is missing)"):
        Keys("it", {"n": value}).whole("n")


@pytest.mark.parametrize("value", [True, "0.5", 0, 1.1, 90])
def test_a_share_is_between_zero_and_one(value: object) -> None:
    with pytest.raises(ConfigError, match=r"0\.9 is 90 %"):
        Keys("it", {"s": value}).share("s", 0.5)
