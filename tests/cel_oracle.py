"""Google's CEL runtime and ours, side by side on the same names."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from cel_expr_python import cel  # type: ignore[import-untyped]  # no py.typed in 0.1.3
from cel_expr_python.ext import ext_strings  # type: ignore[import-untyped]  # the same

from engine.backends.reference import evaluate
from engine.language.cel.parse import ExpressionError
from engine.language.cel.scope import TypeProblem
from engine.language.cel.typecheck import expression_node
from engine.program.types import (
    BOOL,
    DURATION,
    INT,
    NULL,
    NUMBER,
    TEXT,
    TIMESTAMP,
    ListOf,
    MapOf,
    Member,
    Record,
    Type,
    nullable,
)

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND: Final = dt.timedelta(microseconds=1)

# what expressions read

ROW: Final = Record((Member("k", TEXT), Member("q", INT), Member("d", NUMBER)))
RECORD: Final = Record((Member("x", INT), Member("n", nullable(INT)), Member("s", TEXT), Member("b", BOOL)))
TYPES: Final[dict[str, Type]] = {
    **dict.fromkeys(("i", "j"), INT),
    **dict.fromkeys(("d", "e"), NUMBER),
    **dict.fromkeys(("s", "z"), TEXT),
    **dict.fromkeys(("b", "c"), BOOL),
    **dict.fromkeys(("t", "v"), TIMESTAMP),
    **dict.fromkeys(("u", "w"), DURATION),
    "li": ListOf(INT),
    "ld": ListOf(NUMBER),
    "ls": ListOf(TEXT),
    "rows": ListOf(ROW),
    "m": MapOf(INT),
    "r": RECORD,
}
INPUTS: Final = Record(tuple(Member(name, type_) for name, type_ in TYPES.items()))
VARIABLES: Final = {
    **dict.fromkeys(("i", "j"), cel.Type.INT),
    **dict.fromkeys(("d", "e"), cel.Type.DOUBLE),
    **dict.fromkeys(("s", "z"), cel.Type.STRING),
    **dict.fromkeys(("b", "c"), cel.Type.BOOL),
    **dict.fromkeys(("t", "v"), cel.Type.TIMESTAMP),
    **dict.fromkeys(("u", "w"), cel.Type.DURATION),
    "li": cel.Type.List(cel.Type.INT),
    "ld": cel.Type.List(cel.Type.DOUBLE),
    "ls": cel.Type.List(cel.Type.STRING),
    "rows": cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN)),
    "m": cel.Type.Map(cel.Type.STRING, cel.Type.INT),
    "r": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}
REFUSED: Final = "refused"


@cache
def environment() -> Any:
    """Google's, with the same names."""
    return cel.NewEnv(variables=VARIABLES, extensions=[ext_strings.ExtStrings()])


def googles(text: str, facts: Mapping[str, Any]) -> object | None:
    """Google's value in our form; None for an error."""
    value = environment().compile(text).eval(data={name: as_google(name, one) for name, one in facts.items()})
    return None if value.type() == cel.Type.ERROR else as_ours(value.plain_value())


def as_google(name: str, value: Any) -> object:
    """A fact as Google's runtime takes it."""
    if name in ("t", "v"):
        return EPOCH + value * MICROSECOND
    return value * MICROSECOND if name in ("u", "w") else value


def as_ours(value: object) -> object | None:
    """A value of Google's in our form; None for what is not finite."""
    match value:
        case None:
            return NULL
        case float() if not math.isfinite(value):
            return None
        case dt.datetime():
            return (value - EPOCH) // MICROSECOND
        case dt.timedelta():
            return value // MICROSECOND
        case list():
            return tuple(map(as_ours, value))
        case dict():
            return {key: as_ours(one) for key, one in value.items()}
        case _:
            return value


def ours(text: str, facts: Mapping[str, Any]) -> object | None:
    """Our value; None for unknown."""
    given_ = {name: one if name in ("t", "v", "u", "w") else as_ours(one) for name, one in facts.items()}
    return evaluate(expression_node(text, INPUTS), given_)


def outcome(
    evaluate_: Callable[[str, Mapping[str, Any]], object | None], text: str, facts: Mapping[str, Any]
) -> object | None:
    """The value, None for an error or unknown, or that the text is refused."""
    try:
        return evaluate_(text, facts)
    except (ExpressionError, TypeProblem, RuntimeError):
        return REFUSED
