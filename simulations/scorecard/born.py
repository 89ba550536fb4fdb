"""Where rules come from, and which insights are answered by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from schemas.events import Event, InsightEvent
from schemas.scorecard import FigureColumn, Measure, Unanswered, Unrecorded
from simulations.scorecard.board import Board, Meaning, measure
from simulations.scorecard.insights import Insight, Source, learn, without_record, without_rule
from simulations.scorecard.known import Known, KnownRule

BORN: Final = Meaning(
    "rules_from_customers",
    "Rules born from customer input",
    "Of the rules of the packs, those whose `because` names an insight that came from customers.",
    columns=(
        FigureColumn(name="with_because", title="name anything"),
        FigureColumn(name="from_employees", title="from employees"),
        FigureColumn(name="from_analysis", title="from analysis"),
        FigureColumn(name="not_recorded", title="name what nobody recorded"),
    ),
)
ANSWERED: Final = Meaning(
    "insights_answered",
    "Active insights answered by a rule",
    "Of the insights that are active at the end of the period, those that a rule names under `because`, by the quarter"
    " in which the insight was first recorded.",
)


class Born:
    """Counts rules by the insights that they name, and insights by the rules that name them."""

    kinds = frozenset({"insight"})

    def __init__(self, known: Known) -> None:
        """Begin with no insight."""
        self._known = known
        self._found: dict[str, Insight] = {}
        self._because: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for rule in known.rules:
            self._because[rule.id] += rule.because

    def see(self, event: Event) -> None:
        """Learn an insight."""
        if isinstance(event, InsightEvent) and event.at < self._known.calendar.end:
            learn(self._found, event)

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return the rules born from customers' input, and the insights answered."""
        return (self._born(), self._answered())

    def unanswered(self) -> tuple[Unanswered, ...]:
        """Return the active insights that no rule names, oldest first."""
        quarter = self._known.calendar.quarter
        return tuple(
            Unanswered(insight=one.id, title=one.title, source=one.source, since=quarter(one.came))
            for one in without_rule(self._found, self._because)
        )

    def unrecorded(self) -> tuple[Unrecorded, ...]:
        """Return what rules name and nobody recorded."""
        lost = without_record(self._found, self._because)
        return tuple(Unrecorded(insight=name, rules=rules) for name, rules in lost.items())

    def _born(self) -> Measure:
        board = Board(("pack",))
        for rule in self._known.rules:
            sources = {self._found[name].source for name in rule.because if name in self._found}
            board.add({"pack": rule.pack}, "customer" in sources, *self._also(rule, sources))
        return measure(BORN, board)

    def _also(self, rule: KnownRule, sources: set[Source]) -> list[str]:
        """Return the further figures that a rule counts among."""
        holds = {
            "with_because": bool(rule.because),
            "from_employees": "employee" in sources,
            "from_analysis": "analysis" in sources,
            "not_recorded": any(name not in self._found for name in rule.because),
        }
        return [name for name, held in holds.items() if held]

    def _answered(self) -> Measure:
        board = Board(("quarter",))
        named = {name for rule in self._known.rules for name in rule.because}
        for one in self._found.values():
            if one.active:
                board.add({"quarter": self._known.calendar.quarter(one.came)}, one.id in named)
        lost = without_rule(self._found, self._because)
        return measure(ANSWERED, board, tuple(f"A rule that answers {one.id}: {one.title}" for one in lost))
