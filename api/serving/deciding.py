"""A request decided by a desk: with what it remembers, keeping what it promised, written down before it is answered."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from api.ledger.reading import Reader
from api.serving.desk import Desk
from api.serving.problems import IdTaken, UnknownDecision
from api.serving.remembering import Remembered, binding, remembered
from engine.case import asked_of, case_of
from engine.decide import WORST, decide, decide_case, request_id
from engine.explain import explain
from engine.memory.honouring import claim_of, honoured, texts
from engine.memory.keeping import kept_case
from engine.memory.moments import moment_at
from engine.memory.problems import CaseGone
from engine.memory.promises import Promise, promises_of
from engine.memory.replaying import decided_again, request_of
from engine.memory.writing import decision_event
from engine.offers import offers_case
from schemas.decision import Decision, Decisions, Offers
from schemas.events import DecisionEvent
from schemas.request import Ask, DecisionRequest

GIVEN: Final = ("agent", "channel", "session", "as_of", "facts", "ask", "asks")
"""What of a request is the caller's alone, and the same when it is sent again."""


def decided(desk: Desk, request: DecisionRequest, fresh: bool = False) -> Decision | Decisions:
    """Return the decision on a request, which has its `now`, once it is in the ledger.

    The same request sent again, by its `id`, gives the decision that was given; `fresh`: its id was made just now, so
    nothing can have been decided under it. Raises `RequestError` where it is malformed, `LedgerProblem` where the
    ledger cannot keep it, `IdTaken` where its id is another request's, `CaseGone` where it was decided for somebody who
    was erased.
    """
    if not request.id:
        request = request.model_copy(update={"id": request_id(desk.release, request)})
    before = None if fresh else _before(desk, request)
    return _decided(desk, remembered(desk.ledger, desk.release, request)) if before is None else before


def explained(desk: Desk, request: DecisionRequest, fresh: bool = False) -> Decision | Decisions:
    """Return the decision on a request as `decided` does, in words too."""
    found = decided(desk, request, fresh)
    if isinstance(found, Decision):
        return in_words(desk, found)
    return found.model_copy(update={"decisions": tuple(in_words(desk, one) for one in found.decisions)})


def in_words(desk: Desk, decision: Decision) -> Decision:
    """Return a decision that is in the ledger with its why and its words; one that keeps a promise has them."""
    if decision.texts:
        return decision
    event = decision_in(desk.ledger, decision.id)
    release, request = desk.released(event.release), request_of(event.case)
    if request.asks is None:
        return explain(release, request, decision)
    before = decide(release, request)
    assert isinstance(before, Decisions)
    return explain(release, request, before).decisions[-1]


def offered(desk: Desk, request: DecisionRequest) -> Offers:
    """Return what may be offered to a customer, with what the desk remembers; nothing is written down."""
    known = remembered(desk.ledger, desk.release, request)
    case = replace(known.case, id=known.given.id or request_id(desk.release, known.request))
    return offers_case(desk.release, known.given, case)


def _decided(desk: Desk, known: Remembered) -> Decision | Decisions:
    """Return the decision on a request that was not decided before."""
    found = decide_case(desk.release, known.given, known.case)
    if isinstance(found, Decision):
        kept, event = _kept(desk, known, found, known.given.ask)
        desk.ledger.append([event])
        return kept
    asks = known.given.asks or ()
    pairs = [_kept(desk, known, one, ask) for one, ask in zip(found.decisions, asks, strict=True)]
    desk.ledger.append([event for _, event in pairs])
    return found.model_copy(update={"decisions": tuple(kept for kept, _ in pairs)})


def _kept(desk: Desk, known: Remembered, decision: Decision, ask: Ask | None) -> tuple[Decision, DecisionEvent]:
    """Return the decision that is given, which keeps an open promise of the same, and its event."""
    assert ask is not None
    release, request, case = desk.release, known.given, known.case
    if not known.promises:
        return decision, decision_event(release, request, decision, case=case)
    claim = claim_of(release, case, asked_of(release, case, ask))
    try:
        kept = honoured(release, decision, claim, known.promises, partial(_again, desk))
    except CaseGone:
        kept = decision
    if kept is decision:
        return decision, decision_event(release, request, decision, case=case)
    assert kept.honours is not None
    honoured_event = decision_in(desk.ledger, kept.honours)
    return kept, decision_event(release, request, kept, honoured_event, case)


def again(desk: Desk, event: DecisionEvent) -> Decision:
    """Return a kept decision, decided again under its release; raise `CaseGone` where its customer was erased."""
    given = decided_again(desk.released(event.release), event)
    promise = None if event.honours is None else _promise_kept(desk, event)
    if promise is None:
        return given
    release = desk.release if event.action in desk.release.policy.plans else desk.released(event.release)
    return given.model_copy(update={"texts": texts(release, given, promise)})


def _promise_kept(desk: Desk, event: DecisionEvent) -> Promise | None:
    """Return the promise that a decision keeps, as it was then."""
    assert event.customer is not None
    events, zone = binding(desk.ledger, event.customer), desk.release.policy.conventions.zone
    promises = promises_of(events or (), zone, moment_at(event.at))
    made = (one for one in promises if one.state == "open" and one.event.decision == event.honours)
    of_as_much = (one for one in made if one.event.amount == event.amount)
    return max(of_as_much, key=lambda one: (moment_at(one.event.at), one.event.id), default=None)


def _again(desk: Desk, id_: str) -> Decision:
    return again(desk, decision_in(desk.ledger, id_))


def decision_in(reader: Reader, id_: str) -> DecisionEvent:
    """Return the event of a decision; raise `UnknownDecision` where there is none."""
    found = reader.one(id_)
    if found is None or not isinstance(found.event, DecisionEvent):
        raise UnknownDecision(id_)
    return found.event


def _before(desk: Desk, request: DecisionRequest) -> Decision | Decisions | None:
    """Return what was given when a request was decided before; None where it was not."""
    id_, asks = request.id, request.asks
    assert id_ is not None
    ids = (id_,) if asks is None else tuple(f"{id_}.{place}" for place in range(1, len(asks) + 1))
    found = [one.event for name in ids if (one := desk.ledger.one(name)) is not None]
    if not found:
        return None
    events = [one for one in found if isinstance(one, DecisionEvent)]
    given = [again(desk, one) for one in events]
    if len(given) != len(ids) or not all(map(partial(_same, desk, request), events, given)):
        raise IdTaken(id_)
    if asks is None:
        return given[0]
    worst = max((one.verdict for one in given), key=WORST.index)
    return Decisions(id=id_, verdict=worst if request.all_or_nothing else None, decisions=tuple(given))


def _same(desk: Desk, request: DecisionRequest, event: DecisionEvent, given: Decision) -> bool:
    """Return whether a decision that was given is the one on this request, as far as the caller says it."""
    if event.honours is not None:
        ask = request.ask if request.asks is None else request.asks[int(event.id.rpartition(".")[2]) - 1]
        return ask is not None and ask.action == event.action and request.agent == event.agent
    release = desk.released(event.release)
    kept = kept_case(release, request, case_of(release, request, event.id), given)
    return all(kept.get(name) == event.case.get(name) for name in GIVEN)
