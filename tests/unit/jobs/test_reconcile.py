"""The comparison in one pass says what a naive one in memory says."""

from collections import defaultdict
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tocsin.jobs.money import digits_of
from tocsin.jobs.reconcile import Finding, Held, Kind, Row, Rule, Totals, reconcile

KEYS = st.sampled_from(["", "a", "b", "c", "ä", "b\x1f1", "\U0001f600", "\uffff"])
ROWS = st.lists(
    st.tuples(KEYS, st.integers(-5, 5), st.sampled_from(["USD", "JPY", "KWD"]), st.integers(0, 9)),
    max_size=25,
)
RULES = st.builds(
    Rule, st.integers(0, 30), st.integers(0, 2), st.none() | st.integers(0, 3), st.booleans(), st.booleans()
)


@dataclass
class Naive:
    """What is known of a key on one side, the plain way."""

    rows: list[Row]

    @property
    def amounts(self) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for _, amount, currency, _ in self.rows:
            found[currency] += amount
        return dict(found)


def naive(left: list[Row], right: list[Row], rule: Rule) -> tuple[list[tuple[Kind, str]], dict[str, int]]:
    """Findings and counts, with dictionaries of everything."""
    sides: tuple[dict[str, Naive], dict[str, Naive]] = ({}, {})
    for side, rows in zip(sides, (left, right), strict=True):
        for row in rows:
            side.setdefault(row[0], Naive([])).rows.append(row)
    found: list[tuple[Kind, str]] = []
    counts = {"exact": 0, "tolerated": 0, "different": 0, "undecided": 0}
    for key in sorted({*sides[0], *sides[1]}):
        mine, theirs = sides[0].get(key), sides[1].get(key)
        twice = []
        if mine and len(mine.rows) > 1 and not rule.add_left:
            twice.append(Kind.DUPLICATE_LEFT)
        if theirs and len(theirs.rows) > 1 and not rule.add_right:
            twice.append(Kind.DUPLICATE_RIGHT)
        found += [(kind, key) for kind in twice]
        if mine is None or theirs is None:
            found.append((Kind.MISSING_LEFT if mine is None else Kind.MISSING_RIGHT, key))
        elif twice:
            counts["undecided"] += 1
        elif mine.amounts == theirs.amounts:
            counts["exact"] += 1
        elif len(mine.amounts) > 1 or mine.amounts.keys() != theirs.amounts.keys():
            counts["different"] += 1
            found.append((Kind.CURRENCY, key))
        else:
            ((currency, amount),) = mine.amounts.items()
            digits = rule.digits if rule.digits is not None else digits_of(currency)
            if (
                abs(amount - theirs.amounts[currency]) * 10**rule.tolerance_digits
                <= rule.tolerance * 10**digits
            ):
                counts["tolerated"] += 1
            else:
                counts["different"] += 1
                found.append((Kind.AMOUNT, key))
    return found, counts


def compared(left: list[Row], right: list[Row], rule: Rule) -> tuple[list[Finding], Totals]:
    totals = Totals()
    return list(reconcile(iter(sorted(left)), iter(sorted(right)), rule, totals)), totals


@given(ROWS, ROWS, RULES)
def test_it_finds_what_the_naive_way_finds(left: list[Row], right: list[Row], rule: Rule) -> None:
    found, totals = compared(left, right, rule)
    expected, counts = naive(left, right, rule)
    assert [(finding.kind, finding.key) for finding in found] == expected
    assert {name: getattr(totals, name) for name in counts} == counts


@given(ROWS, ROWS, RULES)
def test_every_record_and_every_sum_is_accounted_for(left: list[Row], right: list[Row], rule: Rule) -> None:
    found, totals = compared(left, right, rule)
    for rows, side in ((left, totals.left), (right, totals.right)):
        assert (side.rows, side.keys) == (len(rows), len({row[0] for row in rows}))
        assert side.amounts == Naive(rows).amounts
    counted = totals.exact + totals.tolerated + totals.different + totals.undecided
    assert totals.left.keys == counted + totals.findings[Kind.MISSING_RIGHT]
    assert totals.right.keys == counted + totals.findings[Kind.MISSING_LEFT]
    assert sum(totals.findings.values()) == len(found)
    # What the two sides differ by is what the findings say, and what was tolerated.
    explained: dict[str, int] = defaultdict(int, totals.tolerated_by)
    seen = set()
    for finding in found:
        if finding.key not in seen:  # a key with duplicates on both sides has two findings with the same sums
            seen.add(finding.key)
            for held, sign in ((finding.left, 1), (finding.right, -1)):
                for currency, amount in (held.amounts if held else {}).items():
                    explained[currency] += sign * amount
    for currency in {*totals.left.amounts, *totals.right.amounts}:
        difference = totals.left.amounts.get(currency, 0) - totals.right.amounts.get(currency, 0)
        assert explained[currency] == difference


@given(ROWS, RULES)
def test_a_side_agrees_with_itself(rows: list[Row], rule: Rule) -> None:
    found, totals = compared(rows, rows, rule)
    assert {finding.kind for finding in found} <= {Kind.DUPLICATE_LEFT, Kind.DUPLICATE_RIGHT}
    assert totals.different == totals.tolerated == 0


@given(ROWS, ROWS)
def test_the_sides_change_places(left: list[Row], right: list[Row]) -> None:
    mirrored = {
        Kind.MISSING_LEFT: Kind.MISSING_RIGHT, Kind.MISSING_RIGHT: Kind.MISSING_LEFT,
        Kind.DUPLICATE_LEFT: Kind.DUPLICATE_RIGHT, Kind.DUPLICATE_RIGHT: Kind.DUPLICATE_LEFT,
    }  # fmt: skip
    one, _ = compared(left, right, Rule())
    other, _ = compared(right, left, Rule())
    assert {(f.kind, f.key) for f in one} == {(mirrored.get(f.kind, f.kind), f.key) for f in other}


def test_a_duplicate_says_how_often_how_much_and_where() -> None:
    rows = [("a", 100, "USD", line) for line in range(9, 1, -1)]
    found, _ = compared(rows, [("a", 100, "USD", 1)], Rule())
    assert found == [
        Finding(Kind.DUPLICATE_LEFT, "a", Held(8, {"USD": 800}, (2, 3, 4, 5, 6)), Held(1, {"USD": 100}, (1,)))
    ]


def test_a_ledger_that_books_in_parts_is_added_up() -> None:
    parts = [("a", 70, "USD", 1), ("a", 30, "USD", 2)]
    found, totals = compared([("a", 100, "USD", 1)], parts, Rule(add_right=True))
    assert not found
    assert totals.exact == 1


def test_a_tolerance_of_half_a_unit_is_nothing_in_yen() -> None:
    rule = Rule(tolerance=5, tolerance_digits=1)
    assert (rule.allows("USD"), rule.allows("JPY"), rule.allows("KWD")) == (50, 0, 500)


def test_amounts_in_different_currencies_are_not_compared() -> None:
    found, _ = compared([("a", 100, "USD", 0)], [("a", 100, "EUR", 0)], Rule(tolerance=1000))
    assert [finding.kind for finding in found] == [Kind.CURRENCY]
