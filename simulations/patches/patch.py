"""A change to a pack, as it was written: edits, each of one step or of several that only make sense together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from engine.language.diagnostics import Mark
from engine.language.reading.tree import Mapping, Scalar, Tree

ROWS = "rows"
"""The last name of a path to the rows of a table, which have no names of their own."""


@dataclass(frozen=True, eq=False, slots=True)
class Add:
    """A new entry at a path."""

    path: Scalar
    entry: Tree


@dataclass(frozen=True, eq=False, slots=True)
class Replace:
    """What stands at a path, written anew; `where`: the cells of the row that the path goes through."""

    path: Scalar
    where: Mapping | None
    content: Tree


@dataclass(frozen=True, eq=False, slots=True)
class Remove:
    """What stands at a path, taken out; `where`: the cells of the row that the path goes through."""

    path: Scalar
    where: Mapping | None


Step: TypeAlias = Add | Replace | Remove


@dataclass(frozen=True, eq=False, slots=True)
class Edit:
    """Steps that count as one, under the name and title that reports give them."""

    id: str
    title: str
    steps: tuple[Step, ...]
    mark: Mark


@dataclass(frozen=True, eq=False, slots=True)
class Patch:
    """A change to the pack of a name."""

    name: str
    title: str
    pack: Scalar
    because: tuple[str, ...]
    edits: tuple[Edit, ...]
    file: Path
