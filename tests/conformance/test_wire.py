"""What every format reads with: JSON without surprises, times in every spelling, signatures of any case."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.requests_as_sent import ANY_JSON, NOW, PATIENT, hexdigest, one_digit_off

from tocsin.connectors.alert_source import Unreadable
from tocsin.connectors.wire import Fields, fresh, json_value, moment, moment_or, signed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "parse error"),
        (b"[{", "parse error"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "Infinity"),
        (b'{"a":1e999}', "out of range"),
        (b'{"a":"\xff"}', "not UTF-8 at byte 6"),
        (b"[" * 65 + b"]" * 65, "64 levels"),
        (b"[" * 100_000, "64 levels"),
        (b"1" * 5_000, "parse error"),
    ],
)
def test_what_is_no_json_is_said_to_be_none(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        json_value(body)


def test_the_last_of_two_equal_keys_counts_and_sixty_four_levels_are_read() -> None:
    assert json_value(b'{"a":1,"a":2}') == {"a": 2}
    assert json_value(b"[" * 64 + b"]" * 64) is not None
    assert json_value(b'\xef\xbb\xbf{"from":"PowerShell"}') == {"from": "PowerShell"}


def test_a_lone_surrogate_survives() -> None:
    assert json_value(rb'{"a":"\ud800"}') == {"a": "\ud800"}


@PATIENT
@given(st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_a_body_is_read_or_unreadable(body: bytes) -> None:
    with suppress(Unreadable):
        json_value(body)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22T03:00:00Z", NOW),
        ("2026-11-22T03:00:00+00:00", NOW),
        ("2026-11-22T03:00:00+0000", NOW),
        ("2026-11-22T04:00:00.000+01:00", NOW),
        ("2026-11-22T03:00:00.5Z", NOW + timedelta(milliseconds=500)),
        ("2026-11-22T03:00:00.123456789Z", NOW + timedelta(microseconds=123456)),
        ("2026-11-22T03:00:00", NOW),
        (NOW.timestamp(), NOW),
        (int(NOW.timestamp()), NOW),
        (int(NOW.timestamp()) * 1000, NOW),
    ],
)
def test_every_spelling_of_a_time_is_read(written: object, meant: datetime) -> None:
    assert moment(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        None,
        True,
        1e300,
        10**400,
        [],
        {},
    ],
)
def test_what_is_no_time_is_the_time_of_receipt(written: object) -> None:
    assert moment_or(written, NOW, []) == NOW


def test_only_a_time_that_was_meant_as_one_is_worth_a_notice() -> None:
    notices: list[str] = []
    moment_or("0001-01-01T00:00:00Z", NOW, notices)
    moment_or(None, NOW, notices)
    assert notices == []
    moment_or("yesterday", NOW, notices)
    assert "yesterday" in notices[0]


@PATIENT
@given(ANY_JSON, st.lists(st.text(max_size=5), max_size=3))
def test_fields_are_empty_rather_than_wrong(value: object, path: list[str]) -> None:
    fields = Fields({"a": value})
    assert isinstance(fields.text("a", *path), str)
    assert isinstance(fields.at("a", *path), Fields)
    assert isinstance(fields.objects("a", *path), tuple)
    moment(value)


def test_a_signature_counts_in_any_case_and_by_either_secret() -> None:
    right = hexdigest("new", b"body")
    assert signed(("new",), b"body", (right.upper(),))
    assert signed(("new", "old"), b"body", (hexdigest("old", b"body"),))
    assert signed(("new",), b"body", ("f" * 64, right))
    for wrong in (one_digit_off(right), "", right[:-1], right + "00", "é" * 64, "ff" * 31 + "+f"):
        assert not signed(("new",), b"body", (wrong,))
    assert not signed(("new",), b"body.", (right,))
    assert not signed((), b"body", (right,))


@pytest.mark.parametrize("stamp", ["", "-1", "1e9", "٣", " 1", "9" * 13, str(int(NOW.timestamp()) - 301)])
def test_a_stamp_that_is_old_or_none_is_not_fresh(stamp: str) -> None:
    assert not fresh(stamp, NOW, timedelta(seconds=300))
    assert fresh(str(int(NOW.timestamp()) - 300), NOW, timedelta(seconds=300))
    assert datetime.fromtimestamp(0, UTC).year == 1970
