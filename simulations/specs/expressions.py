"""The expressions of a simulation: type-checked in the names of its pack, as the pack's own are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.language.cel.scope import Scope, TypeProblem
from engine.language.cel.typecheck import Checker
from engine.language.diagnostics import Diagnostics
from engine.language.packs.building import Builder
from engine.language.packs.names import names_of
from engine.language.packs.owners import VERBS
from engine.language.packs.pack import Expression, Pack
from engine.language.reading.tree import Tree
from engine.program.nodes import Failure, Node
from engine.program.types import BOOL, Record, Type


class Expressions:
    """Turns what is written into nodes; what does not parse or type-check is reported and becomes a failure."""

    def __init__(self, pack: Pack, found: Diagnostics) -> None:
        """Work in the names of a pack that was loaded and checked."""
        self.found = found
        self.build = Builder(found)
        names = names_of(pack, Diagnostics())
        self.scope = names.base if all(one.amount != "int" for one in pack.actions) else _without_amount(names.base)

    def node(self, owner: str, tree: Tree, want: Type | None, variables: Mapping[str, Node]) -> Node:
        """Return the node of an expression, as the type that is wanted where one is."""
        expression = self.build.expression(tree)
        scope = self.scope.with_variables(variables)
        try:
            if want is None:
                return Checker().node(expression.syntax, scope)
            return Checker().expect(expression.syntax, want, scope)
        except TypeProblem as problem:
            self._report(owner, expression, problem)
            return Failure(want or BOOL)

    def _report(self, owner: str, expression: Expression, problem: TypeProblem) -> None:
        told = "" if problem.message.startswith(VERBS) else ":"
        message = f"`{owner}`{told} {problem.message}"
        self.found.error(expression.mark_at(problem.at.start), problem.code, message, problem.help)


def _without_amount(scope: Scope) -> Scope:
    """Return the scope without `ask.amount`, which is money for some actions and a number of units for others."""
    declared = scope.inputs.find("ask")
    assert declared is not None
    assert isinstance(declared.type, Record)
    return replace(scope, ask=Record(tuple(one for one in declared.type if one.name != "amount")))
