"""What a customer answers to an offer, checked again and written down in one step."""

from __future__ import annotations

from dataclasses import replace

from api.ledger.reading import Transaction
from api.serving.deciding import decision_in
from api.serving.desk import Desk
from api.serving.problems import AlreadyGranted, HistoryTooLong, NoLongerGranted
from api.serving.remembering import binding, granted_lately
from engine.memory.history import history_of
from engine.memory.moments import moment_at
from engine.memory.promises import entries_of, promises_of, standing
from engine.memory.rechecking import Present, still_grantable
from engine.memory.taking import Taken, checked, grants, outcome_events
from engine.release import Release
from schemas.events import DecisionEvent, Event, GrantEvent
from schemas.request import Agent


def settled(desk: Desk, decision: str, taken: Taken) -> list[Event]:
    """Return what an outcome of a decision leaves behind, once that is in the ledger.

    An offer that is accepted is checked again with what was granted meanwhile, and nothing is granted between that and
    the writing. The same outcome sent again is done. Raises `UnknownDecision`, `NoLongerGranted`, `AlreadyGranted`,
    `OutcomeProblem` where the decision cannot have it, `CaseGone` where its customer was erased, `LedgerProblem`.
    """
    return desk.ledger.transact(lambda reader: _settled(desk, reader, decision, taken))


def _settled(desk: Desk, reader: Transaction, decision: str, taken: Taken) -> tuple[Event, ...]:
    event = decision_in(reader, decision)
    release = desk.released(event.release)
    if taken.agent == Agent():
        taken = replace(taken, agent=event.agent)
    checked(release, event, taken)
    known = _known(reader, event)
    if reader.one(taken.id) is None and grants(event, taken) and event.honours is None:
        if any(isinstance(one, GrantEvent) for one in known):
            raise AlreadyGranted(decision)
        if taken.outcome == "accepted":
            _check(reader, release, event, taken)
    return outcome_events(release, event, taken, [one for one in known if not _led_to(taken, one)])


def _led_to(taken: Taken, event: Event) -> bool:
    """Return whether an event is the outcome, or one that it led to when it was written before."""
    return event.id == taken.id or event.id.startswith(f"{taken.id}.")


def _known(reader: Transaction, event: DecisionEvent) -> list[Event]:
    """Return what happened on a decision, and on the one whose promise it keeps."""
    ids = dict.fromkeys((event.honours or event.id, event.id))
    return [one.event for id_ in ids for one in reader.on(id_)]


def _check(reader: Transaction, release: Release, event: DecisionEvent, taken: Taken) -> None:
    """Raise `NoLongerGranted` unless what is taken may be granted still."""
    again = still_grantable(release, event, taken.amount, _present(reader, release, event, taken))
    if not again.covered:
        raise NoLongerGranted(again.decision)


def _present(reader: Transaction, release: Release, event: DecisionEvent, taken: Taken) -> Present:
    """Return what the ledger knows at the moment at which an offer is taken."""
    now = moment_at(taken.at)
    granted = granted_lately(reader, release, event.agent, now)
    if event.customer is None:
        return Present(now, granted=granted)
    events = binding(reader, event.customer)
    if events is None:
        raise HistoryTooLong
    promises = promises_of(events, release.policy.conventions.zone, now)
    return Present(
        now,
        history=history_of(events, release, now),
        promises=entries_of(promises, release),
        granted=granted,
        standing=standing(promises),
    )
