"""The claims of tests/fuzz/claims.py over random text, small enough for every test run, and over what fuzzing found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz.claims import LANGUAGES, PIECES, broken

# Not by the fuzzer but by a public runbook: a query in a shell fence was taken for the program `sum`.
FOUND: list[tuple[str, str]] = [("shell", 'sum(rate(x{a="b"}[1d]))'), ("shell", "ls(rm -rf /)")]

ANY_TEXT = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=80).map(lambda raw: raw.decode("utf-8", "replace")),
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
)


@settings(max_examples=600, deadline=None)
@given(ANY_TEXT, st.sampled_from(LANGUAGES))
def test_no_text_breaks_the_judge(text: str, language: str) -> None:
    assert broken(text, language) is None


@pytest.mark.parametrize(("language", "text"), FOUND)
def test_what_fuzzing_found_stays_found(language: str, text: str) -> None:
    assert broken(text, language) is None
