"""What may be offered to a customer now: every action, with what this agent may grant and who may go higher."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from engine.answer import Answer, answer_of
from engine.budgets import Standing, standings
from engine.case import Asked, Case, asked, asked_of, case_of
from engine.decide import request_id
from engine.notes import tells
from engine.offer import UNKNOWN, amount_json, digits_of, economics_values, terms_of
from engine.program.plan import CEILINGS, NOTES, OFFER
from engine.program.types import MONEY, TIMESTAMP
from engine.questions import missing_facts
from engine.release import Release
from engine.values.json import moment_json, money_json, to_json
from schemas.decision import Amount, BudgetLeft, Economics, Expectation, OfferEntry, Offers, VerdictWord
from schemas.request import Ask, DecisionRequest

ORDER = ("approve", "counter", "escalate", "ask", "decline")
UNRANKED = -(10**18)


def offers(release: Release, request: DecisionRequest) -> Offers:
    """Return what may be offered, best first; an action that is not proactive only where the request asks for it.

    An action that the request asks for starts with the inputs given there, any other with its inputs unknown. Raises
    `RequestError` when the request is malformed.
    """
    return offers_case(release, request, case_of(release, request, request.id or request_id(release, request)))


def offers_case(release: Release, request: DecisionRequest, case: Case) -> Offers:
    """Return what may be offered, as `offers` does; the case of the request was made before."""
    policy = release.policy
    answers = sorted((answer_of(release, case, one) for one in considered(release, case, request)), key=_place)
    conventions = policy.conventions
    return Offers(
        id=case.id,
        pack=policy.pack.header.name,
        release=policy.release,
        currency=policy.pack.header.currency,
        now=str(to_json(case.now, TIMESTAMP, conventions.digits, conventions.zone)),
        offers=tuple(map(entry, answers)),
        tell=tuple(_told(answers)),
    )


def considered(release: Release, case: Case, request: DecisionRequest) -> Iterator[Asked]:
    """Yield the asks that are tried: of every proactive action, and of those that the request names."""
    given = (request.ask,) if request.ask is not None else request.asks or ()
    named = {ask.action: asked_of(release, case, _unbounded(ask)) for ask in given}
    for name, plan in release.policy.plans.items():
        if name in named:
            yield named[name]
        elif plan.action.proactive:
            yield asked(plan, case, 0, {})


def _unbounded(ask: Ask) -> Ask:
    """Return the ask without its amount: what may be offered is as much as possible."""
    return ask.model_copy(update={"amount": None})


def _place(answer: Answer) -> tuple[int, int, str]:
    _, rank = economics_values(answer.plan, answer.stage(OFFER), digits_of(answer))
    return ORDER.index(answer.verdict), -(UNRANKED if rank is None else rank), answer.plan.action.name


def entry(answer: Answer) -> OfferEntry:
    """Return what may be done of an action."""
    granted = answer.verdict in ("approve", "counter", "escalate") and answer.granted > 0
    action = answer.plan.action
    return OfferEntry.model_construct(
        action=action.name,
        title=action.title,
        verdict=cast(VerdictWord, answer.verdict),
        amount=amount_json(answer, answer.granted) if granted else None,
        unit=action.unit,
        terms=terms_of(answer)[0] if granted else {},
        ceilings=ceilings(answer),
        budgets=tuple(_budget(answer, one) for one in standings(answer)),
        needs=tuple(gap.fact for gap in missing_facts(answer)) if answer.verdict == "ask" else (),
        reasons=answer.reasons(),
        rung=answer.escalated_to,
        desk=answer.desk or None,
        economics=_economics(answer) if granted else UNKNOWN,
    )


def _budget(answer: Answer, standing: Standing) -> BudgetLeft:
    """Return what is left of a budget that the asker draws on."""
    conventions = answer.release.policy.conventions
    return BudgetLeft(
        whose=standing.plan.whose,
        span=standing.plan.span,
        budget=_figure(answer, standing.budget),
        granted=_figure(answer, standing.granted),
        left=_figure(answer, standing.left),
        renews=moment_json(standing.renews, conventions.zone),
    )


def _figure(answer: Answer, figure: int | None) -> Amount | None:
    """Return an amount of the action, or how often it is granted where it has none."""
    if figure is None or answer.plan.amount_type != MONEY:
        return figure
    return money_json(figure, digits_of(answer))


def _economics(answer: Answer) -> Economics:
    return economics_values(answer.plan, answer.stage(OFFER), digits_of(answer))[0]


def ceilings(answer: Answer) -> dict[str, Amount | None]:
    """Return how much each higher rung that may grant more may grant; while facts are missing, could at most."""
    ladder = answer.release.policy.pack.header.ladder
    values = _bounds(answer)
    own = answer.case.rung
    return {
        role: amount_json(answer, values[place])
        for place, role in enumerate(ladder, 1)
        if place > own and values[place] > values[own]
    }


def _bounds(answer: Answer) -> list[int]:
    """Return the ceiling of each place on the ladder: the certain one, or the possible one while facts are missing."""
    values = answer.stage(CEILINGS)
    half = len(values) // 2
    bounds = values[half:] if answer.verdict == "ask" else values[:half]
    return [value if isinstance(value, int) else 0 for value in bounds]


def _told(answers: list[Answer]) -> Iterator[Expectation]:
    """Yield the expectations to set with what may be offered, each rule's once."""
    told: set[str] = set()
    for answer in answers:
        if answer.verdict == "decline":
            continue
        for one in tells(answer, answer.stage(NOTES)):
            if one.rule not in told:
                told.add(one.rule)
                yield one
