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
from engine.backends.columnar.comparing import COMPARE, TURNED, compare
from engine.backends.columnar.intervals import LIMITS
from engine.backends.columnar.logic import both, either, no, not_null, only_where
from engine.backends.columnar.sheet import FALSE, TRUE, Sheet, Term, literal, taken_as_sure
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


def applied(sheet: Sheet, operation: Operation, cells: Sequence[Cell], gives: Type) -> Cell:
    """Return what an operation gives."""
    terms = [sheet.named(cell.value) for cell in cells]
    if isinstance(operation, Inline):
        term = sheet.combined(operation.build, *terms)
    else:
        term = sheet.called(operation.run, *terms)
    return Cell(term, gives, low=operation.low, high=operation.high)


def arithmetic(sheet: Sheet, op: Operator, cells: Sequence[Cell], gives: Type) -> Cell:
    """Return two single values combined."""
    left, right = (opened(sheet, cell) for cell in cells)
    operation = operations.arithmetic(op, left.operand, right.operand, gives)
    made = applied(sheet, operation, (left, right), gives)
    return _known_with(made, (left, right)) if _inside(operation, gives) else made


def call(sheet: Sheet, name: str, cells: Sequence[Cell], gives: Type) -> Cell:
    """Return what a function of single values gives."""
    varying = [cell for cell in cells if cell.constant is None]
    if len(varying) == 1 and varying[0].texts is not None:
        return _by_text(sheet, name, cells, gives)
    if name in LARGEST and kind_of(gives) in COUNTED and all(cell.value.sure for cell in cells):
        return _largest(sheet, name, cells, gives)
    cells = [opened(sheet, cell) for cell in cells]
    operation = operations.function(name, [cell.operand for cell in cells], gives)
    made = applied(sheet, operation, cells, gives)
    return _known_with(made, cells) if name in TOTAL else made


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
    for one, other, turned in ((left, right, op), (right, left, TURNED[op])):
        if isinstance(text := other.constant, str):
            return _with_text(sheet, turned, one, text)
    assert left.texts is not None
    assert right.texts is not None
    if op in EQUALITY:
        return sheet.combined(COMPARE[op], left.value, recoded(sheet, right, left.texts), sure=sure)
    every = sorted({*left.texts, *right.texts})
    first, second = recoded(sheet, left, every), recoded(sheet, right, every)
    return sheet.combined(COMPARE[op], first, second, sure=sure)


def _with_text(sheet: Sheet, op: Comparison, cell: Cell, text: str) -> Term:
    """Return how a text that is held as a code compares with a constant."""
    assert cell.texts is not None
    found = [EXACTLY[op](one, text) for one in cell.texts]
    if op in EQUALITY and text in cell.texts:
        place = literal(cell.texts.index(text), CODE)
        return sheet.combined(COMPARE[op], cell.value, place, sure=cell.value.sure)
    if len(set(found)) == 1:
        return only_where(sheet, not_null(sheet, cell.value), TRUE if found[0] else FALSE)
    return looked_up(sheet, cell.value, found, pl.Boolean())


def _by_text(sheet: Sheet, name: str, cells: Sequence[Cell], gives: Type) -> Cell:
    """Return a function of one text that is held as a code, and constants."""
    run = exact.function(name, gives)
    constants = [cell.constant for cell in cells]
    place = constants.index(None)
    return by_text(sheet, lambda text: run(*constants[:place], text, *constants[place + 1 :]), cells[place], gives)


def _known_with(made: Cell, cells: Sequence[Cell]) -> Cell:
    """Return what an operation that never fails gives: it is known where its operands are."""
    if all(cell.value.sure for cell in cells):
        return replace(made, value=taken_as_sure(made.value), settled=True)
    return made


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
