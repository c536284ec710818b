"""A terminal obeys escapes; what came from outside must not command it."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.kit.printable import printable


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_no_control_character_but_newline_and_tab_is_left(text: str) -> None:
    assert all(
        char in "\n\t" or (ord(char) >= 32 and not 0x7F <= ord(char) <= 0x9F) for char in printable(text)
    )


def test_colours_titles_and_reversed_text_are_taken_out() -> None:
    assert printable("\x1b[1;31mroot\x1b[0m") == "root"
    assert printable("\x1b]0;owned\x07x") == "x"
    assert printable("rm\u202exyz") == "rm·xyz"
    assert printable("a\r\nb\tc") == "a\nb\tc"
