"""What every ask of a file has that says less than a request: who asks, when, and which day's rules hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from engine.backends.columnar.rows import rows_of
from engine.backends.columnar.table import Table
from engine.backends.columnar.unique import by_unique
from engine.backends.columns import compile_columns
from engine.backends.reference import evaluate
from engine.backends.times import date_of
from engine.language.packs.inputs import RUNG
from engine.program.nodes import Input, Node
from engine.program.plan import Policy
from engine.program.types import DATE, NULL, TIMESTAMP, Enum, Member, Record
from engine.program.walk import postorder

NOBODY: Final[dict[str, object]] = {"role": NULL, "id": NULL, "team": NULL}
"""An agent of whom nothing is said."""
UNSAID: Final[Mapping[str, object]] = {"agent": NOBODY, "channel": NULL}
"""What an ask has that does not say."""


def fixed_of(policy: Policy, said: frozenset[str], now: int | None) -> dict[str, object]:
    """Return the inputs that are the same in every row of a file that says these."""
    fixed: dict[str, object] = {name: value for name, value in UNSAID.items() if name not in said}
    if "agent" in fixed:
        fixed[RUNG] = 0
    if "now" not in said and now is not None:
        fixed["now"] = now
    if "as_of" not in said and reads(_dating(policy)) <= fixed.keys():
        day = evaluate(_dating(policy), fixed)
        if isinstance(day, int):
            fixed["as_of"] = date_of(day, policy.conventions.zone) if _timed(policy) else day
    return fixed


def dated(policy: Policy, table: Table, fixed: Mapping[str, object]) -> Table:
    """Return the inputs with the day whose rules hold in each row: the row's own, else the pack's."""
    found = evaluated(policy, _dating(policy), table, fixed)
    given = pl.Series([None if one is NULL else one for one in found], dtype=pl.Int64)
    days = (
        by_unique(lambda moment: date_of(moment, policy.conventions.zone), DATE).run(given) if _timed(policy) else given
    )
    own = table.cells.get("as_of")
    days = days.cast(pl.Int32)
    return replace(table, cells={**table.cells, "as_of": days if own is None else own.fill_null(days)})


def evaluated(policy: Policy, node: Node, table: Table, fixed: Mapping[str, object]) -> list[object]:
    """Return the value of an expression in every row; None where it is unknown."""
    columns = compile_columns([("value", node)], fixed, policy.inputs)
    type_ = Enum(columns.texts["value"], nullable=True) if "value" in columns.texts else node.type
    return [row.get("value") for row in rows_of(columns.run(table), Record((Member("value", type_),)))]


def reads(node: Node) -> frozenset[str]:
    """Return the inputs that an expression reads."""
    return frozenset(one.name for one in postorder([node]) if isinstance(one, Input))


def _dating(policy: Policy) -> Node:
    """Return which date picks versions where an ask does not say: the pack's, or now."""
    return Input("now", TIMESTAMP) if policy.as_of is None else policy.as_of


def _timed(policy: Policy) -> bool:
    """Return whether that is a moment, not a day."""
    return _dating(policy).type == TIMESTAMP
