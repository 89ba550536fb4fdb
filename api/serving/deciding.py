"""A request decided by a desk: with what it remembers, keeping what it promised, written down before it is answered."""

from __future__ import annotations

from functools import partial
from typing import Final

from api.ledger.reading import Reader
from api.serving.desk import Desk
from api.serving.problems import IdTaken, UnknownDecision
from api.serving.remembering import Remembered, remembered
from engine.case import asked_of, case_of
from engine.decide import WORST, decide, request_id
from engine.explain import explain
from engine.memory.honouring import claim_of, honoured
from engine.memory.keeping import kept_case
from engine.memory.problems import CaseGone
from engine.memory.replaying import decided_again, request_of
from engine.memory.writing import decision_event
from engine.offers import offers
from schemas.decision import Decision, Decisions, Offers
from schemas.events import DecisionEvent
from schemas.request import Ask, DecisionRequest

GIVEN: Final = ("agent", "channel", "session", "as_of", "facts", "ask", "asks")
"""What of a request is the caller's alone, and the same when it is sent again."""


def decided(desk: Desk, request: DecisionRequest) -> Decision | Decisions:
    """Return the decision on a request, which has its `now`, once it is in the ledger.

    The same request sent again, by its `id`, gives the decision that was given. Raises `RequestError` where it is
    malformed, `LedgerProblem` where the ledger cannot keep it, `IdTaken` where its id is another request's.
    """
    known = remembered(desk.ledger, desk.release, request)
    id_ = request.id or request_id(desk.release, request)
    given = known.request.model_copy(update={"id": id_})
    before = _before(desk, given)
    return _decided(desk, Remembered(given, known.now, known.promises)) if before is None else before


def explained(desk: Desk, request: DecisionRequest) -> Decision | Decisions:
    """Return the decision on a request as `decided` does, in words too."""
    found = decided(desk, request)
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
    return offers(desk.release, remembered(desk.ledger, desk.release, request).request)


def _decided(desk: Desk, known: Remembered) -> Decision | Decisions:
    """Return the decision on a request that was not decided before."""
    found = decide(desk.release, known.request)
    if isinstance(found, Decision):
        kept, event = _kept(desk, known, found, known.request.ask)
        desk.ledger.append([event])
        return kept
    asks = known.request.asks or ()
    pairs = [_kept(desk, known, one, ask) for one, ask in zip(found.decisions, asks, strict=True)]
    desk.ledger.append([event for _, event in pairs])
    return found.model_copy(update={"decisions": tuple(kept for kept, _ in pairs)})


def _kept(desk: Desk, known: Remembered, decision: Decision, ask: Ask | None) -> tuple[Decision, DecisionEvent]:
    """Return the decision that is given, which keeps an open promise of the same, and its event."""
    assert ask is not None
    release, request = desk.release, known.request
    if not known.promises:
        return decision, decision_event(release, request, decision)
    case = case_of(release, request, decision.id)
    claim = claim_of(release, case, asked_of(release, case, ask))
    try:
        kept = honoured(release, decision, claim, known.promises, partial(_again, desk))
    except CaseGone:
        kept = decision
    if kept is decision:
        return decision, decision_event(release, request, decision)
    assert kept.honours is not None
    return kept, decision_event(release, request, kept, decision_in(desk.ledger, kept.honours))


def again(desk: Desk, event: DecisionEvent) -> Decision:
    """Return a kept decision, decided again under its release; raise `CaseGone` where its customer was erased."""
    return decided_again(desk.released(event.release), event)


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
    given = [again(desk, one) for one in events if one.case]
    if len(given) != len(ids) or not all(map(partial(_same, desk, request), events, given)):
        raise IdTaken(id_)
    if asks is None:
        return given[0]
    worst = max((one.verdict for one in given), key=WORST.index)
    return Decisions(id=id_, verdict=worst if request.all_or_nothing else None, decisions=tuple(given))


def _same(desk: Desk, request: DecisionRequest, event: DecisionEvent, given: Decision) -> bool:
    """Return whether a decision that was given is the one on this request, as far as the caller says it."""
    if event.honours is not None:
        return request.ask is not None and request.ask.action == event.action and request.agent == event.agent
    release = desk.released(event.release)
    kept = kept_case(release, request, case_of(release, request, event.id), given)
    return all(kept.get(name) == event.case.get(name) for name in GIVEN)
