"""Choices that compare the same few values with constants, as tables to look up in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import product
from typing import Final

from engine.program.nodes import And, Case, Compare, Comparison, Const, Contains, Node

FEW: Final = 3
"""Branches up to which one comparison after the other is as fast."""

MANY: Final = 10_000
"""Keys beyond which a table is not worth its memory."""

Options = dict[Node, tuple[Hashable, ...]]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The values of a choice by those of its subjects: by the only one's, or by a tuple of them."""

    subjects: tuple[Node, ...]
    values: dict[Hashable, object]


def dispatch(node: Case) -> Dispatch | None:
    """Return the table of a choice whose branches are constants, each for values of the same subjects."""
    if len(node.branches) <= FEW:
        return None
    rows = [(_options(condition), value) for condition, value in node.branches]
    subjects = tuple(rows[0][0] or ())
    values: dict[Hashable, object] = {}
    for options, value in rows:
        if not isinstance(value, Const) or not options or set(options) != set(subjects):
            return None
        for key in product(*(options[subject] for subject in subjects)):
            values.setdefault(key if len(subjects) > 1 else key[0], value.value)
            if len(values) > MANY:
                return None
    return Dispatch(subjects, values)


def _options(condition: Node) -> Options | None:
    """Return the values that each subject has where the condition is true; None where it says more."""
    options: Options = {}
    for item in condition.items if isinstance(condition, And) else (condition,):
        match item:
            case Compare(op=Comparison.EQ, left=subject, right=Const(value=value)):
                allowed = (value,)
            case Compare(op=Comparison.EQ, left=Const(value=value), right=subject):
                allowed = (value,)
            case Contains(item=subject, of=Const(value=tuple() as value)):
                allowed = value
            case _:
                return None
        if subject in options:
            return None
        options[subject] = allowed
    return options
