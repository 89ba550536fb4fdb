"""Looking for good settings with Optuna: many tries, each learning from those before, within the gates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

import optuna
from optuna.samplers import TPESampler

from simulations.tuning.rounding import plain

Setting: TypeAlias = "tuple[tuple[str, Decimal], ...]"
"""Parameters with their values, in the order of the dimensions."""
Direction: TypeAlias = Literal["maximize", "minimize"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A parameter that may be set, from low to high, in steps where it has them."""

    parameter: str
    low: Decimal
    high: Decimal
    step: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What a setting comes to: each objective, and by how much each gate is crossed (0 or less: it holds)."""

    objectives: tuple[float, ...]
    excesses: tuple[float, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether every gate holds."""
        return all(excess <= 0 for excess in self.excesses)


@dataclass(frozen=True, slots=True)
class Tried:
    """A setting with its score."""

    setting: Setting
    score: Score


def search(
    dimensions: Sequence[Dimension],
    directions: Sequence[Direction],
    score: Callable[[Setting], Score],
    trials: int,
    seed: int,
) -> Iterator[Tried]:
    """Yield the settings tried, each once, in the order tried; the same for the same seed."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(directions=list(directions), sampler=TPESampler(seed=seed))
    known: dict[Setting, Score] = {}
    for _ in range(trials):
        trial = study.ask()
        setting = tuple((one.parameter, _suggested(trial, one)) for one in dimensions)
        fresh = setting not in known
        if fresh:
            known[setting] = score(setting)
        for place, excess in enumerate(known[setting].excesses):
            trial.set_constraint(f"gate {place}", excess)
        study.tell(trial, list(known[setting].objectives))
        if fresh:
            yield Tried(setting, known[setting])


def _suggested(trial: optuna.Trial, dimension: Dimension) -> Decimal:
    """Return the value to try next, on the dimension's steps."""
    step = dimension.step or (dimension.high - dimension.low) / 1000
    steps = int((dimension.high - dimension.low) / step)
    return plain(dimension.low + step * trial.suggest_int(dimension.parameter, 0, steps))


def front(tried: Sequence[Tried], directions: Sequence[Direction]) -> tuple[Tried, ...]:
    """Return the feasible settings that no other feasible one beats in an objective without losing in another."""
    feasible = [one for one in tried if one.score.feasible]
    return tuple(one for one in feasible if not any(beats(other.score, one.score, directions) for other in feasible))


def beats(score: Score, other: Score, directions: Sequence[Direction]) -> bool:
    """Return whether a score is at least as good as the other in every objective, and better in one."""
    signs = [1 if direction == "maximize" else -1 for direction in directions]
    gains = [
        sign * (mine - theirs) for sign, mine, theirs in zip(signs, score.objectives, other.objectives, strict=True)
    ]
    return min(gains) >= 0 and max(gains) > 0


def spread(points: Sequence[Tried], directions: Sequence[Direction], most: int) -> tuple[Tried, ...]:
    """Return at most so many points of a front, along its first objective: both ends, and what lies evenly between."""
    ordered = sorted(points, key=lambda one: one.score.objectives[0], reverse=directions[0] == "maximize")
    if len(ordered) <= most:
        return tuple(ordered)
    places = [round(place * (len(ordered) - 1) / max(most - 1, 1)) for place in range(most)]
    return tuple(ordered[place] for place in dict.fromkeys(places))
