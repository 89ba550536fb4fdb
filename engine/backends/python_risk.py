"""The three forms of a generated function, and what may be unknown in each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from enum import StrEnum
from typing import Final, assert_never

from engine.program.nodes import (
    And,
    Arithmetic,
    Assume,
    AtLeast,
    Call,
    Case,
    Const,
    Failure,
    Field,
    Given,
    Index,
    Input,
    Known,
    Node,
    Operator,
    Or,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.types import Kind, kind_of
from engine.program.walk import operands

TOTAL: Final = frozenset(
    ["size_text", "size_list", "size_map", "keys", "contains", "starts_with", "ends_with", "lower_ascii", "trim"]
) | frozenset(
    ["upper_ascii", "text_of_int", "number_of_int", "number_of_money", "min", "max", "days_between", "months_between"]
)
"""Functions that never fail."""

RARELY: Final = frozenset(
    ["money_of_number", "money_of_int", "sum_list", "abs", "days", "hours", "minutes", "part", "date_of"]
)
"""Functions that fail on extreme values alone, so that the fast form does not prepare for it."""


class Form(StrEnum):
    """What a form of a function takes as known; it gives up where that proves wrong.

    `fast` takes everything as known, `partial` everything but what reads a doubtful input, `careful` nothing.
    """

    FAST = "fast"
    PARTIAL = "partial"
    CAREFUL = "careful"


def risky_nodes(order: Iterable[Node], form: Form, doubtful: Collection[str], leaves: Set[Node]) -> frozenset[Node]:
    """Return the nodes that the form prepares to find unknown; operands come first in `order`.

    Leaves are what earlier stages gave. The fast form prepares for no more than what fails on everyday facts, so that
    computing it early does not make it give up.
    """
    risky: set[Node] = set()
    for node in order:
        if _prepared(node, form, risky, doubtful, leaves):
            risky.add(node)
    return frozenset(risky)


def failing_nodes(order: Iterable[Node]) -> frozenset[Node]:
    """Return the nodes that fail on everyday facts; operands come first in `order`."""
    failing: set[Node] = set()
    for node in order:
        if _often_fails(node, failing):
            failing.add(node)
    return frozenset(failing)


def _prepared(node: Node, form: Form, risky: Set[Node], doubtful: Collection[str], leaves: Set[Node]) -> bool:
    """Return whether the form prepares to find a node unknown."""
    match form:
        case Form.FAST:
            return node not in leaves and _often_fails(node, risky)
        case Form.PARTIAL:
            return _doubtful(node, risky, doubtful)
        case Form.CAREFUL:
            return node in leaves or _unsure(node, risky)
        case _ as never:
            assert_never(never)


def _unsure(node: Node, risky: Set[Node]) -> bool:
    """Return whether a node may be unknown at all."""
    match node:
        case Const() | Variable() | Known():
            return False
        case Failure() | Input() | Field() | Index() | Quantify(kind=Quantifier.FIND):
            return True
        case Given(of=of):
            return of.type.nullable or of in risky
        case Assume(of=of, otherwise=otherwise):
            return of in risky and otherwise in risky
        case Arithmetic(op=op, left=left):
            joins = op is Operator.ADD and kind_of(left.type) in {Kind.TEXT, None}
            return not joins or any(part in risky for part in operands(node))
        case Call(function=function, args=args):
            return function not in TOTAL or any(arg in risky for arg in args)
        case _:
            return any(part in risky for part in operands(node))


def _doubtful(node: Node, risky: Set[Node], doubtful: Collection[str]) -> bool:
    """Return whether a node may be unknown because of a doubtful input."""
    match node:
        case Input(name=name):
            return name in doubtful
        case Known():
            return False
        case Assume(of=of, otherwise=otherwise):
            return of in risky and otherwise in risky
        case _:
            return any(part in risky for part in operands(node))


def _often_fails(node: Node, risky: Set[Node]) -> bool:
    """Return whether a node fails on everyday facts, or only combines one that does."""
    match node:
        case And() | Or() | AtLeast() | Case() | Known() | Assume():
            return False
        case Failure() | Index() | Quantify(kind=Quantifier.FIND):
            return True
        case Given(of=of) if of.type.nullable:
            return True
        case Arithmetic(op=Operator.DIV | Operator.MOD):
            return True
        case Call(function=function) if function not in TOTAL | RARELY:
            return True
        case Quantify(over=over):
            return over in risky
        case _:
            return any(part in risky for part in operands(node))
