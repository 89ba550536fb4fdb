"""Which part of an offer stays good while the customer thinks about it, and to the end of which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.answer import Answer
from engine.backends.times import EPOCH_DAY, date_of
from engine.memory.moments import moment_at
from engine.memory.problems import OutcomeProblem
from engine.memory.replaying import last_answer, request_of
from engine.offer import amount_json, last_day
from engine.release import Release
from schemas.decision import Amount
from schemas.events import DecisionEvent, OutcomeEvent


@dataclass(frozen=True, slots=True)
class Standing:
    """An offer that stays good: how much of it, and its last day."""

    amount: Amount | None
    until: date


def standing_of(
    release: Release, event: DecisionEvent, outcome: OutcomeEvent, said: date | None, approved: bool = False
) -> Standing | None:
    """Return what of an offer stays good when it is postponed; None where nothing does.

    It stays good until the day that is `said`, else until the one that the action says, counted from the decision. Of
    an escalation that nobody approved, no more stays good than the agent may grant. Raises `OutcomeProblem` where more
    is wanted, or a later day than the action lets; `CaseGone` where the case was erased.
    """
    if said is None and release.policy.plans[event.action].stands is None:
        return None
    answer = last_answer(release, request_of(event.case))
    alone = event.verdict == "escalate" and not approved
    offered = amount_json(answer, answer.within) if alone else event.amount
    amount = offered if outcome.amount is None else outcome.amount
    beyond = alone and _beyond(answer, amount)
    last = last_day(answer)
    until = None if last is None else date.fromordinal(last + EPOCH_DAY)
    if said is None:
        if until is None or until < _today(release, outcome) or beyond:
            return None
        return Standing(amount, until)
    if beyond:
        raise OutcomeProblem("above-authority", _no_more(answer))
    if until is not None and said > until:
        raise OutcomeProblem("stands-too-long", f"this offer stands until {until}; name that day or an earlier one")
    return Standing(amount, said)


def _beyond(answer: Answer, amount: Amount | None) -> bool:
    """Return whether an amount is more than the agent may grant by themselves."""
    within = amount_json(answer, answer.within)
    return answer.within <= 0 or within is None or amount is None or Decimal(amount) > Decimal(within)


def _no_more(answer: Answer) -> str:
    within = amount_json(answer, answer.within) if answer.within > 0 else None
    most = "nothing" if within is None else f"no more than {within}"
    return f"this agent may grant {most} of it, so no more stays good; ask who is higher up to approve it first"


def _today(release: Release, outcome: OutcomeEvent) -> date:
    """Return the day of an outcome in the timezone of the pack."""
    return date.fromordinal(date_of(moment_at(outcome.at), release.policy.conventions.zone) + EPOCH_DAY)
