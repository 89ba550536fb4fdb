"""Which rules and conditions scenarios have seen both true and false."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.backends.reference import Reference
from engine.language.diagnostics import Mark
from engine.language.packs.pack import Rule
from engine.program.nodes import Const
from simulations.scenarios.conditions import GRANTED, Leaf, Watched, seen
from simulations.scenarios.run import Answered, Result


@dataclass(frozen=True, slots=True, order=True)
class Unseen:
    """A side of a rule or condition that no scenario has shown."""

    mark: Mark
    truth: bool
    text: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.mark}: not seen {str(self.truth).lower()}: `{self.text}`"


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """How often a rule was seen to hold and not to; and of the sides of its conditions, how many were seen."""

    id: str
    mark: Mark
    true: int
    false: int
    sides: int
    """Of its own conditions: two each."""
    seen: int


@dataclass(slots=True)
class Coverage:
    """What scenarios have shown of a pack, counted as they run."""

    watched: Watched
    rules: Counter[tuple[str, bool]] = field(default_factory=Counter)
    conditions: Counter[tuple[Leaf, bool]] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Count what the steps of a scenario show."""
        for step in result.steps:
            self._add(step)

    def _add(self, step: Answered) -> None:
        if step.answer is None:
            return
        action = step.answer.plan.action
        values = Reference({**step.answer.asked.inputs, GRANTED: step.answer.granted})
        covering = {rule.id for rule in self.watched.pack.rules if self.watched.pack.covers(rule, action)}
        for id_ in covering:
            truth = values.value(self.watched.hits[id_])
            if isinstance(truth, bool):
                self.rules[id_, truth] += 1
        shown = {one for root in self.watched.roots[action.name] for one in seen(self.watched, root, values)}
        self.conditions.update(one for one in shown if not one[0].rule or one[0].rule in covering)

    def unseen(self) -> tuple[Unseen, ...]:
        """Return the sides that were not shown, by place."""
        sides = [(rule.mark, truth, rule.id, self.rules[rule.id, truth]) for rule, truth in self._rule_sides()]
        sides += [(leaf.mark, truth, leaf.text, count) for leaf, truth, count in self._condition_sides()]
        return tuple(sorted({Unseen(mark, truth, text) for mark, truth, text, count in sides if not count}))

    def share(self) -> float:
        """Return how many of the sides were shown, in percent."""
        total = len(list(self._rule_sides())) + len(self._condition_sides())
        return 100.0 if not total else 100 * (total - len(self.unseen())) / total

    def table(self) -> tuple[RuleSeen, ...]:
        """Return the rules in order, each with what was seen of it."""
        sides = self._condition_sides()
        return tuple(
            self._row(rule, [count for leaf, _, count in sides if leaf.rule == rule.id]) for rule in self._rules()
        )

    def _row(self, rule: Rule, counts: list[int]) -> RuleSeen:
        true, false = self.rules[rule.id, True], self.rules[rule.id, False]
        return RuleSeen(rule.id, rule.mark, true, false, len(counts), sum(map(bool, counts)))

    def _rules(self) -> Iterable[Rule]:
        return self.watched.pack.rules

    def _rule_sides(self) -> list[tuple[Rule, bool]]:
        """Return the sides of every rule; one without conditions always holds."""
        return [
            (rule, truth)
            for rule in self._rules()
            for truth in (True, False)
            if truth or not isinstance(self.watched.hits[rule.id], Const)
        ]

    def _condition_sides(self) -> list[tuple[Leaf, bool, int]]:
        leaves = sorted({leaf for leaves in self.watched.leaves.values() for leaf in leaves})
        return [(leaf, truth, self.conditions[leaf, truth]) for leaf in leaves for truth in (True, False)]
