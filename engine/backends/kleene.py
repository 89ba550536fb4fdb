"""Three-valued logic on values that were computed already; None is unknown."""

from __future__ import annotations

from collections.abc import Sequence


def conjunction(values: Sequence[object]) -> bool | None:
    """Return false when any is false, else unknown when any is unknown, else true."""
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def disjunction(values: Sequence[object]) -> bool | None:
    """Return true when any is true, else unknown when any is unknown, else false."""
    if any(value is True for value in values):
        return True
    return None if any(value is None for value in values) else False


def at_least(count: int, values: Sequence[object]) -> bool | None:
    """Return true when `count` are true, false when even the unknown ones could not make it, else unknown."""
    true = sum(value is True for value in values)
    if true >= count:
        return True
    return None if true + sum(value is None for value in values) >= count else False


def exactly_one(values: Sequence[object]) -> bool | None:
    """Return false once two are true, else unknown when any is unknown, else whether one is true."""
    true = sum(value is True for value in values)
    if true > 1:
        return False
    return None if any(value is None for value in values) else true == 1
