"""Approvals that were asked for, as they stand: each by itself, and those that somebody looks for, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, Literal, TypeAlias

from api.ledger.reading import Query, Reader
from api.serving.approving import word_in
from api.serving.timeline import Place
from engine.backends.times import DAY
from engine.memory.moments import moment_at
from schemas.answers import Approval
from schemas.events import ApprovalEvent, ApprovalRequestEvent

State: TypeAlias = Literal["open", "approved", "rejected", "expired"]
WEEK: Final = 7 * DAY
"""Microseconds that are looked through first, twice as many each time that they do not do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which approvals are looked for: those that fit all that is given."""

    packs: frozenset[str]
    customer: str | None = None
    rung: str | None = None
    state: State | None = None
    behind: Place | None = None


def state_of(request: ApprovalRequestEvent, word: ApprovalEvent | None, now: datetime) -> State:
    """Return how it stands with an approval."""
    if word is not None:
        return "approved" if word.approved else "rejected"
    return "expired" if now >= request.expires else "open"


def approval_of(request: ApprovalRequestEvent, word: ApprovalEvent | None, now: datetime) -> Approval:
    """Return an approval as it stands."""
    return Approval(
        id=request.id,
        decision=request.decision,
        pack=request.pack or "",
        action=request.action,
        rung=request.rung,
        amount=request.amount,
        currency=request.currency,
        asked_by=request.agent.id,
        asked=request.at,
        expires=request.expires,
        note=request.note,
        state=state_of(request, word, now),
        answered_by=None if word is None else word.agent.id,
        answered_rung=None if word is None else word.rung,
        answered=None if word is None else word.at,
        reason="" if word is None else word.reason,
    )


def listed(reader: Reader, wanted: Wanted, now: datetime, most: int) -> tuple[list[Approval], Place | None]:
    """Return the newest approvals that are wanted, and the place behind the last where there are more."""
    with reader.at_once() as together:
        found = list(islice(_found(together, wanted, now), most + 1))
    last = found[most - 1] if len(found) > most else None
    return found[:most], None if last is None else Place(moment_at(last.asked), last.id)


def _found(reader: Reader, wanted: Wanted, now: datetime) -> Iterator[Approval]:
    """Yield all approvals that are wanted, newest first."""
    for request in _asked(reader, wanted, moment_at(now)):
        fits = request.pack in wanted.packs and wanted.rung in (None, request.rung)
        if not fits or (wanted.state == "open" and now >= request.expires):
            continue
        found = approval_of(request, word_in(reader, request.id), now)
        if wanted.state in (None, found.state):
            yield found


def _asked(reader: Reader, wanted: Wanted, now: int) -> Iterator[ApprovalRequestEvent]:
    """Yield what was asked, newest first, read in spans of time that grow as they go back.

    Nobody answers any more what was asked for a customer who was erased.
    """
    behind, span = wanted.behind, WEEK
    until = None if behind is None else behind.at + 1
    since = (now if behind is None else behind.at) + 1
    while since > 0:
        since -= span
        query = Query(kinds=("approval_request",), customer=wanted.customer, since=since, until=until)
        found = [one.event for one in reader.events(query) if not one.erased]
        requests = [one for one in found if isinstance(one, ApprovalRequestEvent)]
        for one in sorted(requests, key=Place.of, reverse=True):
            if behind is None or Place.of(one) < behind:
                yield one
        until, span = since, 2 * span
