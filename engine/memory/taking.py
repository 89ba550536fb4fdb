"""What becomes of an offer, and what that leaves behind: outcomes, grants, promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.answer import Answer
from engine.backends.times import date_of
from engine.memory.history import gives
from engine.memory.moments import moment_at
from engine.memory.problems import OutcomeProblem
from engine.memory.promises import OFFER
from engine.memory.rechecking import answer_when_taken
from engine.memory.standing import Standing, standing_of
from engine.memory.writing import worth
from engine.offer import amount_text, economics
from engine.program.plan import NOTES, PromisePlan
from engine.program.types import Kind, kind_of
from engine.release import Release
from engine.values.json import day_json
from engine.values.parse import ValueProblem
from schemas.decision import Amount, Economics
from schemas.events import (
    ApprovalEvent,
    DecisionEvent,
    Event,
    GrantEvent,
    OutcomeEvent,
    OutcomeWord,
    PromiseKeptEvent,
    PromiseMadeEvent,
)
from schemas.request import Agent


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an offer: who says so, when, and how much was taken."""

    id: str
    """The outcome's; the other events that it leads to are called after it."""
    outcome: OutcomeWord
    at: datetime
    amount: Amount | None = None
    """How much, where it is not what was offered."""
    reason: str = ""
    stands_until: date | None = None
    """The day to whose end an offer that is postponed stays good, where it is not the one that the action says."""
    agent: Agent = field(default_factory=Agent)
    channel: str | None = None
    session: str | None = None
    account: Agent | None = None
    """By whose authority it is granted, where it is not that of who says so."""

    def happened(self, suffix: str, event: DecisionEvent) -> dict[str, Any]:
        """Return what an event has that this outcome of a decision leads to."""
        return {
            "id": f"{self.id}{suffix}",
            "at": self.at,
            "pack": event.pack,
            "customer": event.customer,
            "agent": self.agent,
            "channel": self.channel,
            "session": self.session,
        }


def outcome_events(
    release: Release, event: DecisionEvent, taken: Taken, known: Iterable[Event] = ()
) -> tuple[Event, ...]:
    """Return what an outcome leaves behind: it, and what was granted and promised by it.

    `release` is the one that the decision names, `known` are the events on the decision, or on the one that it
    honours: what was granted on it once is not granted again. An override grants what its amount says, to the account
    of who overrides; without an amount, an action that has none is granted where the answer was no yes. An offer that
    is postponed stands as long as was said, else as its action says. Raises `OutcomeProblem` for an outcome that the
    decision cannot have, `CaseGone` where its case was erased.
    """
    taken = checked(release, event, taken)
    before = tuple(known)
    root = event.honours or event.id
    granted = any(isinstance(one, GrantEvent) and one.decision == root for one in before)
    outcome = _outcome(event, taken)
    found: list[Event] = [outcome, *_answered(event, taken, before, root)]
    if grants(event, taken) and not granted:
        found += _granted(release, event, taken, root)
    if taken.stands_until is not None or (taken.outcome == "postponed" and not granted):
        approved = any(isinstance(one, ApprovalEvent) and one.approved and one.decision == event.id for one in before)
        standing = standing_of(release, event, outcome, taken.stands_until, approved)
        found += () if standing is None else (_standing(release, event, taken, standing),)
    return tuple(found)


def _outcome(event: DecisionEvent, taken: Taken) -> OutcomeEvent:
    return OutcomeEvent(
        **taken.happened("", event),
        decision=event.id,
        outcome=taken.outcome,
        amount=taken.amount,
        reason=taken.reason,
    )


def checked(release: Release, event: DecisionEvent, taken: Taken) -> Taken:
    """Return an outcome with its amount as offers have it; raise `OutcomeProblem` where a decision cannot have it."""
    found = replace(taken, amount=_amount(release, event, taken.amount))
    counted = release.policy.plans[event.action].action.amount != "none"
    if found.outcome in ("accepted", "postponed") and event.verdict not in ("approve", "counter", "escalate"):
        raise OutcomeProblem("nothing-offered", "nothing was offered; what was done nevertheless is `overridden`")
    if found.outcome == "overridden" and counted and found.amount is None:
        raise OutcomeProblem("missing-amount", "say how much was granted nevertheless; 0 for nothing")
    if found.outcome in ("accepted", "postponed") and counted and found.amount is None and event.amount is None:
        raise OutcomeProblem("missing-amount", "no amount was offered; say how much it is about")
    if found.outcome in ("accepted", "postponed") and _above(found.amount, event.amount):
        raise OutcomeProblem("above-offer", "this is more than was offered; more than that is `overridden`")
    if found.stands_until is not None and found.outcome != "postponed":
        raise OutcomeProblem("not-postponed", "only an offer that is postponed can stay good")
    return found


