"""What a population looks like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from engine.backends.columnar.rows import joined, take
from engine.backends.columnar.table import Table
from engine.program.nodes import Node
from engine.program.plan import Policy
from engine.program.types import NULL
from schemas.description import AskSummary, FactSummary, PopulationSummary, SegmentSummary, Spread, Value
from simulations.populations.fixed import evaluated
from simulations.populations.population import Population
from simulations.populations.summaries import Summaries

MOST: Final = 100_000
"""About how many customers' facts are looked at; of more customers, those of every second, third, ..."""
HEAD: Final = ("fact", "known", "none", "distinct", "values")


def describe(population: Population, policy: Policy, segment: Node | None = None) -> PopulationSummary:
    """Return the summary of a population, and of the segments that an expression tells apart."""
    step = max(1, -(-population.customers // MOST))
    asks: Counter[str] = Counter()
    askers: Counter[str] = Counter()
    parts = []
    for number in range(len(population)):
        batch = population.batch(number)
        parts.append(take(batch.people, np.flatnonzero(batch.numbers % step == 0)))
        for one in batch.asks:
            asks[one.action] += one.table.rows
            askers[one.action] += len(np.unique(one.people))
    people = joined(parts)
    return PopulationSummary(
        hash=population.hash,
        customers=population.customers,
        described=people.rows,
        asks=tuple(AskSummary(action=name, asks=asks[name], customers=askers[name]) for name in policy.plans),
        facts=_facts(people, policy),
        segments=() if segment is None else tuple(_segments(people, policy, segment, population.fixed)),
    )


def _segments(people: Table, policy: Policy, segment: Node, fixed: Mapping[str, object]) -> Iterator[SegmentSummary]:
    """Yield the summary of each segment, by name."""
    found = evaluated(policy, segment, people, fixed)
    names = np.array(["unknown" if name is None or name is NULL else str(name) for name in found])
    for name in np.unique(names):
        table = take(people, np.flatnonzero(names == name))
        yield SegmentSummary(segment=str(name), customers=table.rows, facts=_facts(table, policy))


def _facts(people: Table, policy: Policy) -> tuple[FactSummary, ...]:
    """Return the summary of each fact."""
    return tuple(Summaries(policy.conventions).members(people, "", policy.pack.facts, ""))


def summary_text(summary: PopulationSummary) -> str:
    """Return a summary as a table for a terminal."""
    asks = [(one.action, f"{one.asks:,}", f"{one.customers:,}") for one in summary.asks if one.asks]
    parts = [
        f"{summary.customers:,} customers, {summary.hash}",
        _table([("action", "asks", "customers"), *asks]),
        f"facts of {summary.described:,} customers",
        _table([HEAD, *map(_line, summary.facts)]),
    ]
    for segment in summary.segments:
        parts += [
            f"segment {segment.segment}: {segment.customers:,} customers",
            _table([HEAD, *map(_line, segment.facts)]),
        ]
    return "\n\n".join(parts) + "\n"


def _line(fact: FactSummary) -> tuple[str, ...]:
    """Return the cells of a fact."""
    values = ", ".join(f"{_word(one.value)} {one.count:,}" for one in fact.values) or _spread(fact.spread)
    return fact.fact, f"{fact.known:.1%}", f"{fact.none:.1%}" if fact.none else "", f"{fact.distinct:,}", values


def _word(value: Value) -> str:
    """Return a value in words."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.4g}"
        case _:
            return str(value)


def _spread(spread: Spread | None) -> str:
    """Return where values lie, in words."""
    if spread is None:
        return ""
    mean = "" if spread.mean is None else f", mean {spread.mean:,.2f}"
    low, lower, median, upper, high = map(_word, (spread.low, spread.p25, spread.median, spread.p75, spread.high))
    return f"{low} to {high}, half between {lower} and {upper}, median {median}{mean}"


def _table(rows: list[tuple[str, ...]]) -> str:
    """Return rows of cells as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
