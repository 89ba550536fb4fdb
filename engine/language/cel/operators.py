"""Operators: how two typed operands compare and combine."""

from __future__ import annotations

from typing import Final

from engine.language.cel.convert import Mismatch, common, convert, given
from engine.language.cel.scope import Scope, TypeProblem
from engine.language.cel.syntax import (
    Binary,
    ListOf,
    Syntax,
)
from engine.language.diagnostics import did_you_mean
from engine.program import types
from engine.program.nodes import (
    Arithmetic,
    Compare,
    Comparison,
    Const,
    Items,
    Node,
    Operator,
)
from engine.program.types import (
    BOOL,
    DURATION,
    INT,
    MONEY,
    NUMBER,
    TEXT,
    Enum,
    Kind,
    Type,
    kind_of,
)

_ORDERED: Final = tuple(kind for kind in Kind if kind is not Kind.NULL)
_NUMERIC: Final = (Kind.INT, Kind.NUMBER, Kind.MONEY)


def check_enum(at: Syntax, node: Node, other: Type) -> None:
    """Raise `TypeProblem` when a constant (or a list of constants) holds a text that the enum does not list."""
    if not isinstance(other, Enum):
        return
    literals = [(at, node)]
    if isinstance(node, Items):
        parts = at.items if isinstance(at, ListOf) else (at,) * len(node.items)
        literals = list(zip(parts, node.items, strict=True))
    for place, literal in literals:
        if isinstance(literal, Const) and isinstance(literal.value, str) and literal.value not in other.values:
            raise TypeProblem(
                place,
                "value-not-in-enum",
                f"`{literal.value}` is not {other}",
                did_you_mean(literal.value, other.values),
            )


def compare(syntax: Binary, left: Node, right: Node, scope: Scope) -> Node:
    """Return `left op right` for a comparison, brought to one kind."""
    check_enum(syntax.left, left, right.type)
    check_enum(syntax.right, right, left.type)
    op = Comparison(syntax.op)
    if op not in (Comparison.EQ, Comparison.NE):
        left, right = given(left), given(right)
    try:
        type_ = common([left.type, right.type])
    except Mismatch as problem:
        message = f"{left.type} cannot be compared with {right.type}"
        raise TypeProblem(syntax, "wrong-type", message, _comparable(left.type, right.type)) from problem
    if kind_of(type_) is Kind.NULL and op in (Comparison.EQ, Comparison.NE):
        return Const(op is Comparison.EQ, BOOL)
    _check_order(syntax, op, type_)
    if kind_of(type_) is Kind.NUMBER:
        return Compare(op, left, right, BOOL)
    return Compare(op, convert(left, type_, scope.conventions), convert(right, type_, scope.conventions), BOOL)


def _check_order(syntax: Binary, op: Comparison, type_: Type) -> None:
    if op in (Comparison.EQ, Comparison.NE):
        if not _comparable_whole(type_):
            raise TypeProblem(syntax, "wrong-type", f"a {type_} is not compared as a whole", "compare its members")
    elif kind_of(type_) not in _ORDERED:
        raise TypeProblem(syntax, "wrong-type", f"{type_} has no order")


def _comparable_whole(type_: Type) -> bool:
    return _comparable_whole(type_.item) if isinstance(type_, types.ListOf) else kind_of(type_) is not None


def _comparable(left: Type, right: Type) -> str:
    kinds = {kind_of(left), kind_of(right)}
    if kinds == {Kind.DATE, Kind.TIMESTAMP}:
        return 'write `date(t)` to compare days, or `at(d, "00:00")` to compare moments'
    if kinds == {Kind.DATE, Kind.TEXT}:
        return 'write `date("2026-03-01")`'
    if kinds == {Kind.TIMESTAMP, Kind.TEXT}:
        return 'write `timestamp("2026-03-01T09:00:00")`'
    if kinds == {Kind.DURATION, Kind.INT}:
        return "write `days(30)`, `hours(24)` or `minutes(90)`"
    return ""


_SAME: Final = {Kind.INT, Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.TEXT}


def arithmetic(syntax: Binary, left: Node, right: Node, scope: Scope) -> Node:
    """Return `left op right` with the type that its operands give it."""
    op = Operator(syntax.op)
    a, b = kind_of(left.type), kind_of(right.type)
    if isinstance(left.type, types.ListOf) and isinstance(right.type, types.ListOf) and op is Operator.ADD:
        type_ = common([left.type, right.type])
        return Arithmetic(op, convert(left, type_, scope.conventions), convert(right, type_, scope.conventions), type_)
    if a is Kind.INT and b is Kind.INT and op is Operator.DIV:
        raise TypeProblem(
            syntax,
            "integer-division",
            "int / int would drop the fraction",
            "write `/ 100.0`, or `double(x) / y`",
        )
    result = _result(op, a, b)
    if result is None:
        raise TypeProblem(syntax, "wrong-type", f"`{op}` does not take {left.type} and {right.type}")
    if result is MONEY and op in (Operator.ADD, Operator.SUB, Operator.MOD):
        left, right = (convert(node, MONEY, scope.conventions) for node in (left, right))
    return Arithmetic(op, left, right, result)


def _result(op: Operator, a: Kind | None, b: Kind | None) -> Type | None:
    if a in _NUMERIC and b in _NUMERIC:
        return _numeric(op, a, b)
    match op, a, b:
        case Operator.ADD, Kind.TEXT, Kind.TEXT:
            return TEXT
        case Operator.SUB, (Kind.TIMESTAMP | Kind.DATE), _ if a is b:
            return DURATION
        case ((Operator.ADD | Operator.SUB), (Kind.TIMESTAMP | Kind.DATE | Kind.DURATION), Kind.DURATION):
            return types.Plain(a)
        case Operator.ADD, Kind.DURATION, (Kind.TIMESTAMP | Kind.DATE):
            return types.Plain(b)
        case Operator.MUL, Kind.DURATION, Kind.INT:
            return DURATION
        case _:
            return None


def _numeric(op: Operator, a: Kind, b: Kind) -> Type | None:
    if Kind.MONEY not in (a, b):
        wide = NUMBER if Kind.NUMBER in (a, b) else INT
        return None if op is Operator.MOD and wide is NUMBER else wide
    match op:
        case Operator.MUL:
            return None if a is b else MONEY
        case Operator.DIV:
            return NUMBER if a is b else (MONEY if a is Kind.MONEY else None)
        case _:
            return MONEY
