"""The moment of all asks, or the span that they fall into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from engine.backends.times import date_of
from engine.language.diagnostics import Diagnostics
from engine.language.packs.building import as_mapping, as_scalar
from engine.language.packs.pack import NOWHERE
from engine.language.reading.tree import Mapping, Scalar, Tree
from engine.program.nodes import Call, Const, Given, Input, Node
from engine.program.types import DATE, TEXT, TIMESTAMP, required
from engine.release import Release
from engine.values.problem import ValueProblem
from simulations.populations.drawing.draws import Computed, Figure, Formula, Scale, path_of
from simulations.populations.drawing.marginals import Uniform
from simulations.populations.drawing.spec import Entry, Fact
from simulations.populations.reading.draws import TODAY

Inputs: TypeAlias = tuple[tuple[str, object], ...]
SECOND: Final = 1_000_000


@dataclass(frozen=True, eq=False)
class Clock:
    """What is the same in every ask, and what is drawn."""

    fixed: Inputs
    today: int | None
    entries: tuple[Entry, ...]


def clock_of(top: Mapping, release: Release, found: Diagnostics) -> Clock:
    """Return the clock of a spec."""
    written, policy = top.get("now"), release.policy
    zone = policy.conventions.zone
    as_of = policy.as_of or Input("now", TIMESTAMP)
    of_now = path_of(as_of) == "now"
    if isinstance(written, Scalar):
        now = moment_of(written, release, found)
        today = date_of(now, zone)
        if of_now:
            return Clock((("now", now), ("as_of", today)), today, ())
        return Clock((("now", now),), today, (_as_of(as_of, release, (("now", now),)),))
    drawn = tuple(_span(as_mapping(cast(Tree, written)), release, found))
    return Clock((), None, (*drawn, _as_of(as_of, release, ())))


def moment_of(tree: Tree, release: Release, found: Diagnostics) -> int:
    """Return the moment that is written."""
    try:
        return cast(int, release.always["now"](as_scalar(tree).text))
    except ValueProblem:
        found.error(tree.mark, "bad-literal", "this is not a time", "write it as 2026-03-01T09:00:00")
        return 0


def _span(tree: Mapping, release: Release, found: Diagnostics) -> Iterator[Entry]:
    """Yield the moment at which each customer asks, and its day."""
    first, last = (moment_of(cast(Tree, tree.get(name)), release, found) // SECOND for name in ("from", "to"))
    if first > last:
        found.error(tree.mark, "empty-range", "`from` is after `to`", "exchange them")
    yield Fact("now", TIMESTAMP, Figure(Uniform(first, last), Scale(SECOND, step=1.0)), tree.mark, own=False)
    day = _day_of(Input("now", TIMESTAMP), release.policy.conventions.zone)
    yield Fact(TODAY, DATE, Computed(Formula(day), DATE, None), tree.mark, own=False)


def _as_of(node: Node, release: Release, fixed: Inputs) -> Entry:
    """Return the day whose rules hold."""
    inputs, zone = release.policy.inputs, release.policy.conventions.zone
    given = Given(node, required(node.type)) if node.type.nullable else node
    day = given if given.type == DATE else _day_of(given, zone)
    return Fact("as_of", DATE, Computed(Formula(day, fixed, inputs), DATE, None), NOWHERE, own=False)


def _day_of(moment: Node, zone: str) -> Node:
    return Call("date_of", (moment, Const(zone, TEXT)), DATE)
