"""Amounts as whole numbers of minor units. Never a float: 0.1 + 0.2 is not 0.3, and finance would notice.

How many digits a currency has after the point is ISO 4217's; a job may set another number for all (`digits`).
"""

import re
from dataclasses import dataclass

# ISO 4217 (list one), currencies whose minor unit is not a hundredth.
_DIGITS = {
    code: digits
    for digits, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for code in codes.split()
}
_POINT = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?", re.ASCII)
_COMMA = re.compile(r"([+-]?)(\d+)(?:,(\d+))?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_MOST_DIGITS = 18  # fits 63 bits: what every database and the files we sort with can hold
_SHOWN = 40


def digits_of(currency: str) -> int:
    """How many digits the minor unit of a currency has: 2 for USD, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class AmountForm:
    """How a source writes amounts.

    Attributes:
        minor: whole numbers of minor units (1250 is 12.50 USD) instead of major ones (12.50).
        digits: after the point for every currency, or None for ISO 4217.
        comma: a decimal comma instead of a point.
    """

    minor: bool = False
    digits: int | None = None
    comma: bool = False

    def read(self, text: str, currency: str) -> int:
        """The amount in minor units. Raises ValueError saying what is wrong with the text.

        Nothing is rounded: digits beyond the minor unit have to be zeros. Thousands separators are refused, for
        "1,234" is a different amount in different countries.

        >>> AmountForm().read("-12.5", "USD"), AmountForm().read("12.500", "USD"), AmountForm().read("500", "JPY")
        (-1250, 1250, 500)
        """
        found = (_COMMA if self.comma else _POINT).fullmatch(text)
        if found is None:
            return self._again(text, currency)
        sign, whole, part = found.groups()
        if self.minor:
            if part is not None and part.strip("0"):
                raise ValueError(f"{shown(text)} is not a whole number of minor units")
            value = int(whole)
        else:
            digits = self.digits if self.digits is not None else _DIGITS.get(currency, 2)
            part = part or ""
            if len(part) > digits:
                if part[digits:].strip("0"):
                    raise ValueError(f"{shown(text)} has more than the {digits} digits of {currency}")
                part = part[:digits]
            whole += part.ljust(digits, "0")
            value = (
                int(whole)
                if len(whole) <= _MOST_DIGITS
                else int(whole.lstrip("0")[: _MOST_DIGITS + 1] or "0")
            )
        if value >= 10**_MOST_DIGITS:
            raise ValueError(f"{shown(text)} is longer than {_MOST_DIGITS} digits")
        return -value if sign == "-" else value

    def _again(self, text: str, currency: str) -> int:
        """What people write around an amount: blanks, and brackets for negative ones as accountants do."""
        bare = text.strip()
        if bare.startswith("(") and bare.endswith(")") and bare[1:2].isdigit():
            bare = f"-{bare[1:-1]}"
        if bare == text:
            mark = "," if self.comma else "."
            raise ValueError(f"{shown(text)} is not an amount such as 12{mark}50")
        return self.read(bare, currency)


def read_currency(text: str) -> str:
    """The currency's code in capitals. Raises ValueError.

    >>> read_currency(" usd")
    'USD'
    """
    if _CURRENCY.fullmatch(text) is not None:
        return text
    found = text.strip().upper()
    if _CURRENCY.fullmatch(found) is None:
        raise ValueError(f"{shown(text)} is not a currency such as USD")
    return found


def spell(amount: int, currency: str, digits: int | None = None) -> str:
    """An amount as people read it.

    >>> spell(-5, "USD"), spell(1234567, "JPY")
    ('-0.05 USD', '1,234,567 JPY')
    """
    places = digits_of(currency) if digits is None else digits
    text = str(abs(amount)).rjust(places + 1, "0")
    whole, part = (text[:-places], text[-places:]) if places else (text, "")
    return f"{'-' if amount < 0 else ''}{int(whole):,}{'.' if part else ''}{part} {currency}"


def shown(text: str) -> str:
    """A text from outside, quoted, printable and short."""
    return (
        ascii(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
        if not text.isprintable()
        else repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
    )
