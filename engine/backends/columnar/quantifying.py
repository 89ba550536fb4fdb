"""What quantifiers make of lists, from the value of their body on each item."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from engine.backends.columnar.logic import both, either, filled, no, not_null, only_where
from engine.backends.columnar.moving import gathered
from engine.backends.columnar.reducing import MOST, counted, first
from engine.backends.columnar.sheet import FALSE, TRUE, Picks, Sheet, Term
from engine.backends.columnar.values import Cell, Listed, Value, condition, known
from engine.program.nodes import Quantifier, Quantify
from engine.program.types import Type


def quantified(sheet: Sheet, node: Quantify, listed: Listed, body: Value) -> Value:
    """Return what a quantifier makes of a list."""
    kind, gives = node.kind, node.type
    if kind is Quantifier.MAP:
        return _settled(sheet, replace(listed, type=gives, value=body, key=None, none=None), known(sheet, body))
    assert isinstance(body, Cell)
    holds = sheet.named(body.value, listed.items)
    match kind:
        case Quantifier.ALL:
            return condition(no(sheet, _exists(sheet, listed, no(sheet, holds))))
        case Quantifier.EXISTS:
            return condition(_exists(sheet, listed, holds))
        case Quantifier.EXISTS_ONE:
            return condition(_exists_one(sheet, listed, holds))
        case Quantifier.FIND:
            return _found(sheet, listed, holds)
        case Quantifier.COUNT:
            kept = _kept(sheet, listed, holds, gives)
            assert kept.mask is not None
            return Cell(only_where(sheet, kept.known, counted(sheet, listed, kept.mask)), gives, low=0, high=MOST)
        case Quantifier.FILTER:
            return _kept(sheet, listed, holds, gives)
        case _ as never:
            assert_never(never)


def _exists(sheet: Sheet, listed: Listed, holds: Term) -> Term:
    """Return true where a condition holds of an item, else null where it is unknown of one, else false."""
    true = _above(sheet, counted(sheet, listed, filled(sheet, holds, False)), 0)
    settled = only_where(sheet, _none_unknown(sheet, listed, not_null(sheet, holds)), FALSE)
    return only_where(sheet, listed.known, either(sheet, (true, settled)))


def _exists_one(sheet: Sheet, listed: Listed, holds: Term) -> Term:
    """Return false where a condition holds of two items, else null where it is unknown of one, else whether of one."""
    true = counted(sheet, listed, filled(sheet, holds, False))
    several = _above(sheet, true, 1)
    single = sheet.combined(lambda count: count == 1, true, sure=True)
    settled = _none_unknown(sheet, listed, not_null(sheet, holds))
    found = both(sheet, (no(sheet, several), only_where(sheet, settled, single)))
    return only_where(sheet, listed.known, found)


def _found(sheet: Sheet, listed: Listed, holds: Term) -> Value:
    """Return the first item of which a condition holds, unknown where it is unknown of one before."""
    picks = first(sheet, listed, filled(sheet, holds, True))
    if not holds.sure:
        there = filled(sheet, sheet.gathered(holds, picks), False)
        picks = Picks(picks.level, picks.source, only_where(sheet, there, picks.index))
    return gathered(sheet, listed.value if listed.key is None else listed.key, picks)


def _kept(sheet: Sheet, listed: Listed, holds: Term, gives: Type) -> Listed:
    """Return the items of which a condition holds, unknown where it is unknown of one."""
    value = listed.value if listed.key is None else listed.key
    made = _settled(sheet, replace(listed, type=gives, value=value, key=None, none=None), not_null(sheet, holds))
    mask = filled(sheet, holds, False)
    return replace(
        made, mask=sheet.named(mask if listed.mask is None else both(sheet, (listed.mask, mask)), listed.items)
    )


def _settled(sheet: Sheet, listed: Listed, there: Term) -> Listed:
    """Return lists that are known only where something (never null) is of all items."""
    settled = _none_unknown(sheet, listed, there)
    return listed if settled is TRUE else replace(listed, known=both(sheet, (listed.known, settled)))


def _none_unknown(sheet: Sheet, listed: Listed, there: Term) -> Term:
    """Return where nothing is unknown of any item; never null."""
    if there is TRUE:
        return TRUE
    unknown = counted(sheet, listed, no(sheet, there))
    return sheet.combined(lambda count: count == 0, unknown, sure=True)


def _above(sheet: Sheet, count: Term, limit: int) -> Term:
    """Return whether a count is above a limit."""
    return sheet.combined(lambda found: found > limit, count, sure=True)
