"""A pack's rules to nodes: each rule's hit, amount and texts, in its own scope, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.language.cel.convert import Mismatch, convert
from engine.language.cel.scope import Scope
from engine.language.cel.syntax import Name
from engine.language.diagnostics import Diagnostics, did_you_mean
from engine.language.packs.names import Names, day_node
from engine.language.packs.pack import (
    Action,
    Cap,
    Condition,
    Deny,
    Effective,
    Expression,
    Instead,
    Pack,
    Rule,
    Say,
    Value,
)
from engine.program.nodes import Call, Comparison, Const, Node
from engine.program.plan import Prefer, RulePlan, Words
from engine.program.terms import TRUE, both, compare, no
from engine.program.types import DATE, INT, MONEY, TEXT, Kind, Type, kind_of

READERS = ("customer", "agent", "auditor")
NEVER_WAIVED = 10**6
"""Above every rung."""


class RuleNodes:
    """Type-checks rules, each once however many actions it covers."""

    def __init__(self, pack: Pack, names: Names, found: Diagnostics) -> None:
        """Work on the rules of a pack."""
        self.pack, self.names, self.found = pack, names, found
        self._hits: dict[int, Node] = {}
        self._amounts: dict[tuple[int, Type], Node] = {}

    def actions(self, rule: Rule) -> tuple[Action, ...]:
        """Return the actions that a rule covers."""
        return tuple(action for action in self.pack.actions if self.pack.covers(rule, action))

    def scope(self, rule: Rule) -> Scope:
        """Return the scope of a rule: of `ask`, what all its actions declare."""
        return self.names.scope(self.actions(rule))

    def hit(self, rule: Rule) -> Node:
        """Return whether a rule applies: its conditions, its dates, and for a check's need, that it is not met."""
        if id(rule) not in self._hits:
            self._hits[id(rule)] = self._hit(rule)
        return self._hits[id(rule)]

    def _hit(self, rule: Rule) -> Node:
        scope = self.scope(rule)
        parts = [] if rule.when is None else [self.condition(rule.when, scope)]
        if rule.unless is not None:
            parts.append(no(self.condition(rule.unless, scope)))
        if rule.effective is not None:
            parts += self._effective(rule.effective, scope)
        if rule.need is not None:
            parts.append(no(self.condition(rule.need, scope)))
        return both(*parts) if parts else TRUE

    def condition(self, condition: Condition, scope: Scope) -> Node:
        """Return the node of a condition."""
        return self.names.sites.condition(condition, scope)

    def _effective(self, effective: Effective, scope: Scope) -> list[Node]:
        """Return that the date is within: the first day in, the last out."""
        day = self._day(effective.by, scope)
        parts = []
        if effective.start is not None:
            parts.append(compare(day, Comparison.GE, day_node(effective.start)))
        if effective.until is not None:
            parts.append(compare(day, Comparison.LT, day_node(effective.until)))
        return parts

    def _day(self, by: Expression | None, scope: Scope) -> Node:
        if by is None:
            return self.names.sites.checker.node(Name("as_of", 0, 0), scope)
        node = self.names.sites.node(by, scope)
        if kind_of(node.type) is Kind.TIMESTAMP:
            return Call("date_of", (node, Const(scope.conventions.zone, TEXT)), DATE)
        if kind_of(node.type) is not Kind.DATE:
            self.found.error(by.mark, "wrong-type", f"`by` is {node.type}", "a date or a timestamp is needed")
        return node

    def amount(self, rule: Rule, value: Value, type_: Type) -> Node:
        """Return a rule's amount in an action's unit."""
        if (id(value), type_) not in self._amounts:
            self._amounts[id(value), type_] = self.names.sites.value(value, self.scope(rule), type_)
        return self._amounts[id(value), type_]

    def plan(self, rule: Rule, index: int, amount: Node | None) -> RulePlan:
        """Return a rule as an action sees it, without its texts (see `said`)."""
        return RulePlan(
            rule, index, self.hit(rule), self._waivable_from(rule), amount, {}, prefer=self.preferred(rule.instead)
        )

    def said(self, plan: RulePlan, variables: Mapping[str, Node]) -> RulePlan:
        """Return the rule with its texts, which may read `variables` (amount, terms, outputs)."""
        scope = self.scope(plan.rule).with_variables(variables)
        return replace(plan, say=self.texts(plan.rule.say, scope))

    def _waivable_from(self, rule: Rule) -> int:
        effect = rule.effect
        rung = effect.waivable_by if isinstance(effect, (Deny, Cap)) else ""
        ladder = self.pack.header.ladder
        return ladder.index(rung) + 1 if rung in ladder else NEVER_WAIVED

    def texts(self, say: Say, scope: Scope) -> Mapping[str, Words]:
        """Return the texts that are written, by reader."""
        given = {reader: getattr(say, reader) for reader in READERS}
        return {
            reader: self.names.sites.template(template, scope)
            for reader, template in given.items()
            if template is not None
        }

    def preferred(self, instead: tuple[Instead, ...]) -> tuple[Prefer, ...]:
        """Return the alternatives to prefer, their inputs as values of the inputs' types."""
        return tuple(prefer for one in instead if (prefer := self._preferred(one)) is not None)

    def _preferred(self, instead: Instead) -> Prefer | None:
        action = self.pack.action(instead.action)
        if action is None:
            known = [one.name for one in self.pack.actions]
            message = f"there is no action `{instead.action}`"
            self.found.error(instead.mark, "unknown-action", message, did_you_mean(instead.action, known))
            return None
        return Prefer(action.name, tuple(self._set(action, name, value) for name, value in instead.inputs))

    def _set(self, action: Action, name: str, value: Expression) -> tuple[str, object]:
        member = action.inputs.find(name)
        if member is None:
            known = [one.name for one in action.inputs]
            message = f"action `{action.name}` has no input `{name}`"
            self.found.error(value.mark, "unknown-input", message, did_you_mean(name, known))
            return name, None
        try:
            scope = self.names.base
            node = convert(self.names.sites.checker.node(value.syntax, scope), member.type, scope.conventions)
        except Mismatch as problem:
            self.found.error(value.mark, problem.code, f"input `{name}`: {problem}")
            return name, None
        return name, node.value if isinstance(node, Const) else None


def amount_type(action: Action) -> Type:
    """Return the type of an action's amounts."""
    return MONEY if action.amount == "money" else INT
