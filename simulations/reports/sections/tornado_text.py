"""How far a difference moves between the ends of each assumption, drawn with characters."""

from __future__ import annotations

from typing import Final

from schemas.study import Assumption, Change
from simulations.reports.formats import exact

WIDTH: Final = 28


def bars(found: tuple[Assumption, ...], base: Change | None) -> list[str]:
    """Return a bar for each assumption, all on one scale: `│` where there is no difference, `●` as assumed."""
    assumed = None if base is None or base.difference is None else float(exact(base.difference))
    spans = [_span(one) for one in found]
    every = [0.0, *(end for span in spans for end in span), *(() if assumed is None else (assumed,))]
    return [_bar(span, assumed, (min(every), max(every))) for span in spans]


def _span(one: Assumption) -> tuple[float, ...]:
    return tuple(sorted(float(exact(end)) for end in (one.at_low, one.at_high) if end is not None))


def _bar(span: tuple[float, ...], assumed: float | None, scale: tuple[float, float]) -> str:
    low, high = scale
    if not span or low == high:
        return ""

    def place(value: float) -> int:
        return round((value - low) / (high - low) * (WIDTH - 1))

    drawn = [" "] * WIDTH
    drawn[place(0)] = "│"
    for at in range(place(span[0]), place(span[-1]) + 1):
        drawn[at] = "┿" if drawn[at] == "│" else "━"
    if assumed is not None:
        drawn[place(assumed)] = "●"
    return "".join(drawn).rstrip()
