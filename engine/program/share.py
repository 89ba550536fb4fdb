"""Make nodes that mean the same one object, so that each is evaluated once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from engine.program.nodes import (
    Arithmetic,
    AtLeast,
    Call,
    Compare,
    Const,
    Field,
    Input,
    Named,
    Node,
    Quantify,
    Variable,
)
from engine.program.program import Program, Stage
from engine.program.types import Type
from engine.program.walk import mentions, operands, postorder, rebuilt


def share(program: Program) -> Program:
    """Return the program with equal nodes (types included, names of variables not) as one object."""
    return share_with(program, ())[0]


def share_with(program: Program, others: Iterable[Node]) -> tuple[Program, dict[Node, Node]]:
    """Return the program with equal nodes as one object, and what stands for each node of it and of the others."""
    outputs = [node for _, stages in program.actions for stage in stages for _, node in stage.outputs]
    shared = shared_nodes([*outputs, *others])
    actions = ((name, tuple(_stage(stage, shared) for stage in stages)) for name, stages in program.actions)
    return replace(program, actions=tuple(actions)), shared


def shared_nodes(roots: Iterable[Node], pool: Pool | None = None) -> dict[Node, Node]:
    """Return what stands for each node at and below the roots; a pool that is given holds what stood for others."""
    pool = Pool() if pool is None else pool
    shared: dict[Node, Node] = {}
    for node in postorder(roots, mentions):
        shared[node] = pool.one(rebuilt(node, tuple(shared[part] for part in mentions(node))))
    return shared


def _stage(stage: Stage, shared: dict[Node, Node]) -> Stage:
    """Return the stage with its outputs shared."""
    return replace(stage, outputs=tuple((name, shared[node]) for name, node in stage.outputs))


class Pool:
    """Holds one node for each meaning; the operands of a node given to it must come from it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._nodes: dict[Hashable, Node] = {}
        self._types: dict[int, tuple[Type, int]] = {}
        self._kinds: dict[str, int] = {}

    def one(self, node: Node) -> Node:
        """Return the node that stands for all that mean the same."""
        return self._nodes.setdefault((type(node), self._type(node.type), *_meaning(node)), node)

    def _type(self, type_: Type) -> int:
        """Return a number that equal types have in common."""
        known = self._types.get(id(type_))
        if known is None:
            known = (type_, self._kinds.setdefault(repr(type_), len(self._kinds)))
            self._types[id(type_)] = known
        return known[1]


def _meaning(node: Node) -> tuple[Hashable, ...]:
    """Return what tells a node from others of its class and type, operands by identity."""
    match node:
        case Const(value=value):
            return (_value(value),)
        case Input(name=name):
            return (name,)
        case Variable(depth=depth):
            return (depth,)
        case Field(of=of, name=name):
            return (of, name)
        case AtLeast(count=count, items=items):
            return (count, *items)
        case Compare(op=op, left=left, right=right) | Arithmetic(op=op, left=left, right=right):
            return (op, left, right)
        case Call(function=function, args=args):
            return (function, *args)
        case Quantify(kind=kind, depth=depth, over=over, body=body):
            return (kind, depth, over, body)
        case Named(name=name, of=of, words=words):
            return (name, of, *words)
        case _:
            return operands(node)


def _value(value: object) -> Hashable:
    """Return what tells a constant from those that only compare equal (1 and 1.0 and true, 0.0 and -0.0)."""
    match value:
        case tuple():
            return ("list", *map(_value, value))
        case dict():
            return ("map", *((key, _value(each)) for key, each in sorted(value.items())))
        case float():
            return ("float", value.hex())
        case _:
            assert isinstance(value, Hashable)
            return (type(value).__name__, value)
