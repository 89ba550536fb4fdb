"""The plan of a generated function: what gets a local, what may be unknown, what needs statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Final

from engine.backends.python_risk import Form, failing_nodes, risky_nodes
from engine.program.nodes import And, Case, Const, Field, Input, Node, Or, Quantify, Variable
from engine.program.walk import Free, free_variables, operands, postorder

TALL: Final = 8
"""How many expressions may nest in a line before one of them gets its own."""

LOW: Final = 3
"""How many expressions may nest in what is rather written twice than computed in vain."""

MANY_ITEMS: Final = 3
MANY_BRANCHES: Final = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """How one function computes its outputs.

    `order` has every node once, operands first, down to the leaves that are read from elsewhere. `risky` nodes may
    be unknown. `hoisted` nodes get a local at the start of their scope: the function, or the body of the quantifier
    whose variable they read. `staged` nodes need statements, not only an expression.
    """

    form: Form
    order: tuple[Node, ...]
    free: Free
    risky: frozenset[Node]
    hoisted: frozenset[Node]
    staged: frozenset[Node]

    @property
    def careful(self) -> bool:
        """Whether nothing is taken as known."""
        return self.form is Form.CAREFUL

    def scope(self, node: Node) -> int:
        """Return the depth of the innermost variable that the node reads; -1 for none."""
        return max(self.free[node], default=-1)


def plan(outputs: Sequence[Node], leaves: Set[Node], form: Form, doubtful: Collection[str], free: Free) -> Plan:
    """Return the plan of a form of a function; `free` has the variables that nodes read, and gains new ones."""
    order = postorder(outputs, lambda node: () if node in leaves else operands(node))
    free_variables(outputs, free)
    risky = risky_nodes(postorder(outputs) if form is Form.PARTIAL else order, form, doubtful, leaves)
    early = {node for node in order if form is Form.FAST and node not in leaves and _reads(node, doubtful)}
    lazy = failing_nodes(order) if form is Form.PARTIAL else frozenset[Node]()
    hoisted = early | _hoisted(order, Counter(outputs), free, leaves, lazy)
    order.sort(key=lambda node: not (node in early or trivial(node)))
    return Plan(form, tuple(order), free, risky, frozenset(hoisted), _staged(order, hoisted, risky, leaves))


def trivial(node: Node) -> bool:
    """Return whether a node is as cheap as a local."""
    return isinstance(node, Const | Input | Variable)


def _reads(node: Node, doubtful: Collection[str]) -> bool:
    """Return whether a node is a member of a doubtful input: read first, for the fast form to give up early."""
    return isinstance(node, Field) and isinstance(node.of, Input) and node.of.name in doubtful


def _hoisted(order: Sequence[Node], uses: Counter[Node], free: Free, leaves: Set[Node], lazy: Set[Node]) -> set[Node]:
    """Return the nodes worth a local: used twice, used in a loop but not changed by it, or on a tall pile.

    Low ones that are better left until they are needed are not among them.
    """
    for node in order:
        if node not in leaves:
            _count(node, uses, free)
    hoisted: set[Node] = set()
    height: dict[Node, int] = {}
    for node in order:
        if node in leaves or trivial(node):
            height[node] = 0
            continue
        height[node] = 1 + max((height[part] for part in operands(node)), default=0)
        if (uses[node] > 1 and not (node in lazy and height[node] <= LOW)) or height[node] > TALL:
            hoisted.add(node)
            height[node] = 0
    return hoisted


def _count(node: Node, uses: Counter[Node], free: Free) -> None:
    """Count what a node uses; what a loop uses but does not change counts twice."""
    own = max(free[node], default=-1)
    for part in operands(node):
        depth = node.depth if isinstance(node, Quantify) and part is node.body else own
        uses[part] += 2 if max(free[part], default=-1) < depth else 1


def _staged(order: Iterable[Node], hoisted: Set[Node], risky: Set[Node], leaves: Set[Node]) -> frozenset[Node]:
    """Return the nodes that need statements: loops, long choices, and what contains one without a local."""
    staged: set[Node] = set()
    for node in order:
        if node not in leaves and (
            _needs_statements(node, risky) or any(part in staged and part not in hoisted for part in operands(node))
        ):
            staged.add(node)
    return frozenset(staged)


def _needs_statements(node: Node, risky: Set[Node]) -> bool:
    """Return whether the node itself is written as statements."""
    match node:
        case Quantify():
            return True
        case Case(branches=branches):
            return len(branches) > MANY_BRANCHES
        case And(items=items) | Or(items=items):
            return node in risky and len(items) > MANY_ITEMS
        case _:
            return False
