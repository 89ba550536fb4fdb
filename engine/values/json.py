"""The engine's values as JSON holds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias, assert_never

from pydantic import JsonValue

from engine.backends.spans import duration_text
from engine.backends.times import zone_of
from engine.program.types import NULL, Enum, Kind, ListOf, MapOf, Plain, Record, Type

Write: TypeAlias = Callable[[Any], JsonValue]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = date(1970, 1, 1)
_IN_UNITS: Final = frozenset({Kind.MONEY, Kind.DATE, Kind.TIMESTAMP, Kind.DURATION})
"""Kinds whose ints JSON writes as texts."""

CANONICAL: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)
"""Writes a JSON value as the one text that it has."""


def to_json(value: object, type_: Type, digits: int, zone: str) -> JsonValue:
    """Return a value as JSON: money a decimal string, days and moments ISO 8601 (in the zone's offset), null null."""
    return json_writer(type_, digits, zone)(value)


def json_writer(type_: Type, digits: int, zone: str) -> Write:
    """Return what gives values of a type as `to_json` does; members that a record does not declare are left out."""
    match type_:
        case Plain(kind=kind):
            return _unless_none(partial(_plain, kind=kind, digits=digits, zone=zone))
        case Enum():
            return _unless_none(partial(_plain, kind=Kind.TEXT, digits=digits, zone=zone))
        case ListOf(item=item):
            write = json_writer(item, digits, zone)
            return _unless_none(lambda value: [write(one) for one in value])
        case MapOf(value=of):
            write = json_writer(of, digits, zone)
            return _unless_none(lambda value: {key: write(one) for key, one in value.items()})
        case Record():
            writers = {member.name: json_writer(member.type, digits, zone) for member in type_}
            return _unless_none(lambda value: {key: writers[key](one) for key, one in value.items() if key in writers})
        case _ as never:
            assert_never(never)


def _unless_none(write: Write) -> Write:
    return lambda value: None if value is NULL or value is None else write(value)


def _plain(value: object, kind: Kind, digits: int, zone: str) -> JsonValue:
    if isinstance(value, int) and kind in _IN_UNITS:
        return _text(value, kind, digits, zone)
    if isinstance(value, int | float | str):
        return value
    raise TypeError(f"a value of kind {kind} cannot be written")


def _text(value: int, kind: Kind, digits: int, zone: str) -> str:
    """Return the text of a value that the engine has in whole units."""
    if kind is Kind.MONEY:
        return money_json(value, digits)
    if kind is Kind.DATE:
        return day_json(value)
    return moment_json(value, zone) if kind is Kind.TIMESTAMP else duration_text(value)


@lru_cache(maxsize=4096)
def day_json(day: int) -> str:
    """Return a day as ISO 8601."""
    return (_FIRST + timedelta(days=day)).isoformat()


@lru_cache(maxsize=4096)
def moment_json(moment: int, zone: str) -> str:
    """Return a moment as RFC 3339, in the zone's offset."""
    utc = _EPOCH + timedelta(microseconds=moment)
    try:
        local = utc.astimezone(zone_of(zone))
    except OverflowError:  # the first and the last day that there are, elsewhere
        return utc.isoformat()
    offset = local.utcoffset()
    # Before clocks were set by zones, offsets had seconds, which RFC 3339 cannot write.
    return utc.isoformat() if offset is None or offset.seconds % 60 else local.isoformat()


@lru_cache(maxsize=16384)
def money_json(minor: int, digits: int) -> str:
    """Return an amount of minor units as a decimal string with the currency's digits."""
    if digits == 0:
        return str(minor)
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    whole, part = divmod(minor, 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}"
