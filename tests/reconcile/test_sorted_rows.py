"""More rows than memory come out in order, all of them, once."""

import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.connectors.sorted_rows import SortedRows

ROWS = st.lists(
    st.tuples(
        st.text(max_size=4),
        st.integers(-(10**18), 10**18),
        st.sampled_from(["USD", "EUR"]),
        st.integers(0, 2**40),
    ),
    max_size=120,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.integers(1, 7), st.integers(1, 5), st.integers(2, 4))
def test_rows_come_out_as_sorted_would_have_them(
    tmp_path: Path, rows: list[tuple[str, int, str, int]], at_once: int, block: int, fan_in: int
) -> None:
    with SortedRows(tmp_path, at_once, block, fan_in) as held:
        held.take(rows)
        assert list(held.rows()) == sorted(rows)


def test_what_is_spilled_has_no_name_and_goes_with_the_process(tmp_path: Path) -> None:
    with SortedRows(tmp_path, rows_at_once=2) as held:
        held.take([(str(number), number, "USD", 0) for number in range(100)])
        assert os.listdir(tmp_path) == []
        assert len(list(held.rows())) == 100


def test_text_that_no_encoding_takes_does_not_reach_it_but_every_other_character_does(tmp_path: Path) -> None:
    rows = [(chr(code), 0, "USD", 0) for code in (0, 31, 127, 0x2028, 0xD7FF, 0xE000, 0xFFFF, 0x10FFFF)]
    with SortedRows(tmp_path, rows_at_once=2, block=1) as held:
        held.take(reversed(rows))
        assert list(held.rows()) == rows
