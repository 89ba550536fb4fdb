"""Compile expressions to columns: all rows of a table at once, in two forms.

The fast form takes as known what expressions assume something of when it is unknown, and what choices are made by; the
careful form, for the rows where that proves wrong, takes nothing so. A form is written for what tables have and may
lack, when the first such table comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from engine.backends.columnar.forms import Form, few_texts, grounded
from engine.backends.columnar.plan import Plan, Task, plan_of
from engine.backends.columnar.shape import Shape, shape_of, widest
from engine.backends.columnar.splicing import spliced
from engine.backends.columnar.table import Table
from engine.backends.columnar.taking import take
from engine.backends.simplify import Simplifier
from engine.program.nodes import Node
from engine.program.types import Record


class Columns:
    """Expressions that can be run on tables; see `compile_columns`."""

    def __init__(self, outputs: Sequence[tuple[str, Node]], fixed: Mapping[str, object], inputs: Record | None) -> None:
        """Begin with no form written."""
        simplifier = Simplifier()
        nodes = simplifier.rewrite(grounded([node for _, node in outputs], fixed))
        self._outputs = tuple(zip((name for name, _ in outputs), nodes, strict=True))
        self._inputs = inputs
        self._forms: list[Forms] = []
        self.texts: Mapping[str, tuple[str, ...]] = few_texts(dict(self._outputs))
        """Outputs that come as codes (UInt16), and what each code stands for."""

    def __getstate__(self) -> dict[str, object]:
        """Return what is kept: no forms, for they are functions."""
        return {**self.__dict__, "_forms": []}

    def run(self, table: Table) -> Table:
        """Return the outputs for each row of a table."""
        return self.forms_for(shape_of(table)).run(table)

    def forms_for(self, shape: Shape) -> Forms:
        """Return the forms for tables of a shape: those for a wider one, once there are some."""
        for forms in self._forms:
            if widest(forms.shape, shape) == forms.shape:
                return forms
        wider = [shape, *(forms.shape for forms in self._forms)]
        for other in wider[1:]:
            shape = widest(shape, other) or shape
        made = Forms(Task(self._outputs, self.texts, self._inputs), shape)
        self._forms.append(made)
        return made


class Forms:
    """The forms of expressions for tables of a shape; where the fast one holds in few rows, it is left out."""

    def __init__(self, task: Task, shape: Shape) -> None:
        """Begin with no form written."""
        self.shape = shape
        self._task = task
        self._simplifier = Simplifier()
        self._nodes = self._simplifier.rewrite(grounded([node for _, node in task.outputs], {}, shape))
        self._hopeless = False

    @cached_property
    def fast(self) -> Plan:
        """The form that takes things as known."""
        return self._plan(hasty=True)

    @cached_property
    def careful(self) -> Plan:
        """The form that takes nothing as known."""
        return self._plan(hasty=False)

    def _plan(self, hasty: bool) -> Plan:
        form = Form(self._simplifier, hasty)
        nodes = form.rewrite(self._nodes)
        outputs = tuple((name, node) for (name, _), node in zip(self._task.outputs, nodes, strict=True))
        return plan_of(replace(self._task, outputs=outputs), self.shape, tuple(form.taken) if hasty else None)

    def run(self, table: Table) -> Table:
        """Return the outputs for each row of a table."""
        if self._hopeless:
            return self.careful.run(table)[0]
        found, sure = self.fast.run(table)
        if sure is None or sure.all():
            return found
        rest = (~sure).arg_true().to_numpy().astype(np.int64)
        self._hopeless = 2 * len(rest) > table.rows
        return spliced(found, rest, self.careful.run(take(table, rest))[0])


def compile_columns(
    outputs: Sequence[tuple[str, Node]],
    fixed: Mapping[str, object] = MappingProxyType({}),
    inputs: Record | None = None,
) -> Columns:
    """Return named expressions that can be run on tables.

    `fixed` are top-level inputs that have the same value in every row. What a table says nothing about is unknown.
    `inputs` is the record of all top-level inputs; without it, codes in a table's columns are taken for those of the
    type that an expression reads them as.
    """
    names = [name for name, _ in outputs]
    if len(set(names)) < len(names):
        raise ValueError("two outputs have the same name")
    return Columns(outputs, fixed, inputs)
