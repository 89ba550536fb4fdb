"""Checks of budgets over time: that they limit something, and leave something to grant."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import Final

from engine.language.checks.authority import UNLIMITED, constant, granted
from engine.language.diagnostics import Diagnostics
from engine.language.packs.pack import SPANS, Action, Budget, Grant, Pack, Whose, selects
from engine.program.plan import Policy

OF: Final[dict[Whose, str]] = {"agent": "", "team": "team."}


def budgets_limit_something(pack: Pack, found: Diagnostics) -> None:
    """Report budgets of what may not be granted at all, and budgets below 0."""
    for grant in pack.authority:
        for budget in grant.budgets:
            amount, what = constant(budget.amount, pack), f"`{_key(budget)}` of `{grant.selector}`"
            if granted(grant, pack) == 0:
                message = f"`{grant.rung}` may grant nothing of `{grant.selector}`, so `{_key(budget)}` limits nothing"
                found.error(budget.mark, "budget-of-nothing", message, "leave it out, or let `each` be more")
            elif amount is not None and amount < 0:
                found.error(budget.mark, "budget-below-zero", f"{what} is {amount:f}", "write 0 or more")


def budgets_leave_a_grant(policy: Policy, found: Diagnostics) -> None:
    """Warn of budgets that are used up by less than one grant of the largest size."""
    pack = policy.pack
    for grant in pack.authority:
        each = _each(grant, pack)
        for budget in grant.budgets:
            amount = constant(budget.amount, pack)
            if each is not None and amount is not None and amount < each:
                message = f"`{_key(budget)}` of `{grant.selector}` is {amount:f}, less than `each` ({each:f})"
                found.warning(budget.mark, "budget-below-each", message, "raise it, or lower `each`")


def _each(grant: Grant, pack: Pack) -> Decimal | None:
    """Return what one grant may be where that is written; of actions without an amount, one grant."""
    named = [action for action in pack.actions if selects(grant.selector, action)]
    if named and all(_uncounted(action) for action in named):
        return Decimal(1)
    each = granted(grant, pack)
    return None if each == UNLIMITED else each


def _uncounted(action: Action) -> bool:
    return action.amount == "none"


def longer_budgets_are_larger(policy: Policy, found: Diagnostics) -> None:
    """Warn of budgets that are less than one of a shorter span, which so can never be used up."""
    pack = policy.pack
    for grant in pack.authority:
        for shorter, longer in combinations(grant.budgets, 2):
            if shorter.whose == longer.whose and SPANS.index(shorter.span) < SPANS.index(longer.span):
                little, much = constant(longer.amount, pack), constant(shorter.amount, pack)
                if little is not None and much is not None and little < much:
                    _smaller(grant, (longer, little), (shorter, much), found)


def _smaller(grant: Grant, longer: tuple[Budget, Decimal], shorter: tuple[Budget, Decimal], found: Diagnostics) -> None:
    message = (
        f"`{_key(longer[0])}` of `{grant.selector}` is {longer[1]:f}, less than `{_key(shorter[0])}` ({shorter[1]:f})"
    )
    found.warning(longer[0].mark, "budget-order", message, "raise it, or lower the shorter one")


def _key(budget: Budget) -> str:
    return f"{OF[budget.whose]}per_{budget.span}"
