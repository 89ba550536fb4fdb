"""Whether both sides gain by what is granted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from schemas.events import Event, GrantEvent
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Meaning, Tally, measure
from simulations.scorecard.calendar import UNKNOWN
from simulations.scorecard.known import Known
from simulations.scorecard.sums import number

MEANING: Final = Meaning(
    "mutual_grants",
    "Grants by which both sides gain",
    "Of the grants in the period of which it is known what they mean to both sides, those that the customer gains by"
    " and the company does not lose by; the net gain is the company's gain less its cost, where both are known.",
    columns=(
        FigureColumn(name="not_known", title="not known"),
        FigureColumn(name="company_gain", title="company's gain", unit="money"),
        FigureColumn(name="company_cost", title="company's cost", unit="money"),
        FigureColumn(name="net_gain", title="net gain", unit="money"),
        FigureColumn(name="customer_value", title="worth to customers", unit="money"),
        FigureColumn(name="unpriced", title="without gain or cost"),
    ),
)


class Grants:
    """Counts grants, and what they mean in money."""

    kinds = frozenset({"grant"})

    def __init__(self, known: Known) -> None:
        """Begin with no grant."""
        self._known = known
        self._board = Board(("pack", "currency"), ("pack", "currency", "action"), ("quarter",))

    def see(self, event: Event) -> None:
        """Count a grant."""
        if not isinstance(event, GrantEvent) or not self._known.calendar.holds(event.at):
            return
        keys = {
            "pack": event.pack or UNKNOWN,
            "currency": self._known.currency(event.pack),
            "action": event.action,
            "quarter": self._known.calendar.quarter(event.at),
        }
        money = dict(_money(event))
        not_known = ("not_known",) if event.mutual is None else ()
        unpriced = () if "net_gain" in money else ("unpriced",)
        self._board.add(keys, event.mutual, *not_known, *unpriced)
        for name, amount in money.items():
            self._board.pay(keys, name, amount)

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return the share of grants by which both sides gain."""
        lost = tuple(
            f"See what {action} could be given for: one side loses by {tally.missed} of {tally.denominator} grants"
            for (_, _, action), tally in self._board.rows("pack", "currency", "action", by=_mostly_missed)
        )
        return (measure(MEANING, self._board, lost),)


def _mostly_missed(tally: Tally) -> int:
    """Return how many were missed, where they are more than half."""
    return tally.missed if 2 * tally.missed > tally.denominator else 0


def _money(event: GrantEvent) -> Iterator[tuple[str, Decimal]]:
    """Yield what is known of a grant's money."""
    gain, cost, value = number(event.company_gain), number(event.company_cost), number(event.customer_value)
    for name, amount in (("company_gain", gain), ("company_cost", cost), ("customer_value", value)):
        if amount is not None:
            yield name, amount
    if gain is not None and cost is not None:
        yield "net_gain", gain - cost
