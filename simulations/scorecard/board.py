"""Where a measure is counted: in total, and in parts by what each thing counted is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias, assert_never

from schemas.scorecard import Better, Breakdown, Figure, FigureColumn, Measure, Part
from simulations.scorecard.sums import Total, share

Keys: TypeAlias = Mapping[str, str]
"""What a thing counted is, by dimension."""
Dimensions: TypeAlias = tuple[str, ...]
CURRENCY: Final = "currency"
TOTAL: Final[Dimensions] = ()
MOST_ADVICE: Final = 12
"""So many improvements are named; how many more there are is said."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a measure says, before anything is counted."""

    name: str
    title: str
    definition: str
    better: Better = "higher"
    columns: tuple[FigureColumn, ...] = ()


@dataclass(slots=True)
class Tally:
    """How many of how many, with further figures."""

    numerator: int = 0
    denominator: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    money: dict[str, Total] = field(default_factory=dict)
    others: dict[str, Figure] = field(default_factory=dict)
    """Figures that are not added up."""
    title: str = ""

    def add(self, counts: bool | None, also: tuple[str, ...]) -> None:
        """Count one thing: as a success, as none, or (None) only among the further figures."""
        self.numerator += counts is True
        self.denominator += counts is not None
        for name in also:
            self.counts[name] += 1

    @property
    def missed(self) -> int:
        """How many of them were not."""
        return self.denominator - self.numerator

    def count(self, numerator: int, denominator: int) -> None:
        """Count so many of so many."""
        self.numerator += numerator
        self.denominator += denominator

    def figures(self, columns: tuple[FigureColumn, ...]) -> dict[str, Figure]:
        """Return the further figures; what was never seen is None, and of things that are counted 0."""
        return {column.name: self._figure(column) for column in columns}

    def _figure(self, column: FigureColumn) -> Figure:
        match column.unit:
            case "count":
                return self.counts[column.name]
            case "money":
                return str(self.money[column.name]) if column.name in self.money else None
            case "amount" | "day" | "days":
                return self.others.get(column.name)
            case _ as never:
                assert_never(never)


class Board:
    """The tallies of one measure: the total, and one for each part of each breakdown."""

    def __init__(self, *breakdowns: Dimensions) -> None:
        """Make an empty board."""
        self.tables: dict[Dimensions, defaultdict[tuple[str, ...], Tally]] = {
            dimensions: defaultdict(Tally) for dimensions in (TOTAL, *breakdowns)
        }

    @property
    def total(self) -> Tally:
        """The tally of all."""
        return self.tables[TOTAL][()]

    def tally(self, dimensions: Dimensions, *key: str) -> Tally:
        """Return the tally of one part."""
        return self.tables[dimensions][key]

    def rows(self, *dimensions: str, by: Callable[[Tally], int]) -> tuple[tuple[tuple[str, ...], Tally], ...]:
        """Return the parts of a breakdown of which something counts above 0, those with most of it first."""
        parts = (row for row in self.tables[dimensions].items() if by(row[1]) > 0)
        return tuple(sorted(parts, key=lambda row: (-by(row[1]), row[0])))

    def add(self, keys: Keys, counts: bool | None, *also: str) -> None:
        """Count one thing in total, and in every breakdown whose dimensions are given."""
        self.total.add(counts, also)
        self.beside(keys, counts, *also)

    def beside(self, keys: Keys, counts: bool | None, *also: str) -> None:
        """Count one thing in every breakdown whose dimensions are given, not in total."""
        for dimensions, parts in self.tables.items():
            if dimensions and keys.keys() >= set(dimensions):
                parts[tuple(keys[name] for name in dimensions)].add(counts, also)

    def pay(self, keys: Keys, name: str, amount: Decimal) -> None:
        """Add money to every breakdown that keeps currencies apart."""
        for dimensions, parts in self.tables.items():
            if CURRENCY in dimensions and keys.keys() >= set(dimensions):
                parts[tuple(keys[one] for one in dimensions)].money.setdefault(name, Total()).add(amount)


def measure(meaning: Meaning, board: Board, improved_by: tuple[str, ...] = ()) -> Measure:
    """Return the measure that a board has counted."""
    total = board.total
    return Measure(
        name=meaning.name,
        title=meaning.title,
        definition=meaning.definition,
        better=meaning.better,
        numerator=total.numerator,
        denominator=total.denominator,
        value=share(total.numerator, total.denominator),
        columns=meaning.columns,
        figures=total.figures(totalled(meaning.columns)),
        breakdowns=tuple(
            Breakdown(by=by, parts=tuple(_part(key, parts[key], meaning.columns) for key in sorted(parts)))
            for by, parts in board.tables.items()
            if by
        ),
        improved_by=few(improved_by),
    )


def totalled(columns: tuple[FigureColumn, ...]) -> tuple[FigureColumn, ...]:
    """Return the columns that have a total whatever the currencies and the parts."""
    return tuple(column for column in columns if column.unit == "count")


def _part(keys: tuple[str, ...], tally: Tally, columns: tuple[FigureColumn, ...]) -> Part:
    return Part(
        keys=keys,
        title=tally.title,
        numerator=tally.numerator,
        denominator=tally.denominator,
        value=share(tally.numerator, tally.denominator),
        figures=tally.figures(columns),
    )


def few(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first lines, and how many more there are."""
    if len(lines) <= MOST_ADVICE:
        return lines
    return (*lines[:MOST_ADVICE], f"and {len(lines) - MOST_ADVICE} more")
