"""The nodes of an action's plan, and the plan with others in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from engine.program.nodes import Node
from engine.program.plan import ActionPlan, BudgetPlan, PromisePlan, RulePlan, Words


def nodes_of(plan: ActionPlan) -> Iterator[Node]:
    """Yield every node that a plan holds."""
    for rule in (*plan.rules, *plan.notes):
        yield rule.hit
        yield from (node for node in (rule.amount, rule.due) if node is not None)
        yield from _spoken(rule.say)
    for promise in plan.promises:
        yield promise.due
        yield from _said(promise.say)
    yield from (node for _, node in plan.effects)
    yield from _spoken(plan.say)
    yield from _spoken(plan.otherwise_say)
    yield from plan.authority
    for budget in chain.from_iterable(plan.budgets):
        yield from (budget.amount, budget.granted, budget.left)


def _said(words: Words) -> Iterator[Node]:
    return (part for part in words if not isinstance(part, str))


def _spoken(say: Mapping[str, Words]) -> Iterator[Node]:
    return (node for words in say.values() for node in _said(words))


def with_nodes(plan: ActionPlan, shared: Mapping[Node, Node]) -> ActionPlan:
    """Return the plan with every node replaced by what stands for it."""
    rules = {id(rule): _rule(rule, shared) for rule in (*plan.rules, *plan.notes)}

    def of(some: tuple[RulePlan, ...]) -> tuple[RulePlan, ...]:
        return tuple(rules[id(rule)] for rule in some)

    return replace(
        plan,
        rules=of(plan.rules),
        denies=of(plan.denies),
        allows=of(plan.allows),
        caps=of(plan.caps),
        floors=of(plan.floors),
        refers=of(plan.refers),
        notes=of(plan.notes),
        promises=tuple(_promise(promise, shared) for promise in plan.promises),
        effects=tuple((path, shared[node]) for path, node in plan.effects),
        say=_texts(plan.say, shared),
        otherwise_say=_texts(plan.otherwise_say, shared),
        authority=tuple(shared[node] for node in plan.authority),
        budgets=tuple(tuple(_budget(one, shared) for one in some) for some in plan.budgets),
    )


def _rule(rule: RulePlan, shared: Mapping[Node, Node]) -> RulePlan:
    return replace(
        rule,
        hit=shared[rule.hit],
        amount=None if rule.amount is None else shared[rule.amount],
        due=None if rule.due is None else shared[rule.due],
        say=_texts(rule.say, shared),
    )


def _budget(budget: BudgetPlan, shared: Mapping[Node, Node]) -> BudgetPlan:
    return replace(budget, amount=shared[budget.amount], granted=shared[budget.granted], left=shared[budget.left])


def _promise(promise: PromisePlan, shared: Mapping[Node, Node]) -> PromisePlan:
    return replace(promise, due=shared[promise.due], say=_words(promise.say, shared))


def _texts(say: Mapping[str, Words], shared: Mapping[Node, Node]) -> Mapping[str, Words]:
    return {reader: _words(words, shared) for reader, words in say.items()}


def _words(words: Words, shared: Mapping[Node, Node]) -> Words:
    return tuple(part if isinstance(part, str) else shared[part] for part in words)
