"""The type of what is drawn for the sake of other draws, which no pack declares."""

from __future__ import annotations

from engine.language.cel.convert import Mismatch, common
from engine.language.packs.building import as_mapping
from engine.language.reading.tree import Mapping, Scalar, Tree
from engine.program.types import BOOL, DATE, INT, NUMBER, TEXT, Enum, Type
from simulations.populations.reading.draws import KINDS
from simulations.populations.reading.ground import Ground, Wanted, list_in


def inferred(ground: Ground, wanted: Wanted, tree: Tree) -> Type:
    """Return the type of the values that a draw gives."""
    if isinstance(tree, Scalar):
        return _of_scalar(tree)
    tree = as_mapping(tree)
    kind = next((key.text for key, _ in tree if key.text in KINDS), "")
    value = tree.get(kind)
    match kind:
        case "constant" | "by_segment" | "categorical" | "given" if value is not None:
            return _of_rows(ground, wanted, tree, kind)
        case "expression" if value is not None:
            return ground.formula(wanted, value, None).node.type
        case "pick" if isinstance(value, Scalar):
            _, item, member = list_in(ground, value.text)
            found = None if item is None else item.find(member)
            return TEXT if found is None else found.type
        case "bernoulli":
            return BOOL
        case "numbered":
            return TEXT
        case "days_ago" | "days_ahead":
            return DATE
        case "poisson":
            return INT
        case _ if isinstance(step := tree.get("round"), Scalar) and isinstance(step.value, int):
            return INT
        case _:
            return NUMBER


def _of_scalar(scalar: Scalar) -> Type:
    """Return the type of a value that is the same for all."""
    match scalar.value:
        case bool():
            return BOOL
        case int():
            return INT
        case float():
            return NUMBER
        case _:
            return Enum((scalar.text,))


def _of_rows(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Type:
    """Return the type that holds what every row gives."""
    rows = tree.get("table" if kind == "given" else kind)
    match kind, rows:
        case "categorical", Mapping():
            types = [_of_scalar(key) for key, _ in rows]
        case _, Mapping():
            types = [inferred(ground, wanted, row) for _, row in rows]
        case _, Scalar():
            types = [_of_scalar(rows)]
        case _:
            types = [NUMBER]
    try:
        return common(types)
    except Mismatch as problem:
        ground.error(tree.mark, "wrong-type", f"`{wanted.path}`: its values differ: {problem}")
        return types[0]
