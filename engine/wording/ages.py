"""Comparisons with the clock: how long ago something is, or how soon, against a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.program.nodes import (
    Arithmetic,
    Assume,
    Call,
    Comparison,
    Const,
    Given,
    Input,
    Named,
    Node,
    Operator,
    Variable,
)
from engine.program.types import Kind, kind_of
from engine.program.walk import operands, postorder
from engine.wording.formats import BUSINESS_DAY, MONTH, UNITS

MIRRORED: Final = {
    Comparison.EQ: Comparison.EQ,
    Comparison.NE: Comparison.NE,
    Comparison.LT: Comparison.GT,
    Comparison.LE: Comparison.GE,
    Comparison.GT: Comparison.LT,
    Comparison.GE: Comparison.LE,
}
"""What a comparison becomes when its sides change places."""
CLOCK: Final = frozenset({"now", "as_of"})
SPANS: Final = {"days_between": "day", "months_between": MONTH, "business_days_between": BUSINESS_DAY}


@dataclass(frozen=True, slots=True)
class Age:
    """How long ago (or, `ahead`, how soon) something is, against a limit, both in a unit of time."""

    event: Node
    ahead: bool
    op: Comparison
    unit: str
    span: Node | None
    """The span itself; None where it is the event's distance from now."""
    limit: Node


def fixed(node: Node) -> bool:
    """Return whether a node reads no fact but the clock."""
    return not any(
        isinstance(one, Variable) or (isinstance(one, Input) and one.name not in CLOCK)
        for one in postorder([node], operands)
    )


def is_now(node: Node) -> bool:
    """Return whether a node is the present moment or day."""
    match node:
        case Input(name="now"):
            return True
        case Call(function="date_of", args=(of, *_)) | Given(of=of) | Assume(of=of):
            return is_now(of)
        case Named(of=of, words=()):
            return is_now(of)
        case _:
            return False


def age_of(left: Node, op: Comparison, right: Node) -> Age | None:
    """Return a comparison as one of an age or a time to come; None where it is neither."""
    inner = bare(left)
    match inner:
        case Arithmetic(op=Operator.SUB, left=a, right=b) if kind_of(inner.type) is Kind.DURATION:
            if is_now(a) != is_now(b):
                return Age(b if is_now(a) else a, is_now(b), op, unit_of(right), left, right)
        case Call(function=name, args=(a, b, *_)) if name in SPANS:
            if is_now(a) != is_now(b):
                return Age(a if is_now(b) else b, is_now(a), op, SPANS[name], left, right)
        case _:
            return _shifted(left, op, bare(right))
    return None


def _shifted(left: Node, op: Comparison, right: Node) -> Age | None:
    """Return `event op now - span` as an age, `event op now + span` as a time to come."""
    if not isinstance(right, Arithmetic) or kind_of(right.type) is not Kind.TIMESTAMP or not is_now(right.left):
        return None
    if right.op is Operator.SUB:
        return Age(left, False, MIRRORED[op], unit_of(right.right), None, right.right)
    return Age(left, True, op, unit_of(right.right), None, right.right) if right.op is Operator.ADD else None


def bare(node: Node) -> Node:
    """Return a node without names that have no words of their own."""
    while (isinstance(node, Named) and not node.words) or isinstance(node, (Given, Assume)):
        node = node.of
    return node


def fact_of(node: Node) -> Node:
    """Return the fact that a moment or its day is read from."""
    node = bare(node)
    while isinstance(node, Call) and node.function in ("date_of", "at"):
        node = bare(node.args[0])
    return node


def unit_of(limit: Node) -> str:
    """Return the unit of time that a span is written in; of a plain one, the largest that it is whole in."""
    for node in postorder([limit], operands):
        if isinstance(node, Call) and node.function in ("days", "hours", "minutes"):
            return node.function[:-1]
        if isinstance(node, Const) and isinstance(node.value, int) and kind_of(node.type) is Kind.DURATION:
            return next((unit for unit in ("day", "hour") if node.value % UNITS[unit] == 0), "minute")
    return "day"
