"""Random signals and random histories of one customer, drawn from a seed, crowded so that borders and ties are hit."""

from __future__ import annotations

import random
from collections.abc import Iterator

from engine.signals.history import end_of
from engine.signals.pattern import (
    Absence,
    Conclusion,
    Count,
    FieldValue,
    Occurrence,
    Of,
    Pattern,
    Sequence,
    Signal,
    Signals,
    Test,
)

HOUR = 3_600_000_000
STEP = 8 * HOUR
FIRST_DAY = 20_540
"""Two days before a night in March 2026 that is an hour shorter in Prague."""
BEGIN = FIRST_DAY * 24 * HOUR
LENGTH = 24
KINDS = ("call", "visit", "bill")
ZONES = ("UTC", "Europe/Prague", "America/New_York")
CORRELATED = ((), (), ("topic",), ("topic",), ("topic", "number"), ("truth",), ("truth",), ("number", "truth"))
ODD = ("", " ", '"', "\\", "\x00", "e\u0301", "\ud7ff\U0001f600", "'}", "5", "sid", "kind")
TESTS: tuple[Test, ...] = (
    ("topic", ("a",)), ("topic", ("a", "5")), ("number", (1, 5)), ("truth", (True,)), ("truth", (1, False)),
    ("number", (0, 5, True)), ("topic", ()), ("other", ("x", 1, False)),
)  # fmt: skip


def random_signals(draw: random.Random, most: int = 7, least: int = 1) -> Signals:
    """Return signals of all kinds of patterns, each conclusion after what it is drawn from."""
    signals: list[Signal] = []
    for number in range(draw.randint(least, most)):
        signals.append(Signal(f"signal_{number}", _pattern(draw, [signal.name for signal in signals])))
    dates = frozenset((kind, "due") for kind in KINDS if draw.random() < 0.5)
    return Signals(tuple(signals), dates, draw.choice(ZONES))


def _pattern(draw: random.Random, earlier: list[str]) -> Pattern:
    match draw.randrange(5 if len(earlier) > 1 else 4):
        case 0:
            return Count(_of(draw), draw.choice((1, 1, 2, 2, 3, 4, 600)), _span(draw), draw.choice(CORRELATED))
        case 1:
            return Sequence(_of(draw), _of(draw), _span(draw), _span(draw), draw.choice(CORRELATED))
        case 2:
            span = draw.choice((_span(draw), _span(draw), "due", "at"))
            return Absence(_of(draw), _of(draw), span, draw.choice((None, _span(draw))), draw.choice(CORRELATED))
        case 3:
            return Absence(None, _of(draw), _span(draw), same=draw.choice(CORRELATED))
        case _:
            names = tuple(draw.choices(earlier, k=draw.randint(1, 4)))
            return Conclusion(names, draw.randint(1, len(names)))


def _of(draw: random.Random) -> Of:
    kinds = tuple(draw.sample(KINDS, draw.choice((1, 1, 1, 2, 3))))
    return Of(kinds, tuple(draw.sample(TESTS, draw.choice((0, 0, 0, 0, 0, 0, 0, 1, 2)))))


def _span(draw: random.Random) -> int:
    return draw.choice((0, 1, STEP - 1, STEP, 2 * STEP, 3 * STEP, 6 * STEP, 10 * STEP, 16 * STEP, 40 * STEP, 40 * STEP))


def random_moment(draw: random.Random, zone: str) -> int:
    """Return a moment: mostly one of few, at times just beside it or where a day ends."""
    if draw.random() < 0.1:
        last = end_of(FIRST_DAY + draw.randrange(LENGTH // 3), zone)
        assert last is not None
        return last + draw.choice((0, 1))
    return BEGIN + draw.randrange(LENGTH) * STEP + draw.choice((0, 0, 0, 0, 0, -1, 1))


def random_history(draw: random.Random, signals: Signals, size: int | None = None) -> tuple[list[Occurrence], int]:
    """Return events in any order, and the moment from which they are looked at."""
    now = max(random_moment(draw, signals.zone) for _ in range(3))
    count = draw.choice((0, 1, 3, 6, 10, 14, 18, 24)) if size is None else size
    events = [_event(draw, signals, str(number)) for number in range(count)]
    if count and draw.random() < 0.1:
        events += [_event(draw, signals, draw.choice(events).id) for _ in range(3)]
    return events, now


def _event(draw: random.Random, signals: Signals, id_: str) -> Occurrence:
    odd = draw.choice(ODD) if draw.random() < 0.05 else ""
    kind = draw.choice(KINDS) if draw.random() < 0.95 else "undeclared"
    return Occurrence(odd + id_, kind, random_moment(draw, signals.zone), dict(_fields(draw, signals, kind)))


def _fields(draw: random.Random, signals: Signals, kind: str) -> Iterator[tuple[str, FieldValue]]:
    if draw.random() < 0.9:
        yield "topic", draw.choice(("a", "b", "5")) if draw.random() < 0.95 else draw.choice(ODD)
    if draw.random() < 0.8:
        yield "number", draw.choice((0, 1, 5))
    if draw.random() < 0.8:
        yield "truth", draw.choice((True, False, 1)) if kind == "call" else draw.choice((True, False))
    if draw.random() < 0.8:
        dated = (kind, "due") in signals.dates
        yield "due", FIRST_DAY + draw.randrange(LENGTH // 3) if dated else random_moment(draw, signals.zone)
    if draw.random() < 0.5:
        yield "at", draw.choice((random_moment(draw, signals.zone), random_moment(draw, signals.zone), "never", True))
