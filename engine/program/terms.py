"""Short ways to write the nodes that the lowering is made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from engine.program.nodes import And, Assume, Call, Case, Compare, Comparison, Const, Known, Node, Not, Or
from engine.program.types import BOOL, INT, TEXT, Type

TRUE: Final = Const(True, BOOL)
FALSE: Final = Const(False, BOOL)
UNBOUNDED: Final = 2**62
"""More than any amount: no limit."""


def both(*items: Node) -> Node:
    """Return whether all hold."""
    kept = tuple(item for item in items if item is not TRUE)
    if any(item is FALSE for item in kept):
        return FALSE
    return kept[0] if len(kept) == 1 else And(kept, BOOL) if kept else TRUE


def either(*items: Node) -> Node:
    """Return whether any holds."""
    kept = tuple(item for item in items if item is not FALSE)
    if any(item is TRUE for item in kept):
        return TRUE
    return kept[0] if len(kept) == 1 else Or(kept, BOOL) if kept else FALSE


def no(item: Node) -> Node:
    """Return whether it does not hold."""
    if isinstance(item, Not):
        return item.of
    return FALSE if item is TRUE else TRUE if item is FALSE else Not(item, BOOL)


def certainly(item: Node) -> Node:
    """Return T: whether it is true, never unknown."""
    return item if item in (TRUE, FALSE) else Assume(item, FALSE, BOOL)


def possibly(item: Node) -> Node:
    """Return P: whether it is not false, never unknown."""
    return item if item in (TRUE, FALSE) else Assume(item, TRUE, BOOL)


def known(item: Node) -> Node:
    """Return whether it is known."""
    return TRUE if isinstance(item, Const) else Known(item, BOOL)


@lru_cache(maxsize=4096)
def number(value: int, type_: Type = INT) -> Node:
    """Return an amount as a constant, in minor units where it is money."""
    return Const(value, type_)


@lru_cache(maxsize=1024)
def text(value: str) -> Node:
    """Return a constant text."""
    return Const(value, TEXT)


def compare(left: Node, op: Comparison, right: Node) -> Node:
    """Return how two values compare."""
    return Compare(op, left, right, BOOL)


def when(condition: Node, then: Node, otherwise: Node) -> Node:
    """Return one of two values."""
    if condition is TRUE:
        return then
    return otherwise if condition is FALSE else Case(((condition, then),), otherwise, otherwise.type)


def largest(items: Sequence[Node], type_: Type) -> Node:
    """Return the largest, 0 where there is none; constants count as one."""
    fixed = [constant(item) for item in items if isinstance(item, Const)]
    kept: list[Node] = [item for item in items if not isinstance(item, Const)]
    if not kept or any(value > 0 for value in fixed):
        kept.append(number(max(fixed, default=0), type_))
    return kept[0] if len(kept) == 1 else Call("max", tuple(kept), type_)


def smallest(items: Sequence[Node], type_: Type) -> Node:
    """Return the smallest of a limit on grants, unbounded where there is none; no grant is below 0."""
    fixed = min((constant(item) for item in items if isinstance(item, Const)), default=UNBOUNDED)
    kept: list[Node] = [item for item in items if not isinstance(item, Const)]
    if fixed <= 0:
        return number(0, type_)
    if not kept or fixed < UNBOUNDED:
        kept.append(number(fixed, type_))
    return kept[0] if len(kept) == 1 else Call("min", tuple(kept), type_)


def constant(node: Const) -> int:
    """Return the amount that a constant holds."""
    assert isinstance(node.value, int)
    return node.value
