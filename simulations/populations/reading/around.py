"""Where entries of a spec stand: what they may read, what must be drawn, what stands in for what is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.language.diagnostics import Mark
from engine.language.packs.building import as_mapping
from engine.language.packs.pack import NOWHERE
from engine.language.reading.tree import Mapping as Tree
from engine.language.reading.tree import Tree as AnyTree
from engine.program.nodes import Node
from engine.program.types import INT, NULL, NUMBER, Record
from simulations.populations.drawing.draws import Constant, Draw, Nothing, Shares
from simulations.populations.drawing.marginals import COUNT_MOST
from simulations.populations.drawing.spec import Entry, Fact, is_drawn
from simulations.populations.reading.ground import Ground, Wanted
from simulations.populations.reading.marginals import number


@dataclass(frozen=True, eq=False)
class Around:
    """Where entries stand: the record whose members they are, what they may read, and what leads there in messages."""

    record: Record
    variables: Mapping[str, Node]
    label: str = ""
    prefix: str = ""
    """What stands before the names of members in their paths."""
    extra: tuple[Entry, ...] = ()
    """What is drawn beside them anyhow."""
    above: tuple[Entry, ...] = ()
    """What was drawn before all of them."""
    inputs: Record | None = None
    """All that must be drawn before it can be read, where that is more than the record."""


@dataclass(frozen=True, eq=False)
class Reader:
    """What reads some paths, and where it stands."""

    path: str
    mark: Mark
    reads: Iterable[str]


def check_drawn(ground: Ground, reader: Reader, inputs: Record, made: Sequence[Entry]) -> None:
    """Report each input that is read but not drawn."""
    names = {one.name for one in inputs}
    for path in sorted(set(reader.reads)):
        if path.split(".")[0] in names and not is_drawn(path, made):
            message = f"`{reader.path}` reads `{path}`, which is not drawn"
            ground.error(reader.mark, "not-drawn", message, "draw it too, or read another")


def defaults_of(record: Record, prefix: str, made: Sequence[Entry]) -> Iterator[Entry]:
    """Yield what stands in for members that nobody draws, in records of which something is drawn."""
    for member in record:
        path = prefix + member.name
        if isinstance(member.type, Record):
            if any(one.path.startswith(f"{path}.") for one in made):
                yield from defaults_of(member.type, f"{path}.", made)
        elif member.default and not any(one.path == path for one in made):
            yield Fact(path, member.type, fixed(member.default[0]), NOWHERE)


def fixed(value: object) -> Draw:
    """Return the draw that is one engine value for all."""
    match value:
        case str():
            return Shares((value,), (1.0,))
        case int() | float():
            return Constant(value)
        case _:
            return Nothing(known=value is NULL)


def share_of(tree: AnyTree | None) -> float:
    """Return the share that is written, 0 where none is."""
    return 0.0 if tree is None else number(tree)


def count_of(wanted: Wanted) -> Wanted:
    """Return what is wanted of the number of something."""
    written = {"min": 0.0, "max": float(COUNT_MOST)}
    return Wanted(f"{wanted.path}.count", INT, (("minimum", 0),), wanted.variables, written)


def chance_of(wanted: Wanted, name: str) -> Wanted:
    """Return what is wanted of the chance of something."""
    return Wanted(f"{wanted.path}.{name}", NUMBER, (("minimum", 0), ("maximum", 1)), wanted.variables)


def mapping_at(tree: Tree, key: str) -> Tree | None:
    """Return the mapping at a key, or None where it is not given."""
    value = tree.get(key)
    return None if value is None else as_mapping(value)
