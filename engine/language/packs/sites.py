"""Parts of a pack to nodes: expressions, conditions, branches and texts in the scope where they stand."""

from __future__ import annotations

from engine.language.cel.convert import Mismatch, common, convert
from engine.language.cel.scope import Scope, TypeProblem
from engine.language.cel.typecheck import Checker
from engine.language.diagnostics import Diagnostics, Mark
from engine.language.packs.owners import Owners
from engine.language.packs.pack import Branches, Condition, Expression, Group, Template, Value
from engine.program.nodes import And, AtLeast, Case, Const, Failure, Node, Not, Or
from engine.program.types import BOOL, Type


class Sites:
    """Type-checks parts of a pack; what does not type-check is reported and becomes a failure."""

    def __init__(self, found: Diagnostics, owners: Owners) -> None:
        """Report to `found`, with the owner of what is wrong."""
        self.found, self.owners = found, owners
        self.checker = Checker()
        self.columns: dict[str, list[dict[str, Node]]] = {}
        """The inputs of each table, once for each use of it."""

    def node(self, expression: Expression, scope: Scope, want: Type | None = None) -> Node:
        """Return the node of an expression, as the type that is wanted where one is."""
        try:
            if want is None:
                return self.checker.node(expression.syntax, scope)
            return self.checker.expect(expression.syntax, want, scope)
        except TypeProblem as problem:
            self.report(expression, problem)
            return Failure(want or BOOL)

    def report(self, expression: Expression, problem: TypeProblem) -> None:
        """Record why an expression does not type-check."""
        mark = expression.mark_at(problem.at.start)
        self.error(mark, problem.code, problem.message, problem.help)

    def error(self, mark: Mark, code: str, message: str, help: str = "") -> None:
        """Record what is wrong, and whose it is."""
        self.found.error(mark, code, self.owners.told(mark, message), help)

    def condition(self, condition: Condition, scope: Scope) -> Node:
        """Return the node of a condition."""
        if isinstance(condition, Expression):
            return self.node(condition, scope, BOOL)
        items = tuple(self.condition(item, scope) for item in condition.items)
        return _grouped(condition, items)

    def value(self, value: Value | Condition, scope: Scope, want: Type | None = None) -> Node:
        """Return the node of a value; branches take their common type where none is wanted."""
        match value:
            case Expression():
                return self.node(value, scope, want)
            case Branches():
                return self._branches(value, scope, want)
            case Group():
                return self.condition(value, scope)

    def _branches(self, value: Branches, scope: Scope, want: Type | None) -> Node:
        chosen = [(self.condition(when, scope), self.value(then, scope, want)) for when, then in value.branches]
        last = None if value.otherwise is None else self.value(value.otherwise, scope, want)
        nodes = [node for _, node in chosen] + ([] if last is None else [last])
        conventions = scope.conventions
        try:
            type_ = want or common([node.type for node in nodes])
            branches = tuple((when, convert(then, type_, conventions)) for when, then in chosen)
            otherwise = Failure(type_) if last is None else convert(last, type_, conventions)
        except Mismatch as problem:
            self.error(value.mark, problem.code, f"the branches differ: {problem}")
            return Failure(BOOL)
        return Case(branches, otherwise, type_)

    def template(self, template: Template, scope: Scope) -> tuple[str | Node, ...]:
        """Return a text's parts: words, and the nodes of its placeholders."""
        return tuple(part if isinstance(part, str) else self._placeholder(part, scope) for part in template.parts)

    def _placeholder(self, expression: Expression, scope: Scope) -> Node:
        try:
            node = self.checker.node(expression.syntax, scope)
        except TypeProblem as problem:
            mark = expression.mark_at(problem.at.start)
            self.error(mark, "text-placeholder", f"the placeholder {problem.message}", problem.help)
            return Failure(BOOL)
        return node


def _grouped(group: Group, items: tuple[Node, ...]) -> Node:
    match group.kind:
        case "any":
            return Or(items, BOOL)
        case "none":
            return Not(Or(items, BOOL), BOOL)
        case "at_least":
            return AtLeast(group.count, items, BOOL)
        case _:
            return And(items, BOOL)


TRUE = Const(True, BOOL)
FALSE = Const(False, BOOL)
