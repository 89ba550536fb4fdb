"""Whether customers are contacted unasked where that was recommended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from schemas.events import DecisionEvent, Event, OutreachEvent
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Meaning, measure
from simulations.scorecard.calendar import UNKNOWN
from simulations.scorecard.known import Known

MEANING: Final = Meaning(
    "outreach",
    "Outreach done where it was recommended",
    "Of the customers, by kind, for whom a decision in the period carried the signal or follow-up that recommends"
    " outreach, those contacted unasked for that reason afterwards and before the period ended; what recommends it is"
    " any reason that an outreach has named, and every rule that gives a follow-up to an `outreach` desk.",
    columns=(FigureColumn(name="made", title="outreach made"),),
)


class Outreach:
    """Counts customers to be contacted unasked, and those who were."""

    kinds = frozenset({"decision", "outreach"})

    def __init__(self, known: Known) -> None:
        """Begin with nobody."""
        self._calendar = known.calendar
        self._kinds = {rule.id for rule in known.rules if rule.outreach}
        self._due: dict[tuple[str, str], datetime] = {}
        """By kind and customer: since when."""
        self._done: dict[tuple[str, str], datetime] = {}
        """By kind and customer: when last."""
        self._made: Counter[str] = Counter()
        self._about: Counter[tuple[str, str]] = Counter()

    def see(self, event: Event) -> None:
        """Note a recommendation, or an outreach."""
        if event.at >= self._calendar.end:
            return
        match event:
            case DecisionEvent():
                self._recommend(event)
            case OutreachEvent():
                self._reach(event)
            case _:
                return

    def _recommend(self, event: DecisionEvent) -> None:
        if event.customer is None or not self._calendar.holds(event.at):
            return
        for kind in {*event.signals, *event.follow_ups}:
            key = (kind, event.customer)
            self._due[key] = min(event.at, self._due.get(key, event.at))

    def _reach(self, event: OutreachEvent) -> None:
        if event.reason is not None:
            self._kinds.add(event.reason)
            if event.customer is not None:
                key = (event.reason, event.customer)
                self._done[key] = max(event.at, self._done.get(key, event.at))
        if self._calendar.holds(event.at):
            self._made[event.reason or UNKNOWN] += 1
            self._about[event.reason or UNKNOWN, event.about] += 1

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return how much of the outreach that was recommended was done."""
        board = Board(("kind",), ("kind", "about"))
        for (kind, customer), since in self._due.items():
            if kind in self._kinds:
                done = self._done.get((kind, customer))
                board.add({"kind": kind}, done is not None and done >= since)
        for (kind, about), count in self._about.items():
            for _ in range(count):
                board.add({"kind": kind, "about": about}, None, "made")
        lost = tuple(
            f"Contact the customers not yet reached for {kind}: {tally.missed} of {tally.denominator}"
            for (kind,), tally in board.rows("kind", by=lambda tally: tally.missed)
        )
        return (measure(MEANING, board, lost),)
