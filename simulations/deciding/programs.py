"""What is evaluated of an action for many asks at once, and what came of it as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import polars as pl

from engine.backends.columnar.rows import take
from engine.backends.columnar.table import Table
from engine.backends.columns import Columns, compile_columns
from engine.language.packs.inputs import ASKED
from engine.program.nodes import Assume, Comparison, Input, Node
from engine.program.plan import ABOVE_BUDGET, BEYOND_BUDGET, DECIDE, OFFER, SETTLE, ActionPlan, RulePlan
from engine.program.program import Stage
from engine.program.terms import TRUE, UNBOUNDED, both, certainly, compare, number, when
from engine.program.types import BOOL, Type
from engine.program.walk import postorder
from engine.release import Release
from simulations.deciding.positions import BEYOND, BUDGET, Bits, Ints

Outputs: TypeAlias = tuple[tuple[str, Node], ...]

VERDICT: Final = ("verdict", "rung", "desk", "final", "granted", "within_authority", "in_reach")
"""The outputs of the decide stage that come before the hits."""
ECONOMICS: Final = ("company_cost", "customer_value", "company_gain")


@dataclass(frozen=True, eq=False, slots=True)
class Setting:
    """A release, and the inputs that are the same in every ask."""

    release: Release
    fixed: Mapping[str, object]

    def compiled(self, outputs: Outputs) -> Columns:
        """Return expressions as they run over many asks."""
        return compile_columns(outputs, self.fixed, self.release.policy.inputs)

    def given(self, inputs: Mapping[str, object]) -> Setting:
        """Return the setting with further inputs that are the same in every ask."""
        return Setting(self.release, {**self.fixed, **inputs})


def decide_outputs(release: Release, plan: ActionPlan) -> Outputs:
    """Return what is evaluated of every ask: the verdict, which rules hold, which caps cut, and what is offered."""
    name = plan.action.name
    decide = dict(stage_of(release, name, DECIDE).outputs)
    hits = tuple((f"hit:{rule.index}", certainly(rule.hit)) for rule in plan.rules)
    cuts = tuple((f"cuts:{cap.index}", _cuts(cap, plan.amount_type)) for cap in plan.caps if cap.amount is not None)
    if plan.budgeted is not None:
        cuts += ((f"cuts:{BUDGET}", decide[ABOVE_BUDGET]), (f"cuts:{BEYOND}", decide[BEYOND_BUDGET]))
    return (*((one, decide[one]) for one in VERDICT), *hits, *cuts, *stage_of(release, name, OFFER).outputs)


def cut_by(plan: ActionPlan) -> tuple[int, ...]:
    """Return what may cut an ask, as its outputs are numbered: caps, and budgets."""
    caps = tuple(cap.index for cap in plan.caps if cap.amount is not None)
    return caps if plan.budgeted is None else (*caps, BUDGET, BEYOND)


def _cuts(cap: RulePlan, type_: Type) -> Node:
    """Return whether a cap allows less than what was asked for, or than any amount where none was named."""
    assert cap.amount is not None
    asked = Input(ASKED, type_)
    most = when(compare(asked, Comparison.GT, number(0, type_)), asked, number(UNBOUNDED, type_))
    return both(certainly(cap.hit), Assume(compare(cap.amount, Comparison.LT, most), TRUE, BOOL))


def term_outputs(plan: ActionPlan) -> tuple[str, ...]:
    """Return how the offer stage calls the terms."""
    return tuple(f"term:{name}" for name, _ in plan.terms)


def stage_of(release: Release, action: str, name: str) -> Stage:
    """Return a stage of an action."""
    return next(stage for stage in release.policy.program.stages(action) if stage.name == name)


def read_by(nodes: Iterable[Node]) -> frozenset[str]:
    """Return the names of the inputs that nodes read."""
    return frozenset(node.name for node in postorder(nodes) if isinstance(node, Input))


def trimmed(table: Table, names: frozenset[str]) -> Table:
    """Return the table of some inputs alone."""

    def kept(path: str) -> bool:
        return path.split(".", 1)[0] in names

    return Table(
        rows=table.rows,
        cells={path: cells for path, cells in table.cells.items() if kept(path)},
        present={path: known for path, known in table.present.items() if kept(path)},
        lists={path: items for path, items in table.lists.items() if kept(path)},
        nones={path: none for path, none in table.nones.items() if kept(path)},
    )


def ints_of(cells: pl.Series) -> Ints:
    """Return whole numbers, all of them known, as an array."""
    return np.asarray(cells.cast(pl.Int64).to_numpy(), np.int64)


def bits_of(cells: pl.Series) -> Bits:
    """Return truths, all of them known, as an array."""
    return np.asarray(cells.to_numpy(), np.bool_)


class Found:
    """The outputs of a program over a table, as arrays."""

    def __init__(self, columns: Columns, table: Table) -> None:
        """Run the program."""
        self.table = columns.run(table)
        self._texts = columns.texts

    def ints(self, name: str) -> Ints:
        """Return an output of whole numbers that is always known."""
        return ints_of(self.table.cells[name])

    def bits(self, name: str) -> Bits:
        """Return whether an output is known to be true."""
        return bits_of(self.table.cells[name].fill_null(False))

    def known(self, name: str) -> tuple[Ints, Bits]:
        """Return an output of whole numbers, 0 where it is unknown, and where it is known."""
        cells = self.table.cells[name]
        return ints_of(cells.fill_null(0)), bits_of(cells.is_not_null())

    def places(self, name: str, texts: Mapping[str, int]) -> Ints:
        """Return a text that is always known, as its place among texts."""
        cells = self.table.cells[name]
        if name in self._texts:
            codes = np.array([texts[text] for text in self._texts[name]], np.int64)
            return codes[ints_of(cells)]
        return ints_of(cells.replace_strict(texts, return_dtype=pl.Int64))

    def plain(self, names: frozenset[str]) -> Table:
        """Return some outputs, texts as texts."""
        table = trimmed(self.table, names)
        texts = {name: pl.Series(self._texts[name], dtype=pl.String) for name in names & self._texts.keys()}
        cells = {name: text.gather(table.cells[name].cast(pl.UInt32)) for name, text in texts.items()}
        return replace(table, cells={**table.cells, **cells})


class Settling:
    """One of the outputs of an action's settle stage, for the few asks that it matters to; compiled when it does."""

    def __init__(self, setting: Setting, action: str, name: str) -> None:
        """Begin with nothing compiled; `name`: `undecided` or `beyond_ask`."""
        self._node = dict(stage_of(setting.release, action, SETTLE).outputs)[name]
        self._setting = setting
        self._columns: Columns | None = None

    def holds(self, table: Table, rows: Ints) -> Bits:
        """Return whether it is true of some rows of a table."""
        if len(rows) == 0:
            return np.zeros(0, np.bool_)
        if self._columns is None:
            self._columns = self._setting.compiled((("holds", self._node),))
        needed = trimmed(table, read_by([self._node]))
        return Found(self._columns, needed if len(rows) == table.rows else take(needed, rows)).bits("holds")
