"""How much each rung may grant: the lower bound (certain) and the upper bound (possible) under unknown facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.language.packs.inputs import RUNG
from engine.program.nodes import Assume, Call, Comparison, Const, Input, Node
from engine.program.plan import BudgetPlan, RulePlan
from engine.program.terms import (
    UNBOUNDED,
    both,
    certainly,
    compare,
    either,
    known,
    largest,
    no,
    number,
    possibly,
    smallest,
    when,
)
from engine.program.types import INT, Type

Bound = Callable[[Node], Node]
R = Input(RUNG, INT)
"""The rung that asks."""


@dataclass(frozen=True, eq=False, slots=True)
class Voices:
    """An action's rules by effect, and what each rung may grant by itself; `exact`: the allows of a fixed amount."""

    type: Type
    allows: tuple[RulePlan, ...]
    exact: tuple[RulePlan, ...]
    denies: tuple[RulePlan, ...]
    finals: tuple[RulePlan, ...]
    caps: tuple[RulePlan, ...]
    floors: tuple[RulePlan, ...]
    refers: tuple[RulePlan, ...]
    authority: tuple[Node, ...]
    """What each rung is granted in its own name, from no role (0) to the top."""
    budgets: tuple[tuple[BudgetPlan, ...], ...]
    """What limits that over time, for each rung; empty where nothing does."""
    overrides: dict[str, frozenset[str]]


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """One of the two bounds: how it reads what speaks for (allow, floor) and what speaks against (deny, cap)."""

    gives: Bound
    takes: Bound
    unknown_gift: int
    unknown_limit: int

    def gift(self, hit: Node, amount: Node, type_: Type) -> Node:
        """Return what a rule gives: nothing where it does not count."""
        return when(self.gives(hit), assumed(amount, self.unknown_gift, type_), number(0, type_))

    def limit(self, hit: Node, amount: Node, type_: Type) -> Node:
        """Return what a rule limits to: no limit where it does not count."""
        return when(self.takes(hit), assumed(amount, self.unknown_limit, type_), number(UNBOUNDED, type_))


CERTAIN = Side(certainly, possibly, 0, 0)
POSSIBLE = Side(possibly, certainly, UNBOUNDED, UNBOUNDED)


def assumed(amount: Node, otherwise: int, type_: Type) -> Node:
    """Return the amount where it is known, else what the bound takes it for."""
    return amount if isinstance(amount, Const) else Assume(amount, number(otherwise, type_), type_)


@dataclass(frozen=True, eq=False, slots=True)
class Ceilings:
    """The amounts that one rung may grant, as one bound sees them."""

    voices: Voices
    side: Side
    rung: int

    def ceiling(self) -> Node:
        """Return the largest amount; 0 where a final deny speaks against."""
        granted = largest([self.allowed(), self.floor()], self.voices.type)
        finals = self.side.takes(either(*(rule.hit for rule in self.voices.finals)))
        return when(finals, number(0, self.voices.type), granted)

    def allowed(self) -> Node:
        """Return what the allows give, cut by caps and authority; nothing while a refer may take it over."""
        type_ = self.voices.type
        parts: list[Node] = []
        if self.voices.allows:
            parts.append(smallest([self._up_to(), *self._limits()], type_))
        parts += [self.exact(rule) for rule in self.voices.exact]
        given = largest([number(0, type_), *(self._positive(part) for part in parts)], type_)
        if self.side is CERTAIN and self.voices.refers:
            return when(possibly(either(*(rule.hit for rule in self.voices.refers))), number(0, type_), given)
        return given

    def _positive(self, part: Node) -> Node:
        return Call("max", (part, number(0, self.voices.type)), self.voices.type)

    def _up_to(self) -> Node:
        type_ = self.voices.type
        plain = [rule for rule in self.voices.allows if rule.amount is None]
        gifts: list[Node] = []
        if plain:
            gifts.append(self.side.gift(either(*map(self.live, plain)), number(1, type_), type_))
        gifts += [
            self.side.gift(self.live(rule), rule.amount, type_)
            for rule in self.voices.allows
            if rule.amount is not None
        ]
        return largest(gifts, type_)

    def live(self, rule: RulePlan) -> Node:
        """Return whether an allow holds here: its hit, and no deny that binds this rung unless it overrides it."""
        overridden = self.voices.overrides.get(rule.rule.id, frozenset())
        against = [
            deny.hit for deny in self.voices.denies if self.rung < deny.waivable_from and deny.rule.id not in overridden
        ]
        return both(rule.hit, no(either(*against)))

    def _limits(self) -> Sequence[Node]:
        caps = [
            self.side.limit(cap.hit, cap.amount, self.voices.type)
            for cap in self.voices.caps
            if self.rung < cap.waivable_from and cap.amount is not None
        ]
        return [*caps, self._authority()]

    def _authority(self) -> Node:
        """Return what this rung may grant by itself: the most that it or a rung below is granted.

        Budgets count where it is this rung that asks: whose they are is not known of a rung that is escalated to.
        """
        type_, otherwise = self.voices.type, self.side.unknown_limit
        granted = [assumed(grant, otherwise, type_) for grant in self.voices.authority[: self.rung + 1]]
        each = largest(granted, type_)
        budgets = self.voices.budgets[: self.rung + 1]
        if not any(budgets):
            return each
        left = [self._left(*one) for one in zip(granted, budgets, strict=True)]
        return when(compare(R, Comparison.EQ, number(self.rung)), largest(left, type_), each)

    def _left(self, grant: Node, budgets: tuple[BudgetPlan, ...]) -> Node:
        """Return what budgets leave of what a rung is granted."""
        type_, otherwise = self.voices.type, self.side.unknown_limit
        return smallest([grant, *(assumed(budget.left, otherwise, type_) for budget in budgets)], type_)

    def exact(self, rule: RulePlan) -> Node:
        """Return a fixed amount where caps and authority leave it whole, else 0."""
        type_ = self.voices.type
        amount = rule.amount
        assert amount is not None
        limit = smallest(self._limits(), type_)
        zero = number(0, type_)
        whole = when(certainly(compare(amount, Comparison.LE, limit)), assumed(amount, 0, type_), zero)
        if self.side is POSSIBLE:
            whole = when(known(amount), whole, limit)
        return when(self.side.gives(self.live(rule)), whole, zero)

    def floor(self) -> Node:
        """Return what the customer is entitled to, whatever else says no but a final deny."""
        type_ = self.voices.type
        gifts = [self.side.gift(rule.hit, rule.amount, type_) for rule in self.voices.floors if rule.amount is not None]
        return largest([self._positive(gift) for gift in gifts], type_)
