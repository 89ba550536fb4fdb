"""Whether new customers are asked why they chose us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from schemas.events import ContactEvent, DecisionEvent, Event
from schemas.scorecard import Measure
from simulations.scorecard.board import Board, Meaning, measure
from simulations.scorecard.gauge import KINDS
from simulations.scorecard.known import Known

SIGNAL: Final = "new_customer"
NAME: Final = "new_customers_asked"
TITLE: Final = "New customers asked why they chose us"
BY_FIRST: Final = Meaning(
    NAME,
    TITLE,
    "Of the customers whose first event lies in the period, those who were asked in a contact why they chose us before"
    " it ended.",
)
BY_SIGNAL: Final = replace(
    BY_FIRST,
    definition=f"Of the customers with a decision in the period that carried the signal `{SIGNAL}`, those who were"
    " asked in a contact why they chose us before it ended.",
)


@dataclass(slots=True)
class Newcomer:
    """A customer: when they were first seen, when first seen to be new in the period, and whether they were asked."""

    first: datetime
    signalled: datetime | None = None
    asked: bool = False


class Newcomers:
    """Keeps a few bytes for each customer: only so is it known who is new."""

    kinds = KINDS

    def __init__(self, known: Known) -> None:
        """Begin with nobody."""
        self._calendar = known.calendar
        self._customers: dict[str, Newcomer] = {}
        self._signalled = False

    def see(self, event: Event) -> None:
        """Note who was there, and who was asked."""
        if event.customer is None or event.at >= self._calendar.end:
            return
        one = self._customers.get(event.customer)
        if one is None:
            one = self._customers[event.customer] = Newcomer(event.at)
        one.first = min(one.first, event.at)
        match event:
            case ContactEvent():
                one.asked |= event.asked_why
            case DecisionEvent() if SIGNAL in event.signals:
                self._signal(one, event.at)
            case _:
                return

    def _signal(self, one: Newcomer, at: datetime) -> None:
        self._signalled = True
        if self._calendar.holds(at):
            one.signalled = at if one.signalled is None else min(one.signalled, at)

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return the share of those asked, by the quarter in which they became customers."""
        board = Board(("quarter",))
        for one in self._customers.values():
            since = one.signalled if self._signalled else one.first
            if since is not None and self._calendar.holds(since):
                board.add({"quarter": self._calendar.quarter(since)}, one.asked)
        missed = board.total.missed
        lost = (
            (f"Ask the new customers who were not asked yet: {missed} of {board.total.denominator}",) if missed else ()
        )
        return (measure(BY_SIGNAL if self._signalled else BY_FIRST, board, lost),)
