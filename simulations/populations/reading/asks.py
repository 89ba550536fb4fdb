"""The asks of a spec: how often customers ask for each action, for how much, and whom."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, replace
from typing import Final

from engine.language.packs.building import as_mapping
from engine.language.packs.inputs import ask_of
from engine.language.packs.pack import NOWHERE, Action
from engine.language.reading.tree import Mapping
from engine.program.nodes import Input, Node
from engine.program.types import BOOL, INT, MONEY, NUMBER, TEXT, Enum, Record, nullable
from simulations.populations.drawing.draws import Nothing
from simulations.populations.drawing.marginals import COUNT_MOST
from simulations.populations.drawing.spec import ASKED_HOW, CHANNEL, OWNERS, ROLE, AskKind, Entry, Fact
from simulations.populations.reading.around import Around, Reader, chance_of, check_drawn, fixed, mapping_at
from simulations.populations.reading.draws import draw_of
from simulations.populations.reading.entries import entries_of
from simulations.populations.reading.ground import Ground, Wanted, known_one

ABOVE_NOTHING: Final = (("exclusiveMinimum", 0),)
SOMEBODY: Final = "somebody"
"""Who is asked, and their team: a budget is somebody's, and nothing was granted of it yet."""


@dataclass(frozen=True, eq=False)
class Customers:
    """What asks may read: names that are drawn for the customer, and what is drawn."""

    variables: dict[str, Node]
    entries: tuple[Entry, ...]


def asks_of(ground: Ground, customers: Customers, top: Mapping) -> Iterator[AskKind]:
    """Yield the kinds of asks, those that can be read."""
    pack = ground.release.policy.pack
    places = {action.name: place for place, action in enumerate(pack.actions)}
    for key, value in as_mapping(top.get("asks") or Mapping(top.mark, ())):
        action = pack.action(key.text)
        if action is None:
            known_one(ground, key, places, ("unknown-action", "action"))
            continue
        yield _Kind(ground, customers, action, as_mapping(value)).read(places[action.name])


class _Kind:
    """Reads how customers ask for one action."""

    def __init__(self, ground: Ground, customers: Customers, action: Action, tree: Mapping) -> None:
        self.ground, self.customers, self.action, self.tree = ground, customers, action, tree
        self.wanted = Wanted(f"asks.{action.name}", NUMBER, variables=customers.variables)

    def read(self, place: int) -> AskKind:
        share, when = self.tree.get("share"), self.tree.get("when")
        rate = Wanted(f"{self.wanted.path}.rate", NUMBER, (("minimum", 0),), self.wanted.variables, {"max": COUNT_MOST})
        often, wanted = (self.tree.get("rate"), rate) if share is None else (share, chance_of(self.wanted, "share"))
        assert often is not None
        made = AskKind(
            action=self.action.name,
            place=place,
            often=draw_of(self.ground, wanted, often),
            once=share is not None,
            when=None if when is None else self.ground.formula(self.wanted, when, BOOL),
            entries=self._entries(),
        )
        inputs, entries = self.ground.release.policy.inputs, self.customers.entries
        check_drawn(self.ground, Reader(self.wanted.path, self.tree.mark, made.reads()), inputs, entries)
        return made

    def _entries(self) -> tuple[Entry, ...]:
        """Return the inputs of the ask, its amount, and who is asked how where that is not as in all asks."""
        around = Around(
            record=Record(tuple(self.action.inputs)),
            variables={**self.customers.variables, "ask": Input("ask", ask_of((self.action,)))},
            label=f"{self.wanted.path}.",
            prefix="ask.",
            extra=(*asked_how(self.ground, self.wanted, self.tree), *self._amount()),
            above=self.customers.entries,
            inputs=self.ground.release.policy.inputs,
        )
        return entries_of(self.ground, around, mapping_at(self.tree, "inputs"), None)

    def _amount(self) -> Iterator[Fact]:
        """Yield the amount, where one is asked for."""
        amount = self.tree.get("amount")
        if amount is None:
            return
        if self.action.amount == "none":
            self.ground.error(amount.mark, "no-amount", f"`{self.action.name}` has no amount to ask for")
            return
        type_ = MONEY if self.action.amount == "money" else INT
        wanted = replace(self.wanted, path=f"{self.wanted.path}.amount", type=type_, limits=ABOVE_NOTHING)
        yield Fact("ask.amount", type_, draw_of(self.ground, wanted, amount), amount.mark)


def asked_how(ground: Ground, wanted: Wanted, tree: Mapping) -> Iterator[Fact]:
    """Yield who is asked, and how the customer is in contact, as far as a mapping says it."""
    # A rung is checked as one of the ladder, and kept as the text that the pack's expressions read.
    ladder = Enum(ground.release.policy.pack.header.ladder, nullable=True)
    for name, path, type_ in (("role", ROLE, ladder), ("channel", CHANNEL, nullable(TEXT))):
        written = tree.get(name)
        if written is not None:
            draw = draw_of(ground, replace(wanted, path=f"{wanted.path}.{name}".lstrip("."), type=type_), written)
            yield Fact(path, nullable(TEXT), draw, written.mark, own=False)


def asked_anyhow(ground: Ground, variables: Mapping_[str, Node], top: Mapping) -> tuple[Fact, ...]:
    """Return who customers ask, and how they are in contact, where an ask does not say otherwise."""
    said = {one.path: one for one in asked_how(ground, Wanted("", TEXT, variables=variables), top)}
    draws = {path: fixed(SOMEBODY) if path in OWNERS else Nothing(known=True) for path in ASKED_HOW}
    unsaid = {path: Fact(path, nullable(TEXT), draw, NOWHERE, own=False) for path, draw in draws.items()}
    return tuple({**unsaid, **said}.values())
