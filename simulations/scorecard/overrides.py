"""Where people do something other than what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.events import DecisionEvent, Event, OutcomeEvent
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Meaning, measure
from simulations.scorecard.calendar import UNKNOWN
from simulations.scorecard.known import Known

MOST_DECISIONS: Final = 1_000_000
"""So many decisions are kept until their outcome comes; of an older one only the outcome is counted."""
MEANING: Final = Meaning(
    "overrides",
    "Decisions overridden",
    "Of the outcomes recorded in the period, those that say that the decision was overridden; by rule, those of the"
    " decisions in which the rule fired, and by reason, of the decisions that gave it.",
    "lower",
    (
        FigureColumn(name="with_reason", title="said why"),
        FigureColumn(name="without_reason", title="did not say why, or it was erased"),
    ),
)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision rested on."""

    action: str
    rules: tuple[str, ...]
    reasons: tuple[str, ...]


class Overrides:
    """Counts overrides by what the decision rested on."""

    kinds = frozenset({"decision", "outcome"})

    def __init__(self, known: Known, most: int = MOST_DECISIONS) -> None:
        """Begin with no decision."""
        self._calendar = known.calendar
        self._most = most
        self._decided: dict[str, Decided] = {}
        self._same: dict[Decided, Decided] = {}
        """Each once, however many decisions rest on the same."""
        self._board = Board(("action",), ("rule",), ("reason",))

    def see(self, event: Event) -> None:
        """Note a decision, or count an outcome."""
        if event.at >= self._calendar.end:
            return
        match event:
            case DecisionEvent():
                decided = Decided(event.action, event.rules, event.reasons)
                self._decided[event.id] = self._same.setdefault(decided, decided)
                if len(self._decided) > self._most:
                    del self._decided[next(iter(self._decided))]
            case OutcomeEvent() if self._calendar.holds(event.at):
                self._outcome(event)
            case _:
                return

    def _outcome(self, event: OutcomeEvent) -> None:
        overridden = event.outcome == "overridden"
        also = (("with_reason" if event.reason.strip() else "without_reason"),) if overridden else ()
        decided = self._decided.get(event.decision)
        self._board.add({"action": UNKNOWN if decided is None else decided.action}, overridden, *also)
        if decided is not None:
            for rule in decided.rules:
                self._board.beside({"rule": rule}, overridden, *also)
            for reason in decided.reasons:
                self._board.beside({"reason": reason}, overridden, *also)

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return the share of outcomes that overrode the decision."""
        lost = tuple(
            f"Ask why decisions by {rule} were overridden: {tally.numerator} of {tally.denominator}"
            for (rule,), tally in self._board.rows("rule", by=lambda tally: tally.numerator)
        )
        return (measure(MEANING, self._board, lost),)
