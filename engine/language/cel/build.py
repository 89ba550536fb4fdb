"""What the parser does at each rule of `cel.lark`: build the syntax tree."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, Final, TypeAlias

from lark import Token, Transformer

from engine.language.cel.literals import LITERALS
from engine.language.cel.mistakes import WORD_SIGNS, bad
from engine.language.cel.render import LEVELS
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
from engine.language.cel.unexpected import chained, position

Children: TypeAlias = list[Any]
"""What a rule matched: tokens, syntax and lists of them; the grammar says which stands where."""

RELATION: Final = LEVELS["=="]
ADDITION: Final = LEVELS["+"]


class Builder(Transformer[Token, Syntax]):
    """One method for each name after `->` in the grammar."""

    def same(self, children: Children) -> Syntax:
        """Pass the only child on."""
        of: Syntax = children[0]
        return of

    def first(self, children: Children) -> Children:
        """Begin a list of items, or a row of operands with the operators between them."""
        return children

    def operation(self, children: Children) -> Children:
        """Add an operator and its right operand to a row."""
        row: Children = children[0]
        row += children[1:]
        return row

    def further(self, children: Children) -> Children:
        """Add an item to a list."""
        items: Children = children[0]
        items.append(children[2])
        return items

    def grouped(self, children: Children) -> Syntax:
        """Put precedence into a row."""
        return group(children[0])

    def ternary(self, children: Children) -> Syntax:
        """Build `condition ? then : otherwise`."""
        condition, then, otherwise = group(children[0]), group(children[2]), children[4]
        return Ternary(condition, then, otherwise, condition.start, otherwise.end)

    def prefix(self, children: Children) -> Syntax:
        """Build `!x` or `-x`; a minus before a number without parentheses is part of the number."""
        sign, of = children
        if sign == "-" and isinstance(of, Literal) and bare_number(of):
            value = -of.value if isinstance(of.value, int | float) else of.value
            return replace(of, value=value, text=f"-{of.text}", start=position(sign))
        return Unary(str(sign), of, position(sign), of.end)

    def name(self, children: Children) -> Syntax:
        """Build an identifier."""
        token: Token = children[0]
        start = position(token)
        return Name(str(token), start, start + len(token))

    def literal(self, children: Children) -> Syntax:
        """Build a constant."""
        token: Token = children[0]
        text, start = str(token), position(token)
        kind, value = LITERALS[token.type](text, start)
        return Literal(kind, value, text, start, start + len(text))

    def parenthesis(self, children: Children) -> Syntax:
        """Widen what is in parentheses to hold them."""
        opening, of, closing = children
        wide: Syntax = replace(of, start=position(opening), end=position(closing) + 1)
        return wide

    def listing(self, children: Children) -> Syntax:
        """Build `[a, b]`."""
        return ListOf(items_of(children[1]), position(children[0]), position(children[-1]) + 1)

    def call(self, children: Children) -> Syntax:
        """Build `function(a, b)`."""
        name = str(children[0])
        if name in WORD_SIGNS:
            raise bad(position(children[0]), f"`{name}` is not an operator", f"write {WORD_SIGNS[name]}")
        return Apply(name, None, items_of(children[2]), position(children[0]), position(children[-1]) + 1)

    def method(self, children: Children) -> Syntax:
        """Build `of.function(a, b)`."""
        of: Syntax = children[0]
        return Apply(str(children[2]), of, items_of(children[4]), of.start, position(children[-1]) + 1)

    def select(self, children: Children) -> Syntax:
        """Build `of.name`."""
        of, _, name = children
        return Select(of, str(name), of.start, position(name) + len(name))

    def subscript(self, children: Children) -> Syntax:
        """Build `of[key]`."""
        of, _, key, closing = children
        return Subscript(of, key, of.start, position(closing) + 1)


def items_of(child: Children | Token) -> tuple[Syntax, ...]:
    """Return the items, of which there are none where the closing bracket stands."""
    return tuple(child) if isinstance(child, list) else ()


def bare_number(of: Literal) -> bool:
    """Return whether it is a number without sign and parentheses."""
    return of.kind in ("int", "double") and of.text[0] != "-" and of.end - of.start == len(of.text)


def group(row: Children) -> Syntax:
    """Return the tree of operands with the operators between them."""
    match row:
        case [operand]:
            return operand  # type: ignore[no-any-return]  # rows hold syntax at even places
        case [left, operator, right]:
            return pair(left, str(operator), right)
        case _:
            return logic(row, "||", "&&")


def logic(row: Children, operator: str, *tighter: str) -> Syntax:
    """Return the row split at `||`, each part at `&&`, and each part of these as a relation."""
    cuts = [-1, *(at for at in range(1, len(row), 2) if row[at] == operator), len(row)]
    parts = [row[before + 1 : after] for before, after in pairwise(cuts)]
    items = tuple(logic(part, *tighter) if tighter else relation(part) for part in parts)
    return items[0] if len(items) == 1 else Logic(operator, items, items[0].start, items[-1].end)


def relation(row: Children) -> Syntax:
    """Return a row without `&&` and `||`: one comparison at most, of two sums."""
    cuts = [at for at in range(1, len(row), 2) if LEVELS[row[at]] == RELATION]
    match cuts:
        case []:
            return arithmetic(row)
        case [at]:
            return pair(arithmetic(row[:at]), str(row[at]), arithmetic(row[at + 1 :]))
        case [first, second, *rest]:
            last = rest[0] if rest else len(row)
            sums = [row[:first], row[first + 1 : second], row[second + 1 : last]]
            raise chained([arithmetic(part) for part in sums], row[first], row[second])
    raise AssertionError


def arithmetic(row: Children) -> Syntax:
    """Return a row of `+ - * / %`, from left to right, products first."""
    total: Syntax | None = None
    product, sign = row[0], ""
    for at in range(1, len(row), 2):
        operator, operand = str(row[at]), row[at + 1]
        if LEVELS[operator] > ADDITION:
            product = pair(product, operator, operand)
        else:
            total = product if total is None else pair(total, sign, product)
            product, sign = operand, operator
    return product if total is None else pair(total, sign, product)


def pair(left: Syntax, operator: str, right: Syntax) -> Syntax:
    """Return two operands with their operator."""
    if LEVELS[operator] < RELATION:
        return Logic(operator, (left, right), left.start, right.end)
    return Binary(operator, left, right, left.start, right.end)
