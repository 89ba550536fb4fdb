"""What names an expression may read, where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.language.cel.syntax import Syntax
from engine.program.nodes import Field, Input, Named, Node, Variable
from engine.program.types import Record, Type

if TYPE_CHECKING:
    from engine.language.cel.typecheck import Checker


class TypeProblem(Exception):
    """An expression that does not type-check: where in it, why, and what to write instead."""

    def __init__(self, at: Syntax, code: str, message: str, help: str = "") -> None:
        """Keep where and why."""
        super().__init__(message)
        self.at, self.code, self.message, self.help = at, code, message, help


@dataclass(frozen=True)
class Conventions:
    """What a pack fixes for all its expressions: its clock, its calendar, its money."""

    zone: str = "UTC"
    calendar: str = ""
    digits: int = 2

    @property
    def unit(self) -> int:
        """Minor units in one currency unit."""
        return int(10**self.digits)


Macro = Callable[["Checker", tuple[Syntax, ...], "Scope", Syntax], Node]
"""A definition or table with parameters: expands a call to a node."""


@dataclass(frozen=True)
class Scope:
    """Names in reach: quantifier variables and parameters first, then inputs, then definitions.

    `inputs` are the top-level inputs, and `depth` is how many quantifiers are around.
    """

    inputs: Record
    conventions: Conventions = field(default_factory=Conventions)
    variables: Mapping[str, Node] = field(default_factory=dict)
    values: Mapping[str, Callable[[int], Node]] = field(default_factory=dict)
    """Definitions, `params.x` and `tables.x` without parameters, by full name; given the depth they are used at."""
    macros: Mapping[str, Macro] = field(default_factory=dict)
    """Definitions and `tables.x` with parameters, by full name."""
    ask: Record | None = None
    """The members of `ask` in reach here, where they are fewer than the input declares."""
    words: Mapping[str, tuple[str | Node, ...]] = field(default_factory=dict)
    """What is said of a fact, by its path, where it is not called by its title or name."""
    used: set[str] = field(default_factory=set)
    """Dotted names of the facts, and full names of definitions, parameters and tables, that were read."""
    depth: int = 0
    leaves: dict[tuple[Node | None, str], Node] = field(default_factory=dict)
    """Facts by the record they belong to and their name, so that a fact that is read twice is one node."""

    def leaf(self, of: Node | None, node: Input | Field) -> Node:
        """Return the one node that stands for a fact; of None: a top-level input."""
        known = self.leaves.setdefault((of, node.name), node)
        return known if known.type == node.type else node

    def told(self, node: Node, path: str) -> Node:
        """Return a fact with its words, where it has words of its own."""
        words = self.words.get(path)
        return node if words is None else self.leaves.setdefault((node, path), Named(path, node, words, node.type))

    def bind(self, name: str, type_: Type) -> Scope:
        """Return the scope inside a quantifier over items of a type."""
        variable = Variable(self.depth, name, type_)
        return replace(self, variables={**self.variables, name: variable}, depth=self.depth + 1)

    def with_variables(self, variables: Mapping[str, Node]) -> Scope:
        """Return the scope with more names that stand for nodes."""
        return replace(self, variables={**self.variables, **variables})
