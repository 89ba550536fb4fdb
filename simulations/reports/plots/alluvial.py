"""How asks flow from the verdicts of the baseline to those of a candidate."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from schemas.study import Comparison, Position, Transition
from simulations.reports.formats import count
from simulations.reports.plots.picture import BAD, GOOD, INK, QUIET, Picture
from simulations.reports.sections.verdicts import ordered
from simulations.reports.subject import Subject
from simulations.reports.titles import POSITIONS, better

GAP: Final = 0.055
BAR: Final = 0.015
CURVE: Final = (Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, *(Path.CURVE4,) * 3, Path.CLOSEPOLY)


@dataclass(frozen=True, slots=True)
class Node:
    """A verdict on one side: where its bar ends on top, and how high it is."""

    top: float
    height: float
    asks: int


def transitions(_: Subject, comparison: Comparison) -> Iterator[Picture]:
    """Yield the flows between verdicts."""
    if sum(move.asks for move in comparison.transitions):
        yield Picture(
            "transitions",
            "Where asks end up",
            "A band is the asks that go from one verdict to another: green is better for the customer, red is worse, "
            "grey is neither.",
            (7.4, 4.2),
            functools.partial(_draw, moves=comparison.transitions),
        )


def _draw(figure: Figure, moves: Sequence[Transition]) -> None:
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set(xlim=(-0.34, 1.34), ylim=(-0.02, 1.08))
    left, right = _nodes(moves, "before"), _nodes(moves, "after")
    _flows(axes, moves, left, right)
    for side, nodes, heading in ((0, left, "Baseline"), (1, right, "Candidate")):
        axes.text(side, 1.03, heading, ha="center", weight="bold")
        for position, node in nodes.items():
            _bar(axes, side, node, POSITIONS[position])


def _nodes(moves: Sequence[Transition], side: str) -> Mapping[Position, Node]:
    """Return the bar of each verdict on a side, best for the customer on top."""
    asks: dict[Position, int] = {}
    for move in moves:
        position = move.before if side == "before" else move.after
        asks[position] = asks.get(position, 0) + move.asks
    scale = (1 - GAP * (len(asks) - 1)) / sum(asks.values())
    nodes, top = {}, 1.0
    for position in ordered(asks):
        nodes[position] = Node(top, asks[position] * scale, asks[position])
        top -= nodes[position].height + GAP
    return nodes


def _bar(axes: Axes, side: int, node: Node, title: str) -> None:
    axes.add_patch(Rectangle((side - BAR, node.top - node.height), 2 * BAR, node.height, color=INK, linewidth=0.5))
    outside = 3 * BAR if side else -3 * BAR
    axes.text(
        side + outside,
        node.top - node.height / 2,
        f"{title}  {count(node.asks)}",
        ha="left" if side else "right",
        va="center",
    )


def _flows(
    axes: Axes, moves: Sequence[Transition], left: Mapping[Position, Node], right: Mapping[Position, Node]
) -> None:
    """Draw a band for each move, those that stay first, so that changes lie on top of them."""
    places = list(POSITIONS)
    from_top, to_top = ({one: node.top for one, node in nodes.items()} for nodes in (left, right))
    bands = []
    for move in sorted(moves, key=lambda move: (places.index(move.before), places.index(move.after))):
        height = left[move.before].height * move.asks / left[move.before].asks if move.asks else 0.0
        landed = right[move.after].height * move.asks / right[move.after].asks if move.asks else 0.0
        bands.append((move, (from_top[move.before], height), (to_top[move.after], landed)))
        from_top[move.before] -= height
        to_top[move.after] -= landed
    for move, start, end in sorted(bands, key=lambda band: band[0].before != band[0].after):
        _band(axes, move, start, end)


def _band(axes: Axes, move: Transition, start: tuple[float, float], end: tuple[float, float]) -> None:
    (top, height), (to, landed) = start, end
    near, far = BAR, 1 - BAR
    points = [
        (near, top),
        (0.5, top),
        (0.5, to),
        (far, to),
        (far, to - landed),
        (0.5, to - landed),
        (0.5, top - height),
        (near, top - height),
        (near, top),
    ]
    up = better(move.before, move.after)
    colour = GOOD if up > 0 else BAD if up < 0 else QUIET
    patch = PathPatch(Path(points, CURVE), facecolor=colour, edgecolor="none")
    patch.set_alpha(0.25 if move.before == move.after else 0.75)
    axes.add_patch(patch)
