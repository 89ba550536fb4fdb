"""A tiny pack with events and signals of every form, and what happens to its customers."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from packs import write_pack

from engine.decide import decide
from engine.explain import explain
from engine.problems import RequestError
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.request import DecisionRequest

PACK = """\
timezone: Europe/Berlin
actions: {credit: {amount: money, title: Credit}, call: {kind: contact, title: A call}}
events:
  outage: {title: An outage, fields: {service: {type: string}, share: {type: number}, cost: {format: money}}}
  cancel_request: {fields: {service: {type: string, pii: true}}}
  paid: {fields: {by: {enum: [card, debit]}, on: {type: string, format: date}, note: {type: [string, "null"]}}}
signals:
  repeat_contact:
    title: The same problem again
    count: {of: contact, at_least: 3, same: topic}
    within: P14D
    means: "the {ordinal} contact about the {about} since {since}"
  leaving:
    title: Leaving after an outage
    sequence: {first: {of: outage, where: {cost: [20.5, 30]}}, then: cancel_request, same: service}
    within: P30D
    lasting: P60D
    means: "{count} times a cancellation after an outage, last on {last}"
  broken_promise:
    after: promise_made
    missing: promise_kept
    same: promise
    within: due
    lasting: P90D
  quiet:
    missing: [contact, outreach]
    within: P365D
    means: nobody spoke with the customer for a year
  at_risk:
    when: [repeat_contact, broken_promise]
rules:
  - {id: credit, action: credit, allow: {up_to: 50}, source: x}
  - id: no-more-credits
    title: No more credits
    action: credit
    when: signals.repeat_contact.active
    deny: true
    source: x
  - id: call-back
    title: A call for who was forgotten
    action: call
    when: signals.quiet.active || signals.at_risk.active || signals.leaving.active
    allow: true
    source: x
"""
NOW = "2026-03-06T10:00:00"
CONTACTS = [
    {"kind": "contact", "at": f"2026-03-0{day}T09:00:00", "topic": "router", "id": f"c{day}"} for day in (1, 3, 5)
]


@cache
def desk(text: str = PACK) -> Release:
    """Return the pack, ready to decide."""
    return load_release(write_pack(Path(mkdtemp()) / "tiny", text))


def request(action: str = "credit", **more: Any) -> DecisionRequest:
    """Return a request for an action."""
    return DecisionRequest.model_validate(
        {"now": NOW, "agent": {"role": "agent"}, "ask": {"action": action}, "history": [], **more}
    )


def decided(action: str = "credit", release: Release | None = None, **more: Any) -> Decision:
    """Return the decision on a request, with its why."""
    of, asked = release or desk(), request(action, **more)
    decision = explain(of, asked, decide(of, asked))
    assert isinstance(decision, Decision)
    return decision


def refused(**more: Any) -> list[str]:
    """Return what is wrong with a request, a line each."""
    try:
        decide(desk(), request(**more))
    except RequestError as problem:
        return [f"{one.pointer}: {one.code}: {one.detail}; {one.help}".rstrip("; ") for one in problem.problem.errors]
    return []
