"""What each arithmetic operation and function gives on known values; `Failed` where it has no value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from heapq import nlargest, nsmallest
from typing import Any, Final, TypeAlias

from engine.backends import calendars, numeric, spans, texts, times
from engine.backends.failed import Failed
from engine.backends.numeric import finite, wide
from engine.backends.times import DAY, moment_within
from engine.program.nodes import Operator
from engine.program.types import Kind, Type, kind_of

Operation: TypeAlias = Callable[..., object]
Kinds: TypeAlias = tuple[Kind | None, Kind | None]


def item(items: Sequence[object], position: int) -> object:
    """Return the item of a list at a position from 0."""
    if 0 <= position < len(items):
        return items[position]
    raise Failed


def entry(entries: Mapping[str, object], key: str) -> object:
    """Return the value of a map's key."""
    if key in entries:
        return entries[key]
    raise Failed


def keys(entries: Mapping[str, object]) -> tuple[str, ...]:
    """Return the keys of a map in code-point order."""
    return tuple(sorted(entries))


def top(items: Sequence[Any], count: int) -> tuple[Any, ...]:
    """Return the largest items, largest first."""
    if count < 0:
        raise Failed
    return tuple(nlargest(count, items))


def bottom(items: Sequence[Any], count: int) -> tuple[Any, ...]:
    """Return the smallest items, smallest first."""
    if count < 0:
        raise Failed
    return tuple(nsmallest(count, items))


def smallest(items: Sequence[Any]) -> object:
    """Return the smallest item of a list that has one."""
    if not items:
        raise Failed
    return min(items)


def largest(items: Sequence[Any]) -> object:
    """Return the largest item of a list that has one."""
    if not items:
        raise Failed
    return max(items)


def least(*operands: Any) -> object:
    """Return the smallest operand."""
    return min(operands)


def greatest(*operands: Any) -> object:
    """Return the largest operand."""
    return max(operands)


_FUNCTIONS: Final[dict[str, Operation]] = {
    "size_text": len,
    "size_list": len,
    "size_map": len,
    "contains": texts.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "matches": texts.matches,
    "lower_ascii": texts.lower_ascii,
    "upper_ascii": texts.upper_ascii,
    "trim": texts.trim,
    "text_of_int": str,
    "int_of_text": numeric.int_of_text,
    "int_of_number": numeric.whole,
    "number_of_int": numeric.number_of_int,
    "number_of_text": numeric.number_of_text,
    "money_of_number": numeric.money_of_number,
    "money_of_int": numeric.money_of_int,
    "number_of_money": numeric.number_of_money,
    "min": least,
    "max": greatest,
    "min_list": smallest,
    "max_list": largest,
    "sum_list": numeric.sum_ints,
    "top": top,
    "bottom": bottom,
    "abs": numeric.absolute,
    "round_to": numeric.round_to,
    "floor": numeric.floor,
    "ceil": numeric.ceil,
    "days": times.days,
    "hours": times.hours,
    "minutes": times.minutes,
    "date_of": times.date_of,
    "date_of_text": times.date_of_text,
    "at": times.at,
    "add_months": times.add_months,
    "add_months_time": times.add_months_time,
    "days_between": lambda start, end: end - start,
    "months_between": times.months_between,
    "business_days_between": calendars.business_days_between,
    "add_business_days": calendars.add_business_days,
    "timestamp_of_text": times.moment_of_text,
    "duration_of_text": spans.duration_of_text,
    "part": times.part,
    "duration_part": spans.duration_part,
    "keys": keys,
}


def function(name: str, gives: Type) -> Operation:
    """Return the implementation of a function for its result type, on known operands."""
    if name == "sum_list" and kind_of(gives) is Kind.NUMBER:
        return numeric.sum_numbers
    return _FUNCTIONS[name]


def _on_ints(of: Callable[[int, int], int]) -> Operation:
    """Return the operation on ints, kept within 64 bits."""
    return lambda left, right: wide(of(left, right))


