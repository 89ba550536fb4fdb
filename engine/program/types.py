"""The types of expressions and facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias

Type: TypeAlias = "Plain | Enum | ListOf | MapOf | Record"


class Kind(StrEnum):
    """The plain kinds of value, each with what it is inside the engine.

    bool, int (64 bits), number (a finite IEEE double), money (int, minor units of the pack's currency),
    text (str), date (int, days since 1970-01-01), timestamp (int, microseconds since 1970-01-01T00:00Z),
    duration (int, microseconds). `null` is the type of the literal alone.
    """

    BOOL = "bool"
    INT = "int"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    NULL = "null"


@dataclass(frozen=True)
class Plain:
    """A single value of one kind."""

    kind: Kind
    nullable: bool = False

    def __str__(self) -> str:
        """Return the name authors know."""
        return self.kind.value


@dataclass(frozen=True)
class Enum:
    """One of a fixed list of texts."""

    values: tuple[str, ...]
    nullable: bool = False

    def __str__(self) -> str:
        """Return the values in a row, shortened when many."""
        shown = ", ".join(self.values[:6]) + (", ..." if len(self.values) > 6 else "")
        return f"one of {shown}"


@dataclass(frozen=True)
class ListOf:
    """A list (a tuple inside) whose items share a type; its length is known when it is."""

    item: Type
    nullable: bool = False

    def __str__(self) -> str:
        """Return the name authors know."""
        return f"list of {self.item}"


@dataclass(frozen=True)
class MapOf:
    """Text keys to values of one type (a dict inside); its keys are known when it is."""

    value: Type
    nullable: bool = False

    def __str__(self) -> str:
        """Return the name authors know."""
        return f"map of {self.value}"


@dataclass(frozen=True)
class Member:
    """One field of a record; absent is unknown unless it has a default."""

    name: str
    type: Type
    question: str = ""
    """How to ask for it."""
    pii: bool = False
    title: str = ""
    constraints: tuple[tuple[str, int | float | str | bool], ...] = ()
    """JSON Schema keywords that its values keep, as (keyword, value): minimum, maxLength, pattern, ..."""
    default: tuple[object, ...] = ()
    """Empty, or the one value (engine form) that an absent member of a present record has."""


@dataclass(frozen=True)
class Record:
    """Named fields (a dict inside; a missing key is unknown)."""

    members: tuple[Member, ...]
    nullable: bool = False

    def __str__(self) -> str:
        """Return the name authors know."""
        return "record"

    def __iter__(self) -> Iterator[Member]:
        """Return the members in the order declared."""
        return iter(self.members)

    def find(self, name: str) -> Member | None:
        """Return the member of that name, if declared."""
        return next((member for member in self.members if member.name == name), None)


class Null:
    """The known "none": a value of its own, apart from unknown (which is `None` inside the engine)."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return its name."""
        return "NULL"

    def __reduce__(self) -> str:
        """Pickle to the one instance."""
        return "NULL"


NULL: Final = Null()
"""The one null. It has no arithmetic and no order, so an operation on it fails, which is unknown."""

BOOL: Final = Plain(Kind.BOOL)
INT: Final = Plain(Kind.INT)
NUMBER: Final = Plain(Kind.NUMBER)
MONEY: Final = Plain(Kind.MONEY)
TEXT: Final = Plain(Kind.TEXT)
DATE: Final = Plain(Kind.DATE)
TIMESTAMP: Final = Plain(Kind.TIMESTAMP)
DURATION: Final = Plain(Kind.DURATION)
NULL_TYPE: Final = Plain(Kind.NULL, nullable=True)


def nullable(type_: Type) -> Type:
    """Return the type that also holds null."""
    return replace(type_, nullable=True)


def required(type_: Type) -> Type:
    """Return the type without null."""
    return replace(type_, nullable=False)


def kind_of(type_: Type) -> Kind | None:
    """Return the plain kind (an enum's is text), or None for lists, maps and records."""
    match type_:
        case Plain(kind=kind):
            return kind
        case Enum():
            return Kind.TEXT
        case _:
            return None
