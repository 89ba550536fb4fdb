"""What one policy comes to, ask by ask: every measure of a simulation, under any of its guesses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from engine.backends.columnar.table import Table
from simulations.deciding.positions import (
    APPROVE,
    ASK,
    COUNTER,
    DECLINE,
    ESCALATE,
    POSITIONS,
    REFER,
    UNDECIDED,
    Bits,
    Ints,
)
from simulations.deciding.programs import Found, Setting, read_by
from simulations.measuring.answers import Answers
from simulations.measuring.responding import ALL_BASE, Ends, Outlook
from simulations.measuring.sums import STEPS
from simulations.specs.simulation import CustomMeasure
from simulations.specs.variables import ACCEPTED, ANSWER

BY_POSITION: Final[Mapping[str, int]] = {
    "approved": APPROVE,
    "countered": COUNTER,
    "escalated": ESCALATE,
    "referred": REFER,
    "asked_back": ASK,
    "undecided": UNDECIDED,
    "declined": DECLINE,
}
"""The measures that count the answers of one position."""


def told(answers: Answers, alternatives: Ints) -> Mapping[str, pl.Series]:
    """Return the answers as the expressions of a simulation read them."""
    values = {
        "verdict": pl.Series(POSITIONS, dtype=pl.Enum(POSITIONS)).gather(answers.position),
        "amount": pl.Series(answers.money),
        "units": pl.Series(answers.units),
        **{name: pl.Series(value) for name, value in answers.economics.items()},
        "refused": pl.Series(answers.position == DECLINE),
        "alternatives": pl.Series(alternatives),
    }
    return {ANSWER[name].name: value for name, value in values.items()}


class Customs:
    """The measures that a simulation declares."""

    def __init__(self, measures: tuple[CustomMeasure, ...], setting: Setting) -> None:
        """Prepare to evaluate them over asks."""
        outputs = tuple((one.measure.name, one.node) for one in measures)
        self.reads = read_by(node for _, node in outputs)
        self._names = [name for name, _ in outputs]
        self._columns = setting.compiled(outputs)

    def measured(self, table: Table, accepted: Bits) -> Mapping[str, Ints]:
        """Return each measure ask by ask; what is unknown counts as 0."""
        if not self._names:
            return {}
        found = Found(self._columns, replace(table, cells={**table.cells, ACCEPTED.name: pl.Series(accepted)}))
        return {name: found.known(name)[0] for name in self._names}


@dataclass(frozen=True, eq=False)
class Outcome:
    """The answers to asks, and what customers would do with them."""

    answers: Answers
    stranded: Bits
    """Declined with nothing else to offer."""
    table: Table
    """What the simulation's own measures read."""
    customs: Customs
    outlook: Outlook | None
    """None: nothing is assumed of customers, and money counts every offer as if it were taken."""

    @cached_property
    def values(self) -> Mapping[str, Ints]:
        """Return every measure, with all guesses as they are assumed."""
        return {**dict(self._counts()), **self.moved(ALL_BASE)}

    def moved(self, ends: Ends) -> Mapping[str, Ints]:
        """Return the measures that may differ with guesses at one of their ends."""
        if self.outlook is None:
            return {**self._taken(self.answers.offered), **self.customs.measured(self.table, self.answers.offered)}
        reaction = self.outlook.reaction(ends)
        assumed = {
            "accepted": whole(reaction.accepted),
            "stays": whole(reaction.stays),
            "contacts_again": whole(reaction.contacts),
            "net": self._margin() * reaction.accepted + reaction.worth,
        }
        if ends.keys() - {"accepts"}:  # what is taken stays the same
            return assumed
        return {**assumed, **self._taken(reaction.accepted), **self.customs.measured(self.table, reaction.accepted)}

    def _counts(self) -> Iterator[tuple[str, Ints]]:
        """Yield the measures that no customer's response changes."""
        yield "asks", np.ones(len(self.stranded), np.int64)
        for name, position in BY_POSITION.items():
            yield name, whole(self.answers.position == position)
        yield "final_declines", whole(self.answers.final)
        yield "refusals_without_alternative", whole(self.stranded)

    def _taken(self, taken: Bits) -> Mapping[str, Ints]:
        """Return what the offers come to that are taken."""
        economics = {name: value * taken for name, value in self.answers.economics.items()}
        return {**economics, "margin": self._margin() * taken}

    def _margin(self) -> Ints:
        """Return what each offer leaves the company."""
        return self.answers.economics["company_gain"] - self.answers.economics["company_cost"]

    def taking(self) -> tuple[Ints, int]:
        """Return what accepting adds to the net benefit, by the take-up from which on it is, and what else there is."""
        added = np.zeros(STEPS + 2, np.int64)
        if self.outlook is None:
            return added[:-1], 0
        otherwise = self.outlook.after(False).worth
        np.add.at(added, self.outlook.take_up(), self._margin() + self.outlook.after(True).worth - otherwise)
        return added[:-1], int(otherwise.sum())


def whole(some: Bits) -> Ints:
    """Return 1 for what is true, and 0."""
    return some.astype(np.int64)
