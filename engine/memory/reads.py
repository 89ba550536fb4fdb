"""What of a request a policy reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Final, TypeAlias

from engine.program.nodes import (
    Assume,
    Call,
    Case,
    Contains,
    Field,
    Given,
    Has,
    Index,
    Input,
    Known,
    Named,
    Node,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.plan import DECIDE, OFFER, SETTLE
from engine.program.replan import nodes_of
from engine.program.types import ListOf, MapOf, Record
from engine.program.walk import mentions, postorder
from engine.release import Release

Path: TypeAlias = tuple[str, ...]
Places: TypeAlias = frozenset[Path]
"""Where in the inputs a value may stand; nowhere for one that was computed."""
Around: TypeAlias = tuple[tuple[int, Places], ...]
"""Where the items of the quantifiers around a node stand, by depth."""
Values: TypeAlias = dict[Node, Places]

ITEM: Final = "[]"
"""The step from a list or map to its items."""
WHOLE: Final = "*"
"""The step to all that is below."""
NOWHERE: Final[Places] = frozenset()
OFFERED: Final = (DECIDE, SETTLE, OFFER)
"""The stages of an action that is only considered, as an alternative or as an offer to make first."""


@lru_cache(maxsize=4096)
def read_paths(release: Release, action: str, others: bool) -> Places:
    """Return the paths of the inputs that a decision on an action reads; `others`: it considers all other actions too.

    `("order", "lines", "[]", "price")` is the price of every line; `*` is all that is below. What texts read counts.
    """
    policy = release.policy
    plan = policy.plans[action]
    roots = [node for stage in policy.program.stages(action) for _, node in stage.outputs]
    found = paths_read([*roots, *nodes_of(plan), *([] if policy.as_of is None else [policy.as_of])])
    first = {one.offer.action for one in plan.requirements if one.offer is not None}
    return found.union(*(_considered(release, name) for name in policy.plans if others or name in first))


@lru_cache(maxsize=4096)
def _considered(release: Release, action: str) -> Places:
    """Return the paths of what is read to see whether an action may be offered."""
    stages = [stage for stage in release.policy.program.stages(action) if stage.name in OFFERED]
    return paths_read([node for stage in stages for _, node in stage.outputs])


def paths_read(roots: Sequence[Node]) -> Places:
    """Return the paths of the inputs that nodes read."""
    scopes: dict[Around, Scope] = {}
    waiting: list[tuple[Node, Around]] = [(root, ()) for root in roots]
    while waiting:
        root, around = waiting.pop()
        scope = scopes.setdefault(around, Scope(dict(around)))
        scope.go_over(root)
        waiting += scope.bodies
        scope.bodies.clear()
    return frozenset[Path]().union(*(scope.found for scope in scopes.values()))


@dataclass(slots=True)
class Scope:
    """Expressions inside of the same quantifiers: where their values stand, and what they read."""

    items: dict[int, Places]
    values: Values = field(default_factory=dict)
    found: set[Path] = field(default_factory=set)
    bodies: list[tuple[Node, Around]] = field(default_factory=list)

    def go_over(self, root: Node) -> None:
        """Find what a node reads; bodies of quantifiers in it are left to be gone over in their turn."""
        for node in postorder([root], self._before):
            if node in self.values:
                continue
            self.values[node] = places = self._places(node)
            self.found |= places
            for part in taken_whole(node):
                self._take(part)
            if isinstance(node, Quantify):
                inner = {**self.items, node.depth: items_of(node.over, self.values)}
                self.bodies.append((node.body, tuple(sorted(inner.items(), key=itemgetter(0)))))
        self._take(root)

    def _before(self, node: Node) -> tuple[Node, ...]:
        """Return what a node that was not gone over reads outside of quantifier bodies, its words among them."""
        if node in self.values:
            return ()
        return (node.over,) if isinstance(node, Quantify) else mentions(node)

    def _take(self, node: Node) -> None:
        """Note that all of a list, map or record is read."""
        if isinstance(node.type, ListOf | MapOf | Record):
            self.found |= {(*path, WHOLE) for path in self.values[node]}

    def _places(self, node: Node) -> Places:
        values = self.values
        match node:
            case Input(name=name):
                return frozenset({(name,)})
            case Variable(depth=depth):
                return self.items.get(depth, NOWHERE)
            case Field(of=of, name=name):
                return frozenset((*path, name) for path in values[of])
            case Index(of=of):
                return frozenset((*path, ITEM) for path in values[of])
            case Quantify(kind=Quantifier.FIND, over=over):
                return items_of(over, values)
            case Quantify(kind=Quantifier.FILTER, over=over):
                return NOWHERE if isinstance(over.type, MapOf) else values[over]
            case Given(of=of) | Named(of=of):
                return values[of]
            case Case(branches=branches, otherwise=otherwise):
                return values[otherwise].union(*(values[value] for _, value in branches))
            case Assume(of=of, otherwise=otherwise):
                return values[of] | values[otherwise]
            case _:
                return NOWHERE


def items_of(over: Node, values: Values) -> Places:
    """Return where the items of a list stand; the keys of a map stand nowhere of their own."""
    return NOWHERE if isinstance(over.type, MapOf) else frozenset((*path, ITEM) for path in values[over])


def taken_whole(node: Node) -> Iterator[Node]:
    """Yield the operands of which a node may read all that is in them."""
    match node:
        case Field() | Index() | Given() | Has() | Known() | Assume() | Case() | Quantify():
            return
        case Named(words=words):
            yield from (word for word in words if not isinstance(word, str))
        case Call(function="size_list" | "size_map" | "keys"):
            return
        case Contains(of=of) if isinstance(of.type, MapOf):
            return
        case _:
            yield from mentions(node)
