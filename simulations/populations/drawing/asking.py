"""The asks of a batch's customers, an action at a time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from engine.backends.columnar.rows import take
from engine.backends.columnar.table import Table
from engine.language.packs.inputs import ASKED, RUNG
from engine.program.types import INT
from simulations.populations.drawing.columns import Column, Places, Values, recoded
from simulations.populations.drawing.levels import ITEM_NUMBER, Level, under
from simulations.populations.drawing.listing import draw_all
from simulations.populations.drawing.marginals import COUNT_MOST, poisson_counts
from simulations.populations.drawing.spec import ROLE, AskKind, Spec
from simulations.populations.drawing.tables import beside, part_of
from simulations.populations.drawing.values import Site, drawn, true_of
from simulations.populations.population import Asks, Numbers

CUSTOMERS_MOST: Final = 1_000_000_000
"""More are not drawn. Each kind of ask has so many numbers of its own, however many customers there are."""


@dataclass(frozen=True, eq=False)
class Customers:
    """The customers of a batch: as they were drawn, as the inputs of their asks, and how they are called."""

    spec: Spec
    level: Level
    inputs: Table
    names: pl.Series
    numbers: Numbers


def asks_of(customers: Customers) -> tuple[Asks, ...]:
    """Return the asks for each action that somebody asks for."""
    counted = [(kind, _counts(kind, customers.level)) for kind in customers.spec.asks]
    made = [
        (kind, under(customers.level, _purpose(kind), counts, of_asks=True)) for kind, counts in counted if counts.any()
    ]
    ends = np.cumsum([0, *(asks.rows for _, asks in made)]).tolist()
    # What is known of the customers is gathered for all asks at once, for each gathering takes a while.
    people = np.concatenate([np.empty(0, np.int64), *(asks.owners for _, asks in made)])
    inputs = take(customers.inputs, people)
    parts = [part_of(inputs, first, last) for first, last in pairwise(ends)]
    return tuple(_asked(customers, *one, part) for one, part in zip(made, parts, strict=True))


def _purpose(kind: AskKind) -> str:
    return f"ask:{kind.action}"


def _counts(kind: AskKind, level: Level) -> Places:
    """Return how often each customer asks."""
    often = drawn(kind.often, Site(level, f"{_purpose(kind)}/often"))
    uniforms = level.uniforms(_purpose(kind))
    means = np.broadcast_to(often.values.astype(np.float64), level.rows)
    counts = (uniforms < means).astype(np.int64) if kind.once else poisson_counts(uniforms, means)
    if often.known is not None:
        counts = counts * often.known
    return counts if kind.when is None else counts * true_of(level.value(kind.when))


def _asked(customers: Customers, kind: AskKind, asks: Level, inputs: Table) -> Asks:
    """Return the asks for one action, a row of the level each; `inputs` are what is known of who asks."""
    draw_all(asks, kind.entries, None)
    asks.add(ASKED, _amount(asks), INT)
    asks.add(RUNG, _rung(asks, customers.spec.ladder), INT)
    own = asks.facts([*(entry.path for entry in kind.entries), ASKED, RUNG])
    action = pl.repeat(kind.action, asks.rows, dtype=pl.String, eager=True)
    action_of = Table(asks.rows, {"ask.action": action}, {"ask": None})
    people, nth = asks.owners, asks.column(ITEM_NUMBER).values
    slot = (kind.place * COUNT_MOST + nth - 1) * CUSTOMERS_MOST
    names = customers.names.gather(people) + f"/{kind.action}/" + pl.Series(nth).cast(pl.String)
    return Asks(
        action=kind.action,
        table=beside(asks.rows, [inputs, own, action_of]),
        people=people,
        numbers=slot + customers.numbers[people],
        ids=names.to_list(),
    )


def _amount(asks: Level) -> Column:
    """Return how much is asked for; 0 where it is not said."""
    if "ask.amount" not in asks.columns:
        return Column(np.zeros(asks.rows, np.int64))
    column = asks.columns["ask.amount"]
    return Column(column.values if column.known is None else np.where(column.known, column.values, 0))


def _rung(asks: Level, ladder: tuple[str, ...]) -> Column:
    """Return the place of who is asked on the ladder, from 1; 0 for nobody in particular."""
    column = asks.column(ROLE)
    places: Values = np.zeros(asks.rows, np.int64) if column.texts is None else recoded(column, ladder) + 1
    places = places.astype(np.int64)
    return Column(places if column.known is None else np.where(column.known, places, 0))
