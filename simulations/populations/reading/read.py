"""The spec of a synthetic population: from its file to what is drawn, checked against the pack."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from engine.budgets import nothing_granted
from engine.language.diagnostics import Diagnostics
from engine.language.packs.building import as_mapping, as_scalar, text_of
from engine.language.reading.read import read_file
from engine.language.reading.shape import check_shape
from engine.language.reading.tree import Mapping, Plain, Scalar, Tree, plain
from engine.program.nodes import Input, Named, Node
from engine.program.types import INT, NULL, Enum, ListOf, Record
from engine.program.walk import postorder
from engine.release import Release
from engine.signals.occurring import nothing_seen
from simulations.populations.drawing.draws import Formula
from simulations.populations.drawing.levels import ITEM_NUMBER
from simulations.populations.drawing.spec import Entry, Fact, Listing, Spec, is_drawn
from simulations.populations.reading.around import Around, fixed, mapping_at
from simulations.populations.reading.asks import Customers, asked_anyhow, asks_of
from simulations.populations.reading.clock import Clock, clock_of
from simulations.populations.reading.correlations import correlated
from simulations.populations.reading.draws import SEGMENT, draw_of
from simulations.populations.reading.entries import NTH, entries_of
from simulations.populations.reading.ground import Ground, Wanted
from simulations.specs.expressions import Expressions

VERSION: Final = 1
"""Of what a spec means; a change of it is a change of every population."""
BATCH: Final = "65536"
EMPTY: Final[dict[str, object]] = {"history": (), "promises": ()}
"""What is known to be empty unless a spec draws it; so no signal is seen."""
NO_PART: Final = ("customers", "batch")
"""Keys that change no customer."""
RECORDS: Final = ("history", "promises")
PLAIN: Final[dict[str, object]] = {
    "verdict": "approve",
    "outcome": "accepted",
    "amount": NULL,
    "units": NULL,
    "session": NULL,
}
"""What an earlier decision or promise has where the spec does not say otherwise."""


def read_spec(file: Path, release: Release, found: Diagnostics) -> Spec:
    """Return the population that a file specifies; raise `PolicyError` with all that is wrong with it."""
    tree = read_file(file, file.parent, found)
    if tree is not None:
        check_shape(tree, "population", found)
    found.check()
    top = as_mapping(cast(Tree, tree))
    spec = _Reader(top, release, found).spec()
    found.check()
    return spec


class _Reader:
    """Reads a spec of the right shape."""

    def __init__(self, top: Mapping, release: Release, found: Diagnostics) -> None:
        self.top, self.release, self.found = top, release, found

    def spec(self) -> Spec:
        header, customer_id = self.release.policy.pack.header, self.release.policy.customer_id
        pack = as_scalar(self._part("pack"))
        if pack.text != header.name:
            message = f"the population is for pack `{pack.text}`, and this is pack `{header.name}`"
            self.found.error(pack.mark, "other-pack", message, "name this pack, or use that one")
        clock = clock_of(self.top, self.release, self.found)
        ground = self._ground(clock)
        variables, entries = self._customers(ground, clock)
        copula, entries = correlated(ground, entries, self.top.get("correlations"))
        return Spec(
            name=text_of(self.top.get("population")),
            title=text_of(self.top.get("title"), text_of(self.top.get("population"))),
            seed=int(text_of(self.top.get("seed"))),
            customers=int(text_of(self.top.get("customers"))),
            batch=int(text_of(self.top.get("batch"), BATCH)),
            entries=entries,
            copula=copula,
            asks=tuple(asks_of(ground, Customers(variables, entries), self.top)),
            fixed=ground.fixed,
            customer_id=None if customer_id is None else self._named(ground, customer_id, entries),
            ladder=header.ladder,
            hash=self._hash(ground),
        )

    def _named(self, ground: Ground, customer_id: Node, entries: tuple[Entry, ...]) -> Formula | None:
        """Return how customers are called, where that is drawn."""
        formula = Formula(customer_id, ground.fixed, self.release.policy.inputs)
        return formula if all(is_drawn(path, entries) for path in formula.reads) else None

    def _part(self, name: str) -> Tree:
        return cast(Tree, self.top.get(name))

    def _ground(self, clock: Clock) -> Ground:
        """Return what draws are read against."""
        unseen = nothing_seen(one.name for one in self.release.policy.signals.signals)
        empty = tuple((name, value) for name, value in EMPTY.items() if self.top.get(name) is None)
        segments = self.top.get("segments")
        return Ground(
            release=self.release,
            found=self.found,
            expressions=Expressions(self.release.policy.pack, self.found),
            fixed=(*clock.fixed, *empty, ("granted", nothing_granted(self.release.policy.pack)), ("signals", unseen)),
            today=clock.today,
            segments=() if segments is None else tuple(key.text for key, _ in as_mapping(segments)),
        )

    def _customers(self, ground: Ground, clock: Clock) -> tuple[dict[str, Node], tuple[Entry, ...]]:
        """Return the names that are drawn for customers beside facts, and all that is drawn for them."""
        variables: dict[str, Node] = {NTH: Input(ITEM_NUMBER, INT)}
        extra = list(clock.entries)
        if ground.segments:
            variables[SEGMENT] = Input(SEGMENT, Enum(ground.segments))
            extra.append(self._segment(ground))
        inputs, facts = self.release.policy.inputs, as_mapping(self._part("facts"))
        lists = [(key, value) for key, value in self.top if key.text in RECORDS]
        members = [member for key, _ in lists if (member := inputs.find(key.text))]
        record = Record((*self.release.policy.pack.facts, *members))
        around = Around(record, variables, extra=tuple(extra), inputs=inputs)
        made = entries_of(ground, around, Mapping(facts.mark, (*facts.entries, *lists)), mapping_at(self.top, "draws"))
        helpers = {one.path: Input(one.path, one.type) for one in made if isinstance(one, Fact) and not one.own}
        variables |= helpers
        return variables, (*map(completed, made), *asked_anyhow(ground, variables, self.top))

    def _segment(self, ground: Ground) -> Entry:
        tree = as_mapping(self._part("segments"))
        wanted = Wanted(SEGMENT, Enum(ground.segments))
        written = Mapping(tree.mark, ((Scalar(tree.mark, "categorical", "categorical", "plain"), tree),))
        return Fact(SEGMENT, wanted.type, draw_of(ground, wanted, written), tree.mark, own=False)

    def _hash(self, ground: Ground) -> str:
        """Return the hash of all that a customer is made from.

        The whole pack counts where an expression calls what the pack defines, else its facts alone.
        """
        spec: dict[str, Plain] = {key.text: plain(value) for key, value in self.top if key.text not in NO_PART}
        policy, nodes = self.release.policy, postorder(one.node for one in ground.formulas)
        defined = any(isinstance(node, Named) for node in nodes)
        parts = [VERSION, spec, policy.release if defined else repr(policy.pack.facts)]
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def completed(entry: Entry) -> Entry:
    """Return an entry; earlier decisions and promises with what is plain of them where the spec does not say it."""
    item = entry.type.item if entry.path in RECORDS and isinstance(entry.type, ListOf) else None
    if not isinstance(entry, Listing) or not isinstance(item, Record):
        return entry
    there = {one.path for one in entry.entries}
    plain_ = [one for one in item if one.name in PLAIN and one.name not in there]
    more = (Fact(one.name, one.type, fixed(PLAIN[one.name]), entry.mark) for one in plain_)
    return replace(entry, entries=(*entry.entries, *more))
