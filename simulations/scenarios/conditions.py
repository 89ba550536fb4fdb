"""Every condition of a pack as written, with the expression that it became, so that its truth can be watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

from engine.backends.reference import Reference
from engine.language.cel.scope import Scope
from engine.language.cel.syntax import Logic, Syntax, Ternary, Unary
from engine.language.cel.typecheck import Checker
from engine.language.diagnostics import Diagnostics, Mark
from engine.language.packs.names import Names, names_of
from engine.language.packs.owners import Owners
from engine.language.packs.pack import Action, Condition, Expression, Pack, Template
from engine.language.packs.sites import Sites
from engine.program.nodes import And, Case, Const, Input, Node, Not, Or, Quantify
from engine.program.notes import notes_of
from engine.program.offers import economics, values_of
from engine.program.rules import RuleNodes, amount_type
from engine.program.types import Type
from engine.program.voices import voices_of
from engine.program.walk import evaluated, operands, postorder

GRANTED = "@granted"
"""The amount granted, as terms read it."""


@dataclass(frozen=True, slots=True, order=True)
class Leaf:
    """A condition without conditions in it: where it stands, how it is written, and the rule it stands in (or none)."""

    mark: Mark
    text: str
    rule: str = ""


Leaves: TypeAlias = Mapping[Node, Mapping[Leaf, bool]]
"""By node: the conditions that it is the meaning of, and whether each says the opposite."""


@dataclass(frozen=True, eq=False, slots=True)
class Watched:
    """A pack whose conditions can be watched: what each action's answer reads, each rule's hit, each condition."""

    pack: Pack
    roots: Mapping[str, tuple[Node, ...]]
    hits: Mapping[str, Node]
    leaves: Leaves
    above: Set[Node]
    """The quantifiers with conditions in their bodies."""


def watched(pack: Pack) -> Watched:
    """Return a pack that was loaded and checked, ready to be watched."""
    found = Diagnostics()
    names = names_of(pack, found)
    recorder = Recorder(found, Owners(pack))
    names.sites = recorder
    rules = RuleNodes(pack, names, found)
    hits = {}
    for rule in pack.rules:
        recorder.rule = rule.id
        hits[rule.id] = rules.hit(rule)
    recorder.rule = ""
    roots = {action.name: tuple(_roots(names, rules, action)) for action in pack.actions}
    below = postorder([node for nodes in roots.values() for node in nodes], operands)
    above = {node for node in below if isinstance(node, Quantify) and _holds(node, recorder.leaves)}
    return Watched(pack, roots, hits, recorder.leaves, above)


def _roots(names: Names, rules: RuleNodes, action: Action) -> Iterator[Node]:
    """Yield all that an action's answer is made of, but the verdict's own expressions."""
    spoken = voices_of(rules, names, action)
    for hit, amount in spoken.open:
        yield from (hit,) if amount is None else (hit, amount)
    scope = names.scope((action,))
    variables: dict[str, Node] = {"amount": Input(GRANTED, amount_type(action))}
    terms = values_of(names, action.terms, scope.with_variables(variables))
    outputs = values_of(names, action.outputs, scope.with_variables(variables))
    variables |= dict(terms)
    yield from (node for _, node in (*terms, *outputs))
    yield from (node for _, node in economics(names, action, scope.with_variables(variables)))
    noted = notes_of(rules, names, action, variables | dict(outputs))
    yield from (node for _, node in noted.outputs)


def _holds(node: Quantify, leaves: Leaves) -> bool:
    return any(part in leaves for part in postorder([node.body], operands))


def seen(watched: Watched, node: Node, values: Reference) -> Iterator[tuple[Leaf, bool]]:
    """Yield each condition at and below a node with its truth, inside quantifiers once an item."""
    for part in postorder([node], evaluated):
        leaves = watched.leaves.get(part)
        if leaves is not None and isinstance(truth := values.value(part), bool):
            yield from ((leaf, truth is not opposite) for leaf, opposite in leaves.items())
        if isinstance(part, Quantify) and part in watched.above:
            for _, inner in values.items(part):
                yield from seen(watched, part.body, inner)


class Recorder(Sites):
    """Type-checks parts of a pack as `Sites` does, and keeps the node of each condition."""

    def __init__(self, found: Diagnostics, owners: Owners) -> None:
        """Begin with nothing kept; `rule` is the rule at hand."""
        super().__init__(found, owners)
        self.checker = _Watching(self)
        self.leaves: dict[Node, dict[Leaf, bool]] = {}
        self.rule = ""
        self._around: list[Expression | None] = []

    def node(self, expression: Expression, scope: Scope, want: Type | None = None) -> Node:
        """Return the node of an expression, whose parts belong to it."""
        self._around.append(expression)
        try:
            return super().node(expression, scope, want)
        finally:
            self._around.pop()

    def condition(self, condition: Condition, scope: Scope) -> Node:
        """Return the node of a condition, and keep it."""
        node = super().condition(condition, scope)
        if isinstance(condition, Expression):
            self._keep(condition, condition.syntax, node, own=not self._around)
        return node

    def template(self, template: Template, scope: Scope) -> tuple[str | Node, ...]:
        """Return a text's parts, in which no condition counts."""
        self._around.append(None)
        try:
            return super().template(template, scope)
        finally:
            self._around.pop()

    def keep(self, syntax: Syntax, node: Node) -> None:
        """Keep a part of the expression at hand."""
        around = self._around[-1] if self._around else None
        if around is not None:
            self._keep(around, syntax, node, own=len(self._around) == 1)

    def _keep(self, expression: Expression, syntax: Syntax, node: Node, own: bool) -> None:
        """Keep a condition unless it is made of others or constant; `own`: it stands in the rule at hand."""
        inner = syntax.of if isinstance(syntax, Unary) and syntax.op == "!" else syntax
        if isinstance(inner, Logic) or isinstance(node, Const):
            return
        text = expression.text[syntax.start : syntax.end]
        leaf = Leaf(expression.mark_at(syntax.start), text, self.rule if own else "")
        bare = node.of if isinstance(node, Not) else node
        self.leaves.setdefault(bare, {})[leaf] = bare is not node


class _Watching(Checker):
    """Turns syntax into nodes, and shows the operands of `&&`, `||` and `?:` to a recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def node(self, syntax: Syntax, scope: Scope) -> Node:
        node = super().node(syntax, scope)
        if isinstance(syntax, Logic) and isinstance(node, (And, Or)):
            for item, part in zip(syntax.items, node.items, strict=True):
                self.recorder.keep(item, part)
        elif isinstance(syntax, Ternary) and isinstance(node, Case):
            self.recorder.keep(syntax.condition, node.branches[0][0])
        return node
