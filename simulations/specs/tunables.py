"""What tuning may set, and what it is to reach."""

from __future__ import annotations

from typing import Final, Literal, cast

from engine.language.diagnostics import did_you_mean
from engine.language.packs.building import as_mapping, as_scalar
from engine.language.reading.tree import Mapping, Scalar
from engine.program.types import Kind, kind_of
from simulations.specs.expressions import Expressions
from simulations.specs.simulation import Objective, Tunable
from simulations.specs.subjects import Subjects

NUMERIC: Final = (Kind.INT, Kind.NUMBER, Kind.MONEY)


def tunables_of(tree: Mapping, expressions: Expressions) -> tuple[Tunable, ...]:
    """Return the parameters that `tunable` names, with their ranges."""
    return tuple(_tunable(key, as_mapping(value), expressions) for key, value in tree)


def _tunable(key: Scalar, tree: Mapping, expressions: Expressions) -> Tunable:
    _check_parameter(key, expressions)
    written = {name.text: float(as_scalar(value).text) for name, value in tree}
    low, high = written["from"], written["to"]
    if low >= high:
        message = f"`from` {low:g} is not below `to` {high:g}: there is nothing to try"
        expressions.found.error(tree.mark, "empty-range", message)
    return Tunable(key.text, low, high, written.get("step"), written.get("round_to"), key.mark)


def _check_parameter(key: Scalar, expressions: Expressions) -> None:
    values = expressions.scope.values
    known = [name.removeprefix("params.") for name in values if name.startswith("params.")]
    if key.text not in known:
        message, help = f"there is no parameter `{key.text}`", did_you_mean(key.text, known)
        expressions.found.error(key.mark, "unknown-parameter", message, help)
    elif kind_of(type_ := values[f"params.{key.text}"](0).type) not in NUMERIC:
        message = f"parameter `{key.text}` is {type_}, and only numbers can be tuned"
        expressions.found.error(key.mark, "wrong-type", message)


def objective_of(tree: Mapping, subjects: Subjects) -> Objective:
    """Return what an item of `objectives` makes large or small."""
    key, value = tree.entries[0]
    name = as_scalar(value).text
    subjects.check_measure(name, value.mark)
    return Objective(name, cast(Literal["maximize", "minimize"], key.text), value.mark)
