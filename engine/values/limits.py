"""What JSON Schema keywords ask of a value beyond its type."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.backends.failed import Failed
from engine.backends.texts import matches
from engine.program.types import Kind, Type, kind_of

Limit: TypeAlias = int | float | str | bool
Limits: TypeAlias = tuple[tuple[str, Limit], ...]
Test: TypeAlias = tuple[Callable[[Any], bool], str]

INNER: Final = ("items/", "additionalProperties/")
"""Before a keyword that the items of a list, or the values of a map, keep."""


def tests(type_: Type, limits: Limits, digits: int) -> list[Test]:
    """Return what a value of the type is held against, each with what to say where it does not hold."""
    return [_test(keyword, limit, bound(type_, limit, digits)) for keyword, limit in own(limits)]


def own(limits: Limits) -> Limits:
    """Return what the value itself keeps."""
    return tuple((keyword, limit) for keyword, limit in limits if "/" not in keyword)


def inner(limits: Limits) -> Limits:
    """Return what the items of a list, or the values of a map, keep."""
    return tuple((keyword.split("/", 1)[1], limit) for keyword, limit in limits if keyword.startswith(INNER))


def bound(type_: Type, limit: Limit, digits: int) -> Any:
    """Return a limit in the engine's own units."""
    if isinstance(limit, str | bool) or kind_of(type_) is Kind.NUMBER:
        return limit
    scaled = Decimal(str(limit)) * 10 ** (digits if kind_of(type_) is Kind.MONEY else 0)
    return int(scaled) if scaled == int(scaled) else scaled


def _test(keyword: str, limit: Limit, end: Any) -> Test:
    """Return the test of a keyword."""
    match keyword:
        case "minimum":
            return lambda value: value >= end, f"this is below {limit}"
        case "maximum":
            return lambda value: value <= end, f"this is above {limit}"
        case "exclusiveMinimum":
            return lambda value: value > end, f"this is not above {limit}"
        case "exclusiveMaximum":
            return lambda value: value < end, f"this is not below {limit}"
        case "pattern":
            return lambda value: _matches(value, end), "this is not written as declared"
        case _:
            return _count_test(keyword, limit, end)


def _count_test(keyword: str, limit: Limit, end: Any) -> Test:
    """Return the test of a keyword about how many there are."""
    match keyword:
        case "minLength":
            return lambda value: len(value) >= end, f"this has fewer than {limit} characters"
        case "maxLength":
            return lambda value: len(value) <= end, f"this has more than {limit} characters"
        case "minItems":
            return lambda value: len(value) >= end, f"this has fewer than {limit} items"
        case "maxItems":
            return lambda value: len(value) <= end, f"this has more than {limit} items"
        case "uniqueItems":
            return lambda value: not end or _differ(value), "an item is repeated"
        case _:
            raise ValueError(keyword)


def _matches(text: str, pattern: str) -> bool:
    """Return whether the pattern is found in the text."""
    try:
        return matches(text, pattern)
    except Failed:
        return False


def _differ(items: tuple[object, ...]) -> bool:
    """Return whether no two items are equal."""
    return len({_key(item) for item in items}) == len(items)


def _key(item: object) -> object:
    """Return what equal items have in common."""
    match item:
        case dict():
            return frozenset((name, _key(each)) for name, each in item.items())
        case tuple():
            return tuple(map(_key, item))
        case _:
            return item
