"""The sections of a pack that name things: parameters, definitions, tables."""

from __future__ import annotations

import re
from datetime import date

from engine.language.cel.syntax import ListOf as ListSyntax
from engine.language.cel.syntax import Literal, Syntax, Unary
from engine.language.packs.building import Builder, as_mapping, as_scalar, literal, text_of
from engine.language.packs.pack import Cell, Definition, Expression, Interval, Parameter, Row, Table, Value
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree
from engine.program import types
from engine.program.types import Type

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_BOUND = re.compile(r"^(>=|<=|>|<)\s*(\S.*)$")
_RANGE = re.compile(r"^([\[(])?\s*(\S+?)\s*\.\.\s*(\S+?)\s*([\])])?$")
_TYPES: dict[str, Type] = {
    "bool": types.BOOL, "int": types.INT, "number": types.NUMBER, "money": types.MONEY, "text": types.TEXT,
    "date": types.DATE, "timestamp": types.TIMESTAMP, "duration": types.DURATION,
}  # fmt: skip


def parameter(build: Builder, key: Scalar, tree: Tree) -> Parameter:
    """Return the parameter that an entry of `params` writes: a value, or values by the date they start."""
    if not isinstance(tree, Mapping):
        return Parameter(key.text, key.mark, ((None, _setting(build, tree)),))
    dated: list[tuple[date | None, Value]] = []
    for day, value in tree:
        dated.append((build.day(day), _setting(build, value)))
    days = [day for day, _ in dated if day is not None]
    if days != sorted(set(days)):
        build.found.error(key.mark, "params-order", f"the dates of `{key.text}` are not in order", "earliest first")
    return Parameter(key.text, key.mark, tuple(dated))


def _setting(build: Builder, tree: Tree) -> Expression:
    if isinstance(tree, Sequence):
        parts: list[Syntax] = [literal(as_scalar(item)) for item in tree]
        scalar = as_scalar(tree.items[0]) if tree.items else Scalar(tree.mark, None, "", "plain")
        return Expression("", ListSyntax(tuple(parts), 0, 0), scalar)
    return build.constant(tree)


def definition(build: Builder, key: Scalar, tree: Tree) -> Definition:
    """Return the definition that an entry of `define` writes."""
    name, parameters = build.callable_name(key)
    means = None
    if isinstance(tree, Mapping) and (value := tree.get("value")) is not None:
        means = build.template(tree.get("means"))
        tree = value
    body = build.condition(tree) if isinstance(tree, Mapping) else build.value(tree)
    return Definition(name, key.mark, parameters, body, means)


def table(build: Builder, key: Scalar, tree: Mapping) -> Table:
    """Return the decision table that an entry of `tables` writes."""
    name, parameters = build.callable_name(key)
    inputs = as_mapping(tree.get("inputs") or Mapping(tree.mark, ()))
    outputs = as_mapping(tree.get("outputs") or Mapping(tree.mark, ()))
    typed = tuple((one.text, output_type(value)) for one, value in outputs)
    rows = tree.get("rows")
    last = tree.get("else")
    return Table(
        name=name,
        mark=key.mark,
        parameters=parameters,
        inputs=tuple((one.text, build.expression(value)) for one, value in inputs),
        outputs=typed,
        hit=text_of(tree.get("hit"), "unique"),
        rows=tuple(_row(build, as_mapping(row), dict(typed)) for row in rows) if isinstance(rows, Sequence) else (),
        otherwise=None if last is None else _otherwise(build, last, typed),
    )


def output_type(tree: Tree) -> Type:
    """Return the type that a table's output declares."""
    if isinstance(tree, Mapping):
        values = tree.get("enum")
        assert isinstance(values, Sequence)
        return types.Enum(tuple(as_scalar(item).text for item in values))
    return _TYPES[as_scalar(tree).text]


def _otherwise(build: Builder, tree: Tree, typed: tuple[tuple[str, Type], ...]) -> tuple[tuple[str, Expression], ...]:
    if isinstance(tree, Mapping):
        return tuple((key.text, _result(build, value, dict(typed).get(key.text))) for key, value in tree)
    return tuple((name, _result(build, tree, type_)) for name, type_ in typed)


def _row(build: Builder, tree: Mapping, outputs: dict[str, Type]) -> Row:
    cells = tuple((key.text, cell(value)) for key, value in tree if key.text not in (*outputs, "source", "means"))
    results = tuple((key.text, _result(build, value, outputs[key.text])) for key, value in tree if key.text in outputs)
    return Row(tree.mark, cells, results)


def _result(build: Builder, tree: Tree, type_: Type | None) -> Expression:
    textual = type_ is None or types.kind_of(type_) is types.Kind.TEXT
    return build.constant(tree) if textual else build.expression(tree)


def cell(tree: Tree) -> Cell:
    """Return what a row asks of one input: a value, a list of them, `>= 10`, `10..19` or `(1500..3500]`."""
    items = tree.items if isinstance(tree, Sequence) else (tree,)
    return Cell(tree.mark, tuple(_choice(as_scalar(item)) for item in items))


def _choice(scalar: Scalar) -> Expression | Interval:
    if not isinstance(scalar.value, str):
        return Expression(scalar.text, literal(scalar), scalar)
    if (bound := _BOUND.match(scalar.text)) is not None:
        end = _end(bound[2], scalar)
        below = bound[1].startswith("<")
        inclusive = bound[1].endswith("=")
        return Interval(None, False, end, inclusive) if below else Interval(end, inclusive, None, False)
    if (span := _RANGE.match(scalar.text)) is not None:
        return Interval(_end(span[2], scalar), span[1] != "(", _end(span[3], scalar), span[4] != ")")
    return Expression(scalar.text, literal(scalar), scalar)


def _end(text: str, scalar: Scalar) -> Expression:
    negative, digits = text.startswith("-"), text.lstrip("-")
    number: Literal
    if re.fullmatch(r"\d+", digits):
        number = Literal("int", int(digits), digits, 0, len(text))
    elif re.fullmatch(r"\d+\.\d+", digits):
        number = Literal("double", float(digits), digits, 0, len(text))
    else:
        return Expression(text, Literal("string", text, text, 0, len(text)), scalar)
    return Expression(text, Unary("-", number, 0, len(text)) if negative else number, scalar)


def is_day(text: str) -> bool:
    """Return whether a text is written as a calendar day."""
    return _DAY.match(text) is not None
