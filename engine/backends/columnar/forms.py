"""Expressions made ready for a table: without what it does not have, and without what need not be assumed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.backends.columnar.families import Families
from engine.backends.columnar.rows import below
from engine.backends.columnar.shape import Shape
from engine.backends.simplify import Simplifier
from engine.program.nodes import Assume, Case, Const, Failure, Field, Given, Input, Node
from engine.program.types import Enum, Kind, kind_of
from engine.program.walk import Free, free_variables, mentions, operands, postorder, rebuilt


def grounded(roots: Sequence[Node], fixed: Mapping[str, object], shape: Shape | None = None) -> list[Node]:
    """Return expressions with the fixed inputs as constants and, given a table's shape, what it lacks as failures."""
    done: dict[Node, Node] = {}
    paths: dict[Node, str] = {}
    for node in postorder(roots):
        path = _path(node, paths)
        if path is None:
            done[node] = rebuilt_over(node, done)
        elif isinstance(node, Input) and node.name in fixed:
            done[node] = Const(fixed[node.name], node.type)
        else:
            paths[node] = path
            there = shape is None or shape.names(path)
            done[node] = rebuilt_over(node, done) if there else Failure(node.type)
    return [done[root] for root in roots]


def rebuilt_over(node: Node, done: Mapping[Node, Node]) -> Node:
    """Return a node over what stands for its operands."""
    return rebuilt(node, tuple(done.get(part, part) for part in mentions(node)))


def _path(node: Node, paths: Mapping[Node, str]) -> str | None:
    """Return where a node is a fact of the table; None where it is none."""
    match node:
        case Input(name=name):
            return name
        case Field(of=of, name=name) if of in paths:
            return below(paths[of], name)
        case Given(of=of) if of in paths:
            return paths[of]
        case _:
            return None


class Form:
    """Rewrites simplified expressions for one form of evaluation.

    `hasty` takes as known what expressions assume something of (`taken`); what reads a failure, or the item of a
    quantifier, keeps what is assumed of it.
    """

    def __init__(self, simplifier: Simplifier, hasty: bool) -> None:
        """Begin with nothing rewritten."""
        self._simplifier = simplifier
        self._hasty = hasty
        self._families = Families(simplifier.settled, hasty)
        self._done: dict[Node, Node] = {}
        self._open: set[Node] = set()
        self.taken = self._families.taken

    def rewrite(self, roots: Sequence[Node]) -> tuple[Node, ...]:
        """Return what stands for each root."""
        free: Free = free_variables(roots, {})
        for node in postorder(roots):
            parts = operands(node)
            if isinstance(node, Failure) or free[node] or not self._open.isdisjoint(parts):
                self._open.add(node)
            self._done[node] = self._one(node, parts)
        return tuple(self._done[root] for root in roots)

    def _one(self, node: Node, parts: tuple[Node, ...]) -> Node:
        """Return what stands for a node whose operands were rewritten."""
        if isinstance(node, Assume) and self._hasty and node.of not in self._open:
            self.taken[self._done[node.of]] = None
            return self._done[node.of]
        rewritten = tuple([self._done[part] for part in parts])
        made = node if rewritten == parts else self._simplifier.settled(rebuilt(node, rewritten))
        return made if self._hasty and node in self._open else self._families.rewritten(made)


def few_texts(roots: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    """Return the texts that expressions can give, of those that choose among constants."""
    found: dict[Node, tuple[str, ...] | None] = {}
    for node in postorder(roots.values()):
        match node:
            case Const(value=value, type=type_) if kind_of(type_) is Kind.TEXT:
                found[node] = (value,) if isinstance(value, str) else ()
            case Case(branches=branches, otherwise=otherwise):
                found[node] = _every([*(value for _, value in branches), otherwise], found)
            case Assume(of=of, otherwise=otherwise):
                found[node] = _every([of, otherwise], found)
            case _:
                found[node] = None
    few = {name: texts for name, node in roots.items() if (texts := found[node]) is not None}
    return {name: type_.values if isinstance(type_ := roots[name].type, Enum) else few[name] for name in few}


def _every(nodes: Sequence[Node], found: Mapping[Node, tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Return the texts that any of the expressions can give; None where one can give others."""
    several = [found[node] for node in nodes]
    return None if None in several else tuple(dict.fromkeys(text for texts in several for text in texts or ()))
