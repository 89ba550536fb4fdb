"""What a simulation adds up: exact integers of one batch or of all, that can be added again in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar, get_args

import numpy as np

from schemas.study import Position
from simulations.deciding.positions import Ints

T = TypeVar("T")
Kind: TypeAlias = Literal["decision", "reasons", "alternatives"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
FUNNEL: Final = ("asked", "allowed", "not denied", "not capped", "within authority")
"""The stages that an ask gets to, in order; each counts the asks that got that far."""
STEPS: Final = 200
"""Up to how many hundredths of the assumed take-up are looked at."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What one policy comes to."""

    values: Ints
    """(measures, segments, blocks), in the order of the tally's names; money in minor units."""
    verdicts: Ints
    """(positions,), as `POSITIONS` has them: asks."""
    funnel: Ints
    """(stages,): asks."""
    escalations: Mapping[str, int]
    """By rung, and by desk: asks."""
    ends: Ints
    """(guesses, 2, measures): each measure in total with one guess at its low end, and at its high end."""
    taking: Ints
    """(STEPS + 1,): what the asks add to the paying measure that are accepted from k hundredths of the take-up on."""
    without: int
    """What the paying measure comes to where nobody accepts anything: at k hundredths, and `taking[: k + 1]`."""
    unknown_economics: int
    """Offers of which a cost, value or gain is unknown, and counts as 0."""


class Move(NamedTuple):
    """How an answer changes."""

    kind: Kind
    before: Position
    after: Position


@dataclass(frozen=True, eq=False, slots=True)
class Listed:
    """An ask that is answered differently."""

    id: str
    customer: str
    segment: str
    action: str
    move: Move
    number: int
    """The ask's number in the whole population."""
    lot: int
    """What is listed first: drawn by the ask's number."""
    inputs: Mapping[str, object]
    """What expressions read of it (engine values), but for what is the same in every ask."""


@dataclass(frozen=True, slots=True)
class Differences:
    """How many asks a candidate answers differently from the baseline, each counted once but in `alternatives`."""

    decisions: int = 0
    """In verdict, who may say yes, amount or terms."""
    reasons_only: int = 0
    alternatives_only: int = 0
    alternatives: int = 0
    """In what is offered instead, whatever else changed."""

    def __add__(self, other: Differences) -> Differences:
        """Return both together."""
        return Differences(
            self.decisions + other.decisions,
            self.reasons_only + other.reasons_only,
            self.alternatives_only + other.alternatives_only,
            self.alternatives + other.alternatives,
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate beside the baseline, ask by ask."""

    transitions: Ints
    """(positions before, positions after): asks."""
    winners: Ints
    """(segments,): customers to whom the offers they get are worth more, whether they take them or not."""
    losers: Ints
    changed: Mapping[str, Differences]
    """By action."""
    cases: tuple[Listed, ...]
    """Some that are answered differently, of every kind of change; decisions first."""


@dataclass(frozen=True, eq=False, slots=True)
class Tried:
    """What a trial comes to."""

    totals: Ints | None
    """(measures,): over the sample; None where the edits make no pack by themselves."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What policies come to over the same asks and draws, the baseline first."""

    measures: tuple[str, ...]
    segments: tuple[str, ...]
    """In order of their names."""
    guesses: tuple[str, ...]
    paying: str
    """The measure that break-even and the ends of guesses are about: `net`, or `margin` without a response model."""
    customers: Ints
    """(segments, blocks): a block is what is drawn again as a whole when customers are resampled."""
    policies: tuple[Sums, ...]
    pairs: tuple[Pair, ...]
    """Of each candidate."""
    most: int
    """How many changed asks are to be listed."""
    tried: tuple[Tried, ...] = ()
    """What the trials of the job come to, in order."""

    def totals(self, policy: int) -> Mapping[str, int]:
        """Return each measure of a policy over all customers."""
        sums = self.policies[policy].values.sum(axis=(1, 2))
        return dict(zip(self.measures, sums.tolist(), strict=True))


def merged(first: Tally, second: Tally) -> Tally:
    """Return both tallies as one; they are of the same policies, and of customers of their own."""
    segments = tuple(sorted({*first.segments, *second.segments}))
    one, other = _over(first, segments), _over(second, segments)
    return replace(
        one,
        customers=one.customers + other.customers,
        policies=tuple(map(_sums, one.policies, other.policies)),
        pairs=tuple(_pair(*both, first.most) for both in zip(one.pairs, other.pairs, strict=True)),
    )


def _over(tally: Tally, segments: tuple[str, ...]) -> Tally:
    """Return a tally that counts by further segments too."""
    if segments == tally.segments:
        return tally
    place = [segments.index(name) for name in tally.segments]

    def spread(counts: Ints, axis: int) -> Ints:
        shape = list(counts.shape)
        shape[axis] = len(segments)
        wider = np.zeros(shape, np.int64)
        np.moveaxis(wider, axis, 0)[place] = np.moveaxis(counts, axis, 0)
        return wider

    return replace(
        tally,
        segments=segments,
        customers=spread(tally.customers, 0),
        policies=tuple(replace(one, values=spread(one.values, 1)) for one in tally.policies),
        pairs=tuple(replace(one, winners=spread(one.winners, 0), losers=spread(one.losers, 0)) for one in tally.pairs),
    )


def _sums(one: Sums, other: Sums) -> Sums:
    return Sums(
        values=one.values + other.values,
        verdicts=one.verdicts + other.verdicts,
        funnel=one.funnel + other.funnel,
        escalations=_added(one.escalations, other.escalations, int.__add__, 0),
        ends=one.ends + other.ends,
        taking=one.taking + other.taking,
        without=one.without + other.without,
        unknown_economics=one.unknown_economics + other.unknown_economics,
    )


def _pair(one: Pair, other: Pair, most: int) -> Pair:
    return Pair(
        transitions=one.transitions + other.transitions,
        winners=one.winners + other.winners,
        losers=one.losers + other.losers,
        changed=_added(one.changed, other.changed, Differences.__add__, Differences()),
        cases=chosen((*one.cases, *other.cases), most),
    )


def _added(one: Mapping[str, T], other: Mapping[str, T], add: Callable[[T, T], T], nothing: T) -> Mapping[str, T]:
    return {name: add(one.get(name, nothing), other.get(name, nothing)) for name in sorted({*one, *other})}


def chosen(cases: Sequence[Listed], most: int) -> tuple[Listed, ...]:
    """Return the changed asks to list: in turn one of each kind of change, as lots were drawn; then as they came."""
    kinds: defaultdict[Move, list[Listed]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: (case.lot, case.number)):
        kinds[case.move].append(case)
    turns = {case: turn for some in kinds.values() for turn, case in enumerate(some)}

    def place(case: Listed) -> tuple[int, int, int]:
        return turns[case], KINDS.index(case.move.kind), case.lot

    first = sorted(turns, key=place)[:most]
    return tuple(sorted(first, key=lambda case: (KINDS.index(case.move.kind), case.number)))
