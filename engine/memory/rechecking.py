"""An offer that is taken, checked again with what was granted meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from engine.answer import Answer
from engine.backends.times import moment_of_text
from engine.case import Case, asked_of, case_of
from engine.decide import decision_of
from engine.explain import answers
from engine.memory.beside import GivenEntry
from engine.memory.merging import merged
from engine.memory.moments import moment_at
from engine.memory.replaying import decided_again, last_answer, last_decision, request_of
from engine.release import Release
from engine.values.json import day_json, moment_json
from schemas.decision import Amount, Decision
from schemas.events import DecisionEvent
from schemas.request import Agent, DecisionRequest

OF_AGENT: Final[tuple[str, ...]] = ("agent", "granted")
"""The inputs that are another's where somebody else grants."""


@dataclass(frozen=True, slots=True)
class Present:
    """What the ledger knows at the moment at which an offer is taken; what is None stays as it was."""

    now: int
    history: tuple[GivenEntry, ...] | None = None
    promises: tuple[GivenEntry, ...] | None = None
    granted: Mapping[str, JsonValue] | None = None
    standing: frozenset[str] = frozenset()
    """The decisions whose offers stand: what was given our word on is not taken back."""
    agent: Agent | None = None
    """Who grants it, and granted lately what `granted` says, where somebody higher up does; None: who asked."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """The decision on what is taken, at the moment at which it is, and whether it may still be granted."""

    decision: Decision
    covered: bool


def still_grantable(release: Release, event: DecisionEvent, amount: Amount | None, present: Present) -> Recheck:
    """Return whether what a decision offered may be granted still, `amount` of it; None: all that was offered.

    Facts, and the day whose rules hold, are those of the decision; the clock and what was granted are the present's.
    Other offers that nobody answered yet count where they were made before this one, as they did then. What keeps a
    promise, or stands, is not checked again. Where somebody higher up grants it, it is decided as they may. Raises
    `CaseGone` where the case was erased. `release` is the one that the event names.
    """
    taken = event.amount if amount is None else amount
    if present.agent is not None:
        decision = _as_another(release, event, taken, present)
    elif event.honours is not None or event.id in present.standing:
        decision = decided_again(release, event)
    else:
        decision = last_decision(release, retaken(release, event, taken, present))
    return Recheck(decision, covers(decision, taken))


def _as_another(release: Release, event: DecisionEvent, amount: Amount | None, present: Present) -> Decision:
    """Return the decision on what is taken as whoever grants it has it.

    Asks that were decided before it stay those of who asked, and so does what they granted lately.
    """
    request = retaken(release, event, amount, replace(present, granted=None))
    own = last_answer(release, request)
    higher = request.model_copy(update={"agent": present.agent, "granted": present.granted})
    case = _seen_by(own.case, case_of(release, higher, own.case.id))
    ask = request.ask if request.asks is None else request.asks[-1]
    assert ask is not None
    return decision_of(release, case, asked_of(release, case, ask)).model_copy(update={"id": event.id})


def _seen_by(case: Case, other: Case) -> Case:
    """Return a case as the agent of another has it."""
    kept = {name: value for name, value in case.inputs.items() if name not in OF_AGENT}
    theirs = {name: other.inputs[name] for name in OF_AGENT if name in other.inputs}
    return replace(case, rung=other.rung, inputs={**kept, **theirs})


def covers(decision: Decision, amount: Amount | None) -> bool:
    """Return whether a decision grants an amount: as a yes, or within the agent's own authority."""
    if decision.verdict == "approve":
        offered = None if decision.offer is None else decision.offer.amount
        return amount is None or offered is None or Decimal(offered) >= Decimal(amount)
    within = decision.within_authority
    return amount is not None and within is not None and Decimal(within) >= Decimal(amount) > 0


def answer_when_taken(release: Release, event: DecisionEvent, amount: Amount | None, now: int) -> Answer:
    """Return the answer to an ask for what is taken of an offer, when it is taken; raises `CaseGone`."""
    return last_answer(release, retaken(release, event, amount, Present(now)))


def retaken(release: Release, event: DecisionEvent, amount: Amount | None, present: Present) -> DecisionRequest:
    """Return the request of a decision with the amount that is taken, at the present moment."""
    first = request_of(event.case)
    case = case_of(release, first, first.id or "")
    as_of, zone = case.inputs.get("as_of"), release.policy.conventions.zone
    said: dict[str, object] = {
        **_with_amount(first, amount),
        "now": moment_json(present.now, zone),
        "as_of": day_json(as_of) if isinstance(as_of, int) else first.as_of,
        "history": _history(release, event, first, present),
        "promises": first.promises if present.promises is None else merged(present.promises, first.promises or ()),
        "granted": first.granted if present.granted is None else dict(present.granted),
    }
    return first.model_copy(update=said)


def _with_amount(request: DecisionRequest, amount: Amount | None) -> dict[str, object]:
    """Return the asks of a request, the last with the amount that is taken."""
    update = {"amount": amount}
    if request.asks is None:
        return {"ask": None if request.ask is None else request.ask.model_copy(update=update)}
    return {"asks": (*request.asks[:-1], request.asks[-1].model_copy(update=update))}


def _history(
    release: Release, event: DecisionEvent, first: DecisionRequest, present: Present
) -> list[GivenEntry] | None:
    """Return the history that counts: of now and of then, without this decision and those that its asks grant again."""
    if present.history is None:
        return first.history
    own = {event.id, event.honours, *_granted_again(release, first)}
    made, zone = moment_at(event.at), release.policy.conventions.zone
    both = merged(present.history, first.history or ())
    return [one for one in both if one.get("id") not in own and _counts(one, made, zone)]


def _granted_again(release: Release, first: DecisionRequest) -> Iterator[str]:
    """Yield the ids of the decisions on several asks that count as granted where those after them are decided again.

    What was granted on the others, in part or by somebody higher up, no ask says: they stay in the history.
    """
    if first.asks is not None:
        for number, answer in enumerate(answers(release, case_of(release, first, first.id or ""), first), 1):
            if answer.verdict == "approve":
                yield f"{first.id}.{number}"


def _counts(entry: GivenEntry, made: int, zone: str) -> bool:
    """Return whether an entry counts against an offer made at a moment; one that does not say does."""
    if "outcome" not in entry or entry["outcome"] is not None or "at" not in entry:
        return True
    return moment_of_text(str(entry["at"]), zone) < made
