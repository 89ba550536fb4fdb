"""Rows of a file as inputs: the facts of each, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import polars as pl

from engine.backends.columnar.rows import take
from engine.backends.columnar.table import Table
from engine.language.diagnostics import did_you_mean
from engine.language.packs.inputs import ASKED, RUNG
from engine.program.plan import ActionPlan, Policy
from engine.program.types import BOOL, NULL, TEXT, Member, Record
from engine.values.problem import Issue
from simulations.populations.columns.faults import Place
from simulations.populations.columns.groups import Group, given, grouped
from simulations.populations.columns.nesting import beside, nested
from simulations.populations.columns.structures import Declared, Reading
from simulations.populations.fixed import UNSAID, dated, evaluated
from simulations.populations.inputs import ask_type, spelled
from simulations.populations.population import Numbers

ID, CUSTOMER, ACCEPTED = "@id", "@customer", "@accepted"
"""The columns beside the inputs: how an ask and its customer are called, and whether what was offered was taken."""
MISSING_NOW: Final = Issue("", "missing-now", "the moment of the ask is missing", "say `now` in the row, or for all")
NOT_POSITIVE: Final = Issue("", "amount-not-positive", "an amount asked for is above 0")


def root(name: str) -> str:
    """Return the first step of a column's path."""
    return name.partition(".")[0]


