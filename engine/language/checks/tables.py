"""Checks of decision tables: rows that overlap, and combinations that no row is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.backends.reference import evaluate
from engine.language.cel.scope import Scope
from engine.language.checks.table_atoms import Atom, Limits, Span, atoms, limits_of, only
from engine.language.checks.table_cover import Combination, hole, overlaps
from engine.language.checks.table_words import part_words
from engine.language.diagnostics import Diagnostics, did_you_mean
from engine.language.packs.owners import Owners
from engine.language.packs.pack import Cell, Expression, Interval, Pack, Table
from engine.language.packs.sites import Sites
from engine.language.packs.tables import cell_constant
from engine.program.nodes import Node
from engine.program.plan import Policy


def else_is_whole(pack: Pack, found: Diagnostics) -> None:
    """Report an `else:` that names other outputs than the table has, or not all of them."""
    for table in pack.tables:
        outputs = [name for name, _ in table.outputs]
        given = dict(table.otherwise or ())
        for name, value in given.items():
            if name not in outputs:
                message = f"`else` of table `{table.name}` gives unknown output `{name}`"
                found.error(value.mark, "unknown-column", message, did_you_mean(name, outputs))
        for name in outputs:
            if given and name not in given:
                found.error(table.mark, "table-output", f"`else` of table `{table.name}` does not say `{name}`")


def tables_are_exact(policy: Policy, found: Diagnostics) -> None:
    """Report rows of `unique` tables that overlap, and tables with neither a row nor `else` for some input."""
    for table in policy.pack.tables:
        seen = set()
        for inputs in policy.columns.get(table.name, ()):
            limits = tuple(_limits(node, policy) for node in inputs.values())
            key = (tuple(node.type for node in inputs.values()), limits)
            if key not in seen and table.hit != "collect":
                seen.add(key)
                _grid(table, inputs, limits, policy).report(found)


def _limits(node: Node, policy: Policy) -> Limits:
    return limits_of(node, policy.inputs, policy.conventions.unit)


@dataclass(frozen=True, slots=True)
class _Grid:
    """A table whose columns are cut into parts."""

    table: Table
    policy: Policy
    columns: Mapping[str, tuple[Node, tuple[Atom, ...]]]
    rows: tuple[tuple[int, ...], ...]

    def report(self, found: Diagnostics) -> None:
        """Report what overlaps and what is left out."""
        several = False
        for earlier, later, at in overlaps(self.rows) if self.table.hit == "unique" else ():
            several = True
            line = self.table.rows[earlier].mark.line
            where = self._words(", for ", at)
            message = f"this row of table `{self.table.name}` overlaps the row on line {line}{where}"
            help = "narrow one of the two, or write `hit: first`"
            found.error(self.table.rows[later].mark, "table-overlap", message, help)
        if self.table.otherwise is None:
            self._report_hole(self.table.hit == "unique" and not several, found)

    def _report_hole(self, disjoint: bool, found: Diagnostics) -> None:
        widths = [len(parts) for _, parts in self.columns.values()]
        at = hole(self.rows, widths, disjoint)
        if at is None or 0 in widths:
            return
        message = f"table `{self.table.name}` has no row{self._words(' for ', at) or ' for some inputs'}"
        report = found.error if self.table.hit == "unique" else found.warning
        report(self.table.mark, "table-hole", message, "add a row, or `else:`")

    def _words(self, before: str, at: Combination) -> str:
        """Return a combination in words; columns that no row asks about are left out."""
        conventions = self.policy.conventions
        words = [
            f"{name} {part_words(parts[place], node.type, conventions)}"
            for place, (name, (node, parts)) in zip(at, self.columns.items(), strict=True)
            if len(parts) > 1
        ]
        return before + " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def _grid(table: Table, inputs: Mapping[str, Node], limits: Sequence[Limits], policy: Policy) -> _Grid:
    reader = _Reader(Sites(Diagnostics(), Owners(policy.pack)), Scope(policy.inputs, policy.conventions))
    asked = [{name: reader.spans(cell, inputs[name]) for name, cell in row.cells} for row in table.rows]
    columns = {
        name: (node, atoms(node, [span for row in asked for span in row.get(name, ())], limit))
        for (name, node), limit in zip(inputs.items(), limits, strict=True)
    }
    rows = tuple(tuple(_mask(parts, row.get(name)) for name, (_, parts) in columns.items()) for row in asked)
    return _Grid(table, policy, columns, rows)


def _mask(parts: tuple[Atom, ...], spans: Sequence[Span] | None) -> int:
    if spans is None:
        return (1 << len(parts)) - 1
    return sum(1 << place for place, part in enumerate(parts) if any(span.holds(part) for span in spans))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what cells ask as values."""

    sites: Sites
    scope: Scope

    def spans(self, cell: Cell, node: Node) -> tuple[Span, ...]:
        """Return what a cell asks."""
        return tuple(self._span(choice, node) for choice in cell.choices)

    def _span(self, choice: Expression | Interval, node: Node) -> Span:
        if isinstance(choice, Expression):
            return only(self._value(choice, node))
        low, high = self._value(choice.low, node), self._value(choice.high, node)
        return Span(low, choice.low_in, high, choice.high_in)

    def _value(self, expression: Expression | None, node: Node) -> object:
        return None if expression is None else evaluate(cell_constant(self.sites, expression, node, self.scope), {})
