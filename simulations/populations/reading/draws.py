"""Draws as a spec writes them, checked against the type and limits of what they draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias, cast

import numpy as np

from engine.language.packs.building import as_mapping, as_scalar
from engine.language.reading.tree import Mapping, Scalar, Tree
from engine.program.nodes import Input, Node
from engine.program.types import BOOL, NULL, Enum, Kind, kind_of
from engine.values.limits import own
from simulations.populations.drawing.draws import (
    Ago,
    Chance,
    Chosen,
    Computed,
    Constant,
    Draw,
    Figure,
    Formula,
    Nothing,
    Numbered,
    Picked,
    Shares,
    Sometimes,
)
from simulations.populations.drawing.values import scaled
from simulations.populations.reading.ground import (
    Ground,
    Wanted,
    constant,
    ends_of,
    figure_of,
    known_one,
    list_in,
    scale_of,
)
from simulations.populations.reading.marginals import MARGINALS, Contradiction, marginal_of, number, shares_of

Reading: TypeAlias = Callable[[Ground, Wanted, Mapping, str], Draw]

UNKNOWN: Final = Nothing(known=False)
SEGMENT: Final = "segment"
TODAY: Final = "@today"
ELSE: Final = "else"
SECONDS: Final = 86_400
CENTURY: Final = 36_525.0
"""No day that is drawn lies farther from now."""
LENGTHS: Final = ("minLength", "maxLength", "pattern")


def draw_of(ground: Ground, wanted: Wanted, tree: Tree) -> Draw:
    """Return the draw that is written; unknown where it is wrong, which is reported."""
    if isinstance(tree, Scalar):
        return _constant(ground, wanted, tree)
    tree = as_mapping(tree)
    wanted = wanted.within(tree)
    kind = next((key.text for key, _ in tree if key.text in KINDS), "")
    draw = KINDS[kind](ground, wanted, tree, kind) if kind else UNKNOWN
    none, missing = (0.0 if (share := tree.get(name)) is None else number(share) for name in ("none", "missing"))
    if none and not wanted.type.nullable:
        _unsuitable(ground, wanted, tree, ("it can never be none", "leave `none` out, or write `missing`"))
    return Sometimes(draw, none, missing) if none or missing else draw


def _unsuitable(ground: Ground, wanted: Wanted, tree: Tree, told: tuple[str, str]) -> Draw:
    """Return an unknown draw, and report why the written one is not possible, and what to write."""
    why, help = told
    ground.error(tree.mark, "wrong-distribution", f"`{wanted.path}` cannot be drawn like this: {why}", help)
    return UNKNOWN


def _constant(ground: Ground, wanted: Wanted, scalar: Scalar) -> Draw:
    value = constant(ground, wanted, scalar)
    match value:
        case None:
            return UNKNOWN
        case _ if value is NULL:
            return Nothing(known=True)
        case str():
            return Shares((value,), (1.0,))
        case int() | float():
            return Constant(value)
        case _:
            return _unsuitable(ground, wanted, scalar, (f"it is a {wanted.type}", "write its members or items"))


def _categorical(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    try:
        shares = shares_of(as_mapping(_given(tree, kind)))
    except Contradiction as problem:
        ground.error(tree.mark, problem.code, f"`{wanted.path}`: {problem}", problem.help)
        return UNKNOWN
    values = [constant(ground, wanted, key) for key, _ in shares]
    if None in values:
        return UNKNOWN
    made = cast("tuple[str, ...]", tuple(values))
    return Shares(made, tuple(share for _, share in shares))


def _bernoulli(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    if wanted.kind is not Kind.BOOL:
        return _unsuitable(ground, wanted, tree, (f"it is {wanted.type}, not true or false", "write `categorical`"))
    return Chance(number(_given(tree, kind)))


INSTEAD: Final = {
    Kind.BOOL: "write `bernoulli`, the share for which it is true",
    Kind.TEXT: "write `categorical`, its texts with their shares",
    Kind.DATE: "write `days_ago` or `days_ahead` around it",
    Kind.TIMESTAMP: "write `days_ago` or `days_ahead` around it",
    Kind.DURATION: "write `expression`",
}


def _figure(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    if not wanted.is_figure:
        help = "" if wanted.kind is None else INSTEAD[wanted.kind]
        return _unsuitable(ground, wanted, tree, (f"it is {wanted.type}, and `{kind}` draws numbers", help))
    try:
        marginal = marginal_of(kind, _given(tree, kind))
    except Contradiction as problem:
        ground.error(tree.mark, problem.code, f"`{wanted.path}`: {problem}", problem.help)
        return UNKNOWN
    figure = Figure(marginal, scale_of(wanted, ground.digits))
    _check_ends(ground, wanted, tree, figure)
    return figure


def _check_ends(ground: Ground, wanted: Wanted, tree: Mapping, figure: Figure) -> None:
    """Report a figure that may leave the limits of its fact."""
    low, high = ends_of(wanted, ground.digits)
    least, most = ends(figure)
    for beyond, key, side in ((least < low, "min", "below"), (most > high, "max", "above")):
        if beyond:
            limit = (low if key == "min" else high) / figure.scale.unit
            message = f"`{wanted.path}` may come out {side} {limit:g}, which its declaration does not allow"
            ground.error(tree.mark, "out-of-limits", message, f"add `{key}: {limit:g}` beside it")


def ends(figure: Figure) -> tuple[float, float]:
    """Return the least and the largest value that may be drawn, in the engine's units."""
    scale = replace(figure.scale, whole=False)
    least, most = scaled(np.asarray(figure.marginal.ends), scale)
    return float(least), float(most)


