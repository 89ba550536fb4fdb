"""Facts of many cases, a column for each; lists and maps as tables of their own.

A fact's path is its members joined by dots (`customer.plan`); in a table of items, paths start at the item, whose own
value, where it is no record, stands at `""`. A map is a table of `key` and `value` (or `value.x`) in code-point order
of the keys. What a table says nothing about is unknown in every row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.program.types import Kind

Offsets: TypeAlias = npt.NDArray[np.int64]

KINDS: Final[Mapping[Kind, pl.DataType]] = {
    Kind.BOOL: pl.Boolean(),
    Kind.INT: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.MONEY: pl.Int64(),
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Int32(),
    Kind.TIMESTAMP: pl.Int64(),
    Kind.DURATION: pl.Int64(),
}
"""What a column of each kind holds: the engine's own values (money in minor units, dates in days, ...).

A column of an enum holds text too, or its place in `Enum.values` as an unsigned int.
"""


@dataclass(frozen=True, slots=True)
class Items:
    """Lists (or maps) of every row: row i has the items from `offsets[i]` up to `offsets[i + 1]`.

    `known` is false where the list itself is unknown or none (and has no items); None where all are known.
    """

    offsets: Offsets
    table: Table
    known: pl.Series | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Facts of `rows` cases; every series has that length."""

    rows: int
    cells: Mapping[str, pl.Series]
    """Single values by path: null where unknown or none."""
    present: Mapping[str, pl.Series | None] = field(default_factory=dict)
    """Records by path: whether each is there (true or false, never null); None where all are."""
    lists: Mapping[str, Items] = field(default_factory=dict)
    """Lists and maps by path."""
    nones: Mapping[str, pl.Series] = field(default_factory=dict)
    """By path of a fact that may be null: where it is known to be none (true or false, never null)."""
