"""What employees think of each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from schemas.events import DecisionEvent, Event, FeedbackEvent
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Meaning, measure
from simulations.scorecard.known import Known

MEANING: Final = Meaning(
    "rules_that_help",
    "Rules that help, as employees say",
    "Of the employees' feedback in the period that says whether a rule helps, that which says it does; what customers"
    " say of a rule stands beside it, and how many decisions in the period it fired in.",
    columns=(
        FigureColumn(name="neither", title="say neither"),
        FigureColumn(name="customers_helped", title="customers it helps"),
        FigureColumn(name="customers_not_helped", title="customers it does not help"),
        FigureColumn(name="fired", title="fired"),
    ),
)
BY: Final = ("rule",)


class Feedback:
    """Counts feedback by rule, and how often each rule fired."""

    kinds = frozenset({"feedback", "decision"})

    def __init__(self, known: Known) -> None:
        """Begin with none."""
        self._known = known
        self._fired: Counter[str] = Counter()
        self._board = Board(BY)

    def see(self, event: Event) -> None:
        """Count what somebody said of a rule."""
        if not self._known.calendar.holds(event.at):
            return
        match event:
            case DecisionEvent():
                self._fired.update(event.rules)
            case FeedbackEvent(by="employee"):
                self._board.add({"rule": event.rule}, event.helps, *(("neither",) if event.helps is None else ()))
            case FeedbackEvent(helps=bool(helps)):
                self._board.add({"rule": event.rule}, None, "customers_helped" if helps else "customers_not_helped")
            case _:
                return

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return what employees say of rules."""
        rows = self._board.tables[BY]
        for (rule,), tally in rows.items():
            tally.title = self._known.title(rule)
            tally.counts["fired"] = self._fired[rule]
        self._board.total.counts["fired"] = sum(self._fired[rule] for (rule,) in rows)
        lost = tuple(
            f"Ask those who work with {rule} what would help: most say that it does not"
            for (rule,), tally in sorted(rows.items())
            if 2 * tally.numerator < tally.denominator
        )
        return (measure(MEANING, self._board, lost),)