def _amount(release: Release, event: DecisionEvent, amount: Amount | None) -> Amount | None:
    """Return an amount that was taken as offers have it."""
    if amount is None:
        return None
    plan = release.policy.plans[event.action]
    try:
        value = release.amounts[event.action](amount)
    except ValueProblem:
        value = None
    if plan.action.amount == "none" or not isinstance(value, int) or value < 0:
        raise OutcomeProblem("wrong-amount", "this is no amount of the action; give it as the offer has it")
    return amount_text(plan, value, release.policy.conventions.digits)


def _above(amount: Amount | None, offered: Amount | None) -> bool:
    return amount is not None and offered is not None and Decimal(amount) > Decimal(offered)


def grants(event: DecisionEvent, taken: Taken) -> bool:
    """Return whether an outcome of a decision grants something."""
    if taken.outcome == "accepted":
        return taken.amount is None or Decimal(taken.amount) > 0
    return taken.outcome == "overridden" and gives(event, taken.amount)


def _granted(release: Release, event: DecisionEvent, taken: Taken, root: str) -> Iterator[Event]:
    """Yield the grant, and the promises that it makes, with their days as they are when it is taken."""
    amount = event.amount if taken.amount is None else taken.amount
    answer = answer_when_taken(release, event, amount, moment_at(taken.at))
    yield GrantEvent(
        **{**taken.happened(".grant", event), "agent": taken.account or taken.agent},
        decision=root,
        release=event.release,
        action=event.action,
        amount=amount,
        currency=event.currency,
        **_worth(event, answer, taken),
        inputs=event.inputs,
    )
    for plan in answer.plan.promises:
        if (due := _day(answer, plan)) is not None:
            yield _promised(release, event, taken, Owed(root, plan.id, due, amount, _as_of(answer)))


def _worth(event: DecisionEvent, answer: Answer, taken: Taken) -> dict[str, Any]:
    """Return what a grant means to both sides: as offered, or anew where less was taken; of an override, unknown."""
    if taken.outcome != "accepted":
        return worth(Economics())
    if taken.amount in (None, event.amount):
        return {name: getattr(event, name) for name in worth(Economics())}
    return worth(economics(answer) or Economics())


@dataclass(frozen=True, slots=True)
class Owed:
    """A promise about to be written."""

    decision: str
    name: str
    due: str
    amount: Amount | None
    as_of: str


def _promised(release: Release, event: DecisionEvent, taken: Taken, owed: Owed) -> PromiseMadeEvent:
    return PromiseMadeEvent(
        **taken.happened(f".{owed.name}", event),
        promise=owed.name,
        action=event.action,
        decision=owed.decision,
        release=event.release,
        as_of=owed.as_of,
        due=owed.due,
        amount=owed.amount,
        currency=event.currency,
        owner=release.policy.pack.header.owner,
        segment=event.segment,
        inputs=event.inputs,
    )


def _day(answer: Answer, plan: PromisePlan) -> str | None:
    """Return the day on which a promise is due, None where it is unknown or none; a moment's is its day in the zone."""
    value = answer.stage(NOTES)[plan.index]
    if not isinstance(value, int):
        return None
    moment = kind_of(plan.due.type) is Kind.TIMESTAMP
    return day_json(date_of(value, answer.release.policy.conventions.zone) if moment else value)


def _as_of(answer: Answer) -> str:
    """Return the day whose rules hold, else the present one's."""
    day = answer.case.inputs.get("as_of")
    return day_json(day if isinstance(day, int) else date_of(answer.case.now, answer.release.policy.conventions.zone))


def _standing(release: Release, event: DecisionEvent, taken: Taken, standing: Standing) -> PromiseMadeEvent:
    """Return the promise that an offer which is postponed stays good."""
    answer = answer_when_taken(release, event, standing.amount, moment_at(taken.at))
    root, due = event.honours or event.id, standing.until.isoformat()
    return _promised(release, event, taken, Owed(root, OFFER, due, standing.amount, _as_of(answer)))


def _answered(event: DecisionEvent, taken: Taken, known: tuple[Event, ...], root: str) -> Iterator[Event]:
    """Yield that an offer which stood was kept, where the customer has answered it now."""
    if taken.outcome == "postponed":
        return
    kept = {one.promise for one in known if isinstance(one, PromiseKeptEvent)}
    offers = [one for one in known if isinstance(one, PromiseMadeEvent) and one.promise == OFFER]
    for number, one in enumerate(offers, 1):
        if one.decision == root and one.id not in kept:
            yield PromiseKeptEvent(**taken.happened(f".kept.{number}", event), promise=one.id)
