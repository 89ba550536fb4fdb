"""A decision with its why: the conditions in words, the day from which it would be yes, and the readers' texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import overload

from engine.answer import Answer, answer_of
from engine.case import Case, asked_of, case_of
from engine.grants import granted
from engine.program.types import TIMESTAMP
from engine.release import Release
from engine.values.json import to_json
from engine.why_not import Causes
from engine.wording.agent import agent_text
from engine.wording.auditor import auditor_text
from engine.wording.customer import customer_text
from engine.wording.telling import Telling
from engine.wording.voice import voice_of
from engine.yes_from import yes_from
from schemas.decision import Decision, Decisions, Expectation, PromiseMade, Reader
from schemas.request import DecisionRequest


@overload
def explain(release: Release, request: DecisionRequest, decision: Decision) -> Decision: ...
@overload
def explain(release: Release, request: DecisionRequest, decision: Decisions) -> Decisions: ...
def explain(release: Release, request: DecisionRequest, decision: Decision | Decisions) -> Decision | Decisions:
    """Return the same decision with its why-not, its yes-from date, what it says, and its texts.

    Of several asks each is explained as it was decided, with the earlier ones granted.
    """
    case = case_of(release, request, decision.id)
    if isinstance(decision, Decision):
        assert request.ask is not None
        return explained(request, decision, answer_of(release, case, asked_of(release, case, request.ask)))
    steps = zip(decision.decisions, answers(release, case, request), strict=True)
    each = tuple(explained(request, one, answer) for one, answer in steps)
    return decision.model_copy(update={"decisions": each})


def answers(release: Release, case: Case, request: DecisionRequest) -> Iterator[Answer]:
    """Yield the answers to several asks, each in the state that the earlier ones left."""
    for index, ask in enumerate(request.asks or ()):
        asked = asked_of(release, case, ask, f"/asks/{index}")
        answer = answer_of(release, case, asked)
        yield answer
        if answer.verdict == "approve":
            case = granted(release, case, asked, answer, f"{case.id}.{index + 1}")


def explained(request: DecisionRequest, decision: Decision, answer: Answer) -> Decision:
    """Return one decision with its why, from the answer that it was made of."""
    moment = yes_from(answer, fixed=request.as_of is not None)
    telling = Telling(answer, decision, answer.values, voice_of(answer.release), moment)
    found = replace(telling, decision=decision.model_copy(update=reasons(telling)))
    return found.decision.model_copy(update={"texts": texts(found)})


def reasons(telling: Telling) -> dict[str, object]:
    """Return what a decision says of its why, by field."""
    answer, conventions = telling.answer, telling.answer.release.policy.conventions
    from_ = telling.yes_from
    return {
        "why_not": Causes(answer, telling.values, telling.voice).all(),
        "yes_from": None if from_ is None else to_json(from_, TIMESTAMP, conventions.digits, conventions.zone),
        "promises": promises(telling),
        "tell": expectations(telling),
    }


def texts(telling: Telling) -> dict[Reader, str]:
    """Return the text for each reader."""
    return {"customer": customer_text(telling), "agent": agent_text(telling), "auditor": auditor_text(telling)}


def promises(telling: Telling) -> tuple[PromiseMade, ...]:
    """Return the promises with their words."""
    says = {
        plan.id: telling.voice.say({"customer": plan.say}, "customer", telling.values)
        for plan in telling.answer.plan.promises
    }
    return tuple(one.model_copy(update={"say": says[one.id]}) for one in telling.decision.promises)


def expectations(telling: Telling) -> tuple[Expectation, ...]:
    """Return the things to tell the customer with their words."""
    says = {plan.rule.id: telling.voice.say(plan.say, "customer", telling.values) for plan in telling.answer.plan.notes}
    return tuple(one.model_copy(update={"say": says[one.rule]}) for one in telling.decision.tell)
