"""What customers are assumed to do with answers: the response model of a simulation, over many asks at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.backends.columnar.table import Table
from engine.program.nodes import Node
from simulations.deciding.positions import Bits, Ints
from simulations.deciding.programs import Found, Setting, ints_of, read_by
from simulations.measuring.sums import STEPS
from simulations.populations.streams import uniforms
from simulations.specs.simulation import Guess, Response
from simulations.specs.variables import ACCEPTED

Floats: TypeAlias = npt.NDArray[np.float64]
LOW, BASE, HIGH = range(3)
DRAWN: Final = ("accepts", "stays", "contacts_again")
"""The guesses that are probabilities."""
ASSUMED: Final = 100
"""The take-up that is assumed, in hundredths of it."""


Ends: TypeAlias = Mapping[str, int]
"""By guess: which end of it is taken, where it is not as assumed."""
ALL_BASE: Final[Ends] = {}


@dataclass(frozen=True, eq=False, slots=True)
class Reaction:
    """What customers do in each ask, and what that is worth to the company beside the margin of the offer.

    Each ask counts by itself: after each, a customer stays or leaves, and comes back about it or does not.
    """

    accepted: Bits
    stays: Bits
    contacts: Bits
    worth: Ints
    """Of those who stay, less what further contacts cost."""


@dataclass(frozen=True, eq=False, slots=True)
class Draws:
    """What chance does to each ask, whatever is answered to it."""

    lots: Mapping[str, Floats]
    """By what is drawn."""
    known: Bits
    """Where it is known whether the customer took what was offered then."""
    took: Bits

    def where(self, same: Bits) -> Draws:
        """Return the draws where what was offered then is offered again in some asks alone."""
        return replace(self, known=self.known & same)


class Responding:
    """The response model of a simulation."""

    def __init__(self, response: Response, setting: Setting, seed: int) -> None:
        """Prepare to evaluate it over asks."""
        self.guesses = response.guesses()
        self._seed = seed
        outputs = tuple(_outputs(self.guesses))
        self.reads = read_by(node for _, node in outputs) - {ACCEPTED.name}
        self._after = {
            accepted: setting.given({ACCEPTED.name: accepted}).compiled(outputs) for accepted in (False, True)
        }

    def draws(self, numbers: Ints, accepted: tuple[Bits, Bits]) -> Draws:
        """Return what chance does to asks, by their numbers in the whole population."""
        names = [guess.name for guess in self.guesses if guess.name in DRAWN]
        lots = {name: uniforms(self._seed, f"response/{name}", numbers) for name in names}
        return Draws(lots, *accepted)

    def outlook(self, table: Table, offered: Bits, draws: Draws) -> Outlook:
        """Return what customers would do with the answers in a table."""
        return Outlook({accepted: Found(columns, table) for accepted, columns in self._after.items()}, offered, draws)


def _outputs(guesses: tuple[Guess, ...]) -> Iterator[tuple[str, Node]]:
    """Yield the nodes of guesses, but those ends that are as assumed."""
    for guess in guesses:
        for end, node in enumerate((guess.low, guess.base, guess.high)):
            if end == BASE or guess.texts[end] != guess.texts[BASE]:
                yield f"{guess.name}:{end}", node


@dataclass(frozen=True, eq=False, slots=True)
class Outlook:
    """What customers would do with answers, for each end of each guess."""

    found: Mapping[bool, Found]
    """The guesses, if the offer is accepted and if not."""
    offered: Bits
    draws: Draws

    def reaction(self, ends: Ends = ALL_BASE) -> Reaction:
        """Return what customers do."""
        drawn = self._below("accepts", ends, True)
        accepted = np.where(self.draws.known, self.draws.took, drawn) & self.offered
        after, otherwise = self.after(True, ends), self.after(False, ends)
        return Reaction(
            accepted=accepted,
            stays=np.where(accepted, after.stays, otherwise.stays),
            contacts=np.where(accepted, after.contacts, otherwise.contacts),
            worth=np.where(accepted, after.worth, otherwise.worth),
        )

    def after(self, accepted: bool, ends: Ends = ALL_BASE) -> Reaction:
        """Return what customers do if all accept, or if all do not."""
        stays = self._below("stays", ends, accepted)
        contacts = self._below("contacts_again", ends, accepted)
        worth = self._money("worth", ends, accepted) * stays - self._money("contact_cost", ends, accepted) * contacts
        return Reaction(np.full(len(stays), accepted), stays, contacts, worth)

    def take_up(self) -> Ints:
        """Return from how many hundredths of the assumed take-up on each offer is accepted; beyond STEPS for never.

        What is known to have been taken or not stays so at any take-up.
        """
        chance, lots = self._chance("accepts", ALL_BASE, True), self.draws.lots["accepts"]
        with np.errstate(divide="ignore"):
            steps = np.minimum(np.floor(lots * ASSUMED / chance), STEPS).astype(np.int64) + 1
        steps = np.where(lots < chance, np.minimum(steps, ASSUMED), np.maximum(steps, ASSUMED + 1))
        steps[~self.offered] = STEPS + 1
        return np.where(self.draws.known, np.where(self.draws.took & self.offered, 0, STEPS + 1), steps)

    def _below(self, name: str, ends: Ends, accepted: bool) -> Bits:
        """Return where a lot falls under a probability; nowhere where nothing is assumed."""
        if name not in self.draws.lots:
            return np.zeros(len(self.offered), np.bool_)
        return self.draws.lots[name] < self._chance(name, ends, accepted)

    def _chance(self, name: str, ends: Ends, accepted: bool) -> Floats:
        cells = self._cells(name, ends, accepted)
        assert cells is not None
        return np.clip(np.asarray(cells.fill_null(0.0).to_numpy(), np.float64), 0.0, 1.0)

    def _money(self, name: str, ends: Ends, accepted: bool) -> Ints:
        cells = self._cells(name, ends, accepted)
        return np.zeros(len(self.offered), np.int64) if cells is None else ints_of(cells.fill_null(0))

    def _cells(self, name: str, ends: Ends, accepted: bool) -> pl.Series | None:
        """Return a guess at the end that is taken; None where nothing is assumed."""
        found = self.found[accepted].table.cells
        wanted = f"{name}:{ends[name]}" if name in ends else ""
        return found[wanted] if wanted in found else found.get(f"{name}:{BASE}")
