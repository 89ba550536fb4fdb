"""What one policy comes to over the asks of a batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.release import Release
from simulations.deciding.alternatives import counts, without
from simulations.deciding.positions import APPROVE, DECLINE, ESCALATE, POSITIONS, REFER, Ints
from simulations.deciding.programs import Setting
from simulations.measuring.answers import Answers, numbers
from simulations.measuring.asked import Asked, Side
from simulations.measuring.outcome import Customs, Outcome, told
from simulations.measuring.responding import BASE, HIGH, LOW, Draws, Responding
from simulations.measuring.sums import FUNNEL, Sums
from simulations.specs.measures import measures
from simulations.specs.simulation import Guess, Simulation
from simulations.specs.variables import ANSWER, VARIABLES


class Adding:
    """Adds up the measures of a simulation."""

    def __init__(self, simulation: Simulation, setting: Setting) -> None:
        """Prepare for asks that have these inputs in common."""
        response = simulation.response
        self.names = tuple(measure.name for measure in measures(simulation))
        self.guesses: tuple[Guess, ...] = () if response is None else response.guesses()
        self._responding = None if response is None else Responding(response, setting, simulation.seed)
        self._customs = Customs(simulation.measures, setting)
        assumed: frozenset[str] = frozenset() if self._responding is None else self._responding.reads
        self._reads = self._customs.reads | assumed

    @property
    def reads(self) -> frozenset[str]:
        """Return the inputs that expressions read beside the answers."""
        return self._reads - {one.name for one in VARIABLES.values()}

    def draws(self, asked: Asked) -> Draws | None:
        """Return what chance does to asks; None where nothing is assumed of customers."""
        return None if self._responding is None else self._responding.draws(asked.numbers, asked.accepted())

    def sums(self, release: Release, asked: Asked, side: Side, draws: Draws | None) -> Sums:
        """Return what a policy comes to."""
        outcome = self._outcome(asked, side, draws)
        values = outcome.values
        taking, without = outcome.taking()
        answers = side.answers
        return Sums(
            values=np.stack([asked.people.summed(values[name], asked.whose) for name in self.names]),
            verdicts=np.bincount(answers.position, minlength=len(POSITIONS)),
            funnel=np.bincount(answers.reached, minlength=len(FUNNEL))[::-1].cumsum()[::-1],
            escalations=dict(_escalations(release, answers)),
            ends=np.array([[self._totals(outcome, guess, end) for end in (LOW, HIGH)] for guess in self.guesses]),
            taking=taking,
            without=without,
            unknown_economics=int(answers.unknown.sum()),
        )

    def totals(self, asked: Asked, side: Side, draws: Draws | None) -> Ints:
        """Return every measure in total."""
        values = self._outcome(asked, side, draws).values
        return np.array([values[name].sum() for name in self.names])

    def _outcome(self, asked: Asked, side: Side, draws: Draws | None) -> Outcome:
        answers = side.answers
        rows = np.flatnonzero(answers.position == DECLINE)
        stranded = np.zeros(len(answers.position), np.bool_)
        stranded[rows] = without(side.wanted, asked.context, rows)
        table = asked.told(told(answers, self._alternatives(asked, side)))
        outlook = None
        if self._responding is not None and draws is not None:
            outlook = self._responding.outlook(table, answers.offered, draws)
        return Outcome(answers, stranded, table, self._customs, outlook)

    def _alternatives(self, asked: Asked, side: Side) -> Ints:
        """Return how many alternatives there are, where some expression reads that."""
        found = np.zeros(len(side.answers.position), np.int64)
        if ANSWER["alternatives"].name in self._reads:
            rows = np.flatnonzero(side.answers.position != APPROVE)
            found[rows] = counts(side.wanted, asked.context, rows)
        return found

    def _totals(self, outcome: Outcome, guess: Guess, end: int) -> list[int]:
        """Return every measure in total, with a guess at one of its ends."""
        differs = guess.texts[end] != guess.texts[BASE]
        values = {**outcome.values, **(outcome.moved({guess.name: end}) if differs else {})}
        return [int(values[name].sum()) for name in self.names]


def _escalations(release: Release, answers: Answers) -> Iterator[tuple[str, int]]:
    """Yield how many asks are passed on to each rung, and to each desk."""
    header = release.policy.pack.header
    rungs = numbers(one.rung for one in answers.decided)[answers.position == ESCALATE]
    desks = numbers(one.standing.desk for one in answers.decided)[answers.position == REFER]
    for names, counted in ((("", *header.ladder), np.bincount(rungs)), (header.desks, np.bincount(desks))):
        yield from ((name, count) for name, count in zip(names, counted.tolist(), strict=False) if count)
