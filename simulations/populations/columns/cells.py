"""Single values as files hold them to the engine's own, a column at a time: exact, and held against what is declared.

What has an everyday form is read at once; the rest as a request's values are, once for each distinct value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, assert_never

import polars as pl

from engine.backends.columnar.rows import CODE, coded
from engine.backends.columnar.table import KINDS
from engine.backends.columnar.unique import by_unique
from engine.backends.failed import Failed
from engine.backends.numeric import HIGHEST
from engine.backends.times import DAY, FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT, moment_of
from engine.language.cel.scope import Conventions
from engine.program.types import INT, Enum, Kind, Member, Plain, Record, required
from engine.values.kinds import PLAIN
from engine.values.limits import Limits, bound, own
from engine.values.parse import Read, ValueProblem, parser
from engine.values.problem import Issue

ENDS: Final[dict[str, Callable[[pl.Expr, Any], pl.Expr]]] = {
    "minimum": lambda values, end: values >= end,
    "maximum": lambda values, end: values <= end,
    "exclusiveMinimum": lambda values, end: values > end,
    "exclusiveMaximum": lambda values, end: values < end,
}
"""The limits that a column is held against at once."""
MOST: Final = 10**30
"""What a decimal may be as an int so that it can be scaled within 128 bits."""
GIVEN: Final = pl.col("given")
"""The column as the file has it."""
LOCAL: Final = pl.Datetime("us")
"""The reading of a clock, without a zone."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a column's values are declared to be."""

    type: Plain | Enum
    limits: Limits
    conventions: Conventions


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong with a column, and in which of its rows."""

    places: pl.Series
    issue: Issue


def cells_of(column: pl.Series, form: Form) -> tuple[pl.Series, list[Wrong]]:
    """Return the engine's values of a column and what is wrong with others; null where it is null, or wrong."""
    if column.dtype.is_nested():
        places = column.is_not_null().arg_true()
        empty = pl.repeat(None, len(column), dtype=dtype_of(form.type), eager=True)
        return empty, [Wrong(places, Issue("", "wrong-type", "this is a list or an object"))] if len(places) else []
    values = _everyday(column, form)
    doubtful = (column.is_not_null() & values.is_null()).arg_true()
    if not len(doubtful):
        return values, []
    told = _told(column.gather(doubtful))
    read = _reader(form)
    careful = _each(told, read, form)
    return values.scatter(doubtful, careful), list(_wrong(told, careful.is_null(), read, doubtful))


def dtype_of(type_: Plain | Enum) -> pl.DataType:
    """Return what a column of the type holds."""
    match type_:
        case Plain(kind=kind):
            return KINDS[kind]
        case Enum():
            return CODE if coded(type_) else KINDS[Kind.TEXT]
        case _ as never:
            assert_never(never)


def _everyday(column: pl.Series, form: Form) -> pl.Series:
    """Return the values that are of an everyday form and within their limits; null in place of others."""
    values = _read(form, column.dtype) if all(keyword in ENDS for keyword, _ in own(form.limits)) else None
    if values is None:
        return pl.repeat(None, len(column), dtype=dtype_of(form.type), eager=True)
    for keyword, limit in own(form.limits):
        end = bound(form.type, limit, form.conventions.digits)
        values = pl.when(ENDS[keyword](values, float(end) if isinstance(end, Decimal) else end)).then(values)
    return column.alias("given").to_frame().select(values.cast(dtype_of(form.type))).to_series()


def _read(form: Form, given: pl.DataType) -> pl.Expr | None:
    """Return what reads a column of the data type; None where that is no everyday one."""
    match form.type:
        case Enum(values=texts):
            places = GIVEN.cast(pl.String).cast(pl.Enum(texts), strict=False)
            return places.to_physical() if coded(form.type) else places
        case Plain(kind=Kind.MONEY):
            return _money(given, form.conventions.digits)
        case Plain(kind=Kind.TIMESTAMP):
            return _moments(given, form.conventions.zone)
        case Plain(kind=kind):
            return _plain(given, kind)
        case _ as never:
            assert_never(never)


