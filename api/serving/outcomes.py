"""What a customer answers to an offer, checked again and written down in one step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from api.ledger.reading import Transaction
from api.ledger.stored import Stored
from api.serving.deciding import decision_in
from api.serving.desk import Desk
from api.serving.problems import AlreadyGranted, HistoryTooLong, NoLongerGranted
from api.serving.remembering import binding, granted_lately
from engine.memory.beside import as_given
from engine.memory.history import history_of
from engine.memory.moments import moment_at
from engine.memory.problems import CaseGone
from engine.memory.promises import OFFER, entries_of, promises_of, standing
from engine.memory.rechecking import Present, still_grantable
from engine.memory.taking import Taken, checked, grants, outcome_events
from engine.release import Release
from schemas.decision import Decision
from schemas.events import ApprovalEvent, DecisionEvent, Event, GrantEvent, OutcomeEvent, PromiseMadeEvent
from schemas.request import Agent


def settled(desk: Desk, decision: str, taken: Taken) -> list[Event]:
    """Return what an outcome of a decision leaves behind, once that is in the ledger.

    An offer that is accepted, or is to stand, is checked again with what was granted meanwhile, and nothing is granted
    between that and the writing. What somebody higher up approved is checked as they may grant it, and granted to their
    account. The same outcome sent again is done. Raises `UnknownDecision`, `NoLongerGranted`, `AlreadyGranted`,
    `OutcomeProblem` where the decision cannot have it, `CaseGone` where its customer was erased, `LedgerProblem`.
    """
    return desk.ledger.transact(lambda reader: _settled(desk, reader, decision, taken))


def _settled(desk: Desk, reader: Transaction, decision: str, taken: Taken) -> tuple[Event, ...]:
    event = decision_in(reader, decision)
    if not event.case:
        raise CaseGone("the customer of this decision was erased")
    release = desk.released(event.release)
    if taken.agent == Agent():
        taken = replace(taken, agent=event.agent)
    checked(release, event, taken)
    stored = _on(reader, event)
    known = [one.event for one in stored]
    if (before := reader.one(taken.id)) is not None:
        taken = _as_sent(taken, before.event, known)
        known = [one.event for one in stored if one.seq < before.seq]
    elif grants(event, taken):
        if event.honours is None and any(isinstance(one, GrantEvent) for one in known):
            raise AlreadyGranted(decision)
        if taken.outcome == "accepted":
            taken = replace(taken, account=_account(reader, release, event, taken, known))
    found = outcome_events(release, event, taken, known)
    for one in found if before is None else ():
        if isinstance(one, PromiseMadeEvent) and one.promise == OFFER:
            _account(reader, release, event, replace(taken, amount=one.amount), known)
    return found


def _as_sent(taken: Taken, before: Event, known: Iterable[Event]) -> Taken:
    """Return an outcome that is sent again as it was written: at the moment of then, to the account of then."""
    grants = (one.agent for one in known if isinstance(one, GrantEvent) and one.id == f"{taken.id}.grant")
    at = before.at if isinstance(before, OutcomeEvent) else taken.at
    return replace(taken, at=at, account=next(grants, None))


def known_of(reader: Transaction, event: DecisionEvent) -> list[Event]:
    """Return what happened on a decision, on the one whose promise it keeps, and on the offers that stood by it."""
    return [one.event for one in _on(reader, event)]


def _on(reader: Transaction, event: DecisionEvent) -> list[Stored]:
    ids = dict.fromkeys((event.honours or event.id, event.id))
    found = [one for id_ in ids for one in reader.on(id_)]
    offers = (one.event for one in found if isinstance(one.event, PromiseMadeEvent) and one.event.promise == OFFER)
    return [*found, *(one for offer in offers for one in reader.on(offer.id))]


def _account(
    reader: Transaction, release: Release, event: DecisionEvent, taken: Taken, known: Iterable[Event]
) -> Agent:
    """Return by whose authority what is taken may be granted still: of who approved it, else of who asked.

    What keeps a promise, or stands, is given whatever happened since. Raises `NoLongerGranted` where neither may.
    """
    approved = [one.agent for one in known if isinstance(one, ApprovalEvent) and one.approved]
    if event.honours is not None:
        return (*approved, _asker(decision_in(reader, event.honours), taken))[0]
    refused: list[Decision] = []
    for higher in (*approved, None):
        again = still_grantable(release, event, taken.amount, present(reader, release, event, taken.at, higher))
        if again.covered:
            return higher or _asker(event, taken)
        refused.append(again.decision)
    if approved and _stands(release, event, taken, known):
        return approved[0]
    raise NoLongerGranted(refused[0])


def _stands(release: Release, event: DecisionEvent, taken: Taken, known: Iterable[Event]) -> bool:
    """Return whether an offer stands now that is of as much as is taken."""
    amount = event.amount if taken.amount is None else taken.amount
    made = promises_of(known, release.policy.conventions.zone, moment_at(taken.at))
    words = [one.event.amount for one in made if one.offer and one.state == "open"]
    return any(word is None or amount is None or Decimal(amount) <= Decimal(word) for word in words)


def _asker(event: DecisionEvent, taken: Taken) -> Agent:
    """Return who was told that they may grant it; where nobody knows who that was, who says that it was taken."""
    nameless = event.agent.id is None and event.agent.team is None
    return taken.agent if nameless else event.agent


def present(
    reader: Transaction, release: Release, event: DecisionEvent, at: datetime, higher: Agent | None = None
) -> Present:
    """Return what the ledger knows when an offer is taken, or approved by somebody higher up.

    All that was written on the customer counts, what happened at a later moment too: it was granted before this is.
    """
    now = moment_at(at)
    granted = as_given(release, "granted", granted_lately(reader, release, higher or event.agent, now))
    if event.customer is None:
        return Present(now, granted=granted, agent=higher)
    events = binding(reader, event.customer)
    if events is None:
        raise HistoryTooLong
    promises = promises_of(events, release.policy.conventions.zone, now)
    return Present(
        now,
        history=history_of(events, release, max([now, *(one.at for one in events)])),
        promises=entries_of(promises, release),
        granted=granted,
        standing=standing(promises),
        agent=higher,
    )
