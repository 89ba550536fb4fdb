"""The spans that signals have: ISO 8601 durations in weeks, days, hours and minutes."""

from __future__ import annotations

import re
from typing import Final

from engine.backends.spans import duration_of_iso
from engine.backends.times import DAY

LONGEST: Final = 1_096
"""Days: three years, one of them a leap year."""
WRITTEN: Final = re.compile(r"P(?=[0-9T])([0-9]{1,9}W)?([0-9]{1,9}D)?(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?)?")


def span_of(text: str) -> int | None:
    """Return the microseconds of a span that a signal may have, or None for what is none."""
    if not WRITTEN.fullmatch(text):
        return None
    span = duration_of_iso(text)
    return span if 0 < span <= LONGEST * DAY else None
