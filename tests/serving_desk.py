"""A small desk with a memory: credits limited by history and by budgets, a promise, signals; for tests of serving."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ledgers import Place
from packs import write_pack

from api.ledger.opening import open_ledger
from api.ledger.releases import activate, kept_release
from api.ledger.vault import open_vault
from api.serving.desk import Desk
from engine.memory.taking import Taken
from schemas.decision import Decision
from schemas.events import ContactEvent
from schemas.request import Agent, DecisionRequest

NOON = datetime.fromisoformat("2026-03-04T12:00:00+00:00")
FACTS = """\
type: object
properties:
  customer:
    type: object
    properties:
      id: {type: string}
      name: {type: string, pii: true}
      good: {type: boolean}
"""
PACK = """\
currency: EUR
customer_id: customer.id
actions:
  credit:
    title: Credit
    amount: money
    inputs: {about: {type: string, optional: true}}
    promises:
      - {id: paid, due: date(now) + days(3), say: "Paid by {due}."}
  call: {title: Call back}
authority:
  ai: {credit: {each: 10, per_day: 25}}
  agent: {credit: 50, call: true}
  boss: {"*": true}
define:
  taken:
    value: sum(history.filter(h, h.action == "credit" && h.verdict == "approve" && counts(h)).map(h, h.amount))
    means: credits so far
  counts(h): h.outcome != "declined"
rules:
  - id: give
    title: A credit
    action: credit
    when: customer.good
    allow: {up_to: "max(0, LIMIT - taken)"}
    source: Credits 1
    say: {customer: "Here is {amount}, {customer.name}."}
  - id: cause-first
    title: The cause first
    action: credit
    when: signals.again.active
    deny: {waivable_by: boss}
    source: Credits 2
  - id: call-back
    title: Call back
    action: call
    allow: true
    source: Calls 1
events:
  moved: {title: Moved house, fields: {to: {type: string, pii: true}}}
signals:
  again:
    title: The same again
    count: {of: contact, at_least: 3, same: topic}
    within: P14D
    means: "the {ordinal} contact about {about} since {since}"
"""
AGENT = Agent(role="agent", id="kim", team="blue")


def pack(folder: Path, limit: int = 40, **replaced: str) -> Path:
    """Write the pack with a limit on credits over all time; `replaced`: texts in it by others."""
    text = PACK.replace("LIMIT", str(limit))
    for old, new in replaced.items():
        text = text.replace(old, new)
    return write_pack(folder, text, facts=FACTS)


@contextmanager
def opened(place: Place, folder: Path) -> Iterator[Desk]:
    """Yield the desk of a pack with its ledger at a place, and a key store beside it."""
    keys = f"sqlite:///{place.folder}/keys.db"
    with open_vault(keys, {}) as vault, open_ledger(place.url, vault) as ledger:
        yield Desk(ledger, activate(ledger, folder, NOON, AGENT), partial(kept_release, ledger))


def asked(id_: str | None = None, amount: str | None = "20", at: datetime = NOON, **more: Any) -> DecisionRequest:
    """Return a request for a credit."""
    customer = {"id": more.pop("customer", "C-1"), "name": "Ada", "good": more.pop("good", True)}
    ask = more.pop("ask", {"action": "credit"} if amount is None else {"action": "credit", "amount": amount})
    agent = more.pop("agent", AGENT)
    given = {"id": id_, "now": at.isoformat(), "agent": agent, "facts": {"customer": customer}, "ask": ask, **more}
    return DecisionRequest.model_validate(given)


def taken(id_: str, outcome: Any = "accepted", at: datetime = NOON, **more: Any) -> Taken:
    """Return an outcome, a minute later."""
    return Taken(id_, outcome, at + timedelta(minutes=1), **more)


def contact(number: int, topic: str = "router", customer: str = "C-1") -> ContactEvent:
    """Return a contact, the first an hour ago, each other an hour earlier."""
    at = NOON - timedelta(hours=number)
    return ContactEvent(id=f"contact-{number}", at=at, customer=customer, topic=topic)


def one(decision: object) -> Decision:
    """Return a decision on one ask."""
    assert isinstance(decision, Decision)
    return decision
