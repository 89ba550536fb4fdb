"""Which rules speak about an action, and what each rung may grant of it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.language.packs.names import Names
from engine.language.packs.pack import Action, Allow, Budget, Cap, Deny, Floor, Grant, Refer, Rule, Value
from engine.program.ceilings import R, Voices
from engine.program.nodes import Arithmetic, Call, Comparison, Field, Has, Input, Node, Operator
from engine.program.plan import OWNER, BudgetPlan, RulePlan
from engine.program.rules import RuleNodes, amount_type
from engine.program.terms import UNBOUNDED, compare, number, when
from engine.program.types import BOOL, Record, Type


@dataclass(frozen=True, eq=False, slots=True)
class Spoken:
    """An action's rules in order, and the hits and amounts on which a missing fact may bear."""

    voices: Voices
    rules: tuple[RulePlan, ...]
    open: tuple[tuple[Node, Node | None], ...]


def voices_of(rules: RuleNodes, names: Names, action: Action) -> Spoken:
    """Return the rules that speak about an action."""
    type_ = amount_type(action)
    plans = tuple(
        rules.plan(rule, index, _amount(rules, rule, action, type_))
        for index, rule in enumerate(ordered(rules, action))
    )
    authority, budgets = _authority(names, action, type_), _budgets(names, action, type_)
    voices = Voices(
        type=type_,
        allows=_with(plans, Allow, exact=False),
        exact=_with(plans, Allow, exact=True),
        denies=_with(plans, Deny),
        finals=tuple(plan for plan in plans if isinstance(plan.rule.effect, Deny) and plan.rule.effect.final),
        caps=_with(plans, Cap),
        floors=_with(plans, Floor),
        refers=_with(plans, Refer),
        authority=authority,
        budgets=budgets,
        overrides={plan.rule.id: frozenset(id_ for id_, _ in plan.rule.overrides) for plan in plans},
    )
    open_ = (*((plan.hit, plan.amount) for plan in plans), *((amount, None) for amount in authority))
    open_ = (*open_, *_own(budgets))
    return Spoken(voices, plans, open_)


def ordered(rules: RuleNodes, action: Action) -> list[Rule]:
    """Return the rules that decide about an action: checks as listed, then the others by file and position."""
    speaking = [
        rule
        for rule in rules.pack.rules
        if isinstance(rule.effect, (Allow, Deny, Cap, Floor, Refer)) and rules.pack.covers(rule, action)
    ]
    return sorted(speaking, key=lambda rule: rule.need is None)


def _with(plans: tuple[RulePlan, ...], effect: type, exact: bool | None = None) -> tuple[RulePlan, ...]:
    return tuple(
        plan
        for plan in plans
        if isinstance(plan.rule.effect, effect)
        and (exact is None or (isinstance(plan.rule.effect, Allow) and plan.rule.effect.exactly is not None) is exact)
    )


def _amount(rules: RuleNodes, rule: Rule, action: Action, type_: Type) -> Node | None:
    value = amount_of(rule)
    if isinstance(rule.effect, Allow) and (value is None) != (action.amount == "none"):
        wrong = "must say how much: `up_to:` or `exactly:`" if value is None else "has no amount to allow"
        rules.found.error(rule.mark, "allow-amount", f"rule `{rule.id}`: action `{action.name}` {wrong}")
        return None if value is None else number(0, type_)
    return None if value is None else rules.amount(rule, value, type_)


def amount_of(rule: Rule) -> Value | None:
    """Return the amount that a rule's effect names, if any."""
    match rule.effect:
        case Allow(up_to=up_to, exactly=exactly):
            return exactly if up_to is None else up_to
        case Cap(at_most=amount) | Floor(at_least=amount):
            return amount
        case _:
            return None


def _authority(names: Names, action: Action, type_: Type) -> tuple[Node, ...]:
    """Return what each rung is granted in its own name, from no role (nothing) up."""
    ladder = names.pack.header.ladder
    if not names.pack.authority_given:
        return (number(0, type_), *(number(UNBOUNDED, type_) for _ in ladder))
    grants = (grant_of(names.pack.authority, rung, action) for rung in ladder)
    own = (number(0, type_) if grant is None else _granted(names, grant, action, type_) for grant in grants)
    return (number(0, type_), *own)


def grant_of(grants: tuple[Grant, ...], rung: str, action: Action) -> Grant | None:
    """Return what a rung is granted of an action: by its name, else its kind, else `*`."""
    for selector in (action.name, f"kind:{action.kind}", "*"):
        for grant in grants:
            if grant.rung == rung and grant.selector == selector:
                return grant
    return None


def _granted(names: Names, grant: Grant, action: Action, type_: Type) -> Node:
    if grant.amount is None:
        return number(UNBOUNDED if grant.allowed else 0, type_)
    return names.sites.value(grant.amount, names.scope((action,)), type_)


def _budgets(names: Names, action: Action, type_: Type) -> tuple[tuple[BudgetPlan, ...], ...]:
    """Return the budgets that go with what each rung is granted; nothing where none has any."""
    grants = (grant_of(names.pack.authority, rung, action) for rung in names.pack.header.ladder)
    own = tuple(() if grant is None else _limiting(names, grant, action, type_) for grant in grants)
    return ((), *own) if any(own) else ()


def _limiting(names: Names, grant: Grant, action: Action, type_: Type) -> tuple[BudgetPlan, ...]:
    scope = names.scope((action,))
    return tuple(
        _budget(names.base.inputs, budget, action, names.sites.value(budget.amount, scope, type_))
        for budget in grant.budgets
    )


def _budget(inputs: Record, budget: Budget, action: Action, amount: Node) -> BudgetPlan:
    """Return a budget: what is left of it is nothing where it is not known whose it is."""
    granted: Node = _input(inputs, "granted")
    for step in (budget.whose, action.name, budget.span):
        granted = _member(granted, step)
    zero = number(0, amount.type)
    left = Arithmetic(Operator.SUB, amount, granted, amount.type)
    named = Has(_member(_input(inputs, "agent"), OWNER[budget.whose]), BOOL)
    kept = when(named, Call("max", (left, zero), amount.type), zero)
    return BudgetPlan(budget.whose, budget.span, amount, granted, kept)


def _input(inputs: Record, name: str) -> Input:
    member = inputs.find(name)
    assert member is not None
    return Input(name, member.type)


def _member(of: Node, name: str) -> Field:
    assert isinstance(of.type, Record)
    member = of.type.find(name)
    assert member is not None
    return Field(of, name, member.type)


def _own(budgets: tuple[tuple[BudgetPlan, ...], ...]) -> Iterator[tuple[Node, Node]]:
    """Yield what is left of the budgets that bear on the rung that asks, with whether they do."""
    for rung, some in enumerate(budgets):
        yield from ((compare(R, Comparison.GE, number(rung)), budget.left) for budget in some)
