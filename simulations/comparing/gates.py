"""Gates held against a comparison: what may not be shipped, and what should be looked at."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final, assert_never

from schemas.study import Advice, Gate
from simulations.comparing.contrast import ALL, Contrast, Contrasts
from simulations.comparing.quantities import Currency
from simulations.specs.simulation import GateSpec

OPERATORS: Final[Mapping[str, Callable[[Fraction, Fraction], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
TOO_FEW: Final = "not enough customers to say"


def gate(spec: GateSpec, contrasts: Contrasts, currency: Currency) -> Gate:
    """Return whether a gate is crossed; one that there are too few customers for is not, and unsure."""
    contrast = _held_against(spec, contrasts)
    if contrast is None:
        return Gate(level=spec.level, condition=spec.text, crossed=False, seen=TOO_FEW, unsure=True)
    limit = _limit(spec, contrast, currency)
    crosses = OPERATORS[spec.op]
    ends = contrast.interval
    return Gate(
        level=spec.level,
        condition=spec.text,
        crossed=crosses(Fraction(contrast.difference), limit),
        seen=_seen(spec, contrast, currency),
        unsure=ends is None or crosses(Fraction(ends[0]), limit) != crosses(Fraction(ends[1]), limit),
    )


def excess(spec: GateSpec, contrasts: Contrasts, currency: Currency) -> float:
    """Return by how much a gate is crossed, in its measure's unit; 0 or less where it holds."""
    contrast = _held_against(spec, contrasts)
    if contrast is None:
        return 0.0
    over = contrast.difference - _limit(spec, contrast, currency)
    least = 1 if "=" in spec.op else 0
    return currency.amount(float((over if ">" in spec.op else -over) + least), contrast.measure.unit)


def advice(gates: Sequence[Gate]) -> Advice:
    """Return what the gates advise; where there are none, somebody must look."""
    if any(one.crossed for one in gates if one.level == "fail"):
        return "do not ship"
    unsettled = any(one.unsure if one.level == "fail" else one.crossed for one in gates)
    return "review" if unsettled or not gates else "ship"


def _held_against(spec: GateSpec, contrasts: Contrasts) -> Contrast | None:
    """Return the contrast that a gate is about; None of a segment with too few customers."""
    group = ALL if spec.segment is None else spec.segment
    if group not in contrasts:
        return None
    return next(one for one in contrasts[group] if one.measure.name == spec.measure)


def _limit(spec: GateSpec, contrast: Contrast, currency: Currency) -> Fraction:
    """Return the difference at which a gate is crossed, exactly: in minor units of money."""
    written = Fraction(repr(spec.limit))
    unit = 10**currency.digits if contrast.measure.unit == "money" else 1
    match spec.kind:
        case "value":
            return written * unit - contrast.baseline
        case "change":
            return written * unit
        case "percent":
            return written / 100 * abs(contrast.baseline)
        case _ as never:
            assert_never(never)


def _seen(spec: GateSpec, contrast: Contrast, currency: Currency) -> str:
    """Return what a gate was held against, in words."""
    unit = contrast.measure.unit
    before, after = currency.words(contrast.baseline, unit), currency.words(contrast.candidate, unit)
    if spec.kind == "value":
        return f"{after}, before {before}"
    change = currency.words(contrast.difference, unit, "+")
    if spec.kind == "percent" and contrast.baseline:
        change = f"{100 * contrast.difference / abs(contrast.baseline):+.1f} %, {change}"
    return f"{change}, from {before} to {after}"
