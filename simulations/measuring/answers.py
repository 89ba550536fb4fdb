"""What one policy answers to all asks of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.program.plan import ActionPlan
from engine.release import Release
from simulations.deciding.deciding import Decided
from simulations.deciding.positions import Bits, Ints
from simulations.deciding.programs import ECONOMICS


@dataclass(frozen=True, eq=False, slots=True)
class Answers:
    """The answers to the asks of a batch, one kind of ask after the other."""

    decided: tuple[Decided, ...]
    """By kind of ask."""
    position: Ints
    final: Bits
    offered: Bits
    money: Ints
    """The amount of an offer, of a money action; else 0."""
    units: Ints
    """The amount of an offer, of an int action; else 0."""
    economics: Mapping[str, Ints]
    """Cost, value and gain of what is offered; 0 where it is unknown, and for no offer."""
    unknown: Bits
    """Something is offered of which a cost, value or gain is unknown."""
    reached: Ints
    """The last stage of the funnel that the ask got to."""


def answers_of(release: Release, decided: Sequence[tuple[str, Decided]]) -> Answers:
    """Return the answers to asks, by action."""
    plans = [release.policy.plans[action] for action, _ in decided]
    found = [one for _, one in decided]
    money = list(_economics(found))
    return Answers(
        decided=tuple(found),
        position=numbers(one.position for one in found),
        final=truths(one.final for one in found),
        offered=truths(one.offered for one in found),
        money=_amounts(plans, found, "money"),
        units=_amounts(plans, found, "int"),
        economics={name: numbers(values[name] for values, _ in money) for name in ECONOMICS},
        unknown=truths(unknown for _, unknown in money),
        reached=numbers(one.reached for one in found),
    )


def numbers(parts: Iterable[Ints]) -> Ints:
    """Return numbers one after the other."""
    return np.concatenate([np.zeros(0, np.int64), *parts])


def truths(parts: Iterable[Bits]) -> Bits:
    """Return truths one after the other."""
    return np.concatenate([np.zeros(0, np.bool_), *parts])


def _amounts(plans: Sequence[ActionPlan], decided: Sequence[Decided], unit: str) -> Ints:
    """Return the amounts of what is offered, of actions that count in a unit."""
    return numbers(
        one.granted * (one.offered & (plan.action.amount == unit)) for plan, one in zip(plans, decided, strict=True)
    )


def _economics(decided: Sequence[Decided]) -> Iterator[tuple[Mapping[str, Ints], Bits]]:
    """Yield what offers cost and are worth, and where that is unknown in part."""
    for one in decided:
        found = {name: one.found.known(name) for name in ECONOMICS}
        values = {name: value * one.offered for name, (value, _) in found.items()}
        known = np.logical_and.reduce([known for _, known in found.values()])
        yield values, one.offered & ~known
