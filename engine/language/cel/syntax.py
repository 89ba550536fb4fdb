"""Expressions as written: the syntax tree that the parser gives and the type checker reads.

Every node has `start` and `end`, offsets in the expression's text, for diagnostics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

Syntax: TypeAlias = "Literal | Name | Select | Subscript | Apply | Unary | Binary | Logic | Ternary | ListOf"


@dataclass(frozen=True, eq=False)
class Literal:
    """A constant. `kind` is null, bool, int, uint, double, string or bytes; `text` is as written, for decimals."""

    kind: str
    value: bool | int | float | str | bytes | None
    text: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Name:
    """An identifier."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Select:
    """`of.name`."""

    of: Syntax
    name: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Subscript:
    """`of[key]`."""

    of: Syntax
    key: Syntax
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Apply:
    """`function(args)`, or `of.function(args)` where `of` is given. Macros (`has`, `all`, `map`, ...) are calls too."""

    function: str
    of: Syntax | None
    args: tuple[Syntax, ...]
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Unary:
    """`!of` or `-of`."""

    op: str
    of: Syntax
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Binary:
    """`left op right`; op is one of + - * / % == != < <= > >= in."""

    op: str
    left: Syntax
    right: Syntax
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Logic:
    """`a && b && ...` or `a || b || ...`, flattened."""

    op: str
    items: tuple[Syntax, ...]
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Ternary:
    """`condition ? then : otherwise`."""

    condition: Syntax
    then: Syntax
    otherwise: Syntax
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class ListOf:
    """`[a, b, ...]`."""

    items: tuple[Syntax, ...]
    start: int
    end: int


def parts(syntax: Syntax) -> tuple[Syntax, ...]:
    """Return the parts of a node, in the order written."""
    match syntax:
        case Literal() | Name():
            return ()
        case Select(of=of) | Unary(of=of):
            return (of,)
        case Subscript(of=of, key=key):
            return (of, key)
        case Apply(of=of, args=args):
            return args if of is None else (of, *args)
        case Binary(left=left, right=right):
            return (left, right)
        case Logic(items=items) | ListOf(items=items):
            return items
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case _ as never:
            assert_never(never)
