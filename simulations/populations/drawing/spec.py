"""A synthetic population as its spec says: checked against the pack, in the order in which everything is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.language.diagnostics import Mark
from engine.program.types import ListOf, MapOf, Type
from simulations.populations.drawing.copula import Copula
from simulations.populations.drawing.draws import Draw, Formula, beyond, reads_of
from simulations.populations.drawing.levels import EACH, ITEM_NUMBER
from simulations.populations.drawing.tables import related

Entry: TypeAlias = "Fact | Listing"
ROLE: Final = "agent.role"
CHANNEL: Final = "channel"
OWNERS: Final = ("agent.id", "agent.team")
"""Whose budgets bear on an ask."""
ASKED_HOW: Final = (ROLE, *OWNERS, CHANNEL)
"""What an ask has beside the facts and its inputs."""


@dataclass(frozen=True, eq=False)
class Fact:
    """A single value of every row."""

    path: str
    type: Type
    draw: Draw
    mark: Mark
    own: bool = True
    """It is a fact of the pack, not one drawn for the sake of others."""
    default: Draw | None = None
    """What stands in where it is unknown."""

    def reads(self) -> Iterator[str]:
        """Yield the paths that must be drawn before it."""
        return reads_of(self.draw)


@dataclass(frozen=True, eq=False)
class Listing:
    """A list or map of every row: so many items, one for each item of another list, or each text by its own chance."""

    path: str
    type: ListOf | MapOf
    mark: Mark
    count: Draw
    """How many items; of `over` or `texts`: a constant that is not read."""
    entries: tuple[Entry, ...]
    """What each item has; one whose path is empty is the item itself."""
    copula: Copula | None = None
    over: str = ""
    """The path of the list for each of whose items there is one here."""
    where: Formula | None = None
    """Which items of `over` count."""
    texts: tuple[tuple[str, Draw], ...] = ()
    """The texts that the list may hold, each with the chance that it does."""
    names: frozenset[str] = frozenset()
    """What the items of `over` have of their own."""
    none: float = 0.0
    missing: float = 0.0
    own: bool = True

    def reads(self) -> Iterator[str]:
        """Yield the paths that must be drawn before it, but those of its own items."""
        yield from reads_of(self.count)
        yield from (path for _, draw in self.texts for path in reads_of(draw))
        if self.over:
            yield self.over
        names = {ITEM_NUMBER, *(entry.path.split(".")[0] for entry in self.entries)}
        inner = [path for entry in self.entries for path in entry.reads()]
        for path in beyond(inner, names):
            first, _, rest = path.partition(".")
            yield f"{self.over}.{rest}" if first == EACH else path
        # The condition is on the items of the other list, not on those made for them.
        yield from beyond(frozenset() if self.where is None else self.where.reads, self.names)


@dataclass(frozen=True, eq=False)
class AskKind:
    """How customers ask for one action."""

    action: str
    place: int
    """The action's place in the pack."""
    often: Draw
    """How often a customer asks, on average."""
    once: bool
    """At most once, `often` being the chance; else any number of times."""
    when: Formula | None
    entries: tuple[Entry, ...]
    """The ask's inputs, its amount, and who is asked how."""

    def reads(self) -> Iterator[str]:
        """Yield the paths that must be drawn to know how often customers ask."""
        yield from reads_of(self.often)
        yield from () if self.when is None else self.when.reads


@dataclass(frozen=True, eq=False)
class Spec:
    """All that a population is drawn from."""

    name: str
    title: str
    seed: int
    customers: int
    batch: int
    entries: tuple[Entry, ...]
    """In the order in which they can be drawn."""
    copula: Copula | None
    asks: tuple[AskKind, ...]
    fixed: tuple[tuple[str, object], ...]
    """The inputs that are the same in every ask."""
    customer_id: Formula | None
    """How customers are called; by their number, from 1, where it is None."""
    ladder: tuple[str, ...]
    hash: str
    """`sha256:...` over all that a customer is made from."""


def in_order(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return the entries with what each reads before it, and those that cannot be put so."""
    placed: list[Entry] = []
    left = list(entries)
    while left:
        ready = [one for one in left if not any(related(path, other.path) for path in one.reads() for other in left)]
        if not ready:
            break
        placed += ready
        left = [one for one in left if one not in ready]
    return tuple(placed), tuple(left)


def is_drawn(path: str, entries: Sequence[Entry]) -> bool:
    """Return whether there is anything at, above or below a path."""
    for entry in entries:
        if isinstance(entry, Listing) and path.startswith(f"{entry.path}."):
            return is_drawn(path.removeprefix(f"{entry.path}."), entry.entries)
        if related(path, entry.path):
            return True
    return False
