"""Durations as columns: so many of a unit, and their parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import polars as pl

from engine.backends import spans
from engine.backends.columnar.cell import Inline, Operand, Operation
from engine.backends.columnar.numeric import on_ints
from engine.backends.columnar.unique import by_unique
from engine.backends.times import HOUR, MINUTE, SECOND
from engine.program.nodes import Operator
from engine.program.types import DURATION, INT


def so_many(unit: int, count: Operand) -> Inline:
    """Return the span of so many units."""
    product = on_ints(Operator.MUL, count, Operand(INT, constant=unit), DURATION)
    return replace(product, build=lambda value: product.build(value, pl.lit(unit, dtype=pl.Int64)))


def part(span: Operand, name: Operand) -> Operation:
    """Return a part of spans, by its CEL name."""
    if not isinstance(name.constant, str) or name.constant not in PARTS:
        return by_unique(spans.duration_part, INT)
    of = PARTS[name.constant]
    return Inline(lambda value, _: of(value))


def _whole_units(unit: int, span: pl.Expr) -> pl.Expr:
    """Return how many whole units are in spans, towards zero."""
    return (span + pl.when(span < 0).then(unit - 1).otherwise(0)) // unit


def _milliseconds(span: pl.Expr) -> pl.Expr:
    """Return the milliseconds that spans have beside whole seconds."""
    return _whole_units(1000, span) - _whole_units(SECOND, span) * 1000


PARTS: Final[Mapping[str, Callable[[pl.Expr], pl.Expr]]] = {
    "getHours": partial(_whole_units, HOUR),
    "getMinutes": partial(_whole_units, MINUTE),
    "getSeconds": partial(_whole_units, SECOND),
    "getMilliseconds": _milliseconds,
}
