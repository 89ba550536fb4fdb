"""What happened to demonstration customers before, put into the ledger as any desk puts it there."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import orjson

from api.demo.customers import Customer, customer, names
from api.ledger.problems import EventConflict
from api.serving.deciding import decided
from api.serving.desk import Desk
from api.serving.outcomes import settled
from api.serving.problems import IdTaken
from api.serving.recording import event_of, recorded
from engine.memory.taking import Taken
from schemas.request import DecisionRequest


def prepared(desk: Desk, name: str, now: datetime) -> Customer:
    """Return a demonstration customer as of now, whose past is in the ledger: written there once."""
    header = desk.release.policy.pack.header
    found = customer(header.name, name, now, header.timezone)
    # Another process that does the same just now is first with one of them, and does the rest.
    with suppress(EventConflict, IdTaken):
        _remember(desk, found, now)
    return found


def all_prepared(desk: Desk, now: datetime) -> list[Customer]:
    """Return all demonstration customers of a desk."""
    return [prepared(desk, name, now) for name in names(desk.release.policy.pack.header.name)]


def _remember(desk: Desk, found: Customer, now: datetime) -> None:
    """Write what happened to a customer, but for what is in the ledger."""
    for number, event in enumerate(found.events, 1):
        id_ = f"demo-{found.id}-{number}"
        if desk.ledger.one(id_) is None:
            recorded(desk.ledger, desk.release, event_of(orjson.dumps({"id": id_, **event}), now))
    for number, request in enumerate(found.granted, 1):
        id_ = f"demo-{found.id}-granted-{number}"
        if desk.ledger.one(f"{id_}-taken") is None:
            asked = DecisionRequest.model_validate({"id": id_, **request})
            decided(desk, asked)
            assert asked.now is not None
            settled(
                desk, id_, Taken(f"{id_}-taken", "accepted", datetime.fromisoformat(asked.now) + timedelta(minutes=5))
            )
