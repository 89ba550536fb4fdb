"""What else may be done for customers, as `engine.alternatives` finds it for one: as far as a figure needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.alternatives import MOST
from engine.backends.columnar.rows import take
from engine.backends.columnar.table import Table
from engine.program.plan import Prefer
from simulations.deciding.deciding import Decided
from simulations.deciding.options import NOTHING, UNSEEN, Group, Option, Options
from simulations.deciding.positions import Bits, Ints
from simulations.deciding.programs import Found, trimmed


class Context:
    """What is known in asks beside the ask itself, and what each option is there, once it was looked at."""

    def __init__(self, table: Table, agents: Ints, asks: Ints) -> None:
        """Begin with nothing looked at; of all asks that the table has, only `asks` (in order) will be.

        `agents` are the asking agents' places on the ladder.
        """
        self._asks = asks
        self._table, self._agents = take(table, asks), agents[asks]
        self._states: dict[Option, Ints] = {}

    def states(self, option: Option, rows: Ints) -> Ints:
        """Return what an option is in some asks."""
        if option not in self._states:
            self._states[option] = np.full(len(self._asks), UNSEEN)
        seen, places = self._states[option], np.searchsorted(self._asks, rows)
        unseen = np.unique(places[seen[places] == UNSEEN])
        if len(unseen) > self._table.rows / 2:
            unseen = np.arange(self._table.rows)
        if len(unseen):
            seen[unseen] = option.states(self._taken(option, unseen), self._agents[unseen])
            option.found += int((seen[unseen] != NOTHING).sum())
        return seen[places]

    def offers(self, option: Option, rows: Ints) -> Found:
        """Return what an option would be worth in some asks."""
        return option.offers(self._taken(option, np.searchsorted(self._asks, rows)))

    def _taken(self, option: Option, places: Ints) -> Table:
        whole = len(places) == self._table.rows and np.array_equal(places, np.arange(self._table.rows))
        return self._table if whole else take(trimmed(self._table, option.reads), places)


@dataclass(frozen=True, eq=False, slots=True)
class Wanted:
    """What is looked at as an alternative to each ask of a batch under one policy."""

    options: Options
    groups: Sequence[Group]
    group: Ints
    """Of each ask: a place in `groups`."""

    def considered(self, rows: Ints) -> dict[Prefer, Ints]:
        """Return by option the asks, of some, in which it is looked at; those that most often serve first."""
        here = self.group[rows]
        places = np.unique(here).tolist()
        prefers = dict.fromkeys(prefer for place in places for prefer in self.groups[place].all)
        ordered = sorted(prefers, key=lambda prefer: -self.options.of(prefer).found)
        looks = {prefer: np.array([prefer in group.all for group in self.groups]) for prefer in ordered}
        return {prefer: rows[look[here]] for prefer, look in looks.items()}


def wanted(options: Options, decided: Sequence[tuple[str, Decided]]) -> Wanted:
    """Return what is looked at as an alternative to the asks of a batch: by action, what was decided."""
    groups: dict[Group, int] = {}
    found = []
    for action, one in decided:
        places = [groups.setdefault(options.group(action, voice.preferred), len(groups)) for voice in one.voices]
        found.append(np.array(places, np.int64)[one.voice])
    return Wanted(options, tuple(groups), np.concatenate([np.zeros(0, np.int64), *found]))


def without(wanted: Wanted, context: Context, rows: Ints) -> Bits:
    """Return in which of some asks, that were not approved, there is no alternative at all."""
    left = rows
    for prefer, asks in wanted.considered(rows).items():
        looked = np.intersect1d(asks, left, assume_unique=True)
        served = looked[context.states(wanted.options.of(prefer), looked) != NOTHING]
        left = np.setdiff1d(left, served, assume_unique=True)
    return np.isin(rows, left)


def counts(wanted: Wanted, context: Context, rows: Ints) -> Ints:
    """Return how many alternatives there are in some asks, that were not approved."""
    found = np.zeros(len(wanted.group), np.int64)
    for prefer, asks in wanted.considered(rows).items():
        found[asks] += context.states(wanted.options.of(prefer), asks) != NOTHING
    return np.minimum(found[rows], MOST)
