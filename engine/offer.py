"""An answer's amounts, terms and economics, as programs get them."""

from __future__ import annotations

from pydantic import JsonValue

from engine.answer import Answer, limited
from engine.json_values import money_json, to_json
from engine.program.types import MONEY, Type
from schemas.decision import Amount, Economics, Offer
from schemas.frozen import made

COST = ("company_cost", "customer_value", "company_gain")


def amount_json(answer: Answer, amount: int) -> Amount | None:
    """Return an amount of an answer's action; None for no limit, and for an action without an amount."""
    if answer.plan.action.amount == "none" or limited(amount) is None:
        return None
    return money_json(amount, digits_of(answer)) if answer.plan.amount_type == MONEY else amount


def digits_of(answer: Answer) -> int:
    """Return the decimals of the pack's currency."""
    return answer.release.policy.conventions.digits


def offer_of(answer: Answer) -> Offer | None:
    """Return what is on the table: in approve, counter, and an escalation that something could be granted by."""
    if answer.verdict not in ("approve", "counter", "escalate") or answer.granted <= 0:
        return None
    terms, unknown = terms_of(answer)
    amount = amount_json(answer, answer.granted)
    return made(Offer, amount=amount, unit=answer.plan.action.unit, terms=terms, unknown_terms=unknown)


def terms_of(answer: Answer) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Return the known terms by name, and the names of the unknown ones."""
    return _named(answer, answer.plan.terms, answer.stage("offer")) if answer.plan.terms else ({}, ())


def outputs_of(answer: Answer) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Return the known outputs by name, and the names of the unknown ones."""
    return _named(answer, answer.plan.outputs, answer.stage("outputs")) if answer.plan.outputs else ({}, ())


def _named(
    answer: Answer, types: tuple[tuple[str, Type], ...], values: tuple[object, ...]
) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    conventions = answer.release.policy.conventions
    pairs = [(name, type_, value) for (name, type_), value in zip(types, values, strict=False)]
    known: dict[str, JsonValue] = {
        name: to_json(value, type_, conventions.digits, conventions.zone)
        for name, type_, value in pairs
        if value is not None
    }
    return known, tuple(name for name, _, value in pairs if value is None)


def economics(answer: Answer) -> Economics | None:
    """Return what the offer means to both sides; None where there is no offer."""
    if answer.verdict not in ("approve", "counter", "escalate") or answer.granted <= 0:
        return None
    return economics_of(answer)


def economics_of(answer: Answer) -> Economics:
    """Return what granting would mean to both sides."""
    start = len(answer.plan.terms)
    cost, value, gain, _, mutual = answer.stage("offer")[start : start + 5]
    digits = digits_of(answer)
    return made(
        Economics,
        company_cost=_money(cost, digits),
        customer_value=_money(value, digits),
        company_gain=_money(gain, digits),
        mutual=mutual,
    )


def rank_of(answer: Answer) -> int | None:
    """Return the joint surplus (or the pack's own rank) of granting; None when it is unknown."""
    rank = answer.stage("offer")[len(answer.plan.terms) + 3]
    return rank if isinstance(rank, int) else None


def _money(value: object, digits: int) -> str | None:
    return money_json(value, digits) if isinstance(value, int) else None
