"""Budgets over time: what was granted in a calendar day, week and month, when that begins anew, what is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, assert_never

from engine.answer import Answer
from engine.backends.reference import Reference
from engine.backends.times import EPOCH_DAY, LAST_DAY, date_of, start_of
from engine.language.packs.pack import SPANS, Pack, Span
from engine.program.plan import BudgetPlan
from engine.program.terms import UNBOUNDED

THURSDAY: Final = 3
"""The weekday of day 0, counted from Monday."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget that the asker draws on: how much it is, what was granted of it, and what is left; None: unknown."""

    plan: BudgetPlan
    budget: int | None
    granted: int | None
    left: int | None
    each: int
    """What a grant may be that draws on it."""
    renews: int
    """The moment at which it begins anew."""


def first_day(day: int, span: Span) -> int:
    """Return the first day of the span that a day lies in; weeks begin on Monday."""
    match span:
        case "day":
            return day
        case "week":
            return day - (day + THURSDAY) % 7
        case "month":
            return day - dt.date.fromordinal(day + EPOCH_DAY).day + 1
        case _ as never:
            assert_never(never)


def begins(moment: int, span: Span, zone: str) -> int:
    """Return the moment at which the day, week or month around a moment began in the zone."""
    return _begins_with(date_of(moment, zone), span, zone)


@lru_cache(maxsize=4096)
def _begins_with(day: int, span: Span, zone: str) -> int:
    """Return the moment at which the span that a day lies in begins in the zone."""
    return start_of(first_day(day, span), zone)


def renews(moment: int, span: Span, zone: str) -> int:
    """Return the moment at which the next day, week or month begins in the zone."""
    first = first_day(date_of(moment, zone), span)
    longest = {"day": 1, "week": 7, "month": 31}[span]
    within = first + longest
    return start_of(first_day(within, span) if within <= LAST_DAY else LAST_DAY, zone)


def nothing_granted(pack: Pack) -> dict[str, object]:
    """Return the input `granted` of somebody of whom it is known that they, and their team, granted nothing lately."""
    actions = {action.name: dict.fromkeys(SPANS, 0) for action in pack.actions}
    return {"agent": actions, "team": actions}


def added(granted: Mapping[str, Any], action: str, amount: int) -> dict[str, Any]:
    """Return what was granted lately, with another grant of an action; without an amount it counts as one."""
    return _changed(granted, lambda name, _, before: before + amount if name == action else before)


def renewed(granted: Mapping[str, Any], since: int, now: int, zone: str) -> dict[str, Any]:
    """Return what was granted by `since`, as it stands at a later moment: nothing yet in a span that began after."""
    before, today = date_of(since, zone), date_of(now, zone)
    over = {span for span in SPANS if first_day(today, span) > first_day(before, span)}
    return _changed(granted, lambda _, span, amount: 0 if span in over else amount)


def _changed(granted: Mapping[str, Any], change: Callable[[str, str, Any], Any]) -> dict[str, Any]:
    """Return what was granted with every figure of it changed, by its action and span."""
    return {
        whose: {
            action: {span: change(action, span, amount) for span, amount in spans.items()}
            for action, spans in actions.items()
        }
        for whose, actions in granted.items()
    }


def standings(answer: Answer) -> tuple[Standing, ...]:
    """Return the budgets that go with the most that the asker may grant of the action at a time."""
    if answer.plan.budgeted is None:
        return ()
    values, rungs = answer.values, answer.case.rung + 1
    grants = [_whole(values.value(grant)) for grant in answer.plan.authority[:rungs]]
    sizes = [UNBOUNDED if grant is None else grant for grant in grants]
    with_most = [one for one, size in zip(answer.plan.budgets, sizes, strict=False) if size == max(sizes)]
    found = (_standing(answer, values, plan, max(sizes)) for some in with_most for plan in some)
    return tuple(found) if max(sizes) > 0 else ()


def _standing(answer: Answer, values: Reference, plan: BudgetPlan, each: int) -> Standing:
    budget, granted, left = (_whole(values.value(node)) for node in (plan.amount, plan.granted, plan.left))
    zone = answer.release.policy.conventions.zone
    return Standing(plan, budget, granted, left, each, renews(answer.case.now, plan.span, zone))


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
