"""Calls in expressions: macros over lists, the pack's own definitions and tables, and functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.cel.convert import given
from engine.language.cel.scope import Scope, TypeProblem
from engine.language.cel.syntax import Apply, Name, Select, Subscript, Syntax
from engine.language.diagnostics import did_you_mean
from engine.program import types
from engine.program.nodes import Call, Has, Node, Quantifier, Quantify
from engine.program.types import (
    BOOL,
    INT,
    TEXT,
    Type,
)

if TYPE_CHECKING:
    from engine.language.cel.typecheck import Checker

from engine.language.cel.functions import FUNCTIONS, METHODS

MACROS: Final = {kind.value: kind for kind in Quantifier}


def call(checker: Checker, syntax: Apply, scope: Scope) -> Node:
    """Return the node of a call; raise `TypeProblem` for an unknown function or wrong operands."""
    if syntax.of is not None and syntax.function in MACROS:
        return _quantify(checker, syntax, scope)
    if syntax.of is None and syntax.function == "has":
        return _has(checker, syntax, scope)
    if (macro := scope.macros.get(_full_name(syntax))) is not None:
        scope.used.add(_full_name(syntax))
        return macro(checker, syntax.args, scope, syntax)
    if syntax.of is not None and isinstance(syntax.of, Name) and syntax.of.name == "tables":
        known = [name for name in (*scope.macros, *scope.values) if name.startswith("tables.")]
        full = _full_name(syntax)
        raise TypeProblem(
            syntax, "unknown-table", f"reads unknown table `{syntax.function}`", did_you_mean(full, known)
        )
    return _function(checker, syntax, scope)


def table_output(checker: Checker, syntax: Select, scope: Scope) -> Node | None:
    """Return one output of a table that takes arguments, `tables.route(day).team`, or None for anything else."""
    if not (isinstance(syntax.of, Apply) and isinstance(syntax.of.of, Name) and syntax.of.of.name == "tables"):
        return None
    full = f"tables.{syntax.of.function}.{syntax.name}"
    if (macro := scope.macros.get(full)) is None:
        return None
    scope.used.add(full)
    return macro(checker, syntax.of.args, scope, syntax)


def _full_name(syntax: Apply) -> str:
    if isinstance(syntax.of, Name) and syntax.of.name == "tables":
        return f"tables.{syntax.function}"
    return syntax.function if syntax.of is None else ""


def _quantify(checker: Checker, syntax: Apply, scope: Scope) -> Node:
    kind = MACROS[syntax.function]
    over = _over(checker, syntax, scope)
    assert isinstance(over.type, types.ListOf)
    if len(syntax.args) not in ((2, 3) if kind is Quantifier.MAP else (2,)) or not isinstance(syntax.args[0], Name):
        raise TypeProblem(
            syntax,
            "wrong-arguments",
            f"`{kind}` takes a name and a condition",
            f"write `{kind}(x, x.member == 1)`",
        )
    name = syntax.args[0].name
    if name in scope.variables or (scope.inputs.find(name) is not None and name in ("now", "ask", "history")):
        raise TypeProblem(syntax.args[0], "name-clash", f"`{name}` already has a meaning here", "choose another name")
    inner = scope.bind(name, over.type.item)
    if len(syntax.args) == 3:
        condition = checker.expect(syntax.args[1], BOOL, inner)
        over = Quantify(Quantifier.FILTER, scope.depth, over, condition, over.type)
    return _quantified(checker, kind, over, syntax.args[-1], inner)


def _over(checker: Checker, syntax: Apply, scope: Scope) -> Node:
    assert syntax.of is not None
    over = given(checker.node(syntax.of, scope))
    if isinstance(over.type, types.MapOf):
        return Call("keys", (over,), types.ListOf(TEXT))
    if not isinstance(over.type, types.ListOf):
        raise TypeProblem(syntax, "wrong-type", f"`{syntax.function}` goes over a list or a map, not {over.type}")
    return over


def _quantified(checker: Checker, kind: Quantifier, over: Node, body: Syntax, inner: Scope) -> Node:
    assert isinstance(over.type, types.ListOf)
    depth = inner.depth - 1
    if kind is Quantifier.MAP:
        node = checker.node(body, inner)
        return Quantify(kind, depth, over, node, types.ListOf(node.type))
    condition = checker.expect(body, BOOL, inner)
    result: dict[Quantifier, Type] = {
        Quantifier.FILTER: over.type,
        Quantifier.FIND: over.type.item,
        Quantifier.COUNT: INT,
    }
    return Quantify(kind, depth, over, condition, result.get(kind, BOOL))


def _has(checker: Checker, syntax: Apply, scope: Scope) -> Node:
    if len(syntax.args) != 1 or not isinstance(syntax.args[0], (Select, Subscript)):
        raise TypeProblem(syntax, "wrong-arguments", "`has` takes one member", "write `has(order.note)`")
    return Has(checker.node(syntax.args[0], scope), BOOL)


def _function(checker: Checker, syntax: Apply, scope: Scope) -> Node:
    rule = (METHODS if syntax.of is not None else FUNCTIONS).get(syntax.function)
    if rule is None:
        known = [*METHODS, *MACROS] if syntax.of is not None else [*FUNCTIONS, "has", *scope.macros]
        message = f"calls unknown function `{syntax.function}`"
        raise TypeProblem(syntax, "unknown-function", message, did_you_mean(syntax.function, known))
    written = (*(() if syntax.of is None else (syntax.of,)), *syntax.args)
    args = tuple(given(checker.node(arg, scope)) for arg in written)
    return rule(checker, syntax, args, scope)


FUNCTION_NAMES: Final = tuple(sorted({*FUNCTIONS, *METHODS, *MACROS, "has"}))
"""Every name that authors can call, for docs and suggestions."""
