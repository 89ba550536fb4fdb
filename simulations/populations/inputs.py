"""The types of what asks of a population are told in."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

import polars as pl

from engine.backends.columnar.rows import below
from engine.backends.columnar.table import Table
from engine.program.plan import ActionPlan, Policy
from engine.program.types import TEXT, Enum, ListOf, MapOf, Member, Plain, Record, Type


def ask_type(plan: ActionPlan) -> Record:
    """Return the type of `ask` where an action is asked for.

    Its enums are plain texts, for a rule over several actions may know them as other enums, with other codes.
    """
    amount = () if plan.action.amount == "none" else (Member("amount", plan.amount_type),)
    own = (Member(one.name, _without_enums(one.type)) for one in plan.action.inputs)
    return Record((Member("action", TEXT), *amount, *own))


def inputs_type(policy: Policy, plan: ActionPlan) -> Record:
    """Return the type of all inputs where an action is asked for."""
    ask = ask_type(plan)
    return Record(tuple(replace(one, type=ask) if one.name == "ask" else one for one in policy.inputs))


def spelled(table: Table, type_: Type) -> Table:
    """Return the table of values of a type, at the path `""`, with texts in place of the codes of enums."""
    cells, lists = dict(table.cells), dict(table.lists)
    pending: list[tuple[str, Type]] = [("", type_)]
    while pending:
        path, of = pending.pop()
        match of:
            case Enum(values=texts) if path in cells and cells[path].dtype.is_integer():
                cells[path] = pl.Series(texts, dtype=pl.String).gather(cells[path])
            case Record():
                pending += [(below(path, one.name), one.type) for one in of]
            case ListOf(item=item) if path in lists:
                lists[path] = replace(lists[path], table=spelled(lists[path].table, item))
            case MapOf(value=value) if path in lists:
                entry = Record((Member("key", TEXT), Member("value", value)))
                lists[path] = replace(lists[path], table=spelled(lists[path].table, entry))
            case Plain() | Enum() | ListOf() | MapOf():
                pass
            case _ as never:
                assert_never(never)
    return replace(table, cells=cells, lists=lists)


def _without_enums(type_: Type) -> Type:
    """Return the type with texts in place of enums."""
    match type_:
        case Plain():
            return type_
        case Enum(nullable=nullable):
            return replace(TEXT, nullable=nullable)
        case ListOf(item=item):
            return replace(type_, item=_without_enums(item))
        case MapOf(value=value):
            return replace(type_, value=_without_enums(value))
        case Record(members=members):
            inner = tuple(replace(one, type=_without_enums(one.type)) for one in members)
            return replace(type_, members=inner)
        case _ as never:
            assert_never(never)
