"""Spans of time within a day, in milliseconds from its midnight: joined, united, taken away from each other."""

from collections.abc import Iterable

Span = tuple[int, int]
MOST = 500
"""So many spans of one check and day are remembered; whatever is beyond is counted by its length only."""


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as possible, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def length(spans: Iterable[Span]) -> int:
    """How long spans are that do not overlap."""
    return sum(end - start for start, end in spans)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of some spans is left beside others; both as `joined` has them."""
    left: list[Span] = []
    away = list(taken)
    for start, end in spans:
        for first, last in away:
            if last <= start or first >= end:
                continue
            if start < first:
                left.append((start, first))
            start = last
        if start < end:
            left.append((start, end))
    return left