def _on_numbers(of: Callable[[float, float], float]) -> Operation:
    """Return the operation on numbers, kept finite."""
    return lambda left, right: finite(of(left, right))


def _plus(left: int, right: int) -> int:
    """Return the moment a span later."""
    return moment_within(left + right)


def _minus(left: int, right: int) -> int:
    """Return the moment a span earlier."""
    return moment_within(left - right)


_INT, _NUMBER, _MONEY, _TEXT = Kind.INT, Kind.NUMBER, Kind.MONEY, Kind.TEXT
_DATE, _TIME, _SPAN = Kind.DATE, Kind.TIMESTAMP, Kind.DURATION
_ADD, _SUB, _MUL, _DIV, _MOD = Operator.ADD, Operator.SUB, Operator.MUL, Operator.DIV, Operator.MOD
_MIXED: Final[tuple[Kinds, ...]] = ((_NUMBER, _NUMBER), (_NUMBER, _INT), (_INT, _NUMBER))

_ARITHMETIC: Final[dict[tuple[Operator, Kinds], Operation]] = {
    (_ADD, (_INT, _INT)): _on_ints(operator.add),
    (_SUB, (_INT, _INT)): _on_ints(operator.sub),
    (_MUL, (_INT, _INT)): _on_ints(operator.mul),
    (_MOD, (_INT, _INT)): numeric.remainder,
    **{(_ADD, kinds): _on_numbers(operator.add) for kinds in _MIXED},
    **{(_SUB, kinds): _on_numbers(operator.sub) for kinds in _MIXED},
    **{(_MUL, kinds): _on_numbers(operator.mul) for kinds in _MIXED},
    **{(_DIV, kinds): numeric.number_over for kinds in _MIXED},
    (_ADD, (_MONEY, _MONEY)): _on_ints(operator.add),
    (_SUB, (_MONEY, _MONEY)): _on_ints(operator.sub),
    (_MUL, (_MONEY, _INT)): numeric.money_times,
    (_MUL, (_MONEY, _NUMBER)): numeric.money_times,
    (_MUL, (_INT, _MONEY)): numeric.times_money,
    (_MUL, (_NUMBER, _MONEY)): numeric.times_money,
    (_DIV, (_MONEY, _INT)): numeric.money_over,
    (_DIV, (_MONEY, _NUMBER)): numeric.money_over,
    (_DIV, (_MONEY, _MONEY)): numeric.money_share,
    (_MOD, (_MONEY, _MONEY)): numeric.remainder,
    (_ADD, (_TEXT, _TEXT)): operator.add,
    (_ADD, (None, None)): operator.add,
    (_SUB, (_TIME, _TIME)): _on_ints(operator.sub),
    (_SUB, (_DATE, _DATE)): lambda left, right: (left - right) * DAY,
    (_ADD, (_TIME, _SPAN)): _plus,
    (_SUB, (_TIME, _SPAN)): _minus,
    (_ADD, (_SPAN, _TIME)): _plus,
    (_ADD, (_DATE, _SPAN)): times.date_plus,
    (_SUB, (_DATE, _SPAN)): times.date_minus,
    (_ADD, (_SPAN, _DATE)): lambda left, right: times.date_plus(right, left),
    (_ADD, (_SPAN, _SPAN)): _on_ints(operator.add),
    (_SUB, (_SPAN, _SPAN)): _on_ints(operator.sub),
    (_MUL, (_SPAN, _INT)): _on_ints(operator.mul),
}


def arithmetic(op: Operator, left: Type, right: Type) -> Operation:
    """Return the implementation of an arithmetic operator for its operand types, on known operands."""
    return _ARITHMETIC[op, (kind_of(left), kind_of(right))]


def arithmetic_kinds() -> tuple[tuple[Operator, Kinds], ...]:
    """Return every operator with each pair of operand kinds that it takes; None is a list."""
    return tuple(_ARITHMETIC)
