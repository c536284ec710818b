"""What goes into a database comes out as the same value, whatever the characters."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tocsin.store import evidence, schema

any_text = st.text(st.characters())  # surrogates and NUL included
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | any_text,
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner),
    max_leaves=8,
)


@given(json_values)
def test_storable_json_is_the_same_value(value: object) -> None:
    stored = schema.safe_json(json.dumps(value, ensure_ascii=False))
    stored.encode()
    assert "\0" not in stored
    assert json.loads(stored) == value


@given(any_text)
def test_storable_text_is_storable_and_left_alone_where_it_was(text: str) -> None:
    stored = schema.safe_text(text)
    stored.encode()
    assert "\0" not in stored
    assert schema.safe_text(stored) == stored
    ordinary = "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
    assert not ordinary or stored == text


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_moments_come_back_and_sort_as_text(one: datetime, other: datetime) -> None:
    assert schema.read(schema.written(one)) == one
    assert (schema.written(one) < schema.written(other)) == (one < other)


@given(any_text, any_text, any_text, any_text)
def test_different_outputs_have_different_seals(out: str, err: str, out2: str, err2: str) -> None:
    assert (evidence.seal(out, err, "{}") == evidence.seal(out2, err2, "{}")) == ((out, err) == (out2, err2))
