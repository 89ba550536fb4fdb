"""Values as JSON holds them to the engine's own and back: checked, exact, and never echoed in an error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import re2

from engine.backends.failed import Failed
from engine.backends.spans import duration_of_text
from engine.backends.times import date_of_text, moment_of_text
from engine.language.diagnostics import did_you_mean
from engine.program.types import NULL, Enum, Kind, ListOf, MapOf, Member, Plain, Record, Type

Read = Callable[[Any], Any]
LIMIT = 2**63
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Issue:
    """One value that is not as declared: its JSON Pointer, and why."""

    pointer: str
    code: str
    message: str
    help: str = ""


class ValueProblem(Exception):
    """Values that are not as declared; `all` has every one of them."""

    def __init__(self, *issues: Issue) -> None:
        """Keep what is wrong."""
        super().__init__("; ".join(f"{issue.pointer}: {issue.message}" for issue in issues))
        self.all = issues


def parser(type_: Type, digits: int, zone: str) -> Read:
    """Return the reader of JSON values of a type; it raises `ValueProblem` with everything that is wrong."""
    read = _reader(type_, digits, zone)
    if not type_.nullable:
        return read
    return lambda value: NULL if value is None else read(value)


def _reader(type_: Type, digits: int, zone: str) -> Read:
    match type_:
        case Enum(values=values):
            return _enum(values)
        case ListOf(item=item):
            return _list(parser(item, digits, zone))
        case MapOf(value=value):
            return _map(parser(value, digits, zone))
        case Record():
            return _record(type_, digits, zone)
        case Plain(kind=kind):
            return _plain(kind, digits, zone)


def _wrong(message: str, code: str = "wrong-type", help: str = "") -> ValueProblem:
    return ValueProblem(Issue("", code, message, help))


def _enum(values: tuple[str, ...]) -> Read:
    allowed = frozenset(values)

    def read(value: Any) -> Any:
        if value.__class__ is str and value in allowed:
            return value
        raise _wrong(f"this is not one of {', '.join(values[:12])}", "value-not-in-enum")

    return read


def _list(item: Read) -> Read:
    def read(value: Any) -> Any:
        if value.__class__ is not list and value.__class__ is not tuple:
            raise _wrong("this is not a list")
        try:
            return tuple([item(one) for one in value])
        except ValueProblem:
            raise _all(enumerate(value), item) from None

    return read


def _all(pairs: Any, read: Read | Mapping[str, Read]) -> ValueProblem:
    issues = []
    for key, value in pairs:
        reader = read[key] if isinstance(read, Mapping) else read
        try:
            reader(value)
        except ValueProblem as problem:
            issues += [Issue(f"/{escaped(key)}{one.pointer}", one.code, one.message, one.help) for one in problem.all]
    return ValueProblem(*issues)


def escaped(key: object) -> str:
    """Return a key as a JSON Pointer writes it."""
    return str(key).replace("~", "~0").replace("/", "~1")


def _map(of: Read) -> Read:
    def read(value: Any) -> Any:
        if value.__class__ is not dict:
            raise _wrong("this is not an object")
        try:
            return {key: of(one) for key, one in value.items()}
        except ValueProblem:
            raise _all(value.items(), of) from None

    return read


def _record(type_: Record, digits: int, zone: str) -> Read:
    readers = {member.name: _member(member, digits, zone) for member in type_}
    defaults = [(member.name, member.default[0]) for member in type_ if member.default]

    def read(value: Any) -> Any:
        if value.__class__ is not dict:
            raise _wrong("this is not an object")
        try:
            made = {key: readers[key](one) for key, one in value.items()}
        except (ValueProblem, KeyError):
            raise _record_problem(value, readers) from None
        for name, default in defaults:
            if name not in made:
                made[name] = default
        return made

    return read


def _record_problem(value: dict[str, Any], readers: Mapping[str, Read]) -> ValueProblem:
    known = _all([(key, one) for key, one in value.items() if key in readers], readers)
    unknown = [
        Issue(f"/{escaped(key)}", "unknown-fact", "this is not declared", did_you_mean(str(key), readers))
        for key in value
        if key not in readers
    ]
    return ValueProblem(*known.all, *unknown)


def _member(member: Member, digits: int, zone: str) -> Read:
    read = _reader(member.type, digits, zone)
    if member.constraints:
        read = _constrained(read, member, digits)
    if not member.type.nullable:
        return read
    return lambda value: NULL if value is None else read(value)


def _constrained(read: Read, member: Member, digits: int) -> Read:
    money = isinstance(member.type, Plain) and member.type.kind is Kind.MONEY
    tests = [_test(keyword, limit, 10**digits if money else 1) for keyword, limit in member.constraints]

    def checked(value: Any) -> Any:
        made = read(value)
        for holds, message in tests:
            if not holds(made):
                raise _wrong(message, "out-of-range")
        return made

    return checked


def _test(keyword: str, limit: Any, scale: int) -> tuple[Callable[[Any], bool], str]:
    bound: Any = limit if isinstance(limit, (str, bool)) else Decimal(str(limit)) * scale
    tests: dict[str, tuple[Callable[[Any], bool], str]] = {
        "minimum": (lambda value: value >= bound, f"this is below {limit}"),
        "maximum": (lambda value: value <= bound, f"this is above {limit}"),
        "exclusiveMinimum": (lambda value: value > bound, f"this is not above {limit}"),
        "exclusiveMaximum": (lambda value: value < bound, f"this is not below {limit}"),
        "minLength": (lambda value: len(value) >= bound, f"this has fewer than {limit} characters"),
        "maxLength": (lambda value: len(value) <= bound, f"this has more than {limit} characters"),
        "minItems": (lambda value: len(value) >= bound, f"this has fewer than {limit} items"),
        "maxItems": (lambda value: len(value) <= bound, f"this has more than {limit} items"),
        "uniqueItems": (lambda value: all(one not in value[:i] for i, one in enumerate(value)), "an item is repeated"),
    }
    if keyword == "pattern":
        pattern = re2.compile(str(limit))
        return (lambda value: pattern.search(value) is not None), "this is not written as declared"
    return tests[keyword]


def _plain(kind: Kind, digits: int, zone: str) -> Read:
    unit = 10**digits
    readers: dict[Kind, Read] = {
        Kind.BOOL: _bool,
        Kind.INT: _int,
        Kind.NUMBER: _number,
        Kind.TEXT: _text,
        Kind.MONEY: lambda value: _money(value, unit, digits),
        Kind.DATE: _written(date_of_text, "this is not a day such as 2026-03-01"),
        Kind.TIMESTAMP: _written(lambda text: moment_of_text(text, zone), "this is not a moment such as 2026-03-01T09:00:00"),
        Kind.DURATION: _written(duration_of_text, "this is not a span such as P7D"),
        Kind.NULL: _text,
    }
    return readers[kind]


def _bool(value: Any) -> Any:
    if value.__class__ is bool:
        return value
    raise _wrong("this is not true or false")


def _int(value: Any) -> Any:
    if value.__class__ is int and -LIMIT <= value < LIMIT:
        return value
    raise _wrong("this is not a whole number")


def _number(value: Any) -> Any:
    if value.__class__ is float and math.isfinite(value):
        return value
    if value.__class__ is int and -LIMIT <= value < LIMIT:
        return float(value)
    raise _wrong("this is not a number")


def _text(value: Any) -> Any:
    if value.__class__ is str:
        return value
    raise _wrong("this is not a text")


def _money(value: Any, unit: int, digits: int) -> Any:
    if value.__class__ is int and abs(value) < LIMIT // unit:
        return value * unit
    if value.__class__ in (float, str, Decimal):
        try:
            minor = Decimal(repr(value) if value.__class__ is float else value) * unit
        except InvalidOperation:
            raise _wrong("this is not an amount of money") from None
        if minor.is_finite() and abs(minor) < LIMIT:
            if minor != minor.to_integral_value():
                raise _wrong(f"money has at most {digits} decimals here", "money-decimals")
            return int(minor)
    raise _wrong("this is not an amount of money")


def _written(read: Callable[[str], int], message: str) -> Read:
    def checked(value: Any) -> Any:
        if value.__class__ is str:
            try:
                return read(value)
            except Failed:
                pass
        raise _wrong(message)

    return checked
