"""Evaluate expressions plainly, as their docstrings say, and keep every sub-expression's value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, assert_never

from engine.backends.failed import Failed
from engine.backends.kleene import at_least, conjunction, disjunction, exactly_one
from engine.backends.operations import arithmetic, entry, function, item, keys
from engine.program.nodes import (
    And,
    Arithmetic,
    Assume,
    AtLeast,
    Call,
    Case,
    Compare,
    Comparison,
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
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.types import NULL
from engine.program.walk import Free, evaluated, free_variables, operands, postorder

Combined: TypeAlias = Compare | Arithmetic | Contains | Call
Strict: TypeAlias = Field | Index | Given | Not | Has | Items | Combined


def evaluate(node: Node, inputs: Mapping[str, object]) -> object | None:
    """Return the value of a node on a case's inputs; None when it is unknown."""
    return Reference(inputs).value(node)


class Reference:
    """The values of expressions on one case's inputs: each sub-expression is evaluated once, and kept."""

    def __init__(
        self,
        inputs: Mapping[str, object],
        outer: Reference | None = None,
        item: object = None,
        depth: int = -1,
        free: Free | None = None,
    ) -> None:
        """Begin with the inputs; in a quantifier, with the evaluation around it, its item and its depth.

        `free` has what variables nodes read, and gains more: cases that are evaluated in turn may share it.
        """
        self.inputs = inputs
        self.outer = outer
        self.item = item
        self.depth = depth
        self._values: dict[Node, object | None] = {}
        self._items: dict[Quantify, tuple[tuple[object, Reference], ...]] = {}
        self._free: Free = outer._free if outer is not None else {} if free is None else free

    def value(self, node: Node) -> object | None:
        """Return the value of a node; None when it is unknown."""
        owner = self._owner(node)
        if node not in owner._values:
            for part in postorder([node], owner._missing):
                owner._evaluate(part)
        return owner._values[node]

    def items(self, node: Quantify) -> tuple[tuple[object, Reference], ...]:
        """Return each item of a quantifier's list with its own evaluation; none when that is unknown."""
        owner = self._owner(node)
        if node not in owner._items:
            over = owner.value(node.over)
            owner._items[node] = tuple((each, Reference(self.inputs, owner, each, node.depth)) for each in listed(over))
        return owner._items[node]

    def _owner(self, node: Node) -> Reference:
        """Return the evaluation around that binds the innermost variable which the node reads."""
        if node not in self._free:
            free_variables([node], self._free)
        depth = max(self._free[node], default=-1)
        owner = self
        while owner.depth > depth and owner.outer is not None:
            owner = owner.outer
        return owner

    def _missing(self, node: Node) -> tuple[Node, ...]:
        """Return the operands to evaluate first, none where the node was evaluated here."""
        return () if node in self._values else evaluated(node)

    def _evaluate(self, node: Node) -> None:
        """Keep the value of a node whose operands were evaluated."""
        owner = self._owner(node)
        if node in owner._values:
            return
        match node:
            case Input(name=name):
                value = self.inputs.get(name)
            case Variable():
                value = owner.item
            case Quantify():
                bodies = [inner.value(node.body) for _, inner in owner.items(node)]
                over = owner.value(node.over)
                value = None if over is None or over is NULL else quantified(node.kind, listed(over), bodies)
            case _:
                value = meaning(node, tuple(owner.value(part) for part in operands(node)))
        owner._values[node] = value


def listed(over: object) -> tuple[object, ...]:
    """Return the items of a list or the keys of a map; none of what is neither."""
    if isinstance(over, Mapping):
        return keys(over)
    return over if isinstance(over, tuple) else ()


