"""Words looked up in many texts at once are found where a search of each text finds them."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.runbook.lint.lookup import Lookup, ProseLookup

_TEXT = st.text("ab ", max_size=12)
_MIXED = st.text("abBß -", max_size=12)


@given(st.lists(_TEXT, max_size=12), st.lists(st.text("ab ", min_size=1, max_size=3), max_size=4))
def test_the_texts_that_hold_a_word_are_found_as_if_each_were_searched(
    texts: list[str], words: list[str]
) -> None:
    each = [place for place, text in enumerate(texts) if any(word in text for word in words)]
    assert Lookup(texts).places(words) == each


def test_a_word_is_not_found_across_two_texts() -> None:
    assert Lookup(["re", "start"]).places(("restart", "e s")) == []


@given(st.lists(_MIXED, max_size=12), st.lists(st.text("abBß -", min_size=1, max_size=5), max_size=4))
def test_prose_holds_a_word_where_a_search_of_each_line_finds_it(texts: list[str], words: list[str]) -> None:
    prose = ProseLookup(texts)
    folded = [word.casefold() for word in words]
    written = [place for place, text in enumerate(texts) if any(word in text for word in words)]
    said = [place for place, text in enumerate(texts) if any(word in text.casefold() for word in folded)]
    assert prose.written(words) == written
    assert prose.said(folded) == said
