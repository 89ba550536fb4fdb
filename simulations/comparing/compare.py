"""A tally as reports hold it: each policy's run, and what each candidate changes against the baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.study import (
    Assumption,
    Attribution,
    Change,
    Changed,
    ChangedCase,
    Comparison,
    Figure,
    Run,
    SegmentChange,
    SegmentFigures,
    Share,
    Stage,
    Transition,
)
from simulations.comparing.break_even import break_even
from simulations.comparing.contrast import ALL, Contrasts, contrasts
from simulations.comparing.gates import advice, gate
from simulations.comparing.quantities import Currency
from simulations.comparing.screens import standing_out
from simulations.comparing.shapley import Division, apportioned
from simulations.deciding.positions import POSITIONS, Ints
from simulations.measuring.sums import FUNNEL, Pair, Tally
from simulations.specs.measures import measures
from simulations.specs.simulation import Simulation

SCREENED: Final = "customer_value"
"""The measure by which segments are told to stand out."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a simulation counted, and in which currency; its policies are numbered as in the tally, the baseline 0."""

    simulation: Simulation
    tally: Tally
    currency: Currency


@dataclass(frozen=True, slots=True)
class Identity:
    """How reports call a policy, and what it is."""

    name: str
    title: str
    release: str
    edits: tuple[str, ...] = ()
    """Of a candidate: what each of its edits does, in order."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a comparison says beyond sums: changed cases, and how the difference of every measure divides over edits."""

    cases: tuple[ChangedCase, ...] = ()
    division: Division | None = None


def run_of(counts: Counted, number: int, policy: Identity) -> Run:
    """Return what one policy comes to."""
    tally = counts.tally
    sums = tally.policies[number]
    values = sums.values.sum(axis=2)
    return Run(
        name=policy.name,
        title=policy.title,
        release=policy.release,
        figures=tuple(_figures(counts, values.sum(axis=1), int(tally.customers.sum()))),
        verdicts=dict(zip(POSITIONS, sums.verdicts.tolist(), strict=True)),
        escalations=dict(sums.escalations),
        funnel=tuple(
            Stage.model_validate({"stage": stage, "asks": asks})
            for stage, asks in zip(FUNNEL, sums.funnel.tolist(), strict=True)
        ),
        segments=tuple(_segment_figures(counts, place, values) for place in range(len(tally.segments))),
        unknown_economics=sums.unknown_economics,
    )


def _figures(counts: Counted, values: Ints, customers: int) -> Iterator[Figure]:
    for measure, value in zip(measures(counts.simulation), values.tolist(), strict=True):
        yield Figure(
            measure=measure.name,
            value=counts.currency.quantity(value, measure.unit),
            per_customer=counts.currency.amount(value / customers, measure.unit) if customers else None,
        )


def _segment_figures(counts: Counted, place: int, values: Ints) -> SegmentFigures:
    """Return the figures of a segment; none where it has too few customers."""
    customers = int(counts.tally.customers[place].sum())
    enough = customers >= counts.simulation.floor
    return SegmentFigures(
        segment=counts.tally.segments[place],
        customers=customers,
        asks=_asks(counts.tally, place),
        figures=tuple(_figures(counts, values[:, place], customers)) if enough else (),
    )


def _asks(tally: Tally, place: int) -> int:
    """Return how many asks the customers of a segment make, whatever the policy."""
    return int(tally.policies[0].values[tally.measures.index("asks"), place].sum())


def comparison(counts: Counted, number: int, policy: Identity, details: Details) -> Comparison:
    """Return what a candidate changes against the baseline, with what the gates say of it."""
    pair = counts.tally.pairs[number - 1]
    seen = contrasts(counts.simulation, counts.tally, number)
    gates = tuple(gate(spec, seen, counts.currency) for spec in counts.simulation.gates)
    assumed = counts.simulation.response is not None
    return Comparison(
        candidate=policy.name,
        title=policy.title,
        release=policy.release,
        edits=policy.edits,
        changes=_changes(counts, seen, ALL),
        transitions=tuple(_transitions(pair)),
        segments=_segments(counts, seen, pair),
        changed=_changed(pair, details.cases),
        attribution=() if details.division is None else tuple(_attributed(counts, policy, details.division)),
        assumptions=tuple(_assumptions(counts, number)),
        break_even=break_even(counts.tally, number, counts.currency) if assumed else None,
        gates=gates,
        advice=advice(gates),
    )


def _changes(counts: Counted, seen: Contrasts, segment: str) -> tuple[Change, ...]:
    return tuple(one.change(counts.currency) for one in seen[segment])


def _transitions(pair: Pair) -> Iterator[Transition]:
    for before, row in zip(POSITIONS, pair.transitions.tolist(), strict=True):
        for after, asks in zip(POSITIONS, row, strict=True):
            if asks:
                yield Transition(before=before, after=after, asks=asks)


def _segments(counts: Counted, seen: Contrasts, pair: Pair) -> tuple[SegmentChange, ...]:
    """Return what changes for each segment, and which stand out from what chance explains."""
    names = counts.tally.segments
    chances = [_chance(seen, name) for name in names]
    finds = standing_out(chances, 1 - counts.simulation.confidence)
    return tuple(
        SegmentChange(
            segment=name,
            customers=int(counts.tally.customers[place].sum()),
            asks=_asks(counts.tally, place),
            enough=name in seen,
            winners=int(pair.winners[place]),
            losers=int(pair.losers[place]),
            changes=_changes(counts, seen, name) if name in seen else (),
            p_value=chances[place],
            stands_out=finds[place],
        )
        for place, name in enumerate(names)
    )


def _chance(seen: Contrasts, segment: str) -> float | None:
    if segment not in seen:
        return None
    return next(one.p_value for one in seen[segment] if one.measure.name == SCREENED)


def _changed(pair: Pair, cases: tuple[ChangedCase, ...]) -> Changed:
    counts = pair.changed.values()
    return Changed(
        decisions=sum(one.decisions for one in counts),
        reasons_only=sum(one.reasons_only for one in counts),
        alternatives_only=sum(one.alternatives_only for one in counts),
        alternatives=sum(one.alternatives for one in counts),
        by_action={
            action: {"decision": one.decisions, "reasons": one.reasons_only, "alternatives": one.alternatives_only}
            for action, one in pair.changed.items()
        },
        cases=cases,
    )


def _attributed(counts: Counted, policy: Identity, division: Division) -> Iterator[Attribution]:
    """Yield how the difference of each measure that changes divides over the edits, in whole units that add up."""
    for measure, *parts in zip(measures(counts.simulation), *division.shares, strict=True):
        if any(parts):
            shares = zip(policy.edits, apportioned(parts), strict=True)
            yield Attribution(
                measure=measure.name,
                shares=tuple(
                    Share(edit=edit, contribution=counts.currency.quantity(part, measure.unit)) for edit, part in shares
                ),
                exact=division.exact,
            )


def _assumptions(counts: Counted, number: int) -> Iterator[Assumption]:
    """Yield each assumption, with the difference of the paying measure at both of its ends."""
    response, tally = counts.simulation.response, counts.tally
    if response is None:
        return
    paying = tally.measures.index(tally.paying)
    ends = tally.policies[number].ends[:, :, paying] - tally.policies[0].ends[:, :, paying]
    for guess, (low, high) in zip(response.guesses(), ends.tolist(), strict=True):
        yield Assumption(
            name=guess.name,
            title=guess.title,
            low=guess.texts[0],
            base=guess.texts[1],
            high=guess.texts[2],
            at_low=counts.currency.money(low),
            at_high=counts.currency.money(high),
        )
