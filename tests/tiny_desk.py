"""A small service desk whose rules take every kind of condition, for tests of what decisions say."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from packs import write_pack

from engine.decide import decide
from engine.explain import explain
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.request import DecisionRequest

LANGUAGES = ("en", "de")
HEADER = """\
pack: tiny
title: Tiny desk
currency: USD
language: {language}
timezone: America/New_York
calendar: US
ladder: [ai_agent, agent, supervisor]
desks: [safety_team]
authority:
  ai_agent:
    voucher: 20
    cancel: true
    upgrade: true
    refund: true
  agent:
    voucher: 100
  supervisor:
    "*": true
"""
PACK = """\
params:
  gesture: 300
  window: 24
  fee:
    2024-01-01: 10
    2024-07-01: 0

define:
  recently:
    value: now - reservation.created_at <= hours(params.window)
  valued:
    value: customer.member in ["silver", "gold"] || reservation.insured
    means: the customer is a silver or gold member, or insured
  loyal:
    value: months_between(customer.since, now) >= 36
    means: the customer has been with us for three years
  vouchers: history.count(h, h.action == "voucher" && h.at > now - days(30))

actions:
  cancel:
    title: Cancel the trip
    instead: [voucher]
    otherwise:
      reason: no_ground
      say: I'm sorry, I can't cancel this trip.
    promises:
      - {id: refunded, due: business_days(3), say: "Your money is back by {due}."}
  voucher:
    title: Travel voucher
    amount: money
    company_gain: 500
    inputs:
      why: {enum: [long_wait, lost_bag], question: What went wrong?}
      note: {type: string, default: none}
    terms:
      valid_until: add_months(date(now), 12)
  upgrade:
    title: Seat upgrade
    proactive: false
    inputs:
      flight: {type: string}
  refund:
    title: Refund of the fare
    amount: money
    proactive: false

rules:
  - id: cancel-soon
    title: Booked just now
    action: cancel
    when: recently
    allow: true
    source: Terms §1
    because: INS-1
    say: That's done, your trip is cancelled.
  - id: cancel-insured
    title: Insured
    action: cancel
    when: reservation.insured
    allow: true
  - id: cancel-when-cancelled
    title: We cancelled a flight
    action: cancel
    when: reservation.segments.exists(s, s.status == "cancelled")
    allow: true
  - id: cancel-flown
    title: The trip has begun
    action: cancel
    when: reservation.segments.exists(s, s.status == "landed")
    deny: final
    say: Part of the trip is behind you, so nobody can cancel it.
  - id: voucher-for-all
    title: A gesture
    action: voucher
    when: vouchers == 0
    allow:
      up_to: params.gesture
    say:
      customer: "You get {amount}, valid until {valid_until}."
      agent: "Say sorry first. The most is {params.gesture}, or ${params.gesture}."
  - id: voucher-cap
    title: No more than the fare
    action: voucher
    cap:
      at_most: reservation.paid
      waivable_by: supervisor
  - id: voucher-safety
    title: Threats go to safety
    action: voucher
    when: customer.threat
    refer: safety_team
    reason: threat
  - id: voucher-talk
    title: The end of the membership
    action: voucher
    when: has(customer.until)
    tell:
      about: upgrade
      due: customer.until
    say: "Your membership runs until {due}."
  - id: voucher-review
    title: Look into long waits
    action: voucher
    when: ask.why == "long_wait"
    follow_up:
      to: quality
      what: Find out why the wait was so long.
      due: business_days(5)
  - id: upgrade-free-seats
    title: Seats on every flight
    action: upgrade
    when:
      - reservation.segments.all(s, s.status == "available" && s.seats >= 2)
      - valued
      - any:
          - loyal
          - customer.needs.exists(n, n == "wheelchair")
    unless: reservation.cabin == "business"
    allow: true
    require:
      - confirm: The customer says yes to the new seats.
  - id: refund-new-rules
    title: The new refund rules
    action: refund
    when: reservation.insured
    allow:
      up_to: max(0, reservation.paid - params.fee)
    effective:
      from: 2024-06-01

checks:
  - action: upgrade
    needs:
      - reason: too_late
        title: Asked in time
        need: has(reservation.departs) && reservation.departs >= now + hours(2)
        source: Terms §7
        waivable_by: supervisor
"""
FACTS = """\
type: object
properties:
  reservation:
    type: object
    properties:
      created_at: {type: string, format: date-time}
      departs: {type: [string, "null"], format: date-time, question: When does it leave?}
      cabin: {enum: [basic_economy, economy, business]}
      insured: {type: boolean, default: false}
      paid: {format: money, title: The fare that was paid}
      segments:
        type: array
        items:
          type: object
          properties:
            flight_number: {type: string}
            status: {enum: [available, landed, cancelled]}
            seats: {type: integer}
  customer:
    type: object
    properties:
      member: {enum: [none, silver, gold], title: Membership}
      since: {type: string, format: date, title: Customer since}
      until: {type: [string, "null"], format: date}
      needs: {type: array, items: {enum: [wheelchair, diet]}, pii: true, title: Needs}
      threat: {type: boolean, title: Threatened somebody, question: Was anybody threatened?}
"""
NOW = "2024-05-15T15:00:00"
BOOKED_YESTERDAY = {
    "reservation": {
        "created_at": "2024-05-14T08:00:00",
        "departs": "2024-05-16T09:00:00",
        "cabin": "basic_economy",
        "paid": "250.50",
        "segments": [
            {"flight_number": "HAT162", "status": "available", "seats": 4},
            {"flight_number": "HAT143", "status": "available", "seats": 3},
        ],
    },
    "customer": {"member": "none", "since": "2023-05-15", "until": None, "needs": [], "threat": False},
}


@cache
def desk(language: str = "en") -> Release:
    """Return the desk's release in a language."""
    folder = write_pack(Path(mkdtemp()) / "tiny", "", facts=FACTS)
    (folder / "pack.yaml").write_text(HEADER.format(language=language) + PACK, encoding="utf-8")
    return load_release(folder)


def request(action: str, facts: dict[str, Any] | None = None, **ask: Any) -> DecisionRequest:
    """Return a request of an agent for an action; `facts` change those of a booking of yesterday."""
    body = {
        "agent": {"role": ask.pop("role", "agent")},
        "now": ask.pop("now", NOW),
        "facts": changed(BOOKED_YESTERDAY, facts or {}),
        "history": ask.pop("history", []),
        "ask": {"action": action, **ask},
    }
    return DecisionRequest.model_validate_json(json.dumps({key: one for key, one in body.items() if one is not ...}))


def changed(facts: dict[str, Any], by: dict[str, Any]) -> dict[str, Any]:
    """Return the facts with some of them changed, and those set to `...` taken out."""
    inner = {
        key: changed(facts[key], one) if isinstance(one, dict) and isinstance(facts.get(key), dict) else one
        for key, one in by.items()
    }
    return {key: one for key, one in {**facts, **inner}.items() if one is not ...}


def explained(one: DecisionRequest, release: Release | None = None) -> Decision:
    """Return the explained decision on a request."""
    release = release or desk()
    decision = decide(release, one)
    assert isinstance(decision, Decision)
    return explain(release, one, decision)


def told(action: str, facts: dict[str, Any] | None = None, **ask: Any) -> Decision:
    """Return the explained decision on an action."""
    return explained(request(action, facts, **ask))


def conditions(decision: Decision, rule: str) -> list[str]:
    """Return the texts of the conditions that stood in the way in one rule."""
    return [one.text for cause in decision.why_not if cause.rule == rule for one in cause.conditions]
