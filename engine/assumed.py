"""Which of the facts that an action reads were taken from their declared defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from engine.case import Asked, Case
from engine.language.packs.pack import Pack
from engine.program.nodes import Field, Input, Node
from engine.program.plan import ActionPlan
from engine.program.types import NULL, ListOf, MapOf, Record, Type
from engine.program.walk import operands, postorder
from engine.values.parse import assumed as defaults_used

Find = Callable[[Any], tuple[str, ...]]


def deciding(plan: ActionPlan) -> list[Node]:
    """Return every node that an action's verdict is made of."""
    roots = [rule.hit for rule in plan.rules]
    roots += [rule.amount for rule in plan.rules if rule.amount is not None]
    budgets = [budget.left for some in plan.budgets for budget in some]
    return postorder([*roots, *plan.authority, *budgets], operands)


def assumed(pack: Pack, case: Case, asked: Asked) -> tuple[str, ...]:
    """Return, as JSON Pointers into the request, what the action reads and a declared default stands in for."""
    facts = [f"/facts{one}" for one in _of_facts(asked.plan, pack)(case.given)]
    inputs = [f"{asked.at}{one}" for one in _of_inputs(asked.plan)(asked.given)]
    return (*facts, *inputs)


@lru_cache(maxsize=256)
def _of_facts(plan: ActionPlan, pack: Pack) -> Find:
    fields = [node for node in deciding(plan) if isinstance(node, Field)]
    read = {id(node.of.type.find(node.name)) for node in fields if isinstance(node.of.type, Record)}
    return defaults_used(pruned(pack.facts, read))


@lru_cache(maxsize=256)
def _of_inputs(plan: ActionPlan) -> Find:
    """An optional input that is not given is a known none, which nobody assumed."""
    fields = [node for node in deciding(plan) if isinstance(node, Field)]
    asked = {node.name for node in fields if isinstance(node.of, Input) and node.of.name == "ask"}
    inputs = tuple(
        member if member.name in asked and member.default != (NULL,) else replace(member, default=())
        for member in plan.action.inputs
    )
    return defaults_used(Record(inputs))


def pruned(type_: Type, read: set[int]) -> Type:
    """Return the type without the defaults of members that are not read."""
    match type_:
        case ListOf(item=item):
            return replace(type_, item=pruned(item, read))
        case MapOf(value=value):
            return replace(type_, value=pruned(value, read))
        case Record(members=members):
            kept = tuple(
                replace(member, type=pruned(member.type, read), default=member.default if id(member) in read else ())
                for member in members
            )
            return replace(type_, members=kept)
        case _:
            return type_
