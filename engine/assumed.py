"""Which of the facts that an action reads were taken from their declared defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from engine.program.nodes import Field, Input, Node
from engine.program.plan import ActionPlan
from engine.program.types import NULL, ListOf, MapOf, Record, Type
from engine.program.walk import operands, postorder
from engine.values import assumed

Find = Callable[[Any], tuple[str, ...]]


def deciding(plan: ActionPlan) -> list[Node]:
    """Return every node that an action's verdict is made of."""
    roots = [rule.hit for rule in plan.rules]
    roots += [rule.amount for rule in plan.rules if rule.amount is not None]
    return postorder([*roots, *plan.authority], operands)


def assumed_facts(plan: ActionPlan, facts: Record, given: object, ask: object) -> tuple[str, ...]:
    """Return the JSON Pointers, in a request, of the facts and inputs that a default stands in for."""
    of_facts, of_ask = _finders(plan, facts)
    return (*(f"/facts{one}" for one in of_facts(given)), *(f"/ask{one}" for one in of_ask(ask)))


@lru_cache(maxsize=256)
def _finders(plan: ActionPlan, facts: Record) -> tuple[Find, Find]:
    """Return what finds the defaults of facts, and of the action's inputs."""
    fields = [node for node in deciding(plan) if isinstance(node, Field)]
    read = {id(node.of.type.find(node.name)) for node in fields if isinstance(node.of.type, Record)}
    asked = {node.name for node in fields if isinstance(node.of, Input) and node.of.name == "ask"}
    inputs = tuple(
        member if member.name in asked and member.default != (NULL,) else replace(member, default=())
        for member in plan.action.inputs
    )
    return assumed(pruned(facts, read)), assumed(Record(inputs))


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
