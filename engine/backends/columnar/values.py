"""What a node is worth in every row, as it is written into a sheet: single values, records, lists and maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

import polars as pl

from engine.backends.columnar.cell import Bound, Operand
from engine.backends.columnar.logic import either, no, not_null, only_where
from engine.backends.columnar.sheet import FALSE, TRUE, Sheet, Term, deepest, literal
from engine.backends.columnar.state import Level
from engine.backends.columnar.table import KINDS
from engine.program.types import Enum, Kind, ListOf, MapOf, Plain, Record, Type, kind_of

CODE = pl.UInt16()
"""How a text of few known values is held: as its place among them."""

Value: TypeAlias = "Cell | Entry | Listed"


@dataclass(frozen=True, eq=False)
class Cell:
    """A single value: null where it is unknown or none."""

    value: Term
    type: Type
    none: Term | None = None
    """Where it is the known none, never null; None: nowhere."""
    texts: tuple[str, ...] | None = None
    """Of a text whose values are few and known: what each code stands for, each once."""
    low: Bound = None
    high: Bound = None
    settled: bool = False
    """Whether it is never unknown, though it may be none."""

    @property
    def constant(self) -> object | None:
        """Return the value, a text itself, where it is the same in every row; else None."""
        if not self.value.constant or self.value.constant[0] is None:
            return None
        found = self.value.constant[0]
        return self.texts[found] if self.texts is not None and isinstance(found, int) else found

    @property
    def operand(self) -> Operand:
        """Return what operations may know of it beforehand."""
        return Operand(self.type, self.low, self.high, self.constant)


@dataclass(frozen=True, eq=False)
class Entry:
    """A record, its members made when they are asked for."""

    type: Type
    level: Level | None
    present: Term
    """Where it is there, never null."""
    none: Term | None
    find: Callable[[str, Type], Value]
    """What makes a member."""
    made: dict[str, Value] = field(default_factory=dict)

    def member(self, name: str, type_: Type) -> Value:
        """Return a member, unknown where the record is not there."""
        if name not in self.made:
            self.made[name] = self.find(name, type_)
        return self.made[name]


@dataclass(frozen=True, eq=False)
class Listed:
    """A list or a map: its items (of a map its entries) are rows of a level."""

    type: Type
    known: Term
    """Where it is there, never null."""
    items: Level
    value: Value
    key: Cell | None = None
    """Of a map: the key of each entry; they are in code-point order."""
    mask: Term | None = None
    """Which of the items it has, never null; None: all."""
    none: Term | None = None

    @property
    def owner(self) -> Level:
        """Return the level whose rows it is in."""
        assert self.items.parent is not None
        return self.items.parent


def level_of(*values: Value) -> Level | None:
    """Return the innermost level that values are on; None where all are constants."""
    levels = [_level(value) for value in values]
    return max((level for level in levels if level is not None), key=lambda level: level.depth, default=None)


def _level(value: Value) -> Level | None:
    """Return the level that a value is on."""
    match value:
        case Cell():
            return deepest((value.value, value.none or TRUE))
        case Entry():
            return value.level
        case Listed():
            return value.owner


def known(sheet: Sheet, value: Value) -> Term:
    """Return where a value is known, none or not; never null."""
    there = _there(sheet, value)
    return there if value.none is None else either(sheet, (there, value.none))


def _there(sheet: Sheet, value: Value) -> Term:
    """Return where a value is known and not none, or settled; never null."""
    match value:
        case Cell():
            return TRUE if value.settled else not_null(sheet, value.value)
        case Entry():
            return value.present
        case Listed():
            return value.known
        case _ as never:
            assert_never(never)


def has(sheet: Sheet, value: Value) -> Term:
    """Return whether it is a value rather than none; null where it is unknown."""
    sure = known(sheet, value)
    there = TRUE if value.none is None else no(sheet, value.none)
    return only_where(sheet, sure, there)


def given(value: Value) -> Value:
    """Return the value as one that fails where it is none."""
    match value:
        case Cell(value=term):
            return replace(value, none=None, settled=term.sure)
        case Entry() | Listed():
            return replace(value, none=None)


def unknown(sheet: Sheet, type_: Type) -> Value:
    """Return a value that is unknown in every row."""
    match type_:
        case Plain() | Enum():
            coded = kind_of(type_) is Kind.TEXT
            return Cell(literal(None, dtype_of(type_)), type_, texts=() if coded else None)
        case Record():
            return Entry(type_, None, FALSE, None, lambda _, member: unknown(sheet, member))
        case ListOf(item=item):
            return Listed(type_, FALSE, sheet.nothing, unknown(sheet, item))
        case MapOf(value=item):
            return Listed(type_, FALSE, sheet.nothing, unknown(sheet, item), NO_KEY)


def dtype_of(type_: Type) -> pl.DataType:
    """Return what a constant of a single type is held as, a text as a code."""
    kind = kind_of(type_)
    if kind is Kind.TEXT:
        return CODE
    return pl.Null() if kind is None or kind is Kind.NULL else KINDS[kind]


NO_KEY = Cell(literal(None, CODE), Plain(Kind.TEXT), texts=())


def cell_of(value: object, type_: Type) -> Cell:
    """Return a constant of a single type; None is unknown, and the caller says where it is none."""
    kind = kind_of(type_)
    if isinstance(value, str):
        return Cell(literal(0, CODE), type_, texts=(value,), settled=True)
    texts = () if kind is Kind.TEXT else None
    bounds = value if isinstance(value, int) else None
    return Cell(literal(value, dtype_of(type_)), type_, None, texts, bounds, bounds, value is not None)


def condition(term: Term) -> Cell:
    """Return a condition as a value."""
    return Cell(term, Plain(Kind.BOOL), settled=term.sure)
