"""Expressions as written to typed nodes."""

from __future__ import annotations

from typing import Final, assert_never

from engine.language.cel import calls
from engine.language.cel.convert import Mismatch, common, convert, given
from engine.language.cel.operators import arithmetic, check_enum, compare
from engine.language.cel.parse import parse
from engine.language.cel.scope import Conventions, Scope, TypeProblem
from engine.language.cel.syntax import (
    Apply,
    Binary,
    ListOf,
    Literal,
    Logic,
    Name,
    Select,
    Subscript,
    Syntax,
    Ternary,
    Unary,
)
from engine.language.diagnostics import did_you_mean
from engine.program import types
from engine.program.nodes import (
    And,
    Arithmetic,
    Case,
    Comparison,
    Const,
    Contains,
    Field,
    Given,
    Index,
    Input,
    Items,
    Node,
    Not,
    Operator,
    Or,
    Variable,
)
from engine.program.types import (
    BOOL,
    INT,
    NULL,
    NUMBER,
    TEXT,
    Enum,
    Kind,
    Record,
    Type,
    kind_of,
)

_LITERALS: Final = {
    "bool": BOOL,
    "int": INT,
    "double": NUMBER,
    "string": TEXT,
    "null": types.NULL_TYPE,
}
_NUMERIC: Final = (Kind.INT, Kind.NUMBER, Kind.MONEY)


def expression_node(text: str, inputs: Record, conventions: Conventions | None = None) -> Node:
    """Return the node of an expression over inputs; raise `ExpressionError` or `TypeProblem`."""
    return node_of(parse(text), Scope(inputs, conventions or Conventions()))


def node_of(syntax: Syntax, scope: Scope) -> Node:
    """Return the typed node of a syntax tree; raise `TypeProblem` at the first mistake in it."""
    return Checker().node(syntax, scope)


class Checker:
    """Turns syntax into nodes; stateless, passed to macros so that they can go on."""

    def node(self, syntax: Syntax, scope: Scope) -> Node:
        """Return the typed node; raise `TypeProblem` at the first mistake."""
        try:
            return self._node(syntax, scope)
        except Mismatch as problem:
            raise TypeProblem(syntax, problem.code, str(problem)) from problem

    def expect(self, syntax: Syntax, want: Type, scope: Scope) -> Node:
        """Return the node as a value of the type."""
        node = self.node(syntax, scope)
        try:
            return convert(node, want, scope.conventions)
        except Mismatch as problem:
            raise TypeProblem(syntax, problem.code, str(problem), _spelling(want, problem)) from problem

    def _node(self, syntax: Syntax, scope: Scope) -> Node:  # noqa: C901 - one case for each kind of syntax
        match syntax:
            case Literal():
                return _literal(syntax)
            case Name():
                return _name(syntax, scope)
            case Select():
                return self._select(syntax, scope)
            case Subscript():
                return self._subscript(syntax, scope)
            case Apply():
                return calls.call(self, syntax, scope)
            case Unary():
                return self._unary(syntax, scope)
            case Binary():
                return self._binary(syntax, scope)
            case Logic(op=op, items=items):
                parts = tuple(self.expect(item, BOOL, scope) for item in items)
                return And(parts, BOOL) if op == "&&" else Or(parts, BOOL)
            case Ternary(condition=condition, then=then, otherwise=otherwise):
                return self._ternary(condition, then, otherwise, scope)
            case ListOf(items=items):
                return self._list(tuple(self.node(item, scope) for item in items), scope)
            case _ as never:
                assert_never(never)

    def _ternary(self, condition: Syntax, then: Syntax, otherwise: Syntax, scope: Scope) -> Node:
        a, b = self.node(then, scope), self.node(otherwise, scope)
        type_ = common([a.type, b.type])
        branch = (self.expect(condition, BOOL, scope), convert(a, type_, scope.conventions))
        return Case((branch,), convert(b, type_, scope.conventions), type_)

    def _list(self, items: tuple[Node, ...], scope: Scope) -> Node:
        item = common([node.type for node in items]) if items else types.NULL_TYPE
        return Items(tuple(convert(node, item, scope.conventions) for node in items), types.ListOf(item))

    def _select(self, syntax: Select, scope: Scope) -> Node:
        if (full := dotted(syntax)) and full.split(".")[0] in ("params", "tables"):
            return _namespace(syntax, full, scope)
        if (output := calls.table_output(self, syntax, scope)) is not None:
            return output
        of = given(self.node(syntax.of, scope))
        if isinstance(of.type, types.MapOf):
            return Index(of, Const(syntax.name, TEXT), of.type.value)
        return member(of, syntax, scope)

    def _subscript(self, syntax: Subscript, scope: Scope) -> Node:
        of = given(self.node(syntax.of, scope))
        match of.type:
            case types.ListOf(item=item):
                return Index(of, self.expect(syntax.key, INT, scope), item)
            case types.MapOf(value=value):
                return Index(of, self.expect(syntax.key, TEXT, scope), value)
            case Record() if isinstance(syntax.key, Literal) and isinstance(syntax.key.value, str):
                return member(of, Select(syntax.of, syntax.key.value, syntax.start, syntax.end), scope)
            case _:
                raise TypeProblem(syntax, "wrong-type", f"{of.type} has no items to pick by `[...]`")

    def _unary(self, syntax: Unary, scope: Scope) -> Node:
        if syntax.op == "!":
            return Not(self.expect(syntax.of, BOOL, scope), BOOL)
        of = given(self.node(syntax.of, scope))
        if kind_of(of.type) not in (*_NUMERIC, Kind.DURATION):
            raise TypeProblem(syntax, "wrong-type", f"{of.type} cannot be negated", "write `!` for not")
        return Arithmetic(Operator.SUB, Const(0.0 if of.type == NUMBER else 0, of.type), of, of.type)

    def _binary(self, syntax: Binary, scope: Scope) -> Node:
        if syntax.op == "in":
            return self._contains(syntax, scope)
        left, right = self.node(syntax.left, scope), self.node(syntax.right, scope)
        if syntax.op in {op.value for op in Comparison}:
            return compare(syntax, left, right, scope)
        return arithmetic(syntax, given(left), given(right), scope)

    def _contains(self, syntax: Binary, scope: Scope) -> Node:
        of = given(self.node(syntax.right, scope))
        if isinstance(of.type, types.MapOf):
            return Contains(self.expect(syntax.left, TEXT, scope), of, BOOL)
        if not isinstance(of.type, types.ListOf):
            raise TypeProblem(syntax, "wrong-type", f"`in` looks into a list or a map, not {of.type}", "write `[a, b]`")
        item = self.node(syntax.left, scope)
        check_enum(syntax.right, of, item.type)
        check_enum(syntax.left, item, of.type.item)
        type_ = common([item.type, of.type.item])
        items = convert(of, types.ListOf(type_), scope.conventions)
        return Contains(convert(item, type_, scope.conventions), items, BOOL)


