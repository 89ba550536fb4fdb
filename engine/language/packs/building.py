"""The parts that every section of a pack is built from: expressions, conditions, values and texts."""

from __future__ import annotations

import re
from datetime import date

from engine.language.cel.parse import ExpressionError, Placeholder, parse, parse_template
from engine.language.cel.syntax import Literal
from engine.language.diagnostics import Diagnostics, Mark
from engine.language.packs.pack import Branches, Condition, Expression, Group, Instead, Say, Template, Value
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree

_CALLABLE = re.compile(r"^\s*([A-Za-z_]\w*)\s*(?:\(\s*(.*?)\s*\))?\s*$")


class Builder:
    """Builds parts from trees of the right shape, and records what does not parse."""

    def __init__(self, found: Diagnostics) -> None:
        """Report to `found`."""
        self.found = found

    def expression(self, tree: Tree) -> Expression:
        """Return the expression that a scalar writes; `false` in its place where it does not parse."""
        scalar = as_scalar(tree)
        if not isinstance(scalar.value, str):
            return Expression(scalar.text, literal(scalar), scalar)
        try:
            return Expression(scalar.text, parse(scalar.text), scalar)
        except ExpressionError as problem:
            self.found.error(scalar.mark_at(problem.offset), problem.code, problem.message, problem.help)
            return Expression(scalar.text, Literal("bool", False, "false", 0, 0), scalar)

    def constant(self, tree: Tree) -> Expression:
        """Return the scalar as a constant: text stays text."""
        scalar = as_scalar(tree)
        return Expression(scalar.text, literal(scalar), scalar)

    def value(self, tree: Tree) -> Value:
        """Return an expression, or branches where a list is written."""
        if not isinstance(tree, Sequence):
            return self.expression(tree)
        chosen: list[tuple[Condition, Value]] = []
        otherwise: Value | None = None
        for item in tree:
            branch = as_mapping(item)
            if (last := branch.get("else")) is not None:
                otherwise = self.value(last)
            elif (condition := branch.get("if")) is not None and (then := branch.get("then")) is not None:
                chosen.append((self.condition(condition), self.value(then)))
        return Branches(tree.mark, tuple(chosen), otherwise)

    def optional_value(self, tree: Tree | None) -> Value | None:
        """Return the value, or None where none is written."""
        return None if tree is None else self.value(tree)

    def condition(self, tree: Tree) -> Condition:
        """Return a condition: an expression, a list (all of it), or a nested group."""
        match tree:
            case Scalar():
                return self.expression(tree)
            case Sequence():
                return Group(tree.mark, "all", tuple(self.condition(item) for item in tree))
            case Mapping():
                return self._group(tree)

    def optional_condition(self, tree: Tree | None) -> Condition | None:
        """Return the condition, or None where none is written."""
        return None if tree is None else self.condition(tree)

    def _group(self, tree: Mapping) -> Condition:
        if (count := tree.get("at_least")) is not None and (of := tree.get("of")) is not None:
            return Group(tree.mark, "at_least", self._items(of), int(as_scalar(count).text))
        groups = tuple(
            Group(key.mark, key.text, self._items(value)) for key, value in tree if key.text in ("all", "any", "none")
        )
        return groups[0] if len(groups) == 1 else Group(tree.mark, "all", groups)

    def _items(self, tree: Tree) -> tuple[Condition, ...]:
        return tuple(map(self.condition, tree)) if isinstance(tree, Sequence) else (self.condition(tree),)

    def unless(self, tree: Tree | None) -> Condition | None:
        """Return the condition that must not hold: a list is any of it."""
        if isinstance(tree, Sequence):
            return Group(tree.mark, "any", tuple(map(self.condition, tree)))
        return self.optional_condition(tree)

    def template(self, tree: Tree | None) -> Template | None:
        """Return a text with placeholders, or None where none is written."""
        if tree is None:
            return None
        scalar = as_scalar(tree)
        try:
            parts = parse_template(scalar.text)
        except ExpressionError as problem:
            self.found.error(scalar.mark_at(problem.offset), problem.code, problem.message, problem.help)
            parts = (scalar.text,)
        return Template(tuple(_part(part, scalar) for part in parts), scalar)

    def say(self, tree: Tree | None) -> Say:
        """Return the texts by reader; a plain text is for the customer."""
        if isinstance(tree, Mapping):
            return Say(*(self.template(tree.get(reader)) for reader in ("customer", "agent", "auditor")))
        return Say(customer=self.template(tree))

    def instead(self, tree: Tree | None) -> tuple[Instead, ...]:
        """Return the alternatives to prefer, best first."""
        if tree is None:
            return ()
        items = tree.items if isinstance(tree, Sequence) else (tree,)
        return tuple(one for item in items for one in self._instead(item))

    def _instead(self, tree: Tree) -> list[Instead]:
        if isinstance(tree, Scalar):
            return [Instead(tree.text, (), tree.mark)]
        return [
            Instead(
                name.text,
                tuple((key.text, self.constant(value)) for key, value in as_mapping(inputs)),
                name.mark,
            )
            for name, inputs in as_mapping(tree)
        ]

    def day(self, tree: Tree | None) -> date | None:
        """Return a calendar day, or None where none is written."""
        if tree is None:
            return None
        scalar = as_scalar(tree)
        try:
            return date.fromisoformat(scalar.text)
        except ValueError:
            self.found.error(scalar.mark, "bad-literal", "this is not a day", "write it as 2026-03-01")
            return None

    def callable_name(self, key: Scalar) -> tuple[str, tuple[str, ...]]:
        """Return the name and parameters of a key such as `over(bag)`."""
        match = _CALLABLE.match(key.text)
        if match is None:
            self.found.error(key.mark, "bad-name", f"`{key.text}` is not a name", "write `name` or `name(a, b)`")
            return key.text, ()
        parameters = tuple(part.strip() for part in (match[2] or "").split(",") if part.strip())
        return match[1], parameters


def _part(part: str | Placeholder, scalar: Scalar) -> str | Expression:
    if isinstance(part, str):
        return part
    return Expression(part.text, part.syntax, scalar, part.start)


def literal(scalar: Scalar) -> Literal:
    """Return the constant that a scalar writes."""
    kinds = {bool: "bool", int: "int", float: "double", str: "string"}
    kind = kinds.get(type(scalar.value), "null")
    return Literal(kind, scalar.value, scalar.text, 0, len(scalar.text))


def as_scalar(tree: Tree) -> Scalar:
    """Return the scalar; the shape check has seen that it is one."""
    assert isinstance(tree, Scalar)
    return tree


def as_mapping(tree: Tree) -> Mapping:
    """Return the mapping; the shape check has seen that it is one."""
    assert isinstance(tree, Mapping)
    return tree


def texts_of(tree: Tree | None) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple; empty where none is written."""
    match tree:
        case None:
            return ()
        case Sequence():
            return tuple(as_scalar(item).text for item in tree)
        case _:
            return (as_scalar(tree).text,)


def marked_texts(tree: Tree | None) -> tuple[tuple[str, Mark], ...]:
    """Return one text or a list of them, each with its place."""
    items = tree.items if isinstance(tree, Sequence) else (() if tree is None else (tree,))
    return tuple((as_scalar(item).text, item.mark) for item in items)


def text_of(tree: Tree | None, default: str = "") -> str:
    """Return a scalar's text, or the default where none is written."""
    return default if tree is None else as_scalar(tree).text
