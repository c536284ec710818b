"""Two sorted streams of records become one list of differences, in one pass and without holding either.

Words: the *left* side is what was paid (host payouts), the *right* side is what was booked (the ledger).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from tocsin.jobs.money import digits_of

# key, amount in minor units, currency, place in its source (line or row; 0 where there is none). A plain tuple: there
# are millions, and sorting them compares exactly these fields in this order.
Row = tuple[str, int, str, int]

PLACES_KEPT = 5
KEY_MARK = "\x1f"  # between the parts of a key of several columns


class Kind(Enum):
    """What can be wrong with a key."""

    MISSING_RIGHT = "missing_right"  # on the left side only: paid, not booked
    MISSING_LEFT = "missing_left"  # on the right side only: booked, not paid
    DUPLICATE_LEFT = "duplicate_left"
    DUPLICATE_RIGHT = "duplicate_right"
    CURRENCY = "currency"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Rule:
    """When two records count as the same.

    Attributes:
        tolerance: largest difference of amounts that is none, in units of 10^-`tolerance_digits` major units.
        digits: of every amount, or None for ISO 4217.
        add_left, add_right: several records of one key on that side are added up before they are compared (a ledger
            that books one payout in parts), instead of being reported as duplicates.
    """

    tolerance: int = 0
    tolerance_digits: int = 0
    digits: int | None = None
    add_left: bool = False
    add_right: bool = False

    def allows(self, currency: str) -> int:
        """The tolerance in minor units of a currency, rounded down: half a yen is nothing."""
        digits = self.digits if self.digits is not None else digits_of(currency)
        return int(self.tolerance * 10**digits // 10**self.tolerance_digits)


@dataclass(frozen=True, slots=True)
class Held:
    """What one side holds of a key.

    Attributes:
        rows: how many records. amounts: their sum by currency. places: of the first few of them.
    """

    rows: int
    amounts: dict[str, int]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `left` or `right` is None where the key is missing."""

    kind: Kind
    key: str
    left: Held | None
    right: Held | None


@dataclass(slots=True)
class Side:
    """Totals of one side: records, distinct keys, sums by currency."""

    rows: int = 0
    keys: int = 0
    amounts: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Totals:
    """What was counted. Every key is counted in exactly one of the last four, or is missing on a side.

    Attributes:
        exact: equal in amount and currency. tolerated: different by no more than the tolerance.
        different: in amount or currency. undecided: on both sides, but more than once on one of them.
        tolerated_by: sum of left minus right of the tolerated ones, by currency.
    """

    left: Side = field(default_factory=Side)
    right: Side = field(default_factory=Side)
    exact: int = 0
    tolerated: int = 0
    different: int = 0
    undecided: int = 0
    tolerated_by: dict[str, int] = field(default_factory=dict)
    findings: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))


def reconcile(left: Iterator[Row], right: Iterator[Row], rule: Rule, totals: Totals) -> Iterator[Finding]:
    """The differences in order of the key; `totals` is filled meanwhile and whole at the end.

    Args:
        left, right: sorted rows.
    """
    mine, theirs = next(left, None), next(right, None)
    exact = 0
    same: dict[str, int] = {}  # sums of what is equal on both sides
    while mine is not None and theirs is not None:
        key = mine[0]
        if key == theirs[0]:
            after_mine, after_theirs = next(left, None), next(right, None)
            alone = (after_mine is None or after_mine[0] != key) and (
                after_theirs is None or after_theirs[0] != key
            )
            currency = mine[2]
            if alone and mine[1] == theirs[1] and currency == theirs[2]:  # what nearly every key is
                exact += 1
                same[currency] = same.get(currency, 0) + mine[1]
                mine, theirs = after_mine, after_theirs
                continue
            ours, mine = _group(mine, after_mine, left)
            yours, theirs = _group(theirs, after_theirs, right)
            yield from _compare(key, ours, yours, rule, totals)
        elif key < theirs[0]:
            ours, mine = _group(mine, next(left, None), left)
            yield from _alone(key, ours, None, rule, totals)
        else:
            key = theirs[0]
            yours, theirs = _group(theirs, next(right, None), right)
            yield from _alone(key, None, yours, rule, totals)
    while mine is not None:
        key = mine[0]
        ours, mine = _group(mine, next(left, None), left)
        yield from _alone(key, ours, None, rule, totals)
    while theirs is not None:
        key = theirs[0]
        yours, theirs = _group(theirs, next(right, None), right)
        yield from _alone(key, None, yours, rule, totals)
    totals.exact += exact
    for side in (totals.left, totals.right):
        side.rows += exact
        side.keys += exact
        for currency, amount in same.items():
            side.amounts[currency] = side.amounts.get(currency, 0) + amount


def _group(first: Row, following: Row | None, rest: Iterator[Row]) -> tuple[Held, Row | None]:
    """All records of the first one's key, counted and added; and the record after them."""
    key, amount, currency, place = first
    rows, amounts, places = 1, {currency: amount}, [place]
    while following is not None and following[0] == key:
        rows += 1
        amounts[following[2]] = amounts.get(following[2], 0) + following[1]
        if len(places) < PLACES_KEPT:
            places.append(following[3])
        following = next(rest, None)
    return Held(rows, amounts, tuple(sorted(place for place in places if place))), following


def _note(side: Side, held: Held) -> None:
    side.rows += held.rows
    side.keys += 1
    for currency, amount in held.amounts.items():
        side.amounts[currency] = side.amounts.get(currency, 0) + amount


def _found(finding: Finding, totals: Totals) -> Finding:
    totals.findings[finding.kind] += 1
    return finding


def _duplicates(
    key: str, ours: Held | None, yours: Held | None, rule: Rule, totals: Totals
) -> Iterator[Finding]:
    if ours is not None:
        _note(totals.left, ours)
        if ours.rows > 1 and not rule.add_left:
            yield _found(Finding(Kind.DUPLICATE_LEFT, key, ours, yours), totals)
    if yours is not None:
        _note(totals.right, yours)
        if yours.rows > 1 and not rule.add_right:
            yield _found(Finding(Kind.DUPLICATE_RIGHT, key, ours, yours), totals)


def _alone(key: str, ours: Held | None, yours: Held | None, rule: Rule, totals: Totals) -> Iterator[Finding]:
    yield from _duplicates(key, ours, yours, rule, totals)
    kind = Kind.MISSING_RIGHT if yours is None else Kind.MISSING_LEFT
    yield _found(Finding(kind, key, ours, yours), totals)


def _compare(key: str, ours: Held, yours: Held, rule: Rule, totals: Totals) -> Iterator[Finding]:
    duplicates = list(_duplicates(key, ours, yours, rule, totals))
    if duplicates:
        # Which of the records belongs to which? Nobody can say, so nothing more is said.
        totals.undecided += 1
        yield from duplicates
        return
    if len(ours.amounts) > 1 or ours.amounts.keys() != yours.amounts.keys():
        if ours.amounts == yours.amounts:  # added up in several currencies, and equal in each
            totals.exact += 1
            return
        totals.different += 1
        yield _found(Finding(Kind.CURRENCY, key, ours, yours), totals)
        return
    ((currency, amount),) = ours.amounts.items()
    difference = amount - yours.amounts[currency]
    if difference == 0:
        totals.exact += 1
    elif abs(difference) <= rule.allows(currency):
        totals.tolerated += 1
        totals.tolerated_by[currency] = totals.tolerated_by.get(currency, 0) + difference
    else:
        totals.different += 1
        yield _found(Finding(Kind.AMOUNT, key, ours, yours), totals)
