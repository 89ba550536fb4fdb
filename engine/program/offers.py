"""What goes into an offer: its terms, and what it costs and is worth to both sides."""

from __future__ import annotations

from engine.language.cel.scope import Scope
from engine.language.packs.names import Names
from engine.language.packs.pack import Action, Value
from engine.program.nodes import Arithmetic, Comparison, Node, Operator
from engine.program.terms import both, compare, number
from engine.program.types import MONEY


def values_of(names: Names, values: tuple[tuple[str, Value], ...], scope: Scope) -> tuple[tuple[str, Node], ...]:
    """Return named values, each in reach of those before it."""
    made: dict[str, Node] = {}
    for name, value in values:
        made[name] = names.sites.value(value, scope.with_variables(made))
    return tuple(made.items())


def economics(names: Names, action: Action, scope: Scope) -> tuple[tuple[str, Node], ...]:
    """Return company_cost, customer_value, company_gain, rank and mutual, in money."""
    default: Node = number(0, MONEY)
    if action.amount == "money":
        default = scope.variables["amount"]
    cost = _money(names, action.company_cost, scope, default)
    value = _money(names, action.customer_value, scope, default)
    gain = _money(names, action.company_gain, scope, number(0, MONEY))
    surplus = Arithmetic(Operator.SUB, gain, cost, MONEY)
    ranked = scope.with_variables({"company_cost": cost, "customer_value": value, "company_gain": gain})
    rank: Node = Arithmetic(Operator.ADD, value, surplus, MONEY)
    if names.pack.rank is not None:
        rank = names.sites.node(names.pack.rank, ranked, MONEY)
    zero = number(0, MONEY)
    mutual = both(compare(value, Comparison.GT, zero), compare(surplus, Comparison.GE, zero))
    return (
        ("company_cost", cost),
        ("customer_value", value),
        ("company_gain", gain),
        ("rank", rank),
        ("mutual", mutual),
    )


def _money(names: Names, value: Value | None, scope: Scope, default: Node) -> Node:
    return default if value is None else names.sites.value(value, scope, MONEY)
