"""Amounts are read exactly or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.jobs.money import AmountForm, digits_of, read_currency, shown, spell

CODES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])


@given(st.integers(-(10**15), 10**15), CODES)
def test_an_amount_written_out_is_read_back(amount: int, currency: str) -> None:
    digits = digits_of(currency)
    text = f"{Decimal(amount).scaleb(-digits):.{digits}f}"
    assert AmountForm().read(text, currency) == amount
    assert AmountForm(comma=True).read(text.replace(".", ","), currency) == amount
    assert AmountForm(minor=True).read(str(amount), currency) == amount


@given(st.text(max_size=12), CODES)
def test_whatever_the_text_it_is_an_exact_amount_or_refused(text: str, currency: str) -> None:
    try:
        found = AmountForm().read(text, currency)
    except ValueError as problem:
        refused = str(problem)
    else:
        refused = ""
    assert refused.isprintable()
    if refused:
        return
    bare = text.strip()
    if bare.startswith("("):
        bare = f"-{bare[1:-1]}"
    assert Decimal(bare).scaleb(digits_of(currency)) == found


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("12.50", "USD", 1250), ("+3", "USD", 300), ("-0.05", "USD", -5), ("12.500", "USD", 1250), (" 7.00 ", "USD", 700),
     ("(12.50)", "USD", -1250), ("500", "JPY", 500), ("500.00", "JPY", 500), ("1.234", "KWD", 1234)],
)  # fmt: skip
def test_what_people_write(text: str, currency: str, amount: int) -> None:
    assert AmountForm().read(text, currency) == amount


@pytest.mark.parametrize(
    "text",
    ["", " ", "1,234.50", "1.234,50", "12.505", "1e3", "0x10", "NaN", "inf", "1_000", "٣", "12.", ".5", "--1", "(-1)",
     "$12", "12 USD", "99999999999999999.99", "10000000000000000", "1 2"],
)  # fmt: skip
def test_what_could_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is|has"):
        AmountForm().read(text, "USD")


def test_nothing_is_rounded_in_minor_units_either() -> None:
    assert AmountForm(minor=True).read("1250.00", "USD") == 1250
    with pytest.raises(ValueError, match="minor units"):
        AmountForm(minor=True).read("12.5", "USD")


def test_a_job_may_say_how_many_digits_its_amounts_have() -> None:
    assert AmountForm(digits=4).read("1.0005", "USD") == 10005
    with pytest.raises(ValueError, match="4 digits"):
        AmountForm(digits=4).read("1.00051", "USD")


@given(st.text(max_size=6))
def test_a_currency_is_three_letters(text: str) -> None:
    try:
        found = read_currency(text)
    except ValueError:
        return
    assert found.isascii()
    assert found.isalpha()
    assert found == text.strip().upper()


@given(st.integers(-(10**17), 10**17), CODES)
def test_what_is_spelled_is_the_amount(amount: int, currency: str) -> None:
    text = spell(amount, currency).removesuffix(f" {currency}").replace(",", "")
    assert Decimal(text).scaleb(digits_of(currency)) == amount


@given(st.text(max_size=200))
def test_what_is_shown_of_a_text_is_short_and_obeyed_by_no_terminal(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) < 500
