"""An answer's amounts, terms and economics, as programs get them."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from engine.answer import Answer, limited
from engine.language.cel.scope import Conventions
from engine.program.plan import NOTES, ActionPlan
from engine.program.types import Type
from engine.values.json import day_json, money_json, to_json
from schemas.decision import Amount, Economics, Offer
from schemas.frozen import made

UNKNOWN: Final = Economics()
"""Nothing is known of what an offer means to either side."""

Values = tuple[object, ...]


def amount_json(answer: Answer, amount: int) -> Amount | None:
    """Return an amount of an answer's action; None for no limit, and for an action without an amount."""
    return amount_text(answer.plan, amount, digits_of(answer))


def amount_text(plan: ActionPlan, amount: object, digits: int) -> Amount | None:
    """Return an amount of an action; None for no limit, for an action without an amount, and for none."""
    if not isinstance(amount, int) or plan.action.amount == "none" or limited(amount) is None:
        return None
    return money_json(amount, digits) if plan.action.amount == "money" else amount


def digits_of(answer: Answer) -> int:
    """Return the decimals of the pack's currency."""
    return answer.release.policy.conventions.digits


def offers_something(answer: Answer) -> bool:
    """Return whether something is on the table: in approve, counter, and an escalation that could be granted."""
    return answer.verdict in ("approve", "counter", "escalate") and answer.granted > 0


def offer_of(answer: Answer) -> Offer | None:
    """Return what is on the table, if anything is."""
    if not offers_something(answer):
        return None
    terms, unknown = terms_of(answer)
    amount = amount_json(answer, answer.granted)
    day = stands_until(answer)
    return made(
        Offer,
        amount=amount,
        unit=answer.plan.action.unit,
        terms=terms,
        unknown_terms=unknown,
        stands_until=None if day is None else day_json(day),
    )


def stands_until(answer: Answer) -> int | None:
    """Return the last day on which what this agent may grant is good; None where nobody says, or it is unknown."""
    return None if answer.verdict == "escalate" and answer.within <= 0 else last_day(answer)


def last_day(answer: Answer) -> int | None:
    """Return the last day on which what is on the table is good, whoever grants it."""
    place = answer.plan.stands
    if place is None or not offers_something(answer):
        return None
    day = answer.stage(NOTES)[place]
    return day if isinstance(day, int) else None


def terms_of(answer: Answer) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Return the known terms by name, and the names of the unknown ones."""
    return _named(answer, answer.plan.terms, "offer")


def outputs_of(answer: Answer) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Return the known outputs by name, and the names of the unknown ones."""
    return _named(answer, answer.plan.outputs, "outputs")


def _named(
    answer: Answer, types: tuple[tuple[str, Type], ...], stage: str
) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    return named_values(types, answer.stage(stage), answer.release.policy.conventions) if types else ({}, ())


def named_values(
    types: tuple[tuple[str, Type], ...], values: Values, conventions: Conventions
) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Return the known values by name, and the names of the unknown ones; `values` may go on after those named."""
    if not types:
        return {}, ()
    known: dict[str, JsonValue] = {}
    unknown: list[str] = []
    for (name, type_), value in zip(types, values, strict=False):
        if value is None:
            unknown.append(name)
        else:
            known[name] = to_json(value, type_, conventions.digits, conventions.zone)
    return known, tuple(unknown)


def economics(answer: Answer) -> Economics | None:
    """Return what the offer means to both sides; None where there is no offer."""
    if not offers_something(answer):
        return None
    return economics_values(answer.plan, answer.stage("offer"), digits_of(answer))[0]


def economics_values(plan: ActionPlan, values: Values, digits: int) -> tuple[Economics, int | None]:
    """Return the economics in an offer stage's values, and the rank (the joint surplus, or the pack's own)."""
    cost, value, gain, rank, mutual = values[len(plan.terms) :]
    found = made(
        Economics,
        company_cost=_money(cost, digits),
        customer_value=_money(value, digits),
        company_gain=_money(gain, digits),
        mutual=mutual,
    )
    return found, rank if isinstance(rank, int) else None


def _money(value: object, digits: int) -> str | None:
    return money_json(value, digits) if isinstance(value, int) else None