def meaning(node: Node, values: tuple[object | None, ...]) -> object | None:
    """Return the value of a node from those of its operands; an input, a variable, a quantifier has none."""
    match node:
        case Const(value=value):
            return value
        case Failure() | Input() | Variable() | Quantify():
            return None
        case And():
            return conjunction(values)
        case Or():
            return disjunction(values)
        case AtLeast(count=count):
            return at_least(count, values)
        case Case():
            return chosen(values)
        case Known():
            return values[0] is not None
        case Assume():
            return values[1] if values[0] is None else values[0]
        case Named():
            return values[0]
        case _:
            return None if any(value is None for value in values) else _attempt(node, values)


def _attempt(node: Strict, values: tuple[Any, ...]) -> object | None:
    """Return the value of a node whose operands are all known; None where the operation fails."""
    try:
        return strict(node, values)
    except Failed:
        return None


def strict(node: Strict, values: tuple[Any, ...]) -> object | None:
    """Return the value, on known operands, of a node that is unknown with any; `Failed` where it has none."""
    match node:
        case Field(name=name):
            return None if values[0] is NULL else values[0].get(name)
        case Index():
            return _at(*values)
        case Given():
            return None if values[0] is NULL else values[0]
        case Not():
            return not values[0]
        case Has():
            return values[0] is not NULL
        case Items():
            return values
        case _:
            return _combined(node, values)


def _combined(node: Combined, values: tuple[Any, ...]) -> object:
    """Return what an operation gives on known operands."""
    match node:
        case Compare(op=op):
            return COMPARE[op](*values)
        case Arithmetic(op=op, left=left, right=right):
            return arithmetic(op, left.type, right.type)(*values)
        case Contains():
            return values[0] in values[1]
        case Call(function=name):
            return function(name, node.type)(*values)
        case _ as never:
            assert_never(never)


def _at(of: Any, key: Any) -> object:
    """Return the item of a list by position or the value of a map by key."""
    if of is NULL:
        raise Failed
    return entry(of, key) if isinstance(of, Mapping) else item(of, key)


def chosen(values: Sequence[object | None]) -> object | None:
    """Return the value of the first true branch, from condition and value in turn and the last resort."""
    for condition, value in zip(values[:-1:2], values[1::2], strict=True):
        if condition is None:
            return None
        if condition:
            return value
    return values[-1]


def quantified(kind: Quantifier, items: Sequence[object], bodies: Sequence[object | None]) -> object | None:
    """Return what a quantifier makes of its items and the value of the body on each."""
    match kind:
        case Quantifier.ALL:
            return conjunction(bodies)
        case Quantifier.EXISTS:
            return disjunction(bodies)
        case Quantifier.EXISTS_ONE:
            return exactly_one(bodies)
        case Quantifier.FIND:
            return _found(items, bodies)
        case Quantifier.FILTER | Quantifier.COUNT | Quantifier.MAP:
            return None if any(body is None for body in bodies) else _collected(kind, items, bodies)
        case _ as never:
            assert_never(never)


def _found(items: Iterable[object], bodies: Iterable[object | None]) -> object | None:
    """Return the first item whose body is true, unknown when a body before it is; fails when none is."""
    for each, body in zip(items, bodies, strict=True):
        if body is None:
            return None
        if body:
            return each
    return None


def _collected(kind: Quantifier, items: Iterable[object], bodies: Sequence[object]) -> object:
    """Return the bodies (map), the items whose body is true (filter), or how many those are (count)."""
    if kind is Quantifier.MAP:
        return tuple(bodies)
    kept = tuple(each for each, body in zip(items, bodies, strict=True) if body)
    return len(kept) if kind is Quantifier.COUNT else kept


COMPARE: Final[Mapping[Comparison, Callable[[Any, Any], bool]]] = {
    Comparison.EQ: lambda left, right: left == right,
    Comparison.NE: lambda left, right: left != right,
    Comparison.LT: lambda left, right: left < right,
    Comparison.LE: lambda left, right: left <= right,
    Comparison.GT: lambda left, right: left > right,
    Comparison.GE: lambda left, right: left >= right,
}
