"""The largest or smallest of many amounts, each under its condition: those of a family are evaluated as one.

What is written here means the same wherever the conditions are known, as a hasty plan takes them to be.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from engine.backends.numeric import ratio
from engine.backends.simplify import plainly_known
from engine.program.nodes import And, Arithmetic, Call, Case, Const, Node, Not, Operator, Or
from engine.program.types import BOOL, INT, Kind, Type, kind_of

Settle: TypeAlias = Callable[[Node], Node]

FEWEST: Final = 3
"""How many make a family."""
FINEST: Final = 10**6
"""The largest common denominator of factors."""


@dataclass(frozen=True, eq=False)
class Share:
    """An amount that counts under a condition."""

    condition: Node
    amount: Node


class Families:
    """Rewrites `max` and `min` of amounts under conditions.

    `hasty`: whatever the conditions are, and multiples of an amount too; else where conditions are plainly known.
    `taken` is what has to be known for the result to be right.
    """

    def __init__(self, settle: Settle, hasty: bool) -> None:
        """Begin with nothing rewritten; `settle` makes equal nodes one."""
        self.settle = settle
        self.hasty = hasty
        self.taken: dict[Node, None] = {}

    def rewritten(self, node: Node) -> Node:
        """Return a node, with families among its operands as one where it is the largest or smallest of many."""
        if not isinstance(node, Call) or node.function not in {"max", "min"} or len(node.args) < FEWEST:
            return node
        if kind_of(node.type) not in {Kind.INT, Kind.MONEY}:
            return node
        shares: dict[Const, list[Share]] = {}
        operands: list[Node] = []
        for part in node.args:
            match part:
                case Case(branches=((condition, amount),), otherwise=Const(value=int()) as neutral) if (
                    self.hasty or plainly_known(condition)
                ):
                    shares.setdefault(neutral, []).append(Share(condition, amount))
                case _:
                    operands.append(part)
        for neutral, group in shares.items():
            operands += _Family(self, node, neutral).made(group)
        return self.one(node, operands)

    def one(self, of: Call, operands: Sequence[Node]) -> Node:
        """Return the largest or smallest of operands."""
        kept = tuple(dict.fromkeys(operands))
        return kept[0] if len(kept) == 1 else self.settle(replace(of, args=kept))


@dataclass(frozen=True, eq=False)
class _Family:
    """Shares that all give a neutral amount where they do not count."""

    families: Families
    of: Call
    neutral: Const

    def made(self, shares: Sequence[Share]) -> list[Node]:
        """Return operands that stand for the shares: those behind one gate are chosen among before it."""
        gates = Counter(part for share in shares for part in _conjuncts(share.condition) if isinstance(part, Not))
        gate, count = max(gates.items(), key=lambda item: item[1], default=(None, 0))
        if gate is None or count < FEWEST:
            return self._ungated(shares)
        behind = [share for share in shares if gate in _conjuncts(share.condition)]
        rest = [share for share in shares if gate not in _conjuncts(share.condition)]
        inner = self._ungated([Share(self._without(share.condition, gate), share.amount) for share in behind])
        return [self._when(gate, self.families.one(self.of, inner)), *(self.made(rest) if rest else ())]

    def _ungated(self, shares: Sequence[Share]) -> list[Node]:
        """Return operands that stand for the shares: one for all constants, one for multiples, one for each amount.

        Beside a choice among constants that count no less than the neutral amount, what counts less does not matter;
        without one, all shares stay as they are.
        """
        constants = [share for share in shares if self._counts(share.amount)]
        if not constants:
            return [self._when(share.condition, share.amount) for share in shares]
        multiples: dict[Node, list[Share]] = {}
        others: dict[Node, list[Node]] = {}
        for share in shares:
            of = _multiplied(share.amount) if self.families.hasty else None
            if of is not None:
                multiples.setdefault(of, []).append(share)
            elif not self._counts(share.amount):
                others.setdefault(share.amount, []).append(share.condition)
        made = [self._first(constants, self.neutral, self.of.type)]
        made += [part for of, some in multiples.items() for part in self._multiple(of, some)]
        return made + [self._when(self._any(conditions), amount) for amount, conditions in others.items()]

    def _multiple(self, of: Node, shares: Sequence[Share]) -> list[Node]:
        """Return multiples of an amount as the one with the largest factor: below 0 it does not matter."""
        factors = [_factor(share.amount) for share in shares]
        below = math.lcm(*(factor.denominator for factor in factors))
        if self.of.function != "max" or self.neutral.value != 0 or len(shares) < FEWEST or below > FINEST:
            return [self._when(share.condition, share.amount) for share in shares]
        whole = [
            Share(share.condition, Const(int(factor * below), INT))
            for share, factor in zip(shares, factors, strict=True)
        ]
        numerator = self._first(whole, Const(0, INT), INT)
        multiple = self._settled(Arithmetic(Operator.MUL, of, numerator, self.of.type))
        part = self._settled(Arithmetic(Operator.DIV, multiple, self._settled(Const(below, INT)), self.of.type))
        made = self._when(self._any([share.condition for share in shares]), part)
        self.families.taken[made] = None
        return [made]

    def _first(self, shares: Sequence[Share], otherwise: Const, type_: Type) -> Node:
        """Return the constant that counts most of those whose condition holds."""
        by_amount: dict[int, list[Node]] = {}
        for share in shares:
            by_amount.setdefault(_constant(share.amount), []).append(share.condition)
        ranked = sorted(by_amount.items(), key=lambda item: item[0], reverse=self.of.function == "max")
        branches = tuple((self._any(conditions), self._settled(Const(amount, type_))) for amount, conditions in ranked)
        return self._settled(Case(branches, self._settled(otherwise), type_))

    def _counts(self, amount: Node) -> bool:
        """Return whether an amount is a constant that counts no less than the neutral one."""
        if not isinstance(amount, Const):
            return False
        value, neutral = _constant(amount), _constant(self.neutral)
        return value >= neutral if self.of.function == "max" else value <= neutral

    def _when(self, condition: Node, amount: Node) -> Node:
        """Return an amount under a condition."""
        return self._settled(Case(((condition, amount),), self.neutral, self.of.type))

    def _any(self, conditions: Sequence[Node]) -> Node:
        """Return whether any condition holds; one that does leaves no other unknown."""
        if len(conditions) == 1:
            return conditions[0]
        self.families.taken.update(dict.fromkeys(conditions))
        return self._settled(Or(tuple(conditions), BOOL))

    def _without(self, condition: Node, gate: Node) -> Node:
        """Return a condition without one of those that it is made of."""
        return self._settled(And(tuple(part for part in _conjuncts(condition) if part is not gate), BOOL))

    def _settled(self, node: Node) -> Node:
        """Return what stands for a node."""
        return self.families.settle(node)


def _conjuncts(condition: Node) -> tuple[Node, ...]:
    """Return the conditions that a condition is made of."""
    return condition.items if isinstance(condition, And) else (condition,)


def _multiplied(amount: Node) -> Node | None:
    """Return what a constant above 0 multiplies in an amount of money; None where none does."""
    match amount:
        case Arithmetic(op=Operator.MUL, left=of, right=Const(value=int() | float() as factor)) if factor > 0:
            return of if kind_of(amount.type) is kind_of(of.type) is Kind.MONEY and factor < FINEST else None
        case _:
            return None


def _factor(amount: Node) -> Fraction:
    """Return the constant that multiplies in an amount."""
    assert isinstance(amount, Arithmetic)
    assert isinstance(amount.right, Const)
    return Fraction(*ratio(float(str(amount.right.value))))


def _constant(amount: Node) -> int:
    """Return a constant amount."""
    assert isinstance(amount, Const)
    assert isinstance(amount.value, int)
    return amount.value
