"""The functions that expressions may call: which operands each takes, and which node it gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import re2

from engine.backends.failed import Failed
from engine.backends.reference import evaluate
from engine.backends.times import zone_of
from engine.language.cel.convert import common, convert, given
from engine.language.cel.scope import Scope, TypeProblem
from engine.language.cel.syntax import Apply, Name
from engine.program import types
from engine.program.nodes import Call, Const, Node, Quantifier, Quantify, Variable
from engine.program.types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MONEY,
    NUMBER,
    TEXT,
    TIMESTAMP,
    Kind,
    Type,
    kind_of,
)

if TYPE_CHECKING:
    from engine.language.cel.typecheck import Checker

Rule = Callable[["Checker", Apply, tuple[Node, ...], Scope], Node]

_ADDABLE: Final = (Kind.INT, Kind.NUMBER, Kind.MONEY, Kind.DURATION)
_ORDERED: Final = (*_ADDABLE, Kind.TEXT, Kind.DATE, Kind.TIMESTAMP)
_PARTS: Final = (
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
    "getHours", "getMinutes", "getSeconds", "getMilliseconds",
)  # fmt: skip
_TEXT_METHODS: Final = {
    "contains": "contains",
    "startsWith": "starts_with",
    "endsWith": "ends_with",
    "lowerAscii": "lower_ascii",
    "upperAscii": "upper_ascii",
    "trim": "trim",
}


def _wrong(syntax: Apply, args: tuple[Node, ...], takes: str) -> TypeProblem:
    given_types = ", ".join(str(arg.type) for arg in args) or "nothing"
    return TypeProblem(syntax, "wrong-arguments", f"`{syntax.function}` takes {takes}, not {given_types}")


def _kinds(args: tuple[Node, ...]) -> tuple[Kind | None, ...]:
    return tuple(kind_of(arg.type) for arg in args)


def _plain(function: str, takes: tuple[Type, ...], gives: Type, words: str) -> Rule:
    """Return the rule of a function with fixed operand types."""

    def check(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
        if len(args) != len(takes) or any(
            kind_of(arg.type) is not kind_of(want) and not (kind_of(arg.type) is Kind.INT and want == MONEY)
            for arg, want in zip(args, takes, strict=False)
        ):
            raise _wrong(syntax, args, words)
        chosen = tuple(convert(a, t, scope.conventions) if t == MONEY else a for a, t in zip(args, takes, strict=True))
        return Call(function, chosen, gives)

    return check


def _one_of(*choices: tuple[Kind | type, str, Type], words: str, zone: bool = False) -> Rule:
    """Return the rule of a function of one operand that is chosen by the operand's kind."""

    def check(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
        if len(args) == 1:
            for kind, function, gives in choices:
                if kind_of(args[0].type) is kind or (isinstance(kind, type) and isinstance(args[0].type, kind)):
                    extra = _extra(function, scope)
                    return Call(function, (*args, *extra), gives) if function else args[0]
        raise _wrong(syntax, args, words)

    return check


def _extra(function: str, scope: Scope) -> tuple[Node, ...]:
    if function in ("date_of", "timestamp_of_text"):
        return (Const(scope.conventions.zone, TEXT),)
    if function == "number_of_money":
        return (Const(scope.conventions.unit, INT),)
    return ()


def _matches(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    if _kinds(args) != (Kind.TEXT, Kind.TEXT) or not isinstance(args[1], Const):
        raise _wrong(syntax, args, "a text and a constant pattern")
    try:
        re2.compile(str(args[1].value), _quiet())
    except re2.error as problem:
        raise TypeProblem(syntax.args[-1], "bad-pattern", f"the pattern is not RE2: {_text(problem)}") from problem
    return Call("matches", args, BOOL)


def _quiet() -> re2.Options:
    """Return the options under which a bad pattern is not written to the terminal."""
    options = re2.Options()
    options.log_errors = False
    return options


def _text(problem: Exception) -> str:
    first = problem.args[0] if problem.args else ""
    return first.decode() if isinstance(first, bytes) else str(first)


def _extreme(function: str, checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    if len(args) == 1 and isinstance(args[0].type, types.ListOf) and kind_of(args[0].type.item) in _ORDERED:
        items = _items_given(args[0], scope)
        assert isinstance(items.type, types.ListOf)
        return Call(f"{function}_list", (items,), items.type.item)
    if len(args) < 2 or any(kind not in _ORDERED for kind in _kinds(args)):
        raise _wrong(syntax, args, "a list, or two or more values that have an order")
    type_ = common([arg.type for arg in args])
    return Call(function, tuple(convert(arg, type_, scope.conventions) for arg in args), type_)


def _items_given(items: Node, scope: Scope) -> Node:
    """Return the list with null taken out of its items' type."""
    assert isinstance(items.type, types.ListOf)
    if not items.type.item.nullable:
        return items
    variable = Variable(scope.depth, "item", items.type.item)
    item = types.required(items.type.item)
    return Quantify(Quantifier.MAP, scope.depth, items, given(variable), types.ListOf(item))


def _sum(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    if len(args) != 1 or not isinstance(args[0].type, types.ListOf):
        raise _wrong(syntax, args, "a list")
    items = _items_given(args[0], scope)
    assert isinstance(items.type, types.ListOf)
    if kind_of(items.type.item) not in _ADDABLE:
        raise _wrong(syntax, args, "a list of numbers, money or durations")
    return Call("sum_list", (items,), items.type.item)


def _extremes(function: str, checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    if len(args) != 2 or not isinstance(args[0].type, types.ListOf) or kind_of(args[1].type) is not Kind.INT:
        raise _wrong(syntax, args, "a list and how many")
    items = _items_given(args[0], scope)
    return Call(function, (items, args[1]), items.type)


def _abs(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    if len(args) != 1 or kind_of(args[0].type) not in _ADDABLE:
        raise _wrong(syntax, args, "a number, money or a duration")
    return Call("abs", args, args[0].type)


def _as_date(node: Node, scope: Scope) -> Node:
    if kind_of(node.type) is Kind.TIMESTAMP:
        return Call("date_of", (node, Const(scope.conventions.zone, TEXT)), DATE)
    return node


def _between(function: str, checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    days = tuple(_as_date(arg, scope) for arg in args)
    if _kinds(days) != (Kind.DATE, Kind.DATE):
        raise _wrong(syntax, args, "two dates or timestamps")
    calendar = (Const(scope.conventions.calendar, TEXT),) if function.startswith("business") else ()
    return Call(function, (*days, *calendar), INT)


def _since(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    now = checker.node(Name("now", syntax.start, syntax.end), scope)
    if len(args) != 1:
        raise _wrong(syntax, args, "one date or timestamp")
    return _between("days_between", checker, syntax, (*args, now), scope)


def _add_months(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    match _kinds(args):
        case (Kind.DATE, Kind.INT):
            return Call("add_months", args, DATE)
        case (Kind.TIMESTAMP, Kind.INT):
            return Call("add_months_time", (*args, Const(scope.conventions.zone, TEXT)), TIMESTAMP)
        case _:
            raise _wrong(syntax, args, "a date or timestamp and how many months")


def _at(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    if _kinds(args) != (Kind.DATE, Kind.TEXT):
        raise _wrong(syntax, args, 'a date and a time such as "15:00"')
    return Call("at", (*args, Const(scope.conventions.zone, TEXT)), TIMESTAMP)


def _business_days(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    """Type `business_days(n)`: the day n business days from today."""
    if _kinds(args) != (Kind.INT,):
        raise _wrong(syntax, args, "how many days")
    today = _as_date(checker.node(Name("now", syntax.start, syntax.end), scope), scope)
    return Call("add_business_days", (today, args[0], Const(scope.conventions.calendar, TEXT)), DATE)


def _part(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    name = Const(syntax.function, TEXT)
    zone: Node = args[1] if len(args) == 2 else Const(scope.conventions.zone, TEXT)
    if isinstance(zone, Const) and not _is_zone(str(zone.value)):
        raise TypeProblem(syntax.args[0], "unknown-timezone", f"there is no timezone `{zone.value}`")
    match _kinds(args):
        case (Kind.TIMESTAMP,) | (Kind.TIMESTAMP, Kind.TEXT) if isinstance(zone, Const):
            return Call("part", (args[0], name, zone), INT)
        case (Kind.DATE,) if syntax.function not in _PARTS[6:]:
            midnight = Call("at", (args[0], Const("00:00", TEXT), Const("UTC", TEXT)), TIMESTAMP)
            return Call("part", (midnight, name, Const("UTC", TEXT)), INT)
        case (Kind.DURATION,) if syntax.function in _PARTS[6:]:
            return Call("duration_part", (args[0], name), INT)
        case _:
            raise _wrong(syntax, args, "a timestamp (and a constant time zone), a date or a duration")


def _is_zone(name: str) -> bool:
    try:
        zone_of(name)
    except Failed:
        return False
    return True


def _sized(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
    if len(args) == 1:
        match args[0].type:
            case types.ListOf():
                return Call("size_list", args, INT)
            case types.MapOf():
                return Call("size_map", args, INT)
            case type_ if kind_of(type_) is Kind.TEXT:
                return Call("size_text", args, INT)
    raise _wrong(syntax, args, "one text, list or map")


_WRITTEN: Final = {"date": "a day such as 2026-03-01", "timestamp": "a moment such as 2026-03-01T09:00:00"}


def _constant_text(rule: Rule) -> Rule:
    """Return the rule, with a constant operand tried at once, so that a typing mistake is found at load."""

    def check(checker: Checker, syntax: Apply, args: tuple[Node, ...], scope: Scope) -> Node:
        node = rule(checker, syntax, args, scope)
        fixed = len(args) == 1 and isinstance(args[0], Const) and isinstance(node, Call)
        if fixed and evaluate(node, {}) is None:
            words = _WRITTEN.get(syntax.function, 'a span such as "36h" or "P7D"')
            raise TypeProblem(syntax.args[0], "bad-literal", f"this is not {words}")
        return node

    return check


_SIZE: Final[Rule] = _sized
METHODS: Final[dict[str, Rule]] = {
    **{
        method: _plain(function, (TEXT, TEXT), BOOL, "a text and a text")
        for method, function in list(_TEXT_METHODS.items())[:3]
    },
    **{method: _plain(function, (TEXT,), TEXT, "a text") for method, function in list(_TEXT_METHODS.items())[3:]},
    **dict.fromkeys(_PARTS, _part),
    "matches": _matches,
    "size": _SIZE,
}
FUNCTIONS: Final[dict[str, Rule]] = {
    "size": _SIZE,
    "matches": _matches,
    "min": partial(_extreme, "min"),
    "max": partial(_extreme, "max"),
    "sum": _sum,
    "top": partial(_extremes, "top"),
    "bottom": partial(_extremes, "bottom"),
    "abs": _abs,
    "round_to": _plain("round_to", (MONEY, MONEY), MONEY, "money and a unit"),
    "floor": _plain("floor", (NUMBER,), INT, "a number"),
    "ceil": _plain("ceil", (NUMBER,), INT, "a number"),
    "days": _plain("days", (INT,), DURATION, "how many"),
    "hours": _plain("hours", (INT,), DURATION, "how many"),
    "minutes": _plain("minutes", (INT,), DURATION, "how many"),
    "date": _constant_text(
        _one_of(
            (Kind.TIMESTAMP, "date_of", DATE), (Kind.TEXT, "date_of_text", DATE), (Kind.DATE, "", DATE),
            words="a timestamp or a text",
        )
    ),
    "timestamp": _constant_text(
        _one_of(
            (Kind.TEXT, "timestamp_of_text", TIMESTAMP), (Kind.TIMESTAMP, "", TIMESTAMP),
            words="a text",
        )
    ),
    "duration": _constant_text(
        _one_of((Kind.TEXT, "duration_of_text", DURATION), (Kind.DURATION, "", DURATION), words="a text")
    ),
    "at": _at,
    "add_months": _add_months,
    "days_between": partial(_between, "days_between"),
    "months_between": partial(_between, "months_between"),
    "business_days_between": partial(_between, "business_days_between"),
    "days_since": _since,
    "business_days": _business_days,
    "keys": _one_of((types.MapOf, "keys", types.ListOf(TEXT)), words="a map"),
    "string": _one_of((Kind.INT, "text_of_int", TEXT), (Kind.TEXT, "", TEXT), words="an int"),
    "int": _one_of(
        (Kind.NUMBER, "int_of_number", INT), (Kind.TEXT, "int_of_text", INT), (Kind.INT, "", INT),
        words="a number or a text",
    ),
    "double": _one_of(
        (Kind.INT, "number_of_int", NUMBER), (Kind.TEXT, "number_of_text", NUMBER),
        (Kind.MONEY, "number_of_money", NUMBER), (Kind.NUMBER, "", NUMBER),
        words="an int, money or a text",
    ),
}  # fmt: skip
