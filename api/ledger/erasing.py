"""Erasing a customer: their key is destroyed, and with it all that is personal; the chain stays as it was.

The key goes first, with a notice beside it in one transaction, and the ledger's event after it. The other way round, a
crash in between would leave an event that says what is not so. As it is, whoever erases next, or calls `finish`,
writes the event from the notice.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from api.ledger.connecting import reason
from api.ledger.opening import Ledger
from api.ledger.problems import LedgerProblem, LedgerUnavailable
from api.ledger.tables import events
from api.ledger.vault import Vault
from schemas.events import EVENT, ErasureEvent
from schemas.request import Agent


class ErasureRefused(LedgerProblem):
    """An erasure whose own record would name the customer."""

    code = "erasure-refused"

    def __init__(self) -> None:
        super().__init__("the reason holds the customer's id, and is kept in the clear for ever; leave it out")


@dataclass(frozen=True, slots=True)
class Erasure:
    """Who is to be erased, why, and by whom; the reason stays in the clear, so it names nobody."""

    customer: str = field(repr=False)
    reason: str
    at: datetime
    agent: Agent = field(default_factory=Agent)


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of an erasure."""

    event: ErasureEvent | None
    """None: nothing was kept about the customer, or no longer."""
    finished: int
    """Earlier erasures whose event was still to be written."""


def erase(ledger: Ledger, vault: Vault, wanted: Erasure) -> Erased:
    """Destroy the key of a customer, and record that it was done; return once both are durable.

    `LedgerUnavailable` may come after the key is gone: `finish`, or erasing again, then writes what is left.
    """
    if wanted.customer in wanted.reason:
        raise ErasureRefused
    finished = finish(ledger, vault)
    reference = vault.known(wanted.customer)
    if reference is None:
        return Erased(None, finished)
    event = ErasureEvent(
        id=f"erasure-{secrets.token_hex(16)}",
        at=wanted.at,
        agent=wanted.agent,
        events=_count(ledger, reference),
        reason=wanted.reason,
    )
    if vault.destroy(wanted.customer, event.model_dump_json()) is None:
        return Erased(None, finished)
    _tell(ledger, vault, reference, event)
    return Erased(event, finished)


def finish(ledger: Ledger, vault: Vault) -> int:
    """Write the events of keys that were destroyed by a process that ended too soon; return how many."""
    notices = vault.notices()
    if notices:
        vault.scrub()
    for reference, text in notices.items():
        event = EVENT.validate_json(text)
        assert isinstance(event, ErasureEvent)
        _tell(ledger, vault, reference, event)
    return len(notices)


def _tell(ledger: Ledger, vault: Vault, reference: str, event: ErasureEvent) -> None:
    ledger.append([event])
    vault.told(reference)


def _count(ledger: Ledger, reference: str) -> int:
    try:
        with ledger.engine.connect() as connection:
            counted = select(func.count()).select_from(events).where(events.c.customer == reference)
            return int(connection.execute(counted).scalar_one())
    except DBAPIError as error:
        raise LedgerUnavailable(reason(error)) from error
