"""What the generated source calls by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.backends import operations
from engine.backends.failed import Failed
from engine.backends.kleene import at_least
from engine.backends.numeric import finite, half_even
from engine.backends.operations import Operation, arithmetic_kinds, entry, item
from engine.program.functions import FUNCTIONS
from engine.program.nodes import Operator
from engine.program.types import BOOL, NULL, NUMBER, Kind, ListOf, Plain, Type, kind_of

EMPTY: Final[Mapping[str, object]] = {}
GIVE_UP: Final = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, Failed)
"""What the fast form raises when something it needs is unknown."""


class Partial(tuple[object, ...]):
    """Outputs of a partial form: what reads doubtful inputs may be unknown."""

    __slots__ = ()


class Careful(tuple[object, ...]):
    """Outputs of a careful form: any may be unknown."""

    __slots__ = ()


def fail() -> object:
    """Give up: a value is missing."""
    raise Failed


def indexed(of: object, key: object) -> object:
    """Return the item of a list by position, or the value of a map by key."""
    if isinstance(of, Mapping):
        return entry(of, str(key))
    if isinstance(of, tuple) and isinstance(key, int):
        return item(of, key)
    raise Failed


def trying(operation: Operation) -> Operation:
    """Return the operation that gives unknown where this one fails."""

    def attempt(*operands: object) -> object:
        try:
            return operation(*operands)
        except Failed:
            return None

    return attempt


def arithmetic_name(op: Operator, left: Type, right: Type) -> str:
    """Return what the source calls an arithmetic operation."""
    return _arithmetic_name(op, kind_of(left), kind_of(right))


def _arithmetic_name(op: Operator, left: Kind | None, right: Kind | None) -> str:
    """Return the operator's and the operand kinds' names in a row."""
    return f"{op.name.lower()}_{left or 'list'}_{right or 'list'}"


def function_name(name: str, gives: Type) -> str:
    """Return what the source calls a function."""
    return "sum_numbers" if name == "sum_list" and kind_of(gives) is Kind.NUMBER else f"f_{name}"


def _typed(kind: Kind | None) -> Type:
    """Return a type of the kind."""
    return ListOf(BOOL) if kind is None else Plain(kind)


def _names() -> dict[str, object]:
    """Return everything the generated source may name."""
    plain: dict[str, Operation] = {
        "indexed": indexed,
        "half_even": half_even,
        "finite": finite,
        "sum_numbers": operations.function("sum_list", NUMBER),
    }
    plain |= {function_name(each.name, BOOL): operations.function(each.name, BOOL) for each in FUNCTIONS}
    for op, (left, right) in arithmetic_kinds():
        plain[_arithmetic_name(op, left, right)] = operations.arithmetic(op, _typed(left), _typed(right))
    special = {"NULL": NULL, "EMPTY": EMPTY, "GIVE_UP": GIVE_UP, "at_least": at_least, "fail": fail}
    special |= {"Partial": Partial, "Careful": Careful}
    return special | plain | {f"try_{name}": trying(each) for name, each in plain.items()}


NAMES: Final = _names()
