"""JSON values cut down to what a policy reads of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, assert_never

from pydantic import JsonValue

from engine.memory.reads import ITEM, WHOLE, Path
from engine.program.types import Enum, ListOf, MapOf, Member, Plain, Record, Type

Cut: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """The paths below a place that are kept; `whole`: everything is."""

    whole: bool
    below: Mapping[str, Kept]

    def at(self, step: str) -> Kept:
        """Return what is kept a step down."""
        return ALL if self.whole else self.below.get(step, NOTHING)


ALL: Final = Kept(True, {})
NOTHING: Final = Kept(False, {})


def kept_of(paths: Iterable[Path]) -> Kept:
    """Return what is kept where paths are read."""
    below: dict[str, set[Path]] = {}
    for path in paths:
        if path:
            below.setdefault(path[0], set()).add(path[1:])
    return Kept(WHOLE in below, {name: kept_of(rest) for name, rest in below.items() if name != WHOLE})


def cut_of(type_: Type, kept: Kept) -> Cut:
    """Return what cuts a JSON value of a type down to what is kept: members of records go, items and keys stay."""
    match type_:
        case Plain() | Enum():
            return _same
        case _ if kept.whole:
            return whole
        case ListOf(item=item):
            return _items(cut_of(item, kept.at(ITEM)))
        case MapOf(value=value):
            return _entries(cut_of(value, kept.at(ITEM)))
        case Record():
            return _members(type_, kept)
        case _ as never:
            assert_never(never)


def _same(value: Any) -> Any:
    """Return a plain value as it is."""
    return value


def whole(value: Any) -> JsonValue:
    """Return all of a value, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: whole(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [whole(each) for each in value]
    plain: JsonValue = value
    return plain


def _items(cut: Cut) -> Cut:
    return lambda value: None if value is None else [cut(each) for each in value]


def _entries(cut: Cut) -> Cut:
    return lambda value: None if value is None else {key: cut(each) for key, each in value.items()}


def _members(type_: Record, kept: Kept) -> Cut:
    """Return what cuts a record; a list whose items must differ stays whole, for cut down they might be equal."""
    cuts: dict[str, Cut] = {}
    for member in type_:
        if member.name in kept.below:
            cuts[member.name] = whole if _distinct(member) else cut_of(member.type, kept.below[member.name])

    def cut(value: Any) -> Any:
        if value is None:
            return None
        return {name: cuts[name](each) for name, each in value.items() if name in cuts}

    return cut


def _distinct(member: Member) -> bool:
    """Return whether items of a member must differ."""
    return any(keyword.endswith("uniqueItems") for keyword, _ in member.constraints)


def narrowed(type_: Type, kept: Kept) -> Type:
    """Return a type whose records have no members but those that are kept, as `cut_of` leaves them in its values."""
    match type_:
        case Plain() | Enum():
            return type_
        case _ if kept.whole:
            return type_
        case ListOf(item=item):
            return replace(type_, item=narrowed(item, kept.at(ITEM)))
        case MapOf(value=value):
            return replace(type_, value=narrowed(value, kept.at(ITEM)))
        case Record():
            return replace(type_, members=tuple(_narrowed(type_, kept)))
        case _ as never:
            assert_never(never)


def _narrowed(type_: Record, kept: Kept) -> Iterator[Member]:
    """Yield the members of a record that are kept, each narrowed in its turn."""
    for member in type_:
        if member.name in kept.below:
            below = kept.below[member.name]
            yield member if _distinct(member) else replace(member, type=narrowed(member.type, below))
