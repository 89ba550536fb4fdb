"""Going over expressions."""

from __future__ import annotations

import pytest

from engine.program import nodes, walk
from engine.program.nodes import And, Const, Node, Not, Or
from engine.program.types import BOOL
from engine.program.walk import postorder


@pytest.mark.parametrize("name", Node.split(" | "))
def test_operands_are_known_of_every_class_of_node(name: str) -> None:
    """A class that is added to the language is added there too."""
    assert getattr(nodes, name) in walk._OPERANDS


def test_what_is_read_comes_first_and_each_node_once() -> None:
    """A node that several read comes before the first of them, and not again."""
    shared = Const(True, BOOL)
    left, right = Not(shared, BOOL), And((shared, Const(False, BOOL)), BOOL)
    root = Or((left, right, left), BOOL)
    order = postorder([root, shared])
    assert order == [shared, left, right.items[1], right, root]


def test_no_depth_of_nesting_is_too_deep() -> None:
    """Ten thousand negations, one in the other."""
    node: nodes.Node = Const(True, BOOL)
    for _ in range(10_000):
        node = Not(node, BOOL)
    assert len(postorder([node])) == 10_001
