"""Which asks a candidate answers differently from the baseline, and who gets more or less for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.backends.columnar.rows import rows_of
from engine.program.plan import Policy
from simulations.deciding.alternatives import Context, without
from simulations.deciding.contrast import others_offered
from simulations.deciding.deciding import Decided
from simulations.deciding.differences import differing
from simulations.deciding.positions import APPROVE, ESCALATE, POSITIONS, Bits, Ints
from simulations.deciding.reasons import numbered
from simulations.measuring.answers import truths
from simulations.measuring.asked import Asked, Side
from simulations.measuring.people import mixed
from simulations.measuring.sums import KINDS, Differences, Listed, Move, Pair, chosen
from simulations.populations.inputs import inputs_type


def pair_of(policy: Policy, asked: Asked, sides: tuple[Side, Side], most: int) -> Pair:
    """Return a candidate beside the baseline, whose policy says of which types inputs are."""
    one, other = (side.answers for side in sides)
    moves = np.bincount(one.position * len(POSITIONS) + other.position, minlength=len(POSITIONS) ** 2)
    gained = asked.by_customer(other.economics["customer_value"] - one.economics["customer_value"])
    changes = _changes(asked, *sides)
    found = dict(_listed(asked, changes, (one.position, other.position), most))
    kept = {case: found[case] for case in chosen(list(found), most)}
    return Pair(
        transitions=moves.reshape(len(POSITIONS), len(POSITIONS)),
        winners=asked.people.counted(gained > 0),
        losers=asked.people.counted(gained < 0),
        changed=_by_action(asked, changes),
        cases=chosen(list(_with_inputs(policy, asked, kept)), most),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Changes:
    """In which asks answers differ."""

    decision: Bits
    """In verdict, who may say yes, amount or terms."""
    reasons: Bits
    alternatives: Bits

    def by_kind(self) -> tuple[Bits, Bits, Bits]:
        """Return the asks by the first thing that differs, in the order of `KINDS`."""
        rest = ~self.decision & ~self.reasons
        return self.decision, ~self.decision & self.reasons, rest & self.alternatives


def _changes(asked: Asked, before: Side, after: Side) -> Changes:
    pairs = zip(before.answers.decided, after.answers.decided, strict=True)
    return Changes(
        decision=decided_else(before, after),
        reasons=truths(_reasons(*pair) for pair in pairs),
        alternatives=_alternatives(asked.context, before, after),
    )


def decided_else(before: Side, after: Side) -> Bits:
    """Return in which asks verdict, who may say yes, amount or terms differ."""
    pairs = zip(before.answers.decided, after.answers.decided, strict=True)
    return truths(_decision(*pair) for pair in pairs)


def _decision(one: Decided, other: Decided) -> Bits:
    if one is other:
        return np.zeros(len(one.position), np.bool_)
    who = [np.where(each.position == ESCALATE, each.rung, -1) for each in (one, other)]
    found: Bits = (one.position != other.position) | (who[0] != who[1]) | (one.standing.desk != other.standing.desk)
    granted = [each.granted * each.offered for each in (one, other)]
    found |= granted[0] != granted[1]
    names = frozenset(name for each in (one, other) for name in each.terms)
    terms = differing(one.found.plain(names), other.found.plain(names))
    return found | (one.offered & other.offered & terms)


def _reasons(one: Decided, other: Decided) -> Bits:
    """Return in which asks the reasons differ."""
    if one is other:
        return np.zeros(len(one.position), np.bool_)
    firsts, codes = numbered([one.voice, other.voice])
    differ = [
        one.voices[first].reasons != other.voices[second].reasons
        for first, second in zip(one.voice[firsts].tolist(), other.voice[firsts].tolist(), strict=True)
    ]
    return np.array(differ, np.bool_)[codes]


def _alternatives(context: Context, before: Side, after: Side) -> Bits:
    """Return in which asks something else is offered instead; an approval comes with nothing instead."""
    yes, then = before.answers.position == APPROVE, after.answers.position == APPROVE
    found = np.zeros(len(yes), np.bool_)
    for side, only in ((before, ~yes & then), (after, yes & ~then)):
        rows = np.flatnonzero(only)
        found[rows] = ~without(side.wanted, context, rows)
    rows = np.flatnonzero(~yes & ~then)
    found[rows] = others_offered(before.wanted, after.wanted, context, rows)
    return found


def _by_action(asked: Asked, changes: Changes) -> Mapping[str, Differences]:
    """Return how many asks for each action are answered differently."""
    kinds = [*changes.by_kind(), changes.alternatives]
    found: defaultdict[str, Differences] = defaultdict(Differences)
    for asks, start in asked.parts():
        rows = slice(start, start + len(asks.numbers))
        found[asks.action] += Differences(*(int(kind[rows].sum()) for kind in kinds))
    return {action: one for action, one in found.items() if one != Differences()}


def _listed(asked: Asked, changes: Changes, positions: tuple[Ints, Ints], most: int) -> Iterator[tuple[Listed, int]]:
    """Yield changed asks with their rows, as many of each kind of change as are to be listed in all."""
    for kind, bits in zip(KINDS, changes.by_kind(), strict=True):
        rows = np.flatnonzero(bits)
        lots = mixed(asked.numbers[rows])
        order = np.argsort(lots, kind="stable")
        moves = positions[0][rows] * len(POSITIONS) + positions[1][rows]
        for move in np.unique(moves).tolist():
            before, after = divmod(move, len(POSITIONS))
            for place in order[moves[order] == move][:most].tolist():
                row = int(rows[place])
                yield asked.listed(row, Move(kind, POSITIONS[before], POSITIONS[after]), int(lots[place])), row


def _with_inputs(policy: Policy, asked: Asked, cases: Mapping[Listed, int]) -> Iterator[Listed]:
    """Yield cases, given with their rows, with what expressions read of them."""
    for asks, start in asked.parts():
        here = {case: row - start for case, row in cases.items() if 0 <= row - start < len(asks.numbers)}
        if here:
            type_ = inputs_type(policy, policy.plans[asks.action])
            for case, inputs in zip(here, rows_of(asks.table, type_, list(here.values())), strict=True):
                yield replace(case, inputs=inputs)
