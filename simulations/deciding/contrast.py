"""Where two policies offer something else instead, to the same asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.program.plan import Prefer
from simulations.deciding.alternatives import Context, Wanted
from simulations.deciding.differences import differing
from simulations.deciding.options import NEEDS, NOTHING, OFFERED, Group, Option
from simulations.deciding.positions import Bits, Ints
from simulations.deciding.programs import ECONOMICS
from simulations.deciding.reasons import numbered

LAST: Final = 10**18
"""The order of an alternative whose worth is unknown."""
ABSENT: Final = 2 * LAST
"""The order of what is no alternative."""


def others_offered(before: Wanted, after: Wanted, context: Context, rows: Ints) -> Bits:
    """Return in which of some asks, that neither policy approved, alternatives differ, or come in another order."""
    contrasts = list(_contrasts(before, after, rows))
    looked: defaultdict[Option, list[Ints]] = defaultdict(list)
    for contrast, asks in contrasts:
        for option in contrast.doubtful():
            looked[option].append(asks)
    for option, parts in looked.items():
        context.states(option, np.concatenate(parts))
    found = np.zeros(len(before.group), np.bool_)
    for contrast, asks in contrasts:
        if contrast.doubtful():
            found[asks] = contrast.differs(context, asks)
    return found[rows]


def _contrasts(before: Wanted, after: Wanted, rows: Ints) -> Iterator[tuple[Contrast, Ints]]:
    firsts, codes = numbered([before.group[rows], after.group[rows]])
    for place, first in enumerate(rows[firsts].tolist()):
        sides = tuple(
            {prefer: wanted.options.of(prefer) for prefer in wanted.groups[wanted.group[first]].all}
            for wanted in (before, after)
        )
        groups = (before.groups[before.group[first]], after.groups[after.group[first]])
        yield Contrast(groups, (sides[0], sides[1])), rows[codes == place]


@dataclass(frozen=True, slots=True)
class Contrast:
    """What is looked at as an alternative to the same asks under two policies."""

    groups: tuple[Group, Group]
    options: tuple[dict[Prefer, Option], dict[Prefer, Option]]

    def doubtful(self) -> tuple[Option, ...]:
        """Return the options that may make a difference."""
        before, after = self.groups
        prefers = self._alone() | self._changed()
        if before.preferred != after.preferred:
            prefers |= {*before.preferred, *after.preferred}
        return tuple(side[prefer] for side in self.options for prefer in sorted(prefers & side.keys(), key=repr))

    def differs(self, context: Context, asks: Ints) -> Bits:
        """Return in which asks there are other alternatives, or in another order."""
        found: Bits = self._sequence(0, context, asks) != self._sequence(1, context, asks)
        for prefer in self._alone():
            side = 0 if prefer in self.groups[0].others else 1
            found |= context.states(self.options[side][prefer], asks) != NOTHING
        for prefer in self._changed():
            found |= self._offers_else(prefer, context, asks)
        left = np.flatnonzero(~found)
        found[left] = self._reordered(context, asks[left])
        return found

    def _alone(self) -> set[Prefer]:
        """Return what only one policy looks at, but for what it prefers."""
        before, after = self.groups
        return {*before.others} ^ {*after.others}

    def _changed(self) -> set[Prefer]:
        """Return what both look at but decide differently."""
        before, after = self.options
        return {prefer for prefer in before.keys() & after.keys() if before[prefer] is not after[prefer]}

    def _sequence(self, side: int, context: Context, asks: Ints) -> Ints:
        """Return a number that tells which of the preferred alternatives there are, in their order."""
        both = sorted({prefer for group in self.groups for prefer in group.preferred}, key=repr)
        sequence = np.zeros(len(asks), np.int64)
        if self.groups[0].preferred == self.groups[1].preferred:
            return sequence
        for prefer in self.groups[side].preferred:
            there = context.states(self.options[side][prefer], asks) != NOTHING
            sequence = np.where(there, sequence * (len(both) + 1) + both.index(prefer) + 1, sequence)
        return sequence

    def _offers_else(self, prefer: Prefer, context: Context, asks: Ints) -> Bits:
        """Return in which asks an alternative that both look at is not the same."""
        before, after = (side[prefer] for side in self.options)
        one, other = context.states(before, asks), context.states(after, asks)
        found: Bits = one != other
        if before.needs != after.needs:
            found |= (one == NEEDS) & (other == NEEDS)
        both = np.flatnonzero((one == OFFERED) & (other == OFFERED))
        if len(both):
            names = frozenset(("granted", *before.terms, *after.terms, *ECONOMICS, "mutual"))
            found[both] = differing(*(context.offers(option, asks[both]).plain(names) for option in (before, after)))
        return found

    def _reordered(self, context: Context, asks: Ints) -> Bits:
        """Return in which asks the same alternatives come in another order."""
        common = sorted({*self.groups[0].others} & {*self.groups[1].others}, key=lambda prefer: prefer.action)
        changed = [prefer for prefer in common if prefer in self._changed()]
        moved = np.zeros(len(asks), np.bool_)
        for prefer in changed:
            moved |= self._order(0, prefer, context, asks) != self._order(1, prefer, context, asks)
        if moved.any():
            asks = asks[moved]
            orders = [np.stack([self._order(side, one, context, asks) for one in common], axis=1) for side in (0, 1)]
            before, after = (np.argsort(order, axis=1, kind="stable") for order in orders)
            moved[moved] = (before != after).any(axis=1)
        return moved

    def _order(self, side: int, prefer: Prefer, context: Context, asks: Ints) -> Ints:
        """Return a number by which an alternative that is not preferred comes after those of lower ones."""
        option = self.options[side][prefer]
        states = context.states(option, asks)
        order = np.where(states == NOTHING, ABSENT, LAST)
        offered = np.flatnonzero(states == OFFERED)
        if len(offered):
            rank, known = context.offers(option, asks[offered]).known("rank")
            order[offered] = np.where(known, -rank, LAST)
        return order
