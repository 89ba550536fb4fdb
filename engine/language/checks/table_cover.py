"""Whether the rows of a decision table overlap, and whether they leave a hole: exactly, on bit masks.

A row is a mask for each column, in which bit i says whether it holds the column's i-th part; a width is a column's
number of parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TypeAlias

Row: TypeAlias = tuple[int, ...]
Combination: TypeAlias = tuple[int, ...]
"""One part of each column, by its place."""

MAX_WORK = 300_000
"""How many cells are looked at for a hole where rows overlap; there it could take very long."""


def overlaps(rows: Sequence[Row]) -> Iterator[tuple[int, int, Combination]]:
    """Yield each row that overlaps one before it: the first such row, itself, and a combination in both."""
    columns = list(zip(*rows, strict=True))
    for later, row in enumerate(rows):
        before: Sequence[int] = range(later)
        for masks, own in zip(columns, row, strict=True):
            before = [earlier for earlier in before if masks[earlier] & own]
        if before:
            shared = (a & b for a, b in zip(rows[before[0]], row, strict=True))
            yield before[0], later, tuple(map(_lowest, shared))


def hole(rows: Sequence[Row], widths: Sequence[int], disjoint: bool) -> Combination | None:
    """Return a combination in no row, or None where there is none; `disjoint`: it is known that no rows overlap."""
    return _Search(tuple(widths), disjoint).find(tuple(dict.fromkeys(rows)), 0)


class _Search:
    """Goes through the columns, keeping the rows that are still in play."""

    def __init__(self, widths: tuple[int, ...], disjoint: bool) -> None:
        self.widths, self.disjoint = widths, disjoint
        self.sizes = [prod(widths[column:]) for column in range(len(widths) + 1)]
        self.covered: set[tuple[int, tuple[Row, ...]]] = set()
        self.work = 0

    def find(self, rows: tuple[Row, ...], column: int) -> Combination | None:
        """Return the parts of a hole from a column on."""
        if not rows:
            return (0,) * (len(self.widths) - column)
        if self._is_covered(rows, column):
            return None
        tried: set[tuple[Row, ...]] = set()
        for part in range(self.widths[column]):
            left = tuple(row for row in rows if row[column] >> part & 1)
            if left in tried:
                continue
            tried.add(left)
            if (rest := self.find(left, column + 1)) is not None:
                return (part, *rest)
        self.covered.add((column, rows))
        return None

    def _is_covered(self, rows: tuple[Row, ...], column: int) -> bool:
        """Return whether the rows leave no hole for sure, or no more is to be looked for."""
        self.work += len(rows) * self.widths[column] if column < len(self.widths) else 1
        volumes = [prod(mask.bit_count() for mask in row[column:]) for row in rows]
        size = self.sizes[column]
        if size in volumes or (column, rows) in self.covered:
            return True
        surely_not = sum(volumes) < size
        return not surely_not and (self.disjoint or self.work > MAX_WORK)


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
