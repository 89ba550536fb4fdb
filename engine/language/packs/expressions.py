"""The expressions that a rule is written in."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.cel.syntax import (
    Apply,
    Syntax,
    parts,
)
from engine.language.cel.typecheck import dotted
from engine.language.packs.pack import Allow, Branches, Cap, Condition, Expression, Floor, Group, Rule, Value


def conditions_of(rule: Rule) -> Iterator[Expression]:
    """Yield the expressions of a rule's conditions, dates and amount."""
    for condition in (rule.when, rule.unless, rule.need):
        yield from expressions_in(condition)
    if rule.effective is not None:
        yield from expressions_in(rule.effective.by)
    match rule.effect:
        case Allow(up_to=up_to, exactly=exactly):
            yield from expressions_in(up_to)
            yield from expressions_in(exactly)
        case Cap(at_most=amount) | Floor(at_least=amount):
            yield from expressions_in(amount)
        case _:
            pass


def expressions_in(value: Value | Condition | None) -> Iterator[Expression]:
    """Yield the expressions of a value or condition, in order."""
    match value:
        case None:
            return
        case Expression():
            yield value
        case Group(items=items):
            for item in items:
                yield from expressions_in(item)
        case Branches(branches=branches, otherwise=otherwise):
            for when, then in branches:
                yield from expressions_in(when)
                yield from expressions_in(then)
            yield from expressions_in(otherwise)


def mentions_name(expression: Expression, names: tuple[str, ...]) -> bool:
    """Return whether an expression mentions one of the dotted names, as a value or a call."""
    return any(name in names for name in names_in(expression.syntax))


def names_in(syntax: Syntax) -> Iterator[str]:
    """Yield the dotted names in an expression, each chain whole and in its beginnings."""
    if name := dotted(syntax):
        yield name
    if isinstance(syntax, Apply):
        yield f"tables.{syntax.function}" if syntax.of is not None else syntax.function
    for part in parts(syntax):
        yield from names_in(part)
