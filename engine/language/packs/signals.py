"""Kinds of events and signals as a pack declares them: with places, names not yet looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from engine.language.diagnostics import Mark
from engine.language.reading.tree import Scalar
from engine.program.types import Record

if TYPE_CHECKING:
    from engine.language.packs.pack import Template

ORDINAL: Final = "@ordinal"
"""What stands, in the words of a signal, for its count as third, fourth."""
FACTS: Final = "signals."
"""How the paths of facts begin that are seen."""
Name: TypeAlias = tuple[str, Mark]
Form: TypeAlias = "Counted | Followed | Missed | Concluded"


@dataclass(frozen=True, eq=False)
class EventKind:
    """Something that happens to customers, with what is known of it."""

    name: str
    mark: Mark
    title: str
    fields: Record
    places: Mapping[str, Mark]
    """Where each field is declared."""


@dataclass(frozen=True, eq=False)
class FieldTest:
    """A field, and the values that it may have."""

    field: Name
    values: tuple[Scalar, ...]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Events of any of some kinds that pass all tests."""

    kinds: tuple[Name, ...]
    tests: tuple[FieldTest, ...] = ()


@dataclass(frozen=True, eq=False)
class Counted:
    """So many events, or more."""

    of: Chosen
    at_least: int


@dataclass(frozen=True, eq=False)
class Followed:
    """An event, and another after it."""

    first: Chosen
    then: Chosen


@dataclass(frozen=True, eq=False)
class Missed:
    """Events that others do not follow, or (`after` is None) events that there are none of."""

    after: Chosen | None
    missing: Chosen


@dataclass(frozen=True, eq=False)
class Concluded:
    """So many of other signals, or more."""

    of: tuple[Name, ...]
    at_least: int


@dataclass(frozen=True, eq=False)
class DeclaredSignal:
    """A pattern over the events of one customer."""

    name: str
    mark: Mark
    title: str
    form: Form
    same: tuple[Name, ...]
    """The fields that its events have in common."""
    within: Scalar | None
    lasting: Scalar | None
    means: Template | None
    question: str = ""
    """How to ask whether it is so, where what happened is not known."""

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """The events that it is about, in the order in which it names them."""
        match self.form:
            case Counted(of=of):
                return (of,)
            case Followed(first=first, then=then):
                return (first, then)
            case Missed(after=after, missing=missing):
                return (missing,) if after is None else (after, missing)
            case Concluded():
                return ()
