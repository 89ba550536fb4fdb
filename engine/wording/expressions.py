"""Nodes as the expressions that authors write."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.backends.spans import duration_text
from engine.backends.times import DAY, HOUR, MINUTE
from engine.program.nodes import (
    And,
    Arithmetic,
    Assume,
    AtLeast,
    Call,
    Case,
    Compare,
    Const,
    Contains,
    Failure,
    Field,
    Given,
    Has,
    Index,
    Input,
    Items,
    Known,
    Named,
    Node,
    Not,
    Or,
    Quantify,
    Variable,
)
from engine.program.types import NULL, Kind, ListOf, Type, kind_of
from engine.program.walk import operands, postorder
from engine.values.json import to_json
from engine.wording.formats import Formats

METHODS: Final = {
    "contains": "contains", "starts_with": "startsWith", "ends_with": "endsWith", "matches": "matches",
    "lower_ascii": "lowerAscii", "upper_ascii": "upperAscii", "trim": "trim",
}  # fmt: skip
FUNCTIONS: Final = {
    "size_text": "size", "size_list": "size", "size_map": "size", "text_of_int": "string", "int_of_text": "int",
    "int_of_number": "int", "number_of_text": "double", "number_of_money": "double", "min_list": "min",
    "max_list": "max", "sum_list": "sum", "date_of": "date", "date_of_text": "date", "add_months_time": "add_months",
    "add_business_days": "business_days", "timestamp_of_text": "timestamp", "duration_of_text": "duration",
}  # fmt: skip
SILENT: Final = frozenset({"number_of_int", "money_of_int", "money_of_number"})
HIDDEN: Final = frozenset(
    {
        "date_of",
        "at",
        "add_months_time",
        "business_days_between",
        "add_business_days",
        "timestamp_of_text",
        "number_of_money",
    }
)
"""Functions whose last operand the type checker adds."""


def expression(node: Node, formats: Formats) -> str:
    """Return an expression that means a node; definitions, parameters and tables by their names."""
    return _Writer(formats).text(node)


class _Writer:
    def __init__(self, formats: Formats) -> None:
        self.formats = formats

    def text(self, node: Node) -> str:
        """Return the expression of any node."""
        match node:
            case Const(value=value, type=type_):
                return self._constant(value, type_)
            case Input(name=name) | Variable(name=name) | Named(name=name):
                return name
            case Field(of=of, name=name):
                return f"{self.inner(of)}.{name}"
            case Given(of=of) | Assume(of=of) | Known(of=of):
                return self.text(of)
            case Has(of=of):
                return f"has({self.text(of)})"
            case Not(of=of):
                return f"!{self.inner(of)}"
            case Failure():
                return "unknown"
            case _:
                return self._joined(node)

    def _joined(self, node: Node) -> str:
        match node:
            case And(items=items):
                return " && ".join(map(self.inner, items))
            case Or(items=items):
                return " || ".join(map(self.inner, items))
            case AtLeast(count=count, items=items):
                return f"at_least({count}, [{self._row(items)}])"
            case Compare(op=op, left=left, right=right) | Arithmetic(op=op, left=left, right=right):
                return f"{self.inner(left)} {op} {self.inner(right)}"
            case Contains(item=item, of=of):
                return f"{self.inner(item)} in {self.inner(of)}"
            case _:
                return self._compound(node)

    def _compound(self, node: Node) -> str:
        match node:
            case Index(of=of, key=key):
                return f"{self.inner(of)}[{self.text(key)}]"
            case Items(items=items):
                return f"[{self._row(items)}]"
            case Quantify(kind=kind, over=over, body=body, depth=depth):
                return f"{self.inner(over)}.{kind}({_variable(body, depth)}, {self.text(body)})"
            case Case(branches=branches, otherwise=otherwise):
                parts = "".join(f"{self.inner(when)} ? {self.inner(then)} : " for when, then in branches)
                return parts + self.inner(otherwise)
            case Call():
                return self._call(node)
            case _:
                return self.text(node)

    def inner(self, node: Node) -> str:
        """Return the expression of an operand, in parentheses where it has operators of its own."""
        while isinstance(node, (Given, Assume, Known)):
            node = node.of
        text = self.text(node)
        return f"({text})" if isinstance(node, (And, Or, Compare, Arithmetic, Contains, Case)) else text

    def _row(self, items: tuple[Node, ...]) -> str:
        return ", ".join(map(self.text, items))

    def _call(self, node: Call) -> str:
        args = node.args[:-1] if node.function in HIDDEN else node.args
        if node.function in SILENT:
            return self.text(args[0])
        if node.function in METHODS:
            return f"{self.inner(args[0])}.{METHODS[node.function]}({self._row(args[1:])})"
        if node.function in ("part", "duration_part") and isinstance(args[1], Const):
            return f"{self.inner(args[0])}.{args[1].value}()"
        if node.function == "add_business_days":
            args = args[1:]
        return f"{FUNCTIONS.get(node.function, node.function)}({self._row(args)})"

    def _constant(self, value: object, type_: Type) -> str:
        if value is NULL:
            return "null"
        match kind_of(type_), value:
            case Kind.BOOL, _:
                return "true" if value else "false"
            case Kind.MONEY, int():
                return str(Decimal(value).scaleb(-self.formats.digits).normalize().__format__("f"))
            case Kind.DURATION, int():
                return _span(value)
            case (Kind.DATE | Kind.TIMESTAMP) as kind, int():
                name = "date" if kind is Kind.DATE else "timestamp"
                return f'{name}("{to_json(value, type_, self.formats.digits, self.formats.zone)}")'
            case ((Kind.INT | Kind.NUMBER), _):
                return str(value)
            case None, tuple() if isinstance(type_, ListOf):
                return f"[{', '.join(self._constant(one, type_.item) for one in value)}]"
            case _:
                return f'"{value}"'


def _span(value: int) -> str:
    for name, unit in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE)):
        if value % unit == 0:
            return f"{name}({value // unit})"
    return f'duration("{duration_text(value)}")'


def _variable(body: Node, depth: int) -> str:
    found = (one.name for one in postorder([body], operands) if isinstance(one, Variable) and one.depth == depth)
    return next(found, "x")
