"""Bringing two types together, and a node to the type that is expected."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce

from engine.language.cel.scope import Conventions
from engine.program.nodes import Call, Case, Const, Failure, Given, Items, Named, Node
from engine.program.types import (
    INT,
    TEXT,
    Enum,
    Kind,
    ListOf,
    MapOf,
    Plain,
    Record,
    Type,
    kind_of,
    nullable,
    required,
)

_WIDENING = (Kind.INT, Kind.NUMBER, Kind.MONEY)


class Mismatch(Exception):
    """Two types that nothing brings together; `code` says of what sort where it is a special one."""

    def __init__(self, message: str, code: str = "wrong-type") -> None:
        """Keep why."""
        super().__init__(message)
        self.code = code


def common(types: list[Type]) -> Type:
    """Return the type that holds all of them; raise `Mismatch` when there is none."""
    return reduce(_pair, types)


def _pair(a: Type, b: Type) -> Type:
    joined = _joined(required(a), required(b))
    return nullable(joined) if a.nullable or b.nullable else joined


def _joined(a: Type, b: Type) -> Type:
    if a == b:
        return a
    match a, b:
        case (Plain(kind=Kind.NULL), other) | (other, Plain(kind=Kind.NULL)):
            return nullable(other)
        case Enum(), Enum():
            return Enum(tuple(dict.fromkeys((*a.values, *b.values))))
        case ListOf(item=x), ListOf(item=y):
            return ListOf(_pair(x, y))
        case MapOf(value=x), MapOf(value=y):
            return MapOf(_pair(x, y))
        case _:
            return _joined_plain(a, b)


def _joined_plain(a: Type, b: Type) -> Type:
    x, y = kind_of(a), kind_of(b)
    if x in _WIDENING and y in _WIDENING:
        return Plain(_WIDENING[max(_WIDENING.index(x), _WIDENING.index(y))])
    if x is Kind.TEXT and y is Kind.TEXT:
        return TEXT
    raise Mismatch(f"{a} and {b} do not go together")


def convert(node: Node, to: Type, conventions: Conventions) -> Node:
    """Return the node as a value of the type; raise `Mismatch` when it cannot be."""
    if node.type == to:
        return node
    if node.type.nullable and not to.nullable and kind_of(node.type) is not Kind.NULL:
        return convert(Given(node, required(node.type)), to, conventions)
    match node:
        case Const(value=value) if kind_of(node.type) is not Kind.NULL and not isinstance(node.type, ListOf):
            return Const(_constant(value, node.type, to, conventions), to)
        case Named(name=name, of=of, words=words):
            return Named(name, convert(of, to, conventions), words, to)
        case Case(branches=branches, otherwise=otherwise):
            chosen = tuple((condition, convert(value, to, conventions)) for condition, value in branches)
            return Case(chosen, convert(otherwise, to, conventions), to)
        case Items(items=items) if isinstance(to, ListOf):
            return Items(tuple(convert(item, to.item, conventions) for item in items), to)
        case Failure():
            return Failure(to)
        case _:
            return _converted(node, to, conventions)


def _converted(node: Node, to: Type, conventions: Conventions) -> Node:
    match kind_of(node.type), kind_of(to):
        case Kind.INT, Kind.NUMBER:
            return Call("number_of_int", (node,), to)
        case Kind.INT, Kind.MONEY:
            return Call("money_of_int", (node, Const(conventions.unit, INT)), to)
        case Kind.NUMBER, Kind.MONEY:
            return Call("money_of_number", (node, Const(conventions.unit, INT)), to)
        case _:
            check_fits(node.type, to)
            return node


def check_fits(have: Type, want: Type) -> None:
    """Raise `Mismatch` unless every value of the one type is a value of the other, as it stands."""
    if have == want:
        return
    match required(have), required(want):
        case Plain(kind=Kind.NULL), _ if want.nullable:
            return
        case Enum(values=values), Enum(values=wanted):
            if unknown := [value for value in values if value not in wanted]:
                raise Mismatch(f"`{unknown[0]}` is not {want}", "value-not-in-enum")
        case Enum(), Plain(kind=Kind.TEXT):
            return
        case ListOf(item=x), ListOf(item=y):
            check_fits(x, y)
        case MapOf(value=x), MapOf(value=y):
            check_fits(x, y)
        case Record(), Record() if required(have) == required(want):
            return
        case a, b if a == b:
            return
        case _:
            raise Mismatch(f"this is {_a(have)}, and {_a(want)} is needed")


def _a(type_: Type) -> str:
    name = str(type_)
    if name.startswith("one of"):
        return name
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _constant(value: object, have: Type, to: Type, conventions: Conventions) -> object:
    match kind_of(have), kind_of(to):
        case Kind.INT, Kind.NUMBER:
            return float(str(value))
        case ((Kind.INT | Kind.NUMBER), Kind.MONEY):
            return _money(Decimal(repr(value)), conventions)
        case Kind.TEXT, Kind.TEXT if isinstance(to, Enum) and value not in to.values:
            raise Mismatch(f"`{value}` is not {to}", "value-not-in-enum")
        case Kind.TEXT, Kind.TEXT:
            return value
        case _:
            check_fits(have, to)
            return value


def _money(value: Decimal, conventions: Conventions) -> int:
    minor = value * conventions.unit
    if minor != minor.to_integral_value():
        raise Mismatch(f"money has {conventions.digits} decimals in this pack's currency", "money-decimals")
    return int(minor)


def given(node: Node) -> Node:
    """Return the node with null taken out of its type (null becomes a failure)."""
    if not node.type.nullable:
        return node
    if kind_of(node.type) is Kind.NULL:
        raise Mismatch("null has no operations but `==` and `!=`")
    return Given(node, required(node.type))
