"""Operations on single values, as terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import eq
from typing import Final

import polars as pl

from engine.backends import operations as exact
from engine.backends.columnar import operations
from engine.backends.columnar.cell import Inline, Operation
from engine.backends.columnar.comparing import COMPARE, compare
from engine.backends.columnar.intervals import LIMITS
from engine.backends.columnar.logic import both, either, no, not_null, only_where
from engine.backends.columnar.sheet import FALSE, TRUE, Sheet, Term, literal
from engine.backends.columnar.table import KINDS
from engine.backends.columnar.texts import by_text, looked_up, opened, recoded
from engine.backends.columnar.values import CODE, Cell
from engine.backends.python_risk import TOTAL
from engine.backends.reference import COMPARE as EXACTLY
from engine.program.nodes import Comparison, Operator
from engine.program.types import Kind, Type, kind_of

EQUALITY: Final = (Comparison.EQ, Comparison.NE)
LARGEST: Final[Mapping[str, Callable[..., pl.Expr]]] = {"min": pl.min_horizontal, "max": pl.max_horizontal}
COUNTED: Final = {Kind.INT, Kind.MONEY, Kind.DATE, Kind.TIMESTAMP, Kind.DURATION}
"""Kinds that are ints inside."""


def applied(sheet: Sheet, operation: Operation, cells: Sequence[Cell], gives: Type, total: bool = False) -> Cell:
    """Return what an operation gives; `total`: it never fails."""
    terms = [sheet.named(cell.value) for cell in cells]
    sure = total and all(term.sure for term in terms)
    if isinstance(operation, Inline):
        term = sheet.combined(operation.build, *terms, sure=sure)
    else:
        term = sheet.called(operation.run, *terms, sure=sure)
    return Cell(term, gives, None, None, operation.low, operation.high, sure)


def arithmetic(sheet: Sheet, op: Operator, cells: Sequence[Cell], gives: Type) -> Cell:
    """Return two single values combined."""
    left, right = (opened(sheet, cell) for cell in cells)
    operation = operations.arithmetic(op, left.operand, right.operand, gives)
    return applied(sheet, operation, (left, right), gives, _inside(operation, gives))


def call(sheet: Sheet, name: str, cells: Sequence[Cell], gives: Type) -> Cell:
    """Return what a function of single values gives."""
    coded = [place for place, cell in enumerate(cells) if cell.texts is not None and cell.constant is None]
    constants = [cell.constant for cell in cells]
    if len(coded) == 1 and sum(value is None for value in constants) == 1:
        return _by_text(sheet, name, cells, coded[0], gives)
    if name in LARGEST and kind_of(gives) in COUNTED and all(cell.value.sure for cell in cells):
        return _largest(sheet, name, cells, gives)
    cells = [opened(sheet, cell) for cell in cells]
    operation = operations.function(name, [cell.operand for cell in cells], gives)
    return applied(sheet, operation, cells, gives, name in TOTAL)


def compared(sheet: Sheet, op: Comparison, left: Cell, right: Cell) -> Term:
    """Return how two single values compare; for equality either may be none."""
    if left.none is None and right.none is None:
        return _compared(sheet, op, left, right)
    left, right = (replace(cell, value=sheet.named(cell.value)) for cell in (left, right))
    nones = [cell.none or FALSE for cell in (left, right)]
    there = [
        either(sheet, (not_null(sheet, cell.value), none)) for cell, none in zip((left, right), nones, strict=True)
    ]
    some = sheet.named(either(sheet, nones))
    same = only_where(sheet, both(sheet, there), both(sheet, nones))
    plain = _compared(sheet, Comparison.EQ, left, right)
    found = sheet.combined(
        lambda holds, none, value: pl.when(holds).then(none).otherwise(value),
        some,
        same,
        plain,
        sure=left.settled and right.settled,
    )
    return found if op is Comparison.EQ else no(sheet, found)


def among(sheet: Sheet, cell: Cell, values: Sequence[object]) -> Term:
    """Return whether a single value that is never none is one of constants, of its kind and not null."""
    kind = kind_of(cell.type)
    assert kind is not None
    if cell.texts is not None:
        places: dict[object, int] = {text: place for place, text in enumerate(cell.texts)}
        kept = [literal(places[value], CODE) for value in dict.fromkeys(values) if value in places]
    else:
        kept = [literal(value, KINDS[kind]) for value in dict.fromkeys(values)]
    if not kept:
        return only_where(sheet, not_null(sheet, cell.value), FALSE)
    value = sheet.named(cell.value)
    return either(sheet, [sheet.combined(eq, value, one, sure=value.sure) for one in kept])


def _compared(sheet: Sheet, op: Comparison, left: Cell, right: Cell) -> Term:
    """Return how two values compare, neither none."""
    if (None,) in (left.value.constant, right.value.constant):
        return literal(None, pl.Boolean())
    if left.texts is not None and right.texts is not None:
        return _codes_compared(sheet, op, left, right)
    sure = left.value.sure and right.value.sure
    left, right = _narrowed(sheet, opened(sheet, left), opened(sheet, right))
    build = compare(op, left.operand, right.operand).build
    terms = [left.value, right.value]
    if kind_of(left.type) is not kind_of(right.type):
        terms = [sheet.named(term) for term in terms]
    return sheet.combined(build, *terms, sure=sure)


def _narrowed(sheet: Sheet, left: Cell, right: Cell) -> tuple[Cell, Cell]:
    """Return two operands, a column and a constant that both fit a smaller type in that type."""
    for column, other in ((left, right), (right, left)):
        if column.value in sheet.narrow and isinstance(other.constant, int):
            narrow, dtype, bits = sheet.narrow[column.value]
            if abs(other.constant) < 2**bits:
                small = replace(column, value=narrow), replace(other, value=literal(other.constant, dtype))
                return small if column is left else small[::-1]
    return left, right


def _codes_compared(sheet: Sheet, op: Comparison, left: Cell, right: Cell) -> Term:
    """Return how two texts compare that are held as codes."""
    sure = left.value.sure and right.value.sure
    for one, other, turned in ((left, right, False), (right, left, True)):
        if isinstance(text := other.constant, str):
            return _with_text(sheet, op, one, text, turned)
    assert left.texts is not None
    assert right.texts is not None
    if op in EQUALITY:
        return sheet.combined(COMPARE[op], left.value, recoded(sheet, right, left.texts), sure=sure)
    every = sorted({*left.texts, *right.texts})
    first, second = recoded(sheet, left, every), recoded(sheet, right, every)
    return sheet.combined(COMPARE[op], first, second, sure=sure)


def _with_text(sheet: Sheet, op: Comparison, cell: Cell, text: str, turned: bool) -> Term:
    """Return how a text that is held as a code compares with a constant, on its left where `turned`."""
    assert cell.texts is not None
    found = [EXACTLY[op](text, one) if turned else EXACTLY[op](one, text) for one in cell.texts]
    if op in EQUALITY and text in cell.texts:
        place = literal(cell.texts.index(text), CODE)
        return sheet.combined(COMPARE[op], cell.value, place, sure=cell.value.sure)
    if len(set(found)) == 1:
        return only_where(sheet, not_null(sheet, cell.value), TRUE if found[0] else FALSE)
    return looked_up(sheet, cell.value, found, pl.Boolean())


def _by_text(sheet: Sheet, name: str, cells: Sequence[Cell], place: int, gives: Type) -> Cell:
    """Return a function of one text that is held as a code and constants."""
    run = exact.function(name, gives)
    before = [cell.constant for cell in cells[:place]]
    after = [cell.constant for cell in cells[place + 1 :]]
    return by_text(sheet, lambda text: run(*before, text, *after), cells[place], gives)


def _largest(sheet: Sheet, name: str, cells: Sequence[Cell], gives: Type) -> Cell:
    """Return the smallest or largest of ints, all known."""
    pick = min if name == "min" else max
    lows, highs = [cell.low for cell in cells], [cell.high for cell in cells]
    low = None if None in lows else pick(low for low in lows if low is not None)
    high = None if None in highs else pick(high for high in highs if high is not None)
    build = LARGEST[name]
    term = cells[0].value
    for start in range(1, len(cells), 7):
        terms = [cell.value for cell in cells[start : start + 7]]
        term = sheet.combined(lambda *exprs: build(exprs), term, *terms, sure=True)
    return Cell(term, gives, None, None, low, high, True)


def _inside(operation: Operation, gives: Type) -> bool:
    """Return whether an operation on ints plainly never leaves what its kind allows."""
    limit = LIMITS.get(kind_of(gives))
    if limit is None or operation.low is None or operation.high is None:
        return False
    return limit.low < operation.low and operation.high < limit.high
