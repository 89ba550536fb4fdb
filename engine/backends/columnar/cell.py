"""Operations on single values of every row of a table, as Polars evaluates them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from engine.program.types import Type

Bound: TypeAlias = "int | None"


@dataclass(frozen=True)
class Operand:
    """What an operation may know of an operand beforehand: its type, its bounds, its value where it is constant."""

    type: Type
    low: Bound = None
    high: Bound = None
    constant: object = None


@dataclass(frozen=True)
class Inline:
    """An operation as a Polars expression of its operands' expressions: null of null, and null where it fails."""

    build: Callable[..., pl.Expr]
    low: Bound = None
    high: Bound = None


@dataclass(frozen=True)
class Kernel:
    """An operation on whole series: null of null, and null where it fails."""

    run: Callable[..., pl.Series]
    low: Bound = None
    high: Bound = None


Operation: TypeAlias = Inline | Kernel
