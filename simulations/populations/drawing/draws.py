"""How a fact is drawn: what a spec writes of it, checked against its type, ready to be drawn for many rows at once.

Values are the engine's own; a text is drawn as its place among the texts of its draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias, assert_never

from engine.backends.columns import Columns, compile_columns
from engine.program.nodes import Field, Input, Node
from engine.program.types import Record, Type
from engine.program.walk import postorder
from simulations.populations.drawing.marginals import Marginal

Draw: TypeAlias = (
    "Constant | Nothing | Shares | Chance | Figure | Ago | Chosen | Computed | Numbered | Picked | Sometimes"
)

VALUE: Final = "value"
NO_INPUTS: Final = Record(())


@dataclass(frozen=True, eq=False)
class Formula:
    """An expression over what is drawn before it."""

    node: Node
    fixed: tuple[tuple[str, object], ...] = ()
    """The inputs that are the same for everybody."""
    inputs: Record = NO_INPUTS
    """All that it may read, with its type."""

    @cached_property
    def path(self) -> str:
        """The path of the one fact that it is, or nothing where it is more than that."""
        return path_of(self.node)

    @cached_property
    def reads(self) -> frozenset[str]:
        """The paths of the facts that it reads, each as far as it is followed from a top-level input."""
        nodes = postorder([self.node])
        inner = {node.of for node in nodes if isinstance(node, Field)}
        fixed = {name for name, _ in self.fixed}
        paths = {path_of(node) for node in nodes if node not in inner}
        return frozenset(path for path in paths if path and path.split(".")[0] not in fixed)

    @cached_property
    def columns(self) -> Columns:
        """The expression as columns, compiled once in each process."""
        return compile_columns([(VALUE, self.node)], dict(self.fixed), self.inputs)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is compiled: another process compiles for itself."""
        return {name: value for name, value in self.__dict__.items() if name != "columns"}


def path_of(node: Node) -> str:
    """Return the dotted path of a fact that is read as it is, or nothing."""
    match node:
        case Input(name=name):
            return name
        case Field(of=of, name=name) if above := path_of(of):
            return f"{above}.{name}"
        case _:
            return ""


@dataclass(frozen=True)
class Scale:
    """How a figure becomes the engine's value: rounded to steps, cut to its ends, times the unit."""

    unit: int = 1
    """How many of the engine's units are one of the spec's."""
    whole: bool = True
    step: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Constant:
    """The same for all; an int, float or bool."""

    value: int | float | bool


@dataclass(frozen=True)
class Nothing:
    """None for all, which is known; or unknown."""

    known: bool


@dataclass(frozen=True)
class Shares:
    """One of some values, each with its share; values are texts or engine values."""

    values: tuple[str, ...] | tuple[int | float | bool, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Chance:
    """True for a share of all."""

    share: float


@dataclass(frozen=True)
class Figure:
    """A figure of a distribution."""

    marginal: Marginal
    scale: Scale


@dataclass(frozen=True, eq=False)
class Ago:
    """A day or moment so many days before now, or after it."""

    days: Draw
    per_day: int
    """How many steps a day has."""
    step: int
    """What the engine's value loses with every step; negative for what is to come."""
    base: Formula | int
    """The day or moment to count from."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """What is drawn depends on another value: the first row with that value, else `otherwise` (unknown for none)."""

    given: Formula
    rows: tuple[tuple[str | int | float | bool, Draw], ...]
    otherwise: Draw


@dataclass(frozen=True, eq=False)
class Computed:
    """What an expression comes to."""

    formula: Formula
    type: Type
    scale: Scale | None


@dataclass(frozen=True)
class Numbered:
    """A text with the row's number in it: `S3`."""

    before: str
    after: str


@dataclass(frozen=True, eq=False)
class Picked:
    """A member of a random item of a list among those that a condition holds for; else `otherwise`."""

    path: str
    member: str
    names: frozenset[str]
    """What the list's items have of their own."""
    where: Formula | None
    otherwise: Draw


@dataclass(frozen=True, eq=False)
class Sometimes:
    """A draw that is none, or unknown, for a share of all."""

    draw: Draw
    none: float
    missing: float


def inner(draw: Draw) -> tuple[Draw, ...]:
    """Return the draws that a draw is made of."""
    match draw:
        case Ago(days=one) | Sometimes(draw=one) | Picked(otherwise=one):
            return (one,)
        case Chosen(rows=rows, otherwise=otherwise):
            return (*(row for _, row in rows), otherwise)
        case Constant() | Nothing() | Shares() | Chance() | Figure() | Computed() | Numbered():
            return ()
        case _ as never:
            assert_never(never)


def reads_of(draw: Draw) -> Iterator[str]:
    """Yield the paths of all that must be drawn before."""
    match draw:
        case Ago(base=Formula() as one) | Chosen(given=one) | Computed(formula=one):
            yield from one.reads
        case Picked():
            yield f"{draw.path}.{draw.member}"
            yield from beyond(frozenset() if draw.where is None else draw.where.reads, draw.names)
        case _:
            pass
    for each in inner(draw):
        yield from reads_of(each)


def beyond(paths: Iterable[str], names: Set[str]) -> Iterator[str]:
    """Yield the paths that do not begin with one of some names."""
    yield from (path for path in paths if path.split(".")[0] not in names)
