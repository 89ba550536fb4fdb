"""Decision tables to nodes: each row a condition on the inputs, and what it gives."""

from __future__ import annotations

from engine.language.cel.convert import Mismatch, convert, given
from engine.language.cel.scope import Scope, TypeProblem
from engine.language.cel.syntax import Apply
from engine.language.diagnostics import did_you_mean
from engine.language.packs.pack import Cell, Expression, Interval, Row, Table
from engine.language.packs.sites import Sites
from engine.program import types
from engine.program.nodes import (
    And,
    Arithmetic,
    Case,
    Compare,
    Comparison,
    Const,
    Contains,
    Failure,
    Has,
    Items,
    Node,
    Operator,
    Or,
)
from engine.program.types import BOOL, Kind, Type, kind_of


def table_values(sites: Sites, table: Table, output: str, scope: Scope) -> Node:
    """Return the node of one of a table's outputs; no row that applies is a failure."""
    type_ = dict(table.outputs)[output]
    inputs = {name: sites.node(expression, scope) for name, expression in table.inputs}
    sites.columns.setdefault(table.name, []).append(inputs)
    rows = [(row_condition(sites, row, inputs, scope), _output(sites, row, output, type_, scope)) for row in table.rows]
    if table.hit == "collect":
        return _collected(rows, type_)
    return Case(tuple(rows), _last(sites, table, output, type_, scope), type_)


def _last(sites: Sites, table: Table, output: str, type_: Type, scope: Scope) -> Node:
    otherwise = dict(table.otherwise or ()).get(output)
    return Failure(type_) if otherwise is None else sites.node(otherwise, scope, type_)


def _output(sites: Sites, row: Row, output: str, type_: Type, scope: Scope) -> Node:
    expression = dict(row.outputs).get(output)
    if expression is None:
        sites.error(row.mark, "table-output", f"the row does not say `{output}`")
        return Failure(type_)
    return sites.node(expression, scope, type_)


def _collected(rows: list[tuple[Node, Node]], item: Type) -> Node:
    type_ = types.ListOf(item)
    parts: list[Node] = [
        Case(((condition, Items((value,), type_)),), Items((), type_), type_) for condition, value in rows
    ]
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [pair[0] if len(pair) == 1 else Arithmetic(Operator.ADD, pair[0], pair[1], type_) for pair in pairs]
    return parts[0] if parts else Items((), type_)


def row_condition(sites: Sites, row: Row, inputs: dict[str, Node], scope: Scope) -> Node:
    """Return whether a row applies; a missing input is any."""
    parts = []
    for name, cell in row.cells:
        if name not in inputs:
            known = (*inputs, *(column for column, _ in row.outputs))
            help = did_you_mean(name, known) or "it has " + ", ".join(f"`{one}`" for one in known)
            sites.error(cell.mark, "unknown-column", f"the table has no column `{name}`", help)
        else:
            parts.append(_cell(sites, cell, inputs[name], scope))
    return And(tuple(parts), BOOL)


def _cell(sites: Sites, cell: Cell, node: Node, scope: Scope) -> Node:
    values = [one for one in cell.choices if isinstance(one, Expression)]
    spans = [one for one in cell.choices if isinstance(one, Interval)]
    if kind_of(node.type) is Kind.BOOL and len(values) == 1 and not spans:
        return Compare(Comparison.EQ, node, cell_constant(sites, values[0], node, scope), BOOL)
    choices = [_interval(sites, span, node, scope) for span in spans]
    constants = tuple(cell_constant(sites, value, node, scope) for value in values)
    if len(constants) == 1:
        choices.append(Compare(Comparison.EQ, node, constants[0], BOOL))
    elif constants:
        choices.append(Contains(node, Items(constants, types.ListOf(node.type)), BOOL))
    return choices[0] if len(choices) == 1 else Or(tuple(choices), BOOL)


def _interval(sites: Sites, span: Interval, node: Node, scope: Scope) -> Node:
    """Return whether the input is in the interval; null is in none."""
    value = given(node)
    parts: list[Node] = [Has(node, BOOL)] if node.type.nullable else []
    if span.low is not None:
        op = Comparison.GE if span.low_in else Comparison.GT
        parts.append(Compare(op, value, cell_constant(sites, span.low, value, scope), BOOL))
    if span.high is not None:
        op = Comparison.LE if span.high_in else Comparison.LT
        parts.append(Compare(op, value, cell_constant(sites, span.high, value, scope), BOOL))
    return parts[0] if len(parts) == 1 else And(tuple(parts), BOOL)


def cell_constant(sites: Sites, expression: Expression, like: Node, scope: Scope) -> Node:
    """Return a cell's value as the column's type: a text for a date or a duration is read as one."""
    syntax = expression.syntax
    reader = {Kind.DATE: "date", Kind.TIMESTAMP: "timestamp", Kind.DURATION: "duration"}.get(
        kind_of(like.type) or Kind.TEXT
    )
    if reader is not None:
        syntax = Apply(reader, None, (syntax,), syntax.start, syntax.end)
    try:
        node = sites.checker.node(syntax, scope)
        if kind_of(like.type) in (Kind.NUMBER, Kind.INT) and kind_of(node.type) in (Kind.NUMBER, Kind.INT):
            return node
        return convert(node, like.type, scope.conventions) if kind_of(node.type) is not Kind.NULL else node
    except Mismatch as problem:
        known = like.type.values if isinstance(like.type, types.Enum) else ()
        sites.error(expression.mark, problem.code, f"cell: {problem}", did_you_mean(expression.text, known))
    except TypeProblem as problem:
        sites.report(expression, problem)
    return Const(0, like.type)
