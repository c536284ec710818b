"""From the texts of a record to a row that can be compared: the same reading for every kind of source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tocsin.jobs.money import AmountForm, read_currency, shown
from tocsin.jobs.reconcile import KEY_MARK, Row


@dataclass(frozen=True, slots=True)
class RowForm:
    """What a source calls the parts of a record.

    Attributes:
        key: columns that name a record together. amount: column. currency: column, or None if there is `fixed`.
        fixed: the currency of every record, or None.
    """

    key: tuple[str, ...]
    amount: str
    currency: str | None
    fixed: str | None = None
    amounts: AmountForm = field(default_factory=AmountForm)

    @property
    def columns(self) -> tuple[str, ...]:
        """Key, amount and, if there is one, currency: the order `reader` expects."""
        return (*self.key, self.amount, *((self.currency,) if self.currency is not None else ()))

    def reader(self) -> Callable[[Sequence[str | None], int], Row]:
        """Makes a row of the texts of `columns` and a place. That raises WrongField."""
        width, fixed, read = len(self.key), self.fixed, self.amounts.read
        codes: dict[str, str] = {}

        def row(texts: Sequence[str | None], place: int) -> Row:
            key = texts[0] if width == 1 else _joined(texts[:width])
            amount = texts[width]
            currency = fixed
            if currency is None:
                written = texts[width + 1]
                currency = codes.get(written) if written is not None else None
                if currency is None:
                    currency = _currency(written, width + 1)
                    codes[str(written)] = currency
            if not key:
                raise WrongField(0, "is empty: every record needs its key")
            if amount is None:
                raise WrongField(width, "is NULL")
            try:
                return key, read(amount, currency), currency, place
            except ValueError as problem:
                raise WrongField(width, f"{problem}") from problem

        return row


class WrongField(ValueError):
    """A field of a record cannot be read; `number` counts the wanted columns from 0."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number
        self.problem = problem


def _joined(parts: Sequence[str | None]) -> str:
    for number, part in enumerate(parts):
        if not part:
            raise WrongField(number, "is empty: every record needs its key")
        if KEY_MARK in part:
            raise WrongField(
                number, f"{shown(part)} holds the character U+001F, which separates the parts of keys"
            )
    return KEY_MARK.join(part or "" for part in parts)


def _currency(written: str | None, number: int) -> str:
    if written is None:
        raise WrongField(number, "is NULL")
    try:
        return read_currency(written)
    except ValueError as problem:
        raise WrongField(number, f"{problem}") from problem
