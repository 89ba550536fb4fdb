"""Going over expressions without recursion, so that no depth of nesting is too deep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import chain
from operator import attrgetter
from typing import Any, Final, TypeAlias, assert_never

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

Free: TypeAlias = dict[Node, frozenset[int]]
_Others: TypeAlias = (
    Const | Failure | Input | Variable | Call | Compare | Arithmetic | Index | Contains | Quantify | Assume
)


_OPERANDS: Final[Mapping[type, Callable[[Any], tuple[Node, ...]]]] = {
    **dict.fromkeys((Const, Failure, Input, Variable), lambda _: ()),
    **dict.fromkeys((And, Or, AtLeast, Items), attrgetter("items")),
    **dict.fromkeys((Compare, Arithmetic), attrgetter("left", "right")),
    **dict.fromkeys((Field, Given, Has, Known, Named, Not), lambda node: (node.of,)),
    Assume: attrgetter("of", "otherwise"),
    Call: attrgetter("args"),
    Case: lambda node: (*chain.from_iterable(node.branches), node.otherwise),
    Contains: attrgetter("item", "of"),
    Index: attrgetter("of", "key"),
    Quantify: attrgetter("over", "body"),
}
"""By class rather than by `match`: expressions are gone over so often that this is a good part of a compilation."""


def operands(node: Node) -> tuple[Node, ...]:
    """Return what a node reads, in order; a quantifier reads its list and its body."""
    return _OPERANDS[type(node)](node)


def evaluated(node: Node) -> tuple[Node, ...]:
    """Return what a node reads outside of quantifier bodies."""
    return (node.over,) if isinstance(node, Quantify) else operands(node)


def mentions(node: Node) -> tuple[Node, ...]:
    """Return what a node reads, and what its words read."""
    if isinstance(node, Named):
        return (node.of, *(word for word in node.words if not isinstance(word, str)))
    return operands(node)


def rebuilt(node: Node, parts: tuple[Node, ...]) -> Node:
    """Return the node with other parts, as `mentions` orders them; itself where they are the same."""
    if parts == mentions(node):
        return node
    match node:
        case Named(words=words):
            rest = iter(parts[1:])
            told = tuple(word if isinstance(word, str) else next(rest) for word in words)
            return replace(node, of=parts[0], words=told)
        case Case():
            branches = tuple(zip(parts[:-1:2], parts[1::2], strict=True))
            return replace(node, branches=branches, otherwise=parts[-1])
        case Given() | Not() | Has() | Known() | Field():
            return replace(node, of=parts[0])
        case And() | Or() | AtLeast() | Items():
            return replace(node, items=parts)
        case _:
            return _rebuilt(node, parts)


def _rebuilt(node: _Others, parts: tuple[Node, ...]) -> Node:
    """Return one of the other nodes with other operands."""
    match node:
        case Const() | Failure() | Input() | Variable():
            return node
        case Call():
            return replace(node, args=parts)
        case Compare() | Arithmetic():
            return replace(node, left=parts[0], right=parts[1])
        case Index():
            return replace(node, of=parts[0], key=parts[1])
        case Contains():
            return replace(node, item=parts[0], of=parts[1])
        case Quantify():
            return replace(node, over=parts[0], body=parts[1])
        case Assume():
            return replace(node, of=parts[0], otherwise=parts[1])
        case _ as never:
            assert_never(never)


def postorder(roots: Iterable[Node], below: Callable[[Node], tuple[Node, ...]] = operands) -> list[Node]:
    """Return every node at and below the roots once, what it reads first."""
    entered: set[Node] = set()
    done: dict[Node, None] = {}
    stack = list(roots)[::-1]
    while stack:
        node = stack.pop()
        if node not in entered:
            entered.add(node)
            stack.append(node)
            stack += [part for part in below(node)[::-1] if part not in entered]
        elif node not in done:
            done[node] = None
    return list(done)


def free_variables(roots: Iterable[Node], free: Free) -> Free:
    """Add to `free` the depths of the variables that each node at and below the roots reads from outside."""
    for node in postorder(roots, lambda node: () if node in free else operands(node)):
        if node in free:
            continue
        match node:
            case Variable(depth=depth):
                free[node] = frozenset({depth})
            case Quantify(depth=depth, over=over, body=body):
                free[node] = free[over] | (free[body] - {depth})
            case _:
                free[node] = frozenset[int]().union(*(free[part] for part in operands(node)))
    return free
