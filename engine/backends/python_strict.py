"""Source for operations on known operands, which give up by an exception or give None."""

from __future__ import annotations

from typing import Final, assert_never

from engine.backends.numeric import HIGHEST, LOWEST, ratio
from engine.backends.python_lines import Lines
from engine.backends.python_risk import TOTAL
from engine.backends.python_runtime import arithmetic_name, function_name
from engine.backends.reference import Strict
from engine.backends.times import DAY, FIRST_MOMENT, HOUR, LAST_MOMENT, MINUTE
from engine.program.nodes import (
    Arithmetic,
    Call,
    Compare,
    Const,
    Contains,
    Field,
    Given,
    Has,
    Index,
    Items,
    Not,
    Operator,
)
from engine.program.types import Kind, MapOf, kind_of

UNITS: Final = {"days": DAY, "hours": HOUR, "minutes": MINUTE}
METHODS: Final = {"starts_with": "startswith", "ends_with": "endswith"}
EXACT: Final = {Kind.INT, Kind.MONEY, Kind.DURATION}


def strict_text(node: Strict, args: list[str], lines: Lines, attempt: bool) -> str:
    """Return source for a node on known operands; `attempt` asks for None where it fails."""
    match node:
        case Field(of=of, name=name):
            if not attempt:
                return f"{args[0]}[{name!r}]"
            first, again = lines.twice(args[0]) if of.type.nullable else (args[0], args[0])
            get = f"{again}.get({name!r})"
            return f"(None if {first} is NULL else {get})" if of.type.nullable else get
        case Given(of=of):
            return _given(args[0], lines, attempt) if of.type.nullable else args[0]
        case Not():
            return f"(not {args[0]})"
        case Has():
            return f"({args[0]} is not NULL)"
        case Items():
            return f"({''.join(f'{arg}, ' for arg in args)})"
        case Compare(op=op):
            return f"({args[0]} {op} {args[1]})"
        case Contains():
            return f"({args[0]} in {_members(node, args[1])})"
        case Arithmetic() | Call() | Index():
            return _operation(node, args, lines, attempt)
        case _ as never:
            assert_never(never)


def _operation(node: Arithmetic | Call | Index, args: list[str], lines: Lines, attempt: bool) -> str:
    """Return source for an operation that may fail."""
    match node:
        case Arithmetic():
            return _arithmetic(node, args, lines, attempt)
        case Call():
            return _call(node, args, lines, attempt)
        case Index(of=of, key=key):
            plain = isinstance(of.type, MapOf) or (isinstance(key, Const) and not args[1].startswith("-"))
            return f"{args[0]}[{args[1]}]" if plain and not attempt else _named("indexed", args, attempt)
        case _ as never:
            assert_never(never)


def _named(name: str, args: list[str], attempt: bool) -> str:
    """Return a call by name."""
    return f"{'try_' * attempt}{name}({', '.join(args)})"


def _given(arg: str, lines: Lines, attempt: bool) -> str:
    """Return source for a value that may be null."""
    first, again = lines.twice(arg)
    return f"({'None' if attempt else 'fail()'} if {first} is NULL else {again})"


def _members(node: Contains, arg: str) -> str:
    """Return source for what an item is looked up in: a set where Python can keep one."""
    if not isinstance(node.of, Const) or not isinstance(node.of.value, tuple) or not node.of.value:
        return arg
    plain = all(isinstance(item, str | int) for item in node.of.value)
    return "{" + ", ".join(map(repr, node.of.value)) + "}" if plain else arg


def _within(text: str, low: int, high: int, lines: Lines, attempt: bool) -> str:
    """Return source that keeps an int within limits."""
    name = lines.fresh()
    return f"({name} if {low} <= ({name} := {text}) <= {high} else {'None' if attempt else 'fail()'})"


def _arithmetic(node: Arithmetic, args: list[str], lines: Lines, attempt: bool) -> str:
    """Return source for arithmetic: in line where it is plain."""
    left, right = kind_of(node.left.type), kind_of(node.right.type)
    plain = f"{args[0]} {node.op} {args[1]}"
    match node.op, left, right:
        case Operator.ADD, (Kind.TEXT | None), _:
            return f"({plain})"
        case Operator.SUB, Kind.TIMESTAMP, Kind.TIMESTAMP:
            return f"({plain})"
        case Operator.SUB, Kind.DATE, Kind.DATE:
            return f"(({plain}) * {DAY})"
        case (Operator.ADD | Operator.SUB, Kind.TIMESTAMP, _) | (Operator.ADD, _, Kind.TIMESTAMP):
            return _within(plain, FIRST_MOMENT, LAST_MOMENT, lines, attempt)
        case ((Operator.ADD | Operator.SUB | Operator.MUL), _, _) if left in EXACT and right in EXACT:
            return _within(plain, LOWEST, HIGHEST, lines, attempt)
        case Operator.MUL, Kind.MONEY, Kind.NUMBER if isinstance(node.right, Const):
            return _share(args[0], node.right, attempt)
        case Operator.MUL, Kind.NUMBER, Kind.MONEY if isinstance(node.left, Const):
            return _share(args[1], node.left, attempt)
        case _:
            return _named(arithmetic_name(node.op, node.left.type, node.right.type), args, attempt)


def _share(money: str, factor: Const, attempt: bool) -> str:
    """Return source for money times a constant number, as the ratio that the number is."""
    assert isinstance(factor.value, float | int)
    numerator, denominator = ratio(float(factor.value))
    return _named("half_even", [f"{money} * {numerator}", str(denominator)], attempt)


def _call(node: Call, args: list[str], lines: Lines, attempt: bool) -> str:
    """Return source for a function: in line where it is plain."""
    match node.function, args:
        case (("size_text" | "size_list" | "size_map"), [of]):
            return f"len({of})"
        case "contains", [text, part]:
            return f"({part} in {text})"
        case ("starts_with" | "ends_with") as name, [text, part]:
            return f"{text}.{METHODS[name]}({part})"
        case ("min" | "max") as name, [_, _]:
            return _extreme("<=" if name == "min" else ">=", args, lines)
        case ("min" | "max") as name, [_, _, _, *_]:
            return _named(name, args, False)
        case ("days" | "hours" | "minutes") as name, [count]:
            return _within(f"{count} * {UNITS[name]}", LOWEST, HIGHEST, lines, attempt)
        case "money_of_int", [count, scale]:
            return _within(f"{count} * {scale}", LOWEST, HIGHEST, lines, attempt)
        case "days_between", [start, end]:
            return f"({end} - {start})"
        case _:
            return _named(function_name(node.function, node.type), args, attempt and node.function not in TOTAL)


def _extreme(op: str, args: list[str], lines: Lines) -> str:
    """Return source for the smaller or larger of two."""
    left, left_again = lines.twice(args[0])
    right, right_again = lines.twice(args[1])
    return f"({left_again} if {left} {op} {right} else {right_again})"