def _days(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    if wanted.kind not in (Kind.DATE, Kind.TIMESTAMP):
        why = f"it is {wanted.type}, neither a day nor a moment"
        return _unsuitable(ground, wanted, tree, (why, "leave the days out"))
    day = wanted.kind is Kind.DATE
    written = {"min": -CENTURY, "max": CENTURY, **wanted.written}
    days = draw_of(ground, replace(figure_of(wanted, whole=day), written=written), _given(tree, kind))
    sign = 1 if kind == "days_ago" else -1
    per_day, step = (1, 1) if day else (SECONDS, 1_000_000)
    return Ago(days, per_day, sign * step, _base(ground, wanted, day))


def _base(ground: Ground, wanted: Wanted, day: bool) -> Formula | int:
    """Return the day or moment that is now."""
    base = ground.today if day else dict(ground.fixed).get("now")
    return base if isinstance(base, int) else Formula(Input(TODAY if day else "now", wanted.type))


def _by_segment(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    rows = as_mapping(_given(tree, kind))
    for key, _ in rows:
        if key.text != ELSE:
            known_one(ground, key, ground.segments, ("unknown-segment", "segment"))
    return _chosen(ground, wanted, rows, Formula(Input(SEGMENT, Enum(ground.segments))))


def _by_given(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    formula = ground.formula(wanted, _given(tree, kind), None)
    if kind_of(formula.node.type) not in (Kind.TEXT, Kind.BOOL, Kind.INT, Kind.NUMBER):
        message = f"`{wanted.path}` is chosen by {formula.node.type}, which no row can name"
        ground.error(_given(tree, kind).mark, "wrong-type", message, "choose by a text, a number, or true and false")
        return UNKNOWN
    return _chosen(ground, wanted, as_mapping(_given(tree, "table")), formula)


def _chosen(ground: Ground, wanted: Wanted, rows: Mapping, given: Formula) -> Draw:
    """Return the draws of a table, its keys checked against what they are compared with."""
    type_ = given.node.type
    of_key = Wanted(wanted.path, type_)
    otherwise: Draw | None = None
    made: list[tuple[str | int | float | bool, Draw]] = []
    for key, row in rows:
        draw = draw_of(ground, wanted, row)
        if key.text == ELSE:
            otherwise = draw
        elif not (given.path == SEGMENT and key.text not in ground.segments):
            value = constant(ground, of_key, key)
            made += [(value, draw)] if isinstance(value, str | int | float) else []
    possible = type_.values if isinstance(type_, Enum) else (True, False) if type_ == BOOL else ()
    left = [one for one in possible if one not in {key for key, _ in made}]
    if otherwise is None and (left or not possible):
        told = " and ".join(f"`{_shown(one)}`" for one in left[:3]) or "other values"
        ground.error(rows.mark, "table-hole", f"`{wanted.path}` has no row for {told}", "add it, or `else:`")
    return Chosen(given, tuple(made), otherwise or UNKNOWN)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _expression(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    formula = ground.formula(wanted, _given(tree, kind), wanted.type)
    _no_lengths(ground, wanted, tree)
    if not wanted.is_figure:
        return Computed(formula, wanted.type, None)
    scale, (low, high) = scale_of(wanted, ground.digits), ends_of(wanted, ground.digits)
    low, high = max(low / scale.unit, _or(scale.low, low)), min(high / scale.unit, _or(scale.high, high))
    return Computed(formula, wanted.type, replace(scale, low=low, high=high))


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _no_lengths(ground: Ground, wanted: Wanted, tree: Mapping) -> None:
    """Report a text that comes from elsewhere where the fact says how its texts are written."""
    if any(keyword in LENGTHS for keyword, _ in own(wanted.limits)):
        message = f"`{wanted.path}` says how its texts are written, which nothing here makes sure of"
        ground.error(tree.mark, "out-of-limits", message, "write `categorical` or `numbered`")


def _numbered(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    scalar = as_scalar(_given(tree, kind))
    before, _, after = scalar.text.partition("{n}")
    if wanted.kind is not Kind.TEXT or isinstance(wanted.type, Enum):
        return _unsuitable(ground, wanted, tree, (f"it is {wanted.type}, not any text", "write `categorical`"))
    for number_ in ("1", "1000000"):
        constant(ground, wanted, replace(scalar, value=before + number_ + after, text=before + number_ + after))
    return Numbered(before, after)


def _pick(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    scalar = as_scalar(_given(tree, kind))
    path, item, member = list_in(ground, scalar.text)
    if item is None:
        message = f"`{scalar.text}` is no member of the items of a list"
        ground.error(scalar.mark, "unknown-fact", message, "write the list's path, a dot and the member")
        return UNKNOWN
    own_: dict[str, Node] = {one.name: Input(one.name, one.type) for one in item}
    found = next((one for one in item if one.name == member), None)
    if found is None:
        known_one(ground, replace(scalar, text=member), (one.name for one in item), ("unknown-fact", "member"))
        return UNKNOWN
    if found.type != wanted.type and (kind_of(found.type) is not Kind.TEXT or wanted.type.nullable):
        return _unsuitable(ground, wanted, tree, (f"it is {wanted.type}, and `{member}` is {found.type}", ""))
    _no_lengths(ground, wanted, tree)
    where, otherwise = tree.get("where"), tree.get(ELSE)
    inside = replace(wanted, variables={**wanted.variables, **own_})
    return Picked(
        path,
        member,
        frozenset(own_),
        None if where is None else ground.formula(inside, where, BOOL),
        UNKNOWN if otherwise is None else draw_of(ground, wanted, otherwise),
    )


def _given(tree: Mapping, key: str) -> Tree:
    """Return the value of a key; the shape check has seen that it is there."""
    value = tree.get(key)
    assert value is not None
    return value


def _constant_kind(ground: Ground, wanted: Wanted, tree: Mapping, kind: str) -> Draw:
    return _constant(ground, wanted, as_scalar(_given(tree, kind)))


KINDS: Final[dict[str, Reading]] = {
    "constant": _constant_kind,
    "categorical": _categorical,
    "bernoulli": _bernoulli,
    **dict.fromkeys(MARGINALS, _figure),
    "days_ago": _days,
    "days_ahead": _days,
    "by_segment": _by_segment,
    "given": _by_given,
    "expression": _expression,
    "numbered": _numbered,
    "pick": _pick,
}
