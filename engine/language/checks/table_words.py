"""Parts of a table input's values in an author's words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import assert_never

from engine.language.cel.scope import Conventions
from engine.language.checks.table_atoms import Atom, Gap, Point, Value
from engine.program.types import NULL, Kind, Type, kind_of

COUNTED = (Kind.INT, Kind.MONEY, Kind.DATE)
"""Kinds of which one value between two others is shown."""


def part_words(part: Atom, type_: Type, conventions: Conventions) -> str:
    """Return a part in words: a value in it, or between which it lies."""
    kind = kind_of(type_)
    match part:
        case Point(value=value):
            return _shown(value, kind, conventions)
        case Gap(low=None, high=None):
            return "of any value"
        case Gap() if kind is Kind.TEXT:
            return "of any other text"
        case Gap(low=low, high=high) if kind in COUNTED:
            return _shown(high - 1 if low is None else low + 1, kind, conventions)
        case Gap(low=None, high=high):
            return f"below {_shown(high, kind, conventions)}"
        case Gap(low=low, high=None):
            return f"above {_shown(low, kind, conventions)}"
        case Gap(low=low, high=high):
            return f"between {_shown(low, kind, conventions)} and {_shown(high, kind, conventions)}"
        case _ as never:
            assert_never(never)


def _shown(value: Value, kind: Kind | None, conventions: Conventions) -> str:
    return f"`{_text(value, kind, conventions)}`"


def _text(value: Value, kind: Kind | None, conventions: Conventions) -> str:
    if value is NULL:
        return "null"
    match kind:
        case Kind.BOOL:
            return "true" if value else "false"
        case Kind.MONEY:
            return f"{Decimal(value) / conventions.unit:.{conventions.digits}f}"
        case Kind.DATE:
            return (date(1970, 1, 1) + timedelta(days=value)).isoformat()
        case Kind.TIMESTAMP:
            return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)).isoformat()
        case Kind.DURATION:
            return f"{Decimal(value) / 1_000_000:f}s"
        case _:
            return str(value)
