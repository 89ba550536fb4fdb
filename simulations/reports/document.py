"""A report before it has a medium: its parts, sections and blocks, in words and formatted numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from schemas.study import Advice, Evidence

Tone: TypeAlias = Literal["plain", "good", "bad", "doubtful", "quiet"]


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table, with what qualifies it."""

    text: str
    tone: Tone = "plain"
    detail: str = ""
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """The heading of a column; a drawn one is a picture made of characters, for a medium that has no other."""

    title: str
    numeric: bool = True
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names its rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    evidence: Evidence | None = None
    """What every number of it rests on; None: each row says so itself."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Text to be copied as it is."""

    caption: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """An ask that is answered differently."""

    id: str
    customer: str
    segment: str
    action: str
    kind: str
    before: str
    after: str
    request: str
    """One line of JSON; nothing where the study has none."""
    pack: str


@dataclass(frozen=True, slots=True)
class Cases:
    """Asks that are answered differently, to be opened."""

    caption: str
    cases: tuple[Case, ...]


Block: TypeAlias = Note | Table | Listing | Cases


@dataclass(frozen=True, slots=True)
class Section:
    """One question that a manager has, answered."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What to do about a candidate, and why."""

    candidate: str
    advice: Advice
    reasons: tuple[Note, ...]
    figures: tuple[tuple[Cell, ...], ...]
    """Title, difference and reading of the figures that matter most."""


@dataclass(frozen=True, slots=True)
class Part:
    """Sections that belong together: of one candidate, of all policies, of the search, of the study itself."""

    title: str
    sections: tuple[Section, ...]
    candidate: str | None = None
    """The name of the candidate that it is about."""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    notices: tuple[Note, ...]
    cards: tuple[Card, ...]
    parts: tuple[Part, ...]
