"""Random types, constants and facts, from choices that hypothesis or a seeded generator makes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

from engine.program.types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MONEY,
    NULL,
    NUMBER,
    TEXT,
    TIMESTAMP,
    Enum,
    Kind,
    ListOf,
    MapOf,
    Member,
    Plain,
    Record,
    Type,
    kind_of,
    nullable,
)

T = TypeVar("T")
DAY = 86_400_000_000
SPRING_2024_NEW_YORK = 1_710_054_000_000_000
COLOURS = Enum(("red", "green", "blue"))
PLAINS: tuple[Type, ...] = (BOOL, INT, NUMBER, MONEY, TEXT, DATE, TIMESTAMP, DURATION, COLOURS)
ORDERED: tuple[Type, ...] = (INT, NUMBER, MONEY, TEXT, DATE, TIMESTAMP, DURATION)
SUMMED: tuple[Type, ...] = (INT, NUMBER, MONEY, DURATION)
ZONES = ("America/New_York", "Europe/Berlin", "UTC", "Australia/Lord_Howe")
CALM = 5
"""How many values of each kind, from the first, are everyday ones."""

TEXTS = ("", "a", "ab", "Ab c", "42", "-7", "1.5", "é", "x" * 5, "red", " b ", "2024-02-29", "PT36H", "1h30m")
TEXTS += ("2024-03-10T02:30:00", "2024-11-03T01:30:00Z", "99999999999999999999", "1e999")
INTS = (0, 1, 2, 3, 5, 10, -1, -3, 29, 100, 2**31, 2**63 - 1, -(2**63))
NUMBERS = (0.0, 1.0, 0.1, 0.5, -2.5, 0.29, 1e-7, 3.0, 1e308, -1e308, 1e19, 12.345)
MONIES = (0, 1, 5, 50, 99, 100, 250, 10_000, -75, 2**62)
DATES = (0, 1, 31, 59, 19_782, 19_783, 19_800, -719_162, 2_932_896)
SPANS = (0, 1, DAY, -DAY, 3_600_000_000, 30 * DAY, 90 * 60_000_000, 2**62)
TIMES = (0, SPRING_2024_NEW_YORK, SPRING_2024_NEW_YORK - 1, 1_730_613_600_000_000, 1_700_000_000_123_456)
TIMES += (-62_135_596_800_000_000, 253_402_300_799_999_999)


class Chooser(Protocol):
    """Where choices come from."""

    def below(self, count: int) -> int:
        """Return an int from 0 up to the count."""
        ...


@dataclass
class Drawn:
    """Choices that hypothesis draws, and shrinks."""

    draw: Callable[[Any], Any]

    def below(self, count: int) -> int:
        return int(self.draw(st.integers(0, count - 1))) if count > 1 else 0


@dataclass
class Seeded:
    """Choices of a seeded generator."""

    random: random.Random

    def below(self, count: int) -> int:
        return self.random.randrange(count)


def one(chooser: Chooser, options: Sequence[T]) -> T:
    return options[chooser.below(len(options))]


def constant(type_: Type, chooser: Chooser, calm: bool = False) -> object:
    """Return a value of the type, often an awkward one; a calm one is small and not null."""
    if type_.nullable and not calm and chooser.below(4) == 0:
        return NULL
    match type_:
        case Enum(values=values):
            return one(chooser, values)
        case ListOf(item=item):
            return tuple(constant(item, chooser, calm) for _ in range(chooser.below(4)))
        case MapOf(value=value):
            return {key: constant(value, chooser, calm) for key in ("k", "é", "a")[: chooser.below(4)]}
        case Record(members=members):
            return {member.name: constant(member.type, chooser, calm) for member in members}
        case Plain(kind=kind):
            return one(chooser, VALUES[kind][:CALM] if calm else VALUES[kind])


VALUES: dict[Kind, Sequence[object]] = {
    Kind.BOOL: (True, False),
    Kind.INT: INTS,
    Kind.NUMBER: NUMBERS,
    Kind.MONEY: MONIES,
    Kind.TEXT: TEXTS,
    Kind.DATE: DATES,
    Kind.TIMESTAMP: TIMES,
    Kind.DURATION: SPANS,
    Kind.NULL: (NULL,),
}


def record_type(chooser: Chooser, depth: int) -> Record:
    """Return a record of a few members of every kind."""
    members = [Member(f"m{place}", member_type(chooser, depth)) for place in range(2 + chooser.below(5))]
    return Record(tuple(members))


def member_type(chooser: Chooser, depth: int) -> Type:
    """Return the type of a member, a third of them nullable."""
    type_: Type
    match chooser.below(7) if depth > 0 else 0:
        case 4:
            type_ = ListOf(one(chooser, PLAINS))
        case 5:
            type_ = ListOf(record_type(chooser, depth - 1)) if chooser.below(2) else MapOf(one(chooser, PLAINS))
        case 6:
            type_ = record_type(chooser, depth - 1)
        case _:
            type_ = one(chooser, PLAINS)
    return nullable(type_) if chooser.below(3) == 0 else type_


def inputs_type(chooser: Chooser) -> Record:
    """Return the inputs: each plain kind on the top level, and what has structure."""
    plain = [Member(f"{kind_of(type_)}{place}", type_) for place, type_ in enumerate(PLAINS)]
    fixed = Record((Member("n", INT), Member("s", TEXT), Member("b", BOOL), Member("c", nullable(MONEY))))
    listed = [Member("things", ListOf(fixed)), Member("ints", ListOf(INT)), Member("notes", MapOf(TEXT))]
    customer = [Member("customer", record_type(chooser, 2)), Member("order", record_type(chooser, 1))]
    return Record((*customer, *listed, *plain))


def facts(
    inputs: Record, chooser: Chooser, missing: int, calm: bool = False, only: Sequence[str] = ()
) -> dict[str, object]:
    """Return random facts; about one member in `missing` is absent (0: none is), in these inputs alone if named."""
    found = {}
    for member in inputs:
        value = constant(member.type, chooser, calm)
        share = missing if not only or member.name in only else 0
        if not share or chooser.below(share):
            found[member.name] = knocked_out(value, chooser, share)
    return found


def knocked_out(value: object, chooser: Chooser, missing: int) -> object:
    """Return a value with members of its records absent here and there."""
    match value:
        case dict() if all(key[0] == "m" or key in "nsbc" for key in value):
            kept = {key: each for key, each in value.items() if not missing or chooser.below(missing)}
            return {key: knocked_out(each, chooser, missing) for key, each in kept.items()}
        case tuple():
            return tuple(knocked_out(each, chooser, missing) for each in value)
        case _:
            return value