def _plain(given: pl.DataType, kind: Kind) -> pl.Expr | None:
    """Return what reads the values of a kind."""
    match kind, given:
        case (Kind.BOOL, pl.Boolean()) | (Kind.TEXT, pl.String() | pl.Categorical() | pl.Enum()):
            return GIVEN
        case Kind.BOOL, pl.String():
            return pl.when(GIVEN.is_in(["true", "false"])).then(GIVEN == "true")
        case Kind.INT, pl.String():
            return GIVEN.cast(pl.Int64, strict=False)
        case Kind.INT, dtype if dtype.is_integer():
            return GIVEN.cast(pl.Int64, strict=False)
        case Kind.NUMBER, dtype if dtype.is_integer() or dtype.is_float() or dtype == pl.String:
            values = GIVEN.cast(pl.Float64, strict=False)
            return pl.when(values.is_finite()).then(values)
        case Kind.DATE, pl.Date():
            return pl.when(GIVEN.to_physical().is_between(FIRST_DAY, LAST_DAY)).then(GIVEN.to_physical())
        case Kind.DATE, pl.Datetime(time_zone=None):
            clocks = GIVEN.cast(LOCAL, strict=False).to_physical()
            return pl.when(clocks % DAY == 0).then(clocks // DAY)
        case Kind.DURATION, pl.Duration():
            return GIVEN.cast(pl.Duration("us"), strict=False).to_physical()
        case _:
            return None


def _money(given: pl.DataType, digits: int) -> pl.Expr | None:
    """Return what reads amounts in whole units of the currency."""
    unit = 10**digits
    match given:
        case pl.Decimal(scale=scale):
            minor = GIVEN.to_physical() * pl.lit(10 ** max(digits - scale, 0), pl.Int128)
            beyond = pl.lit(10 ** max(scale - digits, 0), pl.Int128)
            exact = (GIVEN.to_physical().abs() < pl.lit(MOST, pl.Int128)) & (minor % beyond == 0)
            return pl.when(exact).then(minor // beyond).cast(pl.Int64, strict=False)
        case dtype if dtype.is_integer():
            whole = GIVEN.cast(pl.Int64, strict=False)
            return pl.when(whole.is_between(-(HIGHEST // unit), HIGHEST // unit)).then(whole * unit)
        case pl.Float64():
            near = (GIVEN * unit).round()
            return pl.when((GIVEN.abs() < PLAIN) & (near / unit == GIVEN)).then(near)
        case _:
            return None


def _moments(given: pl.DataType, zone: str) -> pl.Expr | None:
    """Return what reads moments; those without an offset are readings of the zone's clock."""
    match given:
        case pl.Datetime(time_zone=None):
            clocks = GIVEN.cast(LOCAL, strict=False).to_physical()
            ahead = by_unique(lambda day: _ahead(day, zone), INT)
            moments = clocks - (clocks // DAY).map_batches(ahead.run, return_dtype=pl.Int64)
        case pl.Datetime():
            moments = GIVEN.cast(pl.Datetime("us", "UTC"), strict=False).to_physical()
        case _:
            return None
    return pl.when(moments.is_between(FIRST_MOMENT, LAST_MOMENT)).then(moments)


def _ahead(day: int, zone: str) -> int:
    """Return how far a clock is ahead of UTC on a day, where that is the same all day; fails where it is not."""
    first, last = day * DAY, (day + 1) * DAY - 1
    ahead = first - moment_of(first, zone)
    if last - moment_of(last, zone) != ahead:
        raise Failed
    return ahead


def _told(column: pl.Series) -> pl.Series:
    """Return the values as a request might have them: days, moments and categories as texts."""
    return (
        column.cast(pl.String)
        if column.dtype.is_temporal() or isinstance(column.dtype, pl.Categorical | pl.Enum)
        else column
    )


def _reader(form: Form) -> Read:
    """Return the reader of a request's values; it raises `ValueProblem`."""
    record = Record((Member("value", required(form.type), constraints=form.limits),))
    read = parser(record, form.conventions.digits, form.conventions.zone)
    return lambda value: read({"value": value})["value"]


def _each(told: pl.Series, read: Read, form: Form) -> pl.Series:
    """Return what is read of each value; null where it is wrong."""

    def attempt(value: object) -> object:
        try:
            return read(value)
        except ValueProblem:
            raise Failed from None

    if not isinstance(form.type, Enum):
        return by_unique(attempt, form.type).run(told)
    texts = by_unique(attempt, form.type).run(told).cast(pl.Enum(form.type.values))
    return texts.to_physical().cast(CODE) if coded(form.type) else texts.cast(pl.String)


def _wrong(told: pl.Series, failed: pl.Series, read: Read, places: pl.Series) -> Iterator[Wrong]:
    """Yield each thing that is wrong, with its rows."""
    issues: dict[Issue, list[object]] = {}
    for value in told.filter(failed).unique(maintain_order=True):
        try:
            read(value)
        except ValueProblem as problem:
            issues.setdefault(problem.all[0], []).append(value)
    for issue, values in issues.items():
        of = pl.Series(values, dtype=told.dtype)
        yield Wrong(places.filter(failed & told.is_in(of.implode(), nulls_equal=True)), issue)
