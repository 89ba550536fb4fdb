"""Syntax trees back to text."""

from __future__ import annotations

from typing import Final, assert_never

from engine.language.cel.syntax import (
    Apply,
    Binary,
    ListOf,
    Literal,
    Logic,
    Name,
    Select,
    Subscript,
    Syntax,
    Ternary,
    Unary,
)

LEVELS: Final = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%"), 5),
}
"""How tightly each operator binds; a ternary is 0, a prefix 6, anything else 7."""

RELATION: Final = 3
PREFIX: Final = 6
MEMBER: Final = 7


def render(syntax: Syntax) -> str:
    """Return the text of an expression, with single spaces and no more parentheses than it needs."""
    match syntax:
        case Literal(text=text):
            return text
        case Name(name=name):
            return name
        case Select(of=of, name=name):
            return f"{owner(of)}.{name}"
        case Subscript(of=of, key=key):
            return f"{owner(of)}[{render(key)}]"
        case Apply(function=function, of=of, args=args):
            return f"{'' if of is None else owner(of) + '.'}{function}({row(args)})"
        case ListOf(items=items):
            return f"[{row(items)}]"
        case Unary(op=op, of=of):
            return op + operand(of)
        case Binary() | Logic() | Ternary():
            return spread(syntax)
        case _ as never:
            assert_never(never)


def spread(syntax: Binary | Logic | Ternary) -> str:
    """Return the text of operands with operators between them."""
    match syntax:
        case Binary(op=op, left=left, right=right):
            level = LEVELS[op]
            return f"{within(left, level + (level == RELATION))} {op} {within(right, level + 1)}"
        case Logic(op=op, items=items):
            return f" {op} ".join(within(item, LEVELS[op] + 1) for item in items)
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            return f"{within(condition, 1)} ? {within(then, 1)} : {render(otherwise)}"
        case _ as never:
            assert_never(never)


def row(items: tuple[Syntax, ...]) -> str:
    """Return the texts of items with commas between them."""
    return ", ".join(map(render, items))


def level_of(syntax: Syntax) -> int:
    """Return how tightly the outermost part of an expression binds."""
    match syntax:
        case Ternary():
            return 0
        case Logic(op=op) | Binary(op=op):
            return LEVELS[op]
        case Unary():
            return PREFIX
        case Literal(text=text) if text.startswith("-"):
            return PREFIX
        case _:
            return MEMBER


def within(syntax: Syntax, level: int) -> str:
    """Return the text, in parentheses where it binds less tightly than the level."""
    return f"({render(syntax)})" if level_of(syntax) < level else render(syntax)


def owner(syntax: Syntax) -> str:
    """Return the text of what a member, key or method is taken of."""
    number = isinstance(syntax, Literal) and syntax.kind in ("int", "uint", "double")
    return f"({render(syntax)})" if number else within(syntax, MEMBER)


def operand(syntax: Syntax) -> str:
    """Return the text of what a prefix is put to; a number in parentheses, lest it take the sign itself."""
    number = isinstance(syntax, Literal) and syntax.kind in ("int", "double") and syntax.text[0] != "-"
    return f"({render(syntax)})" if number else within(syntax, PREFIX)
