"""Whether a customer who is refused something is offered something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.events import ApprovalEvent, DecisionEvent, Event, GrantEvent
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Keys, Meaning, measure
from simulations.scorecard.known import Known

MEANING: Final = Meaning(
    "refusals_with_alternative",
    "Refusals given with an alternative",
    "Of the decisions in the period that refused, those that offered another action; refused is what was declined, and"
    " what was escalated with nothing of it granted by the same role before somebody higher up answered.",
    columns=(
        FigureColumn(name="final", title="final"),
        FigureColumn(name="escalated", title="escalated"),
    ),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An escalation that nobody has answered yet."""

    keys: Keys
    role: str | None
    alternative: bool


class Refusals:
    """Counts refusals, and the escalations that were refusals once it is known."""

    kinds = frozenset({"decision", "approval", "grant"})

    def __init__(self, known: Known) -> None:
        """Begin with none."""
        self._calendar = known.calendar
        self._waiting: dict[str, Waiting] = {}
        self._board = Board(("action",), ("verdict",), ("quarter",))

    def see(self, event: Event) -> None:
        """Count a refusal, or what was granted after all."""
        match event:
            case DecisionEvent() if self._calendar.holds(event.at):
                self._decided(event)
            case ApprovalEvent() if event.decision in self._waiting and event.at < self._calendar.end:
                self._refused(self._waiting.pop(event.decision))
            case GrantEvent() if event.decision in self._waiting and event.at < self._calendar.end:
                waiting = self._waiting.pop(event.decision)
                if waiting.role != event.agent.role:
                    self._refused(waiting)
            case _:
                return

    def _decided(self, event: DecisionEvent) -> None:
        quarter = self._calendar.quarter(event.at)
        keys = {"action": event.action, "verdict": event.verdict, "quarter": quarter}
        if event.verdict == "decline":
            self._board.add(keys, bool(event.alternatives), *(("final",) if event.final else ()))
        elif event.verdict == "escalate":
            self._waiting[event.id] = Waiting(keys, event.agent.role, bool(event.alternatives))

    def _refused(self, waiting: Waiting) -> None:
        self._board.add(waiting.keys, waiting.alternative, "escalated")

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return the share of refusals with an alternative."""
        for waiting in self._waiting.values():
            self._refused(waiting)
        self._waiting.clear()
        lost = tuple(
            f"Say what to offer instead of {action}: {tally.missed} of {tally.denominator} refusals had nothing"
            for (action,), tally in self._board.rows("action", by=lambda tally: tally.missed)
        )
        return (measure(MEANING, self._board, lost),)
