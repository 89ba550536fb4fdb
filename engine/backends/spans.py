"""Durations: what their texts mean, and their parts."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from engine.backends.failed import Failed
from engine.backends.numeric import wide
from engine.backends.times import DAY, HOUR, MINUTE, SECOND

ISO: Final = re.compile(
    r"([+-]?)P(?=[0-9T])(?:([0-9]{1,12})W)?(?:([0-9]{1,12})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,15})H)?(?:([0-9]{1,15})M)?(?:([0-9]{1,15}(?:\.[0-9]{1,9})?)S)?)?"
)
CEL: Final = re.compile(r"([+-]?)((?:[0-9]{1,19}(?:\.[0-9]{0,18})?(?:h|ms|us|µs|ns|m|s))+|0)")
CEL_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?)(h|ms|us|µs|ns|m|s)")
UNITS: Final = {
    "h": Decimal(HOUR),
    "m": Decimal(MINUTE),
    "s": Decimal(SECOND),
    "ms": Decimal(1000),
    "us": Decimal(1),
    "µs": Decimal(1),
    "ns": Decimal("0.001"),
}


def duration_of_text(text: str) -> int:
    """Return the span that a CEL ("1h30m") or ISO 8601 text ("P7D") writes, cut to the microsecond."""
    found = ISO.fullmatch(text)
    if found:
        return iso(found)
    found = CEL.fullmatch(text)
    if not found:
        raise Failed
    span = sum(Decimal(count) * UNITS[unit] for count, unit in CEL_PART.findall(found[2]))
    return wide(-int(span) if found[1] == "-" else int(span))


@lru_cache(maxsize=1024)
def duration_of_iso(text: str) -> int:
    """Return the span that an ISO 8601 text without years and months writes."""
    found = ISO.fullmatch(text)
    if not found:
        raise Failed
    return iso(found)


def iso(found: re.Match[str]) -> int:
    """Return the span of a matched ISO 8601 text."""
    sign, weeks, days, hours, minutes, seconds = found.groups()
    span = (int(weeks or 0) * 7 + int(days or 0)) * DAY + int(hours or 0) * HOUR + int(minutes or 0) * MINUTE
    span += int(Decimal(seconds or 0) * SECOND)
    return wide(-span if sign == "-" else span)


def duration_part(span: int, name: str) -> int:
    """Return the whole span in hours, minutes or seconds, or its milliseconds part, towards zero."""
    size, sign = abs(span), -1 if span < 0 else 1
    match name:
        case "getHours":
            return sign * (size // HOUR)
        case "getMinutes":
            return sign * (size // MINUTE)
        case "getSeconds":
            return sign * (size // SECOND)
        case "getMilliseconds":
            return sign * (size // 1000 % 1000)
        case _:
            raise Failed


def duration_text(span: int) -> str:
    """Return the span as ISO 8601, in days, hours, minutes and seconds."""
    size = abs(span)
    days, hours, minutes = size // DAY, size // HOUR % 24, size // MINUTE % 60
    seconds, fraction = size // SECOND % 60, size % SECOND
    clock = f"{hours}H" * (hours > 0) + f"{minutes}M" * (minutes > 0)
    if seconds or fraction or not (days or clock):
        clock += f"{seconds}" + f".{fraction:06}".rstrip("0") * (fraction > 0) + "S"
    return ("-" if span < 0 else "") + "P" + f"{days}D" * (days > 0) + (f"T{clock}" if clock else "")