@dataclass(frozen=True, eq=False)
class Framed:
    """Some rows of a file."""

    policy: Policy
    fixed: Mapping[str, object]
    now: int | None
    """The moment of rows that do not say."""
    reading: Reading
    frame: pl.DataFrame
    at: Place

    def customers(self) -> list[str | None]:
        """Return how the customer of each row is called; None where that is unknown."""
        if CUSTOMER in self.frame.columns:
            return self.texts(CUSTOMER).to_list()
        if self.policy.customer_id is None:
            return [None] * len(self.at.rows)
        table = self._said()
        self.reading.faults.check()
        found = evaluated(self.policy, self.policy.customer_id, table, self.fixed)
        return [None if one is None or one is NULL else str(one) for one in found]

    def texts(self, name: str) -> pl.Series:
        """Return a column of names; a number is one."""
        column = self.frame[name]
        return self._single(column.cast(pl.String) if column.dtype.is_integer() else column, Declared(TEXT), name)

    def accepted(self) -> pl.Series | None:
        """Return whether what was offered was taken; None where no row says."""
        if ACCEPTED not in self.frame.columns or self.frame[ACCEPTED].null_count() == len(self.at.rows):
            return None
        return self._single(self.frame[ACCEPTED], Declared(BOOL), ACCEPTED)

    @cached_property
    def actions(self) -> pl.Series:
        """Return the action that each row asks for; null where it asks for none."""
        column = self._asks().members.get("action")
        if not isinstance(column, pl.Series):
            return pl.repeat(None, len(self.at.rows), dtype=pl.String, eager=True)
        actions = self._single(column, Declared(TEXT), "ask.action")
        unknown = actions.filter(~actions.is_in(list(self.policy.plans)))
        for name in unknown.unique(maintain_order=True):
            issue = Issue("", "unknown-action", "the pack has no such action", did_you_mean(name, self.policy.plans))
            self.reading.faults.add(self.at.below("ask.action"), (actions == name).arg_true().to_list(), issue)
        return actions

    def inputs(self) -> Table:
        """Return all inputs beside the ask that are not the same in every row."""
        table = self._said()
        if "now" not in self.fixed:
            moments = _cells(table, "now", pl.Int64()).fill_null(pl.lit(self.now, pl.Int64))
            missing = moments.is_null() & self.actions.is_not_null()
            self.reading.faults.add(self.at.below("now"), missing.arg_true().to_list(), MISSING_NOW)
            table = beside(table, Table(table.rows, {"now": moments}))
        if RUNG not in self.fixed:
            table = beside(table, Table(table.rows, {RUNG: self._rungs(_cells(table, "agent.role", pl.String()))}))
        self.reading.faults.check()
        return table if "as_of" in self.fixed else dated(self.policy, table, self.fixed)

    def asking(self, plan: ActionPlan, table: Table, rows: Numbers) -> Table:
        """Return the inputs of the rows that ask for an action."""
        amount = tuple(one for one in ask_type(plan) if one.name == "amount")
        inputs = Record((*amount, *plan.action.inputs))
        at = Place("ask", self.at.rows[rows])
        ask = self.reading.members(self._own(self._asks(rows), inputs), inputs, at)
        amounts = _cells(ask, "amount", pl.Int64())
        self.reading.faults.add(at.below("amount"), (amounts <= 0).arg_true().to_list(), NOT_POSITIVE)
        action = pl.repeat(plan.action.name, len(rows), dtype=pl.String, eager=True)
        ask = beside(spelled(ask, inputs), Table(len(rows), {"action": action}, {"": None}))
        return beside(
            take(table, rows), nested({"ask": ask}, len(rows)), Table(len(rows), {ASKED: amounts.fill_null(0)})
        )

    def _own(self, asks: Group, inputs: Record) -> Group:
        """Return the columns of an ask, without those of other actions that are empty."""
        others = {one.name for plan in self.policy.plans.values() for one in (*ask_type(plan), *plan.action.inputs)}
        kept = {
            name: column
            for name, column in asks.members.items()
            if name != "action" and (inputs.find(name) is not None or name not in others or given(column).any())
        }
        return Group(kept, pl.repeat(True, len(asks.there), dtype=pl.Boolean, eager=True))

    def _asks(self, rows: Numbers | None = None) -> Group:
        """Return the columns of the ask, of all rows or some."""
        asks = self.frame.select(name for name in self.frame.columns if root(name) == "ask")
        count = len(self.at.rows) if rows is None else len(rows)
        ask = grouped(asks if rows is None else asks[rows], count).members.get("ask")
        if isinstance(ask, Group):
            return ask
        if ask is not None:
            self.reading.value(ask, Declared(Record(())), self.at.below("ask"))
        return Group({}, pl.repeat(False, count, dtype=pl.Boolean, eager=True))

    def _said(self) -> Table:
        """Return what the rows say beside the ask."""
        columns = [one for one in self.frame if root(one.name) not in (ID, CUSTOMER, ACCEPTED, "ask")]
        said = {root(one.name) for one in columns}
        facts = self.policy.pack.facts.members
        others = [one for one in self.policy.inputs if one.name in said and one.name not in (RUNG, ASKED)]
        type_ = Record((*facts, *(_unsaid(one) for one in others if one not in facts)))
        return self.reading.members(grouped(columns, len(self.at.rows)), type_, self.at)

    def _rungs(self, roles: pl.Series) -> pl.Series:
        """Return the place of each role on the ladder, from 1; 0 for none."""
        ladder = list(self.policy.pack.header.ladder)
        for name in roles.filter(~roles.is_in(ladder)).unique(maintain_order=True):
            issue = Issue("", "unknown-role", "this role is not on the pack's ladder", did_you_mean(name, ladder))
            self.reading.faults.add(self.at.below("agent.role"), (roles == name).arg_true().to_list(), issue)
        return roles.replace_strict(ladder, range(1, len(ladder) + 1), default=0, return_dtype=pl.Int64)

    def _single(self, column: pl.Series, declared: Declared, name: str) -> pl.Series:
        """Return the values of a column that is no input's."""
        return _cells(self.reading.value(column, declared, self.at.below(name)), "", pl.String())


def _cells(table: Table, path: str, dtype: pl.DataType) -> pl.Series:
    """Return the cells at a path; null where the table says nothing."""
    found = table.cells.get(path)
    return pl.repeat(None, table.rows, dtype=dtype, eager=True) if found is None else found


def _unsaid(member: Member) -> Member:
    """Return an input with what it is where a row does not say."""
    if member.name not in UNSAID:
        return member
    type_ = member.type
    if isinstance(type_, Record):
        type_ = replace(type_, members=tuple(replace(one, default=(NULL,)) for one in type_))
    return replace(member, type=type_, default=(UNSAID[member.name],))
