"""Whether a difference is good news, and how sure that is, in a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.study import Change, Interval, Measure
from simulations.reports.document import Tone
from simulations.reports.formats import MISSING, exact


@dataclass(frozen=True, slots=True)
class Reading:
    """A word and its tone."""

    word: str
    tone: Tone


BETTER: Final = Reading("better", "good")
WORSE: Final = Reading("worse", "bad")
SAME: Final = Reading("no change", "quiet")
UNSURE: Final = Reading("not sure", "doubtful")
UNKNOWN: Final = Reading(MISSING, "quiet")


def reading(change: Change, measure: Measure) -> Reading:
    """Return what a difference means; `not sure` where its interval reaches to both sides of no difference."""
    if change.difference is None:
        return UNKNOWN
    difference = exact(change.difference)
    if straddles(change.interval):
        return UNSURE
    if difference == 0:
        return SAME
    if measure.better == "neither":
        return Reading("more" if difference > 0 else "less", "plain")
    return BETTER if (difference > 0) == (measure.better == "higher") else WORSE


def straddles(interval: Interval | None) -> bool:
    """Return whether an interval has room for no difference and for one."""
    if interval is None or interval.low is None or interval.high is None:
        return False
    low, high = exact(interval.low), exact(interval.high)
    return low <= 0 <= high and low < high
