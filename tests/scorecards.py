"""A small pack and its scorecards, for tests of what is counted."""

from __future__ import annotations

from collections.abc import Iterable

from ledger_events import moment

from engine.release import Release
from schemas.events import Event
from schemas.scorecard import Measure, Part, Period, Scorecard
from simulations.scorecard.scorecard import scorecard

POLICY = """\
currency: EUR
timezone: Europe/Berlin
desks: [care_outreach, plumbers]
actions:
  credit: {title: A credit, amount: money}
authority: {agent: {credit: 20}, boss: {credit: 500}}
rules:
  - {id: late, title: Sorry for the delay, action: credit, when: order.days > 3, allow: {up_to: 50}, because: INS-1}
  - {id: gold, action: credit, when: order.level == "gold", allow: {up_to: 60}, because: [INS-2, DEC-1]}
  - {id: plain, action: credit, when: order.days > 5, allow: {up_to: 5}}
  - {id: say-hello, action: credit, when: order.days > 9, follow_up: {to: care_outreach, what: Say hello.}}
  - {id: fix-it, action: credit, when: order.days > 9, follow_up: {to: plumbers, what: Find the leak.}}
"""
HALF = Period(start=moment("2026-01-01"), end=moment("2026-07-01"))
CASE = {"facts": {"order": {"days": 4}}, "ask": {"action": "credit"}}
"""A request as far as the policy read it."""


def measured(name: str, events: Iterable[Event], *releases: Release, period: Period = HALF) -> Measure:
    """Return one measure of the scorecard of events."""
    return named(scorecard(releases, events, period), name)


def named(card: Scorecard, name: str) -> Measure:
    return next(one for one in card.measures if one.name == name)


def counted(found: Measure | Part) -> tuple[int, int]:
    return found.numerator, found.denominator


def parts(found: Measure, *by: str) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return the counts of one breakdown by its keys."""
    return {part.keys: counted(part) for part in breakdown(found, *by)}


def breakdown(found: Measure, *by: str) -> tuple[Part, ...]:
    return next(one.parts for one in found.breakdowns if one.by == by)
