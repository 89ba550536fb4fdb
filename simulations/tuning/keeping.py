"""What no setting changes, worked out once: expressions over facts alone, kept as columns of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from engine.backends.columnar.table import Table
from engine.backends.columns import Columns, compile_columns
from engine.program.nodes import Const, Failure, Field, Given, Has, Input, Known, Named, Node, Variable
from engine.program.types import Enum, Plain, Record
from engine.program.walk import free_variables, mentions, operands, postorder, rebuilt

CHEAP: Final = (Const, Failure, Input, Variable, Field, Given, Has, Known, Named)
"""What costs no more than reading a column, unless something below it does."""


@dataclass(frozen=True, eq=False)
class Kept:
    """Expressions by the name of the input that stands for each."""

    nodes: Mapping[str, Node]

    def columns(self, fixed: Mapping[str, object], inputs: Record) -> Columns | None:
        """Return what works them out; None where there is none."""
        return compile_columns(tuple(self.nodes.items()), fixed, inputs) if self.nodes else None


def beside(table: Table, columns: Columns | None) -> Table:
    """Return a table with what is kept beside its facts."""
    if columns is None:
        return table
    found = columns.run(table)
    cells = {name: _texts(columns, name, found) for name in found.cells}
    return replace(table, cells={**table.cells, **cells}, nones={**table.nones, **found.nones})


def _texts(columns: Columns, name: str, found: Table) -> pl.Series:
    """Return a column, its texts as texts."""
    codes = found.cells[name]
    if name not in columns.texts:
        return codes
    return pl.Series(name, columns.texts[name], dtype=pl.String).gather(codes)


def keeping(roots: Iterable[Node], decisive: Iterable[Node]) -> tuple[Kept, dict[Node, Node]]:
    """Return what is kept of expressions, and what each of them is with that read from columns.

    Kept is what the decisive ones need, reads neither an ask nor a parameter that may be set, is a single value, and
    costs something.
    """
    order, needed = postorder(roots, mentions), postorder(decisive, operands)
    varying = _varying(order)
    steady = {node for node in needed if node not in varying and not isinstance(node, CHEAP) and _single(node)}
    read = {part for node in needed if node not in steady for part in operands(node)} & steady
    inputs = {node: Input(f"@kept{place}", node.type) for place, node in enumerate(n for n in order if n in read)}
    made: dict[Node, Node] = {}
    for node in order:
        made[node] = inputs[node] if node in inputs else rebuilt(node, tuple(made[part] for part in mentions(node)))
    return Kept({input_.name: node for node, input_ in inputs.items()}), made


def _varying(order: list[Node]) -> set[Node]:
    """Return the nodes that read an ask, a parameter that may be set, or a quantifier's variable from outside."""
    free = free_variables(order, {})
    varying: set[Node] = set()
    for node in order:
        own = isinstance(node, Input) and (node.name == "ask" or node.name.startswith("@"))
        if own or free[node] or not varying.isdisjoint(operands(node)):
            varying.add(node)
    return varying


def _single(node: Node) -> bool:
    return isinstance(node.type, Plain | Enum)
