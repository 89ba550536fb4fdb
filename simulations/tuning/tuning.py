"""Better settings of a simulation's tunable parameters: searched, rounded, and scored again on other customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from engine.language.diagnostics import Diagnostics
from engine.release import Release
from schemas.study import Finalist, Measure, Point, Quantity, Tuning
from simulations.comparing.quantities import Currency
from simulations.measuring.job import Job
from simulations.measuring.sums import Tally
from simulations.patches.patch import Patch
from simulations.patches.read import patch_of
from simulations.policies import Policies
from simulations.populations.part import Part, sampled
from simulations.populations.population import Population
from simulations.specs.measures import measures
from simulations.specs.simulation import Tunable
from simulations.tuning.opening import PREFIX, opened
from simulations.tuning.rounding import human, plain, whole
from simulations.tuning.scoring import Scorer, scored
from simulations.tuning.searching import Dimension, Direction, Score, Setting, Tried, front, search, spread

SEARCHED: Final = 50_000
"""Customers that a search looks at, at most; as many others are held out."""
FINALISTS: Final = 3
DIGITS: Final = 4
"""Decimals of an objective that is no money."""


@dataclass(frozen=True)
class Search:
    """What to tune, on which customers, how often to try, and where finalists are scored again."""

    policies: Policies
    population: Population
    trials: int
    run: Callable[[Job], Tally]
    step: Callable[[], None]
    """Called after each try."""

    @property
    def directions(self) -> tuple[Direction, ...]:
        """Return what is to be done with each objective."""
        return tuple(one.direction for one in self.policies.simulation.objectives)

    @cached_property
    def baseline(self) -> Release:
        """The release that settings are held against."""
        return self.policies.baseline

    def part(self, low: float, high: float) -> Population:
        """Return some of the customers: nobody is both searched and held out."""
        return Part(sampled(self.population, 2 * SEARCHED), low, high, self.policies.simulation.seed)


def tuning_of(wanted: Search) -> Tuning:
    """Return what a search found; the same search finds the same.

    Raises `PolicyError` where a finalist is no pack.
    """
    simulation = wanted.policies.simulation
    dimensions = tuple(map(_dimension, simulation.tunables))
    writer = _Writer(wanted)
    typical = wanted.policies.with_patch(writer.patch(tuple(map(_typical, dimensions))))
    open_ = opened(typical, [one.parameter for one in dimensions])
    scorer = Scorer(simulation, wanted.part(0, 0.5), wanted.baseline, open_)
    tried = []
    for one in search(dimensions, wanted.directions, scorer.score, wanted.trials, simulation.seed):
        tried.append(one)
        wanted.step()
    best = front(tried, wanted.directions)
    return Tuning(
        objectives=writer.objectives,
        baseline=writer.quantities(scored(simulation, scorer.baseline, writer.currency).objectives),
        baseline_held_out=writer.quantities(writer.held_out().objectives),
        trials=tuple(writer.point(one, one in best) for one in tried),
        finalists=tuple(writer.finalists(spread(best, wanted.directions, FINALISTS), scorer.score)),
    )


def _dimension(tunable: Tunable) -> Dimension:
    step = None if tunable.step is None else _decimal(tunable.step)
    return Dimension(tunable.parameter, _decimal(tunable.low), _decimal(tunable.high), step)


def _decimal(value: float) -> Decimal:
    """Return a number of a specification as it is written there."""
    return plain(Decimal(repr(value)))


def _typical(dimension: Dimension) -> tuple[str, Decimal]:
    """Return a value of a parameter that has a fraction where any value may have one: a number, not an int."""
    values = (dimension.low, dimension.low + (dimension.step or Decimal("0.5")), dimension.high)
    return dimension.parameter, next((value for value in values if not whole(value)), dimension.low)


class _Writer:
    """Writes what a search found as reports hold it."""

    def __init__(self, wanted: Search) -> None:
        self._wanted = wanted
        simulation, header = wanted.policies.simulation, wanted.baseline.policy.pack.header
        named = {one.name: one for one in measures(simulation)}
        self.objectives: tuple[Measure, ...] = tuple(named[one.measure] for one in simulation.objectives)
        self.currency = Currency(header.currency, header.digits)

    def quantities(self, objectives: Sequence[float]) -> dict[str, Quantity]:
        """Return objectives by name, money to the minor unit."""
        return {one.name: self._quantity(one, value) for one, value in zip(self.objectives, objectives, strict=True)}

    def _quantity(self, measure: Measure, value: float) -> Quantity:
        if measure.unit == "money":
            return self.currency.money(round(value * 10**self.currency.digits))
        return round(value) if measure.unit == "count" else round(value, DIGITS)

    def point(self, tried: Tried, best: bool) -> Point:
        """Return a setting that was tried."""
        return Point(
            parameters=_written(tried.setting),
            objectives=self.quantities(tried.score.objectives),
            feasible=tried.score.feasible,
            front=best,
        )

    def finalists(self, chosen: Sequence[Tried], score: Callable[[Setting], Score]) -> Iterator[Finalist]:
        """Yield the chosen settings, rounded: scored where they were searched, and on the customers held out."""
        seen: set[Setting] = set()
        for tried in chosen:
            setting = self._rounded(tried.setting)
            if setting in seen:
                continue
            seen.add(setting)
            before = dict(tried.setting)
            held_out = self.held_out(setting)
            yield Finalist(
                parameters=_written(setting),
                rounded={name: str(before[name]) for name, value in setting if value != before[name]},
                searched=self.quantities(score(setting).objectives),
                held_out=self.quantities(held_out.objectives),
                feasible=held_out.feasible,
                patch=self.text(setting),
            )

    def _rounded(self, setting: Setting) -> Setting:
        tunables = {one.parameter: one for one in self._wanted.policies.simulation.tunables}
        return tuple((name, _human(value, tunables[name])) for name, value in setting)

    def held_out(self, setting: Setting = ()) -> Score:
        """Return the score of a setting as a patch, or of the baseline, on the customers held out."""
        wanted = self._wanted
        release = wanted.policies.with_patch(self.patch(setting)) if setting else wanted.baseline
        job = Job(wanted.policies.simulation, wanted.part(0.5, 1), (wanted.baseline, release))
        return scored(wanted.policies.simulation, wanted.run(job), self.currency)

    def patch(self, setting: Setting) -> Patch:
        """Return a setting as a patch of the pack."""
        simulation = self._wanted.policies.simulation
        return patch_of(self.text(setting), simulation.file.with_name("tuned.yaml"), Diagnostics())

    def text(self, setting: Setting) -> str:
        """Return a setting as the file of a patch."""
        lines = [f"patch: tuned-{self._wanted.policies.simulation.name}"]
        lines += [f"pack: {self._wanted.baseline.policy.pack.header.name}", "edits:"]
        lines += [f"  - set: {PREFIX}{name}\n    to: {value}" for name, value in setting]
        return "\n".join(lines) + "\n"


def _human(value: Decimal, tunable: Tunable) -> Decimal:
    unit = None if tunable.round_to is None else _decimal(tunable.round_to)
    return human(value, _decimal(tunable.low), _decimal(tunable.high), unit)


def _written(setting: Setting) -> dict[str, str]:
    return {name: str(value) for name, value in setting}