def _literal(syntax: Literal) -> Node:
    if syntax.kind not in _LITERALS:
        raise TypeProblem(syntax, "not-in-subset", f"{syntax.kind} values are not part of the policy language")
    return Const(NULL if syntax.value is None else syntax.value, _LITERALS[syntax.kind])


def _name(syntax: Name, scope: Scope) -> Node:
    name = syntax.name
    if (variable := scope.variables.get(name)) is not None:
        return variable
    if (declared := scope.inputs.find(name)) is not None and not name.startswith("@"):
        scope.used.add(name)
        return scope.leaf(None, Input(name, declared.type))
    if (value := scope.values.get(name)) is not None:
        scope.used.add(name)
        return value(scope.depth)
    if name in scope.macros:
        raise TypeProblem(syntax, "missing-arguments", f"`{name}` takes arguments", f"write `{name}(...)`")
    raise TypeProblem(syntax, "unknown-fact", f"reads unknown fact `{name}`", did_you_mean(name, names(scope)))


def names(scope: Scope) -> list[str]:
    """Return every top-level name in reach, for suggestions."""
    inputs = [one.name for one in scope.inputs if not one.name.startswith("@")]
    return [*scope.variables, *inputs, *scope.values, *scope.macros]


def dotted(syntax: Syntax) -> str:
    """Return `a.b.c` for a chain of selections from a name, else nothing."""
    match syntax:
        case Name(name=name):
            return name
        case Select(of=of, name=name):
            return f"{before}.{name}" if (before := dotted(of)) else ""
        case _:
            return ""


def _namespace(syntax: Select, full: str, scope: Scope) -> Node:
    if (value := scope.values.get(full)) is not None:
        scope.used.add(full)
        return value(scope.depth)
    kind = "parameter" if full.startswith("params.") else "table"
    if full in scope.macros:
        raise TypeProblem(syntax, "missing-arguments", f"`{full}` takes arguments", f"write `{full}(...)`")
    if any(name.startswith(f"{full}.") for name in scope.values):
        raise TypeProblem(syntax, "table-output", f"table `{full[7:]}` has several outputs", f"write `{full}.<output>`")
    prefix = full.split(".", maxsplit=1)[0] + "."
    known = [name for name in (*scope.values, *scope.macros) if name.startswith(prefix)]
    raise TypeProblem(
        syntax,
        "unknown-parameter" if kind == "parameter" else "unknown-table",
        f"reads unknown {kind} `{full.split('.', 1)[1]}`",
        did_you_mean(full, known),
    )


def member(of: Node, syntax: Select, scope: Scope) -> Node:
    """Return a member of a record node; raise `TypeProblem` for one that is not declared or not in reach."""
    path = path_of(of)
    if not isinstance(of.type, Record):
        raise TypeProblem(syntax, "unknown-fact", f"`{path or 'this'}` is {of.type} and has no `{syntax.name}`")
    within = scope.ask if path == "ask" and scope.ask is not None else of.type
    found = within.find(syntax.name)
    if found is None:
        code = {"ask": "unknown-input", "signals": "unknown-signal"}.get(path, "unknown-fact")
        full = f"{path}.{syntax.name}" if path else syntax.name
        known = [f"{path}.{one.name}" if path else one.name for one in within if not one.name.startswith("@")]
        what = code.removeprefix("unknown-")
        declare = "every action that the rule covers must declare it" if what == "input" else ""
        help = did_you_mean(full, known) or declare
        raise TypeProblem(syntax, code, f"reads unknown {what} `{full}`", help)
    if path:
        scope.used.add(f"{path}.{syntax.name}")
    return scope.told(scope.leaf(of, Field(of, syntax.name, found.type)), f"{path}.{syntax.name}")


def path_of(node: Node) -> str:
    """Return the dotted path of a fact, through list items and map values as `[]`; nothing for other nodes."""
    match node:
        case Input(name=name) | Variable(name=name):
            return name
        case Field(of=of, name=name):
            return f"{path_of(of)}.{name}"
        case Given(of=of):
            return path_of(of)
        case Index(of=of):
            return f"{path_of(of)}[]"
        case _:
            return ""


def _spelling(want: Type, problem: Mismatch) -> str:
    if problem.code == "value-not-in-enum" and isinstance(want, Enum):
        return did_you_mean(str(problem).split("`")[1], want.values)
    return ""
