"""Values as JSON holds them to the engine's own: checked, exact, and never echoed in an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from engine.language.diagnostics import did_you_mean
from engine.program.types import NULL, Enum, ListOf, MapOf, Plain, Record, Type
from engine.values.fast import GIVES_UP, fast_reader
from engine.values.kinds import Read, encodable, kind_reader
from engine.values.limits import Limits, inner, tests
from engine.values.problem import MANY, Issue, ValueProblem, escaped, wrong

__all__ = ["Issue", "Read", "ValueProblem", "assumed", "escaped", "parser"]


@dataclass(frozen=True, slots=True)
class Conventions:
    """What amounts and clocks mean: the currency's decimals, and the zone of a time without an offset."""

    digits: int
    zone: str


def parser(type_: Type, digits: int, zone: str) -> Read:
    """Return the reader of JSON values of a type; it raises `ValueProblem` with all that is wrong."""
    careful = _reader(type_, Conventions(digits, zone), ())
    if isinstance(type_, Plain | Enum):
        return careful
    fast: list[Read] = []

    def read(value: Any) -> Any:
        if not fast:
            fast.append(_generated(type_, digits, zone, careful))
        try:
            return fast[0](value)
        except GIVES_UP:
            return careful(value)

    return read


def _generated(type_: Type, digits: int, zone: str, careful: Read) -> Read:
    """Return a fast reader, or the careful one for a type that nests too deeply for Python."""
    try:
        return fast_reader(type_, (), digits, zone)
    except SyntaxError:
        return careful


def _reader(type_: Type, conventions: Conventions, limits: Limits) -> Read:
    """Return the reader of a type within limits, null included where the type has it."""
    read = _limited(_present(type_, conventions, limits), type_, conventions, limits)
    return (lambda value: NULL if value is None else read(value)) if type_.nullable else read


def _present(type_: Type, conventions: Conventions, limits: Limits) -> Read:
    """Return the reader of a type, apart from null."""
    match type_:
        case Plain(kind=kind):
            return kind_reader(kind, conventions.digits, conventions.zone)
        case Enum(values=values):
            return _enum(values)
        case ListOf(item=item):
            return _list(_reader(item, conventions, inner(limits)))
        case MapOf(value=value):
            return _map(_reader(value, conventions, inner(limits)))
        case Record():
            return _record(type_, conventions)
        case _ as never:
            assert_never(never)


def _limited(read: Read, type_: Type, conventions: Conventions, limits: Limits) -> Read:
    """Return the reader that also holds values against limits."""
    for holds, message in tests(type_, limits, conventions.digits):
        read = _held(read, holds, message)
    return read


def _held(read: Read, holds: Callable[[Any], bool], message: str) -> Read:
    """Return the reader that also holds values against a test."""

    def read_held(value: Any) -> Any:
        made = read(value)
        if holds(made):
            return made
        raise wrong(message, "out-of-range")

    return read_held


def _enum(values: tuple[str, ...]) -> Read:
    """Return the reader of one of some texts."""
    allowed = frozenset(values)
    shown = ", ".join(f"`{value}`" for value in values[:12]) + (", ..." if len(values) > 12 else "")

    def read(value: Any) -> Any:
        if value.__class__ is str and value in allowed:
            return value
        near = did_you_mean(value, values) if value.__class__ is str and len(value) < 100 else ""
        raise wrong(f"this is not one of {shown}", "value-not-in-enum", near)

    return read


def _list(item: Read) -> Read:
    """Return the reader of a list."""

    def read(value: Any) -> Any:
        if value.__class__ is not list and value.__class__ is not tuple:
            raise wrong("this is not a list")
        try:
            return tuple([item(each) for each in value])
        except ValueProblem:
            raise _gathered((place, each, item) for place, each in enumerate(value)) from None

    return read


def _map(of: Read) -> Read:
    """Return the reader of a map."""

    def read(value: Any) -> Any:
        if value.__class__ is not dict:
            raise wrong("this is not an object")
        try:
            made = {key: of(each) for key, each in value.items()}
        except ValueProblem:
            raise _gathered((key, each, of) for key, each in value.items()) from None
        if not all(key.isascii() or encodable(key) for key in made):
            raise wrong("a key is not a text")
        return made

    return read


def _record(type_: Record, conventions: Conventions) -> Read:
    """Return the reader of a record: declared members alone, and defaults for what is absent."""
    readers = {member.name: _reader(member.type, conventions, member.constraints) for member in type_}
    defaults = [(member.name, member.default[0]) for member in type_ if member.default]

    def read(value: Any) -> Any:
        if value.__class__ is not dict:
            raise wrong("this is not an object")
        try:
            made = {key: readers[key](each) for key, each in value.items()}
        except (ValueProblem, KeyError):
            raise _gathered(
                (key, each, readers.get(key, _unknown(readers, key))) for key, each in value.items()
            ) from None
        for name, default in defaults:
            if name not in made:
                made[name] = default
        return made

    return read


def _unknown(known: Mapping[str, Read], name: str) -> Read:
    """Return what refuses a member that is not declared."""

    def refuse(value: Any) -> Any:
        raise wrong("this is not declared", "unknown-fact", did_you_mean(name[:100], known))

    return refuse


def _gathered(members: Iterable[tuple[object, Any, Read]]) -> ValueProblem:
    """Return the problem of all members together; each comes with its key and its reader."""
    issues: list[Issue] = []
    for key, value, read in members:
        try:
            read(value)
        except ValueProblem as problem:
            issues += [issue.under(key) for issue in problem.all]
        if len(issues) >= MANY:
            break
    return ValueProblem(*issues)


def assumed(type_: Type) -> Callable[[Any], tuple[str, ...]]:
    """Return what finds, in a JSON value of the type, the absent members that a default stands in for, as pointers."""
    match type_:
        case ListOf(item=item):
            return _assumed_within(assumed(item), enumerate) if _has_defaults(item) else _none
        case MapOf(value=of):
            return _assumed_within(assumed(of), lambda value: value.items()) if _has_defaults(of) else _none
        case Record():
            return _assumed_members(type_) if _has_defaults(type_) else _none
        case Plain() | Enum():
            return _none
        case _ as never:
            assert_never(never)


def _has_defaults(type_: Type) -> bool:
    """Return whether a default stands anywhere in a type."""
    match type_:
        case ListOf(item=of) | MapOf(value=of):
            return _has_defaults(of)
        case Record(members=members):
            return any(member.default or _has_defaults(member.type) for member in members)
        case _:
            return False


def _none(value: Any) -> tuple[str, ...]:
    """Return that nothing was assumed."""
    return ()


def _assumed_within(
    find: Callable[[Any], tuple[str, ...]], pairs: Callable[[Any], Iterable[tuple[object, Any]]]
) -> Callable[[Any], tuple[str, ...]]:
    """Return what finds the defaults within each item of a list, or each value of a map."""

    def found(value: Any) -> tuple[str, ...]:
        return tuple(f"/{escaped(key)}{pointer}" for key, each in pairs(value or ()) for pointer in find(each))

    return found


def _assumed_members(type_: Record) -> Callable[[Any], tuple[str, ...]]:
    """Return what finds the defaults of a record, and within its members."""
    defaults = [member.name for member in type_ if member.default]
    inside = [(member.name, assumed(member.type)) for member in type_ if _has_defaults(member.type)]

    def found(value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        own = [f"/{name}" for name in defaults if name not in value]
        return (*own, *(f"/{name}{one}" for name, find in inside if name in value for one in find(value[name])))

    return found
